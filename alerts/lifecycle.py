"""What the watch does to alerts; what people do is in `alerts.handling`, and nothing else writes them.

Each change is a conditional update; only who changed the row writes the transition.
raised → acknowledged or snoozed → resolved (a person) or recovered (Clear). Choices, with their reasons, in docs/decisions/0006:
- Only Clear recovers; CannotJudge and silence leave an alert as it is. A latching alert waits for a person.
- An open alert keeps the highest severity and level it had, and always shows the newest finding. Worse evidence re-opens what was
  acknowledged, and wakes what was snoozed; so does what is worse than the finding that was snoozed (`alerts.worsening`).
- A resolved alert stays closed until Clear was seen, the severity is higher, the evidence is worse by one more threshold, or a new
  bout began after it was resolved (a good result, then a bad one again).
- Whose result was taken back, and whose rule no longer finds it, recovers and says why; a latching one says so and waits.
- What comes back within seven days of its recovery, no worse, is the same alert again, not a new one.
"""

from datetime import timedelta
from typing import Final
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Subquery

from alerts.changes import Basis, Change, ConflictError, ResolveReason, Verb
from alerts.grounds import taken_back
from alerts.handling import acknowledge, resolve
from alerts.judging import Verdict
from alerts.models import Alert, Transition
from alerts.rules.findings import from_json, to_json
from alerts.rules.rule import Clear, Finding, Severity
from alerts.worsening import worsened

__all__ = ["Basis", "Change", "ConflictError", "ResolveReason", "Verb", "acknowledge", "resolve", "settle", "silence"]

RETURNS_WITHIN: Final = timedelta(days=7)
"""B0: no re-raise for seven days unless worse."""
TAKEN_BACK: Final = "The result it rests on was taken back: it would not be raised now."


def settle(basis: Basis, verdict: Verdict) -> tuple[Change, ...]:
    """Bring a patient's alerts in line with a verdict; return what changed. Call within the evaluation's transaction."""
    latest = _latest(basis.patient_id)
    changes: list[Change | None] = [
        _found(basis, finding, latest.get((finding.rule, finding.subject))) for finding in verdict.findings
    ]
    changes += [_cleared(basis, clear, latest.get((clear.rule, clear.subject))) for clear in verdict.clears]
    answers: list[Finding | Clear] = [*verdict.findings, *verdict.clears]
    answered = {(one.rule, one.subject) for one in answers}
    failed = {failure.rule for failure in verdict.failures}
    waiting = [
        alert
        for key, alert in latest.items()
        if key not in answered and alert.rule not in failed and alert.state in Alert.OPEN_STATES
    ]
    gone = taken_back(waiting, revision=basis.revision) if waiting else set()
    changes += [_groundless(basis, alert) for alert in waiting if alert.pk in gone]
    return tuple(change for change in changes if change is not None)


def silence(alert_id: UUID, reason: str) -> None:
    """State why nobody is told of an alert."""
    Alert.objects.filter(pk=alert_id).update(silenced_reason=reason)


def _latest(patient_id: UUID) -> dict[tuple[str, str], Alert]:
    """Return the newest alert of each rule and subject of a patient, locked against people until the transaction ends."""
    newest = Alert.objects.filter(patient_id=patient_id).order_by("rule", "subject", "-raised_at")
    ids = list(newest.distinct("rule", "subject").values_list("pk", flat=True))
    if not ids:
        return {}
    rows = Alert.objects.select_for_update(of=("self",)).filter(pk__in=ids).order_by("pk")
    return {(row.rule, row.subject): row for row in rows}


def _found(basis: Basis, finding: Finding, alert: Alert | None) -> Change | None:
    """Raise, worsen, bring up to date, bring back, or leave alone."""
    if alert is None:
        return _raise(basis, finding)
    if alert.state in Alert.OPEN_STATES:
        return _still(basis, finding, alert)
    if _is_worse(finding, alert):
        return _raise(basis, finding)
    if alert.state == "recovered":
        recent = alert.closed_at is not None and basis.at - alert.closed_at <= RETURNS_WITHIN
        return _change(basis, alert, Verb.RETURNED, finding, state="raised") if recent else _raise(basis, finding)
    begun_since = finding.since is not None and alert.closed_at is not None and finding.since > alert.closed_at
    return _raise(basis, finding) if alert.clear_seen or begun_since else None


def _still(basis: Basis, finding: Finding, alert: Alert) -> Change | None:
    """An open alert and its finding again: worse, different, or the same."""
    if _is_worse(finding, alert):
        return _change(basis, alert, Verb.WORSENED, finding, state="raised")
    if to_json(finding) != alert.finding:
        if alert.state == "snoozed" and worsened(finding, _slept_on(alert), high=alert.severity == Severity.HIGH):
            return _change(basis, alert, Verb.WORSENED, finding, state="raised")
        return _change(basis, alert, Verb.UPDATED, finding, state=alert.state)
    if alert.clear_seen:
        Alert.objects.filter(pk=alert.pk).update(clear_seen=False)
    return None


