"""What a team's page computes: the chain as it stands, who is away, gaps, and changes in words."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from monitor.team_page import AHEAD, SHOWN_CHANGES, Level, desk_of, lines_of, shown
from patients.models import Absence, CareTeam, Duty, Membership, TeamChange, User
from tests.factories import account, member, team

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 28, 8, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def north() -> CareTeam:
    return team("north")


def person(of: CareTeam, name: str, role: str = "nurse", order: int = 0) -> User:
    """Give somebody a place in the chain."""
    user = member(of, role, first_name=name)
    Membership.objects.filter(user=user).update(on_call_order=order)
    return user


def page(of: CareTeam) -> dict[str, Any]:
    """Return what the page shows."""
    return shown(desk_of(of, account(), arranges=True, at=NOW))


def test_the_chain_is_that_of_alerts_with_duties_and_stand_ins(north: CareTeam) -> None:
    nora, _ = person(north, "Nora", order=1), person(north, "Carla", "coordinator", order=1)
    peter, ada = person(north, "Peter", "physician", order=2), person(north, "Ada", "physician")
    Duty.objects.create(team=north, user=ada, level=1, starts_at=NOW, ends_at=NOW + HOUR)
    Absence.objects.create(user=peter, stand_in=nora, starts_at=NOW, ends_at=NOW + HOUR)
    found = page(north)
    assert found["levels"] == [Level(1, "Nora, Ada")]
    assert found["in_chain"]
    assert {str(one.place.user): (one.level, one.away is not None) for one in found["people"]} == {
        "Nora": (1, False), "Carla": (0, False), "Peter": (0, True), "Ada": (1, False)
    }  # fmt: skip


def test_without_a_chain_the_physicians_are_called_and_a_gap_says_so(north: CareTeam) -> None:
    person(north, "Nora")
    person(north, "Peter", "physician")
    found = page(north)
    assert (found["levels"], found["in_chain"]) == ([Level(1, "Peter")], False)
    (hole,) = found["holes"]
    assert (hole.starts_at, hole.ends_at, hole.people) == (NOW, NOW + AHEAD, "Peter")


def test_a_weekend_without_duty_is_a_gap(north: CareTeam) -> None:
    nora = person(north, "Nora")
    for begins, ends in ((0, 1), (3, 70)):
        Duty.objects.create(team=north, user=nora, level=1, starts_at=NOW + begins * DAY, ends_at=NOW + ends * DAY)
    (hole,) = page(north)["holes"]
    assert (hole.starts_at, hole.ends_at, hole.people) == (NOW + DAY, NOW + 3 * DAY, "Nora")


def test_a_team_of_nobody_who_may_act_says_so(north: CareTeam) -> None:
    person(north, "Carla", "coordinator", order=1)
    found = page(north)
    assert found["levels"] == []
    assert [one.people for one in found["holes"]] == [""]


def test_what_is_of_others_or_far_ahead_is_not_shown(north: CareTeam) -> None:
    nora, other = person(north, "Nora", order=1), person(team("south"), "Ilona", order=1)
    for user, of in ((other, team("east")), (other, north)):
        Duty.objects.create(team=of, user=user, starts_at=NOW, ends_at=NOW + DAY)
    Duty.objects.create(team=north, user=nora, starts_at=NOW + AHEAD + DAY, ends_at=NOW + AHEAD + 2 * DAY)
    Absence.objects.create(user=other, starts_at=NOW, ends_at=NOW + DAY)
    desk = desk_of(north, account(), arranges=True, at=NOW)
    assert (desk.duties, desk.absences) == ((), ())
    assert [str(one.user) for one in desk.places] == ["Nora"]


@pytest.mark.parametrize(
    ("what", "detail", "said"),
    [
        ("place", {"before": 0, "after": 2}, "Place in the chain of Nora, not in the chain → level 2"),
        ("member added", {"role": "nurse", "order": 1}, "Added Nora, nurse, level 1"),
        ("member added", {"role": "nurse", "order": 0}, "Added Nora, nurse"),
        ("member ended", {"role": "nurse"}, "Ended the place of Nora, nurse"),
        ("something new", {}, "something new Nora"),
    ],
)
def test_a_change_is_said_in_words(north: CareTeam, what: str, detail: dict[str, Any], said: str) -> None:
    nora = person(north, "Nora")
    TeamChange.objects.create(team=north, at=NOW, what=what, detail={"user": nora.pk, **detail})
    assert [one.words for one in lines_of(north.pk)] == [said]


def test_a_span_is_said_by_the_clock_that_the_page_shows(north: CareTeam) -> None:
    nora, ada = person(north, "Nora"), person(north, "Ada")
    detail = {"user": nora.pk, "stand_in": ada.pk, "from": NOW.isoformat(), "until": (NOW + DAY).isoformat()}
    TeamChange.objects.create(team=north, at=NOW, what="absence", detail=detail)
    with timezone.override("Europe/Berlin"):
        (line,) = lines_of(north.pk)
    assert line.words.replace("\N{NO-BREAK SPACE}", " ") == (
        "Away Nora, 28 Nov 2026, 09:00 to 29 Nov 2026, 09:00, Ada stands in"
    )


def test_the_words_of_an_emergency_text_are_not_repeated(north: CareTeam) -> None:
    detail = {"before": {"emergency_text": "a", "digest_hour": 7}, "after": {"emergency_text": "b", "digest_hour": 6}}
    TeamChange.objects.create(team=north, at=NOW, what="hours", detail=detail)
    assert lines_of(north.pk)[0].words == "Hours: hour of the digest 7 → 6; emergency text"


def test_the_newest_changes_are_shown(north: CareTeam) -> None:
    for number in range(SHOWN_CHANGES + 3):
        TeamChange.objects.create(team=north, at=NOW, what="place", detail={"user": 0, "before": 0, "after": number})
    lines = lines_of(north.pk)
    assert len(lines) == SHOWN_CHANGES
    assert lines[0].words.endswith(f"level {SHOWN_CHANGES + 2}")
    assert "somebody whose account is gone" in lines[0].words
