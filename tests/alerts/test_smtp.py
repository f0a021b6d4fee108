"""Handing over one message to a real server, and how each of its answers is understood (RFC 5321, 4.2.1)."""

import smtplib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial

import pytest
from django.core.mail import EmailMessage
from pytest_django import Settings

from alerts.smtp import Outcome, Result, hand_over, judge
from tests.alerts.sink import DROP, Sink, running

MESSAGE = EmailMessage("Subject", "Body", "from@example.org", ["to@example.org"])


@pytest.fixture
def sink(settings: Settings) -> Iterator[Sink]:
    with running() as one:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", one.port, 5
        yield one


def test_250_is_accepted(sink: Sink) -> None:
    assert hand_over(MESSAGE) == Result(Outcome.ACCEPTED, 250)
    assert sink.addresses == ["to@example.org"]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("550 no such mailbox", Result(Outcome.REFUSED, 550, bad_address=True)),
        ("551 5.1.6 has moved", Result(Outcome.REFUSED, 551, bad_address=True)),
        ("553 5.1.3 no name", Result(Outcome.REFUSED, 553, bad_address=True)),
        ("550-5.1.1 no such\r\n550 5.1.1 mailbox", Result(Outcome.REFUSED, 550, bad_address=True)),
        ("550 5.1.10 takes no mail", Result(Outcome.REFUSED, 550, bad_address=True)),
        ("550 5.2.1 disabled", Result(Outcome.REFUSED, 550, bad_address=True)),
        ("550 5.1.7 bad sender", Result(Outcome.REFUSED, 550)),
        ("550 5.1.8 bad sender's system", Result(Outcome.REFUSED, 550)),
        ("550 5.2.2 full", Result(Outcome.REFUSED, 550)),
        ("553 5.3.2 not now", Result(Outcome.REFUSED, 553)),
        ("550 4.1.1 not sure", Result(Outcome.REFUSED, 550)),
        ("550 5.7.1 relaying denied", Result(Outcome.REFUSED, 550)),
        ("552 5.2.2 full", Result(Outcome.REFUSED, 552)),
        ("554 not from you", Result(Outcome.REFUSED, 554)),
        ("450 try later", Result(Outcome.DEFERRED, 450)),
        ("452 full", Result(Outcome.DEFERRED, 452)),
    ],
)
def test_the_answer_to_a_recipient(sink: Sink, answer: str, expected: Result) -> None:
    sink.recipients["to@example.org"] = answer
    assert hand_over(MESSAGE) == expected
    assert sink.kept == []


@pytest.mark.parametrize(
    ("answer", "expected"),
    [("554 not wanted", Result(Outcome.REFUSED, 554)), ("451 busy", Result(Outcome.DEFERRED, 451))],
)
def test_the_answer_to_a_content(sink: Sink, answer: str, expected: Result) -> None:
    sink.contents["to@example.org"] = answer
    assert hand_over(MESSAGE) == expected


def test_no_answer_after_the_content_is_unclear(sink: Sink) -> None:
    sink.contents["to@example.org"] = DROP
    assert hand_over(MESSAGE) == Result(Outcome.UNCLEAR)
    assert sink.addresses == ["to@example.org"]


def test_an_answer_that_takes_too_long_is_unclear(sink: Sink, settings: Settings) -> None:
    settings.EMAIL_TIMEOUT = 1
    sink.contents["to@example.org"] = 3.0
    assert hand_over(MESSAGE).outcome is Outcome.UNCLEAR


@contextmanager
def server(settings: Settings, talk: Callable[[socket.socket], None]) -> Iterator[None]:
    """A server that talks to one client as it likes."""
    settings.EMAIL_BACKEND = "alerts.smtp.Backend"
    with socket.create_server(("127.0.0.1", 0)) as listening:
        settings.EMAIL_HOST, settings.EMAIL_PORT = listening.getsockname()

        def serve() -> None:
            client, _ = listening.accept()
            with client, suppress(OSError):
                talk(client)

        thread = threading.Thread(target=serve)
        thread.start()
        yield
        thread.join(10.0)
        assert not thread.is_alive(), "the client has hung up"


def drip(client: socket.socket) -> None:
    """Say a byte now and then, and never a whole answer."""
    for _ in range(1000):
        client.sendall(b"2")
        time.sleep(0.05)


def answering(client: socket.socket, *, until: bytes) -> None:
    """Answer every command as a server does, and drip from one of them on."""
    client.sendall(b"220 here\r\n")
    for line in client.makefile("rb"):
        if line.upper().startswith(until):
            drip(client)
        client.sendall(b"250 OK\r\n")


def test_a_greeting_that_never_ends_is_deferred_in_time(settings: Settings) -> None:
    settings.EMAIL_TIMEOUT = 0.4
    began = time.monotonic()
    with server(settings, drip):
        assert hand_over(MESSAGE) == Result(Outcome.DEFERRED)
    assert 0.9 < time.monotonic() - began < 5.0


@pytest.mark.parametrize(
    ("until", "outcome"),
    [
        (b"EHLO", Outcome.DEFERRED),
        (b"MAIL", Outcome.DEFERRED),
        (b"RCPT", Outcome.DEFERRED),
        (b"DATA", Outcome.UNCLEAR),
    ],
)
def test_whatever_answer_never_ends_the_dialogue_does(settings: Settings, until: bytes, outcome: Outcome) -> None:
    settings.EMAIL_TIMEOUT = 0.4
    with server(settings, partial(answering, until=until)):
        assert hand_over(MESSAGE) == Result(outcome)


