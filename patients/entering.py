"""Results that a person typed: read as a file's rows are, asked about where a file's row would be held, then recorded at once.

Everything typed together is recorded together or not at all, so that nobody has to find out what of a form is there already.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from django.db import transaction

from patients.analytes import analyte
from patients.facts import NewObservation, Outcome
from patients.models import Observation, User
from patients.parsers.raw import RawResult
from patients.proposing import observation_of
from patients.readings import IssueSeverity, Reading, RowState
from patients.recording import record
from patients.validation import Frame, validate

CONFIRMABLE: Final = frozenset({"doubtful_number", "unit_mixup", "outside_soft_limits"})
"""What a person who typed a value can say is right: it was read, and what it would be is shown."""
BY_HAND: Final = "typed"


class Mark(StrEnum):
    """What became of one typed result."""

    EMPTY = "empty"
    READ = "read"
    RECORDED = "recorded"
    KNOWN = "known"
    ASKED = "asked"
    """A person may say that it is right."""
    WRONG = "wrong"
    CONTRADICTS = "contradicts"
    """Another value is known for this test and time; it can be corrected, with a reason."""
    NEAR = "near"
    """The same value is known close by; a person may say that it is another sample."""


@dataclass(frozen=True, slots=True)
class Typed:
    """One result as typed; `right`: the person looked again and says that it is; `corrects`: the known one it replaces."""

    code: str
    value: str
    unit: str = ""
    right: bool = False
    corrects: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a typed result, why in words, and what is known instead."""

    code: str
    mark: Mark
    words: str = ""
    reading: Reading | None = None
    fact_id: int | None = None
    known: Observation | None = None

    @property
    def stands(self) -> bool:
        """Whether there is nothing to ask and nothing to mend."""
        return self.mark in {Mark.EMPTY, Mark.READ, Mark.RECORDED, Mark.KNOWN}


def read(typed: Sequence[Typed], frame: Frame, *, when: str, performer: str = "", specimen: str = "") -> list[Answer]:
    """Return how each typed result is understood; `when` is a date or a date-time in the patient's zone. Writes nothing."""
    raws = [_raw(one, when, performer, specimen) for one in typed]
    readings = (item for item in validate(raws, frame) if isinstance(item, Reading))
    return [_answer(one, reading) for one, reading in zip(typed, readings, strict=True)]


def enter(
    typed: Sequence[Typed], answers: Sequence[Answer], *, patient_id: UUID, by: User | None, at: datetime, why: str = ""
) -> list[Answer]:
    """Record what was read, all of it or nothing; return what became of each. `why` is the reason of a correction."""
    places = [place for place, one in enumerate(answers) if one.mark is Mark.READ]
    if not all(one.stands for one in answers) or not places:
        return list(answers)
    facts = [fact_of(answers[place].reading, patient_id) for place in places]
    outcomes = _record(facts, by=by, at=at, why=BY_HAND)
    agreed = [_agreed(typed[place], outcome) for place, outcome in zip(places, outcomes, strict=True)]
    if any(outcome.state is RowState.HELD for outcome in outcomes) and all(agreed):
        facts = [_insisting(fact, outcome, at) for fact, outcome in zip(facts, outcomes, strict=True)]
        outcomes = _record(facts, by=by, at=at, why=why or BY_HAND)
    found = list(answers)
    done = not any(outcome.state is RowState.HELD for outcome in outcomes)
    known = _known(outcomes)
    for place, outcome in zip(places, outcomes, strict=True):
        if done or outcome.state is RowState.HELD:
            found[place] = _ended(answers[place], outcome, known)
    return found


def fact_of(reading: Reading | None, patient_id: UUID) -> NewObservation:
    """Return the result that a reading is, for a person stands by it."""
    if reading is None or reading.effective_at is None:
        raise ValueError("nothing was read")
    return replace(observation_of(reading, patient_id, reading.effective_at), unconfirmed=False)


