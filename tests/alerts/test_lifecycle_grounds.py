"""An alert whose ground was taken away, and a new bout after a person had closed the old one."""

from datetime import timedelta

import pytest

from alerts import lifecycle
from alerts.changes import Verb
from alerts.grounds import taken_back
from alerts.lifecycle import TAKEN_BACK, ResolveReason, settle
from alerts.models import Alert, Transition
from alerts.rules.rule import Answer, Evidence
from patients.models import Observation
from patients.recording import record, retract
from tests.alerts.scenes import FALL, MORNING, Scene, basis, clear, finding, scene, unknown, verdict
from tests.patients.records import event, result

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def stage(db: None) -> Scene:
    return scene()


def recorded(stage: Scene) -> int:
    """Record the result that findings rest on; return its row."""
    (outcome,) = record([result(stage.patient, 98.0)], by=None, at=MORNING, why="")
    assert outcome.fact_id is not None
    return outcome.fact_id


def take_back(row: int, kind: str = "observation") -> None:
    """Take a fact back."""
    retract(kind, row, by=None, at=MORNING + HOUR, why="laboratory error")  # type: ignore[arg-type] # one of the kinds


def judged(stage: Scene, *answers: Answer, revision: int, after: timedelta = HOUR) -> list[Verb]:
    """Settle a verdict; return what happened."""
    changes = settle(basis(stage.patient, at=MORNING + after, revision=revision), verdict(*answers))
    return [one.verb for one in changes]


def test_an_alert_whose_result_was_taken_back_recovers_and_says_why(stage: Scene) -> None:
    row = recorded(stage)
    judged(stage, finding(row=row), revision=1)
    take_back(row)
    assert judged(stage, unknown(), revision=2) == [Verb.GROUND_LOST, Verb.RECOVERED]
    alert = Alert.objects.get()
    assert (alert.state, alert.closed_at, alert.ground_lost_at) == ("recovered", MORNING + HOUR, MORNING + HOUR)
    assert Transition.objects.order_by("-id")[0].reason == TAKEN_BACK
    assert judged(stage, unknown(), revision=2) == []


def test_an_alert_that_is_found_again_on_other_ground_stays(stage: Scene) -> None:
    row = recorded(stage)
    judged(stage, finding(row=row), revision=1)
    take_back(row)
    assert judged(stage, finding(row=row + 1, sentence="Hb 97 g/L."), revision=2) == [Verb.UPDATED]
    assert Alert.objects.get().state == "raised"


def test_what_cannot_be_judged_on_standing_ground_stays(stage: Scene) -> None:
    judged(stage, finding(row=recorded(stage)), revision=1)
    assert judged(stage, unknown(), revision=1) == []
    assert Alert.objects.get().state == "raised"


def test_a_row_that_is_only_compared_with_is_no_ground(stage: Scene) -> None:
    row = recorded(stage)
    baseline = Evidence("baseline", "observation", row, "HGB", MORNING, 98.0, "g/L")
    judged(stage, finding(evidence=(baseline,)), revision=1)
    take_back(row)
    assert judged(stage, unknown(), revision=2) == []


def test_what_was_taken_back_later_than_judged_is_still_ground(stage: Scene) -> None:
    row = recorded(stage)
    judged(stage, finding(row=row), revision=1)
    take_back(row)
    assert judged(stage, unknown(), revision=1) == []


def test_a_latching_alert_says_so_once_and_waits_for_a_person(stage: Scene) -> None:
    (outcome,) = record([event(stage.patient)], by=None, at=MORNING, why="")
    bleed = Evidence("result", "event", outcome.fact_id or 0, "hemoptysis", MORNING, "massive", "")
    judged(stage, finding(evidence=(bleed,), latching=True), revision=1)
    take_back(outcome.fact_id or 0, "event")
    assert judged(stage, unknown(), revision=2) == [Verb.GROUND_LOST]
    assert judged(stage, unknown(), revision=2, after=2 * HOUR) == []
    alert = Alert.objects.get()
    assert (alert.state, alert.clear_seen, alert.ground_lost_at) == ("raised", True, MORNING + HOUR)
    assert Transition.objects.filter(reason=TAKEN_BACK).count() == 1


def test_grounds_are_asked_by_kind_not_by_alert(stage: Scene, django_assert_num_queries) -> None:
    row = recorded(stage)
    for subject in "abc":
        judged(stage, finding(row=row, subject=subject), revision=1)
    alerts = list(Alert.objects.all())
    take_back(row)
    with django_assert_num_queries(1):
        assert taken_back(alerts, revision=2) == {alert.pk for alert in alerts}
    assert Observation.objects.get().retracted_revision == 2


def resolved(stage: Scene) -> None:
    """Raise an alert, and close it an hour later."""
    judged(stage, finding(since=MORNING - DAY), revision=1, after=timedelta(0))
    alert = Alert.objects.get()
    lifecycle.resolve(alert.pk, by=stage.physician, at=MORNING + HOUR, reason=ResolveReason.TREATED)


def test_a_resolved_alert_stays_closed_within_its_bout(stage: Scene) -> None:
    resolved(stage)
    again = finding(since=MORNING - DAY, sentence="Hb 97 g/L.")
    assert judged(stage, again, revision=2, after=30 * DAY) == []
    assert Alert.objects.count() == 1


def test_a_new_bout_after_a_resolution_is_a_new_alert(stage: Scene) -> None:
    resolved(stage)
    again = finding(since=MORNING + 20 * DAY)
    assert judged(stage, again, revision=2, after=21 * DAY) == [Verb.RAISED]
    assert list(Alert.objects.order_by("raised_at").values_list("state", flat=True)) == ["resolved", "raised"]


def test_a_bout_that_began_before_the_resolution_is_the_old_one(stage: Scene) -> None:
    resolved(stage)
    assert judged(stage, finding(since=MORNING + HOUR), revision=2, after=21 * DAY) == []


def test_a_recovered_alert_and_clear_are_as_before(stage: Scene) -> None:
    judged(stage, finding(rule=FALL), revision=1)
    assert judged(stage, clear(), revision=2) == [Verb.RECOVERED]
    assert Transition.objects.order_by("-id")[0].reason == ""
