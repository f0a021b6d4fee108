"""Who comes first: the patients of one page of the worklist, decided by PostgreSQL on its indexes. It reads a page, not a cohort.

First who has an open alert, the most urgent first, then the longest open; then who is silent, the longest first; then, where all
are asked for, the others by when their next blood count is late, and at last of whom nothing is due. Counts stop at a ceiling:
nobody reads "8,214 patients need someone" more closely than "200+".
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from alerts.models import Alert, WatchState
from alerts.rules.rule import Severity
from monitor.filters import Acuity, Filters, Tab
from monitor.reaching import Reach
from patients.models import Patient, PatientIdentifier, PatientIdentity

PAGE: Final = 50
CEILING: Final = 200
FEW: Final = 2000
BY_SEVERITY: Final = {Severity.HIGH: Acuity.HIGH, Severity.MODERATE: Acuity.MODERATE, Severity.LOW: Acuity.LOW}
GRADES: Final = {acuity.value: severity for severity, acuity in BY_SEVERITY.items()}


@dataclass(frozen=True, slots=True)
class Place:
    """A patient's place on the page: the group, and the alert that decides it."""

    patient_id: UUID
    acuity: Acuity
    alert_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Tally:
    """How many patients each group holds, none counted further than `ceiling`."""

    counts: Mapping[Acuity, int]
    ceiling: int = CEILING

    def of(self, *groups: Acuity) -> int:
        """Return how many patients some groups hold."""
        return sum(self.counts.get(group, 0) for group in groups)

    @property
    def waiting(self) -> int:
        """How many have an open alert."""
        return self.of(*BY_SEVERITY.values())

    @property
    def needing(self) -> int:
        """How many need someone."""
        return self.waiting + self.of(Acuity.SILENT)

    def said(self, group: Acuity) -> str:
        """Return how many a group holds in figures: "51+" where the count was ended within it; empty for none."""
        count, last = self.of(group), next((one for one in reversed([*BY_SEVERITY.values()]) if self.of(one)), None)
        alone = group in (Acuity.SILENT, Acuity.ASLEEP)
        ended = count > self.ceiling if alone else self.waiting > self.ceiling and group is last
        return f"{count - 1}+" if ended else str(count or "")

    @property
    def needing_said(self) -> str:
        """How many need someone, in figures."""
        ended = self.waiting > self.ceiling or self.of(Acuity.SILENT) > self.ceiling
        return up_to(self.ceiling + 1 if ended else self.needing, self.ceiling)


def up_to(count: int, ceiling: int = CEILING) -> str:
    """Return a count in figures, "200+" above a ceiling."""
    return f"{ceiling}+" if count > ceiling else str(count)


def narrowed(seen: Reach, filters: Filters) -> Reach:
    """Return the reach without those whom tab and text leave out, found once for all questions that follow.

    A text that is said of very many is asked for row by row instead: so many are found soon.
    """
    if filters.tab is Tab.MINE:
        seen = replace(seen, only=tuple(one for (one,) in own(seen)))
    if not filters.text:
        return seen
    found = tuple(one for (one,) in _said(seen, filters)[: FEW + 1])
    return replace(seen, only=found) if len(found) <= FEW else replace(seen, text=filters.text)


def own(seen: Reach) -> QuerySet[Any, Any]:
    """Return the ids of the person's own patients: whose clinician they are, and whose open alert they took on."""
    me = seen.asker.user.pk
    cared = Patient.objects.filter(seen.patients(), clinician_id=me).values_list("pk")
    taken = Alert.objects.filter(seen.patients("patient__"), awake(seen.at), owner_id=me).values_list("patient_id")
    return cared.union(taken)


def _said(seen: Reach, filters: Filters) -> QuerySet[Any, Any]:
    """Return the ids of patients whose name, identifier, or open alert's sentence holds a text; of the snoozed: a sleeping one."""
    text, listed = filters.text, asleep if filters.tab is Tab.SNOOZED else awake
    named = PatientIdentity.objects.filter(seen.patients("patient__"), name__icontains=text).values_list("patient_id")
    numbered = PatientIdentifier.objects.filter(seen.patients("patient__"), value__icontains=text)
    alerted = Alert.objects.filter(seen.patients("patient__"), listed(seen.at), finding__sentence__icontains=text)
    return named.union(numbered.values_list("patient_id"), alerted.values_list("patient_id"))


def awake(at: datetime) -> Q:
    """Return the condition of an alert that is open and not asleep: a snooze that is over is none."""
    return Q(state__in=Alert.OPEN_STATES) & (~Q(state="snoozed") | Q(snoozed_until__lte=at))


