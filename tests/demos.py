"""The real demo as a subprocess: started, asked over HTTP, killed, looked into from outside. For journeys and browser tests."""

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID, uuid4

import psutil
import psycopg
import pytest

from monitor import embedded_postgres, embedded_secrets, readiness, supervising
from monitor.embedded_processes import working_in
from monitor.mailsink import list_mail, read_mail
from tests.monitor.conftest import ROOT, passable_folder, place_of
from tests.ports import own_port

T = TypeVar("T")
LABORATORY_FILE = ROOT / "tests" / "data" / "journey" / "fall_de_cp1252.csv"
HOLDS_RESULTS = 21
"""Results of the file, beside one empty cell."""
FIRST_START_SECONDS = 180.0
ALERT_SECONDS = 30.0
NEW_PATIENT = """
from django.utils import timezone
from patients.context import ALL, working_on
from patients.models import CareTeam
from patients.recording import create_patient
with working_on(ALL):
    team = CareTeam.objects.filter(memberships__user__email="{physician}").first()
    made = create_patient(team_id=team.pk, by=None, at=timezone.now(), name="{name}", identifiers=[("", "{identifier}")],
                          birth_date="1998-04-17")  # of no known sex: no grade of anemia, so one alert
print("made", made.pk)
"""


def laboratory_file(until: date, more_rows: int = 0) -> bytes:
    """Return the file with its dates moved so that the last is `until`; `more_rows` of platelets make it long to read."""
    text = LABORATORY_FILE.read_bytes().decode("cp1252")
    written = re.compile(r"(\d\d)\.(\d\d)\.(\d{4})")
    last = max(date(int(year), int(month), int(day)) for day, month, year in written.findall(text))
    moved = written.sub(lambda one: _moved(one.groups(), until - last), text)
    first = until - timedelta(days=1000)
    extra = (
        f"{first - timedelta(days=row):%d.%m.%Y};Thrombozyten;{200 + row % 90};/nl;150-450;\r\n"
        for row in range(more_rows)
    )
    return (moved + "".join(extra)).encode("cp1252")


def _moved(parts: tuple[str, ...], by: timedelta) -> str:
    """Return a date as the file writes it, moved."""
    day, month, year = (int(part) for part in parts)
    return f"{date(year, month, day) + by:%d.%m.%Y}"


def wait_for(question: Callable[[], T | None], seconds: float, every: float = 0.1) -> T:
    """Ask until there is an answer that is not empty; fail with the question's last answer."""
    deadline = time.monotonic() + seconds
    while not (answer := question()):
        assert time.monotonic() < deadline, f"no answer within {seconds:.0f} s, only {answer!r}"
        time.sleep(every)
    return answer


