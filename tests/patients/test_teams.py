"""A team's hours, people, duties and absences: each change is kept with who, when and why, and nothing narrows without a reason."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import pytest

from patients import teams
from patients.models import Absence, CareTeam, Duty, Membership, TeamChange, User
from tests.factories import LONG_AGO, account, member, team

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 28, 8, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def north() -> CareTeam:
    return team("north", time_zone="Europe/Berlin")


@pytest.fixture
def carla(north: CareTeam) -> User:
    return member(north, "coordinator")


def kept() -> list[tuple[str, dict[str, object], str]]:
    """Return what, detail and reason of every change, the first first."""
    return list(TeamChange.objects.order_by("pk").values_list("what", "detail", "reason"))


def place_of(user: User) -> Membership:
    """Return the open place of somebody."""
    return Membership.objects.get(user=user, ends_at=None)


def test_hours_are_changed_and_only_what_is_other_is_kept(north: CareTeam, carla: User) -> None:
    values = {"digest_hour": 6, "working_from": 8, "emergency_text": "Call 112."}
    teams.set_hours(north, values, by=carla, at=NOW, reason=" earlier rounds ")
    north.refresh_from_db()
    assert (north.digest_hour, north.emergency_text, north.time_zone) == (6, "Call 112.", "Europe/Berlin")
    detail = {
        "before": {"digest_hour": 7, "emergency_text": ""},
        "after": {"digest_hour": 6, "emergency_text": "Call 112."},
    }
    assert kept() == [("hours", detail, "earlier rounds")]
    assert TeamChange.objects.get().by == carla
    teams.set_hours(north, values, by=carla, at=NOW)
    assert len(kept()) == 1


def test_an_account_gets_a_place(north: CareTeam, carla: User) -> None:
    ada = account()
    place = teams.add_member(north, ada, "physician", order=2, by=carla, at=NOW)
    assert (place.role, place.on_call_order, place.starts_at, place.ends_at) == ("physician", 2, NOW, None)
    assert kept() == [("member added", {"user": ada.pk, "role": "physician", "order": 2}, "")]


def test_who_has_a_place_is_closed_or_asks_for_themselves_gets_none(north: CareTeam, carla: User) -> None:
    refusals: list[tuple[User, User, str]] = [
        (member(north, "nurse"), carla, "a member already"),
        (account(is_active=False), carla, "closed"),
        (carla, carla, "Nobody gives themselves"),
    ]
    for user, by, words in refusals:
        with pytest.raises(ValueError, match=words):
            teams.add_member(north, user, "nurse", order=0, by=by, at=NOW)
    assert kept() == []


def test_a_place_ends_with_a_reason_is_kept_and_may_begin_again(north: CareTeam, carla: User) -> None:
    nurse = member(north, "nurse")
    place = place_of(nurse)
    with pytest.raises(ValueError, match="Say why"):
        teams.end_member(place, by=carla, at=NOW, reason="  ")
    teams.end_member(place, by=carla, at=NOW, reason="moved")
    assert kept() == [("member ended", {"user": nurse.pk, "role": "nurse"}, "moved")]
    assert Membership.objects.get(pk=place.pk).ends_at == NOW
    with pytest.raises(ValueError, match="ended already"):
        teams.end_member(place, by=carla, at=NOW + HOUR, reason="moved")
    teams.add_member(north, nurse, "nurse", order=1, by=carla, at=NOW + HOUR)
    assert Membership.objects.filter(user=nurse).count() == 2


def test_who_is_taken_off_the_chain_is_so_for_a_reason(north: CareTeam, carla: User) -> None:
    nurse = member(north, "nurse")
    teams.set_place(place_of(nurse), 2, by=carla, at=NOW)
    teams.set_place(place_of(nurse), 2, by=carla, at=NOW)
    with pytest.raises(ValueError, match="Say why"):
        teams.set_place(place_of(nurse), 0, by=carla, at=NOW)
    teams.set_place(place_of(nurse), 0, by=carla, at=NOW, reason="days only")
    changes = [(detail["before"], detail["after"], reason) for _, detail, reason in kept()]
    assert changes == [(0, 2, ""), (2, 0, "days only")]
    assert place_of(nurse).on_call_order == 0


def test_somebody_is_put_on_duty_once_at_a_time(north: CareTeam, carla: User) -> None:
    nurse = member(north, "nurse")
    span = {"starts_at": NOW + HOUR, "ends_at": NOW + 13 * HOUR}
    duty = teams.put_on_duty(north, nurse, 1, **span, by=carla, at=NOW)
    assert (duty.team, duty.user, duty.level) == (north, nurse, 1)
    assert kept()[0][1]["from"] == "2026-11-28T09:00:00+00:00"
    with pytest.raises(ValueError, match="has a duty then"):
        teams.put_on_duty(north, nurse, 2, starts_at=NOW + 12 * HOUR, ends_at=NOW + DAY, by=carla, at=NOW)
    teams.put_on_duty(north, nurse, 2, starts_at=NOW + 13 * HOUR, ends_at=NOW + DAY, by=carla, at=NOW)


@pytest.mark.parametrize(
    ("begins", "ends", "words"),
    [
        (HOUR, HOUR, "before it begins"),
        (-2 * HOUR, -HOUR, "over already"),
        (-365 * DAY - HOUR, HOUR, "more than a year ago"),
        (HOUR, 730 * DAY + HOUR, "more than two years from now"),
        (-HOUR, 730 * DAY, "longer than two years"),
        (-2 * 365 * DAY, 35 * 365 * DAY, "more than a year ago.*more than two years from now"),
    ],
)
def test_a_span_that_cannot_be_is_refused(
    north: CareTeam, carla: User, begins: timedelta, ends: timedelta, words: str
) -> None:
    nurse = member(north, "nurse")
    span = {"starts_at": NOW + begins, "ends_at": NOW + ends}
    with pytest.raises(ValueError, match=words):
        teams.put_on_duty(north, nurse, 1, **span, by=carla, at=NOW)
    with pytest.raises(ValueError, match=words):
        teams.say_absent(north, nurse, **span, stand_in=None, by=nurse, at=NOW)
    assert kept() == []


@pytest.mark.parametrize(("begins", "ends"), [(-365 * DAY, 365 * DAY), (timedelta(0), 730 * DAY)])
def test_a_span_of_two_years_is_taken(north: CareTeam, carla: User, begins: timedelta, ends: timedelta) -> None:
    """The end of the bounds is within them, in the database too."""
    nurse = member(north, "nurse")
    span = {"starts_at": NOW + begins, "ends_at": NOW + ends}
    teams.put_on_duty(north, nurse, 1, **span, by=carla, at=NOW)
    teams.say_absent(north, nurse, **span, stand_in=None, by=nurse, at=NOW)
    assert Duty.objects.get().ends_at == Absence.objects.get().ends_at == NOW + ends


def test_the_last_minute_of_all_is_refused_in_any_zone() -> None:
    """West of UTC it is in the year 10000, which Python cannot read."""
    last = datetime(9999, 12, 31, 23, 59, tzinfo=timezone(-5 * HOUR))
    assert list(teams.wrong_span(NOW, last, NOW)) == ["ends_at"]
    first = datetime(1, 1, 1, tzinfo=timezone(5 * HOUR))
    assert list(teams.wrong_span(first, last, NOW)) == ["starts_at", "ends_at"]


@pytest.mark.parametrize(("begins", "left"), [(HOUR, None), (timedelta(0), None), (-HOUR, NOW)])
def test_what_has_not_begun_is_taken_back_and_what_has_ends_now(
    north: CareTeam, carla: User, begins: timedelta, left: datetime | None
) -> None:
    nurse = member(north, "nurse")
    span = {"starts_at": NOW + begins, "ends_at": NOW + DAY}
    duty = Duty.objects.create(team=north, user=nurse, **span)
    absence = Absence.objects.create(user=nurse, **span)
    with pytest.raises(ValueError, match="Say why"):
        teams.end_duty(duty, by=carla, at=NOW, reason="")
    teams.end_duty(duty, by=carla, at=NOW, reason="swapped")
    teams.end_absence(north, absence, by=nurse, at=NOW)
    assert list(Duty.objects.values_list("ends_at", flat=True)) == ([] if left is None else [left])
    assert list(Absence.objects.values_list("ends_at", flat=True)) == ([] if left is None else [left])
    assert [(what, reason) for what, _, reason in kept()] == [("duty ended", "swapped"), ("absence ended", "")]


def test_an_absence_is_said_once_with_who_stands_in(north: CareTeam) -> None:
    nurse, other = member(north, "nurse"), member(north, "nurse")
    span = {"starts_at": NOW, "ends_at": NOW + DAY}
    absence = teams.say_absent(north, nurse, **span, stand_in=other, by=nurse, at=NOW)
    assert (absence.user, absence.stand_in) == (nurse, other)
    assert kept()[0][1]["stand_in"] == other.pk
    with pytest.raises(ValueError, match="away then already"):
        teams.say_absent(north, nurse, **span, stand_in=None, by=nurse, at=NOW)
    with pytest.raises(ValueError, match="Somebody else"):
        teams.say_absent(north, other, **span, stand_in=other, by=other, at=NOW)


def test_every_team_of_the_person_keeps_an_absence(north: CareTeam, carla: User) -> None:
    nurse = member(north, "nurse")
    south, east, west = (team(name) for name in ("south", "east", "west"))
    Membership.objects.create(user=nurse, team=south, role="nurse", starts_at=LONG_AGO)
    Membership.objects.create(user=nurse, team=east, role="nurse", starts_at=LONG_AGO, ends_at=NOW)
    Membership.objects.create(user=nurse, team=west, role="nurse", starts_at=NOW + HOUR)
    absence = teams.say_absent(north, nurse, starts_at=NOW, ends_at=NOW + DAY, stand_in=None, by=carla, at=NOW)
    teams.end_absence(north, absence, by=nurse, at=NOW + HOUR / 2)
    for there in (north, south):
        assert [(one.what, one.by) for one in teams.changes_of(there.pk)] == [
            ("absence ended", nurse),
            ("absence", carla),
        ]
    assert len(kept()) == 4
    assert {str(detail) for what, detail, _ in kept() if what == "absence"} == {str(kept()[0][1])}


def test_what_is_read_touches_the_span(north: CareTeam) -> None:
    nurse = member(north, "nurse")
    for days in (-3, -1, 0, 2, 9):
        span = {"starts_at": NOW + days * DAY, "ends_at": NOW + (days + 1) * DAY}
        Duty.objects.create(team=north, user=nurse, **span)
        Absence.objects.create(user=nurse, **span)
    span = {"starts_at": NOW, "ends_at": NOW + 2 * DAY}
    assert [(one.starts_at - NOW).days for one in teams.duties_in(north.pk, **span)] == [0, 2]
    assert [(one.starts_at - NOW).days for one in teams.absences_in([nurse.pk], **span)] == [0, 2]
    assert not teams.absences_in([], **span)


@pytest.mark.parametrize(
    ("change", "there"),
    [
        ({}, True),
        ({"ends_at": NOW}, False),
        ({"ends_at": NOW + HOUR}, True),
        ({"starts_at": NOW + 3 * DAY}, False),
        ({"starts_at": NOW + HOUR}, True),
    ],
)
def test_members_are_who_has_a_place_at_any_time_of_the_span(
    north: CareTeam, change: dict[str, datetime], there: bool
) -> None:
    Membership.objects.filter(pk=place_of(member(north, "nurse")).pk).update(**change)
    found = teams.members_in(north.pk, starts_at=NOW, ends_at=NOW + DAY)
    assert [one.role for one in found] == (["nurse"] if there else [])


def test_who_may_not_log_in_is_no_member(north: CareTeam) -> None:
    member(north, "nurse", is_active=False)
    assert not teams.members_in(north.pk, starts_at=LONG_AGO, ends_at=NOW)


def test_a_change_that_fails_is_not_kept(north: CareTeam, carla: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise RuntimeError

    nurse = member(north, "nurse")
    monkeypatch.setattr(teams, "_keep", fails)
    attempts: list[Callable[[], object]] = [
        lambda: teams.set_hours(north, {"digest_hour": 3}, by=carla, at=NOW),
        lambda: teams.set_place(place_of(nurse), 3, by=carla, at=NOW),
        lambda: teams.end_member(place_of(nurse), by=carla, at=NOW, reason="x"),
    ]
    for attempt in attempts:
        with pytest.raises(RuntimeError):
            attempt()
    north.refresh_from_db()
    assert (north.digest_hour, place_of(nurse).on_call_order) == (7, 0)


def test_changes_are_read_newest_first(north: CareTeam, carla: User) -> None:
    for hour in (5, 6):
        teams.set_hours(north, {"digest_hour": hour}, by=carla, at=NOW)
    assert [one.detail["after"]["digest_hour"] for one in teams.changes_of(north.pk)] == [6, 5]
    assert not teams.changes_of(team("south").pk)
