"""What the tables of alerts refuse, by name, and that no row calls itself by anything clinical."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import DataError, IntegrityError, connection, models, transaction

from alerts.models import (
    Alert,
    Delivery,
    Heartbeat,
    Incident,
    MailChoice,
    Mute,
    Notification,
    RuleFailure,
    Transition,
    WatchState,
)
from patients.models import PatientIdentity
from tests.alerts.scenes import FALL, MORNING, Scene, person, scene
from tests.factories import mute

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
CANARY = "Wilhelmina Canary"


@pytest.fixture
def stage(db: None) -> Scene:
    return scene()


def alert(stage: Scene, **fields: Any) -> Alert:
    """Raise an alert."""
    usual = {
        "patient": stage.patient,
        "rule": FALL,
        "rule_version": 1,
        "ruleset": "test-1",
        "severity": 2,
        "revision": 1,
    }
    times = {"evaluated_at": MORNING, "raised_at": MORNING, "changed_at": MORNING}
    finding = {"sentence": "Hb 98 g/L, 21 % below own baseline of 124."}
    return Alert.objects.create(**{**usual, **times, "finding": finding, **fields})


def mail(stage: Scene, **fields: Any) -> Notification:
    """Put one mail into the outbox."""
    usual = {"recipient": stage.nurse, "kind": "alert", "reason": "first", "dedup_key": str(uuid4())}
    return Notification.objects.create(**{**usual, "created_at": MORNING, "due_at": MORNING, **fields})


def attempt(stage: Scene, **fields: Any) -> Delivery:
    """Try to send one mail."""
    usual = {"attempt": 1, "started_at": MORNING}
    return Delivery.objects.create(**{"notification": mail(stage), **usual, **fields})


def failure(stage: Scene, **fields: Any) -> RuleFailure:
    """Let a rule have raised."""
    usual = {"patient": stage.patient, "rule": FALL, "error_type": "ValueError"}
    return RuleFailure.objects.create(**{**usual, "first_at": MORNING, "last_at": MORNING, **fields})


def refused(constraint: str, write: Callable[[], object]) -> None:
    """See that the database itself refuses, and says by which constraint."""
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        write()


REFUSED: dict[str, tuple[str, Callable[[Scene], object]]] = {
    "an unknown state": ("alert_state", lambda stage: alert(stage, state="lost")),
    "severity none": ("alert_severity", lambda stage: alert(stage, severity=0)),
    "severity four": ("alert_severity", lambda stage: alert(stage, severity=4)),
    "resolved and not closed": ("alert_closed_when_over", lambda stage: alert(stage, state="resolved")),
    "recovered and not closed": ("alert_closed_when_over", lambda stage: alert(stage, state="recovered")),
    "raised and closed": ("alert_closed_when_over", lambda stage: alert(stage, closed_at=MORNING)),
    "acknowledged and closed": (
        "alert_closed_when_over",
        lambda stage: alert(stage, state="acknowledged", closed_at=MORNING),
    ),
    "snoozed without end": ("alert_snoozed_until", lambda stage: alert(stage, state="snoozed")),
    "raised and snoozed": ("alert_snoozed_until", lambda stage: alert(stage, snoozed_until=MORNING)),
    "muted for longer than 90 days": (
        "mute_ends_in_time",
        lambda stage: mute(stage.patient, at=MORNING, until=MORNING + timedelta(days=90, seconds=1)),
    ),
    "no such kind of mail": ("notification_kind", lambda stage: mail(stage, kind="letter")),
    "sent and failed": ("notification_ends_once", lambda stage: mail(stage, sent_at=MORNING, failed_at=MORNING)),
    "due before it was written": (
        "notification_due_after_created",
        lambda stage: mail(stage, due_at=MORNING - HOUR),
    ),
    "no such outcome": ("delivery_outcome", lambda stage: attempt(stage, outcome="lost")),
    "an attempt below zero": ("attempt_check", lambda stage: attempt(stage, attempt=-1)),
    "attempts below zero": ("attempts_check", lambda stage: mail(stage, attempts=-1)),
}


@pytest.mark.parametrize("what", REFUSED)
def test_the_database_refuses(stage: Scene, what: str) -> None:
    constraint, write = REFUSED[what]
    refused(constraint, lambda: write(stage))


@pytest.mark.parametrize("state", Alert.OPEN_STATES)
def test_one_alert_of_a_subject_is_open(stage: Scene, state: str) -> None:
    alert(stage)
    snoozed = {"snoozed_until": MORNING + HOUR} if state == "snoozed" else {}
    refused("alert_one_open", lambda: alert(stage, state=state, **snoozed))


@pytest.mark.parametrize("other", [{"subject": "iron"}, {"rule": "film"}, {"state": "resolved", "closed_at": MORNING}])
def test_another_subject_rule_or_one_that_is_over_may_stand_beside_it(stage: Scene, other: dict[str, Any]) -> None:
    alert(stage)
    alert(stage, **other)
    assert Alert.objects.count() == 2


def test_another_patient_may_have_the_same(stage: Scene) -> None:
    alert(stage)
    alert(stage, patient=person(stage.team))
    assert Alert.objects.count() == 2


def test_an_alert_that_is_over_may_be_opened_only_while_none_is(stage: Scene) -> None:
    over = alert(stage, state="recovered", closed_at=MORNING)
    alert(stage)
    reopen = Alert.objects.filter(pk=over.pk)
    refused("alert_one_open", lambda: reopen.update(state="raised", closed_at=None))


def test_a_telling_happens_once(stage: Scene) -> None:
    one = mail(stage)
    refused("dedup_key", lambda: mail(stage, dedup_key=one.dedup_key))


def test_an_attempt_has_one_number(stage: Scene) -> None:
    one = attempt(stage)
    refused("delivery_once", lambda: attempt(stage, notification=one.notification))


def test_a_rule_fails_a_patient_once(stage: Scene) -> None:
    failure(stage)
    refused("rulefailure_once", lambda: failure(stage))


def test_a_patient_has_one_watch(stage: Scene) -> None:
    WatchState.objects.create(patient=stage.patient)
    refused("alerts_watchstate_pkey", lambda: WatchState.objects.create(patient=stage.patient))


def test_an_alert_names_a_patient(stage: Scene) -> None:
    with pytest.raises(IntegrityError, match="foreign key"), transaction.atomic():  # noqa: PT012 - checked when it ends
        Alert.objects.filter(pk=alert(stage).pk).update(patient_id=uuid4())
        connection.check_constraints()


def test_too_long_a_text_is_refused_not_cut(stage: Scene) -> None:
    with pytest.raises(DataError), transaction.atomic():
        alert(stage, subject="x" * 81)


def test_a_new_watch_has_judged_nothing(stage: Scene) -> None:
    row = WatchState.objects.create(patient=stage.patient)
    assert (row.evaluated_revision, row.evaluated_ruleset, row.attempts, row.attempted_revision) == (-1, "", 0, -1)
    assert (row.recheck_at, row.lease_until, row.failed_at, row.cannot_judge) == (None, None, None, [])


def test_who_leaves_takes_no_alert_along(stage: Scene) -> None:
    one = alert(stage, owner=stage.nurse)
    Transition.objects.create(
        alert=one, patient=stage.patient, at=MORNING, by=stage.nurse, verb="raised", after="raised"
    )
    stage.nurse.delete()
    one.refresh_from_db()
    assert one.owner is None
    assert Transition.objects.get().by is None


def rows(stage: Scene) -> list[models.Model]:
    """Return a row of every table, about a patient with a name and a finding."""
    PatientIdentity.objects.create(patient=stage.patient, name=CANARY)
    one = alert(stage)
    step = Transition.objects.create(alert=one, patient=stage.patient, at=MORNING, verb="raised", after="raised")
    beat = Heartbeat.objects.create(name="sweep", beat_at=MORNING)
    watch = WatchState.objects.create(patient=stage.patient, cannot_judge=[{"rule": FALL, "reason": "no baseline"}])
    letter = mail(stage, alert=one)
    mute = Mute.objects.create(
        patient=stage.patient, rule=FALL, severity=2, at=MORNING, until=MORNING + HOUR, reason=CANARY
    )
    choice = MailChoice.objects.create(user=letter.recipient, edition="digest", at=MORNING)
    incident = Incident.objects.create(kind="watch", began_at=MORNING)
    return [one, step, watch, failure(stage), letter, attempt(stage), beat, mute, choice, incident]


def test_no_row_calls_itself_by_anything_clinical(stage: Scene) -> None:
    made = rows(stage)
    assert {type(row) for row in made} == set(Alert._meta.app_config.get_models())
    for row in made:
        for canary in (CANARY, "98 g/L", "Hb", "baseline", "of 124", "example.org", "@"):
            assert canary not in str(row)
            assert canary not in repr(row)


def test_every_row_names_itself(stage: Scene) -> None:
    one, step, watch, broken, letter, tried, beat, mute, choice, incident = rows(stage)
    assert str(one) == f"{FALL} {one.pk}"
    assert str(step) == f"raised {one.pk}"
    assert str(watch) == str(stage.pk)
    assert str(broken) == f"{FALL} of {stage.pk}"
    assert str(letter) == str(letter.pk)
    assert str(tried).endswith("attempt 1")
    assert str(beat) == "sweep"
    assert str(mute) == f"{FALL} of {stage.pk}"
    assert isinstance(letter, Notification)
    assert str(choice) == f"digest of user {letter.recipient_id}"
    assert str(incident) == "watch"
