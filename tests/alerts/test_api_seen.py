"""The API acts on an alert as it was read: what names an older `changed_at` is refused, and nothing is done."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from django.test import Client

from alerts.models import Alert
from tests.alerts.scenes import Scene
from tests.alerts.test_api import ALERTS, problem
from tests.alerts.test_api_actions import act, alert, post, said, stage, steps

__all__ = ("alert", "stage")
pytestmark = pytest.mark.django_db
CHANGING = ("acknowledge", "resolve", "snooze", "assign")


def read(stage: Scene, alert: Alert) -> str:
    """Return when an alert changed last, as the API tells it."""
    client = Client()
    client.force_login(stage.nurse)
    told: str = client.get(f"{ALERTS}{alert.pk}/").json()["changed_at"]
    return told


@pytest.mark.parametrize("action", CHANGING)
def test_what_was_decided_on_an_older_alert_is_refused(stage: Scene, alert: Alert, action: str) -> None:
    seen = read(stage, alert)
    Alert.objects.filter(pk=alert.pk).update(changed_at=alert.changed_at + timedelta(microseconds=1))
    before = Alert.objects.values().get()
    refused = problem(post(stage.physician, alert.pk, action, changed_at=seen, **said(action, stage.nurse)), 409)
    assert refused["detail"] == "This alert has changed since, or is not in a state for this. Read it again."
    assert (Alert.objects.values().get(), len(steps(alert))) == (before, 1)


@pytest.mark.parametrize("action", CHANGING)
def test_what_names_the_alert_as_it_is_is_done(stage: Scene, alert: Alert, action: str) -> None:
    one = act(stage.physician, alert.pk, action, changed_at=read(stage, alert), **said(action, stage.nurse))
    assert one["changed_at"] != alert.changed_at.isoformat()
    assert len(steps(alert)) == 2


def test_the_same_moment_in_another_zone_is_the_same(stage: Scene, alert: Alert) -> None:
    elsewhere = alert.changed_at.astimezone(timezone(timedelta(hours=5, minutes=45)))
    assert act(stage.nurse, alert.pk, "acknowledge", changed_at=elsewhere.isoformat())["state"] == "acknowledged"


@pytest.mark.parametrize("seen", ["yesterday", "", None, 7, "2026-13-01T00:00:00Z"])
def test_what_is_no_moment_is_asked_again(stage: Scene, alert: Alert, seen: Any) -> None:
    body = problem(post(stage.nurse, alert.pk, "acknowledge", changed_at=seen), 400)
    assert (list(body["errors"]), len(steps(alert))) == (["changed_at"], 1)


@pytest.mark.parametrize("action", ["comment", "feedback"])
def test_words_leave_it_as_it_is_whatever_moment_is_named(stage: Scene, alert: Alert, action: str) -> None:
    seen = datetime(2020, 1, 1, tzinfo=UTC).isoformat()
    one = act(stage.nurse, alert.pk, action, changed_at=seen, **said(action, stage.nurse))
    assert (datetime.fromisoformat(one["changed_at"]), len(steps(alert))) == (alert.changed_at, 2)
