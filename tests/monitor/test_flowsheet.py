"""The flowsheet: columns by day, sections by category, flags against the range, arrows against the result before."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.rules.rule import Severity
from monitor.flowsheet import (
    SECTIONS,
    Cell,
    HeldAt,
    Range,
    Result,
    Row,
    Sheet,
    arrow,
    flag_of,
    flowsheet,
    general_range,
)
from patients.analytes import catalogue
from patients.history import PatientFacts
from tests.alerts.rules.histories import CHILD, WOMAN, person

MORNING = datetime(2026, 3, 3, 8, tzinfo=UTC)
TODAY = date(2026, 3, 10)
DAY = timedelta(days=1)


def result(value: float | None = 120.0, *, days: float = 0, code: str = "HGB", **fields: Any) -> Result:
    """Return a hemoglobin of 3 March, or so many days after."""
    at = fields.pop("at", MORNING + days * DAY)
    return Result(id=fields.pop("id", 1), code=code, at=at, value=value, **fields)


def sheet(*results: Result, days: int | None = None, facts: PatientFacts = WOMAN) -> Sheet:
    """Return the sheet of a woman's results."""
    return flowsheet(results, facts, today=TODAY, days=days)


def row(of: Sheet, code: str = "HGB") -> Row:
    """Return the row of an analyte."""
    (found,) = [one for section in of.sections for one in section.rows if one.code == code]
    return found


def values(of: Row) -> list[float | None]:
    """Return what stands in each cell."""
    return [cell.result.value if cell else None for cell in of.cells]


def test_days_are_columns_the_newest_first() -> None:
    found = sheet(result(1), result(3, days=2), result(2, days=1))
    assert [column.day.day for column in found.columns] == [5, 4, 3]
    assert {column.time for column in found.columns} == {""}
    assert values(row(found)) == [3, 2, 1]


def test_what_was_not_measured_is_an_empty_cell() -> None:
    found = sheet(result(120), result(9, code="FE", days=1))
    assert values(row(found)) == [None, 120]
    assert values(row(found, "FE")) == [9, None]


def test_days_are_the_patients() -> None:
    late = result(at=datetime(2026, 3, 3, 23, 30, tzinfo=UTC))
    assert sheet(late, facts=person(time_zone="Europe/Berlin")).columns[0].day == date(2026, 3, 4)
    assert sheet(late, facts=person(time_zone="")).columns[0].day == date(2026, 3, 3)


def test_tests_of_one_day_share_a_column() -> None:
    found = sheet(result(120), result(9, code="FE", days=0.1))
    assert len(found.columns) == 1


def test_a_repeated_test_makes_a_column_of_each_time() -> None:
    found = sheet(result(120), result(112, days=0.5), result(9, code="FE"), result(130, days=-3))
    assert [(column.day.day, column.time) for column in found.columns] == [(3, "20:00"), (3, "08:00"), (28, "")]
    assert values(row(found)) == [112, 120, 130]
    assert values(row(found, "FE")) == [None, 9, None]


def test_two_laboratories_at_one_moment_are_two_columns() -> None:
    found = sheet(result(120, id=1), result(119, id=2), result(9, code="FE", id=3))
    assert [column.time for column in found.columns] == ["08:00", "08:00"]
    assert sorted(value for value in values(row(found)) if value) == [119, 120]
    assert values(row(found, "FE")) == [9, None]


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 23), st.sampled_from(["HGB", "FE", "CRP", "??"])), max_size=40)
)
def test_no_result_hides_another(made: list[tuple[int, int, str]]) -> None:
    results = [
        result(float(place), id=place, at=MORNING + DAY * day + timedelta(hours=hour), code=code)
        for place, (day, hour, code) in enumerate(made)
    ]
    found = sheet(*results)
    cells = [cell for section in found.sections for one in section.rows for cell in one.cells if cell]
    assert sorted(cell.result.id for cell in cells) == list(range(len(made)))
    assert all(len(one.cells) == len(found.columns) for section in found.sections for one in section.rows)
    assert [column.day for column in found.columns] == sorted((column.day for column in found.columns), reverse=True)


