"""The API of alerts: what is shown to whom, how it is narrowed, in pages, and at what cost."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from alerts import api
from alerts.models import Alert
from alerts.rules.rule import Severity
from patients.models import PatientIdentifier, Seen, User
from tests import factories
from tests.alerts.scenes import Scene, person, scene

pytestmark = pytest.mark.django_db
ALERTS = "/api/v1/alerts/"
SECRET = "iph-alerts-1"
AsRole = Callable[[str], AbstractContextManager[None]]


@pytest.fixture
def stage(db: None) -> Scene:
    return scene()


@pytest.fixture
def far(stage: Scene) -> Scene:
    """Return another team with a patient of its own."""
    return scene("south")


def of(user: User) -> Client:
    """Return a browser in which somebody is logged in."""
    client = Client()
    client.force_login(user)
    return client


def listed(user: User, **asked: str) -> list[str]:
    """Return the ids that a list shows, in its order."""
    answer = of(user).get(ALERTS, asked)
    assert answer.status_code == 200
    return [one["id"] for one in answer.json()["results"]]


def problem(answer: Any, status: int) -> dict[str, Any]:
    """Return a failure, told as RFC 9457 wants."""
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert (body["type"], body["status"]) == ("about:blank", status)
    assert {"title", "detail"} <= body.keys()
    return body


def test_a_list_shows_the_newest_first_whatever_the_state(stage: Scene) -> None:
    old = factories.alert(stage.patient, hours_open=9, state="resolved")
    new = factories.alert(stage.patient, hours_open=1)
    assert listed(stage.nurse) == [str(new.pk), str(old.pk)]


@pytest.mark.parametrize(
    ("status", "states"),
    [
        ("open", {"raised", "acknowledged", "snoozed"}),
        ("closed", {"resolved", "recovered"}),
        ("all", {"raised", "acknowledged", "snoozed", "resolved", "recovered"}),
    ],
)
def test_a_list_is_narrowed_by_status(stage: Scene, status: str, states: set[str]) -> None:
    for state in Alert.STATES:
        snoozed: dict[str, Any] = {"snoozed_until": factories.LONG_AGO} if state == "snoozed" else {}
        factories.alert(stage.patient, state=state, **snoozed)
    answer = of(stage.nurse).get(ALERTS, {"status": status})
    assert {one["state"] for one in answer.json()["results"]} == states


def test_a_status_that_is_none_is_said(stage: Scene) -> None:
    said = problem(of(stage.nurse).get(ALERTS, {"status": "loud"}), 400)
    assert said["errors"] == {"status": ["Ask for one of open, closed, all."]}


def test_a_list_is_narrowed_by_patient_id_and_by_identifier(stage: Scene) -> None:
    other = person(stage.team)
    PatientIdentifier.objects.create(patient=other, value="MRN 7")
    factories.alert(stage.patient)
    wanted = factories.alert(other)
    assert listed(stage.nurse, patient=str(other.pk)) == listed(stage.nurse, patient="MRN 7") == [str(wanted.pk)]


@pytest.mark.parametrize("name", ["nobody", "00000000-0000-0000-0000-000000000001", "'; --", "MRN 7"])
def test_who_names_nobody_of_theirs_is_shown_nothing(stage: Scene, far: Scene, name: str) -> None:
    PatientIdentifier.objects.create(patient=far.patient, value="MRN 7")
    factories.alert(stage.patient)
    factories.alert(far.patient)
    assert listed(stage.nurse, patient=name) == []


def test_an_identifier_of_two_patients_is_no_name(stage: Scene) -> None:
    for issuer, owner in (("one", stage.patient), ("other", person(stage.team))):
        PatientIdentifier.objects.create(patient=owner, issuer=issuer, value="MRN 7")
        factories.alert(owner)
    said = problem(of(stage.nurse).get(ALERTS, {"patient": "MRN 7"}), 400)
    assert said["errors"]["patient"] == ["Several patients have this identifier: give our id."]


def test_the_same_identifier_elsewhere_makes_no_name_ambiguous(stage: Scene, far: Scene) -> None:
    for owner in (stage.patient, far.patient):
        PatientIdentifier.objects.create(patient=owner, issuer=str(owner.team_id), value="MRN 7")
    mine = factories.alert(stage.patient)
    assert listed(stage.nurse, patient="MRN 7") == [str(mine.pk)]


def test_pages_follow_one_another_and_leave_nothing_out(stage: Scene) -> None:
    made = {str(factories.alert(stage.patient, hours_open=1).pk) for _ in range(5)}
    client, address, seen = of(stage.nurse), f"{ALERTS}?page_size=2", []
    while address:
        page = client.get(address).json()
        assert len(page["results"]) <= 2
        seen += [one["id"] for one in page["results"]]
        address = page["next"]
    assert len(seen) == len(set(seen)) == 5
    assert set(seen) == made


def test_an_alert_says_what_it_rests_on(stage: Scene) -> None:
    alert = factories.alert(stage.patient, Severity.HIGH, owner=stage.nurse)
    one = of(stage.physician).get(f"{ALERTS}{alert.pk}/").json()
    assert (one["id"], one["patient"], one["severity"]) == (str(alert.pk), str(stage.pk), "high")
    assert one["finding"]["evidence"][0]["value"] == 98.0
    assert one["finding"]["citation"] == "clinical B1"
    assert one["owner"] == f"user {stage.nurse.pk}"
    assert "@" not in str(one)


def test_another_teams_alert_is_not_there_and_not_listed(stage: Scene, far: Scene) -> None:
    theirs = factories.alert(far.patient)
    foreign = problem(of(stage.physician).get(f"{ALERTS}{theirs.pk}/"), 404)
    missing = problem(of(stage.physician).get(f"{ALERTS}{uuid4()}/"), 404)
    assert foreign == missing
    assert listed(stage.physician) == []


def test_without_the_applications_filter_the_database_answers_nothing_of_others(
    stage: Scene, far: Scene, as_role: AsRole, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, theirs = factories.alert(stage.patient), factories.alert(far.patient)
    monkeypatch.setattr(api, "alerts_for", lambda _: Alert.objects.select_related("owner", "patient"))
    assert set(listed(stage.nurse)) == {str(mine.pk), str(theirs.pk)}  # as the owner, to whom nothing is hidden
    with as_role("iph_web"):
        assert listed(stage.nurse) == [str(mine.pk)]
        problem(of(stage.nurse).get(f"{ALERTS}{theirs.pk}/"), 404)


@pytest.mark.parametrize("who", ["caregiver", "patient", "coordinator", "administrator", "former"])
def test_who_may_not_read_alerts_is_shown_none(stage: Scene, who: str) -> None:
    alert = factories.alert(stage.patient)
    user = {
        "caregiver": lambda: factories.caregiver(stage.patient),
        "patient": factories.account,
        "coordinator": lambda: factories.member(stage.team, "coordinator"),
        "administrator": lambda: stage.administrator,
        "former": lambda: factories.member(stage.team, ends_at=factories.LONG_AGO.replace(year=2021)),
    }[who]()
    if who == "patient":
        type(stage.patient).objects.filter(pk=stage.pk).update(user=user)
    assert listed(user) == []
    problem(of(user).get(f"{ALERTS}{alert.pk}/"), 404)


def test_a_token_logs_a_program_in(stage: Scene) -> None:
    factories.token(stage.nurse, SECRET)
    alert = factories.alert(stage.patient)
    answer = Client(headers={"Authorization": f"Token {SECRET}"}).get(ALERTS)
    assert [one["id"] for one in answer.json()["results"]] == [str(alert.pk)]


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Token iph-nobody"}, {"Authorization": f"Bearer {SECRET}"}])
def test_a_stranger_is_told_to_log_in(stage: Scene, headers: dict[str, str]) -> None:
    factories.token(stage.nurse, SECRET)
    answer = Client(headers=headers).get(ALERTS)
    problem(answer, 401)
    assert answer["WWW-Authenticate"] == "Token"


def test_as_many_questions_however_many_alerts(
    stage: Scene, django_assert_max_num_queries: Callable[[int], AbstractContextManager[Any]]
) -> None:
    client, counts = of(stage.nurse), []
    for _ in range(2):
        for _ in range(8):
            factories.alert(person(stage.team), owner=stage.physician)
        with django_assert_max_num_queries(12) as counted:
            assert client.get(ALERTS).status_code == 200
        counts.append(len(counted.captured_queries))
    assert counts[0] == counts[1]


def test_who_reads_the_alerts_of_one_patient_is_written_down(stage: Scene) -> None:
    raised = factories.alert(stage.patient)
    listed(stage.nurse)
    assert not Seen.objects.exists()
    listed(stage.nurse, patient=str(stage.pk))
    of(stage.physician).get(f"{ALERTS}{raised.pk}/")
    assert {(one.user_id, one.patient_id, one.what) for one in Seen.objects.all()} == {
        (who.pk, stage.pk, "api") for who in (stage.nurse, stage.physician)
    }
