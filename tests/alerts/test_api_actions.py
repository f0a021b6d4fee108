"""The API of alerts: who may do what about one, with the web's log-in, what its trail says, and what two at once are told."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.utils import timezone

from alerts import lifecycle
from alerts.models import Alert, Transition
from patients.models import User
from tests import factories
from tests.alerts.scenes import Scene, scene
from tests.alerts.test_api import ALERTS, problem

pytestmark = pytest.mark.django_db
ACTIONS = ("acknowledge", "resolve", "snooze", "assign", "comment", "feedback")


@pytest.fixture
def stage(db: None) -> Scene:
    return scene()


@pytest.fixture
def alert(stage: Scene) -> Alert:
    return factories.alert(stage.patient)


@pytest.fixture
def stranger(stage: Scene) -> User:
    """Return a physician of another team."""
    return scene("south").physician


@pytest.fixture
def web(alert: Alert, stranger: User, as_role: Callable[[str], AbstractContextManager[None]]) -> Iterator[None]:
    """Run a whole test with the web's log-in, once there is an alert."""
    with as_role("iph_web"):
        yield


def post(user: User, alert_id: UUID, action: str, **said: Any) -> Any:
    """Act on an alert as somebody."""
    client = Client()
    client.force_login(user)
    return client.post(f"{ALERTS}{alert_id}/{action}/", said, content_type="application/json")


def act(user: User, alert_id: UUID, action: str, **said: Any) -> dict[str, Any]:
    """Act and return the alert as it is then."""
    answer = post(user, alert_id, action, **said)
    assert answer.status_code == 200
    body: dict[str, Any] = answer.json()
    return body


def ahead(days: float) -> str:
    """Return a moment some days ahead."""
    return (timezone.now() + timedelta(days=days)).isoformat()


def said(action: str, to: User) -> dict[str, Any]:
    """Return what an act is sent with."""
    sent: dict[str, dict[str, Any]] = {
        "acknowledge": {},
        "resolve": {"reason": "other"},
        "snooze": {"until": ahead(2), "reason": "wait"},
        "assign": {"to": to.pk},
        "comment": {"text": "a word"},
        "feedback": {"useful": True},
    }
    return sent[action]


def steps(alert: Alert) -> list[tuple[str, int | None, str]]:
    """Return (verb, by, reason) of every transition, as the owner or as who may see them."""
    return list(Transition.objects.filter(alert=alert).order_by("id").values_list("verb", "by_id", "reason"))


def test_acknowledging_takes_an_alert_on(web: None, stage: Scene, alert: Alert) -> None:
    one = act(stage.nurse, alert.pk, "acknowledge", reason="I call the parents")
    assert (one["state"], one["owner"]) == ("acknowledged", f"user {stage.nurse.pk}")
    assert one["closed_at"] is None


def test_a_word_is_not_needed_to_acknowledge(web: None, stage: Scene, alert: Alert) -> None:
    assert act(stage.physician, alert.pk, "acknowledge")["state"] == "acknowledged"


@pytest.mark.parametrize("reason", [one.value for one in lifecycle.ResolveReason])
def test_a_physician_closes_for_a_stated_reason(web: None, stage: Scene, alert: Alert, reason: str) -> None:
    one = act(stage.physician, alert.pk, "resolve", reason=reason, note="seen in the clinic")
    assert one["state"] == "resolved"
    assert one["closed_at"] is not None


def test_every_act_leaves_who_when_and_why(stage: Scene, alert: Alert) -> None:
    act(stage.nurse, alert.pk, "acknowledge", reason="mine")
    act(stage.physician, alert.pk, "resolve", reason="treated", note="a word")
    assert steps(alert)[1:] == [
        ("acknowledged", stage.nurse.pk, "mine"),
        ("resolved", stage.physician.pk, "treated"),
    ]
    assert Transition.objects.filter(alert=alert).latest("id").detail == {"note": "a word"}


def test_a_nurse_may_not_close(web: None, stage: Scene, alert: Alert) -> None:
    problem(post(stage.nurse, alert.pk, "resolve", reason="treated"), 403)


def test_a_refused_act_changes_nothing(stage: Scene, alert: Alert) -> None:
    problem(post(stage.nurse, alert.pk, "resolve", reason="treated"), 403)
    alert.refresh_from_db()
    assert (alert.state, len(steps(alert))) == ("raised", 1)


