"""When something was, numbers as written, and a form that is sent twice."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django import forms
from django.http import QueryDict
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from monitor.record_forms import (
    REMEMBERED,
    SENT,
    NumberField,
    OccasionForm,
    OnceForm,
    initial_instant,
    remember,
    was_sent,
)

AT = datetime(2026, 3, 29, 12, tzinfo=UTC)
"""Clocks in Vienna went forward that night."""
ZONE = ZoneInfo("Europe/Vienna")
BORN = date(2015, 5, 17)


def occasion(on: str, clock: str = "", *, zone: str = "Europe/Vienna", at: datetime = AT) -> OccasionForm:
    """Return a form sent with a time."""
    return OccasionForm({"on": on, "clock": clock}, zone=ZoneInfo(zone), at=at, born=BORN)


@pytest.mark.parametrize(
    ("on", "clock", "at", "precision"),
    [
        ("2026-03-03", "", "2026-03-02T23:00+00:00", "day"),
        ("2026-03-03", "08:10", "2026-03-03T07:10+00:00", "minute"),
        ("2026-03-03", "00:00", "2026-03-02T23:00+00:00", "minute"),
        ("2026-03-29", "02:30", "2026-03-29T01:30+00:00", "minute"),
        ("2025-10-26", "02:30", "2025-10-26T00:30+00:00", "minute"),
    ],
)
def test_a_time_is_the_patients(on: str, clock: str, at: str, precision: str) -> None:
    form = occasion(on, clock)
    assert form.is_valid(), form.errors
    assert form.instant is not None
    assert (form.instant.at, form.instant.precision) == (datetime.fromisoformat(at), precision)


def test_a_day_is_the_patients_and_not_the_readers() -> None:
    late = datetime(2026, 3, 3, 23, 30, tzinfo=UTC)
    assert occasion("2026-03-04", at=late).is_valid()
    assert not occasion("2026-03-04", zone="America/New_York", at=late).is_valid()


@pytest.mark.parametrize(
    ("on", "clock", "field", "words"),
    [
        ("2026-03-30", "", "on", "This lies in the future."),
        ("2026-03-29", "15:00", "on", "This lies in the future."),
        ("2014-12-31", "", "on", "This is before the patient’s birth."),
        ("1850-01-01", "", "on", "Enter a date after 1900."),
        ("0001-01-01", "", "on", "Enter a date after 1900."),
        ("9999-12-31", "23:59", "on", "This lies in the future."),
        ("", "", "on", "This field is required."),
        ("yesterday", "", "on", "Enter a valid date."),
        ("2026-03-03", "25:00", "clock", "Enter a valid time."),
    ],
)
def test_a_time_that_cannot_be_is_refused_at_its_field(on: str, clock: str, field: str, words: str) -> None:
    form = occasion(on, clock)
    assert form.errors == {field: [words]}
    assert form[field].value() == (on if field == "on" else clock)


def test_an_unknown_birth_date_forbids_nothing() -> None:
    form = OccasionForm({"on": "1950-01-01"}, zone=ZONE, at=AT, born=None)
    assert form.is_valid()


def test_a_new_form_begins_with_the_patients_today() -> None:
    form = OccasionForm(zone=ZoneInfo("Pacific/Auckland"), at=AT, born=None)
    assert form["on"].value() == date(2026, 3, 30)
    assert "In Pacific/Auckland" in form.fields["on"].help_text
    assert 'max="2026-03-30"' in str(form["on"])


@pytest.mark.parametrize(("precision", "clock"), [("day", None), ("minute", time(8, 10))])
def test_a_recorded_time_fills_the_form(precision: str, clock: time | None) -> None:
    at = datetime(2026, 3, 3, 7, 10, 30, tzinfo=UTC)
    assert initial_instant(at, precision, ZONE) == {"on": date(2026, 3, 3), "clock": clock}


@given(st.integers(0, 18_900_000))
def test_a_recorded_minute_comes_back_unchanged(minutes: int) -> None:
    at = datetime(1990, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    filled = initial_instant(at, "minute", ZONE)
    form = OccasionForm({"on": filled["on"], "clock": f"{filled['clock']:%H:%M}"}, zone=ZONE, at=AT, born=None)
    assert form.is_valid()
    assert form.instant is not None
    assert abs((form.instant.at - at).total_seconds()) in {0, 3600}  # the hour that stands on the clock twice
    assert form.instant.precision == "minute"


@pytest.mark.parametrize(("text", "value"), [("12", 12.0), ("12,5", 12.5), (".5", 0.5), ("100", 100.0), ("", None)])
def test_a_number(text: str, value: float | None) -> None:
    assert NumberField(most=100, required=False).clean(text) == value


@pytest.mark.parametrize("text", ["101", "-1", "-0.1", "ten", "1,234", "~5", "5 mg", "<5", "nan", "1e3", "5L"])
def test_no_number(text: str) -> None:
    with pytest.raises(forms.ValidationError):
        NumberField(most=100, required=False).clean(text)


@given(st.text(max_size=50))
def test_any_text_is_a_number_within_bounds_or_asked_again(text: str) -> None:
    try:
        value = NumberField(most=100, required=False).clean(text)
    except forms.ValidationError:
        return
    assert value is None or 0 <= value <= 100


def test_a_number_that_is_needed_is_asked_for() -> None:
    with pytest.raises(forms.ValidationError):
        NumberField(most=100).clean(" ")


def request(mark: str, sent: list[str] | None = None, path: str = "/here/", **fields: str) -> Any:
    """Return a request that sends a form with a mark."""
    made: Any = RequestFactory().post(path, {**({"mark": mark} if mark else {}), **fields})
    made.session = {} if sent is None else {SENT: sent}
    return made


def test_every_form_has_a_mark_of_its_own() -> None:
    marks = {OnceForm()["mark"].value() for _ in range(20)}
    assert len(marks) == 20


def test_a_form_that_was_recorded_is_known_and_another_is_not() -> None:
    one = request("a")
    assert not was_sent(one)
    remember(one)
    assert was_sent(one)
    assert not was_sent(request("b", one.session[SENT]))


def test_a_form_without_a_mark_is_never_known() -> None:
    one = request("")
    remember(one)
    assert one.session == {}
    assert not was_sent(one)


@pytest.mark.parametrize(
    ("known", "path", "fields"),
    [
        (True, "/here/", {"text": "father called", "day": "3"}),
        (True, "/here/", {"day": "3", "text": "father called", "csrfmiddlewaretoken": "another"}),
        (False, "/here/", {"text": "mother called", "day": "3"}),
        (False, "/here/", {"text": "father called"}),
        (False, "/here/", {"text": "father called", "day": "3", "save": ""}),
        (False, "/there/", {"text": "father called", "day": "3"}),
        (False, "/here/", {"text": "father\0called \ud800", "day": "3"}),
    ],
)
def test_what_was_filled_in_otherwise_is_something_else(known: bool, path: str, fields: dict[str, str]) -> None:
    one = request("a", text="father called", day="3", csrfmiddlewaretoken="token")
    remember(one)
    again = request("a", one.session[SENT], path)
    again.POST = QueryDict(mutable=True)
    again.POST.update({"mark": "a", **fields})
    assert was_sent(again) is known


def test_a_session_remembers_so_many() -> None:
    one = request("last", [str(n) for n in range(REMEMBERED)])
    remember(one)
    assert len(one.session[SENT]) == REMEMBERED
    assert one.session[SENT][0] == "1"
    assert was_sent(one)


def test_a_form_of_any_length_costs_little_and_says_nothing() -> None:
    one = request("x" * 100_000, text="hemoptysis" * 10_000)
    remember(one)
    (kept,) = one.session[SENT]
    assert len(kept) == 64
    assert "hemoptysis" not in kept
