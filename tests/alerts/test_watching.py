"""An evaluation from claim to outbox, as the worker: what it writes, what it survives, and that nobody is left behind."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from celery.exceptions import SoftTimeLimitExceeded

from alerts import notifying, patient_mail, watching
from alerts.claiming import ATTEMPTS, Claim
from alerts.models import Alert, Notification, RuleFailure, WatchState
from alerts.watching import Count, evaluate, sweep, work
from patients import timeline
from patients.choosing import choose
from patients.context import ALL, working_on
from patients.facts import NewObservation
from patients.history import History
from patients.models import Patient
from patients.recording import record
from tests.alerts.scenes import (
    ACUTE,
    FALL,
    MORNING,
    SEVERE,
    Scene,
    Script,
    clear,
    finding,
    high,
    learn,
    person,
    scene,
    scripted,
    unknown,
    urgent,
)

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Script:
    return scripted(monkeypatch)


@pytest.fixture
def stage(db: None) -> Scene:
    return scene()


@pytest.fixture
def worker(stage: Scene, as_role: Callable[[str], AbstractContextManager[None]]) -> Iterator[None]:
    """Run a whole test with the worker's log-in, once the stage is set."""
    with as_role("iph_worker"):
        yield


def state(stage: Scene) -> WatchState:
    """Return the patient's row."""
    return WatchState.objects.get(patient=stage.patient)


def known(stage: Scene, at: datetime = MORNING) -> None:
    """Let the patient have been judged before, so that the next look is not the first."""
    evaluate(stage.pk, at=at - timedelta(days=1))


def test_a_quiet_patient_is_judged_once(worker: None, script: Script, stage: Scene) -> None:
    assert sweep(at=MORNING).evaluated == 1
    assert sweep(at=MORNING).evaluated == 0
    row = state(stage)
    assert (row.evaluated_revision, row.evaluated_ruleset, row.evaluated_at) == (0, "test-1", MORNING)
    assert (row.attempts, row.lease_until, row.failed_at) == (0, None, None)


def test_a_finding_becomes_alert_and_mail_in_one_pass(worker: None, script: Script, stage: Scene) -> None:
    known(stage)
    script.says(urgent())
    count = sweep(patients=[stage.pk], at=MORNING)
    assert count.evaluated == 0  # nothing is due yet
    with working_on(ALL):
        learn(Patient.objects.get())
    count = sweep(at=MORNING)
    assert (count.evaluated, count.alerts) == (1, 1)
    assert Notification.objects.filter(reason="first", recipient=stage.physician, due_at=MORNING).count() == 1


