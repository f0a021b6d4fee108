"""The page of a team: who sees and changes it, what a change leaves behind, and that nothing typed is lost."""

import re
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from patients.models import Absence, CareTeam, Duty, Membership, TeamChange, User
from tests.factories import account, browser, caregiver, guest, member, patient, team
from tests.monitor.recording_desk import words

pytestmark = pytest.mark.django_db
ZONE = ZoneInfo("Pacific/Auckland")


@pytest.fixture
def north() -> CareTeam:
    return team("north", time_zone=ZONE.key)


@pytest.fixture
def carla(north: CareTeam) -> User:
    return member(north, "coordinator", first_name="Carla", last_name="Weiss")


@pytest.fixture
def nora(north: CareTeam) -> User:
    found = member(north, "nurse", first_name="Nora", last_name="Reyes")
    Membership.objects.filter(user=found).update(on_call_order=1)
    return found


def address(north: CareTeam) -> str:
    """Return the page."""
    return f"/settings/{north.pk}/people/"


def send(who: User, north: CareTeam, act: str, **fields: Any) -> Any:
    """Send one form."""
    return browser(who).post(address(north), {"act": act, **fields}, follow=True)


def place(of: User) -> Membership:
    """Return the open place of somebody."""
    return Membership.objects.get(user=of, ends_at=None)


def hours(ahead: float) -> str:
    """Return a time from now as the team's clock shows it and a form sends it."""
    return (timezone.now() + timedelta(hours=ahead)).astimezone(ZONE).strftime("%Y-%m-%dT%H:%M")


def test_it_says_who_would_be_called_now_and_in_which_order(north: CareTeam, carla: User, nora: User) -> None:
    peter = member(north, first_name="Peter", last_name="Hansen")
    Membership.objects.filter(user=peter).update(on_call_order=2)
    said = " ".join(re.sub("<[^>]+>", " ", words(browser(nora).get(address(north)))).split())
    assert "At once, and after 30 minutes Nora Reyes After 60 minutes Peter Hansen" in said
    assert "Each further 60 minutes all of them, until somebody has it" in said
    assert "Not told of alerts" in said
    assert "Pacific/Auckland" in said


def test_a_member_reads_and_is_offered_the_own_absence_alone(north: CareTeam, carla: User, nora: User) -> None:
    page = browser(nora).get(address(north)).content.decode()
    assert 'name="act" value="absence"' in page
    for act in ("hours", "add", "duty", "place", "end"):
        assert f'name="act" value="{act}"' not in page
    assert "?change=place-" not in page


@pytest.mark.parametrize("act", ["hours", "add", "place", "end", "duty", "duty-end"])
@pytest.mark.parametrize("role", ["nurse", "physician"])
def test_a_member_changes_nothing_of_others(north: CareTeam, nora: User, role: str, act: str) -> None:
    fields = {"row": place(nora).pk, "order": "0", "reason": "x", "digest_hour": "3"}
    assert send(member(north, role), north, act, **fields).status_code == 403
    assert not TeamChange.objects.exists()


@pytest.mark.parametrize("by", ["coordinator", "administrator"])
def test_who_arranges_adds_an_account_to_the_team(north: CareTeam, by: str) -> None:
    who = member(north, "coordinator") if by == "coordinator" else account(is_staff=True)
    new = account("ada@example.org", first_name="Ada", last_name="Lind")
    said = words(send(who, north, "add", email="Ada@Example.org", role="physician", order="2"))
    assert "Added. They see the team’s patients from now on." in said
    assert "Added Ada Lind, physician, level 2" in said
    assert (place(new).role, place(new).on_call_order) == ("physician", 2)


@pytest.mark.parametrize(
    ("email", "message"),
    [
        ("nobody@example.org", "There is no account of this address."),
        ("carla", "Enter a valid email address."),
        ("", "This field is required."),
    ],
)
def test_an_address_without_an_account_is_said_beside_the_field(
    north: CareTeam, carla: User, email: str, message: str
) -> None:
    page = send(carla, north, "add", email=email, role="nurse", order="0")
    assert page.status_code == 400
    assert message in words(page)
    assert "Not saved yet." in words(page)
    assert f'value="{email}"' in page.content.decode() or not email
    assert Membership.objects.count() == 1


