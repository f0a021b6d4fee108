"""Alerts about films, samples and complications through their life in the database: corrected, taken back, cleared, late."""

from datetime import timedelta
from typing import Any

import pytest

from alerts import lifecycle
from alerts.lifecycle import ResolveReason
from alerts.models import Alert, Notification
from alerts.replaying import replay
from alerts.watching import evaluate
from patients.context import ALL, working_on
from patients.correcting import correct
from patients.facts import Fact, NewEvent, NewObservation
from patients.recording import record, retract
from tests.alerts.scenes import MORNING, Scene, scene

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def stage(db: None) -> Scene:
    """A team and a patient who was looked at once, long before."""
    made = scene()
    evaluate(made.pk, at=MORNING - 400 * DAY)
    return made


def happened(stage: Scene, kind: str, days_ago: float, /, **findings: Any) -> NewEvent:
    """Return an event of so many days before the morning."""
    return NewEvent(stage.pk, kind, MORNING - days_ago * DAY, "minute", findings)


def written(stage: Scene, *facts: Fact, days_ago: float = 0) -> list[int]:
    """Record facts some days before the morning; return their rows."""
    with working_on(ALL):
        outcomes = record(list(facts), by=None, at=MORNING - days_ago * DAY, why="typed")
    return [outcome.fact_id or 0 for outcome in outcomes]


def judged(stage: Scene, days_ago: float = 0) -> dict[str, Alert]:
    """Judge the patient; return the newest alert of each rule."""
    evaluate(stage.pk, at=MORNING - days_ago * DAY)
    return {one.rule: one for one in Alert.objects.filter(patient=stage.patient).order_by("raised_at")}


def verbs(alert: Alert) -> list[str]:
    """Return what happened to an alert."""
    return list(alert.transitions.order_by("id").values_list("verb", flat=True))


FOCI = {"new_foci": True, "foci_present": True}
BARE = {"foci_present": False}


def test_foci_are_raised_and_recover_with_a_film_without(stage: Scene) -> None:
    written(stage, happened(stage, "chest_xray", 20, **FOCI), days_ago=20)
    assert judged(stage, 19)["film_new_foci"].state == "raised"
    written(stage, happened(stage, "chest_xray", 2, **BARE), days_ago=1)
    alert = judged(stage)["film_new_foci"]
    assert (alert.state, verbs(alert)) == ("recovered", ["raised", "recovered"])


def test_foci_that_persist_are_an_alert_of_their_own_beside_it(stage: Scene) -> None:
    written(stage, happened(stage, "chest_xray", 30, **FOCI), days_ago=30)
    judged(stage, 29)
    written(stage, happened(stage, "chest_xray", 1, foci_present=True), days_ago=1)
    found = judged(stage)
    assert {rule: alert.state for rule, alert in found.items()} == {
        "film_new_foci": "raised",
        "film_foci_persist": "raised",
    }
    assert len({alert.subject for alert in found.values()}) == 1


def test_more_foci_within_four_weeks_bring_the_alert_up_to_date(stage: Scene) -> None:
    written(stage, happened(stage, "chest_xray", 20, **FOCI), days_ago=20)
    first = judged(stage, 19)["film_new_foci"]
    lifecycle.acknowledge(first.pk, by=stage.nurse, at=MORNING - 18 * DAY)
    written(stage, happened(stage, "chest_xray", 5, **FOCI), days_ago=5)
    alert = judged(stage)["film_new_foci"]
    assert (alert.pk, alert.state, verbs(alert)) == (first.pk, "acknowledged", ["raised", "acknowledged", "updated"])
    assert alert.finding["numbers"]["films"] == 2


def test_foci_after_four_weeks_are_another_alert(stage: Scene) -> None:
    written(stage, happened(stage, "chest_xray", 60, **FOCI), days_ago=60)
    judged(stage, 59)
    written(stage, happened(stage, "chest_xray", 5, **FOCI), days_ago=5)
    judged(stage)
    states = Alert.objects.filter(rule="film_new_foci").order_by("raised_at").values_list("state", flat=True)
    assert list(states) == ["recovered", "raised"]


