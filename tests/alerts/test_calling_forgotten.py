"""What somebody has taken on and not ended is asked of them again: nothing is forgotten because it has an owner."""

from datetime import timedelta
from typing import Any

import pytest

from alerts import calling, handling, sending
from alerts.changes import ResolveReason
from alerts.models import Alert, Notification
from alerts.rules.rule import Severity
from patients.models import Absence
from tests import factories
from tests.alerts.scenes import MORNING, Scene, scene
from tests.alerts.test_calling import DAY, HOUR, calls, pass_time, steps

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage(db: None) -> Scene:
    return scene()


@pytest.mark.parametrize(("severity", "days"), [(Severity.HIGH, 1), (Severity.MODERATE, 7), (Severity.LOW, 28)])
def test_what_was_taken_on_and_forgotten_is_asked_of_its_owner(stage: Scene, severity: Severity, days: int) -> None:
    alert = factories.alert(stage.patient, severity)
    handling.acknowledge(alert.pk, by=stage.physician, at=MORNING)
    pass_time(stage, 2 * days * DAY, every=DAY / 2)
    assert calls() == [(turn * days * DAY, stage.physician.pk, "still_yours") for turn in (1, 2)]
    assert steps() == [("reminded", {}), ("reminded", {})]


def test_who_is_given_a_taken_alert_has_the_whole_time_again(stage: Scene) -> None:
    alert = factories.alert(stage.patient, Severity.MODERATE)
    handling.acknowledge(alert.pk, by=stage.nurse, at=MORNING)
    handling.assign(alert.pk, by=stage.nurse, at=MORNING + 6 * DAY, to=stage.physician)
    pass_time(stage, 14 * DAY, every=DAY / 2)
    assert calls() == [(13 * DAY, stage.physician.pk, "still_yours")]


def test_it_begins_again_when_it_comes_back_or_is_put_off(stage: Scene) -> None:
    alert = factories.alert(stage.patient, Severity.HIGH)
    handling.acknowledge(alert.pk, by=stage.physician, at=MORNING)
    handling.snooze(alert.pk, by=stage.physician, at=MORNING + HOUR, until=MORNING + 20 * HOUR, reason="rounds")
    assert Alert.objects.get().next_call_at is None
    handling.acknowledge(alert.pk, by=stage.physician, at=MORNING + 2 * HOUR)
    assert Alert.objects.get().next_call_at == MORNING + 26 * HOUR


def test_while_its_owner_is_away_who_stands_in_is_asked(stage: Scene) -> None:
    alert = factories.alert(stage.patient, Severity.HIGH)
    handling.acknowledge(alert.pk, by=stage.physician, at=MORNING)
    Absence.objects.create(
        user=stage.physician, stand_in=stage.nurse, starts_at=MORNING + timedelta(hours=20), ends_at=MORNING + 2 * DAY
    )
    pass_time(stage, 3 * DAY, every=DAY / 2)
    nurse, doctor = stage.nurse.pk, stage.physician.pk
    assert [(after, person) for after, person, _ in calls()] == [(DAY, nurse), (2 * DAY, doctor), (3 * DAY, doctor)]


@pytest.mark.parametrize("act", ["resolve", "recover"])
def test_of_what_is_over_nobody_is_asked(stage: Scene, act: str) -> None:
    alert = factories.alert(stage.patient, Severity.HIGH)
    handling.acknowledge(alert.pk, by=stage.physician, at=MORNING)
    if act == "resolve":
        handling.resolve(alert.pk, by=stage.physician, at=MORNING + HOUR, reason=ResolveReason.TREATED)
    else:
        Alert.objects.update(state="recovered", closed_at=MORNING + HOUR)
    pass_time(stage, 3 * DAY, every=DAY / 2)
    assert calls() == []


def test_the_mail_is_sent_though_the_alert_is_acknowledged(stage: Scene, mailoutbox: list[Any]) -> None:
    """It is no reminder that nobody has acknowledged: those are dropped when somebody has."""
    alert = factories.alert(stage.patient, Severity.HIGH)
    handling.acknowledge(alert.pk, by=stage.physician, at=MORNING)
    calling.call_due(at=MORNING + DAY)
    sending.send_due(at=MORNING + DAY)
    (mail,) = mailoutbox
    assert (mail.to, Notification.objects.get().reason) == ([stage.physician.email], "still_yours")