def asleep(at: datetime) -> Q:
    """Return the condition of an alert that sleeps."""
    return Q(state="snoozed", snoozed_until__gt=at)


def awake_at(alert: Alert, at: datetime) -> bool:
    """Whether an alert that is open is not asleep: `awake` for one at hand."""
    return alert.snoozed_until is None or alert.snoozed_until <= at


def places(seen: Reach, filters: Filters, counts: Tally) -> tuple[tuple[Place, ...], bool]:
    """Return the places of one page, and whether there is another: as many queries for 50 patients as for 100,000.

    Only the end of the list of everybody asks once more. `counts` are those of the same filters.
    """
    start = (filters.page - 1) * PAGE
    if filters.tab is Tab.SNOOZED:
        snoozed = _slice(sleeping(seen, filters).values_list("patient_id", "pk"), start)
        return tuple(Place(patient, Acuity.ASLEEP, alert) for patient, alert in snoozed[:PAGE]), len(snoozed) > PAGE
    found: list[Place] = [
        Place(patient, BY_SEVERITY[Severity(severity)], alert)
        for patient, severity, alert in _slice(waiting(seen, filters), start)
    ]
    if _may_be_silent(filters):
        after = max(0, start - counts.waiting)
        found += [Place(patient, Acuity.SILENT) for patient in _slice(silent(seen, filters), after)]
    if _may_be_calm(filters):
        after = max(0, start - counts.needing)
        judged = [Place(patient, Acuity.CALM) for patient in _slice(calm(seen, filters), after)]
        found += judged
        if len(found) <= PAGE:
            beyond = 0 if judged or not after else max(0, after - calm(seen, filters).count())
            found += [Place(patient, Acuity.CALM) for patient in _slice(undue(seen, filters), beyond)]
    return tuple(found[:PAGE]), len(found) > PAGE


def tally(seen: Reach, filters: Filters) -> Tally:
    """Return how many patients each group holds, up to a ceiling that lies beyond the page asked for."""
    ceiling = max(CEILING, filters.page * PAGE + 1)
    if filters.tab is Tab.SNOOZED:
        return Tally({Acuity.ASLEEP: sleeping(seen, filters)[: ceiling + 1].count()}, ceiling)
    severities = waiting(seen, filters).values_list("severity", flat=True)[: ceiling + 1]
    counts = Counter(BY_SEVERITY[Severity(one)] for one in severities)
    if _may_be_silent(filters):
        # In the order of the other index, which ends at the ceiling without a sort.
        counts[Acuity.SILENT] = silent(seen, filters).order_by("silent_from")[: ceiling + 1].count()
    return Tally(counts, ceiling)


