"""The supervisor: one line when ready, all stop together, nothing is left behind."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import psutil
import pytest

from monitor import embedded_redis, readiness, supervising
from monitor.embedded_places import mail_port
from monitor.embedded_processes import wait_until, working_in
from monitor.readiness import Demo
from monitor.supervising import Listener, Part
from tests.monitor.conftest import ROOT, place_of
from tests.ports import own_port

pytestmark = pytest.mark.enable_socket


class Small:
    """A running small demo."""

    begun: ClassVar[list["Small"]] = []

    def __init__(self, local: Path, port: int | None = None, **environ: str) -> None:
        self.local, self.port = local, port or own_port()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.monitor.small_demo", "--port", str(self.port)],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], "IPH_LOCAL_DIR": str(local), "IPH_MAIL_PORT": str(own_port()), **environ},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.begun.append(self)

    def wait_ready(self) -> "Small":
        """Wait for the one line."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        expected = f"IPH Watch is ready at http://127.0.0.1:{self.port}/ — log-ins are on /demo/ (Ctrl-C stops)\n"
        assert line == expected, self.process.communicate()[1]
        return self

    def ended(self) -> tuple[int, str, str]:
        """Wait for its end; return exit status and what it said from here on."""
        out, errors = self.process.communicate(timeout=60)
        return self.process.returncode, out, errors

    def stop(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, str, str]:
        """Ask it to stop."""
        self.process.send_signal(number)
        return self.ended()

    def kill(self) -> None:
        """End the supervisor alone; its children may keep the pipes open, so nothing is read from them."""
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdout, self.process.stderr):
            assert pipe is not None
            pipe.close()

    def child(self, module: str) -> psutil.Process:
        """Return the child whose command line holds a word."""
        (found,) = [one for one in supervising.leftovers(self.local) if module in " ".join(one.cmdline()[1:4])]
        return found


@pytest.fixture(autouse=True)
def nobody_stays(local: Path) -> Iterator[None]:
    """End what a failing test left running, so that it fails alone."""
    yield
    while Small.begun:
        Small.begun.pop().kill()
    supervising.end_leftovers(local)


def serves(port: int) -> bool:
    """Tell whether the web page answers."""
    return readiness.web_answers(f"http://127.0.0.1:{port}/")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_one_line_when_ready_and_nothing_left_when_stopped(local: Path, number: signal.Signals) -> None:
    small = Small(local).wait_ready()
    assert serves(small.port)
    assert small.stop(number) == (0, "", "")
    assert not serves(small.port)
    assert supervising.leftovers(local) == []
    assert working_in(place_of(local).data, "postgres") == []
    assert not (local / "demo.json").exists()


def test_while_it_runs_the_log_ins_are_in_a_private_file(local: Path) -> None:
    small = Small(local).wait_ready()
    content = json.loads((local / "demo.json").read_text())
    mode = stat.S_IMODE((local / "demo.json").stat().st_mode)
    small.stop()
    users = [{"role": "physician", "email": "a@b", "password": "p"}]
    assert content == {"url": f"http://127.0.0.1:{small.port}/", "users": users, "api_token": "t"}
    assert mode == 0o600


def test_a_command_beside_it_finds_its_mail_sink(local: Path) -> None:
    with socket.socket() as another:
        another.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        another.bind(("127.0.0.1", 0))
        another.listen()
        wanted = another.getsockname()[1]
        small = Small(local, IPH_MAIL_PORT=str(wanted)).wait_ready()
        port = mail_port(local)
        (listening,) = [one.laddr.port for one in small.child("monitor.mailsink").net_connections("inet")]
        assert small.stop()[0] == 0
    assert (port, port != wanted) == (listening, True)
    assert not (local / "mail-port").exists()


def test_a_second_demo_is_told_where_the_first_is(local: Path) -> None:
    first = Small(local).wait_ready()
    second = Small(local, port=own_port()).ended()
    assert second == (2, "", f"The demo runs already at http://127.0.0.1:{first.port}/: stop it first.\n")
    assert serves(first.port)
    assert first.stop()[0] == 0


@pytest.mark.parametrize(("part", "word"), [("web", "http.server"), ("mailsink", "monitor.mailsink")])
def test_when_a_part_dies_all_stop_and_it_is_named(local: Path, part: str, word: str) -> None:
    small = Small(local).wait_ready()
    small.child(word).kill()
    sentence = f"The {part} stopped, so everything was stopped; its log is {local}/log/{part}.log.\n"
    assert small.ended() == (2, "", sentence)
    assert supervising.leftovers(local) == []


def test_when_a_server_dies_all_stop_and_it_is_named(local: Path) -> None:
    small = Small(local).wait_ready()
    for process in working_in(place_of(local).sockets, "redis-server"):
        process.kill()
    status, out, errors = small.ended()
    assert (status, out) == (2, "")
    assert errors.startswith("Redis stopped, so everything was stopped; its log is below ")


def test_a_killed_supervisors_children_are_ended_at_the_next_start(local: Path) -> None:
    first = Small(local).wait_ready()
    sink = first.child("monitor.mailsink")
    first.kill()
    assert sink.is_running()
    second = Small(local, port=first.port).wait_ready()
    assert not sink.is_running() or sink.status() == psutil.STATUS_ZOMBIE
    assert second.stop() == (0, "", "")


def test_a_part_that_hears_no_sigterm_is_killed(local: Path) -> None:
    small = Small(local, SMALL_STUBBORN="yes").wait_ready()
    started = time.monotonic()
    assert small.stop()[0] == 0
    assert time.monotonic() - started < 15
    assert supervising.leftovers(local) == []


