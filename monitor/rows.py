"""One row of the worklist: a patient, with all that says why they are there, made of a history and open alerts. Asks nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from alerts import recurrence
from alerts.models import Alert
from alerts.monitoring import TESTS, schedule
from alerts.parts import stories_of
from alerts.recurrence import Phase, Remission
from alerts.rules.results import moment
from alerts.rules.rule import Severity
from alerts.rules.wording import day
from alerts.todos import Todo, todos
from monitor.baselines import bands
from monitor.chart_frame import HEMOGLOBIN, Band
from monitor.filters import Acuity
from monitor.sparkline import Spark, spark
from monitor.triage import Place, awake_at
from patients.dosing import Course, now_and_next
from patients.history import History
from patients.models import Patient, User

CHAIN_SHOWN: Final = 4
"""Closed remissions that a row has room for."""
BADGES: Final = {
    "acute": "act", recurrence.EXACERBATION: "act", recurrence.PARTIAL: "watch", recurrence.REMISSION: "calm",
}  # fmt: skip
"""The look of each phase."""


@dataclass(frozen=True, slots=True)
class Point:
    """One hemoglobin: when the sample was taken, and its value in g/L."""

    at: datetime
    value: float


@dataclass(frozen=True, slots=True)
class Row:
    """One patient of the worklist. `alert` is the most urgent open one, of equals the longest open; on the list of the snoozed, the
    one that wakes first. `more` counts others that are awake, `new` those of them that nobody took on; `first_at` is when the
    longest open was raised, `snoozed_until` when the first that sleeps returns, `snoozed_severity` the
    highest of those that sleep.

    `judged_at` is when the watch last judged, `given_up` that it then failed too often to try again.

    `change` is the last hemoglobin against the own baseline it was judged against, in percent; `marked` the severity of the alert
    that rests on that result. `silent_days` count from the last hemoglobin where its successor is overdue.
    """

    patient: Patient
    name: str
    acuity: Acuity
    alert: Alert | None
    more: int
    new: int
    first_at: datetime | None
    snoozed_until: datetime | None
    snoozed_severity: Severity | None
    phase: Phase
    last: Point | None
    spark: Spark | None
    band: Band | None
    change: int | None
    marked: Severity | None
    silent_days: int | None
    every_days: int | None
    course: Course
    remissions: tuple[Remission, ...]
    todos: tuple[Todo, ...]
    judged_at: datetime | None
    given_up: bool
    story: str = ""

    @property
    def severity(self) -> Severity | None:
        """The severity of the most urgent alert."""
        return None if self.alert is None else Severity(self.alert.severity)

    @property
    def asleep(self) -> bool:
        """Whether that alert sleeps."""
        return self.acuity is Acuity.ASLEEP

    @property
    def sentence(self) -> str:
        """The reason, in one sentence: that of the alert, after the story that it is part of."""
        own = "" if self.alert is None else str(self.alert.finding.get("sentence", ""))
        return f"{self.story}: {own}" if self.story else own

    @property
    def badge(self) -> str:
        """The look of the phase."""
        return BADGES.get(self.phase.name, "line")

    @property
    def phase_words(self) -> str:
        """The phase, as a badge has it."""
        return self.phase.words[:1].upper() + self.phase.words[1:]

    @property
    def identifier(self) -> str:
        """The first identifier, empty where there is none."""
        return min((one.value for one in self.patient.identifiers.all()), default="")

    @property
    def dose(self) -> tuple[str, ...]:
        """The dose now, its step and the next one, each a line."""
        return tuple(part for part in self.course.words.split(", ") if part)

    @property
    def closed(self) -> tuple[int, ...]:
        """Lengths of the last closed remissions in days."""
        return tuple(one.days for one in self.remissions if not one.open)[-CHAIN_SHOWN:]

    @property
    def earlier(self) -> int:
        """How many closed remissions there were before these."""
        return sum(not one.open for one in self.remissions) - len(self.closed)

    @property
    def open_days(self) -> int | None:
        """The days of the open remission so far."""
        return next((one.days for one in self.remissions if one.open), None)

    @property
    def overdue(self) -> tuple[Todo, ...]:
        """To-dos that are overdue."""
        return tuple(one for one in self.todos if one.overdue)

    @property
    def late_words(self) -> str:
        """What is overdue, the first thing in words: "Spirometry 31 days late, 2 more"."""
        if not self.overdue:
            return ""
        first = self.overdue[0].words.split(":")[0]
        return first + (f", {len(self.overdue) - 1} more overdue" if len(self.overdue) > 1 else "")

    @property
    def owner(self) -> User | None:
        """Who has it: who took the alert on; without an alert the patient's own clinician."""
        return self.patient.clinician if self.alert is None else self.alert.owner


