"""Doses around a day: what counts as known, runs, reductions, and when an answer about them may change."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from alerts.rules import doses as module
from alerts.rules.doses import (
    actual_on,
    dose_at,
    doses,
    last_reported,
    later,
    local_day,
    mg,
    midnight,
    on,
    reductions,
    run_start,
    unknown_since,
)
from alerts.steroids import Level
from tests.alerts.rules.dosages import around, day, planned, story, taken, taper, tapped
from tests.alerts.rules.histories import WOMAN, history, person
from tests.alerts.rules.histories import on as moment

NB = "\u00a0"


def test_without_a_steroid_there_are_no_doses() -> None:
    assert doses(history(at=10), moment(10)) is None
    others = story(taken(0, 50, drug="azathioprine"), taken(0, 1, drug="betamethasone", until=5), now=10)
    assert doses(others, others.at) is not None
    local = replace(others, treatments=tuple(replace(row, route="topical") for row in others.treatments))
    assert doses(local, local.at) is None


def test_what_was_taken_goes_before_what_was_planned() -> None:
    found = around(story(taper(40, 30), tapped(5, 6, 20), now=20))
    assert [(level.day, level.mg) for level in found.actual[1:]] == [
        (day(0), 40), (day(5), 20), (day(7), 40), (day(14), 30),
    ]  # fmt: skip
    assert [(level.day, level.mg) for level in found.taken[1:]] == [(day(5), 20), (day(7), None)]
    assert [(level.day, level.mg) for level in found.planned[1:]] == [(day(0), 40), (day(14), 30)]


def test_what_nobody_said_or_planned_is_unknown_not_zero() -> None:
    found = around(story(taken(0, 40, 9), now=20))
    assert dose_at(found.actual, day(9)) == 40
    assert dose_at(found.actual, day(10)) is None
    assert unknown_since(found) == f"the dose since 11{NB}Jan{NB}2024 is not recorded"
    assert unknown_since(around(story(taken(0, 40, 9), now=400))) == "the dose of these days is not recorded"


def test_days_to_come_are_edges_and_nothing_more() -> None:
    found = around(story(taper(40, 30, 20), now=20))
    assert found.edges == (day(0), day(14), day(28))
    assert found.planned[-1] == Level(day(14), 30)


def test_a_dose_every_other_day_is_its_average_however_it_is_confirmed() -> None:
    plan = planned(0, 40, every_days=2.0)
    unsaid = story(plan, now=20)
    said = story(plan, [taken(number, 40, number) for number in range(0, 20, 2)], now=20)
    for known in (unsaid, said):
        assert {actual_on(known, day(number)) for number in range(21)} == {20}
    missed = story(plan, [taken(number, 40, number) for number in range(0, 11, 2)], taken(12, 0, 12), now=20)
    assert [actual_on(missed, day(number)) for number in (11, 12, 13, 14)] == [20, 0, 0, 20]


def test_a_dose_every_few_days_that_are_no_whole_number_is_its_average() -> None:
    known = story(planned(0, 70, every_days=3.5), now=20)
    assert {actual_on(known, day(number)) for number in range(10)} == {20}
    own = story(taken(0, 30, every_days=2.0), now=20)
    assert {actual_on(own, day(number)) for number in range(10)} == {15}


def test_the_first_days_of_a_run_end_at_a_gap() -> None:
    levels = [Level(day(0), 40.0), Level(day(10), None), Level(day(12), 30.0), Level(day(20), 20.0)]
    assert run_start(levels, day(25), lambda dose: dose >= 20) == day(12)
    assert run_start(levels, day(25), lambda dose: dose >= 25) is None
    assert run_start(levels, day(15), lambda dose: dose >= 25) == day(12)
    assert run_start(levels, day(11), lambda _: True) is None
    assert run_start([], day(11), lambda _: True) is None


def test_reductions_are_from_one_known_dose_to_another() -> None:
    found = around(story(taken(0, 40, 13), taken(14, 30, 20), taken(25, 10, 30), taken(31, 20), now=40))
    assert reductions(found) == [(day(14), 40, 30)]
    planned_ones = around(story(taper(40, 30, 20), now=30))
    assert reductions(planned_ones) == [(day(14), 40, 30), (day(28), 30, 20)]


def test_the_newest_day_that_somebody_spoke_of() -> None:
    assert last_reported(around(story(taper(40, 30), tapped(5, 9, 40), now=30))) == day(9)
    assert last_reported(around(story(taken(0, 40), now=30))) == day(30)
    assert last_reported(around(story(taper(40, 30), now=30))) is None


def test_an_answer_may_change_at_a_distance_from_an_edge() -> None:
    found = around(story(taper(40, 30, 20), now=20))
    assert found.recheck((0,)) == midnight(found.history, day(28))
    assert found.recheck((0, 7)) == midnight(found.history, day(21))
    assert found.recheck((0,), [day(23)]) == midnight(found.history, day(23))
    past = around(story(taken(0, 40), now=20))
    assert past.recheck((0,)) == midnight(past.history, day(149))  # the edge of what is seen
    assert around(story(taken(0, 40), now=160)).recheck((0,)) is None


def test_what_ended_long_ago_is_left_out_but_a_stop_is_kept() -> None:
    known = story(
        planned(0, 10), taken(20, 0), [taken(60 + 2 * place, 5, 60 + 2 * place) for place in range(5)], now=400
    )
    found = around(known)
    assert len(found.history.treatments) == 3
    assert dose_at(found.planned, day(400)) == 10  # the plan was taken up again: the newest record is no stop
    stopped = around(story(planned(0, 10), taken(20, 0), now=400))
    assert dose_at(stopped.planned, day(400)) is None
    assert dose_at(stopped.actual, day(400)) == 0


def test_rows_say_what_was_taken_else_what_was_planned() -> None:
    found = around(story(taper(40, 30), tapped(5, 9, 20), now=20))
    (said,) = found.evidence(day(7), "result")
    assert (said.role, said.kind, said.code, said.value, said.unit) == (
        "result",
        "treatment",
        "prednisolone",
        20,
        "mg/d",
    )
    (plan,) = found.evidence(day(7), "support", planned=True)
    assert (plan.value, plan.effective_at) == (40, datetime(2024, 1, 1, tzinfo=UTC))
    assert found.evidence(day(-3), "result") == ()
    assert found.began(found.actual, day(8)) == day(5)
    assert found.began((), day(8)) == found.since


@pytest.mark.parametrize(
    ("zone", "hour"), [("UTC", 0), ("Asia/Tokyo", -9), ("America/New_York", 5), ("America/Sao_Paulo", 3)]
)
def test_a_day_begins_at_the_patients_midnight(zone: str, hour: int) -> None:
    known = history(patient=person(WOMAN, time_zone=zone), at=0)
    start = midnight(known, date(2024, 3, 5))
    assert start == datetime(2024, 3, 5, tzinfo=UTC) + timedelta(hours=hour)
    assert local_day(known, start) == date(2024, 3, 5)
    assert local_day(known, start - timedelta.resolution) == date(2024, 3, 4)


def test_a_day_without_a_midnight_begins_at_its_first_moment() -> None:
    """On 4 Nov 2018 clocks in São Paulo went from 0:00 to 1:00."""
    known = history(patient=person(WOMAN, time_zone="America/Sao_Paulo"), at=0)
    start = midnight(known, date(2018, 11, 4))
    assert start == datetime(2018, 11, 4, 3, tzinfo=UTC)
    assert local_day(known, start) == date(2018, 11, 4)


def test_a_dose_and_a_day_in_words() -> None:
    assert mg(12.5) == f"12.5{NB}mg"
    assert on(date(2026, 3, 3)) == f"3{NB}Mar{NB}2026"


def test_no_day_is_beyond_the_last() -> None:
    assert later(date(2024, 1, 1), 31) == date(2024, 2, 1)
    assert later(date.max, 5) == date.max


def test_an_end_of_all_days_is_no_trouble() -> None:
    forever = story(replace(taken(0, 40), ended_on=date.max), now=20)
    assert dose_at(around(forever).actual, day(20)) == 40
    assert around(forever).recheck((0, 28)) is not None
    assert forever.treatments[0].started_on > module.FIRST
