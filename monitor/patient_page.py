"""Everything that one patient's page shows, read in a number of queries that does not grow with results or alerts."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from django.db.models import Prefetch

from alerts import judging, recurrence, rules
from alerts.lifecycle import ResolveReason, Verb
from alerts.models import Alert, Transition, WatchState
from alerts.rules.findings import from_json
from alerts.rules.rule import Evidence, Finding, Severity
from monitor.as_known import Past, stood
from monitor.baselines import bands
from monitor.chart_frame import HEMOGLOBIN
from monitor.charts import AlertMark
from monitor.course import course_figure
from monitor.course_table import CourseRow, course_rows
from monitor.flowsheet import Sheet
from monitor.flowsheet_rows import SHOWN_DAYS, sheet
from patients import timeline
from patients.access import Asker
from patients.analytes import analyte
from patients.history import History
from patients.models import Patient

SHOWN_ROWS: Final = 100
"""Lines of the course's table, unless all are asked for."""
SHOWN_CLOSED: Final = 20
RESOLVE_WORDS: Final[Mapping[str, str]] = {
    ResolveReason.TREATED: "Treated",
    ResolveReason.EXPLAINED: "Explained by something else",
    ResolveReason.DATA_ERROR: "The result was wrong",
    ResolveReason.NOT_USEFUL: "Not useful",
    ResolveReason.OTHER: "Another reason",
}
VERB_WORDS: Final[Mapping[str, str]] = {
    Verb.RAISED: "raised",
    Verb.WORSENED: "became worse",
    Verb.UPDATED: "newer evidence",
    Verb.RETURNED: "came back",
    Verb.RECOVERED: "recovered",
    Verb.ACKNOWLEDGED: "acknowledged",
    Verb.RESOLVED: "resolved",
}


@dataclass(frozen=True, slots=True)
class Step:
    """One line of an alert's trail."""

    at: datetime
    words: str
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Card:
    """One alert as shown: its row, its finding, its rule's title and its trail."""

    alert: Alert
    finding: Finding
    title: str
    trail: tuple[Step, ...]

    @property
    def severity(self) -> Severity:
        """The highest severity that the alert had."""
        return Severity(self.alert.severity)

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """What the finding rests on now: its result, and what supports it."""
        return tuple(row for row in self.finding.evidence if row.role != "baseline")

    @property
    def baseline(self) -> tuple[Evidence, ...]:
        """What the own steady state was taken from."""
        return tuple(row for row in self.finding.evidence if row.role == "baseline")

    @property
    def open(self) -> bool:
        """Whether it still asks for something."""
        return self.alert.state in Alert.OPEN_STATES


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
    chain: str = ""
    trend: str = ""
    cannot_judge: tuple[tuple[str, str], ...] = ()
    evaluated_at: datetime | None = None
    current: bool = False
    past: Past | None = None

    @property
    def high(self) -> int:
        """How many open alerts are of high severity."""
        return sum(card.severity is Severity.HIGH for card in self.cards)

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
    cards = _cards(patient, past) if page.may["alerts"] else ()
    state = WatchState.objects.filter(pk=patient.pk).first() if page.may["alerts"] and past is None else None
    return _with_data(page, history, cards, state, all_results=all_results)


def _history(patient: Patient, asker: Asker, past: Past | None) -> History:
    """Return what is known of a patient now, or what was known at a past moment, seen from it."""
    if past is None:
        return timeline.read(patient.pk, at=asker.at)
    return timeline.read(patient.pk, at=past.at, revision=timeline.revision_at(patient.pk, past.at))


def _permissions(patient: Patient, asker: Asker, past: Past | None) -> Mapping[str, bool]:
    """Return what the person may do here: in the past, only look."""
    return {
        "results": asker.may("observation", "read", patient),
        "alerts": asker.may("alert", "read", patient),
        "acknowledge": past is None and asker.may("alert", "acknowledge", patient),
        "close": past is None and asker.may("alert", "close", patient),
        "upload": past is None and asker.may("upload", "create", patient),
        "record": past is None and asker.may("diary", "add", patient),
    }


