"""Plans as recorded: their steps, which of them is in force, and where a patient stands, in words."""

from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patients.dosing import UNKNOWN, Course, Dose, dose_on, now_and_next, step_on, steps
from patients.history import History
from patients.tapering import plan
from tests.patients.doses import START, known, on, planned, row, taper

NB = "\u00a0"
NINE = taper(30, 25, 20, 15, 12.5, 10, 7.5, 5, 2.5)


def words(history: History, day: int) -> str:
    """Return where a patient stands, in words with plain spaces."""
    return now_and_next(history, on(day)).words.replace(NB, " ")


def test_no_plan_has_no_steps() -> None:
    assert steps(known()) == ()
    assert steps(known(row(0, 20))) == ()
    assert step_on(known(), on(0)) is None


def test_steps_are_numbered_within_their_plan() -> None:
    found = steps(known(*taper(20, 15, 10)))
    assert [(one.number, one.of, one.start, one.end, one.mg) for one in found] == [
        (1, 3, on(0), on(13), 20),
        (2, 3, on(14), on(27), 15),
        (3, 3, on(28), None, 10),
    ]
    assert {one.plan for one in found} == {"taper 1"}
    assert [one.words for one in found] == [f"20{NB}mg", f"15{NB}mg", f"10{NB}mg"]


def test_an_open_step_ends_where_the_next_begins() -> None:
    rows = [row(day, dose, intent="planned", plan="p") for day, dose in ((0, 20), (14, 15))]
    assert [(one.start, one.end) for one in steps(known(*rows))] == [(on(0), on(13)), (on(14), None)]


def test_a_step_that_ends_before_the_next_leaves_days_without_a_plan() -> None:
    rows = [row(0, 20, 9, intent="planned", plan="p"), row(14, 15, intent="planned", plan="p")]
    said = known(*rows)
    assert [dose_on(said, on(day)).mg for day in (9, 10, 13, 14)] == [20, None, None, 15]


def test_rows_that_begin_together_are_one_step() -> None:
    rows = [
        row(0, 10, 6, intent="planned", plan="p", id=1),
        row(0, 20, 6, intent="planned", plan="p", drug="hydrocortisone", id=2),
    ]
    (only,) = steps(known(*rows))
    assert (only.id, only.mg, only.of, only.words) == (1, 15, 1, f"15{NB}mg prednisone-equivalent")
    assert len(only.rows) == 2


def test_a_step_of_unknown_amount_is_one_all_the_same() -> None:
    (only,) = steps(known(row(0, None, intent="planned", plan="p")))
    assert (only.mg, only.words) == (None, "dose unknown")
    assert dose_on(known(*only.rows), on(0)) == UNKNOWN


def test_the_plan_begun_last_is_in_force() -> None:
    said = known(*taper(20, 15, 10), *taper(40, 30, start=20, plan="taper 2", revision=2))
    assert [step_on(said, on(day)).mg for day in (19, 20, 33, 34, 90)] == [15, 40, 40, 30, 30]  # type: ignore[union-attr] # each day has one
    assert [dose_on(said, on(day)).mg for day in (28, 34)] == [40, 30]


def test_a_plan_that_is_over_gives_way_to_an_open_one_before_it() -> None:
    burst = [row(10, 30, 14, intent="planned", plan="burst")]
    said = known(row(0, 5, intent="planned", plan="kept"), *burst)
    assert [dose_on(said, on(day)).mg for day in (9, 10, 14, 15)] == [5, 30, 30, 5]


def test_of_two_plans_from_one_day_the_one_recorded_last_is_in_force() -> None:
    said = known(*taper(20, 15), *taper(30, 25, plan="taper 2", revision=2))
    assert [dose_on(said, on(day)).mg for day in (0, 14)] == [30, 25]


def test_other_drugs_have_plans_of_their_own() -> None:
    iron = row(0, 100, intent="planned", plan="iron", drug="ferrous sulfate")
    said = known(*taper(20, 15), iron)
    assert [one.plan for one in steps(said)] == ["taper 1", "taper 1"]
    assert [one.plan for one in steps(said, {"ferrous sulfate"})] == ["iron"]


def test_now_and_next_stand_in_numbers_and_words() -> None:
    course = now_and_next(known(*NINE), on(45))
    assert course == Course(
        now=Dose(15, known=True, source="planned"),
        step=4,
        of=9,
        next_on=date(2026, 9, 26),
        next_mg=12.5,
        words=f"15{NB}mg, step 4 of 9, to 12.5{NB}mg on 26{NB}Sep",
    )


def test_nothing_known_is_said() -> None:
    assert now_and_next(known(), on(0)) == Course(UNKNOWN, None, None, None, None, "dose unknown")


def test_a_confirmed_step_reads_like_a_planned_one() -> None:
    said = known(*NINE, row(42, 15, revision=2), made={2: 42})
    assert now_and_next(said, on(45)).now == Dose(15, known=True, source="taken")
    assert words(said, 45) == "15 mg, step 4 of 9, to 12.5 mg on 26 Sep"


def test_another_dose_than_planned_stands_beside_the_plan() -> None:
    said = known(*NINE, row(42, 20, revision=2), made={2: 45})
    assert words(said, 46) == "20 mg (plan: 15 mg), step 4 of 9, to 12.5 mg on 26 Sep"


