"""Mails about a patient's own plan: to who asked, in the patient's morning, once, and not if it is no longer so when sent."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pytest_django import Settings

from alerts import patient_mail, sending
from alerts.models import Notification
from alerts.patient_mail import write
from alerts.patient_news import News
from alerts.unsubscribing import choose
from patients.consenting import consent_to_email
from patients.models import CaregiverLink, CareTeam, Patient, Treatment, User
from tests.alerts.sink import Sink, plain, running
from tests.alerts.test_emails import FORBIDDEN
from tests.factories import account, caregiver, patient, revision, team, treatment

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CHANGE = date(2026, 11, 25)
ZONE = "Europe/Berlin"
EVE, MORNING = datetime(2026, 11, 24, 6, tzinfo=UTC), datetime(2026, 11, 25, 6, tzinfo=UTC)
"""Seven o'clock in Berlin on the day before the change, and on its day."""


@pytest.fixture
def ill(db: None) -> Patient:
    """A child whose dose goes down on the 25th, with an account, and agreed to e-mail."""
    own = account(language="de")
    made = patient(team(), "Canary Quill", user=own, time_zone=ZONE)
    consent_to_email(made.pk, given=True, by=own, at=EVE - 9 * DAY)
    planned(made, CHANGE)
    return Patient.objects.get(pk=made.pk)


def planned(ill: Patient, change: date) -> list[Treatment]:
    """Plan 20 mg up to a day, then 15."""
    usual: dict[str, Any] = {"intent": "planned", "plan": "taper"}
    before: dict[str, Any] = {"started_on": change - 9 * DAY, "ended_on": change - DAY}
    return [treatment(ill, dose=20.0, **usual, **before), treatment(ill, dose=15.0, **usual, started_on=change)]


def retracted(ill: Patient) -> None:
    """Take back what is planned."""
    Treatment.objects.filter(retracted_revision=None).update(retracted_revision=revision(ill))


def moved(ill: Patient) -> None:
    """Let the change come two days later."""
    retracted(ill)
    planned(ill, CHANGE + 2 * DAY)


def rows() -> list[tuple[int, str]]:
    """Return who is told of what."""
    return list(
        Notification.objects.filter(kind="patient").order_by("created_at").values_list("recipient_id", "reason")
    )


def carer(ill: Patient, *, asked: bool = True) -> User:
    """Let somebody care for the patient, who asked for mail."""
    made = caregiver(ill)
    if asked:
        choose(made.pk, "patient", wanted=True, at=EVE - DAY)
    return made


def test_a_change_is_told_at_seven_the_day_before_and_on_the_day(ill: Patient) -> None:
    moments = [EVE - timedelta(seconds=1), EVE, EVE + HOUR, MORNING - HOUR, MORNING, MORNING + 9 * HOUR, MORNING + DAY]
    assert [write(at=at) for at in moments] == [0, 1, 0, 0, 1, 0, 0]
    assert rows() == [(ill.user_id, "step_tomorrow"), (ill.user_id, "step_today")]
    assert [one.due_at for one in Notification.objects.order_by("due_at")] == [EVE, MORNING]


def test_another_process_writes_nothing_twice(ill: Patient) -> None:
    assert write(at=EVE) == 1
    patient_mail._LOOKED.clear()
    assert write(at=EVE + HOUR) == 0
    assert len(rows()) == 1


def test_the_worker_may_do_it(ill: Patient, as_role: Callable[[str], AbstractContextManager[None]]) -> None:
    asked = carer(ill)
    with as_role("iph_worker"):
        assert write(at=EVE) == 2
    assert {user for user, _ in rows()} == {ill.user_id, asked.pk}


def test_a_caregiver_is_told_who_asked_and_no_other(ill: Patient) -> None:
    asked = carer(ill)
    carer(ill, asked=False)
    caregiver(ill, ends_at=EVE - DAY)
    Patient.objects.update(consents={})
    write(at=EVE)
    assert rows() == [(asked.pk, "step_tomorrow")]


