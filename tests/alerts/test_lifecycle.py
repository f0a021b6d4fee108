"""The life of an alert, on real PostgreSQL, step by step and in random order."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from alerts import handling, lifecycle
from alerts.lifecycle import Change, ConflictError, ResolveReason, Verb, settle
from alerts.models import Alert, Transition
from alerts.rules.findings import to_json
from alerts.rules.rule import Answer, Severity
from tests.alerts.scenes import FALL, MORNING, Scene, basis, clear, finding, high, scene, unknown, verdict

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def stage(db: None) -> Scene:
    return scene()


def step(stage: Scene, *answers: Answer, after: timedelta = timedelta(0), revision: int = 1) -> tuple[Change, ...]:
    """Settle one verdict some time after the morning."""
    return settle(basis(stage.patient, at=MORNING + after, revision=revision), verdict(*answers))


def verbs(changes: tuple[Change, ...]) -> list[Verb]:
    """Return what happened."""
    return [one.verb for one in changes]


def only() -> Alert:
    """Return the only alert."""
    return Alert.objects.get()


def test_a_finding_raises_an_alert_that_keeps_what_it_rests_on(stage: Scene) -> None:
    assert verbs(step(stage, finding(), revision=7)) == [Verb.RAISED]
    alert = only()
    assert (alert.state, alert.severity, alert.level) == ("raised", Severity.MODERATE, 0)
    assert (alert.revision, alert.evaluated_at, alert.ruleset) == (7, MORNING, "test-1")
    assert alert.finding == to_json(finding())


def test_the_same_finding_again_changes_nothing(stage: Scene) -> None:
    step(stage, finding())
    assert step(stage, finding(), after=HOUR, revision=2) == ()
    assert (only().revision, only().changed_at) == (1, MORNING)


def test_newer_evidence_is_shown_and_is_no_news(stage: Scene) -> None:
    step(stage, finding())
    newer = finding(sentence="Hb 97 g/L.")
    assert verbs(step(stage, newer, after=HOUR, revision=2)) == [Verb.UPDATED]
    assert (only().finding, only().revision, only().raised_at) == (to_json(newer), 2, MORNING)


@pytest.mark.parametrize("worse", [high(FALL), finding(level=1)])
def test_worse_evidence_reopens_what_was_acknowledged(stage: Scene, worse: Answer) -> None:
    step(stage, finding())
    lifecycle.acknowledge(only().pk, by=stage.nurse, at=MORNING + HOUR)
    assert verbs(step(stage, worse, after=2 * HOUR)) == [Verb.WORSENED]
    assert (only().state, only().owner) == ("raised", stage.nurse)


@pytest.mark.parametrize("worse", [high(FALL), finding(level=1)])
def test_worse_evidence_wakes_what_was_snoozed(stage: Scene, worse: Answer) -> None:
    step(stage, finding())
    handling.snooze(only().pk, by=stage.nurse, at=MORNING + HOUR, until=MORNING + 3 * DAY, reason="repeat ordered")
    assert verbs(step(stage, worse, after=2 * HOUR)) == [Verb.WORSENED]
    assert (only().state, only().owner, only().snoozed_until) == ("raised", stage.nurse, None)


def test_newer_evidence_that_is_no_worse_lets_it_sleep(stage: Scene) -> None:
    step(stage, finding())
    handling.snooze(only().pk, by=stage.nurse, at=MORNING + HOUR, until=MORNING + 3 * DAY, reason="repeat ordered")
    assert verbs(step(stage, finding(sentence="Hb 97 g/L."), after=2 * HOUR)) == [Verb.UPDATED]
    assert (only().state, only().snoozed_until) == ("snoozed", MORNING + 3 * DAY)


def test_clear_recovers_what_sleeps(stage: Scene) -> None:
    step(stage, finding())
    handling.snooze(only().pk, by=stage.nurse, at=MORNING + HOUR, until=MORNING + 3 * DAY, reason="repeat ordered")
    assert verbs(step(stage, clear(), after=DAY)) == [Verb.RECOVERED]
    assert (only().state, only().snoozed_until, only().closed_at) == ("recovered", None, MORNING + DAY)


def test_an_open_alert_keeps_the_highest_severity_it_had(stage: Scene) -> None:
    step(stage, high(FALL))
    assert verbs(step(stage, finding(), after=HOUR)) == [Verb.UPDATED]
    assert only().severity == Severity.HIGH
    assert step(stage, high(FALL, sentence="Hb 98"), after=2 * HOUR)[0].verb is Verb.UPDATED


def test_only_clear_recovers(stage: Scene) -> None:
    step(stage, finding())
    assert step(stage, unknown(), after=HOUR) == ()
    assert step(stage, after=2 * HOUR) == ()
    assert verbs(step(stage, clear(), after=3 * HOUR)) == [Verb.RECOVERED]
    assert (only().state, only().closed_at) == ("recovered", MORNING + 3 * HOUR)


def test_a_latching_alert_waits_for_a_person(stage: Scene) -> None:
    step(stage, high(latching=True))
    assert step(stage, clear(rule=high().rule), after=HOUR) == ()
    assert only().state == "raised"


def test_clear_of_another_subject_recovers_nothing(stage: Scene) -> None:
    step(stage, finding(subject="film 3"))
    assert step(stage, clear(subject="film 4"), after=HOUR) == ()


def test_a_resolved_alert_stays_closed_while_nothing_changes(stage: Scene) -> None:
    step(stage, finding())
    lifecycle.resolve(only().pk, by=stage.physician, at=MORNING + HOUR, reason=ResolveReason.TREATED)
    assert step(stage, finding(sentence="Hb 97 g/L."), after=DAY) == ()
    assert only().state == "resolved"


@pytest.mark.parametrize("worse", [high(FALL), finding(level=1)])
def test_a_resolved_alert_does_not_hide_what_is_worse(stage: Scene, worse: Answer) -> None:
    step(stage, finding())
    lifecycle.resolve(only().pk, by=stage.physician, at=MORNING + HOUR, reason=ResolveReason.EXPLAINED)
    assert verbs(step(stage, worse, after=DAY)) == [Verb.RAISED]


def test_a_resolved_alert_is_raised_anew_once_clear_was_seen(stage: Scene) -> None:
    step(stage, finding())
    lifecycle.resolve(only().pk, by=stage.physician, at=MORNING + HOUR, reason=ResolveReason.TREATED)
    step(stage, clear(), after=DAY)
    assert verbs(step(stage, finding(), after=2 * DAY)) == [Verb.RAISED]
    assert sorted(Alert.objects.values_list("state", flat=True)) == ["raised", "resolved"]


def test_clear_seen_before_a_person_closed_it_counts(stage: Scene) -> None:
    step(stage, finding(latching=True))
    step(stage, clear(), after=HOUR)
    lifecycle.resolve(only().pk, by=stage.physician, at=MORNING + 2 * HOUR, reason=ResolveReason.TREATED)
    assert verbs(step(stage, finding(latching=True), after=DAY)) == [Verb.RAISED]


def test_clear_seen_and_then_found_again_does_not_count(stage: Scene) -> None:
    step(stage, finding(latching=True))
    step(stage, clear(), after=HOUR)
    step(stage, finding(latching=True), after=2 * HOUR)
    lifecycle.resolve(only().pk, by=stage.physician, at=MORNING + 3 * HOUR, reason=ResolveReason.TREATED)
    assert step(stage, finding(latching=True), after=DAY) == ()


def test_what_comes_back_within_seven_days_is_the_same_alert(stage: Scene) -> None:
    step(stage, finding())
    step(stage, clear(), after=DAY)
    assert verbs(step(stage, finding(), after=8 * DAY)) == [Verb.RETURNED]
    assert (only().state, only().raised_at, only().closed_at) == ("raised", MORNING, None)


def test_what_comes_back_later_is_a_new_alert(stage: Scene) -> None:
    step(stage, finding())
    step(stage, clear(), after=DAY)
    assert verbs(step(stage, finding(), after=8 * DAY + HOUR)) == [Verb.RAISED]
    assert Alert.objects.count() == 2


def test_what_comes_back_worse_is_a_new_alert_at_once(stage: Scene) -> None:
    step(stage, finding())
    step(stage, clear(), after=DAY)
    assert verbs(step(stage, high(FALL), after=2 * DAY)) == [Verb.RAISED]


def test_acknowledging_gives_an_owner_and_keeps_it_open(stage: Scene) -> None:
    step(stage, finding())
    done = lifecycle.acknowledge(only().pk, by=stage.nurse, at=MORNING + HOUR, reason="called")
    assert (only().state, only().owner, only().closed_at) == ("acknowledged", stage.nurse, None)
    assert (done.by, done.before, done.after, done.reason) == (stage.nurse, "raised", "acknowledged", "called")


def test_the_second_to_acknowledge_sees_who_was_first(stage: Scene) -> None:
    step(stage, finding())
    lifecycle.acknowledge(only().pk, by=stage.nurse, at=MORNING)
    with pytest.raises(ConflictError) as conflict:
        lifecycle.acknowledge(only().pk, by=stage.physician, at=MORNING)
    assert conflict.value.last is not None
    assert conflict.value.last.by == stage.nurse


@pytest.mark.parametrize("acknowledged", [True, False])
def test_resolving_says_why(stage: Scene, acknowledged: bool) -> None:
    step(stage, finding())
    if acknowledged:
        lifecycle.acknowledge(only().pk, by=stage.nurse, at=MORNING)
    at = MORNING + HOUR
    done = lifecycle.resolve(only().pk, by=stage.physician, at=at, reason=ResolveReason.NOT_USEFUL, note="known")
    assert (done.reason, done.detail, only().closed_at) == ("not_useful", {"note": "known"}, at)


def test_what_is_over_cannot_be_acknowledged_or_resolved(stage: Scene) -> None:
    step(stage, finding())
    step(stage, clear(), after=HOUR)
    with pytest.raises(ConflictError):
        lifecycle.acknowledge(only().pk, by=stage.nurse, at=MORNING)
    with pytest.raises(ConflictError):
        lifecycle.resolve(only().pk, by=stage.nurse, at=MORNING, reason=ResolveReason.OTHER)


def test_every_change_writes_one_transition(stage: Scene) -> None:
    step(stage, finding())
    step(stage, finding(level=1), after=HOUR)
    lifecycle.acknowledge(only().pk, by=stage.nurse, at=MORNING + 2 * HOUR)
    step(stage, clear(), after=3 * HOUR)
    rows = Transition.objects.order_by("id").values_list("verb", "before", "after")
    assert list(rows) == [
        ("raised", "", "raised"),
        ("worsened", "raised", "raised"),
        ("acknowledged", "raised", "acknowledged"),
        ("recovered", "acknowledged", "recovered"),
    ]


def test_a_transition_keeps_the_finding_as_it_was_then(stage: Scene) -> None:
    step(stage, finding())
    step(stage, finding(sentence="Hb 97 g/L."), after=HOUR)
    kept = [row.detail["finding"]["sentence"] for row in Transition.objects.order_by("id")]
    assert kept == ["Hb 98 g/L, 21 % below own baseline of 124.", "Hb 97 g/L."]


def test_the_database_refuses_a_second_open_alert(stage: Scene) -> None:
    step(stage, finding())
    again = only()
    again.pk = None
    with pytest.raises(IntegrityError, match="alert_one_open"), transaction.atomic():
        again.save(force_insert=True)


def test_silence_has_a_reason(stage: Scene) -> None:
    step(stage, finding())
    lifecycle.silence(only().pk, "nobody_to_tell")
    assert only().silenced_reason == "nobody_to_tell"
