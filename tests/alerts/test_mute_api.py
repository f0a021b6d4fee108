"""The API of mutes: who may mute and end, what is refused beside which field, and what a second request is told."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any
from uuid import uuid4

import pytest

from alerts.models import Alert, Mute
from alerts.rules.rule import Severity
from patients.models import Patient, User
from tests import factories
from tests.alerts.scenes import FALL, Scene, scene
from tests.alerts.test_api import of, problem
from tests.alerts.test_api_actions import ahead

pytestmark = pytest.mark.django_db
SECRET = "iph-mutes-1"


@pytest.fixture
def stage(db: None) -> Scene:
    return scene()


@pytest.fixture
def web(stage: Scene, as_role: Callable[[str], AbstractContextManager[None]]) -> Iterator[None]:
    """Run a whole test with the web's log-in."""
    with as_role("iph_web"):
        yield


def address(patient: Patient) -> str:
    """Return where a patient's rules are muted."""
    return f"/api/v1/patients/{patient.pk}/mutes/"


def post(user: User, patient: Patient, *, key: str = "", **said: Any) -> Any:
    """Mute the fall for a week as somebody."""
    usual = {"rule": FALL, "until": ahead(7), "reason": "known"}
    headers = {"Idempotency-Key": key} if key else {}
    return of(user).post(address(patient), {**usual, **said}, content_type="application/json", headers=headers)


def ended(user: User, patient: Patient, mute_id: int) -> Any:
    """End a mute as somebody."""
    return of(user).post(f"{address(patient)}{mute_id}/end/", {}, content_type="application/json")


def test_a_physician_mutes_lists_and_ends(web: None, stage: Scene) -> None:
    answer = post(stage.physician, stage.patient, severity="low")
    assert answer.status_code == 201
    row = answer.json()
    assert (row["rule"], row["severity"], row["by"], row["reason"]) == (
        FALL,
        "low",
        f"user {stage.physician.pk}",
        "known",
    )
    listed = of(stage.nurse).get(address(stage.patient)).json()
    assert [one["id"] for one in listed["results"]] == [row["id"]]
    over = ended(stage.physician, stage.patient, row["id"])
    assert over.status_code == 200
    assert (over.json()["ended_why"], over.json()["ended_by"]) == ("person", f"user {stage.physician.pk}")
    assert of(stage.nurse).get(address(stage.patient)).json()["results"] == []


def test_what_is_open_sleeps_from_then_on(web: None, stage: Scene) -> None:
    until = post(stage.physician, stage.patient).json()["until"]
    assert until
    assert not Alert.objects.exists()


def test_an_open_alert_is_put_off(stage: Scene) -> None:
    factories.alert(stage.patient, rule=FALL)
    post(stage.physician, stage.patient)
    assert Alert.objects.get().state == "snoozed"


def test_a_nurse_reads_and_neither_mutes_nor_ends(stage: Scene) -> None:
    problem(post(stage.nurse, stage.patient), 403)
    row = factories.mute(stage.patient)
    problem(ended(stage.nurse, stage.patient, row.pk), 403)
    assert Mute.objects.get().ended_at is None


def test_a_guests_physician_reads_and_does_not_mute(stage: Scene) -> None:
    visiting = scene("south")
    factories.guest(stage.patient, visiting.team)
    problem(post(visiting.physician, stage.patient), 403)
    assert of(visiting.physician).get(address(stage.patient)).status_code == 200


def test_to_strangers_there_is_nothing(stage: Scene) -> None:
    stranger, row = scene("south").physician, factories.mute(stage.patient)
    problem(post(stranger, stage.patient), 404)
    problem(of(stranger).get(address(stage.patient)), 404)
    problem(ended(stranger, stage.patient, row.pk), 404)
    problem(ended(stage.physician, stage.patient, row.pk + 1), 404)
    other = factories.patient()
    other.pk = uuid4()
    problem(post(stage.physician, other), 404)


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"until": ahead(91)}, "until"), ({"until": ahead(-1)}, "until"), ({"reason": " "}, "reason"),
        ({"rule": "no_such_rule"}, "rule"), ({"severity": "high"}, "severity"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_beside_its_field(stage: Scene, said: dict[str, str], field: str) -> None:
    body = problem(post(stage.physician, stage.patient, **said), 400)
    assert list(body["errors"]) == [field]
    assert not Mute.objects.exists()


def test_a_second_mute_and_a_second_end_are_conflicts(stage: Scene) -> None:
    row = post(stage.physician, stage.patient).json()
    assert "already" in problem(post(stage.physician, stage.patient), 409)["detail"]
    ended(stage.physician, stage.patient, row["id"])
    assert "over already" in problem(ended(stage.physician, stage.patient, row["id"]), 409)["detail"]


def test_what_is_more_severe_is_decided_on_first(stage: Scene) -> None:
    factories.alert(stage.patient, Severity.HIGH, rule=FALL)
    assert "more severe" in problem(post(stage.physician, stage.patient), 409)["detail"]


def test_sent_again_under_its_key_it_is_done_once(stage: Scene) -> None:
    until = ahead(7)
    first, again = (post(stage.physician, stage.patient, key="k1", until=until) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert again["Idempotency-Replayed"] == "true"
    assert first.json() == again.json()
    assert Mute.objects.count() == 1


def test_a_service_token_mutes_nothing(stage: Scene) -> None:
    factories.token(stage.physician, SECRET, patient=stage.patient)
    headers = {"Authorization": f"Token {SECRET}"}
    answer = of(factories.account()).post(address(stage.patient), {}, content_type="application/json", headers=headers)
    assert answer.status_code in (403, 404)