def test_nobody_gives_themselves_a_place(north: CareTeam) -> None:
    admin = account("admin@example.org", is_staff=True)
    page = send(admin, north, "add", email=admin.email, role="physician", order="1")
    assert page.status_code == 400
    assert "Nobody gives themselves a place" in words(page)
    assert not Membership.objects.exists()


def test_a_place_is_changed_in_its_row(north: CareTeam, carla: User, nora: User) -> None:
    key = place(nora).pk
    form = browser(carla).get(address(north), {"change": f"place-{key}"}).content.decode()
    assert f'name="row" value="{key}"' in form
    said = words(send(carla, north, "place", row=key, order="3", reason="fewer nights"))
    assert "Place in the chain of Nora Reyes, level 1 → level 3, by Carla Weiss. fewer nights" in said
    assert place(nora).on_call_order == 3


def test_a_place_ends_for_a_reason_only(north: CareTeam, carla: User, nora: User) -> None:
    key = place(nora).pk
    page = send(carla, north, "end", row=key, reason="")
    assert page.status_code == 400
    assert "Say why: the team sees it below." in words(page)
    assert f'name="row" value="{key}"' in page.content.decode()
    said = words(send(carla, north, "end", row=key, reason="moved"))
    assert "Ended the place of Nora Reyes, nurse, by Carla Weiss. moved" in said
    assert browser(nora).get(address(north)).status_code == 404


def test_what_is_not_of_the_team_is_not_touched(north: CareTeam, carla: User) -> None:
    other = member(team("south"), "nurse")
    page = send(carla, north, "end", row=place(other).pk, reason="x")
    assert page.status_code == 400
    assert "It is not there any more" in words(page)
    assert place(other).ends_at is None


def test_a_duty_is_read_by_the_teams_clock(north: CareTeam, carla: User, nora: User) -> None:
    begins, ends = hours(24), hours(36)
    said = words(send(carla, north, "duty", person=nora.pk, level="2", begins=begins, ends=ends))
    assert "On duty Nora Reyes, level 2" in said
    duty = Duty.objects.get()
    assert duty.starts_at.astimezone(ZONE).strftime("%Y-%m-%dT%H:%M") == begins
    assert (duty.ends_at - duty.starts_at, duty.level) == (timedelta(hours=12), 2)
    ended = words(send(carla, north, "duty-end", row=duty.pk, reason="swapped"))
    assert "Duty ended of Nora Reyes, level 2" in ended
    assert not Duty.objects.exists()


@pytest.mark.parametrize(
    ("begins", "ends", "message"),
    [
        (24, 12, "It ends before it begins."),
        (-24, -12, "It is over already."),
    ],
)
def test_a_span_that_cannot_be_is_refused_and_kept(
    north: CareTeam, carla: User, nora: User, begins: float, ends: float, message: str
) -> None:
    page = send(carla, north, "duty", person=nora.pk, level="1", begins=hours(begins), ends=hours(ends))
    assert page.status_code == 400
    assert message in words(page)
    assert f'value="{hours(begins)}"' in page.content.decode()
    assert not Duty.objects.exists()


def test_a_time_that_the_clocks_skip_is_refused_beside_the_field(north: CareTeam, carla: User, nora: User) -> None:
    """Clocks in Auckland went from 2:00 to 3:00 on 27 September 2026."""
    page = send(carla, north, "duty", person=nora.pk, level="1", begins="2026-09-27T02:30", ends="2026-09-28T08:00")
    assert page.status_code == 400
    assert "couldn’t be interpreted in time zone" in words(page)


def test_everybody_says_the_own_absence_and_ends_it(north: CareTeam, nora: User) -> None:
    member(north, first_name="Peter")
    send(nora, north, "absence", person=nora.pk, stand_in="", begins=hours(-1), ends=hours(48))
    absence = Absence.objects.get()
    assert (absence.user, absence.stand_in) == (nora, None)
    assert "Away until" in words(browser(nora).get(address(north)))
    said = words(send(nora, north, "absence-end", row=absence.pk))
    assert "Ended: they are told again." in said
    assert Absence.objects.get().ends_at <= timezone.now()