def last_page(seen: Reach, filters: Filters, counts: Tally) -> int:
    """Return the number of the last page that holds anybody, 1 for an empty list. `counts` are those of a page beyond the end."""
    held = counts.needing + counts.of(Acuity.ASLEEP)
    if filters.tab is not Tab.SNOOZED and _may_be_calm(filters):
        held += calm(seen, filters).count() + undue(seen, filters).count()
    return max(1, -(-held // PAGE))


def everybody(seen: Reach) -> str:
    """Return how many patients the person follows, up to the ceiling, in figures."""
    return up_to(Patient.objects.filter(seen.patients())[: CEILING + 1].count())


def mine(seen: Reach) -> str:
    """Return how many patients are the person's own, up to the ceiling, in figures."""
    return up_to(own(seen)[: CEILING + 1].count())


def sleeping(seen: Reach, filters: Filters) -> QuerySet[Alert]:
    """Return each patient's sleeping alert, of several the one that wakes first; who wakes first before the others."""
    earlier = Alert.objects.filter(
        Q(snoozed_until__lt=OuterRef("snoozed_until"))
        | Q(snoozed_until=OuterRef("snoozed_until"), pk__lt=OuterRef("pk")),
        asleep(seen.at),
        patient=OuterRef("patient_id"),
    )
    found = Alert.objects.filter(_matching(seen, filters, "patient__"), asleep(seen.at)).exclude(Exists(earlier))
    if filters.severity:
        found = found.filter(severity=GRADES.get(filters.severity, 0))
    return found.order_by("snoozed_until", "pk")


def snoozes(seen: Reach) -> tuple[str, datetime | None]:
    """Return how many patients have a sleeping alert, up to the ceiling, in figures; and when the next one wakes."""
    ends = list(sleeping(seen, Filters()).values_list("snoozed_until", flat=True)[: CEILING + 1])
    return up_to(len(ends), CEILING), ends[0] if ends else None


def waiting(seen: Reach, filters: Filters) -> QuerySet[Alert, Any]:
    """Return patient, severity and alert of everybody who waits: each one's most urgent alert, of these the longest open."""
    worse = Alert.objects.filter(
        Q(severity__gt=OuterRef("severity"))
        | Q(severity=OuterRef("severity"), raised_at__lt=OuterRef("raised_at"))
        | Q(severity=OuterRef("severity"), raised_at=OuterRef("raised_at"), pk__lt=OuterRef("pk")),
        awake(seen.at),
        patient=OuterRef("patient_id"),
    )
    found = Alert.objects.filter(_matching(seen, filters, "patient__"), awake(seen.at)).exclude(Exists(worse))
    if filters.severity:
        found = found.filter(severity=GRADES.get(filters.severity, 0))
    return found.order_by("-severity", "raised_at", "pk").values_list("patient_id", "severity", "pk")


def silent(seen: Reach, filters: Filters) -> QuerySet[WatchState, Any]:
    """Return who is silent and has no open alert, by the patient's id: who was never heard of, then the longest silent."""
    found = WatchState.objects.filter(_matching(seen, filters, "patient__"), silent_from__lte=seen.at)
    quiet = found.exclude(Exists(_open("patient_id", seen)))
    return quiet.order_by(F("heard_at").asc(nulls_first=True), "pk").values_list("patient_id", flat=True)


def calm(seen: Reach, filters: Filters) -> QuerySet[WatchState, Any]:
    """Return who needs nobody, by when the next blood count is late."""
    found = WatchState.objects.filter(_matching(seen, filters, "patient__"), silent_from__gt=seen.at)
    quiet = found.exclude(Exists(_open("patient_id", seen)))
    return quiet.order_by("silent_from", "pk").values_list("patient_id", flat=True)


def undue(seen: Reach, filters: Filters) -> QuerySet[Patient, Any]:
    """Return of whom nothing is due: not judged yet, or died."""
    due = WatchState.objects.filter(patient=OuterRef("pk"), silent_from__isnull=False)
    found = Patient.objects.filter(_matching(seen, filters, "")).exclude(Exists(due))
    return found.exclude(Exists(_open("pk", seen))).order_by("pk").values_list("pk", flat=True)


def _slice(found: QuerySet[Any, Any], start: int) -> Sequence[Any]:
    """Return a page of a list from a place on, and one more."""
    return list(found[start : start + PAGE + 1])


def _may_be_silent(filters: Filters) -> bool:
    """Whether someone without an alert can match."""
    return not filters.by_alert and filters.severity in ("", Acuity.SILENT)


def _may_be_calm(filters: Filters) -> bool:
    """Whether someone who needs nobody can match."""
    return filters.tab is not Tab.NEEDS and not filters.by_alert and not filters.severity


def _open(patient: str, seen: Reach, *, sleep: bool = False, **fields: Any) -> QuerySet[Alert]:
    """Return the open alerts of an outer row's patient: those awake, or those that `sleep`."""
    return Alert.objects.filter((asleep if sleep else awake)(seen.at), patient=OuterRef(patient), **fields)


def _matching(seen: Reach, filters: Filters, prefix: str) -> Q:
    """Return the condition of the filters for rows that lead to a patient by `prefix`."""
    found = seen.patients(prefix)
    key = f"{prefix.removesuffix('__')}_id" if prefix else "pk"
    if filters.team is not None:
        found &= Q(**{f"{prefix}team_id": filters.team})
    if filters.rule:
        found &= Q(Exists(_open(key, seen, sleep=filters.tab is Tab.SNOOZED, rule=filters.rule)))
    if filters.unacknowledged:
        found &= Q(Exists(_open(key, seen, state="raised")))
    if filters.overdue:
        found &= Q(Exists(WatchState.objects.filter(patient=OuterRef(key), overdue_from__lte=seen.at)))
    return found & _holds(seen, prefix, key, sleep=filters.tab is Tab.SNOOZED) if seen.text else found


def _holds(seen: Reach, prefix: str, key: str, *, sleep: bool) -> Q:
    """Return the condition of a text that is said of many, row by row."""
    numbered = PatientIdentifier.objects.filter(patient=OuterRef(key), value__icontains=seen.text)
    named = Q(**{f"{prefix}identity__name__icontains": seen.text})
    return (
        named | Q(Exists(numbered)) | Q(Exists(_open(key, seen, sleep=sleep, finding__sentence__icontains=seen.text)))
    )
