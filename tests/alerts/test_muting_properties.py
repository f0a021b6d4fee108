"""Whatever a rule finds while it is muted: no rise is hidden, and nothing sleeps by a mute for longer than it holds."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alerts.lifecycle import settle
from alerts.models import Alert, Mute, Transition
from alerts.muting import end_over
from alerts.rules.rule import Severity
from tests.alerts.scenes import MORNING, Scene, basis, finding, learn, scene, verdict
from tests.alerts.test_muting import HOUR, LOW, MODERATE, muted, open_mutes

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage(db: None) -> Scene:
    return scene()


MOVES = st.lists(st.tuples(st.sampled_from([1, 2, 3]), st.integers(0, 2), st.integers(1, 40)), min_size=1, max_size=6)


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=MOVES, upto=st.sampled_from([LOW, MODERATE]), days=st.integers(1, 90))
def test_no_mute_hides_a_rise_and_none_outlives_its_end(
    stage: Scene, moves: list[tuple[int, int, int]], upto: Severity, days: int
) -> None:
    """Whatever a rule finds while it is muted: what sleeps by the mute is never worse than what it is for, nor for longer."""
    for table in (Transition, Alert, Mute):
        table.objects.all().delete()
    row, at, last = muted(stage, days=days, severity=upto), MORNING, (0, 0)
    for severity, level, hours in moves:
        at += hours * HOUR
        end_over(at=at)
        revision = learn(stage.patient, at=at)
        found = finding(severity=Severity(severity), level=level, row=revision, at=at)
        settle(basis(stage.patient, at=at, revision=revision), verdict(found))
        alert = Alert.objects.get()
        rose = (severity, level) > last and last != (0, 0)
        last = max(last, (severity, level))
        if severity > upto or rose:
            assert alert.state == "raised"
            assert open_mutes() == 0
        if alert.state == "snoozed":
            assert alert.severity <= upto
            assert alert.snoozed_until == row.until
    end_over(at=max(at, row.until))
    assert open_mutes() == 0
