"""Whatever order findings, Clear, silence and people come in, the promises of alerts hold."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alerts import lifecycle
from alerts.lifecycle import ConflictError, ResolveReason, settle
from alerts.models import Alert, Transition
from alerts.rules.rule import CannotJudge, Clear, Finding, Severity
from tests.alerts.scenes import MORNING, Scene, basis, clear, finding, scene, unknown, verdict

pytestmark = pytest.mark.django_db
quick = settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
findings = st.builds(
    lambda severity, level, latching: finding(severity=severity, level=level, latching=latching),
    st.sampled_from(Severity),
    st.integers(0, 2),
    st.booleans(),
)
answers = st.one_of(findings, st.just(clear()), st.just(unknown()), st.none())
people = st.sampled_from(["acknowledge", "resolve"])
steps = st.lists(st.tuples(st.one_of(answers, people), st.integers(1, 240)), min_size=1, max_size=12)


@pytest.fixture
def stage(db: None) -> Scene:
    return scene()


@contextmanager
def undone() -> Iterator[None]:
    """Run one example and take it back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


class Play:
    """Carries out steps and keeps what the promises are measured against."""

    def __init__(self, stage: Scene) -> None:
        self.stage, self.at, self.changes = stage, MORNING, 0

    def step(self, what: object, hours: int) -> None:
        """Carry out one step, some hours after the last."""
        self.at += timedelta(hours=hours)
        if isinstance(what, str):
            self._person(what)
            return
        given_answers = [] if what is None else [what]
        self.changes += len(settle(basis(self.stage.patient, at=self.at), verdict(*given_answers)))  # type: ignore[arg-type] # answers, by the strategy

    def _person(self, verb: str) -> None:
        """Let the nurse or the physician act on the newest alert, if there is one."""
        newest = Alert.objects.order_by("-raised_at", "-changed_at").first()
        if newest is None:
            return
        try:
            if verb == "acknowledge":
                lifecycle.acknowledge(newest.pk, by=self.stage.nurse, at=self.at)
            else:
                lifecycle.resolve(newest.pk, by=self.stage.physician, at=self.at, reason=ResolveReason.TREATED)
        except ConflictError:
            return
        self.changes += 1

    def open(self) -> list[Alert]:
        """Return open alerts."""
        return list(Alert.objects.filter(state__in=Alert.OPEN_STATES))


@quick
@given(steps=steps)
def test_at_most_one_alert_is_open_and_every_change_is_written(stage: Scene, steps: list[tuple[object, int]]) -> None:
    with undone():
        play = Play(stage)
        for what, hours in steps:
            play.step(what, hours)
            assert len(play.open()) <= 1
        assert Transition.objects.count() == play.changes


@quick
@given(steps=steps)
def test_clear_leaves_nothing_open_that_does_not_latch(stage: Scene, steps: list[tuple[object, int]]) -> None:
    with undone():
        play = Play(stage)
        for what, hours in steps:
            play.step(what, hours)
            if isinstance(what, Clear):
                assert all(alert.latching for alert in play.open())


@quick
@given(steps=steps)
def test_unknown_changes_nothing(stage: Scene, steps: list[tuple[object, int]]) -> None:
    with undone():
        play = Play(stage)
        for what, hours in steps:
            before = list(Alert.objects.order_by("pk").values())
            play.step(what, hours)
            if what is None or isinstance(what, CannotJudge):
                assert list(Alert.objects.order_by("pk").values()) == before


@quick
@given(steps=steps, worst=st.builds(lambda: finding(severity=Severity.HIGH, level=3)))
def test_what_is_worse_than_ever_is_always_open(stage: Scene, steps: list[tuple[object, int]], worst: Finding) -> None:
    with undone():
        play = Play(stage)
        for what, hours in steps:
            play.step(what, hours)
        play.step(worst, 1)
        (alert,) = play.open()
        assert (alert.state, alert.severity, alert.level) == ("raised", Severity.HIGH, 3)


@quick
@given(steps=steps)
def test_a_finding_is_open_unless_a_person_closed_it_knowing_as_much(
    stage: Scene, steps: list[tuple[object, int]]
) -> None:
    with undone():
        play = Play(stage)
        for what, hours in steps:
            play.step(what, hours)
            if isinstance(what, Finding) and not play.open():
                closed = Alert.objects.order_by("-raised_at").first()
                assert closed is not None
                assert closed.state == "resolved"
                assert (closed.severity, closed.level) >= (int(what.severity), what.level)


@quick
@given(steps=steps)
def test_an_open_alert_never_becomes_less_severe(stage: Scene, steps: list[tuple[object, int]]) -> None:
    with undone():
        play, known = Play(stage), dict[object, tuple[int, int]]()
        for what, hours in steps:
            play.step(what, hours)
            for alert in Alert.objects.all():
                assert (alert.severity, alert.level) >= known.get(alert.pk, (0, 0))
                known[alert.pk] = (alert.severity, alert.level)