def _with_data(
    page: PatientPage, history: History, cards: tuple[Card, ...], state: WatchState | None, *, all_results: bool
) -> PatientPage:
    """Return the page with what its history and alerts say."""
    grades, known, limit = _grades(cards), bands(history), normal_from(history)
    rows = course_rows(history, known, grades)
    return replace(
        page,
        history=history,
        cards=tuple(card for card in cards if card.open),
        closed=_closed(cards),
        last=_latest(history),
        hemoglobin_count=len(history.get(HEMOGLOBIN)),
        figure=course_figure(history, known, _marks(grades, history), normal_from=limit),
        normal_from=limit,
        rows=rows if all_results else rows[:SHOWN_ROWS],
        row_count=len(rows),
        sheet=sheet(history, grades, days=None if all_results else SHOWN_DAYS),
        chain=recurrence.chain(history),
        trend=recurrence.trend_words(history),
        cannot_judge=_could_not_judge(history) if page.past and page.may["alerts"] else _cannot_judge(state),
        evaluated_at=state.evaluated_at if state else None,
        current=bool(state and state.evaluated_revision >= page.patient.revision),
    )


def _latest(history: History) -> Latest | None:
    """Return the newest hemoglobin, None where there is none."""
    series = history.get(HEMOGLOBIN)
    if not len(series):
        return None
    return Latest(series.at(-1), float(series.values[-1]), series.comparators[-1] if series.comparators else "")


def _closed(cards: tuple[Card, ...]) -> tuple[Card, ...]:
    """Return the alerts that were closed last, the newest first."""
    over = [card for card in cards if not card.open]
    return tuple(
        sorted(over, key=lambda card: card.alert.closed_at or card.alert.changed_at, reverse=True)[:SHOWN_CLOSED]
    )


def _cards(patient: Patient, past: Past | None) -> tuple[Card, ...]:
    """Return every alert of a patient, most urgent first, as it stands or as it stood at a past moment: two queries."""
    steps = Transition.objects.select_related("by").order_by("id")
    found = Alert.objects.filter(patient=patient).select_related("owner").order_by("-severity", "raised_at", "pk")
    if past is not None:
        steps, found = steps.filter(at__lte=past.at), found.filter(raised_at__lte=past.at)
    titles = {rule.name: rule.title for rule in rules.RULES}
    cards: list[Card] = []
    for row in found.prefetch_related(Prefetch("transitions", steps)):
        trail = list(row.transitions.all())
        alert = row if past is None else stood(row, trail)
        title = titles.get(alert.rule, alert.rule.replace("_", " "))
        cards.append(Card(alert, from_json(alert.finding), title, tuple(_step(one) for one in trail)))
    return tuple(sorted(cards, key=lambda card: -card.severity)) if past else tuple(cards)


def _step(transition: Transition) -> Step:
    """Return one line of a trail; a choice is shown in its words, with the note beside it."""
    note = str(transition.detail.get("note", "")) if isinstance(transition.detail, dict) else ""
    reason = RESOLVE_WORDS.get(transition.reason, transition.reason)
    return Step(
        at=transition.at,
        words=VERB_WORDS.get(transition.verb, transition.verb),
        by=str(transition.by) if transition.by else "",
        reason=": ".join(part for part in (reason, note) if part),
    )


def _grades(cards: tuple[Card, ...]) -> dict[int, Severity]:
    """Return, by observation, the highest severity of the alerts whose result it is."""
    found: dict[int, Severity] = {}
    for card in cards:
        for evidence in card.finding.evidence:
            if evidence.kind == "observation" and evidence.role == "result":
                found[evidence.id] = max(found.get(evidence.id, card.severity), card.severity)
    return found


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
