"""What is recorded of an invented life: sampled as often as the model says, and every fact as intake would take it."""

from datetime import timedelta
from itertools import pairwise
from statistics import mean, stdev

import numpy as np
import pytest

from monitor.synthetic import Person, cohort
from monitor.synthetic_facts import ACTIVE_DAYS, CVA, CVI, STEPS, Chart
from patients.analytes import catalogue
from patients.event_kinds import kinds, problems
from patients.facts import Fact, NewEvent, NewObservation, NewTreatment

MADE = list(cohort(40, 2, 7))
ILL = [(person, facts) for person, facts in MADE if any(one.seen < person.days - 60 for one in person.bleeds)]


def counts(facts: list[Fact]) -> list[NewObservation]:
    """Return the blood counts."""
    return [fact for fact in facts if isinstance(fact, NewObservation) and fact.code == "HGB"]


def calm() -> list[tuple[Person, list[NewObservation]]]:
    """Return each person's blood counts before the first bleed."""
    found = []
    for person, facts in MADE:
        until = person.at(min((bleed.onset for bleed in person.bleeds), default=person.days))
        found.append((person, [one for one in counts(facts) if one.effective_at < until]))
    return found


def test_facts_are_in_order_and_none_is_of_the_future() -> None:
    for person, facts in MADE:
        times = [fact.recorded_at for fact in facts]
        assert times == sorted(times, key=lambda one: one or person.at(0))
        seen = [fact.effective_at for fact in facts if not isinstance(fact, NewTreatment)]
        assert max(seen) <= person.at(person.days) + timedelta(hours=1)


def test_every_analyte_unit_and_kind_is_known() -> None:
    for _, facts in MADE:
        for fact in facts:
            if isinstance(fact, NewObservation):
                assert catalogue()[fact.code].unit == fact.unit
            elif isinstance(fact, NewEvent):
                assert fact.kind in kinds()
                assert problems(fact.kind, fact.findings) == ()


def test_in_remission_blood_is_counted_every_four_weeks_and_one_in_ten_is_missed() -> None:
    gaps = [
        (after.effective_at - before.effective_at) / timedelta(days=1)
        for _, before_it in calm()
        for before, after in pairwise(before_it)
    ]
    assert len(gaps) > 50
    assert all(24 <= gap <= 32 for gap in gaps if gap < 40)
    assert mean(gap > 40 for gap in gaps) == pytest.approx(0.1, abs=0.06)


def test_noise_is_that_of_person_and_method_together() -> None:
    shares = [(fact.value or 0) / person.steady - 1 for person, found in calm() for fact in found]
    # 3.13 %, the square root of 2.8² + 1.4²
    assert stdev(shares) == pytest.approx(np.hypot(CVI, CVA), rel=0.12)


def test_a_bleed_is_seen_counted_stated_and_treated() -> None:
    assert len(ILL) > 10
    for person, facts in ILL:
        bleed = next(one for one in person.bleeds if one.seen < person.days - 60)
        seen = person.at(bleed.seen)
        told = {
            fact.kind
            for fact in facts
            if isinstance(fact, NewEvent) and abs(fact.effective_at - seen) < timedelta(days=2)
        }
        assert {"exacerbation", "chest_xray"} <= told
        first = next(fact for fact in facts if isinstance(fact, NewTreatment) and fact.drug == "prednisolone")
        assert (first.started_on, first.intent) == (seen.date(), "planned")
        close = [one for one in counts(facts) if timedelta() <= one.effective_at - seen <= timedelta(days=ACTIVE_DAYS)]
        assert len(close) >= 1


def test_steps_follow_each_other_without_a_gap_and_go_down() -> None:
    for _, facts in ILL:
        plans = [fact for fact in facts if isinstance(fact, NewTreatment) and fact.plan == "taper 1"]
        doses = [one.dose or 0 for one in plans]
        assert doses == sorted(doses, reverse=True)
        for before, after in pairwise(plans):
            assert before.ended_on is not None
            assert after.started_on - before.ended_on == timedelta(days=1)


@pytest.mark.parametrize(
    ("day", "kind"),
    [
        (0, "remission"),
        (9, "remission"),
        (10, "active"),
        (24, "active"),
        (25, "taper"),
        (10 + 182, "taper"),
        (193, "remission"),
    ],
)
def test_how_closely_the_clinic_looks(day: int, kind: str) -> None:
    flat = np.full(400, 120.0)
    person: Person = MADE[0][0]
    chart = Chart(person.patient, person.at, flat, flat * 0, flat / 120, ((8, 10, False),))
    assert chart.kind(day) == kind
    assert sum(days for _, days in STEPS) == 182
