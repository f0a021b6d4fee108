"""Addresses that mail comes back from: what marks them, what takes the mark away, and that nobody else can."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from email import message_from_string
from email.message import Message
from typing import Any
from uuid import uuid4

import pytest
from pytest_django import Settings

from alerts.bouncing import REPORT_STANDS, bounces, is_report, note, take_in
from alerts.models import Notification
from alerts.sending import send_due
from alerts.smtp import BAD_ADDRESS, Outcome, Result
from patients.models import User
from tests.alerts.scenes import MORNING, Scene, scene
from tests.alerts.sink import Sink, running

pytestmark = pytest.mark.django_db
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
REFUSED, TAKEN = Result(Outcome.REFUSED, 550, bad_address=True), Result(Outcome.ACCEPTED, 250)
REPORT = """\
From: MAILER-DAEMON@mail.example.org
To: watch@example.org
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

I am sorry to have to inform you that your message could not be delivered.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example.org
Arrival-Date: Tue, 24 Nov 2026 09:00:00 +0000

Final-Recipient: rfc822; {address}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 5.1.1 <{address}>: Recipient address rejected: User unknown

--b
Content-Type: {enclosed}

{headers}
--b--
"""
"""As Postfix 3 writes it (bounce(5), RFC 3464, appendix E)."""


@pytest.fixture
def stage(db: None, settings: Settings) -> Scene:
    settings.BASE_URL = "https://watch.example.org"
    return scene()


@pytest.fixture
def sink(settings: Settings) -> Iterator[Sink]:
    with running() as one:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", one.port, 5
        yield one


def mail(to: User, **fields: object) -> Notification:
    """Put one mail into the outbox."""
    usual = {"kind": "test", "reason": "test", "dedup_key": str(uuid4()), "created_at": MORNING, "due_at": MORNING}
    return Notification.objects.create(recipient=to, **{**usual, **fields})


def report(row: Notification, *, whole: bool = False, **fields: Any) -> Message:
    """Return a report that a mail came back; `whole`: with the mail itself, not its headers alone."""
    headers = f"From: watch@example.org\nMessage-ID: <{row.pk}@watch.example.org>\nSubject: x\n"
    usual = {"address": row.recipient.email, "action": "failed", "status": "5.1.1", "headers": headers}
    usual["enclosed"] = "message/rfc822" if whole else "text/rfc822-headers"
    return message_from_string(REPORT.format(**{**usual, **fields}))


def mark(user: User) -> tuple[object, int | None]:
    """Return since when an address is refused, and the code."""
    user.refresh_from_db()
    return user.mail_refused_at, user.mail_refused_code


def test_an_address_that_a_server_refuses_is_marked(
    stage: Scene, sink: Sink, as_role: Callable[[str], AbstractContextManager[None]]
) -> None:
    mail(stage.nurse), mail(stage.physician)
    sink.recipients[stage.nurse.email] = "550 5.1.1 no such mailbox"
    with as_role("iph_worker"):
        send_due(at=MORNING)
    assert mark(stage.nurse) == (MORNING, 550)
    assert mark(stage.physician) == (None, None)


@pytest.mark.parametrize("answer", ["450 later", "550 5.7.1 relaying denied", "554 no", "552 full"])
def test_other_answers_say_nothing_of_the_address(stage: Scene, sink: Sink, answer: str) -> None:
    mail(stage.nurse)
    sink.recipients[stage.nurse.email] = answer
    send_due(at=MORNING)
    assert mark(stage.nurse) == (None, None)


def test_a_mail_that_is_taken_takes_the_mark_away(stage: Scene, sink: Sink) -> None:
    note(stage.nurse.pk, REFUSED, at=MORNING)
    mail(stage.nurse)
    send_due(at=MORNING + MINUTE)
    assert mark(stage.nurse) == (None, None)


def test_the_mark_says_since_when_and_the_newest_code(stage: Scene) -> None:
    note(stage.nurse.pk, REFUSED, at=MORNING)
    note(stage.nurse.pk, Result(Outcome.REFUSED, 553, bad_address=True), at=MORNING + DAY)
    assert mark(stage.nurse) == (MORNING, 553)


@pytest.mark.parametrize("outcome", [Outcome.DEFERRED, Outcome.UNCLEAR, Outcome.REFUSED])
def test_only_what_is_taken_clears(stage: Scene, outcome: Outcome) -> None:
    note(stage.nurse.pk, REFUSED, at=MORNING)
    note(stage.nurse.pk, Result(outcome, 451), at=MORNING + DAY)
    assert mark(stage.nurse) == (MORNING, 550)


@pytest.mark.parametrize("whole", [False, True])
def test_a_report_marks_the_address_of_the_mail_it_is_about(stage: Scene, *, whole: bool) -> None:
    assert take_in(report(mail(stage.nurse), whole=whole), at=MORNING) == 1
    assert mark(stage.nurse) == (MORNING, 511)
    assert mark(stage.physician) == (None, None)


@pytest.mark.parametrize(("kind", "number"), sorted(BAD_ADDRESS))
def test_each_status_of_an_address_counts(stage: Scene, kind: int, number: int) -> None:
    assert take_in(report(mail(stage.nurse), status=f"5.{kind}.{number}"), at=MORNING) == 1
    assert mark(stage.nurse)[1] == int(f"5{kind}{number}")


@pytest.mark.parametrize(
    "fields",
    [
        {"action": "delayed", "status": "4.4.1"},
        {"action": "delivered", "status": "2.0.0"},
        {"action": "failed", "status": "4.1.1"},
        {"action": "failed", "status": "5.2.2"},  # the mailbox is full
        {"action": "failed", "status": "5.7.1"},  # not wanted from us
        {"action": "failed", "status": "nonsense"},
        {"address": "somebody.else@example.org"},
        {"headers": "Message-ID: <b9f7c8ce-0000-4000-8000-000000000000@watch.example.org>\n"},
        {"headers": "Message-ID: <nonsense@watch.example.org>\n"},
        {"headers": "Subject: no id\n"},
    ],
)
def test_what_says_nothing_of_an_address_of_ours_marks_none(stage: Scene, fields: dict[str, Any]) -> None:
    assert take_in(report(mail(stage.nurse), **fields), at=MORNING) == 0
    assert mark(stage.nurse) == (None, None)


def test_another_services_mail_is_none_of_ours(stage: Scene, settings: Settings) -> None:
    returned = report(mail(stage.nurse))
    settings.BASE_URL = "https://elsewhere.example.org"
    assert list(bounces(returned)) == []


def test_addresses_are_compared_without_case(stage: Scene) -> None:
    assert take_in(report(mail(stage.nurse), address=stage.nurse.email.upper()), at=MORNING) == 1


def test_the_original_recipient_counts_where_mail_was_forwarded(stage: Scene) -> None:
    row = mail(stage.nurse)
    original = (
        f"Original-Recipient: rfc822; {row.recipient.email}\nFinal-Recipient: rfc822; forwarded@elsewhere.example"
    )
    text = report(row).as_string().replace(f"Final-Recipient: rfc822; {row.recipient.email}", original)
    assert take_in(message_from_string(text), at=MORNING) == 1


def test_an_ordinary_mail_is_no_report(stage: Scene) -> None:
    ordinary = message_from_string("Subject: Re: alert\n\nThank you, 5.1.1\n")
    assert not is_report(ordinary)
    assert take_in(ordinary, at=MORNING) == 0
    assert is_report(report(mail(stage.nurse)))


def test_a_report_outlives_that_the_next_mail_is_taken(stage: Scene) -> None:
    take_in(report(mail(stage.nurse)), at=MORNING)
    note(stage.nurse.pk, TAKEN, at=MORNING + REPORT_STANDS - MINUTE)
    assert mark(stage.nurse) == (MORNING, 511)
    note(stage.nurse.pk, TAKEN, at=MORNING + REPORT_STANDS)
    assert mark(stage.nurse) == (None, None)


@pytest.mark.parametrize("fields", [None, ["email"], ["email", "language"]])
def test_another_address_has_no_mark(stage: Scene, fields: list[str] | None) -> None:
    note(stage.nurse.pk, REFUSED, at=MORNING)
    stage.nurse.refresh_from_db()
    stage.nurse.email = "new@example.org"
    stage.nurse.save(update_fields=fields)
    assert stage.nurse.mail_refused_at is None
    assert mark(stage.nurse) == (None, None)


@pytest.mark.parametrize("fields", [None, ["language"]])
def test_any_other_change_leaves_the_mark(stage: Scene, fields: list[str] | None) -> None:
    note(stage.nurse.pk, REFUSED, at=MORNING)
    stage.nurse.refresh_from_db()
    stage.nurse.language = "de"
    stage.nurse.save(update_fields=fields)
    assert mark(stage.nurse) == (MORNING, 550)
