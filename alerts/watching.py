"""Judges patients and writes what follows. PostgreSQL is the queue (`alerts.claiming`): a message is only a hint that a row is due.

An evaluation is one transaction, a patient each: the patient's revision is read before the data, and alerts and notifications are
written with the new state. A race therefore judges twice, never not at all.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import structlog

from alerts import assigning, calling, judging, lifecycle, muting, notifying, patient_mail, rules, waking
from alerts.alone import TIME_IS_UP, alone
from alerts.claiming import ATTEMPTS, Claim, backoff, claim, give_back, put_off
from alerts.clocks import clock
from alerts.hearing import heard
from alerts.judging import Failure, Verdict
from alerts.lifecycle import Basis
from alerts.models import RuleFailure, WatchState
from patients import timeline
from patients.context import working_on
from patients.history import History
from patients.models import Patient

LOG = structlog.get_logger(__name__)
PATIENCE_SECONDS: Final = 40.0
"""A chunk ends before its lease and before a task's time limit; what is left is given back."""
SOONEST: Final = timedelta(seconds=60)
"""A rule that asks to be asked again at once waits this long."""


@dataclass(slots=True)
class Count:
    """What a pass did."""

    evaluated: int = 0
    failed: int = 0
    woken: int = 0
    alerts: int = 0
    notifications: int = 0


def sweep(*, patients: Iterable[UUID] | None = None, at: datetime | None = None, seconds: float | None = None) -> Count:
    """Wake what slept long enough, call again, tell who was given an alert, judge what is due, and write to patients.

    Judging goes chunk by chunk, until the time is used up, and goes before mail about plans. `patients` narrows all of it.
    """
    count, started = Count(), time.monotonic()
    wanted = None if patients is None else list(patients)
    now = clock() if at is None else at
    muting.end_over(at=now, patients=wanted)
    muting.catch_up(at=now, patients=wanted)
    count.woken = waking.wake(at=now, patients=wanted)
    calling.call_due(at=now, patients=wanted)
    assigning.tell(at=now, patients=wanted)
    while claims := claim(patients=wanted, at=at):
        work(claims, count)
        if seconds is not None and time.monotonic() - started > seconds:
            break
    left = patient_mail.SECONDS if seconds is None else seconds - (time.monotonic() - started)
    patient_mail.write(at=now, patients=wanted, seconds=min(left, patient_mail.SECONDS))
    return count


def work(claims: list[Claim], count: Count) -> None:
    """Judge claimed patients, each in its own transaction; one that fails stops nobody.

    Whoever is being judged when a task's time is up is put off as if it had failed, and comes alone next time; the others go back.
    """
    started = time.monotonic()
    for position, one in enumerate(claims):
        if time.monotonic() - started > PATIENCE_SECONDS:
            give_back(claims[position:])
            return
        try:
            evaluate(one.patient_id, at=one.at, count=count)
        except TIME_IS_UP:
            put_off(one)
            give_back(claims[position + 1 :])
            raise
        except Exception as error:  # whatever happens to one patient must not reach the next
            LOG.exception("evaluation_failed", patient_id=str(one.patient_id), attempts=one.attempt, exc_info=error)
            put_off(one)
            count.failed += 1


def evaluate(patient_id: UUID, *, at: datetime, count: Count | None = None) -> Verdict:
    """Judge one patient at `at`, in one transaction with all that it changes. The row's lock lets one in at a time.

    The revision is read before the data, and the data as of that revision: what commits meanwhile makes the row due again.
    """
    count = count or Count()
    with working_on([patient_id]):
        WatchState.objects.get_or_create(patient_id=patient_id)
        state = WatchState.objects.select_for_update().get(pk=patient_id)
        revision = Patient.objects.values_list("revision", flat=True).get(pk=patient_id)
        history = timeline.read(patient_id, at=at, revision=revision)
        verdict = judging.judge(history, at, rules=rules.RULES, ending=TIME_IS_UP)
        judged, numbers = rules.RULESET_VERSION, history.settings_version
        basis = Basis(patient_id, revision, judged, numbers, at, since=state.evaluated_revision)
        changes = lifecycle.settle(basis, verdict)
        first_look = _is_first_look(state, basis)
        told = notifying.tell(changes, patient_id=patient_id, at=at, first_look=first_look)
        _store(basis, verdict, _heard(history))
    count.evaluated += 1
    count.alerts += sum(change.verb is lifecycle.Verb.RAISED for change in changes)
    count.notifications += len(told)
    return verdict


def _is_first_look(state: WatchState, basis: Basis) -> bool:
    """Whether nothing new happened to the patient: it is the judge that is new, by its rules or its numbers."""
    judged_before = state.evaluated_revision >= 1 and state.evaluated_ruleset == basis.ruleset
    renumbered = state.evaluated_settings != basis.settings_version and state.evaluated_revision == basis.revision
    return not judged_before or renumbered


def _heard(history: History) -> dict[str, datetime | None]:
    """Return when the patient was last heard of, as columns; none where that fails, for a list must not stop a judgment."""
    found: dict[str, datetime | None] = {}
    with alone("hearing_failed", patient_id=str(history.patient.id)):
        last = heard(history)
        found |= {"heard_at": last.at, "silent_from": last.silent_from, "overdue_from": last.overdue_from}
    return found


def _store(basis: Basis, verdict: Verdict, last: dict[str, datetime | None]) -> None:
    """Write that the patient has been judged, what could not be, when to look again, and when they were last heard of."""
    ahead = timeline.next_effective_at(basis.patient_id, at=basis.at)  # a history shows nothing dated after its instant
    moments = [verdict.recheck_at, ahead, *_note_failures(basis, verdict.failures)]
    soonest = min((moment for moment in moments if moment is not None), default=None)
    WatchState.objects.filter(pk=basis.patient_id).update(
        evaluated_revision=basis.revision,
        evaluated_ruleset=basis.ruleset,
        evaluated_settings=basis.settings_version,
        evaluated_at=basis.at,
        recheck_at=None if soonest is None else max(soonest, basis.at + SOONEST),
        cannot_judge=[{"rule": one.rule, "subject": one.subject, "reason": one.reason} for one in verdict.cannot_judge],
        attempts=0,
        lease_until=None,
        failed_at=None,
        **last,
    )


def _note_failures(basis: Basis, failures: tuple[Failure, ...]) -> list[datetime | None]:
    """Keep rules that raised, with when to try again (None once out of attempts); forget those that answered."""
    mine = RuleFailure.objects.filter(patient_id=basis.patient_id)
    mine.exclude(rule__in=[one.rule for one in failures]).delete()
    known = {row.rule: row for row in mine} if failures else {}
    return [_note(basis, failure, known.get(failure.rule)) for failure in failures]


def _note(basis: Basis, failure: Failure, row: RuleFailure | None) -> datetime | None:
    """Count one more failure of a rule; tell the operators when it is given up."""
    if row is None:
        row = RuleFailure(patient_id=basis.patient_id, rule=failure.rule, attempts=0, first_at=basis.at)
    given_up = row.attempts >= ATTEMPTS
    row.attempts = min(row.attempts + 1, ATTEMPTS)
    row.error_type, row.last_at = failure.error_type, basis.at
    row.retry_at = None if row.attempts >= ATTEMPTS else basis.at + backoff(row.attempts)
    row.save()
    ids = {"patient_id": str(basis.patient_id), "rule": failure.rule}
    LOG.error("rule_failed", **ids, error_type=failure.error_type, attempts=row.attempts)
    if row.attempts >= ATTEMPTS and not given_up:
        notifying.tell_operators("rule_failed", at=basis.at)
    return row.retry_at
