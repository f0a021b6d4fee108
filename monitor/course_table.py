"""The course as a table, newest first: everything that the figure draws, for who does not see it. Pure."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from alerts.recurrence import Remission, episodes, remissions
from alerts.rules.rule import Severity
from alerts.saturation import saturation
from alerts.steroids import planned_levels, taken_levels
from monitor.chart_frame import HEMOGLOBIN, Band
from monitor.course_episodes import days_of
from monitor.course_labs import own_best
from monitor.course_lanes import amount, film_words, given, sputum_words, stage
from patients.history import History, Series

NBSP: Final = "\u00a0"
DRAWN: Final = (("FE", "Iron", "umol/L"), ("FERRITIN", "Ferritin", "ug/L"))
BREATHS: Final = ("FEV1", "FVC")


@dataclass(frozen=True, slots=True)
class CourseRow:
    """One line: when, what, how much, and what is to be known of it. `words` stand where the value is no number."""

    at: datetime
    what: str
    value: float | None = None
    unit: str = ""
    words: str = ""
    comparator: str = ""
    note: str = ""
    usable: bool = True
    unconfirmed: bool = False
    severity: Severity | None = None


def course_rows(
    history: History, bands: Sequence[Band] = (), grades: Mapping[int, Severity] | None = None
) -> tuple[CourseRow, ...]:
    """Return every line of the course, newest first. `grades` are alerts by the hemoglobin result that they rest on."""
    zone = ZoneInfo(history.patient.time_zone or "UTC")
    found = [
        *_hemoglobin(history, bands, grades or {}),
        *_iron(history),
        *_breaths(history),
        *_doses(history, zone),
        *_events(history),
        *_exacerbations(history, zone),
        *_remissions(remissions(history), zone),
    ]
    return tuple(sorted(found, key=lambda row: (-row.at.timestamp(), row.what)))


def _results(series: Series, what: str, unit: str) -> Iterator[CourseRow]:
    """Yield the results of an analyte."""
    for place in range(len(series)):
        yield CourseRow(
            at=series.at(place),
            what=what,
            value=float(series.values[place]),
            unit=unit,
            comparator=series.comparators[place] if series.comparators else "",
            usable=bool(series.usable[place]),
            unconfirmed=bool(series.unconfirmed[place]),
        )


def _hemoglobin(history: History, bands: Sequence[Band], grades: Mapping[int, Severity]) -> Iterator[CourseRow]:
    """Yield hemoglobin, each with the limit of the own baseline that held, and the alert that rests on it."""
    series = history.get(HEMOGLOBIN)
    starts = [band.start for band in bands]
    for place, row in enumerate(_results(series, "Hemoglobin", "g/L")):
        held = bisect_right(starts, row.at) - 1
        band = bands[held] if held >= 0 and row.at <= bands[held].end else None
        note = f"own baseline {band.baseline:.4g}, limit {band.lower:.4g}{NBSP}g/L" if band else ""
        yield _with(row, note=note, severity=grades.get(int(series.ids[place])))


def _with(row: CourseRow, *, note: str = "", severity: Severity | None = None) -> CourseRow:
    """Return a result with what is to be known of it."""
    return CourseRow(
        row.at, row.what, row.value, row.unit, "", row.comparator, note, row.usable, row.unconfirmed, severity
    )


def _iron(history: History) -> Iterator[CourseRow]:
    """Yield iron, ferritin and saturation."""
    for code, what, unit in DRAWN:
        yield from _results(history.get(code), what, unit)
    known = saturation(history)
    for place, row in enumerate(_results(known.series, "Saturation", "%")):
        yield _with(row, note="computed from iron and binding capacity" if place in known.computed else "")


def _breaths(history: History) -> Iterator[CourseRow]:
    """Yield the lung function, with the share of the own best."""
    for code in BREATHS:
        series = history.get(code)
        best = own_best(series)
        for row in _results(series, code, "L"):
            share = f"{100 * row.value / best:.0f}{NBSP}% of own best" if best and row.value is not None else ""
            yield _with(row, note=share)


def _doses(history: History, zone: ZoneInfo) -> Iterator[CourseRow]:
    """Yield each change of the dose, taken and planned."""
    for note, levels in (("taken", taken_levels(history)), ("planned", planned_levels(history))):
        for level in levels:
            at = _start(level.day, zone)
            if level.mg is None:
                yield CourseRow(at, "Prednisolone", words="nothing known", note=f"{note}, from this day")
            else:
                yield CourseRow(at, "Prednisolone", level.mg, "mg", note=f"a day, {note}, from this day")


def _events(history: History) -> Iterator[CourseRow]:
    """Yield what the lanes show."""
    for event in history.events:
        at = event.effective_at
        if event.kind == "hemoptysis":
            yield CourseRow(at, "Hemoptysis", words=amount(event))
        elif event.kind == "sputum":
            yield CourseRow(at, "Sputum", words=sputum_words(event))
        elif event.kind in ("chest_xray", "chest_ct"):
            what = "Chest film" if event.kind == "chest_xray" else "Chest CT"
            yield CourseRow(at, what, words=f"stage {stage(event)}", note=film_words(event).partition(", ")[2])
        elif event.kind == "transfusion":
            yield CourseRow(at, "Transfusion", words=given(event) or "amount unknown")


def _exacerbations(history: History, zone: ZoneInfo) -> Iterator[CourseRow]:
    """Yield exacerbations by their first day."""
    for one in episodes(history):
        note = "proposed" if one.proposed else "confirmed"
        yield CourseRow(_start(one.start, zone), "Exacerbation", words=days_of(one), note=note)


def _remissions(spells: Sequence[Remission], zone: ZoneInfo) -> Iterator[CourseRow]:
    """Yield remissions by their first day."""
    for one in spells:
        note = "still open" if one.open else "beside a proposed exacerbation" if one.proposed else ""
        yield CourseRow(
            _start(one.start, zone), "Remission", words=f"{one.days}{'+' if one.open else ''} days", note=note
        )


def _start(day: date, zone: ZoneInfo) -> datetime:
    """Return the start of a day on the patient's clock."""
    return datetime.combine(day, time(), tzinfo=zone)