def test_mail_about_plans_waits_until_everybody_is_judged(
    script: Script, stage: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[object] = []

    def write(**_: object) -> int:
        seen.append(state(stage).evaluated_at)
        raise SoftTimeLimitExceeded

    monkeypatch.setattr(patient_mail, "write", write)
    with pytest.raises(SoftTimeLimitExceeded):
        sweep(at=MORNING)
    assert seen == [MORNING]
    assert state(stage).evaluated_at == MORNING


def test_mail_about_plans_has_the_time_that_is_left(
    script: Script, stage: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[float] = []
    monkeypatch.setattr(patient_mail, "write", lambda **named: given.append(named["seconds"]))
    for seconds in (None, 3600.0, 2.0, 0.0):
        sweep(at=MORNING, seconds=seconds)
    assert given[:2] == [patient_mail.SECONDS] * 2
    assert given[2] < 2.0
    assert given[3] < 0.0


def test_nothing_is_written_if_telling_fails(stage: Scene, script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> list[Notification]:
        raise ConnectionError

    script.says(high())
    monkeypatch.setattr(notifying, "tell", refuse)
    count = sweep(at=MORNING)
    assert count.failed == 1
    assert not Alert.objects.exists()
    assert state(stage).evaluated_revision == -1
    assert state(stage).lease_until == MORNING + timedelta(seconds=30)


def test_a_rule_that_raises_stops_neither_other_rules_nor_other_patients(
    worker: None, script: Script, stage: Scene
) -> None:
    script.lines = {FALL: RuntimeError("poison"), ACUTE: [high(ACUTE)]}
    script.only_for = {FALL: stage.pk, ACUTE: stage.pk}
    with working_on(ALL):
        other = person(stage.team)
    assert sweep(at=MORNING).evaluated == 2
    with working_on(ALL):
        assert Alert.objects.get().rule == ACUTE
    assert RuleFailure.objects.get().patient_id == stage.pk
    assert WatchState.objects.get(patient_id=other.pk).evaluated_at == MORNING


def test_a_poison_rule_is_tried_five_times_then_shown(script: Script, stage: Scene) -> None:
    script.lines = {FALL: RuntimeError("poison")}
    at, tries = MORNING, []
    for _ in range(8):
        tries.append(sweep(at=at).evaluated)
        at = state(stage).recheck_at or at + HOUR
    assert tries == [1, 1, 1, 1, 1, 0, 0, 0]
    row = RuleFailure.objects.get()
    assert (row.attempts, row.retry_at, row.error_type, row.first_at) == (ATTEMPTS, None, "RuntimeError", MORNING)
    assert Notification.objects.filter(kind="operator", recipient=stage.administrator).count() == 1


def test_a_rule_that_answers_again_is_forgiven(script: Script, stage: Scene) -> None:
    script.lines = {FALL: RuntimeError("poison")}
    sweep(at=MORNING)
    script.lines = {FALL: [clear()]}
    sweep(at=MORNING + HOUR)
    assert not RuleFailure.objects.exists()


def test_a_poison_patient_is_tried_five_times_and_others_are_on_time(
    script: Script, stage: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = timeline.read

    def poisoned(patient_id: UUID, *, at: datetime, revision: int | None = None) -> History:
        if patient_id == stage.pk:
            raise MemoryError
        return real(patient_id, at=at, revision=revision)

    monkeypatch.setattr(timeline, "read", poisoned)
    other = person(stage.team)
    at, failed = MORNING, 0
    for _ in range(10):
        failed += sweep(at=at).failed
        at += timedelta(minutes=10)
    assert failed == ATTEMPTS
    assert state(stage).failed_at is not None
    assert WatchState.objects.get(patient=other).evaluated_at == MORNING


def test_a_recheck_is_kept_and_comes(script: Script, stage: Scene) -> None:
    script.recheck_at = MORNING + timedelta(days=3)
    sweep(at=MORNING)
    assert state(stage).recheck_at == MORNING + timedelta(days=3)
    assert sweep(at=MORNING + timedelta(days=2)).evaluated == 0
    assert sweep(at=MORNING + timedelta(days=3)).evaluated == 1


def test_a_result_dated_ahead_is_judged_when_its_time_comes(script: Script, stage: Scene) -> None:
    facts = [NewObservation(stage.pk, "HGB", MORNING + 3 * HOUR, precision="minute", value=90.0, unit="g/L")]
    record(facts, by=None, at=MORNING, why="")
    sweep(at=MORNING)
    assert state(stage).recheck_at == MORNING + 3 * HOUR
    assert sweep(at=MORNING + 3 * HOUR).evaluated == 1
    assert state(stage).recheck_at is None


def test_a_rule_that_asks_again_at_once_waits_a_minute(script: Script, stage: Scene) -> None:
    script.recheck_at = MORNING - HOUR
    assert sweep(at=MORNING).evaluated == 1
    assert state(stage).recheck_at == MORNING + timedelta(seconds=60)


def test_what_cannot_be_judged_is_kept_with_its_reason(script: Script, stage: Scene) -> None:
    script.says(unknown())
    sweep(at=MORNING)
    assert state(stage).cannot_judge == [{"rule": FALL, "subject": "", "reason": "no baseline"}]


def test_what_commits_while_judging_makes_due_again(
    script: Script, stage: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = timeline.read

    def interrupted(patient_id: UUID, *, at: datetime, revision: int | None = None) -> History:
        if stage.patient.revision == 0:
            learn(stage.patient)
        return real(patient_id, at=at, revision=revision)

    monkeypatch.setattr(timeline, "read", interrupted)
    evaluate(stage.pk, at=MORNING)
    assert state(stage).evaluated_revision == 0
    assert sweep(at=MORNING).evaluated == 1
    assert state(stage).evaluated_revision == 1


def test_a_first_look_tells_by_digest_and_a_second_by_mail(script: Script, stage: Scene) -> None:
    script.says(finding())
    sweep(at=MORNING)
    assert {row.channel for row in Notification.objects.all()} == {"digest"}
    script.says(finding(level=1))
    learn(stage.patient)
    sweep(at=MORNING + HOUR)
    assert Notification.objects.filter(channel="email", reason="worse").count() == 1


def test_a_new_rule_set_is_a_first_look_too(script: Script, stage: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    known(stage)
    newer = scripted(monkeypatch, version="test-2")
    newer.says(finding())
    assert sweep(at=MORNING).alerts == 1
    assert {row.channel for row in Notification.objects.all()} == {"digest"}


def test_repeating_an_evaluation_changes_nothing(script: Script, stage: Scene) -> None:
    script.says(high())
    evaluate(stage.pk, at=MORNING)
    before = (Alert.objects.count(), Notification.objects.count())
    for minutes in range(1, 4):
        evaluate(stage.pk, at=MORNING + timedelta(minutes=minutes))
    assert (Alert.objects.count(), Notification.objects.count()) == before == (1, 1)


def test_no_time_left_gives_the_rest_back(script: Script, stage: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "PATIENCE_SECONDS", -1.0)
    WatchState.objects.create(patient=stage.patient, attempts=1, lease_until=MORNING + HOUR)
    count = Count()
    work([Claim(stage.pk, 1, MORNING)], count)
    assert (count.evaluated, state(stage).attempts, state(stage).lease_until) == (0, 0, None)


def test_a_sweep_ends_when_its_time_is_up(script: Script, stage: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    chunks: list[int] = []

    def none_left(**_: object) -> list[Claim]:
        chunks.append(1)
        return []

    monkeypatch.setattr(watching, "claim", none_left)
    assert sweep(seconds=0.0).evaluated == 0
    assert chunks == [1]


def test_a_number_chosen_has_its_patients_judged_again_and_told_in_the_digest(stage: Scene, script: Script) -> None:
    learn(stage.patient)
    script.says(clear(SEVERE))
    sweep()
    other = person(stage.team)
    change = choose(stage.patient, "limit", 2.0, by=None, at=MORNING, reason="trial")
    script.says(high(SEVERE, at=MORNING - timedelta(days=8)))
    assert sweep(patients=[stage.pk]).evaluated == 1
    assert sweep(patients=[stage.pk]).evaluated == 0
    assert (state(stage).evaluated_settings, Alert.objects.get().settings_version) == (change.pk, change.pk)
    assert {row.channel for row in Notification.objects.all()} == {"digest"}
    other.refresh_from_db()
    assert other.settings_version == 0
