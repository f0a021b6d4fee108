"""Prednisolone as steps: taken, planned, what daily records make, and the dose at a relapse."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.course_doses import Level, at, before, dose_strip, planned_levels, taken_levels, thinned
from monitor.course_strip import COLORS, Strip
from patients.dosing import taken_rows
from patients.history import History, TreatmentRecord
from tests.alerts.rules.histories import START, history, on, treatment
from tests.monitor.figures_read import colors


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


def strip(*treatments: TreatmentRecord, relapses: tuple[int, ...] = (), now: float = 100) -> Strip:
    """Return the strip of these treatments."""
    found = dose_strip(known(*treatments, now=now), [day(number) for number in relapses])
    assert found is not None
    return found


def drawn(of: Strip, name: str) -> list[list[tuple[str, float]]]:
    """Return the points of every trace of this name."""
    return [list(zip(one["x"], one["y"], strict=True)) for one in of.traces if one["name"] == name]


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


def test_what_was_taken_is_filled_up_to_today() -> None:
    found = strip(dose(0, 40, 13), dose(14, 30))
    (taken,) = [one for one in found.traces if one["name"] == "Taken"]
    assert (taken["fill"], taken["line"]["shape"]) == ("tozeroy", "hv")
    assert drawn(found, "Taken") == [[("2024-01-01T00:00", 40), ("2024-01-15T00:00", 30), ("2024-04-10T00:00", 30)]]


def test_each_time_without_a_gap_is_a_line_of_its_own() -> None:
    """One line with a gap would be filled across it."""
    found = drawn(strip(dose(0, 40, 13), dose(20, 30, 27)), "Taken")
    assert found == [
        [("2024-01-01T00:00", 40), ("2024-01-15T00:00", 40)],
        [("2024-01-21T00:00", 30), ("2024-01-29T00:00", 30)],
    ]


def test_the_plan_is_dashed_and_goes_on_beyond_today() -> None:
    found = strip(plan(90, 15), plan(104, 12.5))
    (planned,) = found.traces
    assert planned["line"]["dash"] == "dash"
    assert "fill" not in planned
    assert planned["y"] == [15, 12.5, 12.5]
    assert planned["x"][-1] > "2024-06"


def test_what_was_taken_lies_over_what_was_planned() -> None:
    names = [one["name"] for one in strip(dose(0, 40), plan(0, 40), relapses=(50,)).traces]
    assert names == ["Planned", "Taken", "Dose at relapse"]


def test_without_any_there_is_no_strip() -> None:
    assert dose_strip(known(), [day(5)]) is None
    assert dose_strip(known(treatment(0, "ferrous sulfate", unit="mg")), []) is None


def test_a_relapse_shows_the_dose_at_which_it_began() -> None:
    found = strip(dose(0, 40, 13), dose(14, 5, 49), dose(50, 40), relapses=(0, 50))
    (relapse,) = [one for one in found.traces if one["name"] == "Dose at relapse"]
    assert (relapse["x"], relapse["y"], relapse["text"]) == (["2024-02-20T00:00"], [5], ["5"])
    assert relapse["marker"]["symbol"] == "diamond"


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


def test_a_pulse_does_not_hide_the_taper_beside_it() -> None:
    found = strip(dose(0, 1000, 2, drug="methylprednisolone"), dose(3, 40))
    assert found.axis["range"] == [0, 46]
    assert found.fit == {"zero": True, "keep": [], "below": 200}
    (note,) = found.notes
    assert (note["text"], note["x"], note["y"], note["name"]) == ("↑ 1250", "2024-01-01T00:00", 46, "edge")


def test_pulses_alone_are_shown_whole() -> None:
    found = strip(dose(0, 1000, 2))
    assert found.axis["range"][1] > 1000
    assert (found.notes, found.fit) == ((), {"zero": True, "keep": []})


def test_the_unit_says_when_milligrams_are_equivalents() -> None:
    assert strip(dose(0, 40)).unit == "mg a day"
    assert strip(dose(0, 4, drug="dexamethasone")).unit == "mg a day, equivalent"
    assert strip(dose(0, 40), dose(0, 1, drug="betamethasone", route="topical")).unit == "mg a day"


def test_a_record_without_end_gives_way_to_a_step_of_a_plan_that_nobody_confirmed() -> None:
    """The plan is shown there; what was taken is not known."""
    found = taken_levels(known(dose(0, 40), plan(14, 30), now=30))
    assert found == [Level(day(0), 40), Level(day(14), None)]


def test_every_color_has_a_token() -> None:
    found = strip(dose(0, 40), plan(0, 30), relapses=(50,))
    assert colors([*found.traces, *found.notes]) <= set(COLORS)


def test_years_of_daily_records_are_read_in_a_moment() -> None:
    """Ten years of taps are some thirty levels; each is asked for once, on a history of as many records."""
    rows = [dose(number, 5.0 + 5 * (number // 120 % 7), number) for number in range(3650)]
    whole = known(*rows, now=3650)
    assert len(thinned(whole).treatments) == 31
    assert len(taken_levels(whole)) == 32
    assert whole.treatments[-1].started_on == (START + timedelta(days=3649)).date()
