"""Who may open a patient's own pages: the patient, and a caregiver whose link holds. For everybody else they are not there."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from patients.models import CaregiverLink, Event, Patient, Treatment, Upload
from tests.factories import LONG_AGO, account, browser, member, patient, results, team, upload
from tests.monitor.me_desk import OWN, ROLES, Home, home, plan, words

pytestmark = pytest.mark.django_db
SHOWN = ("", "blood/", "call/", "send/", "send/typed/", "course/", "settings/")
POSTED = ("dose/", "dose/undo/", "blood/", "send/", "send/typed/", "settings/", "settings/links/1/end/")


@pytest.fixture
def here() -> Home:
    return home()


def expected(role: str) -> int:
    """Return how a page answers somebody: a team is led to its own page, who sees nothing gets a 404."""
    return 200 if role in OWN else 302 if role in {"nurse", "physician", "coordinator"} else 404


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("rest", SHOWN)
def test_each_page_opens_for_its_own_people(here: Home, role: str, rest: str) -> None:
    response = here.get(rest, role)
    assert response.status_code == expected(role)
    if response.status_code == 302:
        assert response["Location"] == f"/patients/{here.ill.pk}/"


@pytest.mark.parametrize("role", sorted({*ROLES} - {*OWN}))
@pytest.mark.parametrize("rest", POSTED)
def test_nobody_else_writes_anything(here: Home, role: str, rest: str) -> None:
    plan(here.ill)
    before = (Treatment.objects.count(), Event.objects.count(), Upload.objects.count())
    response = here.post(rest, {"amount": "streaks", "on": "2026-01-01", "day": "2026-01-01", "HGB": "120"}, role)
    assert response.status_code == (403 if expected(role) == 302 else 404)
    assert (Treatment.objects.count(), Event.objects.count(), Upload.objects.count()) == before


@pytest.mark.parametrize("rest", SHOWN)
def test_another_patient_and_none_are_the_same(here: Home, rest: str) -> None:
    far = patient(team("far"), "Canary Quill", user=account())
    foreign, missing = (here.visitor().get(f"/me/{one}/{rest}") for one in (far.pk, uuid4()))
    assert (foreign.status_code, missing.status_code) == (404, 404)
    assert foreign.content == missing.content


def test_a_link_that_has_ended_or_not_begun_opens_nothing(here: Home) -> None:
    now, person = timezone.now(), account()
    link = CaregiverLink.objects.create(patient=here.ill, user=person, starts_at=now, ends_at=now + timedelta(days=1))
    assert browser(person).get(here.path()).status_code == 200
    CaregiverLink.objects.filter(pk=link.pk).update(starts_at=now + timedelta(hours=1))
    assert browser(person).get(here.path()).status_code == 404
    CaregiverLink.objects.filter(pk=link.pk).update(starts_at=LONG_AGO, ends_at=now)
    assert browser(person).get(here.path()).status_code == 404


def test_a_stranger_to_the_service_is_sent_to_log_in(here: Home) -> None:
    response = browser().get(here.path("blood/"))
    assert response["Location"] == f"/accounts/login/?next={here.path('blood/')}"


def test_a_disabled_account_opens_nothing(here: Home) -> None:
    visitor, own = here.visitor(), here.people["patient"]
    own.is_active = False
    own.save()
    assert visitor.get(here.path()).status_code == 302


def test_a_clinician_who_is_a_patient_has_both(here: Home) -> None:
    both = member(team("other"), "nurse")
    mine = patient(team("mine"), user=both)
    assert browser(both).get(f"/me/{mine.pk}/").status_code == 200
    assert browser(both).get("/").status_code == 200


def test_one_patient_is_led_to_at_once(here: Home) -> None:
    for role in OWN:
        assert here.visitor(role).get("/me/")["Location"] == here.path()
        assert here.visitor(role).get("/")["Location"] == "/me/"


def test_who_cares_for_several_chooses(here: Home) -> None:
    other = patient(here.ill.team, "Adam Veit")
    CaregiverLink.objects.create(patient=other, user=here.people["caregiver"], starts_at=LONG_AGO)
    page = here.visitor("caregiver").get("/me/")
    said = words(page)
    assert said.index("Adam Veit") < said.index("Mara Veit")
    assert f'href="/me/{other.pk}/"' in page.content.decode()
    assert ">Change<" in here.get(role="caregiver").content.decode()
    assert ">Change<" not in here.get().content.decode()


def test_a_caregiver_who_is_a_patient_too_chooses(here: Home) -> None:
    own = patient(here.ill.team, "Julia Veit", user=here.people["caregiver"])
    assert {f"/me/{own.pk}/", here.path()} <= set(here.visitor("caregiver").get("/me/").content.decode().split('"'))


@pytest.mark.parametrize("role", ["former", "stranger", "admin", "nurse"])
def test_who_has_no_such_page_is_led_to_the_start(here: Home, role: str) -> None:
    assert here.visitor(role).get("/me/")["Location"] == "/"
    assert here.visitor(role).get("/", follow=True).status_code == 200


def test_a_caregiver_reads_whose_page_it_is(here: Home) -> None:
    assert "Mara Veit" in words(here.get(role="caregiver"))
    assert "Mara Veit" not in words(here.get())


def test_an_erased_name_is_said_to_be(here: Home) -> None:
    here.ill.identity.delete()
    assert "Name removed" in words(here.get(role="caregiver"))


def test_a_page_asks_no_more_for_more_results_files_and_doses(here: Home) -> None:
    visitor = here.visitor("caregiver")
    asked: dict[str, list[int]] = {}
    for round_ in range(2):
        for rest in SHOWN:
            with CaptureQueriesContext(connection) as found:
                visitor.get(here.path(rest))
            asked.setdefault(rest, []).append(len(found))
        if not round_:
            results(here.ill, [120.0 + place % 7 for place in range(40)])
            for _ in range(20):
                upload(here.ill, by=here.people["caregiver"], state="done")
                plan(here.ill)
    assert all(first == second for first, second in asked.values()), asked
    assert max(first for first, _ in asked.values()) <= 22, asked


def test_everything_is_read_as_the_database_lets_a_patient_read(here: Home, as_web: object) -> None:
    results(here.ill, [120.0, 121.0])
    plan(here.ill)
    for role in OWN:
        visitor = here.visitor(role)
        with as_web(here.people[role]):  # type: ignore[operator] # a fixture of tests/conftest.py
            assert {visitor.get(here.path(rest)).status_code for rest in SHOWN} == {200}
    assert Patient.objects.count() == 1