def _slept_on(alert: Alert) -> Finding:
    """Return what an alert had found when it was put off: newer findings were shown since, and were no worse."""
    steps = Transition.objects.filter(alert=alert)
    put_off = steps.filter(verb=Verb.SNOOZED).order_by("-id").values("id")[:1]
    last = steps.filter(id__lt=Subquery(put_off), detail__has_key="finding").order_by("-id").first()
    return from_json(alert.finding if last is None else last.detail["finding"])


def _cleared(basis: Basis, clear: Clear, alert: Alert | None) -> Change | None:
    """Recover an open alert that does not latch; remember for every other that Clear was seen."""
    if alert is None:
        return None
    if alert.state in Alert.OPEN_STATES and not alert.latching:
        fields = {"state": "recovered", "closed_at": basis.at, "clear_seen": True, "snoozed_until": None}
        return _write(basis, alert, Verb.RECOVERED, fields, None)
    if not alert.clear_seen:
        Alert.objects.filter(pk=alert.pk).update(clear_seen=True)
    return None


def _groundless(basis: Basis, alert: Alert) -> Change | None:
    """End an open alert whose result was taken back; a latching one says so, once, and waits for a person."""
    if not alert.latching:
        fields: dict[str, object] = {
            "state": "recovered",
            "closed_at": basis.at,
            "clear_seen": True,
            "snoozed_until": None,
        }
        return _write(basis, alert, Verb.RECOVERED, fields, None, reason=TAKEN_BACK)
    if alert.clear_seen:
        return None
    return _write(basis, alert, Verb.UPDATED, {"clear_seen": True}, None, reason=TAKEN_BACK)


def _is_worse(finding: Finding, alert: Alert) -> bool:
    """Whether a finding is of higher severity than an alert ever was, or of the same and one more threshold further."""
    return (int(finding.severity), finding.level) > (alert.severity, alert.level)


def _raise(basis: Basis, finding: Finding) -> Change | None:
    """Insert a new alert; None where a racing evaluation did so first (the partial unique index decides)."""
    alert = Alert(
        patient_id=basis.patient_id,
        rule=finding.rule,
        subject=finding.subject,
        raised_at=basis.at,
        changed_at=basis.at,
        **_content(basis, finding),
    )
    alert.severity, alert.level = int(finding.severity), finding.level
    try:
        with transaction.atomic():
            alert.save(force_insert=True)
    except IntegrityError as error:
        if "alert_one_open" not in str(error):
            raise
        return None
    return Change(alert, Verb.RAISED, _log(basis, alert, Verb.RAISED, "", finding), finding)


def _change(basis: Basis, alert: Alert, verb: Verb, finding: Finding, *, state: str) -> Change | None:
    """Give an alert a newer finding and a state that is open."""
    highest = max((alert.severity, alert.level), (int(finding.severity), finding.level))
    fields: dict[str, object] = {
        **_content(basis, finding),
        "state": state,
        "severity": highest[0],
        "level": highest[1],
        "closed_at": None,
        "clear_seen": False,
        "snoozed_until": alert.snoozed_until if state == "snoozed" else None,
    }
    return _write(basis, alert, verb, fields, finding)


def _content(basis: Basis, finding: Finding) -> dict[str, object]:
    """Return the columns that say what an alert rests on."""
    return {
        "finding": to_json(finding),
        "rule_version": finding.rule_version,
        "latching": finding.latching,
        "ruleset": basis.ruleset,
        "settings_version": basis.settings_version,
        "revision": basis.revision,
        "evaluated_at": basis.at,
    }


def _write(
    basis: Basis, alert: Alert, verb: Verb, fields: dict[str, object], finding: Finding | None, *, reason: str = ""
) -> Change | None:
    """Update the row if it is still as it was read; only then write the transition."""
    before = alert.state
    fields = {**fields, "changed_at": basis.at}
    if Alert.objects.filter(pk=alert.pk, state=before).update(**fields) != 1:
        return None
    for name, value in fields.items():
        setattr(alert, name, value)
    return Change(alert, verb, _log(basis, alert, verb, before, finding, reason=reason), finding)


def _log(
    basis: Basis, alert: Alert, verb: Verb, before: str, finding: Finding | None, *, reason: str = ""
) -> Transition:
    """Write the transition of an evaluation, with the finding as it was then."""
    detail: dict[str, object] = {"revision": basis.revision, "ruleset": basis.ruleset}
    if finding is not None:
        detail["finding"] = to_json(finding)
    return Transition.objects.create(
        alert=alert,
        patient_id=alert.patient_id,
        at=basis.at,
        verb=verb,
        before=before,
        after=alert.state,
        reason=reason,
        detail=detail,
    )
