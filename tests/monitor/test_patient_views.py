"""The list of patients with its search, and a new patient."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from alerts.models import WatchState
from monitor.patient_views import OLDEST, PAGE, TAKEN, NewPatientForm
from patients.models import CareTeam, Patient, PatientIdentifier, User
from tests.factories import account, browser, caregiver, guest, judged, member, patient, team

pytestmark = pytest.mark.django_db
AsWeb = Callable[[User], AbstractContextManager[None]]


@pytest.fixture
def north() -> CareTeam:
    return team("north", time_zone="Europe/Vienna")


def listed(user: User, **asked: str) -> list[str]:
    """Return the names that a person's list shows."""
    body = browser(user).get("/patients/", asked).content.decode()
    return re.findall(r'<th scope="row"><a href="[^"]+">([^<]+)</a>', body)


def entered(of: CareTeam, **changed: Any) -> dict[str, Any]:
    """Return what is typed into the form."""
    usual = {"name": "Mara Veit", "birth_date": "2017-05-17", "sex": "female", "identifier": "C03", "team": of.pk}
    return {**usual, **changed}


def begin(user: User, of: CareTeam, **changed: Any) -> Any:
    """Send the form."""
    return browser(user).post("/patients/new/", entered(of, **changed))


def test_a_team_sees_its_patients_by_name(north: CareTeam) -> None:
    for name in ("Zoe", "Anna", "Mara"):
        patient(north, name)
    patient(team("south"), "Somebody else")
    for role in ("nurse", "physician", "coordinator"):
        assert listed(member(north, role)) == ["Anna", "Mara", "Zoe"]


def test_a_caregiver_sees_whom_they_care_for_and_a_guest_whom_they_visit(north: CareTeam) -> None:
    mara, anna = patient(north, "Mara"), patient(north, "Anna")
    visiting = team()
    guest(anna, visiting)
    assert listed(caregiver(mara)) == ["Mara"]
    assert listed(member(visiting)) == ["Anna"]
    assert listed(account(is_staff=True)) == []


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("mar", ["Marta", "Tamara"]),
        ("C03", ["Tamara"]),
        ("c03", ["Tamara"]),
        ("C0", []),
        ("%", []),
        ("  MARTA  ", ["Marta"]),
        ("", ["Anna", "Marta", "Tamara"]),
    ],
)
def test_the_search_knows_parts_of_names_and_whole_identifiers(north: CareTeam, query: str, names: list[str]) -> None:
    patient(north, "Marta", identifier="C04")
    patient(north, "Tamara", identifier="C03")
    patient(north, "Anna")
    assert listed(member(north), q=query) == names


def test_the_search_finds_nobody_of_another_team(north: CareTeam) -> None:
    patient(team("south"), "Canary", identifier="X1")
    page = browser(member(north)).get("/patients/", {"q": "X1"}).content.decode()
    assert "No patient matches" in page
    assert "Canary" not in page


def test_a_search_is_repeated_as_text(north: CareTeam) -> None:
    page = browser(member(north)).get("/patients/", {"q": '"><script>x</script>'}).content.decode()
    assert "<script>x" not in page


def test_somebody_with_two_matching_identifiers_is_listed_once(north: CareTeam) -> None:
    mara = patient(north, "Mara", identifier="C03")
    PatientIdentifier.objects.create(patient=mara, issuer="laboratory", value="c03")
    assert listed(member(north), q="c03") == ["Mara"]


def test_the_list_has_pages_that_keep_the_search(north: CareTeam) -> None:
    for number in range(PAGE + 2):
        patient(north, f"Patient {number:03}")
    user = member(north)
    assert len(listed(user)) == PAGE
    assert len(listed(user, page="2")) == 2
    assert len(listed(user, page="none")) == PAGE
    body = browser(user).get("/patients/", {"q": "patient"}).content.decode()
    assert "?q=patient&amp;page=2" in body


def test_sixty_patients_cost_as_many_queries_as_two(north: CareTeam) -> None:
    visitor = browser(member(north))

    def cost() -> int:
        with CaptureQueriesContext(connection) as asked:
            visitor.get("/patients/")
        return len(asked)

    for number in range(2):
        patient(north, identifier=f"A{number}")
    few = cost()
    for number in range(58):
        patient(north, identifier=f"B{number}")
    assert cost() == few


