"""The grid of results as a form: rows, units, what is asked and what an answer is about."""

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from monitor.record_results import MOST_ROWS, NO_VALUE, USUAL, ResultsForm, code_of, units_of
from patients.analytes import analyte, catalogue
from patients.entering import Mark
from patients.event_kinds import event_of_analyte
from patients.validation import Frame

AT = datetime(2026, 3, 3, 12, tzinfo=UTC)
FRAME = Frame(now=AT, time_zone="Europe/Vienna", birth_date=date(2015, 5, 17), sex="female")


def query(sent: dict[str, Any]) -> QueryDict:
    """Return what a browser sends."""
    data = QueryDict(mutable=True)
    for name, value in {"on": "2026-03-03", **sent}.items():
        data.setlist(name, value if isinstance(value, list) else [value])
    return data


def grid(sent: dict[str, Any] | None = None, *, confirming: bool = True, adding: bool = False) -> ResultsForm:
    """Return the grid, sent with a date unless told otherwise."""
    data = None if sent is None else query(sent)
    zone = ZoneInfo("Europe/Vienna")
    return ResultsForm(
        data, frame=FRAME, confirming=confirming, adding=adding, zone=zone, at=AT, born=date(2015, 5, 17)
    )


def test_the_grid_begins_with_the_usual_tests_in_their_canonical_units() -> None:
    rows = grid().rows()
    assert [row.analyte.code for row in rows] == list(USUAL)
    assert [row.unit.field.choices[0][0] for row in rows if row.unit] == [  # type: ignore[attr-defined]
        "g/L", "umol/L", "umol/L", "ug/L", "%", "mg/L", "%", "L", "L",
    ]  # fmt: skip
    assert not any(row.asked or row.contradicts or row.extra for row in rows)


@pytest.mark.parametrize("code", sorted(set(catalogue()) - set(event_of_analyte()) - set(USUAL)))
def test_every_other_test_can_be_added_by_its_name(code: str) -> None:
    form = grid({"another": analyte(code).name, "value-HGB": "104"}, adding=True)
    assert form.errors == {}
    assert [row.analyte.code for row in form.rows() if row.extra] == [code]
    assert form["value-HGB"].value() == "104"
    assert form["another"].value() == ""


def test_what_can_be_added_is_offered_by_name() -> None:
    names = grid().names()
    assert "Lactate dehydrogenase" in names
    assert "Hemoglobin" not in names
    assert "Sputum siderophages" not in names


@pytest.mark.parametrize(("name", "code"), [("LDH", "LDH"), ("ldh", "LDH"), ("Kreatinin", "CREA"), ("HGB", "HGB")])
def test_a_test_is_known_by_what_laboratories_call_it(name: str, code: str) -> None:
    assert code_of(name) == code


@pytest.mark.parametrize("name", ["", "quicksilver", "x" * 300])
def test_an_unknown_name_is_no_test(name: str) -> None:
    assert code_of(name) is None


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "Name a test."),
        ("quicksilver", "No single test is known as “quicksilver”."),
        ("SP_SIDERO", "This is recorded as an event: sputum."),
    ],
)
def test_what_cannot_be_added_is_said_and_everything_is_kept(name: str, words: str) -> None:
    form = grid({"another": name, "value-HGB": "1o4", "extra": ["LDH"]}, adding=True)
    assert form.errors == {"another": [words]}
    assert form["value-HGB"].value() == "1o4"
    assert [row.analyte.code for row in form.rows() if row.extra] == ["LDH"]


def test_a_test_that_is_there_is_not_added_twice() -> None:
    form = grid({"another": "LDH", "extra": ["LDH", "LDH"]}, adding=True)
    assert [row.analyte.code for row in form.rows() if row.extra] == ["LDH"]


def test_rows_asked_for_are_tests_that_can_be_typed_and_not_endless() -> None:
    form = grid({"extra": ["nonsense", "SP_SIDERO", "HGB", *catalogue()]})
    assert len(form.rows()) == MOST_ROWS
    assert not set(event_of_analyte()) & set(form.codes)


def test_an_ordinal_test_is_a_choice_and_has_no_unit() -> None:
    (row,) = [row for row in grid({"extra": ["ANISO"]}).rows() if row.extra]
    assert row.unit is None
    assert [one for one, _ in row.value.field.choices] == ["", *analyte("ANISO").allowed]  # type: ignore[attr-defined]


