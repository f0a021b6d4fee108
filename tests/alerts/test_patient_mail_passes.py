"""Mails about plans within a time: a pass ends, the next goes on, and a task whose time is up loses nothing."""

from datetime import timedelta

import pytest
from celery.exceptions import SoftTimeLimitExceeded

from alerts import patient_mail
from alerts.models import Notification
from alerts.patient_mail import write
from tests.alerts.test_patient_mail import CHANGE, EVE, ZONE, planned, rows
from tests.factories import account, patient, team

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


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
