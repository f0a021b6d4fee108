"""The chain with the rules in force: from a recorded result to an alert, its evidence, its mail and its replay."""

import re
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta

import pytest
from django.core import mail
from django.utils import timezone

from alerts import rules, sending, watching
from alerts.invariants import examine
from alerts.models import Alert, Notification, WatchState
from alerts.replaying import replay
from alerts.rules.findings import from_json, to_json
from patients.context import ALL, working_on
from patients.facts import Fact, NewEvent, NewObservation
from patients.models import Observation
from patients.recording import record, retract
from tests.alerts.scenes import Scene, scene

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
STEADY = (124.0, 126.0, 123.0, 125.0, 124.0, 122.0, 125.0, 124.0)
AsRole = Callable[[str], AbstractContextManager[None]]


@pytest.fixture
def stage(db: None) -> Scene:
    return scene()


def weekly(stage: Scene, values: Sequence[float], *, until: datetime) -> list[int]:
    """Record weekly hemoglobins of which the last is true at a moment; return the rows."""
    facts: list[Fact] = [
        NewObservation(stage.pk, "HGB", until - 7 * DAY * back, "minute", value=value, unit="g/L")
        for back, value in zip(range(len(values) - 1, -1, -1), values, strict=True)
    ]
    return known(stage, *facts)


def known(stage: Scene, *facts: Fact) -> list[int]:
    """Record facts now; return the rows."""
    with working_on(ALL):
        outcomes = record(facts, by=stage.nurse, at=timezone.now(), why="typed")
    return [one.fact_id for one in outcomes if one.fact_id is not None]


def opened(stage: Scene) -> dict[str, Alert]:
    """Return the open alerts by rule."""
    return {one.rule: one for one in Alert.objects.filter(patient=stage.patient, state__in=Alert.OPEN_STATES)}


def test_a_steady_patient_raises_nothing(stage: Scene) -> None:
    weekly(stage, STEADY, until=timezone.now())
    watching.sweep()
    assert opened(stage) == {}
    assert not Notification.objects.exists()


def test_a_fall_is_an_alert_with_its_result_and_its_mail(stage: Scene, as_role: AsRole) -> None:
    weekly(stage, STEADY, until=timezone.now() - 7 * DAY)
    watching.sweep()
    (last,) = weekly(stage, [88.0], until=timezone.now())
    with as_role("iph_worker"):
        watching.sweep()
        sending.send_due()
    assert opened(stage)
    for alert in opened(stage).values():
        assert last in [row["id"] for row in alert.finding["evidence"] if row["role"] == "result"]
        assert alert.finding["sentence"]
        assert alert.finding["citation"]
    assert len(mail.outbox) == 1
    assert not re.search(r"\b88\b", mail.outbox[0].subject + str(mail.outbox[0].body))


def test_blood_that_was_coughed_is_an_alert_that_a_person_must_close(stage: Scene) -> None:
    known(stage, NewEvent(stage.pk, "hemoptysis", timezone.now() - DAY / 24, findings={"amount": "cup"}))
    watching.sweep()
    (alert,) = opened(stage).values()
    assert (alert.severity, alert.latching) == (3, True)


@pytest.mark.parametrize("last", [60.0, 88.0, 105.0])
def test_whatever_the_rules_raise_is_replayed_identically_after_anything(stage: Scene, last: float) -> None:
    rows = weekly(stage, [*STEADY, last], until=timezone.now())
    known(stage, NewEvent(stage.pk, "hemoptysis", timezone.now() - DAY, findings={"amount": "streaks"}))
    watching.sweep()
    assert opened(stage)
    with working_on(ALL):
        retract("observation", rows[0], by=None, at=timezone.now(), why="mixed up")
    weekly(stage, [99.0], until=timezone.now() - 3 * DAY)
    assert [replay(alert).differences for alert in Alert.objects.all()] == [()] * Alert.objects.count()


def test_doctor_finds_nothing_after_the_chain(stage: Scene) -> None:
    weekly(stage, [*STEADY, 70.0], until=timezone.now())
    watching.sweep()
    sending.send_due()
    assert [one.message for one in examine(at=timezone.now()) if not one.ok] == []


def test_a_result_that_was_a_mistake_takes_its_alert_along(stage: Scene) -> None:
    *_, wrong = weekly(stage, [*STEADY, 88.0], until=timezone.now())
    watching.sweep()
    assert "hemoglobin_fall" in opened(stage)
    with working_on(ALL):
        retract("observation", wrong, by=stage.nurse, at=timezone.now(), why="another patient's")
    watching.sweep()
    assert "hemoglobin_fall" not in opened(stage)
    assert Observation.objects.filter(pk=wrong).exists()


def test_what_is_stored_is_a_finding_to_the_last_digit(stage: Scene) -> None:
    weekly(stage, [*STEADY, 70.0], until=timezone.now())
    watching.sweep()
    for alert in Alert.objects.all():
        assert to_json(from_json(alert.finding)) == alert.finding


def test_every_judgment_names_the_rules_in_force(stage: Scene) -> None:
    watching.sweep()
    row = WatchState.objects.get(pk=stage.pk)
    assert row.evaluated_ruleset == rules.RULESET_VERSION
    assert len(rules.RULESET_VERSION) <= (WatchState._meta.get_field("evaluated_ruleset").max_length or 0)
    assert len({rule.name for rule in rules.RULES}) == len(rules.RULES)


def test_an_evaluation_asks_as_much_however_much_is_known(
    stage: Scene, django_assert_max_num_queries: Callable[[int], AbstractContextManager[object]]
) -> None:
    weekly(stage, STEADY * 12, until=timezone.now())
    watching.sweep()
    weekly(stage, STEADY, until=timezone.now() - DAY)
    with django_assert_max_num_queries(25):
        watching.evaluate(stage.pk, at=timezone.now())
