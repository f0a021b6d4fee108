"""Senders that die: real processes are killed and come again; what they had in hand is free, what the living have is not."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest

from monitor import figures_kills, supervising
from monitor.figures_demo import NotMeasuredError, OwnDemo
from monitor.figures_kills import Database, clock, kill, leases_end, worker_of
from tests.factories import judged, patient, upload
from tests.monitor.lateness import mail


@pytest.fixture
def demo(tmp_path: Path) -> OwnDemo:
    """A demo of which nothing is there."""
    return OwnDemo(tmp_path)


POOL = """
import subprocess, sys, time
def sleeper(): return subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
pool = [sleeper(), sleeper()]
print("up", flush=True)
while {again}:
    pool = [one if one.poll() is None else sleeper() for one in pool]
    time.sleep(0.01)
sys.stdin.read()
"""


@contextmanager
def worker(local: Path, *, again: bool = True) -> Iterator[subprocess.Popen[bytes]]:
    """Run what keeps a pool of two, as Celery does; the words of the worker are on its command line."""
    made = subprocess.Popen(
        [sys.executable, "-c", POOL.format(again=again), "celery", "-A", "monitor", "worker"],
        env={**os.environ, supervising.MARK: str(local)}, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert made.stdout is not None
    assert made.stdin is not None
    made.stdout.readline()
    try:
        yield made
    finally:
        for one in [*psutil.Process(made.pid).children(), psutil.Process(made.pid)]:
            one.kill()
        made.stdin.close()
        made.stdout.close()
        made.wait()


def test_the_pool_is_killed_and_the_worker_lives(database: Database, demo: OwnDemo) -> None:
    with worker(demo.local) as made, worker(demo.local / "another"):
        found = worker_of(demo)
        assert found.pid == made.pid
        pool = found.children()
        before = datetime.now(UTC)
        at = kill(found, pool, database)
        assert before - timedelta(seconds=1) < at < datetime.now(UTC) + timedelta(seconds=1)
        assert len(found.children()) == len(pool) == 2
        assert not {one.pid for one in pool} & {one.pid for one in found.children()}
        assert made.poll() is None


def test_a_worker_without_new_processes_is_no_measurement(
    database: Database, demo: OwnDemo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figures_kills, "SECONDS", 0.2)
    with worker(demo.local, again=False):
        found = worker_of(demo)
        with pytest.raises(NotMeasuredError, match="made no new processes"):
            kill(found, found.children(), database)


def test_only_what_the_dead_had_in_hand_is_free(
    database: Database, demo: OwnDemo, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def here(_: Path) -> Iterator[Database]:
        yield database

    monkeypatch.setattr(figures_kills, "_past_all_walls", here)
    ((now,),) = database.execute("SELECT now()").fetchall()
    rows: list[Any] = [mail(1), judged(patient()), upload(patient())]
    leases = [figures_kills.LEASES[type(row)._meta.db_table] for row in rows]
    for killed, free in (([], False), ([now - timedelta(seconds=1)], False), ([now - timedelta(days=1), now], True)):
        for row, lease in zip(rows, leases, strict=True):
            type(row).objects.filter(pk=row.pk).update(lease_until=now + lease)
        leases_end(demo, killed)
        for row in rows:
            row.refresh_from_db()
            assert (row.lease_until == now) is free


def test_the_demos_database_is_asked_past_all_walls(local: Path, servers: dict[str, str]) -> None:
    with figures_kills._past_all_walls(local) as database:
        assert database.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchall() == [(True,)]
        assert abs(clock(database) - datetime.now(UTC)) < timedelta(seconds=5)
