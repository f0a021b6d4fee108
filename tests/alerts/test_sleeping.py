"""The two steps of sleep: put off by a mute, raised again; each only of an alert that is still as it was read."""

from datetime import timedelta
from typing import Any

import pytest

from alerts.models import Alert
from alerts.sleeping import MUTED, cut_short, put_off, woken
from tests import factories
from tests.alerts.scenes import FALL, MORNING, Scene, scene

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def stage(db: None) -> Scene:
    return scene()


def raised(stage: Scene, **fields: Any) -> Alert:
    """Return an alert somebody has."""
    return factories.alert(stage.patient, rule=FALL, owner=stage.nurse, **fields)


def test_an_alert_is_put_off_and_keeps_who_has_it(stage: Scene) -> None:
    alert = raised(stage, state="acknowledged", next_call_at=MORNING + HOUR)
    row = factories.mute(stage.patient, at=MORNING, until=MORNING + DAY, by=stage.physician)
    step = put_off(alert, row, at=MORNING)
    assert step is not None
    assert (step.verb, step.before, step.after, step.by) == ("muted", "acknowledged", "snoozed", stage.physician)
    alert.refresh_from_db()
    assert (alert.owner, alert.snoozed_until, alert.next_call_at) == (stage.nurse, row.until, None)
    assert (alert.silenced_reason, alert.changed_at) == (MUTED, MORNING)


def test_what_was_changed_meanwhile_is_left(stage: Scene) -> None:
    alert = raised(stage)
    row = factories.mute(stage.patient)
    Alert.objects.update(changed_at=MORNING)
    assert put_off(alert, row, at=MORNING) is None
    assert cut_short(alert, row, by_id=None, at=MORNING) is None
    assert alert.transitions.count() == 1


def test_what_is_cut_short_is_due_at_once_in_the_name_of_who_ended_it(stage: Scene) -> None:
    alert, row = raised(stage), factories.mute(stage.patient, by=stage.physician)
    put_off(alert, row, at=MORNING)
    step = cut_short(alert, row, by_id=stage.nurse.pk, at=MORNING + HOUR)
    assert step is not None
    assert (step.by, step.detail["ended"], alert.snoozed_until) == (stage.nurse, True, MORNING + HOUR)


def test_who_wakes_is_told_of_again(stage: Scene) -> None:
    alert, row = raised(stage), factories.mute(stage.patient)
    put_off(alert, row, at=MORNING)
    change = woken(alert, at=MORNING + DAY)
    alert.refresh_from_db()
    assert (alert.state, alert.snoozed_until, alert.silenced_reason) == ("raised", None, "")
    assert (change.verb, change.transition.before, change.transition.after) == ("woken", "snoozed", "raised")


def test_another_reason_of_silence_stays(stage: Scene) -> None:
    alert = raised(stage, state="snoozed", snoozed_until=MORNING, silenced_reason="nobody_to_tell")
    woken(alert, at=MORNING)
    alert.refresh_from_db()
    assert alert.silenced_reason == "nobody_to_tell"
