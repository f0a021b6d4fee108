"""The walls around alerts alone: the database answers nothing of others, whatever is asked, and lets the web write no mail."""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import Error, connection, models
from django.utils import timezone

from alerts.models import Alert, Delivery, Heartbeat, Notification, RuleFailure, Transition, WatchState
from patients.context import ALL
from patients.models import Patient, User
from tests import factories
from tests.alerts.scenes import MORNING, Scene, scene

pytestmark = pytest.mark.django_db
AsWeb = Callable[[User], AbstractContextManager[None]]
AsWorker = Callable[[Iterable[UUID] | str], AbstractContextManager[None]]
AsRole = Callable[[str], AbstractContextManager[None]]
ABOUT_PATIENTS: tuple[type[models.Model], ...] = (Alert, Transition, WatchState, RuleFailure)


class House:
    """Two teams with everything that an alert leaves behind."""

    def __init__(self) -> None:
        self.north, self.south = scene("north"), scene("south")
        self.alerts = [self.furnish(stage) for stage in (self.north, self.south)]

    def furnish(self, stage: Scene) -> Alert:
        """Raise an alert, tell the nurse, fail a rule, judge the patient."""
        alert = factories.alert(stage.patient)
        factories.judged(stage.patient)
        RuleFailure.objects.create(
            patient=stage.patient, rule="r", error_type="ValueError", first_at=MORNING, last_at=MORNING
        )
        row = letter(stage.nurse, alert)
        row.save(force_insert=True)
        Delivery.objects.create(notification=row, attempt=1, started_at=MORNING)
        return alert


def letter(to: User, about: Alert) -> Notification:
    """Return one mail, not saved yet."""
    key = f"{to.pk}:{about.pk}:{timezone.now().isoformat()}"
    return Notification(
        recipient=to, alert=about, kind="alert", reason="first", dedup_key=key, created_at=MORNING, due_at=MORNING
    )


@pytest.fixture
def house(db: None) -> House:
    return House()


def owners(model: type[models.Model]) -> set[UUID]:
    """Return whose rows of a table are visible."""
    return set(model._default_manager.values_list("patient_id", flat=True))


@pytest.mark.parametrize("model", ABOUT_PATIENTS)
def test_a_member_sees_rows_of_the_team_alone(house: House, as_web: AsWeb, model: type[models.Model]) -> None:
    for stage in (house.north, house.south):
        for user in (stage.nurse, stage.physician):
            with as_web(user):
                assert owners(model) == {stage.pk}


@pytest.mark.parametrize("model", [*ABOUT_PATIENTS, Notification, Delivery])
def test_who_is_in_no_team_sees_nothing(house: House, as_web: AsWeb, model: type[models.Model]) -> None:
    for user in (factories.account(), house.north.administrator):
        with as_web(user):
            assert not model._default_manager.exists()


@pytest.mark.parametrize("model", [*ABOUT_PATIENTS, Notification, Delivery])
def test_the_web_without_a_context_sees_nothing(house: House, as_role: AsRole, model: type[models.Model]) -> None:
    with as_role("iph_web"):
        assert not model._default_manager.exists()


def test_a_worker_without_a_context_sees_no_alert(house: House, as_role: AsRole) -> None:
    with as_role("iph_worker"):
        assert not Alert.objects.exists()
        assert not Transition.objects.exists()


def test_a_worker_without_a_context_sees_the_queues(house: House, as_role: AsRole) -> None:
    with as_role("iph_worker"):
        assert owners(WatchState) == owners(RuleFailure) == {house.north.pk, house.south.pk}
        assert Notification.objects.count() == 2


@pytest.mark.parametrize("model", [Alert, Transition])
def test_a_worker_sees_alerts_of_the_patients_it_names(
    house: House, as_worker: AsWorker, model: type[models.Model]
) -> None:
    with as_worker([house.south.pk]):
        assert owners(model) == {house.south.pk}
    with as_worker([]):
        assert owners(model) == set()
    with as_worker(ALL):
        assert owners(model) == {house.north.pk, house.south.pk}


def test_a_worker_cannot_raise_an_alert_of_whom_it_did_not_name(house: House, as_worker: AsWorker) -> None:
    with pytest.raises(Error, match="row-level security"), as_worker([house.north.pk]):
        factories.alert(house.south.patient)


def test_everybody_sees_their_own_mail_alone(house: House, as_web: AsWeb) -> None:
    with as_web(house.north.nurse):
        assert [row.recipient_id for row in Notification.objects.all()] == [house.north.nurse.pk]
        assert Delivery.objects.count() == 1
    with as_web(house.north.physician):
        assert not Notification.objects.exists()
        assert not Delivery.objects.exists()


def test_a_caregiver_sees_no_alert_and_no_trail(house: House, as_web: AsWeb) -> None:
    parent = factories.caregiver(house.north.patient)
    with as_web(parent):
        assert owners(Alert) == set()
        assert not Transition.objects.exists()


def test_a_guest_team_sees_while_its_dates_hold(house: House, as_web: AsWeb) -> None:
    access = factories.guest(house.south.patient, house.north.team)
    with as_web(house.north.nurse):
        assert owners(Alert) == {house.north.pk, house.south.pk}
    access.ends_at = timezone.now() - timedelta(days=1)
    access.save()
    with as_web(house.north.nurse):
        assert owners(Alert) == {house.north.pk}