def test_a_number_without_unit_has_no_choice_of_units() -> None:
    (row,) = [row for row in grid({"extra": ["PH_A"]}).rows() if row.extra]
    assert row.unit is None or len(units_of(analyte("PH_A"))) > 1


def test_values_are_read() -> None:
    form = grid({"value-HGB": "10,4", "unit-HGB": "g/dL", "value-CRP": "12", "unit-CRP": "mg/L", "performer": "Lab A"})
    assert form.is_valid(), form.errors
    read = {one.code: one for one in form.answers if one.mark is Mark.READ}
    assert set(read) == {"HGB", "CRP"}
    assert read["HGB"].reading is not None
    assert (read["HGB"].reading.value, read["HGB"].reading.performer) == (104.0, "Lab A")


def test_nothing_typed_is_asked_for_at_the_first_value() -> None:
    assert grid({}).errors == {"value-HGB": [NO_VALUE]}


def test_each_mistake_is_told_at_its_field() -> None:
    form = grid({"value-HGB": "980", "unit-HGB": "g/L", "value-CRP": "x", "unit-CRP": "mg/L", "value-FE": "9"})
    assert set(form.errors) == {"value-HGB", "value-CRP", "value-FE"}
    assert "has no unit" in form.errors["value-FE"][0]
    assert "980 g/L is not possible" in form.errors["value-HGB"][0]


def test_a_unit_that_is_none_of_the_tests_is_refused() -> None:
    assert list(grid({"value-HGB": "104", "unit-HGB": "kg"}).errors) == ["unit-HGB"]


def test_a_wrong_date_is_told_before_values_are_judged() -> None:
    form = grid({"on": "2031-01-01", "value-HGB": "x"})
    assert form.errors == {"on": ["This lies in the future."]}
    assert form.answers == []


LOW = {"value-HGB": "38", "unit-HGB": "g/L", "clock": "08:10"}


def said(form: ResultsForm, code: str = "HGB") -> str:
    """Return what an answer has to repeat."""
    return next(row.said for row in form.rows() if row.analyte.code == code)


def test_what_is_unusual_is_asked_and_confirmed() -> None:
    asked = grid(LOW)
    assert asked.errors == {"value-HGB": ["38 g/L is unusually low for Hemoglobin. Is it right?"]}
    assert asked.rows()[0].asked
    assert said(asked) == "2026-03-03 08:10 38 g/L"
    assert grid({**LOW, "right-HGB": said(asked)}).is_valid()


@pytest.mark.parametrize(
    "changed", [{"value-HGB": "37"}, {"unit-HGB": "g/dL"}, {"clock": "08:11"}, {"on": "2026-03-02"}]
)
def test_an_answer_is_about_one_value_at_one_time(changed: dict[str, str]) -> None:
    answer = said(grid(LOW))
    assert not grid({**LOW, "right-HGB": answer, **changed}).is_valid()


def test_who_may_not_confirm_is_not_heard() -> None:
    assert not grid({**LOW, "right-HGB": said(grid(LOW))}, confirming=False).is_valid()


def test_a_correction_needs_its_reason() -> None:
    sent = {"value-HGB": "98", "unit-HGB": "g/L"}
    sent["corrects-HGB"] = f"17 {said(grid(sent))}"
    form = grid(sent)
    assert list(form.errors) == ["reason"]
    assert form.typed()[0].corrects == 17
    assert grid({**sent, "reason": "another tube"}).is_valid()


@pytest.mark.parametrize("answer", ["", "17", "x 2026-03-03  98 g/L", "17 2026-03-03  99 g/L", "²  98"])
def test_a_correction_is_about_one_value_too(answer: str) -> None:
    form = grid({"value-HGB": "98", "unit-HGB": "g/L", "corrects-HGB": answer})
    assert form.typed()[0].corrects is None


@given(st.dictionaries(st.sampled_from(["value-HGB", "unit-HGB", "clock", "extra", "right-HGB"]), st.text(max_size=20)))
def test_whatever_is_sent_is_kept_and_answered(sent: dict[str, str]) -> None:
    form = grid(sent)
    if not form.is_valid():
        assert form.errors
    assert form["value-HGB"].value() == sent.get("value-HGB")
