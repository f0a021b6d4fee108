"""A history made of facts: the same as PostgreSQL returns of them, without what was taken back."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from django.utils import timezone

from alerts import judging, rules
from monitor.imagined import history_of
from patients import recording, timeline
from patients.facts import Fact, NewEvent, NewObservation, NewTreatment
from patients.history import PatientFacts
from tests.factories import patient, team

AT = datetime(2026, 11, 24, 9, tzinfo=UTC)
NOBODY = PatientFacts(UUID(int=3), "female", date(1990, 1, 1), "UTC")


def result(day: float, value: float | None, code: str = "HGB", **fields: Any) -> NewObservation:
    """Return a result so many days before now."""
    when = AT - timedelta(days=day)
    usual: dict[str, Any] = {"unit": "g/L", "recorded_at": when}
    return NewObservation(NOBODY.id, code, when, "minute", value=value, **{**usual, **fields})


def test_results_are_in_order_by_analyte_with_what_marks_them() -> None:
    facts: list[Fact] = [
        result(1, 98, comparator="<"),
        result(9, 120, performer="north"),
        result(5, 3, "CRP", status="preliminary"),
    ]
    known = history_of(NOBODY, facts, at=AT)
    assert list(known.series) == ["CRP", "HGB"]
    assert known.get("HGB").values.tolist() == [120, 98]
    assert known.get("HGB").comparators == ("", "<")
    assert known.get("HGB").performers == ("north", "")
    assert not known.get("CRP").usable.any()
    assert (known.revision, known.revision_times[2]) == (3, AT - timedelta(days=9))


def test_what_was_taken_back_or_has_no_value_is_not_there() -> None:
    facts: list[Fact] = [
        result(3, 99, retracted_at=AT), result(2, None), NewEvent(NOBODY.id, "ecg", AT, retracted_at=AT),
        NewTreatment(NOBODY.id, "iron", date(2026, 1, 1), "taken", retracted_at=AT),
    ]  # fmt: skip
    known = history_of(NOBODY, facts, at=AT)
    assert (dict(known.series), known.events, known.treatments) == ({}, (), ())


def test_events_and_treatments_are_in_order() -> None:
    facts: list[Fact] = [
        NewEvent(NOBODY.id, "ecg", AT), NewEvent(NOBODY.id, "sputum", AT - timedelta(days=3), findings={"adequate": True}),
        NewTreatment(NOBODY.id, "iron", date(2026, 2, 1), "taken", dose=100, unit="mg"),
        NewTreatment(NOBODY.id, "prednisone", date(2026, 1, 1), "planned", dose=20, unit="mg", plan="one"),
    ]  # fmt: skip
    known = history_of(NOBODY, facts, at=AT)
    assert [one.kind for one in known.events] == ["sputum", "ecg"]
    assert [(one.drug, one.intent, one.plan) for one in known.treatments] == [
        ("prednisone", "planned", "one"), ("iron", "taken", "")]  # fmt: skip


@pytest.mark.django_db
def test_rules_say_the_same_of_it_as_of_what_postgresql_keeps() -> None:
    ill = patient(team("north"), sex="female", birth_date=date(1990, 1, 1))
    now = timezone.now()
    values = (124, 125, 123, 124, 125, 123, 98)
    facts: list[Fact] = [
        NewObservation(ill.pk, "HGB", now - timedelta(days=28 * (6 - place) + 1), "minute", value=value, unit="g/L")
        for place, value in enumerate(values)
    ]
    facts.append(NewEvent(ill.pk, "hemoptysis", now - timedelta(days=2), "minute", {"amount": "moderate"}))
    recording.record(facts, by=None, at=now, why="test")
    kept = timeline.read(ill.pk, at=now)
    made = history_of(kept.patient, facts, at=now)
    assert np.allclose(made.get("HGB").times, kept.get("HGB").times)
    one, other = (judging.judge(known, now, rules=rules.RULES) for known in (made, kept))
    assert [(f.rule, f.sentence, f.numbers) for f in one.findings] == [
        (f.rule, f.sentence, f.numbers) for f in other.findings
    ]
    assert (one.clears, one.recheck_at) == (other.clears, other.recheck_at)
