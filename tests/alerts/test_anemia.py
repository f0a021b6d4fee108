"""The WHO grade against the clinical vectors, and its edges: birthdays, trimesters, altitude, smoking."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts import anemia
from alerts.anemia import BANDS, Grade, Group, adjusted, age_months, grade, group, judged, severe_below, trimester
from tests.alerts.rules.histories import CHILD, WOMAN, person
from tests.alerts.vectors import cases, named, section

CASES = cases("who_anemia_2024")
BORN = date(2020, 3, 15)
PERIOD = date(2025, 1, 1)
DAY = timedelta(days=1)


def of(case: dict[str, Any]) -> float:
    """Return the adjusted hemoglobin of a case."""
    return adjusted(
        case["hemoglobin_g_per_l"], altitude_m=case["altitude_m"], cigarettes_per_day=case["cigarettes_per_day"]
    )


@pytest.mark.parametrize("case", CASES, ids=named)
def test_grade_is_the_vector(case: dict[str, Any]) -> None:
    assert of(case) == pytest.approx(case["adjusted_g_per_l"], rel=1e-9)
    assert grade(of(case), Group(case["group"])).value == case["grade"]


def test_bands_are_the_vectors_table() -> None:
    assert {who.value: list(band) for who, band in BANDS.items()} == section("who_anemia_2024")["groups_g_per_l"]


@pytest.mark.parametrize("row", section("who_anemia_2024")["altitude_table"], ids=lambda row: str(row["from_m"]))
def test_altitude_is_the_vectors_table(row: dict[str, float]) -> None:
    for meters in (row["from_m"], row["to_m"], row["to_m"] + 0.5):
        assert adjusted(100, altitude_m=meters) == 100 - row["subtract_g_per_l"]


@pytest.mark.parametrize("meters", [None, 0, -400, 499.9])
def test_low_and_unknown_places_subtract_nothing(meters: float | None) -> None:
    assert adjusted(100, altitude_m=meters) == 100


def test_above_the_table_its_last_step_holds() -> None:
    assert adjusted(100, altitude_m=5100) == 67


@pytest.mark.parametrize(("daily", "less"), [(1, 3), (9, 3), (10, 5), (19, 5), (20, 6), (60, 6), (0, 0), (-1, 0)])
def test_cigarettes_subtract_by_number(daily: float, less: float) -> None:
    assert adjusted(100, cigarettes_per_day=daily) == 100 - less


def test_a_smoker_of_unknown_amount_is_taken_for_a_light_one() -> None:
    assert adjusted(100, smokes=True) == 97
    assert adjusted(100, smokes=True, cigarettes_per_day=0) == 100
    assert adjusted(100, smokes=False) == 100


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        (date(2020, 9, 14), None),
        (date(2020, 9, 15), Group.CHILD_6_23_MONTHS),
        (date(2022, 3, 14), Group.CHILD_6_23_MONTHS),
        (date(2022, 3, 15), Group.CHILD_24_59_MONTHS),
        (date(2025, 3, 14), Group.CHILD_24_59_MONTHS),
        (date(2025, 3, 15), Group.CHILD_5_11),
        (date(2032, 3, 14), Group.CHILD_5_11),
        (date(2032, 3, 15), Group.CHILD_12_14),
        (date(2035, 3, 14), Group.CHILD_12_14),
        (date(2035, 3, 15), Group.WOMAN),
    ],
)
def test_groups_change_on_the_birthday(on: date, expected: Group | None) -> None:
    assert group(BORN, "female", None, on) is expected


def test_grown_men_and_women_differ_and_unknown_sex_has_no_group() -> None:
    on = date(2040, 1, 1)
    assert group(BORN, "male", None, on) is Group.MAN
    assert group(BORN, "", None, on) is None
    assert group(None, "male", None, on) is None


def test_children_need_no_sex() -> None:
    assert group(BORN, "", None, date(2026, 1, 1)) is Group.CHILD_5_11


def test_pregnancy_goes_before_age() -> None:
    assert group(None, "", 2, date(2026, 1, 1)) is Group.TRIMESTER_2


@pytest.mark.parametrize(
    ("day", "expected"), [(-1, None), (0, 1), (97, 1), (98, 2), (195, 2), (196, 3), (280, 3), (281, None)]
)
def test_trimesters_begin_at_14_and_28_weeks(day: int, expected: int | None) -> None:
    assert trimester([(PERIOD, PERIOD + 280 * DAY)], PERIOD + day * DAY) == expected


def test_a_pregnancy_without_an_end_lasts_42_weeks() -> None:
    assert trimester([(PERIOD, None)], PERIOD + 294 * DAY) == 3
    assert trimester([(PERIOD, None)], PERIOD + 295 * DAY) is None


def test_the_pregnancy_of_the_day_counts() -> None:
    two = [(PERIOD, PERIOD + 60 * DAY), (PERIOD + 400 * DAY, None)]
    assert trimester(two, PERIOD + 100 * DAY) is None
    assert trimester(two, PERIOD + 401 * DAY) == 1


@pytest.mark.parametrize(
    ("on", "months"),
    [
        (date(2020, 3, 15), 0),
        (date(2020, 4, 14), 0),
        (date(2020, 4, 15), 1),
        (date(2021, 3, 14), 11),
        (date(2021, 3, 15), 12),
    ],
)
def test_months_are_completed_ones(on: date, months: int) -> None:
    assert age_months(BORN, on) == months


def test_severe_is_below_70_for_the_small_and_the_pregnant_and_80_for_others() -> None:
    on = date(2026, 1, 1)
    assert severe_below(date(2023, 1, 1), None, on) == 70
    assert severe_below(date(2019, 1, 1), None, on) == 80
    assert severe_below(date(1980, 1, 1), None, on) == 80
    assert severe_below(date(1990, 1, 1), 3, on) == 70
    assert severe_below(None, None, on) is None
    assert severe_below(date(2025, 12, 1), None, on) is None


@given(st.sampled_from(list(Group)), st.floats(20, 180), st.floats(0, 60))
def test_less_hemoglobin_is_never_a_better_grade(who: Group, value: float, less: float) -> None:
    order = list(Grade)
    assert order.index(grade(value - less, who)) >= order.index(grade(value, who))


@given(st.floats(0, 5000), st.floats(0, 5000))
def test_higher_places_never_subtract_less(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert adjusted(100, altitude_m=high) <= adjusted(100, altitude_m=low)


def test_a_patient_is_graded_with_all_that_is_known() -> None:
    on = date(2026, 1, 1)
    found = judged(128, person(WOMAN, altitude_m=1600.0, cigarettes_per_day=25.0, smoking="current"), on)
    assert (found.adjusted, found.group, found.grade) == (111, Group.WOMAN, Grade.MILD)
    pregnant = person(WOMAN, pregnancies=((date(2025, 8, 1), None),))
    assert judged(104, pregnant, on) == anemia.Judged(104, Group.TRIMESTER_2, Grade.MILD)


def test_a_patient_without_birth_date_has_no_grade() -> None:
    found = judged(60, person(CHILD, birth_date=None), date(2026, 1, 1))
    assert (found.group, found.grade) == (None, None)


def test_grades_are_ordered() -> None:
    assert [Grade.SEVERE.worse_than(one) for one in Grade] == [True, True, True, False]
    assert [Grade.NONE.worse_than(one) for one in Grade] == [False] * 4
