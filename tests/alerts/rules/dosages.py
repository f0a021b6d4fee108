"""Steroid doses of a story, planned, taken and said: what the tests of the steroid rules are made of."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from alerts.rules.doses import Doses, doses
from patients.history import EventRecord, History, TreatmentRecord
from tests.alerts.rules.histories import START, history, on, treatment


def day(number: int) -> date:
    """Return a day of the story."""
    return on(number).date()


def taken(start: int, mg: float | None, until: int | None = None, **fields: Any) -> TreatmentRecord:
    """Return prednisolone as recorded from a day to another; without an end it goes on."""
    return treatment(start, fields.pop("drug", "prednisolone"), until=until, dose=mg, unit="mg", route="oral", **fields)


def planned(start: int, mg: float, until: int | None = None, plan: str = "taper", **fields: Any) -> TreatmentRecord:
    """Return a planned step; it ends where the next one of its plan begins."""
    return taken(start, mg, until, intent="planned", plan=plan, **fields)


def taper(*milligrams: float, start: int = 0, days: int = 14) -> list[TreatmentRecord]:
    """Return a plan of steps of one length, the last without an end."""
    return [planned(start + days * place, mg) for place, mg in enumerate(milligrams)]


def tapped(first: int, last: int, mg: float) -> list[TreatmentRecord]:
    """Return a record of each day, as tapping "I took it" makes them."""
    return [taken(number, mg, number) for number in range(first, last + 1)]


def story(
    *rows: TreatmentRecord | Sequence[TreatmentRecord],
    now: float,
    events: Sequence[EventRecord] = (),
    said: Sequence[tuple[int, TreatmentRecord]] = (),
    **fields: Any,
) -> History:
    """Return what is known of these doses at noon of a day. `said`: records made on a later day than their first, by that day."""
    flat = [row for part in rows for row in ([part] if isinstance(part, TreatmentRecord) else part)]
    flat += [replace(row, recorded_revision=2 + place) for place, (_, row) in enumerate(said)]
    numbered = tuple(replace(row, id=place + 1) for place, row in enumerate(flat))
    found = history(*fields.pop("series", ()), treatments=numbered, events=events, at=now, **fields)
    times = {1: START - timedelta(days=1), **{2 + place: on(number) for place, (number, _) in enumerate(said)}}
    return replace(found, revision_times=times)


def around(known: History, days: int | None = 150) -> Doses:
    """Return the doses of a history in which there are some."""
    found = doses(known, known.at, days=days)
    assert found is not None
    return found
