"""The care team's pages: who is led where, and what they are shown."""

import re
from typing import Any
from uuid import uuid4

import pytest

from alerts.models import Alert, Transition
from alerts.rules.rule import Severity
from patients.models import CareTeam, Patient, User
from tests.factories import account, alert, alive, browser, caregiver, member, patient, result, results, team

pytestmark = pytest.mark.django_db


@pytest.fixture
def north() -> CareTeam:
    return team("north")


@pytest.fixture
def ill(north: CareTeam) -> Patient:
    return patient(north, "Mara Veit")


@pytest.fixture
def physician(north: CareTeam) -> User:
    return member(north, first_name="Lena", last_name="Mayer")


def text(response: Any) -> str:
    """Return what a page says, without its markup, spaces made plain."""
    words = re.sub(r"<[^>]+>", " ", response.content.decode())
    return re.sub(r"\s+", " ", words.replace("\u00a0", " "))


def test_the_worklist_names_who_needs_someone_and_why(ill: Patient, physician: User) -> None:
    results(ill, [124, 98])
    alert(ill, Severity.HIGH, found={"sentence": "Hb 98 g/L, 21 % below own baseline of 124. It is rare."})
    page = browser(physician).get("/")
    said = text(page)
    assert "<title>Worklist · 1 high · IPH Watch</title>" in page.content.decode()
    assert "1 patient needs someone : 1 today" in said
    assert "Mara Veit" in said
    assert "<strong>Hb 98 g/L, 21 % below own baseline of 124.</strong> It is rare." in page.content.decode()
    assert "98 g/L" in said
    assert "Nobody yet" in said


def test_an_empty_worklist_says_that_it_was_checked(ill: Patient, physician: User) -> None:
    alive()
    said = text(browser(physician).get("/"))
    assert "Nobody needs you right now" in said
    assert "showed life 0 s ago" in said


def test_the_worklist_refreshes_only_itself(ill: Patient, physician: User) -> None:
    alert(ill, Severity.LOW)
    whole = browser(physician).get("/").content.decode()
    part = browser(physician).get("/", headers={"HX-Request": "true"}).content.decode()
    assert "<html" in whole
    assert "<html" not in part
    assert "Mara Veit" in part


@pytest.mark.parametrize(("asked", "status"), [("1", 200), ("0", 200), ("x", 200), ("", 200), ("²", 200), ("2", 302)])
def test_pages_of_the_worklist(ill: Patient, physician: User, asked: str, status: int) -> None:
    assert browser(physician).get("/", {"page": asked}).status_code == status


def test_a_page_number_without_end_is_the_first(ill: Patient, physician: User) -> None:
    assert browser(physician).get("/", {"page": "9" * 4000}).status_code == 200


def test_times_are_the_readers(ill: Patient, north: CareTeam) -> None:
    alert(ill, Severity.LOW)
    assert "Times in Europe/Vienna" in text(browser(member(north, time_zone="Europe/Vienna")).get("/"))


def test_everybody_is_led_where_they_can_do_something(north: CareTeam, ill: Patient) -> None:
    ill.user = account()
    ill.save()
    carer = caregiver(ill)
    assert browser(member(north, "coordinator")).get("/")["Location"] == "/patients/"
    for person in (ill.user, carer):
        assert browser(person).get("/", follow=True).request["PATH_INFO"] == f"/me/{ill.pk}/"


def test_who_cares_for_several_is_led_to_the_choice(ill: Patient) -> None:
    carer = caregiver(ill)
    other = patient(ill.team)
    other.caregiver_links.create(user=carer, starts_at=ill.changed_at)
    page = browser(carer).get("/", follow=True)
    assert (page.request["PATH_INFO"], "Whose pages?" in text(page)) == ("/me/", True)


def test_who_has_no_patient_is_told_so(ill: Patient) -> None:
    page = browser(account()).get("/")
    assert page.status_code == 200
    assert "You are in no team" in text(page)


def test_an_administrator_is_led_to_the_service_where_nothing_is_clinical(ill: Patient) -> None:
    page = browser(account(is_staff=True)).get("/", follow=True)
    assert page.request["PATH_INFO"] == "/operations/"
    assert "reads nothing clinical" in text(page)
    assert "Mara" not in text(page)


def test_the_patients_page_shows_course_and_alert(ill: Patient, physician: User) -> None:
    results(ill, [124, 123, 98])
    raised = alert(ill, Severity.HIGH)
    page = browser(physician).get(f"/patients/{ill.pk}/")
    body = page.content.decode()
    assert "<title>Mara Veit · 1 high · IPH Watch</title>" in body
    assert f'id="alert-{raised.pk}"' in body
    assert '<script id="course-figure" type="application/json">' in body
    assert "two results at or above 120 g/L" in text(page)


def test_a_result_that_holds_markup_is_text(ill: Patient, physician: User) -> None:
    alert(ill, Severity.LOW, found={"sentence": "<script>alert(1)</script>"})
    body = browser(physician).get(f"/patients/{ill.pk}/").content.decode()
    assert "<script>alert(1)" not in body
    assert "&lt;script&gt;alert(1)" in body


def test_a_coordinator_sees_no_result(ill: Patient, north: CareTeam) -> None:
    result(ill, 98.25)
    alert(ill, Severity.HIGH)
    body = browser(member(north, "coordinator")).get(f"/patients/{ill.pk}/").content.decode()
    assert "Results are not open to your role" in body
    assert not [word for word in ("98.25", "98 g/L", "course-figure", "baseline") if word in body]


def test_a_caregiver_sees_the_course_and_no_alert(ill: Patient) -> None:
    result(ill, 98)
    raised = alert(ill, Severity.HIGH)
    body = browser(caregiver(ill)).get(f"/patients/{ill.pk}/").content.decode()
    assert "course-figure" in body
    assert str(raised.pk) not in body
    assert "Acknowledge" not in body


@pytest.mark.parametrize("who", ["foreign", "missing"])
def test_foreign_and_missing_patients_are_the_same_404(physician: User, who: str) -> None:
    identity = patient(team("south")).pk if who == "foreign" else uuid4()
    response = browser(physician).get(f"/patients/{identity}/")
    assert response.status_code == 404
    assert "There is nothing here for you" in text(response)


def test_reading_changes_nothing(ill: Patient, physician: User) -> None:
    results(ill, [124, 98])
    raised = alert(ill)
    visitor = browser(physician)
    before = (Alert.objects.values().get(), Transition.objects.count(), Patient.objects.values().get())
    for address in ("/", f"/patients/{ill.pk}/", f"/alerts/{raised.pk}/", "/patients/", "/uploads/"):
        assert visitor.get(address).status_code in (200, 302)
    assert before == (Alert.objects.values().get(), Transition.objects.count(), Patient.objects.values().get())
