"""Redis from the wheel: a private broker that keeps nothing and drops nothing."""

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from monitor import embedded, embedded_redis, embedded_secrets
from monitor.embedded_places import Account, EmbeddedError, Place
from monitor.embedded_processes import working_in
from monitor.embedded_secrets import Secrets

PLACE = Place(Path("/h"), Path("/s"), Account(1, 1))


@pytest.fixture
def client(servers: dict[str, str]) -> Iterator["redis.Redis"]:
    """A client of the shared server."""
    with redis.Redis.from_url(embedded.client_url(servers["REDIS_URL"]), decode_responses=True) as made:
        yield made


@pytest.fixture
def secret(local: Path, servers: dict[str, str]) -> Secrets:
    """The secrets of the shared servers."""
    return embedded_secrets.load(local / "secrets.json")


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("maxmemory-policy", "noeviction"),
        ("appendonly", "no"),
        ("save", ""),
        ("port", "0"),
        ("maxmemory", str(128 * 2**20)),
    ],
)
def test_the_broker_keeps_nothing_and_drops_nothing(client: "redis.Redis", setting: str, expected: str) -> None:
    assert client.config_get(setting) == {setting: expected}


def test_a_full_broker_refuses_instead_of_forgetting(client: "redis.Redis") -> None:
    client.set("kept", "1")
    client.config_set("maxmemory", 1)
    try:
        with pytest.raises(redis.exceptions.OutOfMemoryError):
            client.set("more", "x" * 100)
        assert client.get("kept") == "1"
    finally:
        client.config_set("maxmemory", 128 * 2**20)
        client.delete("kept")


def test_without_the_password_nothing_is_answered(place: Place) -> None:
    stranger = redis.Redis.from_url(f"unix://{place.sockets}/redis.sock")
    with stranger, pytest.raises(redis.exceptions.AuthenticationError):
        stranger.ping()
    assert not embedded_redis.answers(place, "wrong")


def test_the_password_is_in_no_command_line(place: Place, secret: Secrets) -> None:
    words = [word for one in working_in(place.sockets, "redis-server") for word in one.cmdline()]
    assert words
    assert secret.redis not in " ".join(words)


def test_the_socket_is_private_and_nothing_listens_on_the_network(place: Place) -> None:
    assert stat.S_IMODE((place.sockets / "redis.sock").stat().st_mode) == 0o700
    assert [
        one for process in working_in(place.sockets, "redis-server") for one in process.net_connections("inet")
    ] == []


def test_the_broker_runs_as_the_account(place: Place) -> None:
    assert {one.uids().real for one in working_in(place.sockets, "redis-server")} == {place.account.uid}


def test_a_frozen_broker_is_replaced(place: Place, secret: Secrets, monkeypatch: pytest.MonkeyPatch) -> None:
    (frozen,) = working_in(place.sockets, "redis-server")
    frozen.suspend()
    monkeypatch.setattr(embedded_redis, "ANSWER_SECONDS", 0.2)
    monkeypatch.setattr(embedded_redis, "GRACE_SECONDS", (0.1, 5.0))
    embedded_redis.ensure(place, secret)
    assert frozen.pid not in [one.pid for one in working_in(place.sockets, "redis-server")]


def test_stopping_leaves_no_file(local: Path, place: Place, secret: Secrets) -> None:
    embedded_redis.stop(place)
    embedded_redis.stop(place)
    assert not {"redis.sock", "redis.pid"} & {one.name for one in place.sockets.iterdir()}
    assert not embedded_redis.answers(place, secret.redis)
    embedded.attach(local)


def test_a_broker_that_cannot_start_says_why(local: Path, place: Place, secret: Secrets, folder: Path) -> None:
    embedded_redis.stop(place)
    broken = folder / "redis-server"
    broken.write_text("#!/bin/sh\necho 'no memory' >&2\nexit 1\n")
    broken.chmod(0o755)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(embedded_redis, "program", lambda _: broken)
        with pytest.raises(EmbeddedError, match=r"Redis did not start: no memory \(log: .*/log/redis\.log\)\."):
            embedded_redis.ensure(place, secret)
    embedded.attach(local)


def test_without_a_wheel_the_systems_program_is_taken(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    (folder / "redis-server").touch(mode=0o755)
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr("monitor.embedded_redis.importlib.util.find_spec", lambda _: None)
    assert embedded_redis.program(PLACE) == folder / "redis-server"


def test_without_any_program_the_sentence_names_the_package(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr("monitor.embedded_redis.importlib.util.find_spec", lambda _: None)
    with pytest.raises(EmbeddedError, match="apt-get install redis-server"):
        embedded_redis.program(PLACE)


def test_a_wheel_in_a_private_home_is_copied(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded_redis, "reachable", lambda *_: False)
    copy = embedded_redis.program(place)
    assert copy == place.home / "redis-server"
    assert stat.S_IMODE(copy.stat().st_mode) == 0o755


@pytest.mark.parametrize(
    ("broker", "client_url"),
    [
        ("redis+socket://:pw@/s/redis.sock", "unix://:pw@/s/redis.sock"),
        ("redis+socket://:pw@/s/redis.sock?virtual_host=1", "unix://:pw@/s/redis.sock?db=1"),
        ("redis://:pw@redis:6379/0", "redis://:pw@redis:6379/0"),
    ],
)
def test_the_clients_url_names_the_same_server(broker: str, client_url: str) -> None:
    assert embedded_redis.client_url(broker) == client_url


def test_only_our_own_broker_is_ours() -> None:
    assert embedded_redis.is_embedded(embedded_redis.url(PLACE, "pw"))
    assert not embedded_redis.is_embedded("redis://redis:6379/0")
