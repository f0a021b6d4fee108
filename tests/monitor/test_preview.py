"""What another number would have done: counted over a year, by patient and day, within a limit of time, without a write."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from alerts import rules
from alerts.models import Alert, Notification, Transition, WatchState
from alerts.rules.rule import Judgment, Severity
from monitor.preview import SECONDS, SHOWN, SPAN, Difference, Preview, preview
from patients.choosing import choose
from patients.models import CareTeam, Patient, SettingChange
from tests.factories import member, patient, result, team

pytestmark = pytest.mark.django_db
STEADY = (124, 125, 123, 124, 125, 123)


@pytest.fixture
def north() -> CareTeam:
    return team("north")


@pytest.fixture
def now() -> datetime:
    return timezone.now()


def ill(of: CareTeam, name: str = "Mara Veit", dip: float = 116) -> Patient:
    """Return a patient whose hemoglobin was steady, 116 g/L (6 % below) a month ago, and is steady again."""
    one = patient(of, name)
    for place, value in enumerate([*STEADY, dip, 124, 125]):
        result(one, value, days_ago=(8 - place) * 28 + 1)
    return one


def tried(scope: CareTeam | Patient, value: float, *people: Patient, name: str = "z99", **fields: Any) -> Preview:
    """Try a number out."""
    return preview(scope, name, value, patients={one.pk: one for one in people}, at=timezone.now(), **fields)


def test_a_lower_limit_would_have_raised_more_and_says_which(north: CareTeam) -> None:
    mara = ill(north)
    found = tried(mara, 1.7, mara)
    falls = [one for one in found.differences if one.title == "Hemoglobin below own baseline"]
    assert found.then - found.now == len(found.differences) > 0
    assert [(one.patient, one.only) for one in falls] == [(mara, "then")]
    assert (timezone.now() - falls[0].at).days == 57
    assert found.words == "1 alert instead of 0 in the last 12 months"
    assert found.partial == ""


def test_the_default_changes_nothing(north: CareTeam) -> None:
    mara = ill(north)
    default = next(one.default for rule in rules.RULES for one in rule.settings if one.name == "z99")
    found = tried(mara, default, mara)
    assert (found.now, found.differences) == (found.then, [])
    assert found.judged == found.patients == 1


def test_a_higher_limit_is_only_now(north: CareTeam) -> None:
    mara = ill(north, dip=113)
    found = tried(mara, 3.5, mara)
    falls = [one for one in found.differences if one.title == "Hemoglobin below own baseline"]
    assert [(one.only, one.severity.word) for one in falls] == [("now", "moderate")]


def test_only_the_watches_that_read_a_number_are_asked(north: CareTeam) -> None:
    mara = ill(north)
    found = tried(mara, 60, mara, name="overdue_percent")
    assert found.watches == ("Blood count overdue", "Regular tests overdue")
    assert (found.now, found.then) == (0, 0)
    early = tried(mara, 7, mara, name="blood_count_days")
    assert (early.now, early.then) == (0, 8)  # two days of grace after a week, and 28 days between counts
    assert {one.severity.word for one in early.differences} == {"low"}


def test_whoever_has_a_number_of_their_own_does_not_notice_the_teams(north: CareTeam, now: datetime) -> None:
    mara, omar = ill(north), ill(north, "Omar Said")
    choose(mara, "z99", 2.4, by=member(north), at=now, reason="r")
    found = tried(north, 1.7, mara, omar)
    assert {one.patient for one in found.differences} == {omar}
    choose(mara, "z99", None, by=member(north), at=now, reason="r")
    assert {one.patient for one in tried(north, 1.7, mara, omar).differences} == {mara, omar}


def test_a_chosen_number_is_the_one_of_now(north: CareTeam, now: datetime) -> None:
    mara = ill(north)
    choose(north, "z99", 1.7, by=member(north), at=now, reason="r")
    assert tried(mara, 1.7, mara).differences == []
    back = tried(mara, 2.4, mara)
    assert {one.only for one in back.differences if one.title.startswith("Hemoglobin below")} == {"now"}


def test_a_number_of_to_dos_moves_no_alert(north: CareTeam) -> None:
    mara = ill(north)
    found = tried(mara, 30, mara, name="control_film_days")
    assert (found.watches, found.judged) == ((), 0)
    assert found.words.startswith("No watch reads this number")


def test_who_is_not_reached_in_time_is_counted(north: CareTeam) -> None:
    people = [ill(north, name) for name in ("A", "B", "C")]
    ticks = iter([0.0, 0.1, SECONDS + 0.1])
    found = tried(north, 1.7, *people, clock=lambda: next(ticks))
    assert (found.judged, found.patients) == (2, 3)
    assert found.partial == "of 2 of 3 patients"
    slow = iter([0.0, SECONDS * 5])
    assert tried(people[0], 1.7, people[0], clock=lambda: next(slow)).partial == ""


def written() -> tuple[int, ...]:
    """Return how much there is of everything that a watch or a choice writes."""
    return tuple(kind.objects.count() for kind in (Alert, Transition, Notification, WatchState, SettingChange))


def test_nothing_is_written_and_queries_do_not_grow(north: CareTeam, django_assert_max_num_queries: Any) -> None:
    one, *rest = [ill(north, name) for name in ("A", "B", "C", "D")]
    before = written()
    with django_assert_max_num_queries(9) as asked:
        tried(north, 1.7, one)
    alone = len(asked)
    with django_assert_max_num_queries(alone):
        tried(north, 1.7, one, *rest)
    assert written() == before
    assert not any(row["sql"].startswith(("INSERT", "UPDATE", "DELETE")) for row in asked.captured_queries)


def test_a_rule_in_error_is_named(north: CareTeam, monkeypatch: pytest.MonkeyPatch) -> None:
    mara = ill(north)

    def fails(*_: object) -> Judgment:
        raise ValueError

    failing = [replace(rule, judge=fails) if rule.name == "hemoptysis" else rule for rule in rules.RULES]
    monkeypatch.setattr(rules, "RULES", tuple(failing))
    assert tried(mara, 1.7, mara).failed == {"Hemoptysis"}


def test_only_the_newest_differences_are_shown(now: datetime) -> None:
    one = Patient()
    rows = [Difference(one, now - timedelta(days=day), "t", Severity.LOW, "now") for day in range(SHOWN + 3)]
    found = Preview(1.0, differences=rows)
    assert [row.at for row in found.shown] == [now - timedelta(days=day) for day in range(SHOWN)]
    assert found.unshown == 3
    assert timedelta(days=365) == SPAN