class RunningDemo:
    """A demo with a folder of its own; `start` begins it, and begins it again after it has ended."""

    def __init__(self, local: Path, *options: str) -> None:
        self.local, self.port, self.options = local, own_port(), options
        self.process: subprocess.Popen[str] | None = None
        self.started_in = 0.0

    def start(self, seconds: float = FIRST_START_SECONDS) -> "RunningDemo":
        """Start what `make demo` runs and wait for its one line; nothing to do where it runs."""
        if self.process is not None and self.process.poll() is None:
            return self
        began = time.monotonic()
        command = [sys.executable, str(ROOT / "manage.py"), "demo", "--port", str(self.port), *self.options]
        errors = (self.local.parent / "errors.log").open("w")
        with errors:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=self.environment, stdout=subprocess.PIPE, stderr=errors, text=True
            )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line.startswith("IPH Watch is ready at"), self.said()
        self.started_in = time.monotonic() - began
        assert self.started_in < seconds
        return self

    @property
    def environment(self) -> dict[str, str]:
        """What a person's shell would hold, and the folder."""
        return {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), "IPH_LOCAL_DIR": str(self.local)}

    def said(self) -> str:
        """Return what the demo wrote to stderr, and the end of its set-up's log."""
        setup = self.local / "log" / "setup.log"
        return (self.local.parent / "errors.log").read_text() + (setup.read_text()[-2000:] if setup.exists() else "")

    def ended(self, seconds: float = 60.0) -> int:
        """Wait until the demo has ended by itself; return its exit status."""
        assert self.process is not None
        status = self.process.wait(timeout=seconds)
        if self.process.stdout is not None:
            self.process.stdout.close()
        return status

    def stop(self) -> None:
        """Ask the demo to stop, as Ctrl-C does."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            assert self.ended() == 0, self.said()

    def part(self, word: str) -> list[psutil.Process]:
        """Return every process of a part whose command line holds a word (granian, monitor worker, monitor beat, mailsink)."""
        return [one for one in supervising.leftovers(self.local) if word in " ".join(one.cmdline())]

    def servers(self, program: str) -> list[psutil.Process]:
        """Return the processes of `postgres` (the postmaster first) or `redis-server`."""
        place = place_of(self.local)
        return sorted(
            working_in(place.data if program == "postgres" else place.sockets, program), key=lambda one: one.pid
        )

    def kill(self, processes: list[psutil.Process]) -> int:
        """Kill -9; the demo then ends by itself. Return its exit status."""
        assert processes
        for one in processes:
            one.kill()
        return self.ended()

    def kill_supervisor(self) -> None:
        """Kill -9 the supervisor alone; its parts go on until the next start ends them."""
        assert self.process is not None
        self.process.kill()
        self.ended()

    def manage(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run a command beside the demo."""
        command = [sys.executable, str(ROOT / "manage.py"), *arguments]
        return subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True)

    @property
    def described(self) -> dict[str, Any]:
        """What `demo.json` says."""
        found: dict[str, Any] = json.loads((self.local / "demo.json").read_text())
        return found

    @property
    def url(self) -> str:
        """The printed address."""
        return str(self.described["url"])

    def log_in(self, role: str) -> tuple[str, str]:
        """Return e-mail and password of a role."""
        found = next(one for one in self.described["users"] if one["role"] == role)
        return found["email"], found["password"]

    def new_patient(self, name: str) -> tuple[UUID, str]:
        """Make a patient of the physician's team, of whom nothing is known; return id and identifier."""
        identifier = f"J-{uuid4().hex[:8]}"
        code = NEW_PATIENT.format(physician=self.log_in("physician")[0], name=name, identifier=identifier)
        done = self.manage("shell", "--command", code)
        assert done.returncode == 0, done.stderr
        return UUID(done.stdout.split("made ")[1].strip()), identifier

    def ask(self, path: str, token: str | None = None) -> tuple[int, Any]:
        """GET an address of the API; return status and document."""
        return self._send("GET", path, token, b"", {})

    def send_file(self, patient: str, content: bytes, token: str | None = None) -> tuple[int, Any]:
        """POST a file to the API, as curl --form does."""
        edge = uuid4().hex
        head = f'--{edge}\r\nContent-Disposition: form-data; name="patient"\r\n\r\n{patient}\r\n'
        head += f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="results.csv"\r\n\r\n'
        body = head.encode() + content + f"\r\n--{edge}--\r\n".encode()
        return self._send("POST", "uploads/", token, body, {"Content-Type": f"multipart/form-data; boundary={edge}"})

    def _send(self, method: str, path: str, token: str | None, body: bytes, headers: dict[str, str]) -> tuple[int, Any]:
        """Send a request with a token: the physician's unless given."""
        connection = http.client.HTTPConnection(readiness.HOST, self.port, timeout=20)
        headers = {**headers, "Authorization": f"Token {token or self.described['api_token']}"}
        try:
            connection.request(method, f"/api/v1/{path}", body or None, headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read() or b"null")
        finally:
            connection.close()

    def report(self, upload: str) -> dict[str, Any] | None:
        """Return the report of an upload that was read to its end, None before."""
        status, found = self.ask(f"uploads/{upload}/")
        assert status == 200
        return found if found["state"] in {"done", "held", "failed"} else None

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Ask the database past all walls."""
        secret = embedded_secrets.load(self.local / "secrets.json")
        url = embedded_postgres.url(place_of(self.local), "postgres", secret.admin)
        with psycopg.connect(url) as connection:
            found = connection.execute(query, values or None)
            return list(found.fetchall()) if found.description else []

    def mails(self, words: str = "") -> list[EmailMessage]:
        """Return the mails kept whose plain text holds some words, the newest first."""
        folder = self.local / "mail"
        return [mail for one in list_mail(folder) if words in plain_text(mail := read_mail(folder, one.name))]


def plain_text(mail: EmailMessage) -> str:
    """Return the plain text of a mail."""
    part = mail.get_body(("plain",))
    return str(part.get_content()) if isinstance(part, EmailMessage) else ""


def yesterday() -> date:
    """Return a date whose beginning is past in every time zone."""
    return datetime.now(tz=UTC).date() - timedelta(days=1)


SHARED = pytest.StashKey["RunningDemo"]()


def shared_demo(config: pytest.Config) -> RunningDemo:
    """Return the one demo of a test run, started at the first call and stopped when the run ends."""
    if SHARED not in config.stash:
        stack = ExitStack()
        demo = config.stash[SHARED] = RunningDemo(stack.enter_context(passable_folder()) / ".local")
        stack.callback(demo.stop)
        config.add_cleanup(stack.close)
    return config.stash[SHARED].start()
