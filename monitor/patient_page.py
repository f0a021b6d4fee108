"""Everything that one patient's page shows, read in a number of queries that does not grow with results or alerts."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from alerts import judging, muting, recurrence, rules
from alerts.models import WatchState
from alerts.remission_trends import RemissionTrend, remission_trend
from alerts.rules.rule import Severity
from monitor.as_known import Past
from monitor.baselines import bands
from monitor.chart_frame import HEMOGLOBIN
from monitor.charts import AlertMark
from monitor.course import course_figure
from monitor.course_frame import TODAY
from monitor.course_table import CourseRow, course_rows
from monitor.episode_offers import Offer, offers
from monitor.flowsheet import Sheet
from monitor.flowsheet_rows import SHOWN_DAYS, sheet
from monitor.held_rows import Held, held_rows
from monitor.patient_cards import Card, cards_of, closed_cards, grades_of
from monitor.patient_todos import Item, listed
from monitor.steroid_panel import Panel, panel
from monitor.summaries import Summaries, summaries
from monitor.templatetags.showing import day
from monitor.unjudged import Unjudged, unjudged
from patients import timeline
from patients.access import Asker
from patients.analytes import analyte
from patients.choosing import version_at
from patients.history import History
from patients.models import Patient

SHOWN_ROWS: Final = 100
"""Lines of the course's table, unless all are asked for."""
HISTORY: Final = (("observation", "read"), ("audit", "read"))
"""The rows of the matrix of which one opens the history."""


@dataclass(frozen=True, slots=True)
class Latest:
    """The newest hemoglobin: g/L, when, and its sign where it is a bound."""

    at: datetime
    value: float
    comparator: str


@dataclass(frozen=True, slots=True)
class PatientPage:
    """The page, or as it was known at a `past` moment. What the person may not read is empty, and the template leaves it out."""

    patient: Patient
    name: str
    identifiers: tuple[str, ...]
    may: Mapping[str, bool]
    history: History | None = None
    cards: tuple[Card, ...] = ()
    closed: tuple[Card, ...] = ()
    last: Latest | None = None
    hemoglobin_count: int = 0
    figure: Mapping[str, Any] = field(default_factory=dict)
    normal_from: float | None = None
    rows: tuple[CourseRow, ...] = ()
    row_count: int = 0
    sheet: Sheet = field(default_factory=Sheet)
    todos: tuple[Item, ...] = ()
    chain: str = ""
    trend: RemissionTrend | None = None
    offers: tuple[Offer, ...] = ()
    summaries: Summaries | None = None
    steroids: Panel | None = None
    cannot_judge: tuple[tuple[str, str], ...] = ()
    evaluated_at: datetime | None = None
    current: bool = False
    unjudged: Unjudged = field(default_factory=Unjudged)
    past: Past | None = None

    @property
    def high(self) -> int:
        """How many open alerts are of high severity."""
        return sum(card.severity is Severity.HIGH for card in self.cards)

    @property
    def overdue(self) -> int:
        """How many to-dos are overdue."""
        return sum(item.todo.overdue for item in self.todos)

    @property
    def tally(self) -> tuple[tuple[Severity, int], ...]:
        """Open alerts by severity, most urgent first."""
        counts = (
            (grade, sum(card.severity is grade for card in self.cards)) for grade in sorted(Severity, reverse=True)
        )
        return tuple((grade, count) for grade, count in counts if count)


def patient_page(patient: Patient, asker: Asker, *, all_results: bool = False, past: Past | None = None) -> PatientPage:
    """Return the page of a patient for a person who may read the patient; `past`: as it was known then, and nothing to press."""
    identity = getattr(patient, "identity", None)
    page = PatientPage(
        patient=patient,
        name=identity.name if identity else "Name removed",
        identifiers=tuple(patient.identifiers.order_by("issuer", "value").values_list("value", flat=True)),
        may=_permissions(patient, asker, past),
        past=past,
    )
    if not page.may["results"]:
        return page
    history = _history(patient, asker, past)
    held = held_rows(patient, asker, known_at=past.at if past else None) if page.may["files"] else Held()
    page = _with_data(page, history, held, all_results=all_results)
    return _with_alerts(page, asker, history, held) if page.may["alerts"] else page


def _history(patient: Patient, asker: Asker, past: Past | None) -> History:
    """Return what is known of a patient now, or what was known at a past moment, seen from it."""
    if past is None:
        return timeline.read(patient.pk, at=asker.at)
    known, numbers = timeline.revision_at(patient.pk, past.at), version_at(patient, past.at)
    return timeline.read(patient.pk, at=past.at, revision=known, settings_version=numbers)


