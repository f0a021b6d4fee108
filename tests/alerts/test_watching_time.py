"""When a task's time is up the pass ends: who was being judged is put off, the others go back, nothing is half written."""

from datetime import timedelta

import pytest
from celery.exceptions import SoftTimeLimitExceeded

from alerts import calling, notifying, watching
from alerts.claiming import Claim, claim
from alerts.models import Alert, Notification, RuleFailure, Transition, WatchState
from alerts.watching import Count, evaluate, sweep, work
from patients.context import ALL, working_on
from patients.models import Patient
from tests.alerts.scenes import (
    ACUTE,
    FALL,
    MORNING,
    SEVERE,
    Scene,
    Script,
    high,
    learn,
    person,
    scene,
    scripted,
    urgent,
)

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Script:
    found = scripted(monkeypatch)
    found.says(urgent())
    return found


@pytest.fixture
def stage(db: None) -> Scene:
    return scene()


@pytest.fixture
def three(stage: Scene) -> list[Claim]:
    """Return claims of three patients."""
    for _ in range(2):
        person(stage.team)
    with working_on(ALL):
        for one in Patient.objects.all():
            learn(one)
    claims = claim(at=MORNING)
    assert len(claims) == 3
    return claims


def rows(claims: list[Claim]) -> list[WatchState]:
    """Return the rows of claims in their order."""
    return [WatchState.objects.get(pk=one.patient_id) for one in claims]


def ends_at(script: Script, one: Claim) -> None:
    """Let the time be up when a rule looks at a patient."""
    script.lines[SEVERE], script.only_for[SEVERE] = SoftTimeLimitExceeded(), one.patient_id


def test_it_passes_through_a_rule_that_is_being_asked(script: Script, stage: Scene, three: list[Claim]) -> None:
    ends_at(script, three[0])
    with pytest.raises(SoftTimeLimitExceeded):
        evaluate(three[0].patient_id, at=MORNING)
    assert not RuleFailure.objects.exists()
    assert rows(three)[0].evaluated_at is None


def test_who_was_being_judged_is_put_off_and_the_others_go_back(script: Script, three: list[Claim]) -> None:
    ends_at(script, three[1])
    count = Count()
    with pytest.raises(SoftTimeLimitExceeded):
        work(three, count)
    done, ended, waits = rows(three)
    assert (count.evaluated, count.failed) == (1, 0)
    assert (done.evaluated_at, done.lease_until, done.attempts) == (MORNING, None, 0)
    assert (ended.evaluated_at, ended.attempts) == (None, 1)
    assert ended.lease_until is not None
    assert MORNING < ended.lease_until < MORNING + MINUTE
    assert (waits.evaluated_at, waits.lease_until, waits.attempts) == (None, None, 0)


def test_nothing_of_who_was_being_judged_is_written(
    script: Script, three: list[Claim], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The time is up after the alert and its step, before the mail: one transaction holds all of them."""

    def tell(*_: object, **__: object) -> None:
        assert Alert.objects.exists()
        raise SoftTimeLimitExceeded

    monkeypatch.setattr(notifying, "tell", tell)
    with pytest.raises(SoftTimeLimitExceeded):
        work(three, Count())
    assert not Alert.objects.exists()
    assert not Transition.objects.exists()
    assert not Notification.objects.exists()


def test_the_next_pass_does_the_rest_and_he_who_took_too_long_comes_alone(script: Script, three: list[Claim]) -> None:
    ends_at(script, three[0])
    with pytest.raises(SoftTimeLimitExceeded):
        work(three, Count())
    del script.lines[SEVERE]
    first = claim(at=MORNING + MINUTE)
    assert {one.patient_id for one in first} == {one.patient_id for one in three[1:]}
    second = claim(at=MORNING + MINUTE)
    assert [(one.patient_id, one.attempt) for one in second] == [(three[0].patient_id, 2)]
    count = Count()
    for claims in (first, second):
        work(claims, count)
    assert (count.evaluated, Alert.objects.count()) == (3, 3)


def test_it_passes_through_when_one_was_last_heard_of(
    script: Script, three: list[Claim], monkeypatch: pytest.MonkeyPatch
) -> None:
    def heard(_: object) -> None:
        raise SoftTimeLimitExceeded

    monkeypatch.setattr(watching, "heard", heard)
    with pytest.raises(SoftTimeLimitExceeded):
        evaluate(three[0].patient_id, at=MORNING)
    assert not Alert.objects.exists()


def test_it_ends_a_sweep_among_the_calls(script: Script, stage: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    script.says(high())
    with working_on(ALL):
        learn(Patient.objects.get())
    sweep(at=MORNING)
    before = Alert.objects.values_list("calls", "next_call_at").get()

    def team_of(*_: object, **__: object) -> None:
        raise SoftTimeLimitExceeded

    monkeypatch.setattr(notifying, "team_of", team_of)
    with pytest.raises(SoftTimeLimitExceeded):
        sweep(at=MORNING + 31 * MINUTE)
    assert Alert.objects.values_list("calls", "next_call_at").get() == before
    monkeypatch.undo()
    assert calling.call_due(at=MORNING + 31 * MINUTE) == 1


@pytest.mark.parametrize("error", [ValueError(), TimeoutError(), MemoryError()])
def test_any_other_error_of_a_rule_stays_its_own(script: Script, three: list[Claim], error: Exception) -> None:
    script.lines[ACUTE] = error
    count = Count()
    work(three, count)
    assert (count.evaluated, count.failed) == (3, 0)
    assert set(RuleFailure.objects.values_list("rule", "error_type")) == {(ACUTE, type(error).__name__)}
    assert set(Alert.objects.values_list("rule", flat=True)) == {FALL}
