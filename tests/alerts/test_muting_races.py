"""Muting against muting, and muting against an evaluation, on real connections."""

from datetime import timedelta

import pytest
from django.db import connection

from alerts import muting, watching
from alerts.models import Alert, Mute, Transition
from alerts.muting import MuteConflictError, mute
from patients.context import acting_as
from tests import factories
from tests.alerts.scenes import FALL, MORNING, Scene, learn, scene, scripted, urgent
from tests.alerts.test_watching_races import at_once, side_by_side

pytestmark = pytest.mark.django_db(transaction=True)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def attempt(stage: Scene) -> int:
    """Mute the fall with the web's log-in; return 1 where that was taken."""
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE iph_web")
    with acting_as(stage.physician.pk):
        try:
            mute(stage.patient, FALL, by=stage.physician, at=MORNING, until=MORNING + DAY, reason="x")
        except MuteConflictError:
            return 0
        return 1


def test_of_fifty_racing_calls_one_mutes(transactional_db: None) -> None:
    stage = scene()
    for subject in "abc":
        factories.alert(stage.patient, rule=FALL, subject=subject)
    assert sum(int(str(one)) for one in at_once(50, lambda: attempt(stage))) == 1
    assert Mute.objects.filter(ended_at=None).count() == 1
    assert Transition.objects.filter(verb="muted").count() == 3


def test_what_is_raised_while_its_rule_is_muted_sleeps_after_the_next_sweep(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = scene()
    scripted(monkeypatch).says(urgent())
    learn(stage.patient, at=MORNING)

    def judge() -> int:
        watching.sweep(patients=[stage.pk], at=MORNING + HOUR)
        return 0

    side_by_side(judge, lambda: attempt(stage))
    muting.catch_up(at=MORNING + 2 * HOUR)
    assert list(Alert.objects.values_list("state", "snoozed_until")) == [("snoozed", MORNING + DAY)]