def test_a_limit_shows_the_newest_days_and_counts_all() -> None:
    results = [result(120.0 + day, days=day) for day in range(9)]
    found = sheet(*results, result(5, code="FE"), days=3)
    assert (found.days, found.shown, len(found.columns)) == (9, 3, 3)
    assert values(row(found)) == [128, 127, 126]
    assert not [one for section in found.sections for one in section.rows if one.code == "FE"]


def test_an_arrow_compares_with_a_result_that_is_not_shown() -> None:
    found = sheet(result(98), result(120, days=1), days=1)
    (cell,) = row(found).cells
    assert cell is not None
    assert cell.arrow == "↑"


def test_sections_and_rows_stand_in_the_catalogues_order() -> None:
    codes = ("CRP", "FERRITIN", "FE", "MCV", "HGB")
    found = sheet(*(result(1, code=code) for code in codes))
    assert [(section.title, [one.code for one in section.rows]) for section in found.sections] == [
        ("Blood count", ["HGB", "MCV"]),
        ("Iron", ["FE", "FERRITIN"]),
        ("Inflammation", ["CRP"]),
    ]


def test_what_the_catalogue_does_not_know_comes_last_under_its_code() -> None:
    found = sheet(result(1, code="XYZ"), result(120))
    assert [section.title for section in found.sections] == ["Blood count", "Other"]
    assert (row(found, "XYZ").name, row(found, "XYZ").unit) == ("XYZ", "")


def test_every_category_has_a_title() -> None:
    assert {one.category for one in catalogue().values()} <= set(SECTIONS)
    found = sheet(*(result(1, code=code) for code in catalogue()))
    assert len(found.sections) == len({one.category for one in catalogue().values()})
    assert sum(len(section.rows) for section in found.sections) == len(catalogue())


def test_a_row_names_unit_and_general_range() -> None:
    found = row(sheet(result(120)))
    assert (found.name, found.unit, found.range.words) == ("Hemoglobin", "g/L", "120 to 155")
    assert row(sheet(result(120), facts=CHILD)).range.words == "115 to 150"


def test_a_row_names_the_range_of_its_newest_result() -> None:
    own = Range(118, 150)
    assert row(sheet(result(120), result(121, days=1, range=own))).range == own
    assert row(sheet(result(120, range=own), result(121, days=1))).range == Range(120, 155)


@pytest.mark.parametrize(
    ("range_", "words"),
    [
        (Range(115, 155), "115 to 155"),
        (Range(16), "from 16"),
        (Range(None, 5), "up to 5"),
        (Range(), ""),
        (Range(0.5, 2.5), "0.5 to 2.5"),
    ],
)
def test_ranges_are_said(range_: Range, words: str) -> None:
    assert range_.words == words


@pytest.mark.parametrize(
    ("value", "comparator", "flag"),
    [
        (114.9, "", "L"),
        (115, "", ""),
        (155, "", ""),
        (155.1, "", "H"),
        (110, "<", "L"),  # below 110 is below 115
        (115, "<", "L"),  # below 115 is, too
        (115, "<=", ""),  # 115 itself is not
        (120, "<", ""),  # below 120 may be above 115
        (200, "<", ""),  # below 200 says nothing
        (160, ">", "H"),
        (155, ">", "H"),
        (155, ">=", ""),
        (100, ">", ""),
        (110, ">=", ""),
    ],
)
def test_a_flag_is_for_what_is_outside_for_sure(value: float, comparator: str, flag: str) -> None:
    assert Range(115, 155).flag(value, comparator) == flag


@given(st.floats(0, 300), st.floats(0, 300), st.floats(0, 300))
def test_a_value_is_flagged_when_and_only_when_outside(value: float, low: float, high: float) -> None:
    low, high = sorted((low, high))
    assert Range(low, high).flag(value) == ("L" if value < low else "H" if value > high else "")
    assert Range().flag(value) == ""


def test_the_results_own_range_goes_before_the_general_one() -> None:
    assert flag_of(result(118), WOMAN, TODAY) == "L"
    assert flag_of(result(118, range=Range(110, 150)), WOMAN, TODAY) == ""
    assert flag_of(result(118, range=Range(None, 110)), WOMAN, TODAY) == "H"


