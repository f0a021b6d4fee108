"""Days and times on a patient's own pages, as people say them and where the patient lives."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone, translation

from monitor.templatetags.me import clock, day_of, spoken, spoken_at, weekday

TODAY = date(2026, 11, 24)
LATE = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)


def test_a_day_has_its_weekday() -> None:
    assert weekday(TODAY) == "Tuesday, 24\u00a0November"


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (0, "today"),
        (1, "tomorrow"),
        (-1, "yesterday"),
        (4, "on Saturday 28\u00a0November"),
        (-9, "on Sunday 15\u00a0November"),
    ],
)
def test_a_day_is_said_beside_today(days: int, words: str) -> None:
    assert spoken(TODAY + timedelta(days=days), TODAY) == words


@pytest.mark.parametrize(
    ("zone", "words", "time", "day"),
    [
        ("UTC", "yesterday", "23:30", "24\u00a0November\u00a02026"),
        ("Europe/Berlin", "today", "00:30", "25\u00a0November\u00a02026"),
        ("America/New_York", "yesterday", "18:30", "24\u00a0November\u00a02026"),
    ],
)
def test_a_moment_is_told_where_the_patient_lives(zone: str, words: str, time: str, day: str) -> None:
    with timezone.override(zone):
        assert spoken_at(LATE, LATE + timedelta(hours=7)) == words
        assert (clock(LATE), day_of(LATE)) == (time, day)


def test_the_languages_of_a_browser_do_not_mix_into_the_words() -> None:
    with translation.override("de"):
        assert weekday(TODAY) == "Tuesday, 24\u00a0November"
