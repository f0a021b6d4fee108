"""What a line of a cohort folder says, as a person or a fact. Pure; `patients.cohort_texts` is the way back."""

import json
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from math import inf, isfinite
from typing import Any, Final, Literal, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from patients import event_kinds
from patients.analytes import Analyte, catalogue
from patients.cohort_tables import NUMBER, Cells, Line
from patients.facts import Fact, NewEvent, NewObservation, NewTreatment
from patients.plausibility import Plausibility, converted, plausibility
from patients.readings import IssueSeverity

STATUSES: Final = (
    "registered", "preliminary", "final", "amended", "corrected", "cancelled", "entered-in-error", "unknown",
)  # fmt: skip
"""FHIR R4 ObservationStatus."""
COMPARATORS: Final = ("", "<", "<=", ">", ">=")
NAME_LENGTH: Final = 120


@dataclass(frozen=True, slots=True)
class Person:
    """A line of patients.csv; "" and None where unknown."""

    name: str
    sex: str = ""
    birth_date: date | None = None
    height_cm: float | None = None
    time_zone: str = ""


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose line it is: the patient, the zone of their days, when they were born, and the time until which things can have been."""

    patient_id: UUID
    zone: ZoneInfo
    birth_date: date | None
    at: datetime


def person(line: Line, at: datetime) -> tuple[Person, Cells]:
    """Return the person of a line; with an error among the issues it is not to be used."""
    cells = Cells(line)
    zone = cells.text("time_zone", 64)
    if zone and not _is_zone(zone):
        cells.note("time_zone", "unknown_zone", "No such zone in the IANA time zone database.")
    born = cells.day("birth_date")
    if born is not None and born > at.date():
        cells.note("birth_date", "in_the_future", "This date has not come yet.")
    found = Person(
        name=cells.text("patient", NAME_LENGTH, needed=True),
        sex=cells.choice("sex", ("", "male", "female"), needed=False),
        birth_date=born,
        height_cm=cells.number("height_cm", 20, 272),
        time_zone=zone,
    )
    return found, cells


def _is_zone(name: str) -> bool:
    """Whether the time zone database has it."""
    try:
        ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        return False
    return True


def result(line: Line, whose: Whose) -> tuple[Fact | None, Cells]:
    """Return the fact of a line of results.csv: an observation, or for some analytes the finding of an event.

    None with an error, and where nothing was examined.
    """
    cells = Cells(line)
    analyte = catalogue().get(line["code"])
    if analyte is None:
        cells.note("code", "unknown_code", "No such analyte in the catalogue.")
        return None, cells
    value, words = _value(cells, analyte)
    effective_at, precision = _effective(cells, whose)
    observation = NewObservation(
        whose.patient_id,
        analyte.code,
        effective_at,
        precision,
        specimen=cells.text("specimen", 80),
        performer=cells.text("performer", 120),
        value=value,
        value_text=words,
        unit=analyte.unit if value is not None else "",
        comparator=cells.choice("comparator", COMPARATORS, needed=False),
        status=cells.choice("status", STATUSES),
        unconfirmed=_unusual(cells, analyte, value),
        original_value=cells.text("value", 200, needed=True),
        original_unit=cells.text("unit", 40),
        **_recorded(cells, whose),
    )
    if cells.failed or analyte.code not in event_kinds.event_of_analyte():
        return None if cells.failed else observation, cells
    return _finding(cells, observation), cells


def _value(cells: Cells, analyte: Analyte) -> tuple[float | None, str]:
    """Return the value in the canonical unit, or the word of an ordinal analyte."""
    written, unit = cells.line["value"], cells.line["unit"]
    if not written or written in analyte.allowed:
        return None, written
    if analyte.value_type != "number":
        cells.note("value", "invalid_value", f"Allowed: {', '.join(analyte.allowed)}.")
        return None, ""
    if not NUMBER.fullmatch(written):
        cells.note("value", "invalid_number", "A number is needed, with a point for decimals.")
        return None, ""
    value = canonical(analyte, written, unit)
    if value is None:
        message = (
            f"This unit does not measure it; the usual one is {analyte.unit}." if unit else "A number needs its unit."
        )
        cells.note("unit", "unknown_unit" if unit else "unit_missing", message)
        return None, ""
    if not isfinite(value) or plausibility(analyte, value) is Plausibility.IMPOSSIBLE:
        cells.note("value", "implausible", f"{value:.9g} {analyte.unit} is not possible.")
        return None, ""
    return value, ""


def canonical(analyte: Analyte, written: str, unit: str) -> float | None:
    """Return a number as written in a unit, in the canonical one; None where the unit does not measure the analyte.

    Not finite, where there is no such quantity.
    """
    unit = unit or (analyte.unit if analyte.unitless else "")
    conversion = analyte.conversion_of(unit) or (analyte.conversion(unit) if unit == analyte.unit else None)
    if conversion is None:
        return None
    try:
        exact = converted(conversion, Fraction(Decimal(written)))
        return inf if exact is None else float(exact)
    except OverflowError:
        return inf


def _unusual(cells: Cells, analyte: Analyte, value: float | None) -> bool:
    """Whether a value lies outside the soft limits, so that rules treat it as unconfirmed."""
    if value is None or plausibility(analyte, value) is Plausibility.PLAUSIBLE:
        return False
    message = "An unusual value: it is kept as unconfirmed."
    cells.note("value", "outside_soft_limits", message, IssueSeverity.INFORMATION)
    return True


def _finding(cells: Cells, of: NewObservation) -> NewEvent | None:
    """Return the event as whose finding a result is recorded, None where nothing was examined."""
    kind, name, finding = event_kinds.finding_of(of.code, of.value, of.value_text)
    if finding is None:
        cells.note("value", "nothing_examined", "There is no finding: the line is skipped.", IssueSeverity.INFORMATION)
        return None
    return NewEvent(
        of.patient_id, kind, of.effective_at, of.precision, {name: finding}, of.recorded_at, of.retracted_at
    )


def event(line: Line, whose: Whose) -> tuple[NewEvent | None, Cells]:
    """Return the event of a line of events.csv."""
    cells = Cells(line)
    kind = cells.text("kind", 24, needed=True)
    findings = _findings(cells)
    effective_at, precision = _effective(cells, whose)
    found = NewEvent(whose.patient_id, kind, effective_at, precision, findings, **_recorded(cells, whose))
    if not cells.failed:
        for issue in event_kinds.problems(kind, findings, row=line.row):
            cells.note("kind" if issue.column == "kind" else "findings", issue.code, f"{issue.column}: {issue.message}")
    return None if cells.failed else found, cells


def _findings(cells: Cells) -> dict[str, Any]:
    """Return the JSON object of a cell, with what follows from it."""
    text = cells.line["findings"]
    try:
        found = json.loads(text or "{}", object_pairs_hook=_once, parse_constant=_no_number)
        text.encode()
        json.dumps(found, ensure_ascii=False).encode()
        plain = isinstance(found, dict) and "\\u0000" not in json.dumps(found)
    except (ValueError, RecursionError):
        plain = False
    if plain:
        return event_kinds.completed(cells.line["kind"], found)
    cells.note("findings", "invalid_json", "A JSON object of the kind's fields is needed, each named once.")
    return {}


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object whose names are different."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _no_number(name: str) -> float:
    """Refuse NaN and Infinity, which are no JSON."""
    raise ValueError(name)


def treatment(line: Line, whose: Whose) -> tuple[NewTreatment | None, Cells]:
    """Return the dose of a line of treatments.csv."""
    cells = Cells(line)
    started_on, ended_on = cells.day("started_on", needed=True), cells.day("ended_on")
    intent = cells.choice("intent", ("planned", "taken"))
    if started_on and ended_on and ended_on < started_on:
        cells.note("ended_on", "ends_before_start", "This treatment ends before it starts.")
    if started_on and intent == "taken" and started_on > whose.at.astimezone(whose.zone).date():
        cells.note("started_on", "in_the_future", "A dose cannot have been taken yet.")
    every_days = cells.number("every_days", 0.01, 366)
    found = NewTreatment(
        whose.patient_id,
        cells.text("drug", 60, needed=True),
        started_on or whose.at.date(),
        cast("Literal['planned', 'taken']", intent),
        dose=cells.number("dose", 0, 1e9),
        unit=cells.text("unit", 24),
        route=cells.text("route", 24),
        every_days=1.0 if every_days is None else every_days,
        ended_on=ended_on,
        plan=cells.text("plan", 60),
        **_recorded(cells, whose),
    )
    return None if cells.failed else found, cells


def _effective(cells: Cells, whose: Whose) -> tuple[datetime, Any]:
    """Return when a line was true: in a life, and not in the future."""
    found, precision = cells.moment("effective_at", whose.zone, whose.at, needed=True)
    if whose.birth_date is not None and found.astimezone(whose.zone).date() < whose.birth_date:
        cells.note("effective_at", "before_birth", "The patient was not born yet.")
    return found, precision


def _recorded(cells: Cells, whose: Whose) -> dict[str, Any]:
    """Return when a line became known, and when it was taken back: later than that."""
    recorded_at, _ = cells.moment("recorded_at", whose.zone, whose.at)
    retracted_at = cells.moment("retracted_at", whose.zone, whose.at)[0] if cells.line["retracted_at"] else None
    if retracted_at is not None and retracted_at <= recorded_at and not cells.failed:
        cells.note("retracted_at", "ends_before_start", "It was taken back before it was recorded.")
    return {"recorded_at": recorded_at, "retracted_at": retracted_at}
