"""When a snooze ends, which mornings are offered for it, and what is refused beside which field."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from alerts.models import Alert
from alerts.rules.rule import Severity
from monitor.alert_forms import SnoozeForm
from tests.monitor.test_mornings import NOW, offered


def ends(at: datetime = NOW, zone: str = "Europe/Berlin", **sent: Any) -> datetime | dict[str, list[str]]:
    """Return when a snooze ends, or what is refused beside which field."""
    found = SnoozeForm({"reason": "x", **sent}, offered=offered(at, zone), alert=Alert(changed_at=at))
    if not found.is_valid():
        return {name: [str(one) for one in said] for name, said in found.errors.items()}
    moment: datetime = found.cleaned_data["moment"]
    return moment


@pytest.mark.parametrize(
    ("sent", "local"),
    [
        ({"until": "2026-11-25"}, "2026-11-25 08:00"),
        ({"until": "2026-11-27"}, "2026-11-27 08:00"),
        ({"until": "2026-12-01"}, "2026-12-01 08:00"),
        ({"until": "day", "on": "2026-11-25"}, "2026-11-25 08:00"),
        ({"until": "day", "on": "2026-12-08"}, "2026-12-08 08:00"),  # two weeks but two hours ahead
        ({"until": "2026-11-25", "on": "2026-12-05"}, "2026-11-25 08:00"),  # a day that was not asked for
    ],
)
def test_a_snooze_ends_when_the_team_begins_to_work(sent: dict[str, Any], local: str) -> None:
    assert ends(**sent) == datetime.fromisoformat(local).replace(tzinfo=ZoneInfo("Europe/Berlin"))


@pytest.mark.parametrize(
    ("at", "zone", "until", "utc"),
    [
        (datetime(2026, 3, 28, 12, tzinfo=UTC), "Europe/Berlin", "2026-03-29", datetime(2026, 3, 29, 6, tzinfo=UTC)),  # forward
        (datetime(2026, 10, 24, 12, tzinfo=UTC), "Europe/Berlin", "2026-10-25", datetime(2026, 10, 25, 7, tzinfo=UTC)),  # back
        (datetime(2026, 11, 24, 23, 30, tzinfo=UTC), "Europe/Berlin", "2026-11-26", datetime(2026, 11, 26, 7, tzinfo=UTC)),
        (datetime(2026, 11, 24, 3, tzinfo=UTC), "America/New_York", "2026-11-24", datetime(2026, 11, 24, 13, tzinfo=UTC)),
    ],
)  # fmt: skip
def test_days_and_clocks_are_the_teams(at: datetime, zone: str, until: str, utc: datetime) -> None:
    assert ends(at, zone, until=until) == utc
    assert until in days_offered(at, zone)


def days_offered(at: datetime, zone: str = "Europe/Berlin", **sent: str) -> list[str]:
    """Return the days that a form offers at once."""
    shown = SnoozeForm(sent or None, offered=offered(at, zone), alert=Alert(changed_at=at))
    return [value for value, _ in shown.fields["until"].choices if value != "day"]  # type: ignore[attr-defined] # a ChoiceField


def test_what_was_shown_is_what_is_done_even_past_midnight() -> None:
    before, after = datetime(2026, 11, 24, 22, 50, tzinfo=UTC), datetime(2026, 11, 24, 23, 10, tzinfo=UTC)
    tomorrow = days_offered(before)[0]
    assert tomorrow == "2026-11-25"
    assert ends(after, until=tomorrow) == ends(before, until=tomorrow) == datetime(2026, 11, 25, 7, tzinfo=UTC)


def test_what_was_chosen_yesterday_stays_chosen_and_a_morning_gone_by_is_refused_beside_it() -> None:
    later = NOW + timedelta(days=1)
    assert "2026-12-01" not in days_offered(later)
    assert "2026-12-01" in days_offered(later, until="2026-12-01")
    assert ends(later, until="2026-11-25") == {"until": ["Choose a morning to come, 14 days ahead at most."]}
    assert "2026-11-25" not in days_offered(later, until="2026-11-25")


@pytest.mark.parametrize(
    ("hour", "days"),
    [
        (9, ["2026-11-25"]),  # ten in Berlin: tomorrow's eight is 22 hours ahead
        (6, ["2026-11-24"]),  # seven: today's
        (7, ["2026-11-25"]),  # eight: exactly 24 hours
    ],
)
def test_a_high_alert_is_offered_the_mornings_of_a_day(hour: int, days: list[str]) -> None:
    at = NOW.replace(hour=hour)
    high = Alert(changed_at=at, severity=Severity.HIGH)
    shown = SnoozeForm(offered=offered(at), alert=high)
    assert [value for value, _ in shown.fields["until"].choices] == [*days, "day"]  # type: ignore[attr-defined] # a ChoiceField
    picker = shown.fields["on"].widget.attrs
    assert [picker["min"], picker["max"]] == [days[0], days[-1]]
    late = SnoozeForm({"until": "2026-11-27", "reason": "x"}, offered=offered(at), alert=high)
    assert late.errors == {"until": ["Choose a morning to come, 24 hours ahead at most."]}


@pytest.mark.parametrize("hour", range(24))
def test_the_days_that_the_picker_ends_with_are_taken_and_their_neighbors_are_not(hour: int) -> None:
    at = NOW.replace(hour=hour)
    attrs = SnoozeForm(offered=offered(at), alert=Alert(changed_at=at)).fields["on"].widget.attrs
    first, last = date.fromisoformat(attrs["min"]), date.fromisoformat(attrs["max"])
    for day, taken in (
        (first, True),
        (last, True),
        (first - timedelta(days=1), False),
        (last + timedelta(days=1), False),
    ):
        assert isinstance(ends(at, until="day", on=day.isoformat()), datetime) is taken, day


@pytest.mark.parametrize("on", ["2026-11-24", "2026-11-23", "2026-12-09", "0001-01-01", "9999-12-31"])
def test_a_day_that_is_past_or_too_far_is_refused_beside_it(on: str) -> None:
    assert ends(until="day", on=on) == {"on": ["Choose a morning to come, 14 days ahead at most."]}


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"until": "day"}, "on"),
        ({"until": "day", "on": "soon"}, "on"),
        ({"until": "2"}, "until"),
        ({"until": "2026-13-01"}, "until"),
        ({"until": "2026-11-25\0"}, "until"),
        ({"until": ""}, "until"),
        ({"until": "2026-11-25", "reason": " "}, "reason"),
        ({"until": "2026-11-25", "reason": "x" * 301}, "reason"),
    ],
)
def test_what_is_missing_is_asked_beside_its_field(sent: dict[str, Any], field: str) -> None:
    refused = ends(**sent)
    assert isinstance(refused, dict)
    assert set(refused) == {field}


def test_a_day_that_a_zone_left_out_is_refused() -> None:
    """Pacific/Apia had no 30 December 2011 (IANA time zone database)."""
    before = datetime(2011, 12, 29, 22, tzinfo=UTC)
    assert isinstance(ends(before, "Pacific/Apia", until="day", on="2011-12-30"), dict)
    assert ends(before, "Pacific/Apia", until="day", on="2011-12-31") == datetime(2011, 12, 30, 18, tzinfo=UTC)


def test_mornings_are_shown_as_the_reader_reads_times() -> None:
    with timezone.override("America/New_York"):
        shown = SnoozeForm(offered=offered(), alert=Alert(changed_at=NOW))
    words = [str(words).replace("\u00a0", " ") for _, words in shown.fields["until"].choices]  # type: ignore[attr-defined] # a ChoiceField
    assert words == [
        "Tomorrow, 25 Nov, 02:00", "In 3 days, 27 Nov, 02:00", "In 7 days, 1 Dec, 02:00", "A day that I choose",
    ]  # fmt: skip
    day = shown.fields["on"].widget.attrs
    assert (day["min"], day["max"]) == ("2026-11-25", date(2026, 12, 8).isoformat())
