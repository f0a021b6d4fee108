"""Steroids over the whole course: levels, what daily records make, the sum of all doses, the doses at which relapses began."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.steroids import (
    Cumulative,
    Level,
    at,
    before,
    cumulative,
    floor_of,
    planned_levels,
    relapse_doses,
    taken_levels,
    thinned,
)
from patients.dosing import dose_on, taken_rows
from patients.history import History, TreatmentRecord
from patients.tapering import cumulative_mg, treatments
from patients.tapering import plan as lay_out
from tests.alerts.rules.histories import START, WOMAN, history, on, treatment
from tests.alerts.vectors import cases, named


def day(number: int) -> date:
    """Return a day of the story."""
    return on(number).date()


def dose(start: int, mg: float | None, until: int | None = None, **fields: Any) -> TreatmentRecord:
    """Return prednisolone taken from a day on."""
    return treatment(start, fields.pop("drug", "prednisolone"), until=until, dose=mg, unit="mg", **fields)


def plan(start: int, mg: float, until: int | None = None, name: str = "taper") -> TreatmentRecord:
    """Return a planned step."""
    return dose(start, mg, until, intent="planned", plan=name)


def known(*treatments: TreatmentRecord, now: float = 100) -> History:
    """Return what is known of these treatments on day 100."""
    return history(treatments=treatments, at=now)


def test_doses_follow_each_other_as_levels() -> None:
    found = taken_levels(known(dose(0, 40, 13), dose(14, 30, 27), dose(28, 20)))
    assert found == [Level(day(0), 40), Level(day(14), 30), Level(day(28), 20)]


def test_what_nobody_recorded_is_unknown_and_not_zero() -> None:
    found = taken_levels(known(dose(0, 40, 13), dose(20, 30, 27)))
    assert found == [Level(day(0), 40), Level(day(14), None), Level(day(20), 30), Level(day(28), None)]


def test_a_stop_is_a_dose_of_zero() -> None:
    assert taken_levels(known(dose(0, 40, 13), dose(14, 0))) == [Level(day(0), 40), Level(day(14), 0)]


def test_the_same_dose_again_is_no_step() -> None:
    assert taken_levels(known(dose(0, 40, 13), dose(14, 40, 27)))[:1] == [Level(day(0), 40)]
    assert len(taken_levels(known(dose(0, 40, 13), dose(14, 40)))) == 1


def test_days_to_come_are_not_taken_yet() -> None:
    assert taken_levels(known(dose(0, 40, 200), dose(201, 30))) == [Level(day(0), 40)]


def test_other_steroids_count_as_prednisone_and_other_drugs_not_at_all() -> None:
    """1 mg methylprednisolone does as much as 1.25 mg prednisone (clinical specification, B4)."""
    found = taken_levels(known(dose(0, 32, drug="methylprednisolone"), dose(0, 50, drug="azathioprine")))
    assert found == [Level(day(0), 40)]


def test_a_dose_every_other_day_counts_half() -> None:
    assert taken_levels(known(dose(0, 20, every_days=2.0))) == [Level(day(0), 10)]


def test_an_unknown_amount_is_unknown() -> None:
    assert taken_levels(known(dose(0, 20, 9), dose(10, None))) == [Level(day(0), 20), Level(day(10), None)]


def test_a_plan_is_steps_that_end_where_the_next_begins() -> None:
    found = planned_levels(known(plan(0, 40), plan(14, 30), plan(28, 20, 41)))
    assert found == [Level(day(0), 40), Level(day(14), 30), Level(day(28), 20), Level(day(42), None)]


def test_a_plan_begun_later_takes_over() -> None:
    found = planned_levels(known(plan(0, 20), plan(50, 40, name="after relapse"), plan(64, 30, name="after relapse")))
    assert found == [Level(day(0), 20), Level(day(50), 40), Level(day(64), 30)]


def test_nothing_planned_is_no_level() -> None:
    assert planned_levels(known(dose(0, 40))) == []
    assert taken_levels(known(plan(0, 40))) == []


def daily(first: int, last: int, *milligrams: float) -> list[TreatmentRecord]:
    """Return a record of each day, as tapping "I took it" makes them; several a day where there are several doses."""
    return [dose(number, mg, number) for number in range(first, last + 1) for mg in milligrams]


def test_daily_records_of_one_dose_become_one() -> None:
    thin = thinned(known(*daily(0, 29, 40), *daily(30, 59, 30)))
    assert [(row.dose, row.started_on, row.ended_on) for row in thin.treatments] == [
        (40, day(0), day(29)),
        (30, day(30), day(59)),
    ]


def test_a_missed_day_is_kept() -> None:
    found = taken_levels(known(*daily(0, 9, 40), *daily(11, 99, 40)))
    assert found == [Level(day(0), 40), Level(day(10), None), Level(day(11), 40), Level(day(100), None)]


def test_morning_and_evening_add_up_and_a_missed_evening_shows() -> None:
    found = taken_levels(known(*daily(0, 4, 10, 5), dose(5, 10, 5), *daily(6, 9, 10, 5), now=9))
    assert found == [Level(day(0), 15), Level(day(5), 10), Level(day(6), 15)]


def test_plans_and_open_records_are_not_thinned() -> None:
    rows = (plan(0, 40, 13), plan(14, 40, 27), dose(28, 40), dose(60, 40))
    assert thinned(known(*rows)).treatments == rows


@given(
    st.lists(st.tuples(st.integers(0, 60), st.sampled_from([10.0, 20.0]), st.integers(0, 9)), max_size=12),
    st.integers(0, 70),
)
def test_thinning_never_changes_what_was_taken_on_a_day(records: list[tuple[int, float, int]], number: int) -> None:
    whole = known(*(dose(start, mg, start + length) for start, mg, length in records))
    totals = [sum(row.dose or 0 for row in taken_rows(one, day(number))) for one in (whole, thinned(whole))]
    assert totals[0] == totals[1]


@pytest.mark.parametrize(
    ("taken", "planned", "number", "mg"),
    [
        ([Level(day(0), 10.0)], [], 20, 10),  # in the middle of a step
        ([Level(day(0), 5.0), Level(day(20), 40.0)], [], 20, 5),  # the restart is the answer
        ([Level(day(0), 20.0), Level(day(20), 15.0)], [], 20, 15),  # a step down on the day itself
        ([Level(day(20), 40.0)], [], 20, None),  # the first: nothing before
        ([], [Level(day(0), 7.5)], 20, 7.5),  # what nobody recorded was taken as planned
        ([Level(day(0), 10.0), Level(day(10), None)], [Level(day(0), 12.5)], 20, 12.5),
        ([Level(day(0), 10.0), Level(day(10), None)], [], 20, None),
        ([Level(day(0), 10.0), Level(day(20), None)], [], 20, 10),
        ([], [], 20, None),
    ],
)
def test_the_dose_before_is_the_lower_of_the_two_days(
    taken: list[Level], planned: list[Level], number: int, mg: float | None
) -> None:
    assert before(taken, planned, day(number)) == mg


def test_a_level_holds_from_its_day_on() -> None:
    levels = [Level(day(0), 10.0), Level(day(10), None)]
    assert [at(levels, day(number)) for number in (-1, 0, 9, 10)] == [None, 10, 10, None]


def test_a_record_without_end_gives_way_to_a_step_of_a_plan_that_nobody_confirmed() -> None:
    """The plan is shown there; what was taken is not known."""
    found = taken_levels(known(dose(0, 40), plan(14, 30), now=30))
    assert found == [Level(day(0), 40), Level(day(14), None)]


def test_years_of_daily_records_are_read_in_a_moment() -> None:
    """Ten years of taps are some thirty levels; each is asked for once, on a history of as many records."""
    rows = [dose(number, 5.0 + 5 * (number // 120 % 7), number) for number in range(3650)]
    whole = known(*rows, now=3650)
    assert len(thinned(whole).treatments) == 31
    assert len(taken_levels(whole)) == 32
    assert whole.treatments[-1].started_on == (START + timedelta(days=3649)).date()


@pytest.mark.parametrize("case", cases("taper_schedule"), ids=named)
def test_the_sum_of_a_plan_is_that_of_the_vectors(case: dict[str, Any]) -> None:
    """Vectors `taper_schedule`: cumulative_mg_180_days is the sum of the daily doses of days 0 to 179."""
    steps = [plan(step["day"], step["dose_mg"]) for step in case["steps"]]
    found = cumulative(known(*steps, now=179))
    assert found is not None
    assert found.mg == pytest.approx(case["cumulative_mg_180_days"], abs=1e-9)
    assert (found.assumed_mg, found.unknown_days, found.since) == (found.mg, 0, day(0))


def test_a_plan_of_ours_sums_up_to_the_same_both_ways() -> None:
    steps = lay_out(40, 5, start_on=day(0), weeks=16)
    rows = [
        dose((row.started_on - day(0)).days, row.dose, intent="planned", plan=row.plan)
        for row in treatments(steps, patient_id=WOMAN.id, plan_name="taper")
    ]
    found = cumulative(known(*rows, now=179))
    assert found is not None
    assert found.mg == cumulative_mg(steps, 180)


def test_equivalents_are_summed() -> None:
    """32 mg methylprednisolone for ten days: 320 × 1.25 = 400 mg (clinical specification, B4)."""
    found = cumulative(known(dose(0, 32, 9, drug="methylprednisolone"), now=20))
    assert found == Cumulative(400, 0, 11, day(0), None)


def test_what_was_planned_and_not_said_is_named() -> None:
    found = cumulative(known(plan(0, 20), dose(5, 10, 9), now=14))
    assert found == Cumulative(10 * 20 + 5 * 10, 200, 0, day(0), None)


@pytest.mark.parametrize(
    ("mg", "now", "grams", "last"),
    [(40, 23, 0, None), (40, 24, 1, 24), (40, 30, 1, 24), (40, 49, 2, 49), (2500, 0, 2, 0)],
)
def test_whole_grams_have_the_day_on_which_they_were_full(mg: float, now: int, grams: int, last: int | None) -> None:
    """25 days of 40 mg are one gram: full on day 24."""
    found = cumulative(known(dose(0, mg), now=now))
    assert found is not None
    assert (found.grams, found.last_gram_on) == (grams, None if last is None else day(last))


def test_a_gram_is_full_within_a_later_step() -> None:
    """Ten days of 40 mg and thirty of 20 mg: 1000 mg on the last of them."""
    found = cumulative(known(dose(0, 40, 9), dose(10, 20), now=60))
    assert found is not None
    assert (found.mg, found.last_gram_on) == (400 + 51 * 20, day(39))


def test_nothing_known_has_no_sum() -> None:
    assert cumulative(known()) is None
    assert cumulative(known(dose(0, None))) is None
    assert cumulative(known(plan(200, 20))) is None


@given(
    st.lists(st.tuples(st.integers(0, 60), st.sampled_from([10.0, 20.0]), st.integers(0, 20)), max_size=6),
    st.lists(st.tuples(st.integers(0, 60), st.sampled_from([5.0, 40.0])), max_size=3),
)
def test_the_sum_is_that_of_the_days(taken: list[tuple[int, float, int]], planned: list[tuple[int, float]]) -> None:
    rows = [dose(start, mg, start + length) for start, mg, length in taken] + [plan(start, mg) for start, mg in planned]
    seen = known(*(replace(row, id=number) for number, row in enumerate(rows)), now=80)
    days = [dose_on(seen, day(number)).mg for number in range(81)]
    found = cumulative(seen)
    assert (found.mg if found else 0) == pytest.approx(sum(mg for mg in days if mg is not None))


def test_relapses_have_the_doses_at_which_they_began() -> None:
    seen = known(dose(0, 40, 13), dose(14, 5, 49), dose(50, 40, 69), dose(70, 0))
    assert relapse_doses(seen, [day(0), day(50), day(90)]) == [(day(50), 5)]
    assert relapse_doses(seen, []) == []
    assert relapse_doses(known(), [day(5)]) == []


@pytest.mark.parametrize(
    ("doses", "group"),
    [
        ([], []),
        ([25], []),
        ([25, 25], [25, 25]),
        ([10, 8], [10, 8]),
        ([10, 7.9], []),
        ([20, 10, 9, 19], [20, 19]),
        ([20, 10, 9, 11], [10, 9, 11]),
    ],
)
def test_relapses_of_one_dose_are_the_largest_group(doses: list[float], group: list[float]) -> None:
    found = floor_of([(day(number), mg) for number, mg in enumerate(doses)])
    assert [mg for _, mg in found] == group


def test_a_share_may_be_chosen() -> None:
    two = [(day(0), 10.0), (day(9), 8.5)]
    assert floor_of(two, 0.1) == []
    assert floor_of(two, 0.15) == two
