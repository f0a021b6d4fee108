"""The page of numbers: who sees and changes which, what a change leaves behind, and that nothing typed is lost."""

from typing import Any

import pytest
from django.utils import timezone

from patients.choosing import choose
from patients.models import CareTeam, Patient, SettingChange
from tests.factories import account, browser, caregiver, guest, member, patient, team
from tests.monitor.recording_desk import words

pytestmark = pytest.mark.django_db
Z99 = {"name": "z99", "seen": "0", "value": "2.5", "reason": "too many alerts in winter"}


@pytest.fixture
def north() -> CareTeam:
    return team("north")


@pytest.fixture
def ill(north: CareTeam) -> Patient:
    return patient(north, "Mara Veit")


def address(scope: CareTeam | Patient) -> str:
    """Return the page of a team or a patient."""
    return f"/patients/{scope.pk}/settings/" if isinstance(scope, Patient) else f"/settings/{scope.pk}/"


def send(who: Any, scope: CareTeam | Patient, **changes: Any) -> Any:
    """Send the form of the 99 % limit."""
    return browser(who).post(address(scope), {**Z99, **changes}, follow=True)


def test_every_number_stands_with_its_default_and_source(north: CareTeam) -> None:
    page = browser(member(north, "nurse")).get(address(north))
    said = words(page)
    assert "Time around a fall in which another sign counts" in said
    assert "clinical specification B3: evidence within 14 days" in said
    assert "Nothing was changed" in said
    assert "<form" not in page.content.decode().split("<main", 1)[1]


def test_a_physician_chooses_for_the_team_and_the_page_says_who_and_why(north: CareTeam, ill: Patient) -> None:
    doctor = member(north, first_name="Ada", last_name="Lind")
    said = words(send(doctor, north))
    assert "Saved. Every patient whom it concerns is judged again." in said
    assert "too many alerts in winter" in said
    assert "Ada Lind" in said
    change = SettingChange.objects.get()
    assert (change.name, change.value, change.by, change.team) == ("z99", 2.5, doctor, north)
    ill.refresh_from_db()
    assert ill.settings_version == change.pk


def test_a_patients_page_says_what_comes_from_the_team(north: CareTeam, ill: Patient) -> None:
    doctor = member(north)
    send(doctor, north)
    assert "Chosen for the team" in words(browser(doctor).get(address(ill)))
    said = words(send(doctor, ill, value="3"))
    assert "Chosen for the team" not in said
    assert "Use the team’s" not in said
    assert "Use the team’s" in words(browser(doctor).get(address(ill), {"change": "z99"}))


def test_the_form_of_a_number_opens_for_who_may_change_it(north: CareTeam) -> None:
    asked = {"change": "support_days"}
    page = browser(member(north)).get(address(north), asked).content.decode()
    assert 'name="name" value="support_days"' in page
    assert 'href="?change=z99#z99"' in page
    assert 'name="reason"' not in browser(member(north, "nurse")).get(address(north), asked).content.decode()


def test_a_choice_is_given_up(north: CareTeam, ill: Patient) -> None:
    doctor = member(north)
    send(doctor, ill)
    said = words(send(doctor, ill, seen=str(SettingChange.objects.get().pk), give_up="1", value=""))
    assert "given up" in said
    assert SettingChange.objects.order_by("pk").last().value is None  # type: ignore[union-attr] # there are two


def test_what_cannot_be_is_said_and_what_was_typed_is_kept(north: CareTeam) -> None:
    page = send(member(north), north, value="99")
    assert page.status_code == 400
    assert "Choose a number from 1.6 to 3.5." in words(page)
    assert 'value="99"' in page.content.decode()
    assert "too many alerts in winter" in page.content.decode()
    assert not SettingChange.objects.exists()


def test_who_is_second_is_told_who_was_first_and_may_send_again(north: CareTeam) -> None:
    first = member(north, first_name="Ada", last_name="Lind")
    choose(north, "z99", 2.4, by=first, at=timezone.now(), reason="first")
    second = member(north)
    page = send(second, north)
    assert page.status_code == 400
    assert "Not saved: Ada Lind changed this number a moment ago." in words(page)
    change = SettingChange.objects.get()
    assert f'name="seen" value="{change.pk}"' in page.content.decode()
    assert send(second, north, seen=str(change.pk)).status_code == 200
    assert SettingChange.objects.count() == 2


@pytest.mark.parametrize("role", ["nurse", "coordinator"])
def test_others_of_the_team_read_and_change_nothing(north: CareTeam, ill: Patient, role: str) -> None:
    who = member(north, role)
    for scope in (north, ill):
        assert browser(who).get(address(scope)).status_code == 200
        assert send(who, scope).status_code == 403
    assert not SettingChange.objects.exists()


def test_a_guests_physician_reads_and_changes_nothing(ill: Patient) -> None:
    visiting = team("visiting")
    guest(ill, visiting)
    who = member(visiting)
    assert browser(who).get(address(ill)).status_code == 200
    assert send(who, ill).status_code == 403


def test_nobody_else_has_the_page(north: CareTeam, ill: Patient) -> None:
    for who in (member(team("south")), account(is_staff=True), caregiver(ill)):
        assert browser(who).get(address(north)).status_code == 404
        assert browser(who).get(address(ill)).status_code in (403, 404)


def test_a_number_that_there_is_not_is_not_found(north: CareTeam) -> None:
    assert send(member(north), north, name="unheard_of").status_code == 404


def test_the_link_leads_to_the_persons_team_or_asks_which(north: CareTeam) -> None:
    who = member(north)
    assert browser(who).get("/settings/")["Location"] == address(north)
    south = team("south")
    south.memberships.create(user=who, role="nurse", starts_at=timezone.now())
    said = browser(who).get("/settings/")
    assert "north" in words(said)
    assert "south" in words(said)
    assert "No team" in words(browser(account()).get("/settings/"))


def test_the_page_asks_as_often_however_much_was_chosen(
    north: CareTeam, ill: Patient, django_assert_max_num_queries: Any
) -> None:
    who = browser(doctor := member(north))
    who.get(address(ill))
    for number in range(12):
        choose(north, "z99", 2 + number / 10, by=doctor, at=timezone.now(), reason="r")
    with django_assert_max_num_queries(17) as seen:
        who.get(address(ill))
    before = len(seen)
    choose(ill, "z95", 1.7, by=doctor, at=timezone.now(), reason="r")
    with django_assert_max_num_queries(before):
        page = who.get(address(ill))
    assert len(page.content) < 150_000
