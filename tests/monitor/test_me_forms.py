"""What a patient sends: a file as chosen or carried along, and typed values that become one."""

from base64 import b64encode
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from hypothesis import given
from hypothesis import strategies as st

from monitor.me_forms import CARRIED, TYPED, FileForm, Sent, TypedForm
from patients.parsers.registry import find
from patients.readings import Reading, RowState
from patients.sandbox import parse
from patients.validation import Frame, validate

AT = datetime(2026, 11, 24, 9, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Berlin")
BORN = date(2015, 5, 17)


def chosen(content: bytes, name: str = "lab.csv", **carried: str) -> FileForm:
    """Return the form of a file that was chosen."""
    files = MultiValueDict({"file": [SimpleUploadedFile(name, content)]})
    return FileForm(sent_as(carried), files)


def sent_as(fields: dict[str, str]) -> QueryDict:
    data = QueryDict(mutable=True)
    data.update(fields)
    return data


def typed(**fields: str) -> TypedForm:
    """Return the form of typed values, of today unless told otherwise."""
    return TypedForm(sent_as({"on": "2026-11-24", **fields}), zone=ZONE, at=AT, born=BORN)


def understood(sent: Sent | None) -> list[Reading]:
    """Return what a file's rows are read as, the way that a laboratory's are."""
    assert sent is not None
    parser = find(sent.content, sent.name)
    assert parser is not None
    rows = validate(parser.parse(sent.content), Frame(now=AT, time_zone=ZONE.key, birth_date=BORN))
    return [row for row in rows if isinstance(row, Reading)]


def test_a_chosen_file_is_taken_as_it_is() -> None:
    form = chosen(b"a;b\n1;2\n", "Befund.csv")
    assert form.is_valid()
    assert form.sent == Sent(b"a;b\n1;2\n", "Befund.csv")


def test_a_carried_file_is_the_same_file() -> None:
    first = chosen(b"\x00\xffa,b")
    assert first.is_valid()
    assert first.sent is not None
    again = FileForm(sent_as({"carried": first.sent.carried, "name": first.sent.name}), MultiValueDict())
    assert again.is_valid()
    assert again.sent == first.sent


def test_a_file_chosen_now_counts_before_one_that_was_carried() -> None:
    form = chosen(b"new", carried=b64encode(b"old").decode(), name="old.csv")
    assert form.is_valid()
    assert form.sent is not None
    assert form.sent.content == b"new"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "Choose a file first."),
        ({"carried": "not base64!"}, "Choose a file first."),
        ({"carried": ""}, "Choose a file first."),
    ],
)
def test_without_a_file_the_form_says_so(fields: dict[str, str], words: str) -> None:
    form = FileForm(sent_as(fields), MultiValueDict())
    assert not form.is_valid()
    assert form.errors["file"] == [words]


def test_an_empty_file_is_refused() -> None:
    form = chosen(b"")
    assert not form.is_valid()
    assert form.errors["file"] == ["There is nothing in this file."]


@pytest.mark.parametrize(("size", "carried"), [(CARRIED, True), (CARRIED + 1, False)])
def test_a_page_carries_only_a_small_file(size: int, carried: bool) -> None:
    assert bool(Sent(b"x" * size, "x").carried) is carried


def test_what_a_page_carries_fits_into_the_field() -> None:
    form = FileForm(sent_as({"carried": Sent(b"\xff" * CARRIED, "x").carried}), MultiValueDict())
    assert form.is_valid()


def test_typed_values_are_read_like_a_laboratorys() -> None:
    form = typed(**{"clock": "08:20", "HGB": "12,6", "HGB-unit": "g/dL", "FE": "13.2", "SPO2": "96"})
    assert form.is_valid(), form.errors
    rows = understood(form.sent)
    assert [(row.code, row.value, row.unit, row.state) for row in rows] == [
        ("HGB", 126.0, "g/L", RowState.ACCEPTED),
        ("FE", 13.2, "umol/L", RowState.ACCEPTED),
        ("SPO2", 96.0, "%", RowState.ACCEPTED),
    ]
    assert {(row.effective_at, row.precision) for row in rows} == {
        (datetime(2026, 11, 24, 7, 20, tzinfo=UTC), "minute")
    }


def test_without_a_time_typed_values_are_of_the_day() -> None:
    form = typed(WEIGHT="20.5")
    assert form.is_valid()
    (row,) = understood(form.sent)
    assert (row.precision, row.effective_at) == ("day", datetime(2026, 11, 23, 23, tzinfo=UTC))
    assert form.sent is not None
    assert form.sent.name == "typed 2026-11-24.csv"


@pytest.mark.parametrize(("code", "unit"), [(code, unit) for code, (_, units) in TYPED.items() for unit in units])
def test_every_offered_test_and_unit_is_understood(code: str, unit: str) -> None:
    form = typed(**{code: "96", f"{code}-unit": unit})
    assert form.is_valid()
    (row,) = understood(form.sent)
    assert row.code == code
    assert row.state in {RowState.ACCEPTED, RowState.HELD}
    assert not {issue.code for issue in row.issues} & {"unknown_unit", "unknown_name", "unit_not_of_analyte"}


@pytest.mark.parametrize("value", ["4l", "12 or 13", "<5", "=1+1", "1e9", "-3", "126 g/L"])
def test_what_is_no_plain_number_is_asked_again(value: str) -> None:
    form = typed(HGB=value)
    assert not form.is_valid()
    assert form.errors["HGB"]
    assert form.sent is None


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({}, "HGB", "Type at least one value."),
        ({"HGB": "126", "on": "2026-11-25"}, "on", "This lies in the future."),
        ({"HGB": "126", "on": "2014-01-01"}, "on", "before the patient’s birth"),
        ({"HGB": "126", "on": ""}, "on", "required"),
        ({"HGB": "126", "HGB-unit": "mg"}, "HGB-unit", "not one of the available choices"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field(fields: dict[str, str], field: str, words: str) -> None:
    form = typed(**fields)
    assert not form.is_valid()
    assert words in form.errors[field][0]
    assert form.sent is None


@given(st.integers(40, 200), st.sampled_from(["", "08:20", "23:59"]))
def test_the_same_values_make_the_same_file(value: int, clock: str) -> None:
    """So that sending twice is sending once."""
    files: list[Any] = []
    for _ in range(2):
        form = typed(HGB=str(value), clock="08:20" if clock == "23:59" else clock)
        assert form.is_valid()
        files.append(form.sent)
    assert files[0] == files[1]


def test_what_is_typed_goes_through_the_sandbox_like_any_file() -> None:
    form = typed(HGB="126", FERRITIN="41")
    assert form.is_valid()
    assert form.sent is not None
    assert [getattr(item, "value", "") for item in parse(form.sent.content, form.sent.name).items] == ["126", "41"]
