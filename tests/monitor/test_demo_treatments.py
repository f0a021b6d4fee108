"""What the demo's patients take: steps without gaps, planned before they are taken, none from the future."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.demo_course import Bleed
from monitor.demo_treatments import STEP_DAYS, Taper, doses, reaching
from patients.facts import NewTreatment

AT = datetime(2026, 11, 24, 9, tzinfo=UTC)
TODAY = date(2026, 11, 24)
PATIENT = UUID(int=3)
TAPERS = st.lists(st.integers(1, 900), min_size=1, max_size=3, unique=True).map(
    lambda days: tuple(Taper(day, (30, 20, 10, 5)) for day in sorted(days, reverse=True))
)


def given_doses(*tapers: Taper, bleeds: tuple[Bleed, ...] = ()) -> list[NewTreatment]:
    """Return all doses."""
    return list(doses(PATIENT, tapers, bleeds, TODAY, AT))


def of(intent: str, found: list[NewTreatment]) -> list[NewTreatment]:
    """Return the prednisolone planned or taken."""
    return [one for one in found if one.intent == intent and one.drug == "prednisolone"]


def test_a_taper_goes_down_step_by_step_without_a_gap() -> None:
    planned = of("planned", given_doses(Taper(200, (30, 20, 10, 5))))
    assert [one.dose for one in planned] == [30, 20, 10, 5]
    for one, following in pairwise(planned):
        assert one.ended_on is not None
        assert following.started_on == one.ended_on + timedelta(days=1)
    assert planned[-1].ended_on is None
    assert planned[0].started_on == TODAY - timedelta(days=200)
    assert {one.plan for one in planned} == {"taper 1"}


@pytest.mark.parametrize(("dose", "days"), STEP_DAYS.items())
def test_a_step_lasts_as_long_as_its_dose_says(dose: float, days: int) -> None:
    first, _ = of("planned", given_doses(Taper(500, (dose, 5))))
    assert first.ended_on == first.started_on + timedelta(days=days - 1)


def test_what_is_planned_ahead_is_not_taken_yet() -> None:
    found = given_doses(Taper(10, (30, 20, 10)))
    assert len(of("planned", found)) == 3
    (now,) = of("taken", found)
    assert (now.dose, now.ended_on, now.plan) == (30, None, "")


def test_a_new_taper_ends_the_one_before() -> None:
    found = of("planned", given_doses(Taper(200, (30, 20, 10, 5)), Taper(170, (40, 20))))
    assert [(one.dose, one.plan) for one in found] == [
        (30, "taper 1"),
        (20, "taper 1"),
        (40, "taper 2"),
        (20, "taper 2"),
    ]
    assert found[1].ended_on == TODAY - timedelta(days=171)


@given(TAPERS)
def test_one_dose_is_taken_a_day(tapers: tuple[Taper, ...]) -> None:
    taken = sorted(of("taken", given_doses(*tapers)), key=lambda one: one.started_on)
    for one, following in pairwise(taken):
        assert one.ended_on is not None
        assert one.ended_on < following.started_on
    assert taken[-1].ended_on is None or taken[-1].ended_on < TODAY


@given(TAPERS)
def test_nothing_is_known_before_it_was_or_from_the_future(tapers: tuple[Taper, ...]) -> None:
    for one in given_doses(*tapers, bleeds=(Bleed(30, 20),)):
        assert one.recorded_at is not None
        assert one.recorded_at <= AT
        assert one.ended_on is None or one.started_on <= one.ended_on
        if one.intent == "taken":
            assert one.started_on <= TODAY


def test_iron_follows_a_confirmed_bleed_only() -> None:
    found = given_doses(bleeds=(Bleed(300, 20), Bleed(20, 20, confirmed=False)))
    (iron,) = [one for one in found if one.drug != "prednisolone"]
    assert (iron.drug, iron.dose, iron.unit, iron.route) == ("ferrous sulfate", 100, "mg", "oral")
    assert iron.started_on == TODAY - timedelta(days=295)
    assert iron.ended_on == iron.started_on + timedelta(days=120)


def prophylaxis(taper: Taper) -> list[NewTreatment]:
    """Return what is taken against Pneumocystis pneumonia."""
    return [one for one in given_doses(taper) if one.drug == "cotrimoxazole"]


def test_a_prophylaxis_goes_with_20_mg_and_more() -> None:
    (over,) = prophylaxis(Taper(200, (40, 30, 20, 15, 10)))
    assert over.started_on == TODAY - timedelta(days=200)
    assert over.ended_on == over.started_on + timedelta(days=14 + 21 + 21 - 1)
    (now,) = prophylaxis(Taper(10, (40, 30, 20, 15)))
    assert (now.intent, now.ended_on, now.recorded_at) == ("taken", None, datetime(2026, 11, 14, 12, tzinfo=UTC))


@pytest.mark.parametrize("taper", [Taper(100, (15, 10, 5)), Taper(100, (40, 30, 20), unprotected=True)])
def test_less_goes_without_and_so_does_the_one_of_the_story(taper: Taper) -> None:
    assert prophylaxis(taper) == []


def test_who_never_bled_takes_nothing() -> None:
    assert given_doses() == []


STEPS = (40, 30, 20, 15, 10)
"""14, 21, 21 and 28 days before the next."""


@pytest.mark.parametrize(("number", "days", "ago"), [(1, 0, 0), (2, 0, 14), (3, 5, 40), (4, -2, 54), (5, 1, 85)])
def test_a_taper_reaches_a_step_on_the_day_wanted(number: int, days: int, ago: int) -> None:
    taper = reaching(number, STEPS, days=days)
    assert taper.days_ago == ago
    planned = of("planned", given_doses(taper))
    assert planned[number - 1].started_on == TODAY - timedelta(days=days)


def test_a_step_that_nobody_confirmed_leaves_the_one_before_open() -> None:
    taken = of("taken", given_doses(reaching(3, STEPS, days=5, unconfirmed=1)))
    assert [(one.dose, one.ended_on) for one in taken] == [(40, TODAY - timedelta(days=27)), (30, None)]
    assert all((one.recorded_at or AT).date() < TODAY - timedelta(days=5) for one in taken)


def test_a_step_due_today_is_planned_and_not_yet_said_to_be_taken() -> None:
    found = given_doses(reaching(2, STEPS, unconfirmed=1))
    assert of("planned", found)[1].started_on == TODAY
    assert [one.dose for one in of("taken", found)] == [40]


def test_the_dose_before_may_be_said_to_go_on() -> None:
    taken = of("taken", given_doses(reaching(3, STEPS, days=10, unconfirmed=1, held=True)))
    last = taken[-1]
    assert (last.dose, last.started_on, last.ended_on) == (30, TODAY - timedelta(days=10), None)
    assert last.recorded_at is not None
    assert last.recorded_at.date() == TODAY - timedelta(days=1)


def test_a_stop_at_once_is_a_dose_of_zero_and_ends_what_was_taken() -> None:
    taken = of("taken", given_doses(Taper(147, (40, 30, 20, 15, 10, 7.5), stopped=3)))
    assert (taken[-1].dose, taken[-1].started_on, taken[-1].ended_on) == (0, TODAY - timedelta(days=3), None)
    assert (taken[-2].dose, taken[-2].ended_on) == (7.5, TODAY - timedelta(days=4))


@given(st.integers(1, 5), st.integers(-10, 60), st.booleans())
def test_whatever_is_said_nothing_is_taken_ahead(number: int, days: int, unconfirmed: bool) -> None:
    found = given_doses(reaching(number, STEPS, days=days, unconfirmed=int(unconfirmed)))
    assert len(of("planned", found)) == len(STEPS)
    for one in of("taken", found):
        assert one.started_on <= TODAY
        assert (one.recorded_at or AT) <= AT
        assert one.ended_on is None or one.started_on <= one.ended_on