@pytest.mark.parametrize(("word", "flag"), [("L", "L"), ("LL", "L"), ("HH", "H"), ("N", ""), ("", ""), ("A", "")])
def test_without_any_range_the_laboratorys_word_counts(word: str, flag: str) -> None:
    nobody = person(sex="", birth_date=None)
    assert flag_of(result(118, interpretation=word), nobody, TODAY) == flag
    assert flag_of(result(118, interpretation="H"), WOMAN, TODAY) == "L"  # a range says more than a word


def test_the_range_is_that_of_the_age_at_the_sample() -> None:
    child = person(birth_date=date(2019, 5, 1))
    assert general_range("HGB", child, date(2024, 4, 1)) == Range(110, 137)
    assert general_range("HGB", child, date(2024, 6, 1)) == Range(115, 150)
    assert general_range("XYZ", child, TODAY) == Range()


def test_words_have_no_flag() -> None:
    assert flag_of(result(None, text="negative", code="ANCA"), WOMAN, TODAY) == ""


@pytest.mark.parametrize(
    ("before", "now", "shown"),
    [(120, 112, ""), (120, 111, "↓"), (120, 129, ""), (120, 130, "↑"), (120, 120, "")],
)
def test_an_arrow_is_a_change_that_chance_does_not_explain(before: float, now: float, shown: str) -> None:
    """One-sided 95 % of two results at 3.13 % (clinical specification, B1): −7.0 %, +7.6 %: 111.6 and 129.1 of 120."""
    assert arrow(result(now), result(before)) == shown


@pytest.mark.parametrize(("before", "now", "shown"), [(20, 19.9, "↓"), (20, 20, ""), (20, 20.1, "↑")])
def test_where_the_variation_is_unknown_any_change_is_one(before: float, now: float, shown: str) -> None:
    assert catalogue()["T_CD3"].cvi is None
    for code in ("T_CD3", "XYZ"):
        assert arrow(result(now, code=code), result(before, code=code)) == shown


def test_a_bound_a_word_or_a_first_result_has_no_arrow() -> None:
    assert arrow(result(60), None) == ""
    assert arrow(result(60, comparator="<"), result(120)) == ""
    assert arrow(result(60), result(120, comparator=">")) == ""
    assert arrow(result(None, text="clotted"), result(120)) == ""


def test_a_word_between_two_numbers_does_not_part_them() -> None:
    found = row(sheet(result(120), result(None, text="clotted", days=1), result(90, days=2)))
    assert [cell.arrow for cell in found.cells if cell] == ["↓", "", ""]


@pytest.mark.parametrize(
    ("cell", "looks", "marked"),
    [
        (Cell(result()), "", False),
        (Cell(result(), flag="L"), "v-l", True),
        (Cell(result(), flag="H", arrow="↑"), "v-h", True),
        (Cell(result(severity=Severity.HIGH), flag="L"), "v-c", True),
        (Cell(result(computed=True)), "v-inferred", False),
        (Cell(result(corrected=True), flag="L"), "v-l v-fixed", True),
        (Cell(result(usable=False)), "v-none", True),
        (Cell(result(unconfirmed=True)), "", True),
        (Cell(result(), arrow="↓"), "", True),
        (Cell(result(None, held=HeldAt(UUID(int=1), 4))), "v-held", False),
    ],
)
def test_a_cell_looks_as_what_is_to_be_known_of_it(cell: Cell, looks: str, marked: bool) -> None:
    assert (cell.looks, cell.marked) == (looks, marked)


@pytest.mark.parametrize(
    ("flag", "arrow_", "words"),
    [("L", "↓", "low, lower than before"), ("H", "", "high"), ("", "↑", "higher than before"), ("", "", "")],
)
def test_flag_and_arrow_are_said_in_words(flag: str, arrow_: str, words: str) -> None:
    assert Cell(result(), flag, arrow_).words == words


def test_a_row_knows_whether_anything_in_it_is_flagged() -> None:
    assert row(sheet(result(98), result(130, days=1))).abnormal
    assert not row(sheet(result(130), result(131, days=1), result(9, code="FE", days=2))).abnormal


def test_no_result_is_an_empty_sheet() -> None:
    assert sheet() == Sheet()