def _raw(one: Typed, when: str, performer: str, specimen: str) -> RawResult:
    """Return a typed result as a row; a comma is a decimal mark unless it could divide thousands."""
    known = analyte(one.code)
    return RawResult(
        row=one.code,
        code=known.code,
        name=known.name,
        category=known.category,
        value=one.value,
        unit="" if known.unitless or known.value_type != "number" else one.unit,
        decimal_mark="" if "," in one.value else ".",
        effective_at=when,
        performer=performer,
        specimen=specimen,
        original=one.value,
    )


def _answer(one: Typed, reading: Reading) -> Answer:
    """Return whether a result was understood, is to be confirmed, or cannot be recorded like this."""
    if not one.value.strip():
        return Answer(one.code, Mark.EMPTY)
    warned = [issue for issue in reading.issues if issue.severity is not IssueSeverity.INFORMATION]
    words = " ".join(issue.message for issue in warned or reading.issues)
    words = words.replace("; used at once, please confirm.", ".").replace("; please confirm.", ".")
    if reading.event_kind:
        kind = reading.event_kind.replace("_", " ")
        return Answer(one.code, Mark.WRONG, f"This is recorded as a finding of an event: {kind}.", reading)
    says = reading.value is not None or bool(reading.value_text or reading.data_absent_reason)
    if not says or reading.effective_at is None or reading.state in {RowState.REJECTED, RowState.SKIPPED}:
        return Answer(one.code, Mark.WRONG, words or "This could not be read.", reading)
    if warned and not {issue.code for issue in warned} <= CONFIRMABLE:
        return Answer(one.code, Mark.WRONG, words, reading)
    if (warned or reading.unconfirmed) and not one.right:
        return Answer(one.code, Mark.ASKED, f"{words} Is it right?", reading)
    return Answer(one.code, Mark.READ, words, reading)


def _record(facts: Sequence[NewObservation], *, by: User | None, at: datetime, why: str) -> list[Outcome]:
    """Record everything or, where one is held, nothing."""
    with transaction.atomic():
        outcomes = record(facts, by=by, at=at, why=why)
        transaction.set_rollback(any(one.state is RowState.HELD for one in outcomes))
    return outcomes


def _agreed(one: Typed, outcome: Outcome) -> bool:
    """Say whether the person has answered already what recording would ask."""
    if outcome.state is not RowState.HELD:
        return True
    if outcome.issue_code == "contradicts":
        return one.corrects is not None and one.corrects == outcome.fact_id
    return one.right


def _insisting(fact: NewObservation, outcome: Outcome, at: datetime) -> NewObservation:
    """Return a held result as one that a person stands by: a correction, or a sample of its own in spite of its neighbor.

    Recording compares with neighbors, and with what was issued later, only what comes without its own time of recording.
    """
    if outcome.state is not RowState.HELD:
        return fact
    insisting = replace(fact, recorded_at=at)
    return replace(insisting, status="corrected") if outcome.issue_code == "contradicts" else insisting


def _known(outcomes: Sequence[Outcome]) -> dict[int, Observation]:
    """Return the results that were met, by id."""
    met = {one.fact_id for one in outcomes if one.state is not RowState.ACCEPTED and one.fact_id is not None}
    return Observation.objects.in_bulk(list(met)) if met else {}


def _ended(answer: Answer, outcome: Outcome, known: dict[int, Observation]) -> Answer:
    """Return an answer with how recording ended it."""
    if outcome.state is RowState.ACCEPTED:
        return replace(answer, mark=Mark.RECORDED, fact_id=outcome.fact_id)
    there = known.get(outcome.fact_id) if outcome.fact_id is not None else None
    if outcome.state is RowState.DUPLICATE:
        return replace(answer, mark=Mark.KNOWN, fact_id=outcome.fact_id, known=there)
    if outcome.issue_code == "contradicts":
        return replace(answer, mark=Mark.CONTRADICTS, words="Another value is known for this time.", known=there)
    words = "The same value is known within half an hour of this time, or for the same day without a time."
    return replace(answer, mark=Mark.NEAR, words=words)
