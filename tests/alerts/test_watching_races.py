"""Many at once, each with its own connection and the worker's log-in: one alert, one mail, nobody forgotten."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections

from alerts import lifecycle
from alerts.claiming import claim
from alerts.lifecycle import ConflictError, settle
from alerts.models import Alert, Notification, Transition, WatchState
from alerts.watching import evaluate, sweep
from patients.context import ALL, working_on
from tests.alerts.scenes import MORNING, Scene, Script, basis, high, learn, person, scene, scripted, verdict

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def stage(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Scene:
    script: Script = scripted(monkeypatch)
    script.says(high())
    return scene()


def at_once(count: int, work: Callable[[], object]) -> list[object]:
    """Run work in so many threads that start together, each as the worker on a connection of its own."""
    barrier = threading.Barrier(count)

    def one() -> object:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET ROLE iph_worker")
            barrier.wait(timeout=30)
            return work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=count) as pool:
        return [future.result(timeout=60) for future in [pool.submit(one) for _ in range(count)]]


def side_by_side(*works: Callable[[], object]) -> list[object]:
    """Run different works, a thread each, that start together."""
    waiting = list(works)

    def one() -> object:
        return waiting.pop()()

    return at_once(len(works), one)


def test_fifty_evaluations_at_once_raise_one_alert_and_one_mail(stage: Scene) -> None:
    at_once(50, lambda: evaluate(stage.pk, at=MORNING))
    assert Alert.objects.count() == 1
    assert Transition.objects.count() == 1
    assert Notification.objects.filter(reason="first").count() == 1


def test_fifty_settle_at_once_without_the_row_lock_raise_one_alert(stage: Scene) -> None:
    def bare() -> int:
        with working_on([stage.pk]):
            return len(settle(basis(stage.patient), verdict(high())))

    assert sum(int(str(one)) for one in at_once(50, bare)) == 1
    assert Alert.objects.count() == 1


def test_sweepers_share_the_work_and_do_all_of_it(stage: Scene) -> None:
    for _ in range(30):
        person(stage.team)
    at_once(5, sweep)
    assert WatchState.objects.filter(evaluated_revision=0, lease_until=None).count() == 31
    assert Alert.objects.count() == 31


def test_claims_made_at_once_never_overlap(stage: Scene) -> None:
    for _ in range(20):
        person(stage.team)
    taken = at_once(6, lambda: [one.patient_id for one in claim(5)])
    held = [one for some in taken if isinstance(some, list) for one in some]
    assert len(held) == len(set(held))


def test_facts_that_arrive_while_sweeping_are_judged(stage: Scene) -> None:
    def write() -> None:
        with working_on(ALL):
            for _ in range(5):
                learn(type(stage.patient).objects.get(pk=stage.pk))

    side_by_side(sweep, sweep, sweep, write)
    sweep()
    stage.patient.refresh_from_db()
    assert WatchState.objects.get().evaluated_revision == stage.patient.revision == 5


def test_of_many_who_acknowledge_at_once_one_wins_and_the_others_see_who(stage: Scene) -> None:
    evaluate(stage.pk, at=MORNING)
    alert = Alert.objects.get()

    def acknowledge() -> str:
        try:
            with working_on(ALL):
                lifecycle.acknowledge(alert.pk, by=stage.nurse, at=MORNING)
        except ConflictError as conflict:
            return f"second to {conflict.last.by_id if conflict.last else None}"
        return "first"

    outcomes = at_once(10, acknowledge)
    assert sorted(map(str, outcomes)) == ["first", *[f"second to {stage.nurse.pk}"] * 9]
    assert Transition.objects.filter(verb="acknowledged").count() == 1
