"""The worklist: who needs someone, most urgent first, then longest waiting; then everybody else.

As many queries for 50 rows as for one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Count, Max, Min, Q, QuerySet

from alerts.models import Alert
from alerts.rules.rule import Severity
from monitor.sparkline import Spark, own_band, spark
from patients.access import Asker
from patients.models import Patient
from patients.reach import patients_for
from patients.recent import Point, latest

PAGE: Final = 50
HEMOGLOBIN: Final = "HGB"
URGENCY: Final[Mapping[Severity | None, tuple[str, str]]] = {
    Severity.HIGH: ("High", "a physician today"),
    Severity.MODERATE: ("Moderate", "within 72 hours"),
    Severity.LOW: ("Low", "this week"),
    None: ("No open alert", "nothing that a rule asks you to act on"),
}
"""Heading and explanation of each group."""


@dataclass(frozen=True, slots=True)
class Row:
    """One patient of the worklist. `alert` is the most urgent open one, the longest waiting among equals; `more` counts others.

    `change` is the last hemoglobin against the own baseline in percent, where an alert names one; `marked` the severity of the
    alert that rests on that result.
    """

    patient: Patient
    name: str
    alert: Alert | None
    more: int
    since: datetime | None
    last: Point | None
    spark: Spark | None
    change: int | None = None
    marked: Severity | None = None

    @property
    def severity(self) -> Severity | None:
        """The severity of the most urgent alert."""
        return None if self.alert is None else Severity(self.alert.severity)

    @property
    def sentence(self) -> str:
        """The reason, in one sentence."""
        return "" if self.alert is None else str(self.alert.finding.get("sentence", ""))


@dataclass(frozen=True, slots=True)
class Group:
    """Rows of one severity; `count` is that of this page."""

    severity: Severity | None
    rows: tuple[Row, ...]

    @property
    def title(self) -> str:
        """The heading."""
        return URGENCY[self.severity][0]

    @property
    def meaning(self) -> str:
        """How soon someone should act."""
        return URGENCY[self.severity][1]


@dataclass(frozen=True, slots=True)
class Worklist:
    """One page: its groups, how many patients have open alerts, how many of those are of high severity, and what is around it."""

    groups: tuple[Group, ...]
    needing: int
    high: int
    page: int
    has_next: bool

    @property
    def first(self) -> int:
        """The number of the first row."""
        return (self.page - 1) * PAGE + 1

    @property
    def last(self) -> int:
        """The number of the last row."""
        return self.first - 1 + sum(len(group.rows) for group in self.groups)


def worklist(asker: Asker, *, page: int = 1) -> Worklist:
    """Return one page of the patients whose alerts a person may read. A page beyond the end is empty."""
    readable = patients_for(asker, "alert", "read").filter(active=True)
    waiting = (
        Alert.objects.filter(state__in=Alert.OPEN_STATES, patient__in=readable)
        .values("patient_id")
        .annotate(severity=Max("severity"), since=Min("raised_at"), open=Count("pk"))
        .order_by("-severity", "since", "patient_id")
    )
    high = Q(severity=int(Severity.HIGH))
    totals = waiting.order_by().aggregate(needing=Count("patient_id"), high=Count("patient_id", filter=high))
    start, needing = (page - 1) * PAGE, totals["needing"]
    urgent = [entry["patient_id"] for entry in waiting[start : start + PAGE + 1]]
    beyond = max(0, start - needing)
    others = _others(readable)[beyond : beyond + PAGE + 1 - len(urgent)]
    calm = [patient.pk for patient in others]
    ids = [*urgent, *calm][:PAGE]
    return Worklist(
        groups=_grouped(_rows(ids, asker.at)),
        needing=needing,
        high=totals["high"],
        page=page,
        has_next=len(urgent) + len(calm) > PAGE,
    )


def _others(readable: QuerySet[Patient]) -> QuerySet[Patient]:
    """Return patients without an open alert, by name."""
    busy = Alert.objects.filter(state__in=Alert.OPEN_STATES).values("patient_id")
    return readable.exclude(pk__in=busy).order_by("identity__name", "pk").only("pk")


def _rows(ids: Sequence[UUID], at: datetime) -> list[Row]:
    """Return rows in the order of the ids: three queries, however many there are."""
    patients = Patient.objects.select_related("identity").in_bulk(list(ids))
    alerts: dict[UUID, list[Alert]] = {}
    found = Alert.objects.filter(patient_id__in=ids, state__in=Alert.OPEN_STATES).select_related("owner")
    for alert in found.order_by("-severity", "raised_at", "pk"):
        alerts.setdefault(alert.patient_id, []).append(alert)
    points = latest(ids, HEMOGLOBIN)
    return [_row(patients[one], alerts.get(one, []), points.get(one, ()), at) for one in ids if one in patients]


def _row(patient: Patient, alerts: list[Alert], points: tuple[Point, ...], at: datetime) -> Row:
    """Return one row."""
    worst, last = alerts[0] if alerts else None, points[-1] if points else None
    identity = getattr(patient, "identity", None)
    ours = [alert for alert in alerts if _results(alert)]
    named: list[dict[str, float]] = [alert.finding["numbers"] for alert in ours]
    numbers = next((one for one in named if own_band(one)), {})
    resting = [alert.severity for alert in ours if last and last.at in _results(alert)]
    return Row(
        patient=patient,
        name=identity.name if identity else "Name removed",
        alert=worst,
        more=max(0, len(alerts) - 1),
        since=min((alert.raised_at for alert in alerts), default=None),
        last=last,
        spark=spark(points, at=at, numbers=numbers),
        change=round(100 * (last.value / numbers["baseline"] - 1)) if last and numbers else None,
        marked=Severity(max(resting)) if resting else None,
    )


def _results(alert: Alert) -> set[datetime]:
    """Return the times of the hemoglobin results that an alert rests on."""
    rows = alert.finding.get("evidence", ())
    return {
        datetime.fromisoformat(row["effective_at"])
        for row in rows
        if row["role"] == "result" and row["code"] == HEMOGLOBIN
    }


def _grouped(rows: list[Row]) -> tuple[Group, ...]:
    """Return the rows by severity, most urgent group first, empty groups left out."""
    groups = ((severity, tuple(row for row in rows if row.severity is severity)) for severity in URGENCY)
    return tuple(Group(severity, those) for severity, those in groups if those)