def test_nobody_says_or_ends_anothers_but_who_arranges(north: CareTeam, carla: User, nora: User) -> None:
    peter = member(north)
    fields = {"stand_in": peter.pk, "begins": hours(1), "ends": hours(48)}
    assert send(peter, north, "absence", person=nora.pk, **fields).status_code == 400
    assert not Absence.objects.exists()
    assert send(carla, north, "absence", person=nora.pk, **fields).status_code == 200
    absence = Absence.objects.get()
    assert (absence.user, absence.stand_in) == (nora, peter)
    assert send(peter, north, "absence-end", row=absence.pk).status_code == 400
    assert Absence.objects.exists()


def test_an_administrator_has_no_own_absence_and_arranges_others(north: CareTeam, nora: User) -> None:
    admin = account(is_staff=True)
    span = {"begins": hours(1), "ends": hours(2)}
    assert send(admin, north, "absence", person=admin.pk, stand_in="", **span).status_code == 400
    assert send(admin, north, "absence", person=nora.pk, stand_in="", **span).status_code == 200


def test_hours_are_changed_and_said(north: CareTeam, carla: User) -> None:
    fields = {"time_zone": "Europe/Paris", "digest_hour": "6", "working_from": "7", "working_until": "16"}
    said = words(send(carla, north, "hours", **fields, emergency_text="Call 112.", reason="new rounds"))
    assert "time zone Pacific/Auckland → Europe/Paris; hour of the digest 7 → 6" in said
    assert "emergency text, by Carla Weiss. new rounds" in said
    north.refresh_from_db()
    assert (north.time_zone, north.working_until, north.emergency_text) == ("Europe/Paris", 16, "Call 112.")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"time_zone": "Mars/Base"}, "There is no such time zone."),
        ({"working_from": "17", "working_until": "8"}, "It ends before it begins."),
        ({"digest_hour": "24"}, "less than or equal to 23"),
    ],
)
def test_hours_that_cannot_be_are_refused(north: CareTeam, carla: User, change: dict[str, str], message: str) -> None:
    fields = {"time_zone": "Europe/Paris", "digest_hour": "6", "working_from": "7", "working_until": "16", **change}
    page = send(carla, north, "hours", **fields)
    assert page.status_code == 400
    assert message in words(page)
    assert not TeamChange.objects.exists()


def test_who_does_not_belong_to_the_team_has_no_page(north: CareTeam) -> None:
    ill = patient(north)
    visiting = team("visiting")
    guest(ill, visiting)
    for who in (member(team("south"), "coordinator"), member(visiting), caregiver(ill), account()):
        assert browser(who).get(address(north)).status_code == 404
        assert send(who, north, "hours", digest_hour="3").status_code == 404


def test_an_act_that_there_is_not_is_not_found(carla: User, north: CareTeam) -> None:
    assert send(carla, north, "promote").status_code == 404


def test_the_link_leads_to_the_own_team_or_asks_which(north: CareTeam, nora: User) -> None:
    assert browser(nora).get("/settings/people/")["Location"] == address(north)
    team("south")
    said = words(browser(account(is_staff=True)).get("/settings/people/"))
    assert "north" in said
    assert "south" in said
    assert "No team" in words(browser(account()).get("/settings/people/"))


def test_the_page_asks_as_often_however_many_there_are(
    north: CareTeam, carla: User, nora: User, django_assert_max_num_queries: Any
) -> None:
    visitor = browser(carla)
    visitor.get(address(north))
    with django_assert_max_num_queries(20) as seen:
        visitor.get(address(north))
    for number in range(8):
        nurse = member(north, "nurse")
        span = {"starts_at": timezone.now(), "ends_at": timezone.now() + timedelta(days=1 + number)}
        Duty.objects.create(team=north, user=nurse, **span)
        Absence.objects.create(user=nurse, stand_in=carla, **span)
        detail = {"user": nurse.pk, "before": 0, "after": 1}
        TeamChange.objects.create(team=north, by=nurse, at=timezone.now(), what="place", detail=detail)
    with django_assert_max_num_queries(len(seen) + 1):
        visitor.get(address(north))
