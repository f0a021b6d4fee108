"""Alerts that were open before calls were kept as a due time: from the upgrade on somebody is called about them."""

from datetime import datetime, timedelta
from importlib import import_module
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from alerts import calling
from alerts.models import Alert, Notification
from alerts.rules.rule import Severity
from tests import factories
from tests.alerts.scenes import Scene, scene

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
HIGH, MODERATE, LOW = Severity.HIGH, Severity.MODERATE, Severity.LOW


@pytest.fixture
def stage(db: None) -> Scene:
    return scene()


def upgrade() -> datetime:
    """Run the step of the migration; return the moment that it counts from."""
    with connection.cursor() as cursor:
        cursor.execute(import_module("alerts.migrations.0011_next_calls").FROM_NOW)
        cursor.execute("SELECT now()")
        (at,) = cursor.fetchone()
    return timezone.localtime(at)


@pytest.mark.parametrize(
    ("severity", "state", "after"),
    [
        (HIGH, "raised", HOUR / 2),
        (MODERATE, "raised", 72 * HOUR),
        (LOW, "raised", None),
        (HIGH, "acknowledged", DAY),
        (MODERATE, "acknowledged", 7 * DAY),
        (LOW, "acknowledged", 28 * DAY),
        (HIGH, "resolved", None),
        (HIGH, "recovered", None),
    ],
)
def test_open_alerts_are_called_about_as_if_they_had_been_told_of_now(
    stage: Scene, severity: Severity, state: str, after: timedelta | None
) -> None:
    factories.alert(stage.patient, severity, state=state)
    at = upgrade()
    due = Alert.objects.get().next_call_at
    assert (None if due is None else due - at) == after


def test_what_sleeps_waits_for_its_time(stage: Scene) -> None:
    factories.alert(stage.patient, HIGH, state="snoozed", snoozed_until=timezone.now() + HOUR)
    upgrade()
    assert Alert.objects.get().next_call_at is None


def test_what_has_its_time_keeps_it(stage: Scene) -> None:
    soon = timezone.now() + HOUR / 6
    factories.alert(stage.patient, HIGH, next_call_at=soon, calls=2)
    upgrade()
    assert (Alert.objects.get().next_call_at, Alert.objects.get().calls) == (soon, 2)


def test_the_first_call_comes_half_an_hour_later(stage: Scene) -> None:
    factories.alert(stage.patient, HIGH, hours_open=90)
    at = upgrade()
    assert [calling.call_due(at=at + minutes * HOUR / 60) for minutes in (29, 30)] == [0, 1]


def ahead(stage: Scene, about: Alert, reason: str, after: timedelta, **fields: Any) -> Notification:
    """Write a mail ahead, as it was done before."""
    at = timezone.now()
    usual = {"recipient": stage.nurse, "team": stage.team, "alert": about, "kind": "alert", "reason": reason}
    key = f"{about.pk}:{reason}:{after}"
    return Notification.objects.create(
        **{**usual, "dedup_key": key, "created_at": at - HOUR, "due_at": at + after, **fields}
    )


@pytest.mark.parametrize(
    ("reason", "after", "fields", "dropped"),
    [
        ("reminder", HOUR, {}, "called_otherwise"),
        ("next_in_chain", HOUR, {}, "called_otherwise"),
        ("first", HOUR, {}, ""),
        ("reminder", -HOUR / 2, {}, ""),
        ("reminder", HOUR, {"sent_at": timezone.now()}, ""),
        ("reminder", HOUR, {"dropped_at": timezone.now(), "dropped_reason": "resolved"}, "resolved"),
    ],
)
def test_what_was_written_ahead_is_dropped_for_the_call_comes_instead(
    stage: Scene, reason: str, after: timedelta, fields: dict[str, Any], dropped: str
) -> None:
    row = ahead(stage, factories.alert(stage.patient, HIGH), reason, after, **fields)
    at = upgrade()
    row.refresh_from_db()
    assert row.dropped_reason == dropped
    assert (row.dropped_at == at) == (dropped == "called_otherwise")


def test_what_has_its_time_or_sleeps_keeps_its_mails_and_what_was_carried_goes_by_itself(stage: Scene) -> None:
    soon = timezone.now() + HOUR
    dropped = ahead(stage, factories.alert(stage.patient, HIGH), "reminder", HOUR)
    others: tuple[dict[str, Any], ...] = ({"next_call_at": soon}, {"state": "snoozed", "snoozed_until": soon})
    for fields in others:
        ahead(stage, factories.alert(stage.patient, HIGH, **fields), "reminder", HOUR, carried_by=dropped)
    upgrade()
    assert list(Notification.objects.filter(dropped_at=None).values_list("carried_by", flat=True)) == [None, None]
