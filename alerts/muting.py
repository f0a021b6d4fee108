"""Mutes one rule for one patient until a moment: what it finds by then is raised as always, and in the same breath put off.

A mute always ends: at its time, by a person, or by evidence that is worse. What is more severe than it was made for, or worse than
what was put off, ends it and is told at once; high is never muted (docs/decisions/0012). It reuses the snooze, so that lists and
digests know nothing of it.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import Final
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from alerts import rules
from alerts.alone import alone
from alerts.changes import Basis, Change, Verb, handed
from alerts.models import Alert, Mute
from alerts.models.alert import LONGEST_MUTE
from alerts.rules.rule import Severity
from alerts.sleeping import cut_short, put_off, woken
from patients.access import Asker
from patients.context import ALL, working_on
from patients.models import Patient, User

LONGEST: Final = LONGEST_MUTE
LONGEST_DAYS: Final = LONGEST.days
MUTABLE: Final = (Severity.MODERATE, Severity.LOW)
OVER, WORSE, PERSON = "over", "worse", "person"
"""Why a mute ended."""
NEWS: Final = (Verb.RAISED, Verb.RETURNED, Verb.WORSENED)


class MuteConflictError(Exception):
    """It is not as the person thinks: muted already, over already, or something worse is open; the words say which."""


def mute(
    patient: Patient,
    rule: str,
    *,
    by: User,
    at: datetime,
    until: datetime,
    reason: str,
    severity: Severity = MUTABLE[0],
) -> Mute:
    """Mute a rule for a patient, and put off what it has open. `severity` is the most that is put off.

    ValueError for what cannot be: no such rule, high, no reason, a time that is past or more than 90 days ahead.
    MuteConflictError where it is muted already, or has a worse alert open. As a physician of the responsible team.
    """
    why = reason.strip()
    if rule not in titles() or severity not in MUTABLE or not why:
        raise ValueError("a mute names a rule, low or moderate, and why")
    if not at < until <= at + LONGEST:
        raise ValueError(f"a rule is muted for at most {LONGEST_DAYS} days, and not until a time that is past")
    with transaction.atomic():
        found = Alert.objects.filter(patient=patient, rule=rule, state__in=Alert.OPEN_STATES)
        alerts = list(found.select_for_update(of=("self",)).order_by("pk"))
        if any(alert.severity > severity for alert in alerts):
            raise MuteConflictError("This rule has an alert open that is more severe. Decide on that first.")
        _ended(Mute.objects.filter(patient=patient, rule=rule, until__lte=at), OVER, at=at, by=by)
        row = _insert(Mute(patient=patient, rule=rule, severity=int(severity), at=at, until=until, by=by, reason=why))
        for alert in alerts:
            if alert.snoozed_until is None or alert.snoozed_until < until:
                put_off(alert, row, at=at)
        return row


def end(mute_id: int, *, by: User, at: datetime) -> Mute:
    """End a mute as a person; what it put off returns with the next sweep. MuteConflictError where it is over already."""
    with transaction.atomic():
        if not _ended(Mute.objects.filter(pk=mute_id), PERSON, at=at, by=by):
            raise MuteConflictError("This mute is over already.")
        row = Mute.objects.select_related("by", "ended_by").get(pk=mute_id)
        for alert in _asleep([row]).select_for_update(of=("self",)).order_by("pk"):
            cut_short(alert, row, by_id=by.pk, at=at)
        hint = partial(handed.send_robust, sender=None, patient_ids=(row.patient_id,))
        transaction.on_commit(hint, robust=True)
        return row


def end_over(*, at: datetime, patients: Collection[UUID] | None = None) -> int:
    """End mutes whose time is over; return how many. What they put off wakes by itself at that time. As the worker."""
    with working_on(ALL):
        return _ended(_of(Mute.objects.filter(until__lte=at), patients), OVER, at=at)


def catch_up(*, at: datetime, patients: Collection[UUID] | None = None) -> int:
    """Put off what was raised while its rule was being muted, and did not see it yet; return how many alerts. As the worker."""
    with working_on(ALL):
        mutes = list(_of(Mute.objects.filter(ended_at=None, until__gt=at), patients).order_by("pk"))
    missed = 0
    for row in mutes:
        with alone("muting_failed", patient_id=str(row.patient_id)), working_on([row.patient_id]):
            raised = Alert.objects.filter(
                patient_id=row.patient_id, rule=row.rule, state="raised", severity__lte=row.severity
            )
            locked = raised.select_for_update(skip_locked=True, of=("self",)).order_by("pk")
            missed += sum(put_off(alert, row, at=at) is not None for alert in locked)
    return missed


def hold(basis: Basis, changes: Iterable[Change]) -> tuple[Change, ...]:
    """Put off what muted rules raised or brought back in an evaluation; what is worse ends the mute, and wakes what it put off.

    Call within the evaluation's transaction, with the patient's alerts held.
    """
    all_of_them = tuple(changes)
    rules_with_news = {change.alert.rule for change in all_of_them if change.verb in NEWS}
    if not rules_with_news:
        return all_of_them
    holding = Mute.objects.filter(patient_id=basis.patient_id, rule__in=rules_with_news, ended_at=None)
    mutes = {row.rule: row for row in holding.filter(until__gt=basis.at)}
    broken = [row for row in mutes.values() if any(_is_worse(one, row) for one in all_of_them)]
    for row in broken:
        del mutes[row.rule]
    held = (_held(change, mutes.get(change.alert.rule), basis.at) for change in all_of_them)
    return (*held, *_broken(broken, all_of_them, at=basis.at))


def current(patient: Patient, *, at: datetime) -> QuerySet[Mute]:
    """Return what is muted for a patient, the one that ends first before the others."""
    holding = Mute.objects.filter(patient=patient, ended_at=None, until__gt=at)
    return holding.select_related("by").order_by("until", "pk")


def may(asker: Asker, patient: Patient) -> bool:
    """Return whether somebody may mute a patient's rules, and end that: physicians of the responsible team, not of a guest's."""
    return asker.may_in_team("alert", "mute", patient.team_id)


def titles() -> dict[str, str]:
    """Return the rules that can be muted, by name, each with its title."""
    return {rule.name: rule.title for rule in rules.RULES}


def _insert(row: Mute) -> Mute:
    """Insert a mute; MuteConflictError where a racing call did so first (the partial unique index decides)."""
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        if "mute_one_open" not in str(error):
            raise
        raise MuteConflictError("This rule is muted for this patient already.") from error
    return row


def _ended(mutes: QuerySet[Mute], why: str, *, at: datetime, by: User | None = None) -> int:
    """End those of some mutes that are not over; return how many."""
    return mutes.filter(ended_at=None).update(ended_at=at, ended_by=by, ended_why=why)


def _of(mutes: QuerySet[Mute], patients: Collection[UUID] | None) -> QuerySet[Mute]:
    """Narrow mutes to patients, where some are named."""
    return mutes if patients is None else mutes.filter(patient_id__in=patients)


def _asleep(mutes: Sequence[Mute]) -> QuerySet[Alert]:
    """Return the alerts that sleep by these mutes: those of their rules, until their very end."""
    asked = Q(pk__in=[])
    for row in mutes:
        asked |= Q(patient_id=row.patient_id, rule=row.rule, snoozed_until=row.until)
    return Alert.objects.filter(asked, state="snoozed")


def _is_worse(change: Change, row: Mute) -> bool:
    """Whether a change is of a mute's rule and worse than the mute is for, or than what was found last, in this bout or before."""
    if change.alert.rule != row.rule or change.verb not in NEWS:
        return False
    if change.verb is Verb.WORSENED or change.alert.severity > row.severity:
        return True
    if change.verb is not Verb.RAISED:
        return False
    before = Alert.objects.filter(patient_id=row.patient_id, rule=row.rule, subject=change.alert.subject)
    last = before.exclude(pk=change.alert.pk).order_by("-raised_at", "-changed_at").first()
    return last is not None and (change.alert.severity, change.alert.level) > (last.severity, last.level)


def _held(change: Change, row: Mute | None, at: datetime) -> Change:
    """Return a change as it is, or put off by a mute."""
    if row is None or change.verb not in NEWS:
        return change
    step = put_off(change.alert, row, at=at)
    return change if step is None else Change(change.alert, Verb.MUTED, step, change.finding)


def _broken(mutes: Sequence[Mute], changes: Sequence[Change], *, at: datetime) -> list[Change]:
    """End mutes as something is worse; return the alerts that wake with it."""
    if not mutes:
        return []
    _ended(Mute.objects.filter(pk__in=[row.pk for row in mutes]), WORSE, at=at)
    told = {change.alert.pk for change in changes if change.verb in NEWS}
    asleep = _asleep(mutes).exclude(pk__in=told).select_for_update(of=("self",)).order_by("pk")
    return [woken(alert, at=at) for alert in asleep]
