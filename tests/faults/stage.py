"""A service of real processes whose parts live and die by themselves: PostgreSQL, Redis, web, workers, beats, and a mail server.

Unlike the demo, whose supervisor stops everything when a part dies, each is started, stopped and killed alone here. Outside of all
of them stands a ledger: what clients were told, and what the mail server took.
"""

import json
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import psutil

from manage import role_of
from monitor import embedded, readiness, supervising
from monitor.embedded_places import CHECKOUT
from monitor.embedded_processes import end
from monitor.readiness import Demo
from tests.alerts.sink import plain
from tests.demos import HOLDS_RESULTS, RunningDemo, laboratory_file, wait_for, yesterday
from tests.faults.clerk import Clerk
from tests.faults.mailserver import Watching

STEPS: Final = (("migrate", "--no-input"), ("createcachetable",), ("seed_demo", "--empty"))
NEVER_AT_WORK: Final = "UPDATE patients_careteam SET working_from = 0, working_until = 0"
"""The same people are told whatever the hour at which the tests run."""
TOLD_SECONDS: Final = 60.0
"""From a file to every mail about it, on a machine that is busy."""
MAIL_SECONDS: Final = 5
"""An answer of the mail server may take half as long here as usual, so that a test of a slow one does."""
LEASES: Final = """
UPDATE patients_upload SET lease_until = now() WHERE lease_until > now();
UPDATE alerts_watchstate SET lease_until = now() WHERE lease_until > now();
UPDATE alerts_notification SET lease_until = now() WHERE lease_until > now();
"""
WAITING: Final = """
SELECT count(*) FROM alerts_notification
WHERE sent_at IS NULL AND failed_at IS NULL AND dropped_at IS NULL AND channel = 'email' AND due_at <= now()
"""


