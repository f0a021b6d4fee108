"""How many to-dos a team has at the hour of its digest: the numbers of the patients' pages, counted once a morning."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from celery.exceptions import SoftTimeLimitExceeded

from alerts import todo_counts
from alerts.digests import write_due
from alerts.models import Notification
from alerts.todo_counts import NONE, Todos, counted, followed
from alerts.todos import todos
from patients import timeline
from patients.models import Patient
from tests.alerts.house import recorded
from tests.alerts.scenes import MORNING, Scene, learn, person, scene
from tests.factories import result, upload

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def stage(db: None) -> Scene:
    return scene()


def with_count(stage: Scene, *, days_ago: float) -> Patient:
    """Let a patient of the team have one blood count, so many days before the morning: due 28 days after it, overdue after 34."""
    ill = person(stage.team)
    result(ill, 120.0, effective_at=MORNING - timedelta(days=days_ago))
    return ill


@pytest.mark.parametrize(
    ("days_ago", "expected"), [(27, NONE), (28, Todos(due=1)), (33, Todos(due=1)), (34, Todos(overdue=1))]
)
def test_a_test_is_due_and_then_overdue(stage: Scene, days_ago: float, expected: Todos) -> None:
    with_count(stage, days_ago=days_ago)
    assert counted(stage.team.pk, MORNING) == expected


def test_all_patients_of_the_team_are_counted_and_no_other(stage: Scene) -> None:
    for days in (29, 30, 90):
        with_count(stage, days_ago=days)
    with_count(scene("south"), days_ago=90)
    gone = with_count(stage, days_ago=90)
    Patient.objects.filter(pk=gone.pk).update(active=False)
    assert counted(stage.team.pk, MORNING) == Todos(due=2, overdue=1)


def test_it_is_what_the_pages_say(stage: Scene) -> None:
    ids = [with_count(stage, days_ago=days).pk for days in (10, 29, 31, 90, 200)]
    said = [one for known in timeline.read_many(ids, at=MORNING) for one in todos(known, at=MORNING)]
    assert said
    late = sum(one.overdue for one in said)
    assert counted(stage.team.pk, MORNING) == Todos(due=len(said) - late, overdue=late)


def test_rows_that_wait_are_due_also_of_who_has_nothing_else(stage: Scene) -> None:
    upload(stage.patient, state="held", rows=[{"state": "held"}, {"state": "held"}, {"state": "accepted"}])
    assert list(followed()) == [stage.patient]
    assert counted(stage.team.pk, MORNING) == Todos(due=1)


def test_of_who_has_died_nothing_is_due(stage: Scene) -> None:
    dead = with_count(stage, days_ago=90)
    Patient.objects.filter(pk=dead.pk).update(death_date=(MORNING - 2 * DAY).date())
    assert counted(stage.team.pk, MORNING) == NONE


def test_a_morning_is_counted_once(
    stage: Scene, django_assert_num_queries: Callable[[int], AbstractContextManager[object]]
) -> None:
    with_count(stage, days_ago=90)
    before = counted(stage.team.pk, MORNING)
    with_count(stage, days_ago=90)
    with django_assert_num_queries(0):
        assert counted(stage.team.pk, MORNING) == before
    assert counted(stage.team.pk, MORNING + DAY) == Todos(overdue=2)


def test_a_patient_who_cannot_be_told_of_stops_nobody(
    stage: Scene, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    bad, _ = with_count(stage, days_ago=90), with_count(stage, days_ago=90)

    def fails(history: object, **more: object) -> object:
        if history.patient.id == bad.pk:  # type: ignore[attr-defined]
            raise RuntimeError
        return todos(history, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(todo_counts, "todos", fails)
    assert counted(stage.team.pk, MORNING) == Todos(overdue=1)
    assert "todos_failed" in caplog.text


def test_a_count_that_was_cut_short_is_none_and_is_not_remembered(
    stage: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def times_out(*_: object, **__: object) -> None:
        raise SoftTimeLimitExceeded

    with_count(stage, days_ago=90), with_count(stage, days_ago=30)
    with monkeypatch.context() as patched:
        patched.setattr(todo_counts, "todos", times_out)
        with pytest.raises(SoftTimeLimitExceeded):
            counted(stage.team.pk, MORNING)
    assert counted(stage.team.pk, MORNING) == Todos(due=1, overdue=1)


def test_the_digest_says_so_as_the_worker(stage: Scene, as_role: Callable[[str], AbstractContextManager[None]]) -> None:
    recorded(stage, 120.0, days_ago=90)
    learn(stage.patient, at=MORNING)
    with as_role("iph_worker"):
        assert write_due(at=MORNING) == 2
    assert {(one.detail["due"], one.detail["overdue"]) for one in Notification.objects.all()} == {(0, 1)}