@pytest.mark.parametrize("action", ACTIONS)
def test_to_a_stranger_an_alert_is_not_there(web: None, stranger: User, alert: Alert, action: str) -> None:
    foreign = problem(post(stranger, alert.pk, action, reason="treated"), 404)
    assert foreign == problem(post(stranger, uuid4(), action, reason="treated"), 404)


@pytest.mark.parametrize("action", ACTIONS)
def test_those_who_only_care_for_the_patient_are_not_shown_it(alert: Alert, action: str) -> None:
    parent = factories.caregiver(alert.patient)
    problem(post(parent, alert.pk, action, reason="treated"), 404)


@pytest.mark.parametrize("said", [{}, {"reason": ""}, {"reason": "because"}, {"reason": "treated", "note": "x" * 301}])
def test_closing_without_a_known_reason_is_refused(web: None, stage: Scene, alert: Alert, said: dict[str, str]) -> None:
    body = problem(post(stage.physician, alert.pk, "resolve", **said), 400)
    assert set(body["errors"]) <= {"reason", "note"}
    assert "need mending" in body["detail"]


def test_too_long_a_word_is_refused(web: None, stage: Scene, alert: Alert) -> None:
    assert "reason" in problem(post(stage.nurse, alert.pk, "acknowledge", reason="x" * 301), 400)["errors"]


def test_who_comes_second_is_told_so(web: None, stage: Scene, alert: Alert) -> None:
    act(stage.nurse, alert.pk, "acknowledge")
    said = problem(post(stage.physician, alert.pk, "acknowledge"), 409)
    assert said["detail"] == "This alert has changed since, or is not in a state for this. Read it again."


@pytest.mark.parametrize("action", ["acknowledge", "resolve"])
def test_a_closed_alert_cannot_be_acted_on(web: None, stage: Scene, alert: Alert, action: str) -> None:
    act(stage.physician, alert.pk, "resolve", reason="explained")
    problem(post(stage.physician, alert.pk, action, reason="treated"), 409)


def test_a_conflict_changes_nothing(stage: Scene, alert: Alert) -> None:
    act(stage.nurse, alert.pk, "acknowledge")
    before = Alert.objects.values().get()
    problem(post(stage.physician, alert.pk, "acknowledge"), 409)
    assert Alert.objects.values().get() == before
    assert len(steps(alert)) == 2


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete"])
@pytest.mark.parametrize("action", ACTIONS)
def test_acts_are_posts(stage: Scene, alert: Alert, action: str, method: str) -> None:
    client = Client()
    client.force_login(stage.physician)
    problem(getattr(client, method)(f"{ALERTS}{alert.pk}/{action}/"), 405)


def test_reading_changes_nothing(stage: Scene, alert: Alert) -> None:
    client, before = Client(), Alert.objects.values().get()
    client.force_login(stage.physician)
    client.get(ALERTS)
    client.get(f"{ALERTS}{alert.pk}/")
    assert Alert.objects.values().get() == before
    assert len(steps(alert)) == 1


def test_what_is_sent_beside_the_reason_is_ignored(stage: Scene, alert: Alert) -> None:
    act(stage.nurse, alert.pk, "acknowledge", severity="low", state="recovered", owner=stage.physician.pk, level=9)
    alert.refresh_from_db()
    assert (alert.severity, alert.state, alert.owner, alert.level) == (2, "acknowledged", stage.nurse, 0)


def test_a_session_without_its_secret_may_not_act(stage: Scene, alert: Alert) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(stage.physician)
    problem(client.post(f"{ALERTS}{alert.pk}/acknowledge/"), 403)


def test_a_token_acts_without_one(stage: Scene, alert: Alert) -> None:
    factories.token(stage.nurse, "iph-act")
    client = Client(enforce_csrf_checks=True, headers={"Authorization": "Token iph-act"})
    assert client.post(f"{ALERTS}{alert.pk}/acknowledge/").json()["state"] == "acknowledged"


@pytest.mark.parametrize("role", ["nurse", "physician"])
def test_snoozing_puts_an_alert_off(web: None, stage: Scene, alert: Alert, role: str) -> None:
    user, until = getattr(stage, role), timezone.now() + timedelta(days=2)
    one = act(user, alert.pk, "snooze", until=until.isoformat(), reason="wait for ferritin")
    assert (one["state"], one["owner"]) == ("snoozed", str(user))
    assert datetime.fromisoformat(one["snoozed_until"]) == until


