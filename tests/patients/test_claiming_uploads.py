"""The queue of files: a claim is committed before the work, passes on when its lease ends, and is given five times."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone
from structlog.testing import capture_logs

from patients.claiming_uploads import ATTEMPTS, LEASE, LONGEST, Claim, backoff, claim, held, put_off
from patients.models import Patient, Upload
from tests import factories
from tests.patients.files import NOW

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


@pytest.fixture
def patient() -> Patient:
    return factories.patient()


@pytest.fixture
def worker(patient: Patient, as_role: Callable[[str], AbstractContextManager[None]]) -> Iterator[None]:
    """Run a whole test with the worker's log-in, once the patient is there."""
    with as_role("iph_worker"):
        yield


def waiting(patient: Patient, **fields: Any) -> Upload:
    """Let a file wait."""
    return factories.upload(patient, **{"received_at": NOW - timedelta(hours=1), **fields})


def test_a_claim_commits_attempt_state_and_lease(worker: None, patient: Patient) -> None:
    upload = waiting(patient)
    assert claim(at=NOW) == Claim(upload.pk, 1, NOW)
    upload.refresh_from_db()
    assert (upload.attempts, upload.state, upload.lease_until) == (1, "reading", NOW + LEASE)


def test_the_time_of_a_claim_is_the_database_clock(worker: None, patient: Patient) -> None:
    waiting(patient)
    found = claim()
    assert found is not None
    assert abs(found.at - timezone.now()) < timedelta(seconds=10)


def test_nothing_waits_nothing_is_claimed(worker: None, patient: Patient) -> None:
    assert claim(at=NOW) is None


@pytest.mark.parametrize("state", ["done", "held", "failed"])
def test_what_was_read_does_not_wait(patient: Patient, state: str) -> None:
    waiting(patient, state=state)
    assert claim(at=NOW) is None


@pytest.mark.parametrize("state", ["received", "reading"])
def test_a_lease_holds_until_it_ends(patient: Patient, state: str) -> None:
    waiting(patient, state=state, attempts=1, lease_until=NOW + SECOND)
    assert claim(at=NOW) is None
    found = claim(at=NOW + SECOND)
    assert found is not None
    assert found.attempt == 2


def test_a_clock_set_back_holds_no_file(patient: Patient) -> None:
    waiting(patient, lease_until=NOW + LONGEST + SECOND)
    assert claim(at=NOW) is not None


def test_the_longest_waiting_comes_first(patient: Patient) -> None:
    files = {hours: waiting(patient, received_at=NOW - timedelta(hours=hours)).pk for hours in (1, 3, 2)}
    assert [found.upload_id for _ in range(3) if (found := claim(at=NOW))] == [files[3], files[2], files[1]]
    assert claim(at=NOW) is None


def test_one_file_can_be_asked_for(patient: Patient) -> None:
    waiting(patient)
    second = waiting(patient, received_at=NOW)
    assert claim(only=uuid4(), at=NOW) is None
    assert claim(only=second.pk, at=NOW) == Claim(second.pk, 1, NOW)


def test_five_readers_killed_and_the_file_is_failed(worker: None, patient: Patient) -> None:
    upload, at = waiting(patient), NOW
    for attempt in range(1, ATTEMPTS + 1):
        assert claim(at=at) == Claim(upload.pk, attempt, at)
        assert claim(at=at) is None
        at += LEASE
    with capture_logs() as logs:
        assert claim(at=at) is None
    upload.refresh_from_db()
    assert (upload.state, upload.attempts, upload.finished_at, upload.lease_until) == ("failed", 5, at, None)
    assert "five times" in upload.reason
    assert [issue["code"] for issue in upload.file_issues] == ["gave_up"]
    assert [(line["event"], line["upload_id"]) for line in logs] == [("upload_gave_up", str(upload.pk))]


def test_a_file_given_up_on_stands_in_nobodys_way(patient: Patient) -> None:
    waiting(patient, received_at=NOW - timedelta(days=9), attempts=ATTEMPTS, state="reading", lease_until=NOW)
    second = waiting(patient)
    assert claim(at=NOW) == Claim(second.pk, 1, NOW)
    assert Upload.objects.filter(state="failed").count() == 1


@pytest.mark.parametrize(("attempt", "seconds"), [(1, 30), (2, 60), (3, 120), (4, 240)])
def test_a_failed_attempt_is_put_off_longer_each_time(patient: Patient, attempt: int, seconds: int) -> None:
    upload = waiting(patient, attempts=attempt - 1)
    found = claim(at=NOW)
    assert found is not None
    put_off(found)
    upload.refresh_from_db()
    assert (upload.state, upload.lease_until) == ("received", NOW + timedelta(seconds=seconds))
    assert backoff(attempt) == timedelta(seconds=seconds)


def test_the_fifth_failed_attempt_is_the_last(worker: None, patient: Patient) -> None:
    upload = waiting(patient, attempts=ATTEMPTS - 1)
    found = claim(at=NOW)
    assert found is not None
    put_off(found)
    upload.refresh_from_db()
    assert (upload.state, upload.finished_at) == ("failed", NOW)


def test_a_claim_that_passed_on_is_held_and_ended_by_nobody(patient: Patient) -> None:
    upload = waiting(patient)
    first, second = claim(at=NOW), claim(at=NOW + LEASE)
    assert first is not None
    assert second is not None
    assert held(first) is None
    put_off(first)
    upload.refresh_from_db()
    assert (upload.state, upload.attempts, upload.lease_until) == ("reading", 2, NOW + 2 * LEASE)
    assert held(second) == upload


def test_a_lease_outlives_a_task() -> None:
    from monitor.celery import app

    assert timedelta(seconds=app.conf.task_time_limit) < LEASE


def test_no_wait_is_longer_than_the_longest() -> None:
    assert max(LEASE, *(backoff(attempt) for attempt in range(1, ATTEMPTS))) < LONGEST


def test_a_claim_asks_the_same_however_many_wait(patient: Patient, django_assert_num_queries) -> None:
    for _ in range(20):
        waiting(patient)
    with django_assert_num_queries(4):  # savepoint, the file, its attempt, the savepoint's end
        claim(at=NOW)
