"""Ports, steps, and the questions whether a part answers."""

import http.server
import json
import os
import socket
import stat
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from monitor import readiness
from monitor.readiness import Demo, DemoError
from tests.ports import own_port

pytestmark = pytest.mark.enable_socket
PEOPLE = {"users": [{"role": "nurse", "email": "n@b", "password": "p"}], "api_token": "t"}


class Page(http.server.BaseHTTPRequestHandler):
    """A web process that knows its name, as Django does."""

    def do_GET(self) -> None:
        """Answer the one page, and only by the right name."""
        fits = self.path == "/health/live" and self.headers["Host"] in {"watch.example.org", "localhost"}
        self.send_response(200 if fits else 400)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Say nothing."""


@pytest.fixture
def port() -> Iterator[int]:
    """The port of a web process."""
    server = http.server.ThreadingHTTPServer((readiness.HOST, 0), Page)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def demo(tmp_path: Path) -> Demo:
    """A demo's folder with its log-ins."""
    (tmp_path / "log").mkdir()
    (tmp_path / "demo-users.json").write_text(json.dumps(PEOPLE))
    return Demo(tmp_path, 8123, 8025)


def test_a_free_port_is_fine() -> None:
    readiness.require_port(own_port())


def test_a_used_port_names_the_next(port: int) -> None:
    with pytest.raises(
        DemoError, match=rf"Port {port} is in use: choose another, such as `make demo PORT={port + 1}`\."
    ):
        readiness.require_port(port)


@pytest.mark.parametrize("number", [0, -1, 65536, 99999])
def test_a_number_that_is_no_port_is_refused(number: int) -> None:
    with pytest.raises(DemoError, match=f"{number} is not a port"):
        readiness.require_port(number)


def test_a_port_of_roots_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    class Closed(socket.socket):
        def bind(self, address: object) -> None:
            raise PermissionError

    monkeypatch.setattr("monitor.readiness.socket.socket", Closed)
    with pytest.raises(DemoError, match="Port 80 needs root"):
        readiness.require_port(80)


def test_the_first_free_port_is_taken(port: int) -> None:
    assert readiness.free_port(port) > port


def test_no_free_port_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: int) -> None:
        raise DemoError

    monkeypatch.setattr(readiness, "require_port", refuse)
    with pytest.raises(DemoError, match="No port from 8025 to 8224 is free"):
        readiness.free_port(8025)


def test_the_web_is_asked_by_the_name_it_knows(port: int) -> None:
    url = f"http://{readiness.HOST}:{port}/"
    assert readiness.web_answers(url, "watch.example.org")
    assert not readiness.web_answers(url, "other.example.org")
    assert not readiness.web_answers(url)


def test_a_web_that_is_not_there_does_not_answer() -> None:
    assert not readiness.web_answers(f"http://{readiness.HOST}:{own_port()}/")


