"""A statement that is not answered ends, as a lost connection; a slow answer within its time is waited for."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator

import psycopg
import pytest
from django.db import DatabaseError, InterfaceError, OperationalError, connection, connections, transaction
from django.db.backends.signals import connection_created

from monitor.patience import SECONDS, at_most, limit
from monitor.roles import credentials
from tests.monitor.conftest import ROOT
from tests.monitor.relays import Relay, relay

pytestmark = pytest.mark.django_db(transaction=True)
MUCH = 20.0


@pytest.fixture
def way() -> Iterator[Relay]:
    with relay() as one:
        yield one


@pytest.fixture
def far(way: Relay) -> Iterator[None]:
    """Reach the database as the web process does: by a way that can be frozen, and with its patience."""
    kept = connection.settings_dict
    connection.close()
    role, password, _ = credentials(os.environ["DATABASE_URL"])
    options = {"connect_timeout": 2}
    connection.settings_dict = {
        **kept, "HOST": "127.0.0.1", "PORT": str(way.port), "USER": role, "PASSWORD": password, "OPTIONS": options,
    }  # fmt: skip
    connection_created.connect(limit)
    try:
        yield
    finally:
        connection_created.disconnect(limit)
        connection.close()
        connection.settings_dict = kept


def ask(question: str = "SELECT 1") -> object:
    """Ask the database one thing."""
    with connection.cursor() as cursor:
        cursor.execute(question)
        row = cursor.fetchone()
    return row and row[0]


def seconds_until_it_fails(question: str = "SELECT 1") -> float:
    """Ask what is not answered; return after how long that was given up."""
    began = time.monotonic()
    with pytest.raises(OperationalError):
        ask(question)
    return time.monotonic() - began


def test_a_frozen_server_is_given_up_and_found_again(far: None, way: Relay) -> None:
    assert ask() == 1
    with way.frozen(), at_most(0.5):
        assert 0.4 < seconds_until_it_fails() < MUCH
        assert connection.connection.closed
        connection.close()
    assert ask("SELECT 2") == 2


def test_a_connection_to_a_frozen_server_is_given_up_too(far: None, way: Relay) -> None:
    with way.frozen():
        assert 1.5 < seconds_until_it_fails() < MUCH
    assert ask() == 1


def wait_in_a_transaction(way: Relay) -> None:
    """Ask within a transaction and a savepoint what is not answered."""
    with transaction.atomic():
        ask()
        with way.frozen(), at_most(0.5), transaction.atomic():
            ask()


def test_a_transaction_ends_with_its_statement_and_waits_no_second_time(far: None, way: Relay) -> None:
    began = time.monotonic()
    with pytest.raises((DatabaseError, InterfaceError)):
        wait_in_a_transaction(way)
    assert time.monotonic() - began < MUCH
    assert ask() == 1


def wait_for_a_commit(way: Relay) -> None:
    """Ask in time, and commit what is not answered."""
    with at_most(0.5), transaction.atomic():
        ask()
        way.flowing.clear()


def test_a_commit_that_is_not_answered_is_given_up(far: None, way: Relay) -> None:
    began = time.monotonic()
    with pytest.raises((DatabaseError, InterfaceError)):
        wait_for_a_commit(way)
    way.flowing.set()
    assert time.monotonic() - began < MUCH
    assert ask() == 1


def test_a_connection_that_froze_while_it_rested_is_found_out(far: None, way: Relay) -> None:
    assert ask() == 1
    with way.frozen(), at_most(0.5):
        assert not connection.is_usable()
    connection.close()
    assert ask() == 1


def test_an_answer_within_its_time_is_waited_for_and_an_error_keeps_the_connection(far: None) -> None:
    with at_most(MUCH):
        assert ask("SELECT 1 FROM pg_sleep(0.3)") == 1
        ask("SELECT set_config('statement_timeout', '100', false)")
        with pytest.raises(OperationalError, match="statement timeout"):
            ask("SELECT pg_sleep(5)")
        assert not connection.connection.closed
        assert ask("SELECT 3") == 3


def test_patience_is_of_the_block() -> None:
    usual = SECONDS.get()
    with at_most(2.0):
        with at_most(1.0):
            assert SECONDS.get() == 1.0
        assert SECONDS.get() == 2.0
    assert SECONDS.get() == usual == 30.0


def test_a_connection_that_is_let_go_can_be_forgotten(far: None) -> None:
    ask()
    raw = connection.connection
    connection.close()
    assert raw.closed
    with pytest.raises(psycopg.OperationalError, match="closed"):
        raw.execute("SELECT 1")


ROLE = """
import django; django.setup()
from django.db.backends.signals import connection_created
from monitor.patience import limit
print(any(one[1]() is limit for one in connection_created.receivers if callable(one[1])))
"""


@pytest.mark.parametrize(("role", "limited"), [("web", "True"), ("worker", "False"), ("owner", "False")])
def test_the_web_process_is_the_one_whose_patience_ends(role: str, limited: str) -> None:
    environ = {**os.environ, "IPH_DATABASE_ROLE": role, "DJANGO_SETTINGS_MODULE": "monitor.settings"}
    done = subprocess.run([sys.executable, "-c", ROLE], cwd=ROOT, env=environ, capture_output=True, text=True)
    assert done.stdout.strip() == limited, done.stderr


def test_no_process_waits_for_ever_for_a_connection() -> None:
    assert connections.settings["default"]["OPTIONS"]["connect_timeout"] == 10