def test_a_used_port_is_one_sentence(local: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        found = Small(local, port=port).ended()
    assert found == (2, "", f"Port {port} is in use: choose another, such as `make demo PORT={port + 1}`.\n")


def test_a_failing_step_is_one_sentence(local: Path) -> None:
    status, out, errors = Small(local, SMALL_STEPS="no-such-command").ended()
    log = local / "log" / "setup.log"
    assert (status, out) == (2, "")
    assert errors == f"The demo could not be set up: `manage.py no-such-command` failed, its log is {log}.\n"
    assert "no-such-command" in log.read_text()


def test_it_can_be_stopped_while_it_is_set_up(local: Path) -> None:
    small = Small(local, SMALL_STEPS=f"mailsink --port {own_port()}")
    assert wait_until(lambda: any("manage.py" in " ".join(one.cmdline()) for one in supervising.leftovers(local)), 20)
    assert small.stop() == (0, "", "")
    assert supervising.leftovers(local) == []


def test_with_a_mail_server_given_there_is_no_sink(local: Path) -> None:
    small = Small(local, EMAIL_URL="smtp://mail.example.org:25").wait_ready()
    words = [" ".join(one.cmdline()) for one in supervising.leftovers(local)]
    assert small.stop()[0] == 0
    assert not any("monitor.mailsink" in word for word in words)


def test_every_part_listens_on_the_loopback_only(local: Path) -> None:
    small = Small(local).wait_ready()
    found = {
        connection.laddr.ip
        for process in supervising.leftovers(local)
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    }
    small.stop()
    assert found == {"127.0.0.1"}


DEMO = Demo(Path("/l"), 8000, 8025)


def test_the_parts_are_those_of_the_service() -> None:
    assert [(part.name, part.arguments[0], part.role) for part in supervising.parts(DEMO)] == [
        ("mailsink", "monitor.mailsink", "web"),
        ("web", "granian", "web"),
        ("worker", "celery", "worker"),
        ("beat", "celery", "worker"),
    ]


def test_each_child_has_its_own_role_whatever_ours_is() -> None:
    base = {"IPH_DATABASE_ROLE": "operator", "DATABASE_URL": "postgresql://x"}
    web, step = supervising.environment(DEMO, "web", base), supervising.environment(DEMO, None, base)
    assert (web["IPH_DATABASE_ROLE"], "IPH_DATABASE_ROLE" in step) == ("web", False)
    assert (web["DATABASE_URL"], web["EMAIL_URL"]) == ("postgresql://x", "smtp://127.0.0.1:8025")
    assert (web["IPH_MODE"], web["PORT"], web[supervising.MARK]) == ("demo", "8000", "/l")


def test_a_title_is_not_written_over_the_mark(tmp_path: Path) -> None:
    pytest.importorskip("setproctitle")
    code = "import setproctitle; setproctitle.setproctitle('t' * 5000); print('up', flush=True); input()"
    environ = supervising.environment(Demo(tmp_path, 8000, None), None, {"PATH": os.environ["PATH"]})
    one = subprocess.Popen([sys.executable, "-c", code], env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert one.stdout is not None
    one.stdout.readline()
    assert [found.pid for found in supervising.leftovers(tmp_path)] == [one.pid]
    one.communicate(b"\n")


def test_a_given_mail_server_stays() -> None:
    found = supervising.environment(Demo(Path("/l"), 8000, None), "web", {"EMAIL_URL": "smtp://mail"})
    assert found["EMAIL_URL"] == "smtp://mail"


def test_a_parts_line_quotes_what_it_must() -> None:
    line = supervising.command(Part("web", ("a b", "$HOME"), "web"), Path("/l o/web.log"))
    assert line == f"exec {sys.executable} -m 'a b' '$HOME' >'/l o/web.log' 2>&1"


def test_the_first_part_that_stopped_is_remembered(tmp_path: Path) -> None:
    from datetime import UTC, datetime

    from honcho.printer import Message

    with (tmp_path / "log").open("w") as output:
        listener = Listener(output)
        for text in ("worker started (pid=1)\n", "worker stopped (rc=-9)\n", "web stopped (rc=0)\n"):
            listener.write(Message("line", text, datetime.now(UTC), "system", None))
    assert listener.first_stopped == "worker"
    assert "web stopped" in (tmp_path / "log").read_text()


def test_reset_forgets_the_data(local: Path) -> None:
    Small(local).wait_ready().stop()
    environ = {"PATH": os.environ["PATH"], "IPH_LOCAL_DIR": str(local)}
    command = [sys.executable, "-m", "monitor.supervising", "--reset"]
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert {one.name for one in local.iterdir()} == {"demo.lock", "servers.lock", "users.lock"}


def test_reset_says_so_while_the_demo_runs(local: Path) -> None:
    small = Small(local).wait_ready()
    environ = {"PATH": os.environ["PATH"], "IPH_LOCAL_DIR": str(local)}
    command = [sys.executable, "-m", "monitor.supervising", "--reset"]
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True)
    answers = urllib.request.urlopen(f"http://127.0.0.1:{small.port}/").status
    assert small.stop()[0] == 0
    assert (done.returncode, answers) == (2, 200)
    assert done.stderr == f"Nothing was forgotten: {local} is in use; stop the demo and other commands first.\n"


def test_a_killed_broker_is_not_mistaken_for_a_given_one() -> None:
    assert not embedded_redis.is_embedded("rediss://broker/0")