def test_the_list_says_when_each_was_judged(north: CareTeam) -> None:
    at = timezone.now() - timedelta(hours=3)
    patient(north, "Never")
    judged(patient(north, "Once"), at=at)
    WatchState.objects.filter(pk=judged(patient(north, "Lost")).pk).update(failed_at=at)
    page = browser(member(north, "coordinator")).get("/patients/").content.decode().replace("\u00a0", " ")
    rows = {name: page.partition(f">{name}</a>")[2].partition("</tr>")[0] for name in ("Never", "Once", "Lost")}
    assert "never</td>" in rows["Never"]
    assert "3 h ago</td>" in rows["Once"]
    assert "not judged: given up" in rows["Lost"]


def test_only_who_may_begin_sees_the_button(north: CareTeam) -> None:
    for role, offered in (("coordinator", True), ("physician", True), ("nurse", False)):
        page = browser(member(north, role)).get("/patients/").content.decode()
        assert ("New patient" in page) is offered
        assert browser(member(north, role)).get("/patients/new/").status_code == (200 if offered else 403)


def test_a_new_patient_is_recorded_and_shown(north: CareTeam) -> None:
    response = begin(member(north, "coordinator"), north)
    made = Patient.objects.get()
    assert response["Location"] == f"/patients/{made.pk}/"
    assert (made.identity.name, made.birth_date, made.sex, made.team) == (
        "Mara Veit",
        date(2017, 5, 17),
        "female",
        north,
    )
    assert [(one.issuer, one.value) for one in made.identifiers.all()] == [("", "C03")]
    assert (made.revision, made.time_zone) == (0, "Europe/Vienna")
    assert timezone.now() - made.changed_at < timedelta(minutes=1)


def test_identifier_and_sex_may_be_unknown(north: CareTeam) -> None:
    begin(member(north), north, identifier=" ", sex="")
    made = Patient.objects.get()
    assert (made.sex, made.identifiers.count()) == ("", 0)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "x" * 201),
        ("birth_date", ""),
        ("birth_date", "yesterday"),
        ("birth_date", "1899-12-31"),
        ("birth_date", "2999-01-01"),
        ("sex", "other"),
        ("identifier", "x" * 121),
        ("team", ""),
        ("team", "0"),
    ],
)
def test_what_cannot_be_is_asked_again(north: CareTeam, field: str, value: str) -> None:
    response = begin(member(north), north, **{field: value})
    assert response.status_code == 400
    assert "Not saved yet." in response.content.decode()
    assert not Patient.objects.exists()


def test_what_was_typed_is_kept(north: CareTeam) -> None:
    body = begin(member(north), north, birth_date="2999-01-01").content.decode()
    assert 'value="Mara Veit"' in body
    assert 'value="2999-01-01"' in body
    assert "Enter a date between 1900 and today." in body


def test_a_patient_begins_in_ones_own_team(north: CareTeam) -> None:
    south = team("south")
    assert begin(member(north), south).status_code == 400
    assert not Patient.objects.exists()
    assert south.name not in browser(member(north)).get("/patients/new/").content.decode()


def test_an_identifier_belongs_to_one_patient(north: CareTeam) -> None:
    patient(north, identifier="C03")
    body = begin(member(north), north).content.decode()
    assert TAKEN in body
    assert Patient.objects.count() == 1


def test_an_identifier_of_a_patient_out_of_sight_is_taken_too(north: CareTeam, as_web: AsWeb) -> None:
    patient(team("south"), identifier="C03")
    user = member(north)
    visitor = browser(user)
    with as_web(user):
        response = visitor.post("/patients/new/", entered(north))
    assert response.status_code == 400
    assert TAKEN in response.content.decode()
    assert Patient.objects.count() == 1


def test_the_webs_log_in_may_begin_a_patient(north: CareTeam, as_web: AsWeb) -> None:
    user = member(north, "coordinator")
    visitor = browser(user)
    with as_web(user):
        response = visitor.post("/patients/new/", entered(north))
        assert visitor.get(response["Location"]).status_code == 200
    assert Patient.objects.get().team == north


def test_today_and_the_oldest_day_are_dates_of_birth(north: CareTeam) -> None:
    teams, today = CareTeam.objects.all(), date(2026, 11, 24)
    for day, valid in ((today, True), (OLDEST, True), (today + timedelta(days=1), False)):
        form = NewPatientForm(entered(north, birth_date=day.isoformat()), teams=teams, today=today)
        assert form.is_valid() is valid
