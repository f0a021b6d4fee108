"""Would an alert fire now? Asked of the real rules after corrections; what an alert said stays, and replay gives the same bytes."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from alerts import grounds, lifecycle
from alerts.changes import Basis, ResolveReason
from alerts.lifecycle import STANDS_AGAIN, TAKEN_BACK
from alerts.models import Alert, Transition, WatchState
from alerts.rejudging import fire_now
from alerts.replaying import replay
from alerts.rules.rule import Severity
from alerts.watching import evaluate
from monitor.patient_cards import cards_of
from patients.correcting import correct
from patients.facts import NewObservation
from patients.models import Patient
from patients.recording import record, retract
from tests import factories
from tests.alerts.scenes import FALL, MORNING, SEVERE, Scene, high, scene, scripted, unknown
from tests.patients.records import result

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LOW, GOOD = 55.0, 125.0
"""Hemoglobin in g/L: severe anemia of an adult is below 80 (WHO 2024, the rule's own source), and a good one."""


@pytest.fixture
def stage(db: None) -> Scene:
    made = scene()
    Patient.objects.filter(pk=made.pk).update(birth_date=date(1985, 6, 1), sex="female")
    made.patient.refresh_from_db()
    return made


def hemoglobin(stage: Scene, value: float, *, at: datetime = MORNING - HOUR) -> NewObservation:
    """Return one hemoglobin."""
    return result(stage.patient, value, effective_at=at)


def learned(stage: Scene, value: float = LOW, *, at: datetime = MORNING - HOUR) -> int:
    """Record a hemoglobin; return its row."""
    (outcome,) = record([hemoglobin(stage, value, at=at)], by=None, at=MORNING, why="")
    assert outcome.fact_id is not None
    return outcome.fact_id


def corrected(stage: Scene, row: int, value: float, *, after: timedelta = HOUR) -> int:
    """Correct a hemoglobin, and judge the patient; return the new row."""
    outcome = correct(row, hemoglobin(stage, value), by=None, at=MORNING + after, why="typed wrongly")
    assert outcome.fact_id is not None
    evaluate(stage.pk, at=MORNING + after)
    return outcome.fact_id


def severe() -> Alert:
    """Return the alert of severe anemia that was raised first."""
    return Alert.objects.filter(rule=SEVERE).order_by("raised_at")[0]


def row_of(identity: UUID) -> dict[str, Any]:
    """Return every column of an alert."""
    return dict(Alert.objects.values().get(pk=identity))


def said(alert: Alert) -> list[tuple[str, str, str]]:
    """Return verb, state and reason of every step."""
    return list(alert.transitions.order_by("id").values_list("verb", "after", "reason"))


def test_a_corrected_result_says_so_and_the_alert_recovers(stage: Scene) -> None:
    row = learned(stage)
    evaluate(stage.pk, at=MORNING)
    found = severe().finding
    corrected(stage, row, GOOD)
    alert = severe()
    assert (alert.state, alert.ground_lost_at) == ("recovered", MORNING + HOUR)
    assert said(alert) == [
        ("raised", "raised", ""),
        ("ground_lost", "raised", TAKEN_BACK),
        ("recovered", "recovered", TAKEN_BACK),
    ]
    assert alert.finding == found
    assert replay(alert).identical


def test_a_closed_alert_says_so_stays_closed_and_is_never_rewritten(stage: Scene) -> None:
    row = learned(stage)
    evaluate(stage.pk, at=MORNING)
    closed = lifecycle.resolve(severe().pk, by=stage.physician, at=MORNING, reason=ResolveReason.TREATED).alert_id
    before = row_of(closed)
    corrected(stage, row, GOOD)
    after = row_of(closed)
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"ground_lost_at", "clear_seen"}
    assert said(severe())[-1] == ("ground_lost", "resolved", TAKEN_BACK)


def test_it_is_said_once_until_it_would_fire_again(stage: Scene) -> None:
    row = learned(stage)
    evaluate(stage.pk, at=MORNING)
    lifecycle.resolve(severe().pk, by=stage.physician, at=MORNING, reason=ResolveReason.TREATED)
    first = severe()
    row = corrected(stage, row, GOOD)
    row = corrected(stage, row, GOOD + 1, after=2 * HOUR)
    corrected(stage, row, LOW, after=3 * HOUR)
    steps = [(verb, reason) for verb, _, reason in said(first) if verb == "ground_lost"]
    assert steps == [("ground_lost", TAKEN_BACK), ("ground_lost", STANDS_AGAIN)]
    first.refresh_from_db()
    assert first.ground_lost_at is None


def test_the_same_result_written_anew_stands_again_though_nothing_was_retracted(stage: Scene) -> None:
    row = learned(stage)
    evaluate(stage.pk, at=MORNING)
    lifecycle.resolve(severe().pk, by=stage.physician, at=MORNING, reason=ResolveReason.TREATED)
    retract("observation", row, by=None, at=MORNING + HOUR, why="wrong patient")
    evaluate(stage.pk, at=MORNING + HOUR)
    assert severe().ground_lost_at == MORNING + HOUR
    learned(stage)
    evaluate(stage.pk, at=MORNING + 2 * HOUR)
    assert severe().ground_lost_at is None


def test_a_correction_that_changes_nothing_says_nothing(stage: Scene) -> None:
    row = learned(stage)
    evaluate(stage.pk, at=MORNING)
    corrected(stage, row, LOW + 1)
    alert = severe()
    assert (alert.state, alert.ground_lost_at) == ("raised", None)
    assert "ground_lost" not in {verb for verb, _, _ in said(alert)}


