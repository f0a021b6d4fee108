"""The life of alerts without people: the same, step by step, as that of the watch on PostgreSQL."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alerts import lifecycle, reliving
from alerts.lifecycle import ResolveReason, settle
from alerts.models import Alert
from alerts.reliving import Life
from alerts.rules.rule import Answer, Severity
from tests.alerts.scenes import ACUTE, FALL, MORNING, Scene, basis, clear, finding, scene, unknown, verdict

LATER = MORNING + timedelta(days=30)
Step = tuple[int, list[Answer]]


def lived(*steps: tuple[float, Answer | None]) -> Life:
    """Return the alerts after answers at these days."""
    life = Life()
    for day, one in steps:
        life.settle(verdict(*([] if one is None else [one])), MORNING + timedelta(days=day))
    return life


def told(life: Life) -> list[tuple[float, str, int, bool]]:
    """Return each alert's day, severity, level, and whether it is open."""
    return [
        ((one.raised_at - MORNING) / timedelta(days=1), one.severity.word, one.level, one.open) for one in life.alerts
    ]


def test_it_opens_worsens_and_never_becomes_less() -> None:
    life = lived(
        (0, finding()), (1, finding(severity=Severity.HIGH, level=2)), (2, finding()), (3, unknown()), (4, None)
    )
    assert told(life) == [(0, "high", 2, True)]


def test_only_clear_recovers_and_within_a_week_it_is_the_same_alert() -> None:
    assert told(lived((0, finding()), (1, clear()), (8, finding()))) == [(0, "moderate", 0, True)]
    assert told(lived((0, finding()), (1, clear()), (8.01, finding()))) == [
        (0, "moderate", 0, False), (8.01, "moderate", 0, True)]  # fmt: skip


def test_what_is_worse_than_what_recovered_is_another_alert_at_once() -> None:
    life = lived((0, finding()), (1, clear()), (2, finding(severity=Severity.HIGH)))
    assert told(life) == [(0, "moderate", 0, False), (2, "high", 0, True)]


def test_a_latching_alert_is_taken_to_be_closed_after_a_week() -> None:
    life = lived((0, finding(latching=True)), (6.9, clear()), (7, None))
    assert told(life) == [(0, "moderate", 0, False)]
    assert life.alerts[0].closed_at == MORNING + reliving.CLOSED_AFTER


def test_after_that_only_a_clear_a_new_bout_or_worse_opens_another() -> None:
    again = finding(latching=True)
    assert len(lived((0, again), (8, again), (20, again)).alerts) == 1
    assert len(lived((0, again), (8, clear()), (9, again)).alerts) == 2
    bout = finding(latching=True, since=MORNING + timedelta(days=9))
    assert len(lived((0, again), (8, None), (10, bout)).alerts) == 2
    worse = finding(latching=True, level=1)
    assert len(lived((0, again), (8, None), (10, worse)).alerts) == 2


def matters(*steps: tuple[float, list[Answer]]) -> list[int]:
    """Return of which card each alert is, by answers at these days."""
    life = Life()
    for day, found in steps:
        life.settle(verdict(*found), MORNING + timedelta(days=day))
    return [one.matter for one in life.alerts]


def foci(day: float = 0) -> Answer:
    """Return new foci on a film of a day."""
    return finding("film_new_foci", at=MORNING + timedelta(days=day))


def test_what_comes_to_an_open_card_is_no_other_and_what_comes_after_it_is() -> None:
    assert matters((0, [finding(), foci()])) == [0, 0]
    assert matters((0, [finding()]), (3, [finding(), foci(3)])) == [0, 0]
    assert matters((0, [finding()]), (3, [clear()]), (4, [foci(4)])) == [0, 1]
    assert matters((0, [finding()]), (3, [finding("pneumothorax"), foci(3)])) == [0, 1, 0]
    assert matters((0, [finding()]), (40, [finding(), foci(40)])) == [0, 1]


def test_what_joins_two_cards_belongs_to_the_first() -> None:
    later = finding("film_stage_worse", at=MORNING + timedelta(days=20))
    assert matters((0, [finding()]), (50, [foci(50)]), (51, [foci(50), later])) == [0, 1, 0]


def test_the_weeks_are_those_of_the_watch() -> None:
    assert reliving.RETURNS_WITHIN == lifecycle.RETURNS_WITHIN


severities, levels = st.sampled_from(Severity), st.integers(0, 2)
sinces = st.one_of(st.none(), st.integers(-10, 60).map(lambda day: MORNING + timedelta(days=day)))


@st.composite
def answers(draw: st.DrawFn) -> list[Answer]:
    """Draw what two rules answer; the second of them latches."""
    found: list[Answer] = []
    for rule, latching in ((FALL, False), (ACUTE, True)):
        kind = draw(st.sampled_from(["finding", "finding", "clear", "unknown", "silence"]))
        if kind == "finding":
            what: dict[str, Any] = {"severity": draw(severities), "level": draw(levels), "since": draw(sinces)}
            found.append(finding(rule, latching=latching, row=draw(st.integers(1, 2)), **what))
        elif kind != "silence":
            found.append(clear(rule) if kind == "clear" else unknown(rule))
    return found


def people_close(stage: Scene, at: datetime) -> None:
    """Let the physician close each latching alert in time."""
    for alert in Alert.objects.filter(state__in=Alert.OPEN_STATES, latching=True):
        due = alert.raised_at + reliving.CLOSED_AFTER
        if due <= at:
            lifecycle.resolve(alert.pk, by=stage.physician, at=due, reason=ResolveReason.TREATED)


def in_database() -> list[tuple[object, ...]]:
    """Return every alert as PostgreSQL has it."""
    rows = Alert.objects.order_by("raised_at", "rule")
    return [
        (one.rule, one.raised_at, one.severity, one.level, one.state, one.closed_at, one.clear_seen) for one in rows
    ]


def in_memory(life: Life) -> list[tuple[object, ...]]:
    """Return every alert as it was relived."""
    found = sorted(life.alerts, key=lambda one: (one.raised_at, one.rule))
    states = [("raised" if one.open else "resolved" if one.resolved else "recovered") for one in found]
    return [
        (one.rule, one.raised_at, int(one.severity), one.level, state, one.closed_at, one.clear_seen)
        for one, state in zip(found, states, strict=True)
    ]


@pytest.mark.django_db
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(steps=st.lists(st.tuples(st.integers(1, 400), answers()), min_size=1, max_size=9))
def test_it_is_the_life_that_postgresql_keeps(stage: Scene, steps: list[Step]) -> None:
    with transaction.atomic():
        life, at = Life(), MORNING
        for hours, found in steps:
            at += timedelta(hours=hours)
            people_close(stage, at)
            settle(basis(stage.patient, at=at), verdict(*found))
            life.settle(verdict(*found), at)
            assert in_memory(life) == in_database()
        transaction.set_rollback(True)


@pytest.fixture
def stage(db: None) -> Scene:
    """A team with a patient."""
    return scene()
