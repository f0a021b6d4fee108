"""The sentinel in real web processes beside real PostgreSQL and a real mail server, with neither worker nor beat nor Redis."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from django.utils import timezone

from alerts.models import Incident
from monitor.roles import credentials
from tests.alerts.sink import Sink, plain, running
from tests.factories import account, alive
from tests.monitor.relays import Relay, relay

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(180)]
ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE_SECONDS = 60.0
CODE = """
import sys
from datetime import timedelta
import django
django.setup()
from monitor import sentinel
sentinel.EVERY_SECONDS, sentinel.STALE_AFTER = 0.3, timedelta(seconds=1)
import monitor.wsgi
print("up", flush=True)
sys.stdin.readline()
"""
"""A web process whose minute is short."""


@pytest.fixture
def sink() -> Iterator[Sink]:
    with running() as one:
        yield one


@pytest.fixture
def way() -> Iterator[Relay]:
    with relay() as one:
        yield one


@pytest.fixture
def serve(sink: Sink, way: Relay) -> Iterator[Callable[[], subprocess.Popen[str]]]:
    """Return what starts a web process; none outlives the test."""
    role, password, _ = credentials(os.environ["DATABASE_URL"])
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("DATABASE_", "PYTEST"))}
    environ |= {
        "DATABASE_URL": f"{way.url(role, password)}?connect_timeout=2",
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "EMAIL_URL": f"smtp://127.0.0.1:{sink.port}",
        "DJANGO_SETTINGS_MODULE": "monitor.settings",
        "IPH_DATABASE_ROLE": "web",
    }
    with ExitStack() as stack:

        def start() -> subprocess.Popen[str]:
            process = stack.enter_context(
                subprocess.Popen(
                    [sys.executable, "-c", CODE], cwd=ROOT, env=environ, text=True,
                    stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                )
            )  # fmt: skip
            stack.callback(process.kill)
            assert process.stdout is not None
            assert process.stdout.readline() == "up\n"
            return process

        yield start


def until(true: Callable[[], bool]) -> None:
    """Wait for something to become true."""
    limit = time.monotonic() + PATIENCE_SECONDS
    while not true():
        assert time.monotonic() < limit, "it did not come"
        time.sleep(0.1)


def test_two_web_processes_tell_once_and_once_that_it_is_over(
    serve: Callable[[], subprocess.Popen[str]], sink: Sink
) -> None:
    account("admin@example.org", is_staff=True)
    alive(at=timezone.now() - timedelta(minutes=9))
    for _ in range(2):
        serve()
    until(lambda: len(sink.kept) > 0)
    time.sleep(2)  # several looks of both
    assert sink.addresses == ["admin@example.org"]
    assert "- Judging stands still" in plain(sink.messages[0])
    alive(at=timezone.now() + timedelta(hours=1))
    until(lambda: len(sink.kept) > 1)
    time.sleep(2)
    assert [one["Subject"] for one in sink.messages] == ["The service needs attention", "The service works again"]
    assert Incident.objects.filter(ended_at=None).count() == 0


def test_a_web_process_that_dies_leaves_the_telling_to_the_next(
    serve: Callable[[], subprocess.Popen[str]], sink: Sink
) -> None:
    account("admin@example.org", is_staff=True)
    alive(at=timezone.now() + timedelta(hours=1))
    first = serve()
    first.kill()
    first.wait()
    alive(at=timezone.now() - timedelta(minutes=9))
    serve()
    until(lambda: len(sink.kept) > 0)
    assert sink.addresses == ["admin@example.org"]


def test_a_database_that_is_gone_is_told_by_each_process_and_so_is_its_return(
    serve: Callable[[], subprocess.Popen[str]], sink: Sink, way: Relay
) -> None:
    account("admin@example.org", is_staff=True)
    alive(at=timezone.now() + timedelta(hours=1))
    serve()
    time.sleep(2)  # it has to learn first whom to tell
    assert sink.kept == []
    way.cut()
    until(lambda: len(sink.kept) > 0)
    time.sleep(2)
    assert [plain(one).count("- The database does not answer") for one in sink.messages] == [1]
    way.mend()
    until(lambda: len(sink.kept) > 1)
    assert [one["Subject"] for one in sink.messages] == ["The service needs attention", "The service works again"]


def test_a_database_that_is_stopped_is_told_like_one_that_is_gone(
    serve: Callable[[], subprocess.Popen[str]], sink: Sink, way: Relay
) -> None:
    account("admin@example.org", is_staff=True)
    alive(at=timezone.now() + timedelta(hours=1))
    serve()
    time.sleep(2)  # it has to learn first whom to tell
    with way.frozen():
        until(lambda: len(sink.kept) > 0)
        assert "- The database does not answer" in plain(sink.messages[0])
    until(lambda: len(sink.kept) > 1)
    assert [one["Subject"] for one in sink.messages] == ["The service needs attention", "The service works again"]


def test_the_way_can_be_cut_and_mended(way: Relay) -> None:
    role, password, _ = credentials(os.environ["DATABASE_URL"])
    for _ in range(2):
        with psycopg.connect(way.url(role, password), connect_timeout=5) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        way.cut()
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(way.url(role, password), connect_timeout=2)
        way.mend()