def test_a_good_result_after_a_bad_one_is_no_lost_ground(stage: Scene) -> None:
    learned(stage, at=MORNING - 3 * DAY)
    evaluate(stage.pk, at=MORNING)
    for days in (1, 2):
        learned(stage, GOOD, at=MORNING - days * DAY + HOUR)
    evaluate(stage.pk, at=MORNING + HOUR)
    assert not Transition.objects.filter(verb="ground_lost").exists()
    assert not Transition.objects.filter(reason=TAKEN_BACK).exists()


def test_a_corrected_baseline_shakes_what_was_compared_with_it(stage: Scene) -> None:
    days = [MORNING - before * DAY for before in range(70, 10, -7)]
    rows = [learned(stage, 140.0, at=day) for day in days]
    learned(stage, 112.0)
    evaluate(stage.pk, at=MORNING)
    alert = Alert.objects.get(rule=FALL)
    lifecycle.resolve(alert.pk, by=stage.physician, at=MORNING, reason=ResolveReason.EXPLAINED)
    for row, day in zip(rows, days, strict=True):
        correct(row, hemoglobin(stage, 113.0, at=day), by=None, at=MORNING + HOUR, why="another person’s")
    evaluate(stage.pk, at=MORNING + HOUR)
    alert.refresh_from_db()
    assert alert.ground_lost_at == MORNING + HOUR
    assert replay(alert).identical


def test_what_cannot_be_judged_any_more_is_no_lost_ground_and_stays_open(stage: Scene) -> None:
    rows = [learned(stage, 140.0, at=MORNING - days * DAY) for days in range(70, 10, -7)]
    learned(stage, 112.0)
    evaluate(stage.pk, at=MORNING)
    for row in rows:
        retract("observation", row, by=None, at=MORNING + HOUR, why="another person’s")
    evaluate(stage.pk, at=MORNING + HOUR)
    alert = Alert.objects.get(rule=FALL)
    assert (alert.state, alert.ground_lost_at) == ("raised", None)
    reasons = [one["reason"] for one in WatchState.objects.get().cannot_judge if one["rule"] == FALL]
    assert reasons == ["there is no earlier confirmed hemoglobin result to compare the newest with"]


def test_an_alert_that_its_rule_cannot_judge_any_more_is_not_spoken_of(
    stage: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = scripted(monkeypatch)
    alerts = [factories.alert(stage.patient, Severity.HIGH, rule=SEVERE, subject=one) for one in ("a", "b")]
    script.says(unknown(SEVERE))
    assert fire_now(alerts, revision=1) == {}
    script.says(unknown(SEVERE, "a"), high(SEVERE, subject="b"))
    assert fire_now(alerts, revision=1) == {alerts[1].pk: True}


def test_what_closed_longer_than_a_year_ago_is_left_alone(stage: Scene) -> None:
    row = learned(stage)
    evaluate(stage.pk, at=MORNING)
    lifecycle.resolve(severe().pk, by=stage.physician, at=MORNING, reason=ResolveReason.TREATED)
    corrected(stage, row, GOOD, after=366 * DAY)
    assert severe().ground_lost_at is None


def test_a_latching_alert_waits_for_a_person_and_says_so(stage: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    script = scripted(monkeypatch)
    row = learned(stage)
    script.says(high(row=row, latching=True))
    evaluate(stage.pk, at=MORNING)
    script.says()
    corrected(stage, row, GOOD)
    alert = severe()
    assert (alert.state, alert.ground_lost_at, alert.clear_seen) == ("raised", MORNING + HOUR, True)


def test_a_rule_that_fails_or_is_gone_says_nothing(stage: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    script = scripted(monkeypatch)
    alerts = [factories.alert(stage.patient, Severity.HIGH, rule=rule) for rule in (SEVERE, "no_such_rule")]
    script.lines = {SEVERE: RuntimeError("broken")}
    assert fire_now(alerts, revision=1) == {}
    script.says(high(SEVERE))
    assert fire_now(alerts, revision=1) == {alerts[0].pk: True}
    script.says(high(SEVERE, subject="another"))
    assert fire_now(alerts, revision=1) == {alerts[0].pk: False}


def test_alerts_of_one_moment_are_judged_on_one_history(stage: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    script = scripted(monkeypatch)
    alerts = [factories.alert(stage.patient, rule=FALL, subject=subject, evaluated_at=MORNING) for subject in "abc"]
    fire_now(alerts, revision=1)
    assert script.asked == [(FALL, stage.pk)]


@pytest.mark.parametrize(("since", "revision", "queries"), [(-1, 5, 0), (5, 5, 0), (4, 5, 2)])
def test_it_costs_two_queries_where_facts_are_new(stage: Scene, since: int, revision: int, queries: int) -> None:
    basis = Basis(stage.pk, revision, "test", 0, MORNING, since=since)
    with CaptureQueriesContext(connection) as asked:
        assert grounds.shaken(basis) == []
    assert len(asked) == queries


def test_the_card_wears_the_badge_and_the_trail_says_it(stage: Scene) -> None:
    row = learned(stage)
    evaluate(stage.pk, at=MORNING)
    corrected(stage, row, GOOD)
    card: Any = next(one for one in cards_of(stage.patient, None) if one.alert.rule == SEVERE)
    assert card.alert.ground_lost_at == datetime(2026, 11, 24, 10, tzinfo=UTC)
    assert [step.words for step in card.trail] == ["raised", "would not fire now", "recovered"]
