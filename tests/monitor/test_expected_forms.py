"""The form of expected files: what stands in it, and what is refused beside its field."""

from datetime import date, timedelta
from typing import Any

import pytest

from monitor.expected_forms import ExpectedForm
from patients.expecting import OUT_OF_BOUNDS, OUT_OF_REACH

TODAY = date(2026, 11, 24)
DAY = timedelta(days=1)


def form(**sent: str) -> ExpectedForm:
    """Return a form as sent: every two weeks from today."""
    usual = {"upload_every_days": "14", "upload_expected_from": TODAY.isoformat()}
    return ExpectedForm({**usual, **sent}, every=None, first=None, today=TODAY)


def blank(every: int | None, first: date | None) -> dict[str, Any]:
    """Return what stands in a form that was not sent."""
    one = ExpectedForm(every=every, first=first, today=TODAY)
    return {name: one[name].value() for name in one.fields}


def test_it_begins_with_what_holds_else_with_today() -> None:
    assert blank(None, None) == {"upload_every_days": None, "upload_expected_from": TODAY}
    assert blank(28, TODAY - 9 * DAY) == {"upload_every_days": 28, "upload_expected_from": TODAY - 9 * DAY}
    ended = blank(None, TODAY - 9 * DAY)
    assert ended == {"upload_every_days": None, "upload_expected_from": TODAY}


def test_a_browser_is_told_the_bounds() -> None:
    one = ExpectedForm(every=14, first=TODAY, today=TODAY)
    number, day = (str(one[name]) for name in one.fields)
    assert 'min="1"' in number
    assert 'max="365"' in number
    assert 'min="2025-11-24"' in day
    assert 'max="2027-11-24"' in day
    assert 'value="2026-11-24"' in day


@pytest.mark.parametrize(("every", "days"), [("1", 0), ("365", 365), ("14", -365)])
def test_what_can_be_expected(every: str, days: int) -> None:
    one = form(upload_every_days=every, upload_expected_from=(TODAY + days * DAY).isoformat())
    assert one.is_valid()
    assert one.cleaned_data == {"upload_every_days": int(every), "upload_expected_from": TODAY + days * DAY}


@pytest.mark.parametrize(
    ("field", "sent", "words"),
    [
        ("upload_every_days", "", "Enter every how many days a file is expected."),
        ("upload_every_days", "0", OUT_OF_BOUNDS),
        ("upload_every_days", "366", OUT_OF_BOUNDS),
        ("upload_every_days", "-3", OUT_OF_BOUNDS),
        ("upload_every_days", "1.5", OUT_OF_BOUNDS),
        ("upload_every_days", "two weeks", OUT_OF_BOUNDS),
        ("upload_expected_from", "", "Choose the day from which it is counted."),
        ("upload_expected_from", "2026-02-30", "Enter a valid date."),
        ("upload_expected_from", "2025-11-23", OUT_OF_REACH),
        ("upload_expected_from", "2027-11-25", OUT_OF_REACH),
    ],
)
def test_what_cannot_be_is_said_beside_its_field(field: str, sent: str, words: str) -> None:
    assert form(**{field: sent}).errors == {field: [words]}


def test_both_may_need_mending_at_once() -> None:
    one = form(upload_every_days="0", upload_expected_from="1990-01-01")
    assert set(one.errors) == {"upload_every_days", "upload_expected_from"}