SILENT: dict[str, Callable[[Patient], object]] = {
    "consent was withdrawn": lambda ill: consent_to_email(ill.pk, given=False, by=ill.user, at=EVE),  # type: ignore[arg-type]
    "consent was never given": lambda _: Patient.objects.update(consents={}),
    "the mails were left": lambda ill: choose(ill.user_id, "patient", wanted=False, at=EVE),  # type: ignore[arg-type]
    "the account is closed": lambda _: User.objects.exclude(patient=None).update(is_active=False),
    "there is no account": lambda _: Patient.objects.update(user=None),
    "the patient died": lambda _: Patient.objects.update(death_date=date(2026, 11, 20)),
    "nobody follows the patient": lambda _: Patient.objects.update(active=False),
    "there is no plan": retracted,
}


@pytest.mark.parametrize("why", SILENT)
def test_nothing_is_written_where(ill: Patient, why: str) -> None:
    SILENT[why](ill)
    assert write(at=EVE) == 0
    assert rows() == []


@pytest.mark.parametrize(
    ("zone", "change", "at"),
    [
        ("Europe/Berlin", date(2026, 3, 29), datetime(2026, 3, 29, 5, tzinfo=UTC)),  # an hour is left out at 2:00
        ("Europe/Berlin", date(2026, 10, 25), datetime(2026, 10, 25, 6, tzinfo=UTC)),  # an hour comes twice
        ("America/New_York", date(2026, 3, 8), datetime(2026, 3, 8, 11, tzinfo=UTC)),
        ("Asia/Tokyo", date(2026, 11, 25), datetime(2026, 11, 24, 22, tzinfo=UTC)),
        ("Pacific/Apia", date(2011, 12, 31), datetime(2011, 12, 30, 17, tzinfo=UTC)),  # the 30th was left out
        ("UTC", date(2028, 2, 29), datetime(2028, 2, 29, 7, tzinfo=UTC)),
    ],
)
def test_it_is_seven_in_the_patients_morning_on_every_kind_of_day(
    ill: Patient, zone: str, change: date, at: datetime
) -> None:
    retracted(ill)
    Patient.objects.update(time_zone=zone)
    planned(Patient.objects.get(), change)
    Patient.objects.update(consents={"email": {"given": True}})
    assert at.astimezone(ZoneInfo(zone)).hour == 7
    assert write(at=at - timedelta(seconds=1)) == 0
    assert write(at=at) == 1
    assert rows() == [(ill.user_id, "step_today")]