@pytest.mark.parametrize(
    ("names", "status"),
    [("watch.example.org", 0), (".watch.example.org,other", 0), ("*", 0), ("other.example.org", 1)],
)
def test_a_container_asks_by_its_first_allowed_name(
    port: int, names: str, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALLOWED_HOSTS", names)
    assert readiness.main(["web", "--port", str(port)]) == status


def test_a_worker_is_asked_through_the_broker(servers: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert not readiness.worker_answers(servers["REDIS_URL"])
    monkeypatch.setenv("REDIS_URL", servers["REDIS_URL"])
    assert readiness.main(["worker"]) == 1


def test_without_a_broker_no_worker_answers() -> None:
    assert not readiness.worker_answers("redis+socket:///nowhere/redis.sock")


@pytest.mark.parametrize(("name", "age", "status"), [("beat", 0, 0), ("beat.db", 60, 0), ("beat", 900, 1), ("x", 0, 1)])
def test_a_scheduler_that_wrote_lately_answers(tmp_path: Path, name: str, age: int, status: int) -> None:
    (tmp_path / name).touch()
    written = time.time() - age
    os.utime(tmp_path / name, (written, written))
    assert readiness.main(["beat", "--schedule", str(tmp_path / "beat")]) == status


def test_waiting_ends_when_all_answer(demo: Demo, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = iter([False, False, True, False, True, False, True])
    for question in ("web_answers", "port_answers", "worker_answers"):
        monkeypatch.setattr(readiness, question, lambda *_: next(asked))
    assert readiness.wait(demo, {"REDIS_URL": "x"}, threading.Event())
    assert next(asked, None) is None


def test_a_given_mail_server_is_not_asked(demo: Demo, monkeypatch: pytest.MonkeyPatch) -> None:
    for question in ("web_answers", "worker_answers"):
        monkeypatch.setattr(readiness, question, lambda *_: True)
    assert readiness.wait(replace(demo, mail_port=None), {"REDIS_URL": "x"}, threading.Event())


def test_waiting_ends_when_the_demo_stops(demo: Demo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "web_answers", lambda *_: False)
    stopping = threading.Event()
    stopping.set()
    assert not readiness.wait(demo, {"REDIS_URL": "x"}, stopping)


@pytest.mark.parametrize(
    ("asked", "name"), [("web_answers", "web"), ("port_answers", "mailsink"), ("worker_answers", "worker")]
)
def test_a_part_that_never_answers_is_named(demo: Demo, monkeypatch: pytest.MonkeyPatch, asked: str, name: str) -> None:
    monkeypatch.setattr(readiness, "READY_SECONDS", 0.0)
    for question in ("web_answers", "port_answers", "worker_answers"):
        monkeypatch.setattr(readiness, question, lambda *_, question=question: question != asked)
    with pytest.raises(DemoError, match=rf"The {name} did not answer within 0 s; its log is .*/log/{name}\.log"):
        readiness.wait(demo, {"REDIS_URL": "x"}, threading.Event())


def test_the_announcement_is_one_line_and_a_private_file(demo: Demo, capsys: pytest.CaptureFixture[str]) -> None:
    (demo.local / "demo.json").write_text("old")
    (demo.local / "demo.json").chmod(0o644)
    readiness.announce(demo)
    said = "IPH Watch is ready at http://127.0.0.1:8123/ — log-ins are on /demo/ (Ctrl-C stops)\n"
    assert capsys.readouterr().out == said
    assert json.loads((demo.local / "demo.json").read_text()) == {"url": "http://127.0.0.1:8123/", **PEOPLE}
    assert stat.S_IMODE((demo.local / "demo.json").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("content", "expected"), [(None, ""), ("{", ""), ("{}", ""), ('{"url": "http://x/"}', " at http://x/")]
)
def test_where_a_demo_runs_is_said_as_far_as_known(tmp_path: Path, content: str | None, expected: str) -> None:
    if content is not None:
        (tmp_path / "demo.json").write_text(content)
    assert readiness.where(tmp_path) == expected


def test_servers_of_others_are_not_watched(demo: Demo) -> None:
    readiness.watch_servers(demo, {"REDIS_URL": "redis://broker/0"}, threading.Event())


def test_a_server_must_be_silent_twice_to_count_as_dead(demo: Demo, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter(["PostgreSQL", None, "PostgreSQL", "PostgreSQL"])
    monkeypatch.setattr(readiness, "WATCH_SECONDS", 0.0)
    monkeypatch.setattr("monitor.readiness.embedded.running", lambda *_, **__: next(answers))
    environ = {"IPH_EMBEDDED": str(demo.local), "REDIS_URL": "redis+socket:///s"}
    with pytest.raises(DemoError, match="PostgreSQL stopped, so everything was stopped"):
        readiness.watch_servers(demo, environ, threading.Event())
    assert next(answers, None) is None


def test_a_step_writes_to_the_log_and_gets_its_environment(demo: Demo) -> None:
    environ = {"PATH": os.environ["PATH"], "DATABASE_URL": "postgresql://x:y@/z", "IPH_MODE": "nonsense"}
    with pytest.raises(DemoError, match=r"`manage\.py check` failed, its log is .*/log/setup\.log"):
        readiness.run_step(("check",), demo, environ)
    assert "IPH_MODE is 'nonsense'" in demo.log("setup").read_text()