def test_the_last_step_has_no_next() -> None:
    course = now_and_next(known(*taper(10, 5)), on(14))
    assert (course.step, course.of, course.next_on, course.next_mg) == (2, 2, None, None)
    assert course.words == f"5{NB}mg, step 2 of 2"


def test_a_dose_without_a_plan_is_said_alone() -> None:
    assert words(known(row(0, 7.5)), 5) == "7.5 mg"


def test_a_plan_ahead_is_announced() -> None:
    assert words(known(*taper(40, 30, start=10)), 5) == "dose unknown, 40 mg from 11 Aug"
    assert words(known(row(0, 10, 9), *taper(40, 30, start=10)), 5) == "10 mg, to 40 mg on 11 Aug"


def test_the_day_before_a_step_it_is_still_ahead_and_on_the_day_it_is_now() -> None:
    said = known(*taper(20, 15))
    assert words(said, 13) == "20 mg, step 1 of 2, to 15 mg on 15 Aug"
    assert words(said, 14) == "15 mg, step 2 of 2"


def test_a_next_step_in_another_year_names_it() -> None:
    assert words(known(*taper(10, 5, start=100, every=90)), 100) == "10 mg, step 1 of 2, to 5 mg on 7 Feb 2027"


def test_the_next_step_is_that_of_a_plan_that_will_be_in_force() -> None:
    said = known(*taper(20, 15, 10), *taper(40, 30, start=10, plan="taper 2", revision=2))
    course = now_and_next(said, on(5))
    assert (course.next_on, course.next_mg) == (on(10), 40)
    assert now_and_next(said, on(12)).next_on == on(24)  # not the step of the old plan, on day 14


def test_every_other_day_is_said_as_such_on_every_day() -> None:
    said = known(row(0, 40, 27, every=2, intent="planned", plan="p"), row(28, 30, every=2, intent="planned", plan="p"))
    for day in (4, 5):
        assert words(said, day) == "40 mg every 2 days, step 1 of 2, to 30 mg every 2 days on 29 Aug"
    assert [now_and_next(said, on(day)).now.mg for day in (4, 5)] == [40, 0]
    assert now_and_next(said, on(4)).next_mg == 15  # a day, on average


def test_after_a_stop_there_is_no_step() -> None:
    said = known(*taper(20, 15, 10), row(5, 0, revision=2), made={1: 0, 2: 5})
    assert words(said, 5) == "0 mg"
    assert words(said, 4) == "20 mg, step 1 of 3, to 15 mg on 15 Aug"


@pytest.mark.parametrize("start", [date(2028, 2, 29), date(2026, 10, 25), date(2026, 3, 29), date(2027, 12, 31)])
def test_a_plan_of_the_planner_comes_back_day_by_day(start: date) -> None:
    steps_ = plan(30, 5, start_on=start, step_days=10)
    said = known(*planned(steps_))
    assert [(one.start, one.end, one.mg) for one in steps(said)] == [(one.on, one.until, one.mg) for one in steps_]
    for day in range(80):
        expected = next(one.mg for one in reversed(steps_) if one.day <= day)
        assert dose_on(said, start + timedelta(days=day)).mg == expected


PLANS = st.fixed_dictionaries(
    {
        "start": st.integers(10, 100).map(lambda halves: halves / 2),
        "step_days": st.integers(1, 40),
        "shape": st.sampled_from(["equal", "proportional"]),
        "hold_days": st.none() | st.integers(1, 60),
    }
)


def of_planner(fields: dict[str, Any]) -> History:
    """Return the history of a plan that goes down to five milligrams."""
    chosen = {name: fields[name] for name in ("step_days", "shape", "hold_days")}
    return known(*planned(plan(fields["start"], 5, start_on=START, **chosen)))


@given(PLANS, st.integers(-10, 400))
def test_now_next_and_step_agree(fields: dict[str, Any], day: int) -> None:
    said = of_planner(fields)
    course, step = now_and_next(said, on(day)), step_on(said, on(day))
    assert course.now == dose_on(said, on(day))
    assert (course.step, course.of) == ((step.number, step.of) if step else (None, None))
    if course.next_on is not None:
        assert course.next_on > on(day)
        assert dose_on(said, course.next_on).mg == course.next_mg
        assert dose_on(said, course.next_on - timedelta(days=1)) == course.now


@given(PLANS)
def test_every_day_from_the_start_on_has_one_step_and_the_dose_never_rises(fields: dict[str, Any]) -> None:
    said = of_planner(fields)
    daily = [dose_on(said, on(day)) for day in range(0, 300, 3)]
    assert all(one.source == "planned" for one in daily)
    assert all(
        after.mg <= before.mg for before, after in pairwise(daily) if before.mg is not None and after.mg is not None
    )
    assert daily[-1].mg is not None
    assert dose_on(said, on(-1)) == UNKNOWN


@given(PLANS, st.integers(0, 300), st.sampled_from([0.0, 2.5, 60.0]))
def test_what_somebody_recorded_of_a_day_is_its_dose(fields: dict[str, Any], day: int, mg: float) -> None:
    said = of_planner(fields)
    with_record = known(*said.treatments, row(day, mg, day, revision=2))
    assert dose_on(with_record, on(day)) == Dose(mg, known=True, source="taken")
    assert dose_on(with_record, on(day + 1)) == dose_on(said, on(day + 1))
    assert dose_on(with_record, on(day - 1)) == dose_on(said, on(day - 1))