class Stage(RunningDemo):
    """The parts, by name: web, worker, beat, and further ones as worker-2.

    `taken` are the patients of the files that clients were told to have been taken, `before` how often each mail had come when this
    page of the ledger was opened.
    """

    def __init__(self, local: Path, sink: Watching) -> None:
        super().__init__(local)
        self.sink = sink
        self.parts: dict[str, psutil.Popen] = {}
        self.taken: dict[str, UUID] = {}
        self.before: Counter[str] = Counter()
        self.clerks: dict[str, Clerk] = {}

    def set_up(self) -> "Stage":
        """Start the servers, make an empty service in them, and start one of each part."""
        self.urls = embedded.attach(self.local)
        (self.local / "log").mkdir(exist_ok=True)
        (self.local / "mail-port").write_text(str(self.sink.port))  # for commands run beside it
        self.demo = replace(Demo(self.local, self.port, None), mail_port=self.sink.port)
        for step in STEPS:
            done = self.manage(*step)
            assert done.returncode == 0, done.stderr
        self.rows(NEVER_AT_WORK)
        for name in ("web", "worker", "beat"):
            self.run(name)
        wait_for(lambda: readiness.web_answers(self.demo.url), 60.0)
        wait_for(lambda: readiness.worker_answers(self.urls["REDIS_URL"]), 60.0)
        readiness.announce(self.demo)
        return self

    @property
    def base(self) -> dict[str, str]:
        """What every part finds in its environment."""
        return {**self.environment, **self.urls, "IPH_EMBEDDED": str(self.local), "EMAIL_TIMEOUT": str(MAIL_SECONDS)}

    def run(self, name: str) -> psutil.Popen:
        """Start a part; `worker-2` is one more worker."""
        kind = name.partition("-")[0]
        part = next(one for one in supervising.parts(self.demo) if one.name == kind)
        words = [str(self.local / name) if word == str(self.local / "beat") else word for word in part.arguments]
        more = ["-n", f"{name}@%h"] if kind == "worker" else []
        with (self.local / "log" / f"{name}.log").open("ab") as log:
            self.parts[name] = psutil.Popen(
                [sys.executable, "-m", *words, *more],
                cwd=CHECKOUT,
                env=supervising.environment(self.demo, part.role, self.base),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        return self.parts[name]

    def kill_part(self, name: str) -> None:
        """Kill -9 a part with its children, as a machine that loses power does."""
        part = self.parts.pop(name)
        for one in [*part.children(recursive=True), part]:
            with suppress(psutil.NoSuchProcess):  # a child that read a file may have ended by itself
                one.kill()
        part.wait()

    @contextmanager
    def resting(self, *names: str) -> Iterator[None]:
        """Let parts rest, their children too, and go on."""
        processes = [one for name in names for one in (self.parts[name], *self.parts[name].children(recursive=True))]
        for one in processes:
            with suppress(psutil.NoSuchProcess):
                one.suspend()
        try:
            yield
        finally:
            for one in processes:
                with suppress(psutil.NoSuchProcess):
                    one.resume()

    def child_of(self, name: str) -> psutil.Process:
        """Return a process of a worker's pool."""
        return wait_for(lambda: next(iter(self.parts[name].children()), None), 30.0)

    def kill_redis(self) -> None:
        """Kill -9 the broker; it writes nothing down, so that it comes back empty."""
        for one in self.servers("redis-server"):
            one.kill()
        wait_for(lambda: not self.servers("redis-server"), 10.0)

    def start_redis(self) -> None:
        """Start the broker again, empty."""
        embedded.attach(self.local)

    def whole(self) -> None:
        """Start what does not run, as whoever restarts a machine would, so that the next fault finds everything."""
        self.sink.usual, self.sink.at_recipient, self.sink.at_taken = "250 OK", None, None
        self.sink.tar = None
        if not self.servers("redis-server"):
            self.start_redis()
        for name in ("web", "worker", "beat"):
            part = self.parts.get(name)
            if part is None or not part.is_running() or part.status() == psutil.STATUS_ZOMBIE:
                self.run(name)
            elif part.status() == psutil.STATUS_STOPPED:
                part.resume()

    def stop(self) -> None:
        """End every part, and this process's use of the servers."""
        everybody = [one for part in self.parts.values() for one in (part, *part.children(recursive=True))]
        assert end(everybody, (signal.SIGTERM, 5.0), (signal.SIGKILL, 5.0))
        for part in self.parts.values():
            part.wait()
        self.parts.clear()
        for clerk in self.clerks.values():
            clerk.stop()

    def manage(
        self, *words: str, at: datetime | None = None, options: str = "", role: str = ""
    ) -> "subprocess.CompletedProcess[str]":
        """Run a command beside the parts, in a process of its own that is quick to start, by default with its usual role."""
        role = role or role_of(list(words))
        if role not in self.clerks:
            self.clerks[role] = Clerk(supervising.environment(self.demo, role, self.base))
        return self.clerks[role].run(*words, at=at, options=options)

    def send(self, name: str, *, more_rows: int = 0) -> str:
        """Make a patient, send a file that tells of a fall, and keep what the client was told."""
        patient, identifier = self.new_patient(name)
        status, answer = self.send_file(identifier, laboratory_file(yesterday(), more_rows=more_rows))
        assert status == 202, answer
        self.taken[answer["id"]] = patient
        return str(answer["id"])

    def time_passes(self) -> None:
        """Let every lease run out, and sweep as each minute does."""
        self.rows(LEASES)
        assert self.manage("sweep").returncode == 0

    def called_first(self) -> list[str]:
        """Return the addresses of whoever is first in the chain of the team that takes files."""
        query = """SELECT u.email FROM patients_membership m JOIN patients_user u ON u.id = m.user_id
                   WHERE m.on_call_order = 1 AND m.team_id IN (SELECT team_id FROM patients_membership p
                   JOIN patients_user d ON d.id = p.user_id WHERE d.email = %s)"""
        return [email for (email,) in self.rows(query, self.log_in("physician")[0])]

    def is_about(self, message: EmailMessage, upload: str) -> bool:
        """Whether a mail links to an alert of whom a file was about."""
        return any(alert in plain(message) for alert, _ in self.alert_of(upload))

    def addresses(self, mails: set[str]) -> set[str]:
        """Return to whom mails went, named by their Message-ID."""
        return {address for address, one in self.sink.kept if name_of(one) in mails}

    def opens(self) -> None:
        """Begin a new page of the ledger: nothing was sent by a client yet, and no mail has come twice."""
        self.taken.clear()
        self.before = self.came()

    def health(self, what: str, seconds: float = 10.0) -> tuple[int, dict[str, Any]]:
        """Return status and body of the answer to a question about the service's health."""
        try:
            with urllib.request.urlopen(f"{self.demo.url}health/{what}", timeout=seconds) as answer:  # noqa: S310 - our own address
                return int(answer.status), json.loads(answer.read())
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())

    def ask_health(self, what: str) -> int:
        """Return the status alone."""
        return self.health(what)[0]

    def post(self, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        """POST a document to the API."""
        return self._send("POST", path, None, json.dumps(body).encode(), {"Content-Type": "application/json"})

    def alert_of(self, upload: str) -> list[tuple[str, str]]:
        """Return id and state of the alerts of whom a file was about."""
        return self.rows("SELECT id::text, state FROM alerts_alert WHERE patient_id = %s", self.taken[upload])

    def came(self) -> Counter[str]:
        """Return how often each mail came, by the row of the outbox that its Message-ID names."""
        return Counter(name_of(one) for one in self.sink.messages)

    def settled(self, seconds: float = TOLD_SECONDS) -> None:
        """Wait until each file was read, each patient judged, and nothing due is unsent."""
        for upload in self.taken:
            wait_for(lambda upload=upload: self.report(upload), seconds)  # type: ignore[misc] # a default binds the loop's value
            wait_for(lambda upload=upload: self.alert_of(upload), seconds)  # type: ignore[misc] # the same
        wait_for(lambda: self.rows(WAITING) == [(0,)], seconds)

    def ledger_agrees(self, *, repeats: int = 0) -> None:
        """What clients were told and what the mail server took is what the database says. No mail comes again more often than
        `repeats` times, for a sender has several in hand when it dies, and each copy says what it is.
        """
        for upload in self.taken:
            report = self.report(upload)
            assert report is not None
            assert report["state"] == "done"
            assert report["accepted"] >= HOLDS_RESULTS
            assert [state for _, state in self.alert_of(upload)] in (["raised"], ["acknowledged"])
        sent = {one for (one,) in self.rows(SENT)}
        came = self.came()
        assert sent <= set(came)
        admins = {email for (email,) in self.rows("SELECT email FROM patients_user WHERE is_staff")}
        assert self.addresses(set(came) - sent) <= admins, (
            "only the web itself writes past the outbox, of its own trouble"
        )
        assert {one: count for one, count in came.items() if count - max(1, self.before[one]) > repeats} == {}
        for one in came:
            copies = [message for message in self.sink.messages if f"<{one}@" in str(message["Message-ID"])]
            assert all("This may be a repeat." in plain(copy) for copy in copies[1:])

    def doctor(self, *seen: str) -> None:
        """Nothing is broken, but for what is to be seen."""
        self.manage("sweep")
        found = self._doctors(*seen)
        assert found == [], "; ".join(found)

    def _doctors(self, *seen: str) -> list[str]:
        """Return what doctor finds."""
        done = self.manage("doctor", "--json")
        found = json.loads(done.stdout)["checks"]
        return [f"{one['id']}: {one['message']}" for one in found if not one["ok"] and one["id"] not in seen]


SENT: Final = (
    "SELECT id::text FROM alerts_notification WHERE sent_at IS NOT NULL AND carried_by_id IS NULL AND channel = 'email'"
)


def name_of(mail: EmailMessage) -> str:
    """Return what a Message-ID names: the row of the outbox."""
    return str(mail["Message-ID"]).strip("<>").partition("@")[0]


def how_long(what: Callable[[], object]) -> float:
    """Return the seconds that something takes."""
    began = time.monotonic()
    what()
    return time.monotonic() - began
