"""The form of muting: which rules, which severities, and on which morning it ends."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from alerts import rules
from alerts.muting import LONGEST_DAYS
from monitor.mornings import Offer
from monitor.mute_forms import MuteForm
from patients.models import CareTeam
from tests.alerts.scenes import FALL, MORNING

BERLIN = CareTeam(time_zone="Europe/Berlin", working_from=8, working_until=17)
"""09:00 UTC on 24 November is ten o'clock there."""


def form(**changes: Any) -> MuteForm:
    """Return a form as sent."""
    usual = {"rule": FALL, "severity": "2", "until": "2026-12-01", "reason": "x"}
    return MuteForm({**usual, **changes}, offered=Offer(MORNING, BERLIN))


def test_every_rule_can_be_chosen_by_its_title() -> None:
    offered = MuteForm(offered=Offer(MORNING, BERLIN)).fields["rule"].choices  # type: ignore[attr-defined] # a ChoiceField
    assert offered == [("", "Choose"), *((rule.name, rule.title) for rule in rules.RULES)]


def test_high_is_not_offered() -> None:
    choices = MuteForm(offered=Offer(MORNING, BERLIN)).fields["severity"].choices  # type: ignore[attr-defined] # the same
    assert choices == [(2, "Low and moderate"), (1, "Low only")]


def test_it_ends_when_the_team_begins_to_work() -> None:
    one = form()
    assert one.is_valid()
    assert one.ends_at == datetime(2026, 12, 1, 8, tzinfo=ZoneInfo("Europe/Berlin"))
    assert one.cleaned_data["severity"] == 2


@pytest.mark.parametrize(("days", "fits"), [(0, False), (1, True), (90, True), (91, False), (400, False)])
def test_the_day_lies_ahead_and_within_ninety_days(days: int, fits: bool) -> None:
    one = form(until=(date(2026, 11, 24) + timedelta(days=days)).isoformat())
    assert one.is_valid() is fits
    assert ("until" in one.errors) is not fits


def test_the_browser_is_told_which_days_fit() -> None:
    attrs = MuteForm(offered=Offer(MORNING, BERLIN)).fields["until"].widget.attrs
    assert (attrs["min"], attrs["max"]) == ("2026-11-25", "2027-02-22")
    assert LONGEST_DAYS == 90


@pytest.mark.parametrize("field", ["rule", "until", "reason"])
def test_what_is_missing_is_said_beside_its_field(field: str) -> None:
    assert list(form(**{field: ""}).errors) == [field]