def _permissions(patient: Patient, asker: Asker, past: Past | None) -> Mapping[str, bool]:
    """Return what the person may do here: in the past, only look."""
    return {
        "results": asker.may("observation", "read", patient),
        "alerts": asker.may("alert", "read", patient),
        "acknowledge": past is None and asker.may("alert", "acknowledge", patient),
        "close": past is None and asker.may("alert", "close", patient),
        "mute": past is None and muting.may(asker, patient),
        "upload": past is None and asker.may("upload", "create", patient),
        "files": asker.may("upload", "read", patient),
        "history": past is None and any(asker.may(*row, patient) for row in HISTORY),
        "record": past is None and asker.may("diary", "add", patient),
        "plan": past is None and asker.may("treatment", "change", patient),
        "edit": past is None and asker.may("patient", "edit", patient),
        "settings": past is None and asker.may("settings", "read", patient),
    }


def _with_data(page: PatientPage, history: History, held: Held, *, all_results: bool) -> PatientPage:
    """Return the page with what its history says, and with its alerts, which mark what they rest on."""
    cards = cards_of(page.patient, page.past) if page.may["alerts"] else ()
    grades, known, limit = grades_of(cards), bands(history), normal_from(history)
    rows = course_rows(history, known, grades)
    return replace(
        page,
        history=history,
        cards=tuple(card for card in cards if card.open),
        closed=closed_cards(cards),
        last=_latest(history),
        hemoglobin_count=len(history.get(HEMOGLOBIN)),
        figure=course_figure(history, known, _marks(grades, history), normal_from=limit, today_is=_today_is(page)),
        normal_from=limit,
        rows=rows if all_results else rows[:SHOWN_ROWS],
        row_count=len(rows),
        sheet=sheet(history, grades, days=None if all_results else SHOWN_DAYS, held=held.results),
        chain=recurrence.chain(history),
        trend=remission_trend(history),
        steroids=panel(history, [card.finding for card in cards if card.open]),
    )


def _with_alerts(page: PatientPage, asker: Asker, history: History, held: Held) -> PatientPage:
    """Return the page with what is due, and with what could not be judged: for who reads alerts."""
    past = page.past is not None
    todos = listed(page.patient, asker, history, held, past=past)
    page = replace(
        page,
        offers=offers(page.patient, asker, history, past=past),
        summaries=summaries(page.patient, asker, history, past=past),
    )
    if past:
        return replace(page, todos=todos, cannot_judge=_could_not_judge(history))
    state = WatchState.objects.filter(pk=page.patient.pk).first()
    return replace(
        page,
        todos=todos,
        cannot_judge=_cannot_judge(state),
        evaluated_at=state.evaluated_at if state else None,
        current=bool(state and state.evaluated_revision >= page.patient.revision),
        unjudged=unjudged(state, page.patient),
    )


def _today_is(page: PatientPage) -> str:
    """Return what the line of the figure's last day is called: another day than today in the past."""
    if page.past is None:
        return TODAY
    return day(page.past.at.astimezone(ZoneInfo(page.patient.time_zone)).date())


def _latest(history: History) -> Latest | None:
    """Return the newest hemoglobin, None where there is none."""
    series = history.get(HEMOGLOBIN)
    if not len(series):
        return None
    return Latest(series.at(-1), float(series.values[-1]), series.comparators[-1] if series.comparators else "")


def _marks(grades: Mapping[int, Severity], history: History) -> list[AlertMark]:
    """Return the hemoglobin results that an alert rests on."""
    series = history.get(HEMOGLOBIN)
    return [
        AlertMark(series.at(index), float(series.values[index]), grades[int(identity)])
        for index, identity in enumerate(series.ids.tolist())
        if int(identity) in grades
    ]


def normal_from(history: History) -> float | None:
    """Return the lower limit of the general reference range of hemoglobin for the person, g/L; None where it is unknown."""
    age = history.patient.age_years(history.at.date())
    found = analyte(HEMOGLOBIN).reference_range(sex=history.patient.sex, age_years=age)
    return found.low if found else None


def _cannot_judge(state: WatchState | None) -> tuple[tuple[str, str], ...]:
    """Return what could not be judged, by rule, and why."""
    titles = {rule.name: rule.title for rule in rules.RULES}
    listed = state.cannot_judge if state and isinstance(state.cannot_judge, list) else []
    return tuple((titles.get(one["rule"], one["rule"]), one["reason"]) for one in listed)


def _could_not_judge(history: History) -> tuple[tuple[str, str], ...]:
    """Return what could not be judged of a history, by rule, and why: every rule is asked anew, for only the newest is kept."""
    found = judging.judge(history, history.at, rules=rules.RULES).cannot_judge
    titles = {rule.name: rule.title for rule in rules.RULES}
    return tuple((titles.get(one.rule, one.rule), one.reason) for one in found)
