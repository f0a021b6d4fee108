"""What slept long enough is raised again and told of; nobody is forgotten, and nobody is woken twice."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any

import pytest

from alerts import calling, handling, notifying, waking, watching
from alerts.models import Alert, Notification, Transition
from alerts.rules.rule import Severity
from alerts.waking import wake
from patients.context import working_on
from tests import factories
from tests.alerts import scenes
from tests.alerts.scenes import FALL, MORNING, Scene, person, scene, scripted
from tests.alerts.test_api import problem
from tests.alerts.test_api_actions import act, ahead, post
from tests.alerts.test_watching_races import at_once, side_by_side

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def stage(db: None) -> Scene:
    return scene()


def asleep(stage: Scene, *, until: datetime = MORNING, severity: Severity = Severity.MODERATE, **fields: Any) -> Alert:
    """Return an alert that the nurse snoozed."""
    usual = {"state": "snoozed", "snoozed_until": until, "owner": stage.nurse, "rule": FALL}
    return factories.alert(stage.patient, severity, **{**usual, **fields})


def told() -> list[tuple[int, str, str, timedelta]]:
    """Return recipient, way, reason and delay of every row of the outbox."""
    rows = Notification.objects.order_by("due_at", "recipient_id")
    return [(row.recipient_id, row.channel, row.reason, row.due_at - row.created_at) for row in rows]


def test_what_slept_long_enough_is_raised_and_keeps_its_owner(stage: Scene) -> None:
    alert = asleep(stage)
    assert wake(at=MORNING + HOUR) == 1
    alert.refresh_from_db()
    assert (alert.state, alert.owner, alert.snoozed_until) == ("raised", stage.nurse, None)
    assert alert.changed_at == MORNING + HOUR
    step = alert.transitions.latest("id")
    assert (step.verb, step.by, step.before, step.after) == ("woken", None, "snoozed", "raised")
    assert (step.at, step.detail) == (MORNING + HOUR, {"until": MORNING.isoformat()})


@pytest.mark.parametrize("late", [timedelta(0), HOUR, 100 * DAY])
def test_it_wakes_at_its_time_and_at_any_later_one(stage: Scene, late: timedelta) -> None:
    asleep(stage)
    assert wake(at=MORNING - timedelta(seconds=1)) == 0
    assert [wake(at=MORNING + late), wake(at=MORNING + late)] == [1, 0]


def test_only_what_is_snoozed_wakes(stage: Scene) -> None:
    for state in ("raised", "acknowledged", "resolved", "recovered"):
        factories.alert(stage.patient, state=state)
    assert wake(at=MORNING) == 0
    assert set(Transition.objects.values_list("verb", flat=True)) == {"raised"}


def test_a_moderate_one_is_mailed_to_the_own_clinician(stage: Scene) -> None:
    asleep(stage)
    wake(at=MORNING)
    calling.call_due(at=MORNING + 3 * DAY)
    assert told() == [
        (stage.physician.pk, "email", "woken", timedelta(0)),
        (stage.nurse.pk, "email", "next_in_chain", timedelta(0)),
    ]


def test_a_high_one_goes_down_the_chain_again(stage: Scene) -> None:
    asleep(stage, severity=Severity.HIGH)
    wake(at=MORNING)
    for minutes in range(1, 61):
        calling.call_due(at=MORNING + timedelta(minutes=minutes))
    rows = Notification.objects.order_by("due_at").values_list("recipient", "reason", "due_at")
    assert list(rows) == [
        (stage.nurse.pk, "woken", MORNING),
        (stage.nurse.pk, "reminder", MORNING + HOUR / 2),
        (stage.physician.pk, "next_in_chain", MORNING + HOUR),
    ]


def test_a_low_one_waits_for_the_week(stage: Scene) -> None:
    asleep(stage, severity=Severity.LOW)
    wake(at=MORNING)
    assert {(channel, reason) for _, channel, reason, _ in told()} == {("weekly", "weekly")}


def test_several_of_one_patient_are_one_mail(stage: Scene) -> None:
    for rule in ("hemoglobin_fall", "hemoglobin_acute"):
        asleep(stage, rule=rule)
    assert wake(at=MORNING) == 2
    first = Notification.objects.filter(reason="woken")
    assert (first.count(), first.filter(carried_by=None).count()) == (2, 1)


def test_what_was_put_off_has_one_chain_when_it_wakes(stage: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Raised on Tuesday, snoozed, woken on Wednesday: the next level is due on Saturday, not on Friday too."""
    scripted(monkeypatch).says(scenes.urgent())
    watching.sweep(patients=[stage.pk], at=MORNING)
    alert = Alert.objects.get()
    handling.snooze(alert.pk, by=stage.nurse, at=MORNING + HOUR, until=MORNING + DAY, reason="wait for ferritin")
    wake(at=MORNING + DAY)
    assert [calling.call_due(at=MORNING + days * DAY) for days in (2, 3, 4, 5)] == [0, 0, 1, 0]


