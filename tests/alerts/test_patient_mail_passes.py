"""Mails about plans within a time: a pass ends, the next goes on, and a task whose time is up loses nothing."""

from datetime import UTC, datetime, timedelta

import pytest
from celery.exceptions import SoftTimeLimitExceeded

from alerts import patient_mail, sending
from alerts.models import Notification
from alerts.patient_mail import write
from patients.models import Patient
from tests.alerts.sink import Sink
from tests.alerts.test_patient_mail import CHANGE, EVE, ZONE, planned, rows, sink
from tests.factories import account, patient, team

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
MIDNIGHT = datetime(2026, 11, 24, 23, tzinfo=UTC)
"""The end of the 24th in Berlin."""
__all__ = ["sink"]


@pytest.fixture
def people(db: None) -> set[int | None]:
    """Four patients who agreed, and whose dose goes down tomorrow, by their accounts."""
    care = team()
    made = [patient(care, user=account(), time_zone=ZONE, consents={"email": {"given": True}}) for _ in range(4)]
    for one in made:
        planned(one, CHANGE)
    return {one.user_id for one in made}


def told() -> set[int]:
    """Return who is written to."""
    return {user for user, _ in rows()}


def times_out(*_: object, **__: object) -> None:
    """Stand for what is being done when a task's time is up."""
    raise SoftTimeLimitExceeded


def test_a_pass_ends_when_its_time_is_up_and_the_next_goes_on(people: set[int]) -> None:
    assert [write(at=EVE + minutes * MINUTE, seconds=0.0) for minutes in range(5)] == [1, 1, 1, 1, 0]
    assert told() == people


def test_with_time_all_are_written_to_in_one_pass(people: set[int]) -> None:
    assert [write(at=EVE + minutes * MINUTE) for minutes in range(2)] == [4, 0]


def test_processes_that_remember_nothing_reach_everybody_all_the_same(people: set[int]) -> None:
    for turn in range(4):
        patient_mail._LOOKED.clear()
        write(at=EVE + timedelta(seconds=61 * turn), seconds=0.0)
    assert told() == people


def test_a_task_whose_time_is_up_ends_and_the_next_writes(people: set[int], monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(patient_mail, "household", times_out)
        with pytest.raises(SoftTimeLimitExceeded):
            write(at=EVE)
    assert write(at=EVE) == 4


def test_a_mail_is_not_dropped_because_a_tasks_time_is_up(people: set[int], monkeypatch: pytest.MonkeyPatch) -> None:
    write(at=EVE)
    monkeypatch.setattr(patient_mail, "household", times_out)
    for row in Notification.objects.all():
        with pytest.raises(SoftTimeLimitExceeded):
            patient_mail.needless(row, at=EVE)


def breaks(*_: object, **__: object) -> None:
    """Stand for a fault that passes."""
    raise RuntimeError


@pytest.fixture
def one(people: set[int]) -> Notification:
    """A mail that is due."""
    write(at=EVE)
    return Notification.objects.order_by("pk")[0]


@pytest.mark.parametrize("broken", ["household", "due_news"])
def test_what_cannot_be_asked_is_tried_again_until_its_day_is_over_and_then_given_up_in_sight(
    one: Notification, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    monkeypatch.setattr(patient_mail, broken, breaks)
    asked = 0
    for minutes in range(0, 18 * 60, 5):  # seven to one in the morning in Berlin
        sending.send_due(at=EVE + minutes * MINUTE)
        one.refresh_from_db()
        if one.failed_at is None:
            asked = one.attempts
    assert 17 * 3 <= asked <= 17 * 5, "a quarter of an hour apart, and seen each five minutes"
    assert one.failed_at is not None
    assert timedelta(0) <= one.failed_at - MIDNIGHT < 20 * MINUTE
    assert (one.dropped_at, one.dropped_reason, one.deliveries.count()) == (None, "not_judged", 0)


def test_who_cannot_be_found_at_all_is_given_up_when_the_day_is_over_everywhere(
    one: Notification, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the patient lives is not known then; at UTC-12 the 24th ends at noon of the 25th, UTC."""
    monkeypatch.setattr(Patient.objects, "select_related", breaks)
    end = datetime(2026, 11, 25, 12, tzinfo=UTC)
    assert patient_mail.needless(one, at=end - MINUTE) is None
    assert patient_mail.needless(one, at=end) == "not_judged"


def test_what_was_mended_within_its_day_is_told(one: Notification, sink: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(patient_mail, "due_news", breaks)
        assert sending.send_due(at=EVE).accepted == 0
    assert sending.send_due(at=EVE + 2 * MINUTE).accepted == 4
    one.refresh_from_db()
    assert (one.sent_at, one.attempts, [row.attempt for row in one.deliveries.all()]) == (EVE + 2 * MINUTE, 2, [2])


def test_what_was_mended_after_its_day_is_dropped_with_its_reason(
    one: Notification, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(patient_mail, "due_news", breaks)
        sending.send_due(at=EVE)
    sending.send_due(at=MIDNIGHT)
    one.refresh_from_db()
    assert (one.dropped_at, one.dropped_reason, one.failed_at) == (MIDNIGHT, "day_is_over", None)
