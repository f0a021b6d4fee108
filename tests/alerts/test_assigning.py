"""Who is given an alert by a colleague hears of it, once, and whoever was due stays due until that person acknowledges."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail

from alerts import assigning, handling, notifying, sending, watching
from alerts.models import Alert, Notification
from alerts.rules.rule import Severity
from patients.models import Absence, Membership, User
from tests import factories
from tests.alerts.scenes import MORNING, SEVERE, Scene, high, join, scene, scripted
from tests.alerts.test_api_actions import act
from tests.alerts.test_watching_races import at_once

pytestmark = pytest.mark.django_db
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
HIGH = Severity.HIGH
AsRole = Callable[[str], AbstractContextManager[None]]
AsWeb = Callable[[User], AbstractContextManager[None]]


@pytest.fixture
def stage(db: None) -> Scene:
    return scene()


def given(stage: Scene, severity: Severity = HIGH, to: User | None = None, **fields: Any) -> Alert:
    """Return an alert that the nurse gave to the physician in the morning."""
    alert = factories.alert(stage.patient, severity, **fields)
    handling.assign(alert.pk, by=stage.nurse, at=MORNING, to=to or stage.physician)
    return alert


def told(reason: str = "assigned") -> list[tuple[int, str, timedelta]]:
    """Return recipient, way and delay of what the outbox holds for a reason."""
    rows = Notification.objects.filter(reason=reason).order_by("created_at", "recipient_id")
    return [(row.recipient_id, row.channel, row.due_at - MORNING) for row in rows]


def test_who_is_given_a_high_alert_is_mailed_once(stage: Scene) -> None:
    given(stage)
    assert [assigning.tell(at=MORNING + minutes * MINUTE) for minutes in (1, 2, 60)] == [1, 0, 0]
    assert told() == [(stage.physician.pk, "email", MINUTE)]


@pytest.mark.parametrize(("severity", "channel"), [(Severity.MODERATE, "digest"), (Severity.LOW, "weekly")])
def test_who_is_given_another_reads_of_it_in_the_digest(stage: Scene, severity: Severity, channel: str) -> None:
    given(stage, severity)
    assigning.tell(at=MORNING)
    ((recipient, way, delay),) = told()
    assert (recipient, way) == (stage.physician.pk, channel)
    assert delay > HOUR


def test_who_takes_an_alert_is_not_told_what_they_know(stage: Scene) -> None:
    given(stage, to=stage.nurse)
    handling.acknowledge(given(stage).pk, by=stage.physician, at=MORNING + MINUTE)
    handling.snooze(given(stage).pk, by=stage.physician, at=MORNING + MINUTE, until=MORNING + HOUR, reason="rounds")
    factories.alert(stage.patient, HIGH, owner=stage.physician)
    assert assigning.tell(at=MORNING + HOUR) == 0


@pytest.mark.parametrize("state", ["acknowledged", "snoozed"])
def test_it_is_told_too_of_what_is_taken_on_or_put_off(stage: Scene, state: str) -> None:
    given(stage, state=state, snoozed_until=MORNING + HOUR if state == "snoozed" else None)
    assigning.tell(at=MORNING)
    assert told() == [(stage.physician.pk, "email", timedelta(0))]


def test_what_is_over_is_told_to_nobody(stage: Scene) -> None:
    Alert.objects.filter(pk=given(stage).pk).update(state="recovered", closed_at=MORNING)
    assert assigning.tell(at=MORNING) == 0


def test_of_two_who_were_given_it_the_last_is_told_and_the_first_again_when_it_comes_back(stage: Scene) -> None:
    other = factories.account()
    join(stage.team, other, "physician")
    alert = given(stage, to=other)
    handling.assign(alert.pk, by=stage.nurse, at=MORNING + MINUTE, to=stage.physician)
    assigning.tell(at=MORNING + 2 * MINUTE)
    handling.assign(alert.pk, by=stage.nurse, at=MORNING + 3 * MINUTE, to=other)
    assigning.tell(at=MORNING + 4 * MINUTE)
    handling.assign(alert.pk, by=stage.nurse, at=MORNING + 5 * MINUTE, to=stage.physician)
    assigning.tell(at=MORNING + 6 * MINUTE)
    doctor = stage.physician.pk
    assert [(who, after) for who, _, after in told()] == [
        (doctor, 2 * MINUTE), (other.pk, 4 * MINUTE), (doctor, 6 * MINUTE)
    ]  # fmt: skip


def test_each_of_several_owners_is_told_of_their_own(stage: Scene) -> None:
    other = factories.account()
    join(stage.team, other, "nurse")
    mine, theirs = given(stage), given(stage, to=other)
    assert assigning.tell(at=MORNING) == 2
    rows = Notification.objects.filter(reason="assigned").values_list("recipient", "alert")
    assert set(rows) == {(stage.physician.pk, mine.pk), (other.pk, theirs.pk)}


def test_of_what_was_given_to_who_left_meanwhile_whoever_is_on_duty_hears_once(stage: Scene) -> None:
    alert = given(stage)
    Membership.objects.filter(user=stage.physician).update(ends_at=MORNING + MINUTE)
    assert [assigning.tell(at=MORNING + hours * HOUR) for hours in (1, 2, 3)] == [1, 0, 0]
    alert.refresh_from_db()
    assert (told(), alert.silenced_reason) == ([(stage.nurse.pk, "email", HOUR)], "")


def test_where_nobody_is_there_it_is_tried_again_and_the_alert_is_not_silenced(stage: Scene) -> None:
    alert = given(stage)
    Membership.objects.update(ends_at=MORNING + MINUTE)
    assigning.tell(at=MORNING + HOUR)
    alert.refresh_from_db()
    assert (told(), alert.silenced_reason) == ([], "")
    Membership.objects.filter(user=stage.nurse).update(ends_at=None)
    assert assigning.tell(at=MORNING + 2 * HOUR) == 1


@pytest.mark.parametrize("severity", [HIGH, Severity.MODERATE, Severity.LOW])
def test_while_who_was_given_it_is_away_who_stands_in_hears_once(
    stage: Scene, severity: Severity, as_role: AsRole
) -> None:
    other = factories.account()
    join(stage.team, other, "nurse")
    Absence.objects.create(user=stage.physician, stand_in=other, starts_at=MORNING - HOUR, ends_at=MORNING + 30 * HOUR)
    given(stage, severity)
    with as_role("iph_worker"):
        assert [assigning.tell(at=MORNING + hours * HOUR) for hours in (1, 2, 31)] == [1, 0, 0]
    assert [who for who, _, _ in told()] == [other.pk]


def test_it_is_narrowed_to_patients(stage: Scene) -> None:
    other = scene("south")
    given(stage)
    given(other)
    assert assigning.tell(at=MORNING, patients=[other.pk]) == 1
    assert assigning.tell(at=MORNING, patients=[]) == 0
    assert [who for who, _, _ in told()] == [other.physician.pk]


def test_one_that_fails_stops_nobody_and_is_tried_again(stage: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    other, real = scene("south"), notifying.tell
    given(stage)
    given(other)

    def tell(*args: Any, **named: Any) -> object:
        if named["patient_id"] == stage.pk:
            raise RuntimeError("Mara Veit")
        return real(*args, **named)

    monkeypatch.setattr(notifying, "tell", tell)
    assert assigning.tell(at=MORNING) == 1
    monkeypatch.undo()
    assert assigning.tell(at=MORNING) == 1


def test_the_chain_runs_until_who_was_given_it_acknowledges(
    stage: Scene, monkeypatch: pytest.MonkeyPatch, as_web: AsWeb, as_role: AsRole
) -> None:
    """The web assigns, the worker tells: mails of first news, of the assignment, and of the reminder half an hour later."""
    scripted(monkeypatch).says(high())
    watching.sweep(at=MORNING - MINUTE)
    alert = Alert.objects.get(rule=SEVERE)
    with as_web(stage.nurse):
        handling.assign(alert.pk, by=stage.nurse, at=MORNING, to=stage.physician, reason="yours")
    for at in (MORNING + MINUTE, MORNING + 30 * MINUTE):
        with as_role("iph_worker"):
            watching.sweep(at=at)
            sending.send_due(at=at)
    assert [one.to[0] for one in mail.outbox] == [stage.nurse.email, stage.physician.email, stage.nurse.email]
    assert "A colleague has given it to you," in mail.outbox[1].body
    handling.acknowledge(alert.pk, by=stage.physician, at=MORNING + 40 * MINUTE)
    watching.sweep(at=MORNING + 2 * HOUR)
    assert sending.send_due(at=MORNING + 2 * HOUR).accepted == 0
    assert not Notification.objects.filter(reason="next_in_chain").exists()


def test_a_high_alert_that_is_assigned_waits_for_who_was_given_it(stage: Scene) -> None:
    high = factories.alert(stage.patient, HIGH)
    one = act(stage.nurse, high.pk, "assign", to=stage.physician.pk)
    assert (one["state"], one["owner"]) == ("raised", str(stage.physician))
    assert act(stage.physician, high.pk, "acknowledge")["state"] == "acknowledged"


@pytest.mark.django_db(transaction=True)
def test_many_sweepers_tell_each_once(transactional_db: None) -> None:
    stage = scene()
    for _ in range(5):
        given(stage)
    at_once(6, lambda: assigning.tell(at=MORNING))
    assert len(told()) == 5
