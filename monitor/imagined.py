"""A history made of facts, with no database: what a backtest judges. Pure.

As seen in the end: what was taken back is not there, a correction stands in the place of what it corrects.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from operator import attrgetter

import numpy as np

from patients.facts import Fact, NewEvent, NewObservation, NewTreatment
from patients.history import USABLE_STATUSES, EventRecord, History, PatientFacts, Series, TreatmentRecord


def history_of(patient: PatientFacts, facts: Iterable[Fact], *, at: datetime) -> History:
    """Return what is known of a patient when all of these facts are; rows are numbered in the order of the facts."""
    results: dict[str, list[tuple[int, NewObservation]]] = {}
    events: list[EventRecord] = []
    treatments: list[TreatmentRecord] = []
    times: dict[int, datetime] = {}
    for number, fact in enumerate(facts, start=1):
        if fact.retracted_at is not None:
            continue
        times[number] = fact.recorded_at or at
        if isinstance(fact, NewObservation):
            if fact.value is not None:
                results.setdefault(fact.code, []).append((number, fact))
        elif isinstance(fact, NewEvent):
            events.append(EventRecord(number, fact.kind, fact.effective_at, fact.precision, fact.findings, number))
        else:
            treatments.append(_treatment(number, fact))
    return History(
        patient=patient,
        revision=max(times, default=0),
        at=at,
        series=_series(results),
        events=tuple(sorted(events, key=attrgetter("effective_at", "id"))),
        treatments=tuple(sorted(treatments, key=attrgetter("started_on", "id"))),
        revision_times=times,
    )


def _series(results: Mapping[str, Sequence[tuple[int, NewObservation]]]) -> dict[str, Series]:
    """Return results by analyte, oldest first."""
    found: dict[str, Series] = {}
    for code in sorted(results):
        rows = sorted(results[code], key=lambda row: (row[1].effective_at, row[0]))
        facts = [fact for _, fact in rows]
        numbers = np.array([number for number, _ in rows], dtype=np.int64)
        found[code] = Series(
            code,
            numbers,
            np.array([fact.effective_at.timestamp() for fact in facts]),
            np.array([fact.value for fact in facts], dtype=np.float64),
            np.array([fact.status in USABLE_STATUSES for fact in facts], dtype=np.bool_),
            np.array([fact.unconfirmed for fact in facts], dtype=np.bool_),
            numbers,
            tuple(fact.comparator for fact in facts) if any(fact.comparator for fact in facts) else (),
            tuple(fact.performer for fact in facts) if any(fact.performer for fact in facts) else (),
        )
    return found


def _treatment(number: int, fact: NewTreatment) -> TreatmentRecord:
    """Return a treatment as a row."""
    return TreatmentRecord(
        number, fact.drug, fact.dose, fact.unit, fact.route, fact.every_days, fact.started_on, fact.ended_on, fact.intent,
        fact.plan, number,
    )  # fmt: skip
