"""An alert about an event stays the alert about that event while the event is corrected; old alerts replay to the same bytes."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from alerts.models import Alert, Transition
from alerts.replaying import replay
from alerts.rules import hemoptysis
from alerts.watching import evaluate
from patients.context import ALL, working_on
from patients.correcting import correct
from patients.facts import NewEvent
from patients.recording import record, retract
from tests.alerts.rules.histories import event as seen
from tests.alerts.rules.histories import history
from tests.alerts.scenes import MORNING, Scene, scene

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def stage(db: None) -> Scene:
    return scene()


def bleed(stage: Scene, amount: str, *, hours_ago: float = 2) -> NewEvent:
    """Return blood coughed up."""
    return NewEvent(stage.pk, "hemoptysis", MORNING - hours_ago * HOUR, "minute", {"amount": amount})


def written(stage: Scene, amount: str, **fields: Any) -> int:
    """Record blood coughed up; return the row."""
    with working_on(ALL):
        (outcome,) = record([bleed(stage, amount, **fields)], by=None, at=MORNING - HOUR, why="typed")
    assert outcome.fact_id is not None
    return outcome.fact_id


def mended(stage: Scene, row: int, amount: str, *, hours: int = 1) -> int:
    """Correct an event; return the new row."""
    with working_on(ALL):
        outcome = correct(row, bleed(stage, amount), by=None, at=MORNING + hours * HOUR, why="it was more")
    assert outcome.fact_id is not None
    return outcome.fact_id


def the_alert() -> Alert:
    """Return the only alert about blood."""
    return Alert.objects.get(rule="hemoptysis")


def test_an_event_that_was_never_corrected_is_its_own_subject(stage: Scene) -> None:
    row = written(stage, "streaks")
    evaluate(stage.pk, at=MORNING)
    assert the_alert().subject == str(row)
    assert replay(the_alert()).identical


def test_a_corrected_event_keeps_its_one_alert(stage: Scene) -> None:
    first = written(stage, "streaks")
    evaluate(stage.pk, at=MORNING)
    was = the_alert().pk
    second = mended(stage, first, "massive")
    evaluate(stage.pk, at=MORNING + 2 * HOUR)
    alert = the_alert()
    assert (alert.pk, alert.subject) == (was, str(first))
    assert alert.finding["level"] == 3
    assert [row["id"] for row in alert.finding["evidence"]] == [second]
    assert "100\u00a0mL of blood or more" in alert.finding["sentence"]


def test_it_is_told_as_worse_and_not_raised_again(stage: Scene) -> None:
    first = written(stage, "streaks")
    evaluate(stage.pk, at=MORNING)
    mended(stage, first, "massive")
    evaluate(stage.pk, at=MORNING + 2 * HOUR)
    verbs = list(Transition.objects.filter(alert=the_alert()).order_by("id").values_list("verb", flat=True))
    assert verbs.count("raised") == 1
    assert "worsened" in verbs


def test_an_alert_raised_before_its_event_was_corrected_replays_to_the_same_bytes(stage: Scene) -> None:
    first = written(stage, "teaspoon")
    evaluate(stage.pk, at=MORNING)
    then = the_alert()
    mended(stage, first, "streaks")
    assert replay(then).identical
    assert then.finding["evidence"][0]["id"] == first


def test_a_corrected_correction_replays_too(stage: Scene) -> None:
    first = written(stage, "streaks")
    second = mended(stage, first, "teaspoon")
    evaluate(stage.pk, at=MORNING + 2 * HOUR)
    alert = the_alert()
    mended(stage, second, "massive", hours=3)
    assert alert.subject == str(first)
    assert replay(alert).identical


def test_two_events_stay_two(stage: Scene) -> None:
    first, other = written(stage, "streaks"), written(stage, "streaks", hours_ago=20)
    mended(stage, first, "massive")
    evaluate(stage.pk, at=MORNING + 2 * HOUR)
    assert {alert.subject for alert in Alert.objects.filter(rule="hemoptysis")} == {str(first), str(other)}


def test_a_retracted_event_is_no_finding_any_more(stage: Scene) -> None:
    row = mended(stage, written(stage, "streaks"), "teaspoon")
    with working_on(ALL):
        retract("event", row, by=None, at=MORNING + 2 * HOUR, why="nosebleed")
    found = evaluate(stage.pk, at=MORNING + 3 * HOUR).findings
    assert [one for one in found if one.rule == "hemoptysis"] == []


def test_the_rule_names_the_origin_and_shows_the_row() -> None:
    known = replace(seen(5, "hemoptysis", id=9, amount="teaspoon"), origin=4)
    found = hemoptysis.judge(history(events=[known], at=6), hemoptysis.RULE.resolved({}), history(at=6).at)
    (one,) = found.answers
    assert (one.subject, [row.id for row in getattr(one, "evidence", ())]) == ("4", [9])