def test_foci_that_come_again_soon_after_a_clear_film_return(stage: Scene) -> None:
    for days, findings in ((20, FOCI), (10, BARE), (5, FOCI)):
        written(stage, happened(stage, "chest_xray", days, **findings), days_ago=days)
        alert = judged(stage, days - 0.5)["film_new_foci"]
    assert verbs(alert) == ["raised", "recovered", "returned"]
    assert Alert.objects.filter(rule="film_new_foci").count() == 1


def test_a_film_that_was_taken_back_carries_no_alert(stage: Scene) -> None:
    (row,) = written(stage, happened(stage, "chest_xray", 2, **FOCI, stage=3), days_ago=2)
    judged(stage, 1)
    with working_on(ALL):
        retract("event", row, by=None, at=MORNING - 0.5 * DAY, why="another patient's")
    assert judged(stage)["film_new_foci"].state == "recovered"


def test_a_film_that_was_corrected_keeps_its_alert_or_loses_it(stage: Scene) -> None:
    (row,) = written(stage, happened(stage, "chest_xray", 2, **FOCI), days_ago=2)
    first = judged(stage, 1)["film_new_foci"]
    with working_on(ALL):
        mended = happened(stage, "chest_xray", 2, **FOCI, zones={"left_upper": "new"})
        outcome = correct(row, mended, by=None, at=MORNING - 0.5 * DAY, why="zone")
    second = judged(stage, 0.4)["film_new_foci"]
    assert (second.pk, second.state) == (first.pk, "raised")
    assert "left upper" in second.finding["sentence"]
    with working_on(ALL):
        correct(outcome.fact_id or 0, happened(stage, "chest_xray", 2, **BARE), by=None, at=MORNING, why="misread")
    assert judged(stage)["film_new_foci"].state == "recovered"


@pytest.mark.parametrize(
    ("rule", "kind", "bad", "good"),
    [
        ("film_cavity", "chest_xray", {"cavity": True}, {"cavity": False, "foci_present": False}),
        ("sputum_acid_fast", "sputum", {"acid_fast_bacilli": "1+"}, {"acid_fast_bacilli": "absent"}),
        ("sputum_atypical_cells", "sputum", {"atypical_cells": "present"}, {"atypical_cells": "absent"}),
        ("severe_bleeding", "hemoptysis", {"amount": "massive"}, {"amount": "streaks"}),
    ],
)
def test_what_latches_waits_for_a_person(
    stage: Scene, rule: str, kind: str, bad: dict[str, Any], good: dict[str, Any]
) -> None:
    written(stage, happened(stage, kind, 20, **bad), days_ago=20)
    alert = judged(stage, 19)[rule]
    assert alert.latching
    written(stage, happened(stage, kind, 1, **good), days_ago=1)
    assert judged(stage)[rule].state == "raised"
    lifecycle.resolve(alert.pk, by=stage.physician, at=MORNING + DAY, reason=ResolveReason.TREATED, note="")
    assert judged(stage, -2)[rule].state == "resolved"


def test_a_worse_grade_opens_what_was_acknowledged(stage: Scene) -> None:
    written(stage, happened(stage, "sputum", 9, acid_fast_bacilli="scanty"), days_ago=9)
    alert = judged(stage, 8)["sputum_acid_fast"]
    lifecycle.acknowledge(alert.pk, by=stage.nurse, at=MORNING - 7 * DAY)
    written(stage, happened(stage, "sputum", 2, acid_fast_bacilli="3+"), days_ago=2)
    again = judged(stage)["sputum_acid_fast"]
    assert (again.pk, again.state, again.level) == (alert.pk, "raised", 3)
    assert verbs(again) == ["raised", "acknowledged", "worsened"]


def test_cells_that_were_resolved_stay_closed_while_they_are_the_same(stage: Scene) -> None:
    written(stage, happened(stage, "sputum", 9, atypical_cells="suspicious"), days_ago=9)
    alert = judged(stage, 8)["sputum_atypical_cells"]
    lifecycle.resolve(alert.pk, by=stage.physician, at=MORNING - 7 * DAY, reason=ResolveReason.EXPLAINED, note="benign")
    written(stage, happened(stage, "sputum", 2, atypical_cells="suspicious"), days_ago=2)
    assert judged(stage)["sputum_atypical_cells"].state == "resolved"
    written(stage, happened(stage, "sputum", 1, atypical_cells="present"), days_ago=1)
    assert judged(stage, -1)["sputum_atypical_cells"].state == "raised"


