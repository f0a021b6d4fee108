"""The mail sink: a real SMTP server that keeps what it took."""

import os
import signal
import smtplib
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import mailsink
from monitor.embedded_processes import wait_until
from tests.monitor.conftest import ROOT
from tests.ports import own_port

pytestmark = pytest.mark.enable_socket


class Sink:
    """A running sink."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, own_port()
        command = [sys.executable, "-m", "monitor.mailsink", "--port", str(self.port), "--folder", str(folder)]
        self.process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)
        assert wait_until(self.listens, 20)

    def listens(self) -> bool:
        """Tell whether the port takes connections."""
        with socket.socket() as probe:
            return probe.connect_ex((mailsink.HOST, self.port)) == 0

    def send(self, message: EmailMessage) -> None:
        """Send a mail as Django does."""
        with smtplib.SMTP(mailsink.HOST, self.port) as client:
            client.send_message(message)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Stop it and return its exit status."""
        self.process.send_signal(number)
        self.process.communicate(timeout=20)
        return self.process.returncode


@pytest.fixture(scope="module")
def sink(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sink]:
    """One sink for all tests."""
    made = Sink(tmp_path_factory.mktemp("sink") / "mail")
    yield made
    assert made.stop() == 0


def letter(subject: str = "An alert needs attention", text: str = "One link.\n") -> EmailMessage:
    """Return a mail."""
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = subject, "IPH Watch <watch@localhost>", "one@example.org"
    message["Message-ID"] = "<alert-7@localhost>"
    message.set_content(text)
    return message


def test_a_mail_is_kept_and_listed(sink: Sink) -> None:
    before = datetime.now(UTC)
    sink.send(letter())
    newest = mailsink.list_mail(sink.folder)[0]
    assert (newest.sender, newest.recipients) == ("watch@localhost", ("one@example.org",))
    assert (newest.subject, newest.message_id) == ("An alert needs attention", "<alert-7@localhost>")
    assert abs(newest.received_at - before) < timedelta(seconds=20)


def test_all_parts_of_a_mail_are_read_back(sink: Sink) -> None:
    message = letter("Größe – 98 g/L", "Zeile\n.ein Punkt\nänderte\n")
    message.add_alternative("<p>Zeile</p>", subtype="html")
    sink.send(message)
    found = mailsink.read_mail(sink.folder, mailsink.list_mail(sink.folder)[0].name)
    plain, html = found.get_body(("plain",)), found.get_body(("html",))
    assert found["Subject"] == "Größe – 98 g/L"
    assert plain is not None
    assert plain.get_content() == "Zeile\n.ein Punkt\nänderte\n"
    assert html is not None
    assert html.get_content() == "<p>Zeile</p>\n"


def test_the_newest_mail_is_first(sink: Sink) -> None:
    for number in range(3):
        sink.send(letter(f"Mail {number}"))
    assert [mail.subject for mail in mailsink.list_mail(sink.folder, limit=3)] == ["Mail 2", "Mail 1", "Mail 0"]


def test_each_recipient_is_named(sink: Sink) -> None:
    message = letter()
    message.replace_header("To", "one@example.org, two@example.org")
    message["Bcc"] = "three@example.org"
    sink.send(message)
    found = mailsink.list_mail(sink.folder)[0]
    assert found.recipients == ("one@example.org", "two@example.org", "three@example.org")


def test_kept_mail_is_private(sink: Sink) -> None:
    sink.send(letter())
    modes = {stat.S_IMODE(path.stat().st_mode) for path in [sink.folder, *sink.folder.iterdir()]}
    assert modes == {0o700, 0o600}


def test_only_the_loopback_is_listened_on(sink: Sink) -> None:
    import psutil

    found = [
        one.laddr.ip for one in psutil.Process(sink.process.pid).net_connections() if one.status == psutil.CONN_LISTEN
    ]
    assert found == ["127.0.0.1"]


def test_mail_outlives_a_kill(tmp_path: Path) -> None:
    first = Sink(tmp_path / "mail")
    first.send(letter("Before"))
    (tmp_path / "mail" / ".half.new").write_text("half")
    first.stop(signal.SIGKILL)
    second = Sink(tmp_path / "mail")
    second.send(letter("After"))
    assert second.stop(signal.SIGINT) == 0
    assert [mail.subject for mail in mailsink.list_mail(tmp_path / "mail")] == ["After", "Before"]
    assert not list((tmp_path / "mail").glob(".*"))


def test_a_used_port_is_one_sentence(sink: Sink, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert mailsink.main(["--port", str(sink.port), "--folder", str(tmp_path / "mail")]) == 2
    assert capsys.readouterr().err == f"The mail sink cannot start on port {sink.port}: Address already in use.\n"


def test_a_disk_that_refuses_is_a_temporary_failure(tmp_path: Path) -> None:
    import asyncio

    from aiosmtpd.smtp import SMTP, Envelope, Session

    envelope, loop = Envelope(), asyncio.new_event_loop()
    envelope.original_content = b"x"
    keeper = mailsink.Keeper(tmp_path / "missing")
    try:
        said = loop.run_until_complete(keeper.handle_DATA(SMTP(keeper, loop=loop), Session(loop), envelope))
    finally:
        loop.close()
    assert said == "452 Insufficient system storage"


@given(content=st.binary(max_size=500))
def test_any_content_is_kept_byte_for_byte(content: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("kept")
    name = mailsink.keep(folder, "a@b", ["c@d"], content)
    assert (folder / name).read_bytes() == b"X-Envelope-From: a@b\r\nX-Envelope-To: c@d\r\n" + content
    assert [one.name for one in mailsink.list_mail(folder)] == [name]
    assert [one.name for one in folder.iterdir()] == [name]


@pytest.mark.parametrize("name", ["../secrets.json", "", "x.eml", "/etc/passwd", f"{0:020d}-00000000.eml"])
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    (tmp_path / "secrets.json").touch()
    (tmp_path / "mail").mkdir()
    with pytest.raises(KeyError):
        mailsink.read_mail(tmp_path / "mail", name)


def test_before_the_first_mail_the_list_is_empty(tmp_path: Path) -> None:
    assert mailsink.list_mail(tmp_path / "mail") == []


def test_files_of_others_are_no_mail(tmp_path: Path) -> None:
    for name in ("note.txt", ".draft.eml.new", "1.eml"):
        (tmp_path / name).touch()
    assert mailsink.list_mail(tmp_path) == []
    assert sorted(os.listdir(tmp_path)) == [".draft.eml.new", "1.eml", "note.txt"]
