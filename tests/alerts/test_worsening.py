"""What wakes a snoozed alert: newer facts that are worse than those put off, in whatever order they arrive; nothing else."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alerts import handling, watching
from alerts.lifecycle import Verb, settle
from alerts.models import Alert, Notification
from alerts.rules.rule import Evidence, Finding, Severity
from alerts.worsening import FURTHER_PERCENT, worsened
from tests import factories
from tests.alerts.scenes import ACUTE, FALL, MORNING, SEVERE, Scene, basis, finding, scene, verdict
from tests.alerts.test_lifecycle_orders import undone

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
HIGH, MODERATE = Severity.HIGH, Severity.MODERATE


def counted(
    result: float, *, row: int = 1, at: datetime = MORNING, severity: Severity = HIGH, level: int = 0
) -> Finding:
    """Return a finding that rests on one count."""
    return finding(row=row, at=at, severity=severity, level=level, numbers={"result": result, "limit": 70.0})


def seen(row: int, at: datetime, severity: Severity = HIGH) -> Finding:
    """Return a finding that rests on what was seen, and has no number."""
    return finding(row=row, at=at, severity=severity)


@pytest.mark.parametrize(
    ("result", "high", "wakes"),
    [(68.9, True, True), (69.0, True, False), (69.1, True, False), (65.6, False, False), (65.5, False, True)],
)
def test_a_lower_result_wakes_what_is_high_and_a_further_step_what_is_not(
    result: float, high: bool, wakes: bool
) -> None:
    """A further 5 % below 69 is 65.55."""
    now = counted(result, row=2, at=MORNING + DAY)
    assert worsened(now, counted(69.0), high=high) is wakes


def test_steps_that_are_small_each_add_up() -> None:
    values = [100.0, 97.0, 94.5]
    assert all(after > before * (1 - FURTHER_PERCENT / 100) for before, after in pairwise(values))
    assert worsened(counted(values[2], row=3, at=MORNING + DAY), counted(values[0]), high=False)


@pytest.mark.parametrize("high", [True, False])
def test_the_same_facts_wake_nothing_whatever_a_rule_now_makes_of_them(high: bool) -> None:
    assert not worsened(counted(40.0, severity=HIGH, level=3), counted(69.0, severity=MODERATE), high=high)


def test_a_higher_severity_or_level_than_was_put_off_wakes_also_below_the_highest_ever() -> None:
    milder = counted(90.0, severity=MODERATE)
    later = MORNING + DAY
    assert worsened(counted(90.0, row=2, at=later, severity=HIGH), milder, high=True)
    assert worsened(counted(90.0, row=2, at=later, severity=MODERATE, level=1), milder, high=False)
    assert not worsened(counted(90.0, row=2, at=later, severity=MODERATE), milder, high=True)


def test_a_correction_of_the_result_counts_and_an_older_result_does_not() -> None:
    assert worsened(counted(61.0, row=2), counted(69.0), high=True)
    assert not worsened(counted(61.0, row=2, at=MORNING - DAY), counted(69.0), high=True)


def test_what_has_no_number_wakes_by_anything_newer_if_it_is_high() -> None:
    later = seen(2, MORNING + HOUR)
    assert worsened(later, seen(1, MORNING), high=True)
    assert not worsened(later, seen(1, MORNING), high=False)
    assert not worsened(seen(2, MORNING), seen(1, MORNING), high=True)


def test_support_alone_is_no_newer_result() -> None:
    row = Evidence("support", "event", 9, "hemoptysis", MORNING + DAY, "spoon", "")
    before = seen(1, MORNING)
    assert not worsened(finding(severity=HIGH, at=MORNING, evidence=(*before.evidence, row)), before, high=True)


@pytest.fixture
def stage(db: None) -> Scene:
    return scene()


def judged(stage: Scene, found: Finding, at: datetime) -> list[Verb]:
    """Settle one finding; return what happened."""
    return [one.verb for one in settle(basis(stage.patient, at=at), verdict(found))]


def put_off(stage: Scene, found: Finding) -> Alert:
    """Raise an alert and snooze it for a day."""
    judged(stage, found, MORNING)
    alert = Alert.objects.get()
    handling.snooze(alert.pk, by=stage.nurse, at=MORNING + HOUR, until=MORNING + DAY, reason="blood is ordered")
    return alert


@pytest.mark.django_db
def test_what_was_put_off_is_the_measure_not_what_was_shown_since(stage: Scene) -> None:
    alert = put_off(stage, counted(69.0))
    better, back, worse = (
        counted(value, row=row, at=MORNING + row * HOUR) for row, value in ((2, 75.0), (3, 70.0), (4, 68.0))
    )
    told = [judged(stage, one, MORNING + (2 + n) * HOUR) for n, one in enumerate((better, back, worse))]
    assert told == [[Verb.UPDATED], [Verb.UPDATED], [Verb.WORSENED]]
    alert.refresh_from_db()
    assert (alert.state, alert.snoozed_until, alert.owner) == ("raised", None, stage.nurse)


@pytest.mark.django_db
def test_what_was_put_off_again_is_measured_by_the_worse_result(stage: Scene) -> None:
    alert = put_off(stage, counted(69.0))
    judged(stage, counted(61.0, row=2, at=MORNING + 2 * HOUR), MORNING + 2 * HOUR)
    handling.snooze(alert.pk, by=stage.nurse, at=MORNING + 3 * HOUR, until=MORNING + DAY, reason="blood runs")
    assert judged(stage, counted(65.0, row=3, at=MORNING + 4 * HOUR), MORNING + 4 * HOUR) == [Verb.UPDATED]
    assert judged(stage, counted(60.0, row=4, at=MORNING + 5 * HOUR), MORNING + 5 * HOUR) == [Verb.WORSENED]


@pytest.mark.django_db
def test_an_alert_without_a_trail_of_findings_is_measured_by_its_own(stage: Scene) -> None:
    factories.alert(
        stage.patient,
        HIGH,
        rule=FALL,
        state="snoozed",
        snoozed_until=MORNING + DAY,
        found={"numbers": {"result": 69.0}},
    )
    assert judged(stage, counted(68.0, row=2, at=MORNING), MORNING) == [Verb.WORSENED]


counts = st.lists(
    st.tuples(st.floats(40, 100), st.integers(2, 60)), min_size=1, max_size=5, unique_by=lambda one: one[1]
)


@pytest.mark.django_db
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(counts=counts, order=st.randoms(use_true_random=False), severity=st.sampled_from([HIGH, MODERATE]))
def test_in_whatever_order_counts_arrive(
    stage: Scene, counts: list[tuple[float, int]], order: object, severity: Severity
) -> None:
    """The rule judges the newest count. It wakes if that is worse than the one put off, and sleeps if none is."""
    limit = 69.0 if severity is HIGH else 69.0 * (1 - FURTHER_PERCENT / 100)
    with undone():
        alert = put_off(stage, counted(69.0, severity=severity))
        known: list[tuple[float, int]] = []
        for number, one in enumerate(shuffled(counts, order)):
            known.append(one)
            value, minutes = max(known, key=lambda each: each[1])
            newest = counted(value, row=minutes, at=MORNING + timedelta(minutes=minutes), severity=severity)
            judged(stage, newest, MORNING + 2 * HOUR + number * HOUR)
        alert.refresh_from_db()
        newest_is_worse = max(counts, key=lambda each: each[1])[0] < limit - 1e-6
        if newest_is_worse:
            assert alert.state == "raised"
        if all(value > limit for value, _ in counts):
            assert alert.state == "snoozed"


def shuffled(counts: Sequence[tuple[float, int]], order: object) -> list[tuple[float, int]]:
    """Return counts in an order of arrival."""
    mixed = list(counts)
    order.shuffle(mixed)  # type: ignore[attr-defined] # a Random, by the strategy
    return mixed


@pytest.mark.django_db
def test_hemoglobin_that_falls_on_while_everything_sleeps_is_told(stage: Scene) -> None:
    """With the rules in force: 100, 101, 100, then 69; all that was raised is put off; 61 wakes it and is mailed."""
    now = timezone.now()
    for days, value in ((28, 100.0), (21, 101.0), (14, 100.0), (2, 69.0)):
        factories.result(stage.patient, value, days_ago=days)
    watching.sweep(patients=[stage.pk], at=now - DAY)
    raised = {one.rule: one for one in Alert.objects.filter(state="raised")}
    assert {SEVERE} < raised.keys()
    for one in raised.values():
        until = now - HOUR + handling.longest_snooze(one)
        handling.snooze(one.pk, by=stage.nurse, at=now - HOUR, until=until, reason="blood is ordered")
    watching.sweep(patients=[stage.pk], at=now - HOUR / 2)
    assert not Alert.objects.filter(state="raised").exists()
    factories.result(stage.patient, 61.0, effective_at=now - HOUR / 4)
    watching.sweep(patients=[stage.pk], at=now)
    assert {one.rule for one in Alert.objects.filter(state="raised")} >= {SEVERE} | (raised.keys() & {FALL, ACUTE})
    assert (
        Notification.objects.filter(reason="worse", recipient=stage.nurse, alert__rule=SEVERE, due_at=now).count() == 1
    )
