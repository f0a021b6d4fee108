"""Real servers of their own for the tests of what starts servers, apart from those that the other tests use."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction
from django.utils import timezone

from monitor import demo, embedded, embedded_places, embedded_secrets
from monitor.embedded_places import Place

ROOT = Path(__file__).resolve().parent.parent.parent


@contextmanager
def passable_folder() -> Iterator[Path]:
    """Make a folder that every account may pass, unlike pytest's own; servers and sockets of it vanish afterwards."""
    made = Path(tempfile.mkdtemp(prefix="iph-test-"))
    made.chmod(0o755)
    yield made
    for local in made.glob("**/.local"):
        embedded.leave(local)
        if (local / "secrets.json").exists():
            embedded.forget(local)
        for sockets in Path("/tmp").glob(f"iph-*-{embedded_places.digest(local)}"):
            shutil.rmtree(sockets)
    shutil.rmtree(made)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder for one test."""
    with passable_folder() as made:
        yield made


@pytest.fixture
def fresh(folder: Path) -> Path:
    """The folder of what is kept between starts, before the first start."""
    return folder / ".local"


@pytest.fixture(scope="module")
def local() -> Iterator[Path]:
    """The folder of servers that a module's tests share; whoever stops them attaches again."""
    with passable_folder() as made:
        yield made / ".local"


@pytest.fixture
def servers(local: Path) -> dict[str, str]:
    """Both shared servers, used by this process; the environment that names them."""
    return embedded.attach(local)


@pytest.fixture
def place(local: Path, servers: dict[str, str]) -> Place:
    """Where the shared servers live."""
    return place_of(local)


def place_of(local: Path) -> Place:
    """Return the place of servers that were started before."""
    return embedded_places.choose(local, embedded_secrets.load(local / "secrets.json").identity)


@pytest.fixture(scope="module")
def made_demo(
    tmp_path_factory: pytest.TempPathFactory, django_db_setup: None, django_db_blocker: Any
) -> Iterator[Path]:
    """One demo for all tests of a module, rolled back after them; each test undoes only what it did itself."""
    local = tmp_path_factory.mktemp("demo")
    with django_db_blocker.unblock(), transaction.atomic():
        assert demo.seed(local, at=timezone.now())
        yield local
        transaction.set_rollback(True)


@pytest.fixture
def database(db: None) -> "psycopg.Connection[tuple[Any, ...]]":
    """The tests' own database, asked as figures ask the demo's."""
    connection.ensure_connection()
    asked: psycopg.Connection[tuple[Any, ...]] = connection.connection
    return asked


class User:
    """Another process that uses the servers of a folder until it is told to end."""

    CODE = (
        "import os, sys; from monitor import embedded\n"
        "try: embedded.provide(os.environ)\n"
        "except embedded.EmbeddedError as error: sys.exit(str(error))\n"
        "print('up', flush=True); sys.stdin.readline()"
    )

    def __init__(self, local: Path) -> None:
        environ = {"PATH": os.environ["PATH"], "IPH_LOCAL_DIR": str(local)}
        self.process = subprocess.Popen(
            [sys.executable, "-c", self.CODE],
            cwd=ROOT,
            env=environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def wait_up(self) -> "User":
        """Wait until it has the servers."""
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "up\n", self.process.communicate()[1]
        return self

    def end(self) -> None:
        """Let it end by itself and stop the servers if it was the last."""
        _, errors = self.process.communicate("\n", timeout=60)
        assert (self.process.returncode, errors) == (0, "")

    def kill(self) -> None:
        """End it without a chance to do anything."""
        self.process.kill()
        self.process.communicate()