def test_a_foreign_alert_is_not_changed(house: House, as_web: AsWeb) -> None:
    with as_web(house.north.nurse):
        assert Alert.objects.update(state="acknowledged") == 1
        assert Alert.objects.filter(pk=house.alerts[1].pk).update(state="acknowledged") == 0
    assert Alert.objects.get(pk=house.alerts[1].pk).state == "raised"


def test_an_alert_does_not_change_hands(house: House, as_web: AsWeb) -> None:
    with pytest.raises(Error, match="row-level security"), as_web(house.north.nurse):
        Alert.objects.filter(pk=house.alerts[0].pk).update(patient=house.south.patient)


def test_a_step_of_a_foreign_alert_is_not_written(house: House, as_web: AsWeb) -> None:
    step = Transition(alert=house.alerts[1], patient=house.south.patient, at=MORNING, verb="acknowledged", after="x")
    with pytest.raises(Error, match="row-level security"), as_web(house.north.nurse):
        step.save()


WRITES: dict[str, Callable[[House], object]] = {
    "changes mail": lambda _: Notification.objects.update(sent_at=MORNING),
    "writes an attempt": lambda house: Delivery(
        notification=house.alerts[0].notifications.all()[0], attempt=2, started_at=MORNING
    ).save(force_insert=True),
    "changes an attempt": lambda _: Delivery.objects.update(outcome="accepted"),
    "writes a watch": lambda house: WatchState.objects.bulk_create([WatchState(patient=house.north.patient)]),
    "changes a watch": lambda _: WatchState.objects.update(evaluated_revision=9),
    "raises an alert": lambda house: factories.alert(house.north.patient),
    "forgives a rule": lambda _: RuleFailure.objects.all().delete(),
    "fails a rule": lambda house: RuleFailure.objects.create(
        patient=house.north.patient, rule="s", error_type="E", first_at=MORNING, last_at=MORNING
    ),
    "shows life": lambda _: Heartbeat.objects.bulk_create([Heartbeat(name="sweep", beat_at=MORNING)]),
}


@pytest.mark.parametrize("write", WRITES)
def test_the_web_does_not(house: House, as_web: AsWeb, write: str) -> None:
    with pytest.raises(Error, match="permission denied"), as_web(house.north.nurse):
        WRITES[write](house)


def test_the_web_writes_no_mail_but_one_to_oneself_to_try_it(house: House, as_web: AsWeb) -> None:
    nurse = house.north.nurse
    with pytest.raises(Error, match="row-level security"), as_web(nurse):
        letter(nurse, house.alerts[0]).save(force_insert=True)
    usual: dict[str, Any] = {"kind": "test", "reason": "test", "created_at": MORNING, "due_at": MORNING}
    others: tuple[dict[str, Any], ...] = (
        {"recipient": house.south.nurse},
        {"detail": {"a": 1}},
        {"sent_at": MORNING},
        {"team": house.north.team},
        {"carried_by": Notification.objects.get(recipient=nurse)},
        {"dedup_key": f"test:{house.south.nurse.pk}:1"},
        {"dedup_key": f"digest:{house.north.team.pk}:{nurse.pk}:2026-11-25"},
    )
    for number, fields in enumerate(others):
        key = f"test:{nurse.pk}:{number}"
        with pytest.raises(Error, match="row-level security"), as_web(nurse):
            Notification.objects.create(**{"recipient": nurse, "dedup_key": key, **usual, **fields})
    with as_web(nurse):
        Notification.objects.create(recipient=nurse, dedup_key=f"test:{nurse.pk}:0", **usual)


@pytest.mark.parametrize("role", ["iph_web", "iph_worker"])
@pytest.mark.parametrize("model", [Alert, Transition, WatchState, Notification, Delivery])
def test_nobody_deletes(house: House, as_role: AsRole, role: str, model: type[models.Model]) -> None:
    with pytest.raises(Error, match="permission denied"), as_role(role):
        model._default_manager.all()._raw_delete("default")


@pytest.mark.parametrize("role", ["iph_web", "iph_worker"])
def test_a_step_is_never_rewritten(house: House, as_role: AsRole, role: str) -> None:
    with pytest.raises(Error, match="permission denied"), as_role(role):
        Transition.objects.update(reason="other")


@pytest.mark.parametrize("role", ["iph_owner", "iph_operator"])
def test_the_operator_sees_all_and_the_owner_nothing_unless_maintaining(
    house: House, as_role: AsRole, role: str
) -> None:
    with as_role(role):
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('app.maintaining', '', true)")
        seen: dict[str, Any] = {model.__name__: model._default_manager.count() for model in ABOUT_PATIENTS}
    assert set(seen.values()) == ({2} if role == "iph_operator" else {0})


def test_heartbeats_are_for_everybody(house: House, as_web: AsWeb) -> None:
    factories.alive()
    with as_web(factories.account()):
        assert Heartbeat.objects.count() == len(factories.PARTS)


def test_a_patient_who_is_gone_from_sight_takes_the_alerts_along(house: House, as_web: AsWeb) -> None:
    Patient.objects.filter(pk=house.north.pk).update(team=house.south.team)
    with as_web(house.north.nurse):
        assert owners(Alert) == set()
    with as_web(house.south.nurse):
        assert owners(Alert) == {house.north.pk, house.south.pk}