def test_one_patient_with_whom_it_fails_stops_nobody(
    ill: Patient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    other = patient(CareTeam.objects.get(), user=account(), time_zone=ZONE, consents={"email": {"given": True}})
    planned(other, CHANGE)
    real = patient_mail.household

    def fails(one: Patient, **more: Any) -> Any:
        if one.pk == ill.pk:
            raise RuntimeError
        return real(one, **more)

    with monkeypatch.context() as patched:
        patched.setattr(patient_mail, "household", fails)
        assert write(at=EVE) == 1
    assert "patient_mail_failed" in caplog.text
    assert write(at=EVE + HOUR) == 1  # tried again
    assert {user for user, _ in rows()} == {ill.user_id, other.user_id}


def test_who_is_not_written_to_costs_no_question(
    ill: Patient, django_assert_max_num_queries: Callable[[int], AbstractContextManager[object]]
) -> None:
    for _ in range(9):
        planned(patient(CareTeam.objects.get(), user=account(), time_zone=ZONE), CHANGE)
    write(at=EVE)
    with django_assert_max_num_queries(5):
        write(at=EVE + HOUR)


def test_the_outbox_does_not_name_the_patient_but_by_the_key_it_asks_again_by(ill: Patient) -> None:
    write(at=EVE)
    (one,) = Notification.objects.all()
    assert one.patient_id == ill.pk
    said = f"{one.detail} {one.dedup_key} {one.reason}".lower()
    assert not [word for word in (str(ill.pk), ill.pk.hex, "prednisolone", "mg", "canary") if word in said]


@pytest.fixture
def sink(settings: Settings) -> Iterator[Sink]:
    with running() as one:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", one.port, 5
        settings.BASE_URL = "https://watch.example.org"
        yield one


def token_of(message: Any) -> str:
    """Return the address that stops a mail: its digits may be any."""
    return str(message["List-Unsubscribe"]).strip()


def test_the_mail_is_in_the_recipients_language_and_can_be_stopped_by_one_click(ill: Patient, sink: Sink) -> None:
    carer(ill)
    write(at=EVE)
    assert sending.send_due(at=EVE).accepted == 2
    subjects = {message["Subject"] for message in sink.messages}
    assert subjects == {"Ihr Plan ändert sich morgen", "Your plan changes tomorrow"}
    for message in sink.messages:
        assert token_of(message).startswith("<https://watch.example.org/mail/stop/p")
        assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert "https://watch.example.org/me/\n" in plain(message).replace("\r\n", "\n")
        said = "\n".join([*map(str, message.items()), plain(message), plain(message, "html")])
        assert not FORBIDDEN.search(said)
        assert not [
            word
            for word in (str(ill.pk), ill.pk.hex, "Canary", "prednisolone", "15 mg")
            if word in said.replace(token_of(message), "")
        ]


BY_THEN: dict[str, tuple[str, Callable[[Patient], object]]] = {
    **{why: (reason, SILENT[why]) for why, reason in {
        "consent was withdrawn": "not_wanted",
        "the mails were left": "not_wanted",
        "the account is closed": "recipient_inactive",
        "the patient died": "patient_not_followed",
        "nobody follows the patient": "patient_not_followed",
        "there is no plan": "no_longer_so",
    }.items()},
    "the day is over": ("day_is_over", lambda _: None),
    "the step was moved": (
        "no_longer_so",
        moved,
    ),
}  # fmt: skip


@pytest.mark.parametrize("why", BY_THEN)
def test_a_mail_that_no_longer_holds_is_dropped_with_the_reason(ill: Patient, sink: Sink, why: str) -> None:
    write(at=EVE)
    reason, change = BY_THEN[why]
    change(ill)
    sending.send_due(at=EVE + (18 * HOUR if why == "the day is over" else HOUR))
    (row,) = Notification.objects.all()
    assert (row.dropped_reason, row.sent_at, sink.kept) == (reason, None, [])


def test_a_caregiver_whose_access_ended_gets_nothing_more(ill: Patient, sink: Sink) -> None:
    carer(ill)
    Patient.objects.update(consents={})
    write(at=EVE)
    CaregiverLink.objects.update(ends_at=EVE + timedelta(minutes=1))
    sending.send_due(at=EVE + HOUR)
    assert [row.dropped_reason for row in Notification.objects.all()] == ["not_wanted"]


def test_what_cannot_be_asked_again_is_put_off_and_holds_up_nobody(
    ill: Patient, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(at=EVE)
    Notification.objects.create(
        recipient=account(), kind="test", reason="test", dedup_key="t", created_at=EVE, due_at=EVE
    )

    def fails(*_: object, **__: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as patched:
        patched.setattr(patient_mail, "household", fails)
        assert sending.send_due(at=EVE).accepted == 1
    row = Notification.objects.get(kind="patient")
    assert (row.attempts, row.lease_until, row.dropped_reason) == (1, EVE + sending.wait(row), "")
    assert [sending.send_due(at=EVE + seconds * timedelta(seconds=1)).accepted for seconds in (40, 80)] == [0, 1]
    assert sink.addresses.count(row.recipient.email) == 1


def test_a_row_that_names_nobody_is_dropped(ill: Patient) -> None:
    row = Notification(recipient=account(), kind="patient", reason=News.TEST_DUE, detail={})
    assert patient_mail.needless(row, at=EVE) == "patient_unknown"
