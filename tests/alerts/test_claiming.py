"""Who is due, and what a claim commits: as the worker, whose walls stand."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from alerts.claiming import ATTEMPTS, LEASE, Claim, backoff, claim, give_back, put_off
from alerts.models import Notification, WatchState
from tests.alerts.scenes import MORNING, Scene, learn, person, scene, scripted

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


@pytest.fixture
def stage(db: None, monkeypatch: pytest.MonkeyPatch) -> Scene:
    scripted(monkeypatch)
    return scene()


@pytest.fixture
def worker(stage: Scene, as_role: Callable[[str], AbstractContextManager[None]]) -> Iterator[None]:
    """Run a whole test with the worker's log-in, once the stage is set."""
    with as_role("iph_worker"):
        yield


def judged(stage: Scene, **fields: object) -> WatchState:
    """Store that the patient was judged at what is known and in force."""
    usual = {"evaluated_revision": stage.patient.revision, "evaluated_ruleset": "test-1", "evaluated_at": MORNING}
    return WatchState.objects.create(patient=stage.patient, **{**usual, **fields})


def state() -> WatchState:
    """Return the only row."""
    return WatchState.objects.get()


def tried(attempts: int) -> Claim:
    """Claim the only patient, for the `attempts`-th time."""
    (one,) = claim(at=MORNING)
    WatchState.objects.update(attempts=attempts)
    return replace(one, attempt=attempts)


def test_a_patient_without_a_row_is_due(worker: None, stage: Scene) -> None:
    assert claim(at=MORNING) == [Claim(stage.pk, 1, MORNING)]


def test_a_claim_commits_the_attempt_and_the_lease(worker: None) -> None:
    claim(at=MORNING)
    assert (state().attempts, state().lease_until, state().attempted_ruleset) == (1, MORNING + LEASE, "test-1")


def test_the_time_of_a_claim_is_the_database_clock(worker: None) -> None:
    (one,) = claim()
    assert abs(one.at - timezone.now()) < timedelta(seconds=10)


def test_who_was_judged_and_did_not_change_is_not_due(stage: Scene) -> None:
    judged(stage)
    assert claim(at=MORNING) == []


@pytest.mark.parametrize(
    "fields",
    [
        {"evaluated_revision": -1},
        {"evaluated_ruleset": "test-0"},
        {"evaluated_settings": 7},
        {"recheck_at": MORNING},
        {"lease_until": MORNING, "evaluated_revision": -1},
    ],
)
def test_facts_rules_settings_and_time_make_due(stage: Scene, fields: dict[str, object]) -> None:
    judged(stage, **fields)
    assert [one.patient_id for one in claim(at=MORNING)] == [stage.pk]


@pytest.mark.parametrize(
    "fields",
    [{"recheck_at": MORNING + SECOND}, {"evaluated_revision": -1, "lease_until": MORNING + SECOND}],
)
def test_neither_a_later_recheck_nor_a_lease_is_due(stage: Scene, fields: dict[str, object]) -> None:
    judged(stage, **fields)
    assert claim(at=MORNING) == []


def test_new_facts_make_due(stage: Scene) -> None:
    judged(stage)
    learn(stage.patient)
    assert len(claim(at=MORNING)) == 1


def test_who_is_no_longer_followed_is_not_due(stage: Scene) -> None:
    stage.patient.active = False
    stage.patient.save()
    assert claim(at=MORNING) == []


def test_a_clock_set_back_does_not_hold_a_patient(stage: Scene) -> None:
    judged(stage, evaluated_revision=-1, lease_until=MORNING + timedelta(hours=1))
    assert len(claim(at=MORNING)) == 1


def test_claims_are_narrowed_to_named_patients(stage: Scene) -> None:
    other = person(stage.team)
    assert [one.patient_id for one in claim(patients=[other.pk], at=MORNING)] == [other.pk]
    assert claim(patients=[], at=MORNING) == []


def test_the_longest_waiting_come_first_in_chunks(stage: Scene) -> None:
    waiting = [person(stage.team, at=MORNING - timedelta(days=days)) for days in (1, 3, 2)]
    stage.patient.active = False
    stage.patient.save()
    first = {one.patient_id for one in claim(3, at=MORNING)}  # seeds three rows, takes three
    assert first == {one.pk for one in waiting}
    assert claim(3, at=MORNING) == []


