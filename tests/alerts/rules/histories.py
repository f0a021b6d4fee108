"""Histories made of days and values, with no database: the material of every rule's tests."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np

from alerts.rules.rule import Answer, Finding, Rule
from patients.history import EventRecord, History, PatientFacts, Series, TreatmentRecord
from tests.alerts.rules.whole import whole

START = datetime(2024, 1, 1, 8, tzinfo=UTC)
WOMAN = PatientFacts(UUID(int=1), "female", date(1990, 5, 1), "UTC")
CHILD = PatientFacts(UUID(int=2), "male", date(2019, 5, 1), "UTC")
Point = tuple[float, float]
"""Day and value."""


def on(day: float) -> datetime:
    """Return the moment of a day of the story."""
    return START + timedelta(days=day)


def series(
    points: Sequence[Point],
    code: str = "HGB",
    *,
    preliminary: Sequence[int] = (),
    unconfirmed: Sequence[int] = (),
    signs: Mapping[int, str] | None = None,
    first_id: int = 1,
) -> Series:
    """Return results; `preliminary`, `unconfirmed` and `signs` name places in `points`."""
    order = sorted(range(len(points)), key=lambda index: points[index][0])
    marks = dict(signs or {})
    return Series(
        code,
        np.array([first_id + index for index in order], dtype=np.int64),
        np.array([on(points[index][0]).timestamp() for index in order], dtype=np.float64),
        np.array([points[index][1] for index in order], dtype=np.float64),
        np.array([index not in preliminary for index in order], dtype=np.bool_),
        np.array([index in unconfirmed for index in order], dtype=np.bool_),
        np.ones(len(points), dtype=np.int64),
        tuple(marks.get(index, "") for index in order) if marks else (),
    )


def measured(code: str, *points: Point, **fields: Any) -> Series:
    """Return results of an analyte, with ids of their own."""
    return series(points, code, first_id=10 * sum(map(ord, code)), **fields)


def measured_by(known: Series, *laboratories: str) -> Series:
    """Return results with the laboratory of each."""
    return replace(known, performers=laboratories)


def event(day: float, kind: str, *, id: int = 900, precision: str = "minute", **findings: Any) -> EventRecord:  # noqa: A002
    """Return an event."""
    return EventRecord(id, kind, on(day), precision, findings, 1)


def treatment(day: int, drug: str, *, until: int | None = None, route: str = "", **fields: Any) -> TreatmentRecord:
    """Return a treatment that was taken, unless told otherwise."""
    usual: dict[str, Any] = {"dose": 1.0, "unit": "g", "every_days": 1.0, "intent": "taken", "plan": ""}
    end = on(until).date() if until is not None else None
    both = {**usual, **fields}
    return TreatmentRecord(
        1,
        drug,
        both["dose"],
        both["unit"],
        route,
        both["every_days"],
        on(day).date(),
        end,
        both["intent"],
        both["plan"],
        1,
    )


def history(
    *several: Series,
    patient: PatientFacts = WOMAN,
    events: Sequence[EventRecord] = (),
    treatments: Sequence[TreatmentRecord] = (),
    at: float | None = None,
) -> History:
    """Return a history, seen from an hour after its last result unless told otherwise."""
    last = max((float(one.times[-1]) for one in several if len(one)), default=START.timestamp())
    seen = datetime.fromtimestamp(last, tz=UTC) + timedelta(hours=1) if at is None else on(at)
    in_order = tuple(sorted(events, key=lambda one: (one.effective_at, one.id)))
    return History(patient, 1, seen, {one.code: one for one in several}, in_order, tuple(treatments))


def awaiting(known: History, every: int, first: int = 0, *, files: Sequence[float] = ()) -> History:
    """Return a history of somebody of whom a file is expected every so many days from a day on, with when files were read."""
    facts = replace(known.patient, upload_every_days=every, upload_expected_from=on(first).date())
    return replace(known, patient=facts, files=tuple(on(day) for day in sorted(files)))


def hemoglobin(*points: Point, **fields: Any) -> History:
    """Return a history of hemoglobin alone."""
    return history(series(points), **fields)


def monthly(*values: float, every: float = 28, start: float = 0) -> tuple[Point, ...]:
    """Return values at even distances."""
    return tuple((start + every * place, value) for place, value in enumerate(values))


STEADY = monthly(124, 125, 123, 124, 125, 123)
"""Six steady results, days 0 to 140: median 124 g/L."""


def answer(rule: Rule, known: History, *, at: float | None = None, **settings: float) -> Answer:
    """Return the only answer of a rule."""
    moment = known.at if at is None else on(at)
    (found,) = whole(rule, rule.judge(known, rule.resolved(settings), moment).answers)
    return found


def finding(rule: Rule, known: History, *, at: float | None = None, **settings: float) -> Finding:
    """Return the only answer of a rule, which must be a finding."""
    found = answer(rule, known, at=at, **settings)
    assert isinstance(found, Finding), found
    return found


def recheck(rule: Rule, known: History) -> datetime | None:
    """Return when the rule wants to be asked again."""
    return rule.judge(known, rule.resolved({}), known.at).recheck_at


def person(facts: PatientFacts = WOMAN, **fields: Any) -> PatientFacts:
    """Return a person who differs in some fields."""
    return replace(facts, **fields)