def test_a_pneumothorax_recovers_by_a_film_and_silence_keeps_it_open(stage: Scene) -> None:
    written(stage, happened(stage, "chest_xray", 60, pneumothorax=True), days_ago=60)
    judged(stage, 59)
    assert judged(stage, 20)["pneumothorax"].state == "raised"
    written(stage, happened(stage, "chest_xray", 1, pneumothorax=False), days_ago=1)
    assert judged(stage)["pneumothorax"].state == "recovered"


def test_siderophages_in_remission_recover_by_two_samples(stage: Scene) -> None:
    ended = (MORNING - 200 * DAY).date().isoformat()
    written(stage, happened(stage, "exacerbation", 230, status="confirmed", until=ended), days_ago=200)
    written(stage, happened(stage, "sputum", 20, siderophages="many"), days_ago=20)
    assert judged(stage, 19)["sputum_silent_bleeding"].severity == 2
    for days in (10, 5):
        written(stage, happened(stage, "sputum", days, siderophages="absent"), days_ago=days)
    assert judged(stage)["sputum_silent_bleeding"].state == "recovered"


def test_a_physicians_exacerbation_explains_siderophages(stage: Scene) -> None:
    ended = (MORNING - 200 * DAY).date().isoformat()
    written(stage, happened(stage, "exacerbation", 230, status="confirmed", until=ended), days_ago=200)
    written(stage, happened(stage, "sputum", 5, siderophages="many"), days_ago=5)
    judged(stage, 4)
    written(stage, happened(stage, "exacerbation", 3, status="confirmed"), days_ago=3)
    assert judged(stage)["sputum_silent_bleeding"].state == "recovered"


def test_an_old_film_that_comes_late_pages_nobody(stage: Scene) -> None:
    written(stage, happened(stage, "chest_xray", 20, **FOCI))
    alert = judged(stage)["film_new_foci"]
    assert (alert.state, alert.severity) == ("raised", 3)
    assert set(Notification.objects.filter(alert=alert).values_list("channel", flat=True)) <= {"digest"}


def test_a_fresh_severe_bleeding_is_mailed_at_once(stage: Scene) -> None:
    written(stage, happened(stage, "hemoptysis", 0.1, amount="massive"))
    alert = judged(stage)["severe_bleeding"]
    mails = Notification.objects.filter(alert__patient=stage.patient, channel="email", due_at__lte=MORNING)
    assert mails.exists()
    assert alert.finding["telling"] == "at_once"


def test_a_saturation_that_comes_later_makes_streaks_severe(stage: Scene) -> None:
    written(stage, happened(stage, "hemoptysis", 0.5, amount="streaks"))
    assert "severe_bleeding" not in judged(stage)
    at = MORNING - timedelta(hours=2)
    written(stage, NewObservation(stage.pk, "SPO2", at, "minute", value=84, unit="%"))
    assert judged(stage)["severe_bleeding"].severity == 3


def test_every_alert_replays_to_the_same_bytes(stage: Scene) -> None:
    facts = [
        happened(stage, "chest_xray", 90, stage=1, **BARE),
        happened(stage, "chest_xray", 9, stage=4, **FOCI, cavity=True, unilateral=True, zones={"left_upper": "new"}),
        happened(
            stage, "chest_xray", 5, stage=4, foci_present=True, zones={"left_upper": "resolved", "left_lower": "new"}
        ),
        happened(stage, "sputum", 8, acid_fast_bacilli="1+", atypical_cells="present"),
        happened(stage, "hemoptysis", 8, amount="massive"),
        happened(stage, "complication", 7, name="pneumothorax"),
    ]
    written(stage, *facts)
    found = judged(stage)
    assert {"film_new_foci", "film_stage_worse", "film_migrating", "film_cavity", "film_unilateral"} <= set(found)
    assert {"sputum_acid_fast", "sputum_atypical_cells", "severe_bleeding", "pneumothorax"} <= set(found)
    assert [one.rule for one in found.values() if not replay(one).identical] == []


def test_looking_again_changes_nothing(stage: Scene) -> None:
    written(
        stage, happened(stage, "chest_xray", 9, **FOCI, cavity=True), happened(stage, "hemoptysis", 8, amount="massive")
    )
    before = {one.pk: verbs(one) for one in judged(stage).values()}
    after = {one.pk: verbs(one) for one in judged(stage, -3).values()}
    assert after == before