def test_who_was_tried_before_comes_alone(stage: Scene) -> None:
    others = [person(stage.team) for _ in range(3)]
    assert len(claim(at=MORNING)) == 4
    later = MORNING + LEASE
    assert [len(claim(at=later)) for _ in range(5)] == [1, 1, 1, 1, 0]
    assert {one.attempts for one in WatchState.objects.filter(patient__in=others)} == {2}


def test_five_attempts_then_failed_and_said_so(worker: None, stage: Scene) -> None:
    at = MORNING
    for attempt in range(1, ATTEMPTS + 1):
        assert [one.attempt for one in claim(at=at)] == [attempt]
        at += LEASE
    assert claim(at=at) == []
    assert state().failed_at == at
    assert Notification.objects.get().recipient == stage.administrator


def test_who_was_given_up_is_not_due_again(stage: Scene) -> None:
    put_off(tried(ATTEMPTS))
    assert state().failed_at == MORNING
    assert claim(at=MORNING + timedelta(days=365)) == []


def test_new_facts_give_a_failed_patient_five_more_attempts(stage: Scene) -> None:
    put_off(tried(ATTEMPTS))
    learn(stage.patient)
    assert [one.attempt for one in claim(at=MORNING)] == [1]
    assert state().failed_at is None


def test_new_rules_give_a_failed_patient_five_more_attempts(stage: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    put_off(tried(ATTEMPTS))
    scripted(monkeypatch, version="test-2")
    assert [one.attempt for one in claim(at=MORNING)] == [1]


@pytest.mark.parametrize(("attempt", "seconds"), [(1, 30), (2, 60), (3, 120), (4, 240)])
def test_a_failed_attempt_is_put_off_longer_each_time(stage: Scene, attempt: int, seconds: int) -> None:
    put_off(tried(attempt))
    assert state().lease_until == MORNING + timedelta(seconds=seconds)
    assert backoff(attempt) == timedelta(seconds=seconds)


def test_what_was_not_begun_is_given_back_uncounted(stage: Scene) -> None:
    give_back(claim(at=MORNING))
    assert (state().attempts, state().lease_until) == (0, None)
    assert [one.attempt for one in claim(at=MORNING)] == [1]


def test_what_somebody_else_judged_meanwhile_is_neither_given_back_nor_put_off(stage: Scene) -> None:
    (one,) = claim(at=MORNING)
    WatchState.objects.update(attempts=0, lease_until=None, evaluated_revision=0)
    give_back([one])
    put_off(one)
    assert (state().attempts, state().lease_until, state().failed_at) == (0, None, None)


def test_the_last_attempt_does_not_give_up_whom_a_newer_claim_holds(stage: Scene) -> None:
    one = tried(ATTEMPTS)
    WatchState.objects.update(attempts=1, lease_until=MORNING + 2 * LEASE)
    put_off(one)
    assert (state().failed_at, state().lease_until) == (None, MORNING + 2 * LEASE)
    assert not Notification.objects.exists()


def test_claims_of_different_attempts_are_given_back_together(stage: Scene) -> None:
    person(stage.team)
    first, second = claim(at=MORNING)
    WatchState.objects.filter(pk=second.patient_id).update(attempts=3)
    give_back([first, replace(second, attempt=3)])
    counts = dict(WatchState.objects.values_list("patient_id", "attempts"))
    assert counts == {first.patient_id: 0, second.patient_id: 2}
    assert not WatchState.objects.exclude(lease_until=None).exists()


def test_a_claim_asks_as_much_however_many_are_stored(
    stage: Scene, django_assert_max_num_queries: Callable[[int], AbstractContextManager[object]]
) -> None:
    for _ in range(30):
        person(stage.team)
    with django_assert_max_num_queries(9):  # savepoint and its end, context set and unset, clock, seed, give up, claim
        assert len(claim(at=MORNING)) == 31


def moments(count: int) -> list[datetime]:
    """Return times a second apart."""
    return [MORNING + index * SECOND for index in range(count)]


def test_two_claims_never_hold_the_same_patient(stage: Scene) -> None:
    for _ in range(9):
        person(stage.team)
    held = [one.patient_id for at in moments(6) for one in claim(3, at=at)]
    assert len(held) == len(set(held)) == 10
