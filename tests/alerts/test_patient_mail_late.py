"""What is to be said of a test is said once: on its day, or on the first day on which anything runs and a server takes it."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import Settings

from alerts import patient_mail, sending
from alerts.models import Notification
from alerts.patient_mail import write
from alerts.smtp import Outcome, Result
from alerts.unsubscribing import choose
from patients.consenting import consent_to_email
from patients.models import Observation, Patient
from tests.alerts.sink import Sink, running
from tests.alerts.test_patient_mail import ZONE
from tests.factories import account, caregiver, patient, result, revision, team

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
COUNTED = datetime(2026, 10, 1, 8, tzinfo=UTC)
DUE, OVERDUE = datetime(2026, 10, 29, 6, tzinfo=UTC), datetime(2026, 11, 4, 6, tzinfo=UTC)
"""Seven in the morning in Berlin, where winter begins on 25 October: 28 days after the count, and 6 days after that."""
LAST = DUE + 40 * DAY


@pytest.fixture
def ill(db: None) -> Patient:
    """Somebody who agreed to e-mail, and whose blood was last counted on 1 October."""
    own = account()
    made = patient(team(), user=own, time_zone=ZONE)
    consent_to_email(made.pk, given=True, by=own, at=COUNTED)
    counted(made, COUNTED)
    return Patient.objects.get(pk=made.pk)


def counted(ill: Patient, at: datetime) -> Observation:
    """Let blood have been counted."""
    return result(ill, 125.0, effective_at=at)


@pytest.fixture
def sink(settings: Settings) -> Iterator[Sink]:
    with running() as one:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", one.port, 5
        yield one


def passes(*moments: datetime) -> list[tuple[date, str]]:
    """Let a new process write and send at each moment; return the day and the news of every mail that was sent."""
    for at in moments:
        patient_mail._LOOKED.clear()
        write(at=at)
        sending.send_due(at=at)
    return sent()


def sent() -> list[tuple[date, str]]:
    """Return the day and the news of every mail that was sent."""
    rows = Notification.objects.filter(kind="patient").exclude(sent_at=None).order_by("sent_at")
    return [(row.sent_at.date(), row.reason) for row in rows if row.sent_at]


def test_it_is_told_on_its_day_and_not_again(ill: Patient, sink: Sink) -> None:
    found = passes(*(DUE + day * DAY + hours * HOUR for day in range(-1, 30) for hours in (-1, 0, 5)))
    assert found == [(DUE.date(), "test_due"), (OVERDUE.date(), "test_overdue")]


@pytest.mark.parametrize("days", [1, 2, 5])
def test_of_a_day_on_which_nothing_ran_it_is_told_on_the_next(ill: Patient, sink: Sink, days: int) -> None:
    assert passes(DUE - DAY, *(DUE + late * DAY for late in range(days, 6))) == [
        ((DUE + days * DAY).date(), "test_due")
    ]


def test_after_the_days_on_which_it_was_due_only_that_it_is_overdue_is_told(ill: Patient, sink: Sink) -> None:
    assert passes(DUE - DAY, OVERDUE + 3 * DAY, OVERDUE + 4 * DAY) == [((OVERDUE + 3 * DAY).date(), "test_overdue")]


def test_after_weeks_nothing_is_told(ill: Patient, sink: Sink) -> None:
    assert passes(OVERDUE + 15 * DAY) == []


def test_a_mail_that_no_server_took_on_its_day_is_written_anew(
    ill: Patient, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(sending, "hand_over", lambda _: Result(Outcome.DEFERRED, 451))
        assert passes(DUE, DUE + 9 * HOUR) == []
    assert passes(DUE + DAY, DUE + DAY + HOUR, DUE + 2 * DAY) == [((DUE + DAY).date(), "test_due")]
    assert [row.dropped_reason for row in Notification.objects.order_by("created_at")] == ["day_is_over", ""]


def test_a_mail_that_could_not_be_asked_about_on_its_day_is_written_anew(
    ill: Patient, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(at=DUE)
    with monkeypatch.context() as patched:
        patched.setattr(patient_mail, "listeners", None)
        for hours in range(20):
            sending.send_due(at=DUE + hours * HOUR)
    assert [row.dropped_reason for row in Notification.objects.exclude(failed_at=None)] == ["not_judged"]
    assert passes(DUE + DAY, DUE + DAY + HOUR, DUE + 2 * DAY) == [((DUE + DAY).date(), "test_due")]


def test_an_address_that_refuses_for_good_is_not_tried_each_day(
    ill: Patient, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "hand_over", lambda _: Result(Outcome.REFUSED, 550))
    passes(DUE, DUE + DAY, DUE + 2 * DAY)
    assert Notification.objects.exclude(failed_at=None).count() == Notification.objects.count() == 1


def test_a_caregiver_who_was_told_is_not_told_again_because_another_asks(ill: Patient, sink: Sink) -> None:
    first, second = caregiver(ill), caregiver(ill)
    choose(first.pk, "patient", wanted=True, at=DUE - 2 * DAY)
    passes(DUE)
    choose(second.pk, "patient", wanted=True, at=DUE + HOUR)
    passes(DUE + DAY, DUE + 2 * DAY)
    rows = Notification.objects.order_by("created_at", "recipient_id").values_list("recipient_id", "detail__day")
    assert list(rows) == [
        *((person, "2026-10-29") for person in sorted([first.pk, ill.user_id or 0])), (second.pk, "2026-10-30")
    ]  # fmt: skip


def test_what_was_done_on_the_day_on_which_nothing_ran_is_not_told(ill: Patient, sink: Sink) -> None:
    passes(DUE - DAY)
    counted(ill, DUE + HOUR)
    assert passes(DUE + DAY) == []


def test_a_result_that_was_taken_back_makes_the_test_due_on_its_old_day(ill: Patient, sink: Sink) -> None:
    later = counted(ill, DUE - DAY)
    assert passes(DUE, DUE + DAY) == []
    Observation.objects.filter(pk=later.pk).update(retracted_revision=revision(ill))
    assert passes(DUE + 2 * DAY, DUE + 3 * DAY) == [((DUE + 2 * DAY).date(), "test_due")]


def expected(moments: list[datetime]) -> list[tuple[date, str]]:
    """Return, told the slow way, what these passes send: the first of each kind that can say it."""
    found: list[tuple[date, str]] = []
    for news, first, end in (("test_due", DUE, OVERDUE), ("test_overdue", OVERDUE, OVERDUE + 15 * DAY)):
        can = [at for at in moments if first.date() <= at.date() < end.date() and at.hour >= 6]
        found += [(min(can).date(), news)] if can else []
    return found


HOURS = st.integers(0, 50 * 24).map(lambda hours: DUE - 5 * DAY + hours * HOUR + 30 * timedelta(minutes=1))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(HOURS, max_size=25, unique=True).map(sorted), st.booleans())
def test_whenever_passes_come_nothing_is_lost_and_nothing_told_twice(
    ill: Patient, moments: list[datetime], forgetful: bool
) -> None:
    """Berlin is at UTC+1 then: the morning begins at 06:00 UTC, and a day of the calendar ends at 23:00 UTC."""
    moments = [at for at in moments if at.hour != 23]
    Notification.objects.all().delete()
    patient_mail._LOOKED.clear()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(sending, "hand_over", lambda _: Result(Outcome.ACCEPTED, 250))
        for at in moments:
            if forgetful:
                patient_mail._LOOKED.clear()
            write(at=at)
            sending.send_due(at=at)
    assert sent() == expected(moments)


SENDS: Any = st.lists(st.tuples(st.integers(0, 25), st.booleans(), st.booleans()), max_size=25)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(SENDS)
def test_with_a_server_that_is_often_away_it_is_told_once_as_soon_as_it_takes_any(
    ill: Patient, days: list[tuple[int, bool, bool]]
) -> None:
    """A pass a day at most, at noon: it writes or does not, and the server takes mail or does not."""
    Notification.objects.all().delete()
    plan = {day: (writes, takes) for day, writes, takes in days}
    for day, (writes, takes) in sorted(plan.items()):
        at = DUE + (day - 2) * DAY + 5 * HOUR
        patient_mail._LOOKED.clear()
        if writes:
            write(at=at)
        answer = Result(Outcome.ACCEPTED, 250) if takes else Result(Outcome.DEFERRED, 451)
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(sending, "hand_over", lambda _, answer=answer: answer)
            sending.send_due(at=at)
    good = [DUE + (day - 2) * DAY + 5 * HOUR for day, (writes, takes) in sorted(plan.items()) if writes and takes]
    assert sent() == expected(good)
