"""What the watch does to alerts; what people do is in `alerts.handling`, and nothing else writes them.

Each change is a conditional update; only who changed the row writes the transition.
raised → acknowledged or snoozed → resolved (a person) or recovered (Clear). Choices, with their reasons, in docs/decisions/0006:
- Only Clear recovers; CannotJudge and silence leave an alert as it is. A latching alert waits for a person.
- An open alert keeps the highest severity and level it had, and always shows the newest finding. Worse evidence re-opens what was
  acknowledged, and wakes what was snoozed; so does what is worse than the finding that was snoozed (`alerts.worsening`).
- A resolved alert stays closed until Clear was seen, the severity is higher, the evidence is worse by one more threshold, or a new
  bout began after it was resolved (a good result, then a bad one again).
- Whose result was taken back, and whose rule no longer finds it, recovers and says why; a latching one says so and waits. So does
  one that its rule would not have found on what is known now of its time (`alerts.rejudging`); a closed one says so, too. What an
  alert showed stays in its trail, and replay gives the same bytes: a correction adds a step, and rewrites none.
- What a muted rule finds is raised, and put off in the same transaction (`alerts.muting`).
- What comes back within seven days of its recovery, no worse, is the same alert again, not a new one.
"""

from collections.abc import Container, Mapping
from datetime import timedelta
from typing import Final
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Subquery

from alerts.changes import Basis, Change, ConflictError, ResolveReason, Verb
from alerts.grounds import shaken, taken_back
from alerts.handling import acknowledge, resolve
from alerts.judging import Verdict
from alerts.models import Alert, Transition
from alerts.muting import hold
from alerts.rejudging import fire_now
from alerts.rules.findings import from_json, to_json
from alerts.rules.rule import Clear, Finding, Severity
from alerts.sleeping import MUTED
from alerts.worsening import worsened

__all__ = ["Basis", "Change", "ConflictError", "ResolveReason", "Verb", "acknowledge", "resolve", "settle", "silence"]

RETURNS_WITHIN: Final = timedelta(days=7)
"""B0: no re-raise for seven days unless worse."""
TAKEN_BACK: Final = "The result it rests on was taken back: it would not be raised now."
STANDS_AGAIN: Final = "On what is known now it would be raised."
PUT_OFF: Final = (Verb.SNOOZED, Verb.MUTED)


def settle(basis: Basis, verdict: Verdict) -> tuple[Change, ...]:
    """Bring a patient's alerts in line with a verdict; return what changed. Call within the evaluation's transaction."""
    latest = _latest(basis.patient_id)
    changes, gone = _regrounded(basis, verdict, latest)
    changes += [_found(basis, finding, latest.get((finding.rule, finding.subject))) for finding in verdict.findings]
    for clear in verdict.clears:
        changes += _cleared(basis, latest.get((clear.rule, clear.subject)), gone)
    waiting = [alert for alert in _unanswered(verdict, latest) if alert.state in Alert.OPEN_STATES]
    if waiting:
        gone |= taken_back(waiting, revision=basis.revision)
    for alert in waiting:
        changes += _groundless(basis, alert) if alert.pk in gone else []
    return hold(basis, [change for change in changes if change is not None])


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


def _unanswered(verdict: Verdict, latest: Mapping[tuple[str, str], Alert]) -> list[Alert]:
    """Return the alerts of which a verdict says nothing, though their rule did not fail."""
    answers: list[Finding | Clear] = [*verdict.findings, *verdict.clears]
    answered = {(one.rule, one.subject) for one in answers}
    failed = {failure.rule for failure in verdict.failures}
    return [alert for key, alert in latest.items() if key not in answered and alert.rule not in failed]