@pytest.mark.parametrize(
    ("until", "reason", "field"),
    [
        (-1, "x", "until"),
        (14.1, "x", "until"),
        ("9999-12-31T23:59:59Z", "x", "until"),
        ("tomorrow", "x", "until"),
        (1, " ", "reason"),
        (1, "x" * 301, "reason"),
    ],
)
def test_a_snooze_that_cannot_be_is_refused_beside_its_field(
    stage: Scene, alert: Alert, until: str | float, reason: str, field: str
) -> None:
    moment = until if isinstance(until, str) else ahead(until)
    body = problem(post(stage.nurse, alert.pk, "snooze", until=moment, reason=reason), 400)
    assert list(body["errors"]) == [field]
    assert len(steps(alert)) == 1


def test_assigning_makes_it_a_colleagues(web: None, stage: Scene, alert: Alert) -> None:
    one = act(stage.nurse, alert.pk, "assign", to=stage.physician.pk, reason="your patient")
    assert (one["state"], one["owner"]) == ("acknowledged", str(stage.physician))


def test_only_who_is_listed_can_be_assigned(stage: Scene, stranger: User, alert: Alert) -> None:
    factories.member(stage.team, "coordinator")
    client = Client()
    client.force_login(stage.nurse)
    listed = client.get(f"{ALERTS}{alert.pk}/").json()["assignable"]
    assert {one["id"]: one["name"] for one in listed} == {
        one.pk: str(one) for one in (stage.nurse, stage.physician)
    }  # fmt: skip
    for to in (stranger.pk, 0, 2**31, "nobody"):
        assert list(problem(post(stage.nurse, alert.pk, "assign", to=to), 400)["errors"]) == ["to"]


def test_words_leave_an_alert_as_it_is(web: None, stage: Scene, alert: Alert) -> None:
    assert act(stage.nurse, alert.pk, "comment", text="father called")["state"] == "raised"
    assert act(stage.nurse, alert.pk, "feedback", useful=False, because="old sample")["owner"] is None


@pytest.mark.parametrize(
    ("action", "sent", "field"),
    [
        ("comment", {"text": " "}, "text"),
        ("comment", {"text": "a\0b"}, "text"),
        ("feedback", {"useful": False}, "because"),
        ("feedback", {"because": "x"}, "useful"),
    ],
)
def test_empty_words_are_refused(stage: Scene, alert: Alert, action: str, sent: dict[str, Any], field: str) -> None:
    assert list(problem(post(stage.nurse, alert.pk, action, **sent), 400)["errors"]) == [field]
    assert len(steps(alert)) == 1


def test_an_alert_shows_every_step_of_its_life(stage: Scene, alert: Alert) -> None:
    until = ahead(2)
    act(stage.nurse, alert.pk, "snooze", until=until, reason="wait")
    act(stage.nurse, alert.pk, "assign", to=stage.physician.pk)
    act(stage.nurse, alert.pk, "feedback", useful=False, because="old sample")
    act(stage.physician, alert.pk, "resolve", reason="treated", note="two units")
    client = Client()
    client.force_login(stage.nurse)
    trail = client.get(f"{ALERTS}{alert.pk}/").json()["transitions"]
    told = [(one["verb"], one["by"], one["reason"], one["note"], one["to"], one["useful"]) for one in trail]
    nurse, physician = str(stage.nurse), str(stage.physician)
    assert told == [
        ("raised", None, "", "", None, None),
        ("snoozed", nurse, "wait", "", None, None),
        ("assigned", nurse, "", "", physician, None),
        ("rated", nurse, "old sample", "", None, False),
        ("resolved", physician, "treated", "two units", None, None),
    ]
    assert [one["after"] for one in trail] == ["raised", "snoozed", "snoozed", "snoozed", "resolved"]
    assert datetime.fromisoformat(trail[1]["until"]) == datetime.fromisoformat(until)
    assert "@" not in str(trail)


@pytest.mark.parametrize("action", ACTIONS)
def test_the_same_request_again_is_done_once(stage: Scene, alert: Alert, action: str) -> None:
    client, sent = Client(headers={"Idempotency-Key": f"key-{action}"}), said(action, stage.nurse)
    client.force_login(stage.physician)
    answers = [client.post(f"{ALERTS}{alert.pk}/{action}/", sent, content_type="application/json") for _ in range(2)]
    assert [one.status_code for one in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()
    assert len(steps(alert)) == 2