@pytest.mark.parametrize("code", [-1, 222, 333, 999])
def test_half_a_line_is_no_answer(code: int) -> None:
    assert judge(smtplib.SMTPDataError(code, b"")) == Result(Outcome.UNCLEAR)
    assert judge(smtplib.SMTPRecipientsRefused({"a": (code, b"")}), offered=False) == Result(Outcome.DEFERRED)


def test_a_server_that_does_not_let_go_has_taken_the_mail_all_the_same(settings: Settings) -> None:
    def taking(client: socket.socket) -> None:
        client.sendall(b"220 here\r\n")
        for line in client.makefile("rb"):
            if line.upper().startswith(b"QUIT"):
                drip(client)
            if line == b".\r\n" or line[:4].lower() in {b"ehlo", b"mail", b"rcpt"}:
                client.sendall(b"250 OK\r\n")
            if line[:4].lower() == b"data":
                client.sendall(b"354 go on\r\n")

    settings.EMAIL_TIMEOUT = 0.4
    with server(settings, taking):
        assert hand_over(MESSAGE) == Result(Outcome.ACCEPTED, 250)


@pytest.mark.parametrize("until", [b"MAIL", b"RCPT"])
def test_no_answer_before_the_message_was_offered_is_deferred(settings: Settings, until: bytes) -> None:
    def quiet(client: socket.socket) -> None:
        client.sendall(b"220 here\r\n")
        for line in client.makefile("rb"):
            if not line.upper().startswith(until):
                client.sendall(b"250 OK\r\n")

    settings.EMAIL_TIMEOUT = 0.4
    with server(settings, quiet):
        assert hand_over(MESSAGE) == Result(Outcome.DEFERRED)


def test_without_a_limit_a_dialogue_has_none(settings: Settings) -> None:
    settings.EMAIL_TIMEOUT = None
    with running() as one:
        settings.EMAIL_BACKEND = "alerts.smtp.Backend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", one.port
        assert hand_over(MESSAGE) == Result(Outcome.ACCEPTED, 250)


def test_a_dialogue_that_ended_leaves_no_thread(sink: Sink, settings: Settings) -> None:
    settings.EMAIL_BACKEND = "alerts.smtp.Backend"
    before = threading.active_count()
    assert [hand_over(MESSAGE).outcome for _ in range(5)] == [Outcome.ACCEPTED] * 5
    assert threading.active_count() <= before + 1, "the last one's clock may still be ending"


def test_no_server_is_deferred(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        settings.EMAIL_HOST, settings.EMAIL_PORT = free.getsockname()
    assert hand_over(MESSAGE) == Result(Outcome.DEFERRED)


def test_a_server_that_says_nothing_is_deferred(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_TIMEOUT = 0.2  # it says nothing at all, so no load makes a difference
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.EMAIL_HOST, settings.EMAIL_PORT = silent.getsockname()
        assert hand_over(MESSAGE) == Result(Outcome.DEFERRED)


def test_a_wrong_password_is_deferred_though_it_is_5xx(sink: Sink, settings: Settings) -> None:
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "user", "wrong"
    assert hand_over(MESSAGE).outcome is Outcome.DEFERRED


def test_a_refused_sender_concerns_the_service() -> None:
    assert judge(smtplib.SMTPSenderRefused(553, b"no", "from")) == Result(Outcome.DEFERRED, 553)


def test_a_message_that_cannot_be_written_is_refused(sink: Sink) -> None:
    broken = EmailMessage("Sub\nject", "Body", "from@example.org", ["to@example.org"])
    assert hand_over(broken) == Result(Outcome.REFUSED)


def test_what_is_said_of_the_content_says_nothing_of_the_address() -> None:
    for code in (550, 551, 553):
        assert not judge(smtplib.SMTPDataError(code, b"5.1.1 not that")).bad_address
        assert judge(smtplib.SMTPRecipientsRefused({"a": (code, b"no")})).bad_address


def test_a_servers_words_may_be_text() -> None:
    assert not judge(smtplib.SMTPRecipientsRefused({"a": (550, "5.7.26 not signed")})).bad_address  # type: ignore[dict-item]
    assert judge(smtplib.SMTPRecipientsRefused({"a": (550, b"5.1.1 \xff no such")})).bad_address


def test_of_enhanced_codes_only_those_of_the_recipients_address_mark_it() -> None:
    """Of all that RFC 3463 and 7505 give for addresses and mailboxes, six."""
    codes = [f"5.{subject}.{detail}" for subject in range(8) for detail in range(12)]
    marking = [
        code for code in codes if judge(smtplib.SMTPRecipientsRefused({"a": (550, code.encode() + b" no")})).bad_address
    ]
    assert marking == ["5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"]


@pytest.mark.parametrize("code", [500, 521, 550, 552, 553, 554, 571, 599])
def test_5xx_is_for_good(code: int) -> None:
    assert judge(smtplib.SMTPDataError(code, b"")).outcome is Outcome.REFUSED


@pytest.mark.parametrize("code", [400, 421, 450, 451, 452, 455])
def test_4xx_is_for_now(code: int) -> None:
    assert judge(smtplib.SMTPDataError(code, b"")).outcome is Outcome.DEFERRED
    assert judge(smtplib.SMTPRecipientsRefused({"a": (code, b"")})).outcome is Outcome.DEFERRED


@pytest.mark.parametrize(
    "error", [TimeoutError(), ConnectionResetError(), smtplib.SMTPServerDisconnected("gone"), OSError(5, "io")]
)
def test_silence_is_unclear(error: Exception) -> None:
    assert judge(error) == Result(Outcome.UNCLEAR)