def test_a_high_one_on_an_old_result_wakes_with_a_mail(stage: Scene) -> None:
    asleep(stage, severity=Severity.HIGH, found={"at": MORNING - 15 * DAY})
    wake(at=MORNING)
    calling.call_due(at=MORNING + HOUR / 2)
    assert [reason for _, _, reason, _ in told()] == ["woken", "reminder"]
    assert {channel for _, channel, _, _ in told()} == {"email"}


def test_a_high_alert_is_put_off_for_a_day_at_most(stage: Scene) -> None:
    high = factories.alert(stage.patient, Severity.HIGH)
    body = problem(post(stage.nurse, high.pk, "snooze", until=ahead(1.01), reason="x"), 400)
    assert body["errors"] == {"until": ["Name a time that is ahead, by 24 hours at most."]}
    assert act(stage.nurse, high.pk, "snooze", until=ahead(0.99), reason="x")["state"] == "snoozed"


def test_it_is_narrowed_to_patients(stage: Scene) -> None:
    other = scene("south")
    asleep(stage)
    asleep(other)
    assert wake(at=MORNING, patients=[other.pk]) == 1
    assert wake(at=MORNING, patients=[]) == 0
    assert Alert.objects.get(state="snoozed").patient == stage.patient


def test_who_died_is_left_asleep(stage: Scene) -> None:
    asleep(stage)
    type(stage.patient).objects.filter(pk=stage.pk).update(active=False)
    assert wake(at=MORNING) == 0


def test_one_that_fails_stops_nobody_and_stays_as_it_was(stage: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    other = scene("south")
    broken, sound = asleep(stage), asleep(other)
    real = notifying.tell

    def tell(*given: Any, **named: Any) -> object:
        if named["patient_id"] == stage.pk:
            raise RuntimeError("Mara Veit")
        return real(*given, **named)

    monkeypatch.setattr(notifying, "tell", tell)
    assert wake(at=MORNING) == 1
    assert [Alert.objects.get(pk=one.pk).state for one in (broken, sound)] == ["snoozed", "raised"]
    assert broken.transitions.count() == 1
    monkeypatch.undo()
    assert wake(at=MORNING + HOUR) == 1


def test_a_sweep_wakes_as_the_worker(
    stage: Scene, as_role: Callable[[str], AbstractContextManager[None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted(monkeypatch)
    asleep(stage)
    with as_role("iph_worker"):
        count = watching.sweep(at=MORNING)
    assert (count.woken, count.evaluated) == (1, 1)
    assert Alert.objects.get().state == "raised"


def test_a_hint_about_others_wakes_nobody(stage: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scripted(monkeypatch)
    asleep(stage)
    assert watching.sweep(patients=[person(stage.team).pk], at=MORNING).woken == 0


@pytest.mark.django_db(transaction=True)
def test_many_sweepers_wake_each_once(transactional_db: None) -> None:
    stage = scene()
    for _ in range(20):
        one = person(stage.team)
        factories.alert(one, state="snoozed", snoozed_until=MORNING)
    assert sum(int(str(one)) for one in at_once(6, lambda: wake(at=MORNING))) == 20
    assert Transition.objects.filter(verb="woken").count() == 20
    assert Alert.objects.filter(state="raised").count() == 20


@pytest.mark.django_db(transaction=True)
def test_who_takes_it_on_while_it_wakes_has_it(transactional_db: None) -> None:
    stage = scene()
    alerts = [asleep(stage, rule=f"rule_{number}") for number in range(10)]

    def take() -> int:
        waking.wake(at=MORNING)
        return 0

    def acknowledge() -> int:
        with working_on([stage.pk]):
            for one in alerts:
                handling.acknowledge(one.pk, by=stage.physician, at=MORNING)
        return 0

    side_by_side(take, acknowledge)
    assert set(Alert.objects.values_list("state", "owner")) == {("acknowledged", stage.physician.pk)}