def row(place: Place, patient: Patient, alerts: Sequence[Alert], history: History, *, held_rows: int) -> Row:
    """Return a patient's row. `alerts` are the open ones, the most urgent first and of equals the longest open."""
    at = history.at
    open_ones = [alert for alert in alerts if awake_at(alert, at)]
    asleep = [alert for alert in alerts if alert not in open_ones]
    shown = next(
        (one for one in (asleep if place.acuity is Acuity.ASLEEP else open_ones) if one.pk == place.alert_id), None
    )
    others = [one for one in open_ones if one != shown]
    identity, state = getattr(patient, "identity", None), getattr(patient, "watch_state", None)
    points, held = _points(history), bands(history)
    last = points[-1] if points else None
    band = next((one for one in reversed(held) if last and one.start <= last.at <= one.end), None)
    resting = [alert.severity for alert in alerts if last and last.at in _results(alert)]
    silent = bool(state and state.silent_from and state.silent_from <= at)
    return Row(
        patient=patient,
        name=identity.name if identity and identity.name else "",
        acuity=place.acuity,
        alert=shown,
        more=len(others),
        new=sum(one.state == "raised" for one in others),
        first_at=min((one.raised_at for one in (*others, shown) if one), default=None),
        snoozed_until=min((one.snoozed_until for one in asleep if one.snoozed_until), default=None),
        snoozed_severity=max((Severity(one.severity) for one in asleep), default=None),
        phase=recurrence.phase(history),
        last=last,
        spark=spark(points, at=at, bands=held, silent=silent),
        band=band,
        change=round(100 * (last.value / band.baseline - 1)) if last and band else None,
        marked=Severity(max(resting)) if resting else None,
        silent_days=(at - last.at).days if silent and last else None,
        every_days=_every(history) if place.acuity is Acuity.SILENT else None,
        course=now_and_next(history, recurrence.local_day(history, at)),
        remissions=recurrence.remissions(history),
        todos=todos(history, at=at, held_rows=held_rows),
        judged_at=state.evaluated_at if state else None,
        given_up=bool(state and state.failed_at),
        story=_story(shown, open_ones, history),
    )


def _story(shown: Alert | None, alerts: Sequence[Alert], history: History) -> str:
    """Return the story of which the alert that is shown is part, by those that are awake; "" where it stands alone."""
    found = [one for one in stories_of(alerts) if shown is not None and shown.pk in {part.id for part in one.parts}]
    if not found or not found[0].title:
        return ""
    return f"{found[0].title} since {day(found[0].since, history.patient.time_zone)}"


def _points(history: History) -> tuple[Point, ...]:
    """Return the hemoglobin results that a watch may use."""
    series = history.get(HEMOGLOBIN)
    pairs = zip(series.times[series.usable], series.values[series.usable], strict=True)
    return tuple(Point(moment(float(time)), float(value)) for time, value in pairs)


def _every(history: History) -> int | None:
    """Return how many days lie between blood counts, None where there was none yet."""
    blood = next((due for due in schedule(history) if due.subject == TESTS[0].subject), None)
    series = history.get(HEMOGLOBIN)
    if blood is None or not series.usable.any():
        return None
    last = moment(float(series.times[series.usable][-1]))
    return (blood.due_on - recurrence.local_day(history, last)).days


def _results(alert: Alert) -> set[datetime]:
    """Return the times of the hemoglobin results that an alert rests on."""
    rows = alert.finding.get("evidence", ())
    return {
        datetime.fromisoformat(one["effective_at"])
        for one in rows
        if one["role"] == "result" and one["code"] == HEMOGLOBIN
    }
