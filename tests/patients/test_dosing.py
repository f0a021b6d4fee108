"""The dose of a day: taken before planned, planned until someone says otherwise, unknown where nobody recorded one."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patients.dosing import UNKNOWN, Dose, confirmed, dose_on, now_and_next, step_on, steps, taken_rows
from patients.history import History, TreatmentRecord
from tests.patients.doses import known, on, row, taper


def taken(mg: float) -> Dose:
    """Return a dose that somebody recorded."""
    return Dose(mg, known=True, source="taken")


def assumed(mg: float) -> Dose:
    """Return a dose that is taken as planned."""
    return Dose(mg, known=True, source="planned")


def doses(history: History, *days: int) -> list[Dose]:
    """Return the doses of days of the story."""
    return [dose_on(history, on(day)) for day in days]


def test_no_record_is_unknown_and_not_zero() -> None:
    assert dose_on(known(), on(0)) == UNKNOWN
    assert Dose(None, known=False, source="unknown") == UNKNOWN


def test_a_day_outside_every_record_is_unknown() -> None:
    assert doses(known(row(5, 15, 9)), 4, 5, 9, 10) == [UNKNOWN, taken(15), taken(15), UNKNOWN]


def test_an_explicit_zero_is_known() -> None:
    assert dose_on(known(row(5, 0, 5)), on(5)) == taken(0)


def test_an_open_record_goes_on() -> None:
    assert doses(known(row(5, 15)), 4, 5, 400) == [UNKNOWN, taken(15), taken(15)]


def test_without_a_record_a_dose_is_taken_as_planned() -> None:
    assert doses(known(*taper(20, 15, 10)), 0, 13, 14, 27, 28, 900) == [assumed(mg) for mg in (20, 20, 15, 15, 10, 10)]


def test_what_was_taken_counts_before_what_was_planned() -> None:
    said = known(*taper(20, 15, 10), row(14, 20, 20))
    assert doses(said, 13, 14, 20, 21) == [assumed(20), taken(20), taken(20), assumed(15)]


def test_an_open_record_says_nothing_of_a_step_after_it() -> None:
    said = known(*taper(20, 15, 10), row(0, 20), made={1: 0})
    assert doses(said, 13, 14, 28) == [taken(20), assumed(15), assumed(10)]


def test_an_open_record_made_after_the_step_says_otherwise() -> None:
    said = known(*taper(20, 15, 10), row(0, 20, revision=2), made={1: 0, 2: 16})
    assert doses(said, 13, 14, 27, 28) == [taken(20), taken(20), taken(20), assumed(10)]


def test_a_record_made_on_the_day_of_a_step_speaks_of_it() -> None:
    said = known(*taper(20, 15, 10), row(0, 20, revision=2), made={2: 14})
    assert doses(said, 14) == [taken(20)]


def test_the_day_on_which_a_record_was_made_is_the_patients() -> None:
    late = datetime(2026, 8, 14, 22, 30, tzinfo=UTC)  # in Berlin it is the 15th, day 14, already
    for zone, found in (("UTC", assumed(15)), ("Europe/Berlin", taken(20)), ("America/New_York", assumed(15))):
        said = known(*taper(20, 15), row(0, 20, revision=2), times={2: late}, zone=zone)
        assert dose_on(said, on(14)) == found


def test_a_record_of_unknown_making_speaks_up_to_its_first_day() -> None:
    assert doses(known(*taper(20, 15), row(3, 20)), 13, 14) == [taken(20), assumed(15)]


def test_a_record_that_ends_later_speaks_of_steps_between() -> None:
    assert doses(known(*taper(20, 15, 10), row(0, 20, 30), made={1: 0}), 14, 30, 31) == [
        taken(20),
        taken(20),
        assumed(10),
    ]


def test_the_record_begun_last_counts_for_its_days_only() -> None:
    said = known(row(0, 20), row(10, 15, 12))
    assert doses(said, 9, 10, 12, 13) == [taken(20), taken(15), taken(15), taken(20)]


def test_a_new_open_record_ends_the_one_before() -> None:
    assert doses(known(row(0, 20), row(10, 15)), 9, 10, 99) == [taken(20), taken(15), taken(15)]


def test_doses_recorded_side_by_side_add_up() -> None:
    assert dose_on(known(row(0, 10, 5, id=1), row(0, 5, 5, id=2)), on(3)) == taken(15)


def test_of_two_records_from_one_day_with_other_ends_the_newer_counts() -> None:
    said = known(row(0, 10, 0, revision=1, id=1), row(0, 12, revision=2, id=2))
    assert doses(said, 0, 1) == [taken(12), taken(12)]


def test_the_same_drug_by_another_way_adds_up() -> None:
    pulse = row(5, 500, 7, drug="methylprednisolone", route="iv")
    said = known(row(0, 16, drug="methylprednisolone"), pulse)
    assert doses(said, 4, 5, 7, 8) == [taken(20), taken(645), taken(645), taken(20)]


def test_several_drugs_add_up_as_prednisone() -> None:
    assert dose_on(known(row(0, 10), row(0, 20, drug="Hydrocortison")), on(2)) == taken(15)


def test_every_other_day_has_days_of_zero() -> None:
    assert doses(known(row(0, 40, every=2)), 0, 1, 2, 3) == [taken(40), taken(0), taken(40), taken(0)]
    assert doses(known(row(0, 40, every=2, intent="planned")), 0, 1) == [assumed(40), assumed(0)]


@pytest.mark.parametrize("route", ["inhaled", "Topical", "nasal", "ophthalmic"])
def test_a_steroid_that_stays_where_it_is_given_is_not_counted(route: str) -> None:
    assert dose_on(known(row(0, 10, route=route)), on(0)) == UNKNOWN
    assert dose_on(known(row(0, 10), row(0, 1, route=route, drug="dexamethasone")), on(0)) == taken(10)


def test_another_drug_is_no_steroid() -> None:
    said = known(row(0, 50, drug="azathioprine"))
    assert dose_on(said, on(0)) == UNKNOWN
    assert dose_on(said, on(0), {"Azathioprine"}) == taken(50)


def test_an_unknown_amount_leaves_the_day_unknown_even_beside_a_plan() -> None:
    assert dose_on(known(*taper(20), row(0, None, 5)), on(3)) == UNKNOWN
    assert dose_on(known(*taper(20), row(0, 1, 5, unit="mg/kg")), on(3)) == UNKNOWN
    assert dose_on(known(row(0, 10), row(0, None, drug="dexamethasone")), on(0)) == UNKNOWN


def test_a_stop_ends_the_plan_known_then() -> None:
    said = known(*taper(20, 15, 10), row(20, 0, revision=2), made={1: 0, 2: 20})
    assert doses(said, 19, 20, 28, 300) == [assumed(15), taken(0), taken(0), taken(0)]
    assert step_on(said, on(28)) is None


def test_a_plan_made_after_a_stop_is_followed() -> None:
    again = taper(30, 20, start=40, plan="taper 2", revision=3)
    said = known(*taper(20, 15, 10), row(20, 0, revision=2), *again, made={1: 0, 2: 20, 3: 40})
    assert doses(said, 39, 40, 54) == [taken(0), assumed(30), assumed(20)]


def test_a_stop_is_over_when_something_is_taken_again() -> None:
    said = known(*taper(20, 15, 10), row(20, 0, revision=2), row(24, 15, revision=3), made={1: 0, 2: 20, 3: 24})
    assert doses(said, 23, 24, 28) == [taken(0), taken(15), assumed(10)]


def test_a_day_left_out_is_no_stop() -> None:
    said = known(*taper(20, 15), row(3, 0, 3, revision=2), made={1: 0, 2: 3})
    assert doses(said, 3, 4, 14) == [taken(0), assumed(20), assumed(15)]


def test_a_stop_of_another_drug_ends_no_plan() -> None:
    said = known(*taper(20, 15), row(5, 0, drug="hydrocortisone", revision=2), made={1: 0, 2: 5})
    assert doses(said, 14) == [assumed(15)]
    assert step_on(said, on(14)) == steps(said)[1]


def test_a_step_is_confirmed_by_a_record_of_the_time_since() -> None:
    first, second = steps(known(*taper(20, 15)))
    cases = [
        (row(0, 20, revision=2), {2: 0}, (True, False)),
        (row(0, 20, revision=2), {2: 14}, (True, True)),  # made on the day: still on the old dose
        (row(0, 20, 13, revision=2), {2: 20}, (True, False)),
        (row(0, 20, 14, revision=2), {2: 14}, (True, True)),
        (row(14, 15, 14, revision=2), {2: 14}, (True, True)),
        (row(0, 20, revision=2, route="inhaled"), {2: 20}, (False, False)),
    ]
    for record, made, expected in cases:
        said = known(*taper(20, 15), record, made=made)
        assert (confirmed(said, first), confirmed(said, second)) == expected


def test_nothing_taken_confirms_nothing() -> None:
    said = known(*taper(20, 15))
    assert not any(confirmed(said, step) for step in steps(said))


ROWS = st.lists(
    st.builds(
        row,
        st.integers(0, 60),
        st.none() | st.sampled_from([0.0, 5.0, 12.5, 40.0]),
        st.none(),
        drug=st.sampled_from(["prednisolone", "methylprednisolone", "ferrous sulfate"]),
        intent=st.sampled_from(["planned", "taken"]),
        plan=st.sampled_from(["a", "b"]),
        every=st.sampled_from([0.5, 1.0, 2.0]),
        revision=st.integers(1, 4),
        id=st.integers(1, 99),
    ),
    max_size=8,
)
DAYS = st.integers(-5, 90)


def ended(rows: list[TreatmentRecord]) -> list[TreatmentRecord]:
    """Return rows of which every other one ends three days after it began."""
    return [
        TreatmentRecord(
            one.id, one.drug, one.dose, one.unit, one.route, one.every_days, one.started_on,
            one.started_on + timedelta(days=3) if place % 2 else None, one.intent, one.plan, one.recorded_revision,
        )
        for place, one in enumerate(rows)
    ]  # fmt: skip


@given(ROWS, DAYS)
def test_a_dose_is_known_or_not_and_never_below_zero(rows: list[TreatmentRecord], day: int) -> None:
    found = dose_on(known(*ended(rows)), on(day))
    assert found.known is (found.mg is not None) is (found.source != "unknown")
    assert found.mg is None or found.mg >= 0


@given(ROWS, DAYS)
def test_the_order_of_records_does_not_matter(rows: list[TreatmentRecord], day: int) -> None:
    distinct = list({one.id: one for one in ended(rows)}.values())
    one, other = known(*distinct), known(*reversed(distinct))
    assert dose_on(one, on(day)) == dose_on(other, on(day))
    assert now_and_next(one, on(day)) == now_and_next(other, on(day))


@given(ROWS, DAYS)
def test_every_row_taken_covers_the_day(rows: list[TreatmentRecord], day: int) -> None:
    for one in taken_rows(known(*ended(rows)), on(day)):
        assert one.intent == "taken"
        assert one.started_on <= on(day) <= (one.ended_on or date.max)


@given(ROWS, DAYS)
def test_before_everything_began_the_dose_is_unknown(rows: list[TreatmentRecord], day: int) -> None:
    if all(on(day) < one.started_on for one in rows):
        assert dose_on(known(*rows), on(day)) == UNKNOWN