def _regrounded(
    basis: Basis, verdict: Verdict, latest: Mapping[tuple[str, str], Alert]
) -> tuple[list[Change | None], set[UUID]]:
    """Say of alerts whose ground changed whether they would fire now; return what changed, and which would not.

    What is open and still found stands, whatever it rests on by now. What cannot be judged any more has lost its ground only if the
    very result was taken back that raised it.
    """
    held, failed = {alert.pk: alert for alert in latest.values()}, {failure.rule for failure in verdict.failures}
    asked = [held.get(alert.pk, alert) for alert in shaken(basis) if alert.rule not in failed]
    found = {(one.rule, one.subject) for one in verdict.findings}
    fires = {one.pk: True for one in asked if one.state in Alert.OPEN_STATES and (one.rule, one.subject) in found}
    fires |= fire_now([one for one in asked if one.pk not in fires], revision=basis.revision)
    unknown = [one for one in asked if one.pk not in fires]
    fires |= dict.fromkeys(taken_back(unknown, revision=basis.revision), False) if unknown else {}
    changes = [_ground(basis, one, lost=not fires[one.pk]) for one in asked if one.pk in fires]
    return changes, {identity for identity, would in fires.items() if not would}


def _ground(basis: Basis, alert: Alert, *, lost: bool) -> Change | None:
    """Say that an alert would not fire now, or would again; None where that is said already. It stays as it is."""
    if lost == (alert.ground_lost_at is not None):
        return None
    alert.ground_lost_at = basis.at if lost else None
    Alert.objects.filter(pk=alert.pk).update(ground_lost_at=alert.ground_lost_at)
    reason = TAKEN_BACK if lost else STANDS_AGAIN
    step = _log(basis, alert, Verb.GROUND_LOST, alert.state, None, reason=reason, detail={"lost": lost})
    return Change(alert, Verb.GROUND_LOST, step, None)


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
    put_off = steps.filter(verb__in=PUT_OFF).order_by("-id").values("id")[:1]
    last = steps.filter(id__lt=Subquery(put_off), detail__has_key="finding").order_by("-id").first()
    return from_json(alert.finding if last is None else last.detail["finding"])


def _cleared(basis: Basis, alert: Alert | None, gone: Container[UUID]) -> list[Change | None]:
    """Recover an open alert that does not latch, saying so if its ground is `gone`; remember of any other that Clear was seen."""
    if alert is None:
        return []
    if alert.state in Alert.OPEN_STATES and not alert.latching:
        return [_recovered(basis, alert, reason=TAKEN_BACK if alert.pk in gone else "")]
    _saw_clear(alert)
    return []


def _groundless(basis: Basis, alert: Alert) -> list[Change | None]:
    """End an open alert whose result was taken back, and say so; a latching one waits for a person."""
    said = _ground(basis, alert, lost=True)
    if not alert.latching:
        return [said, _recovered(basis, alert, reason=TAKEN_BACK)]
    _saw_clear(alert)
    return [said]


def _recovered(basis: Basis, alert: Alert, *, reason: str) -> Change | None:
    """Close an open alert: its condition does not hold any more."""
    over: dict[str, object] = {"state": "recovered", "closed_at": basis.at, "clear_seen": True}
    return _write(
        basis, alert, Verb.RECOVERED, {**over, "snoozed_until": None, "next_call_at": None}, None, reason=reason
    )


def _saw_clear(alert: Alert) -> None:
    """Remember that Clear was seen."""
    if not alert.clear_seen:
        Alert.objects.filter(pk=alert.pk).update(clear_seen=True)


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
        "silenced_reason": "" if state != "snoozed" and alert.silenced_reason == MUTED else alert.silenced_reason,
        "ground_lost_at": None,
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
    basis: Basis,
    alert: Alert,
    verb: Verb,
    before: str,
    finding: Finding | None,
    *,
    reason: str = "",
    detail: Mapping[str, object] | None = None,
) -> Transition:
    """Write the transition of an evaluation, with the finding as it was then."""
    written: dict[str, object] = {"revision": basis.revision, "ruleset": basis.ruleset, **(detail or {})}
    if finding is not None:
        written["finding"] = to_json(finding)
    return Transition.objects.create(
        alert=alert,
        patient_id=alert.patient_id,
        at=basis.at,
        verb=verb,
        before=before,
        after=alert.state,
        reason=reason,
        detail=written,
    )
