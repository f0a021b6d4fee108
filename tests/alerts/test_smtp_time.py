"""A dialogue ends in its time whatever takes it: a name with many addresses, connecting, or TLS that begins just then."""

import socket
import time
from typing import Any

import pytest
from pytest_django import Settings

from alerts.smtp import Outcome, Plain, Result, hand_over
from tests.alerts.sink import running
from tests.alerts.test_smtp import MESSAGE, drip, server


def test_a_dialogue_that_took_all_its_time_to_connect_is_cut_once_it_has(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When its time was over there was nothing yet to cut."""
    connect = socket.create_connection

    def late(*given: Any, **more: Any) -> socket.socket:
        time.sleep(1.5)
        return connect(*given, **more)

    settings.EMAIL_TIMEOUT = 0.4
    monkeypatch.setattr(socket, "create_connection", late)
    began = time.monotonic()
    with server(settings, drip):
        assert hand_over(MESSAGE) == Result(Outcome.DEFERRED)
    assert 1.4 < time.monotonic() - began < 5.0


def test_no_further_address_is_tried_when_the_time_is_over(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name with twenty addresses behind which nobody is: each would be waited for as long as for an answer."""
    tried: list[float] = []

    def swallowed(_address: object, timeout: float, *_: object) -> socket.socket:
        tried.append(timeout)
        time.sleep(timeout)
        raise TimeoutError

    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (f"192.0.2.{n}", 25)) for n in range(20)]
    settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_TIMEOUT = (
        "alerts.smtp.Backend",
        "relay.example.org",
        0.4,
    )
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    monkeypatch.setattr(socket, "create_connection", swallowed)
    began = time.monotonic()
    assert hand_over(MESSAGE) == Result(Outcome.DEFERRED)
    assert time.monotonic() - began < 2.0
    assert 2 <= len(tried) <= 4
    assert tried[:2] == [0.4, 0.4]


def test_the_next_address_is_tried_where_one_refuses(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    with running() as one, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = "alerts.smtp.Backend", "relay", one.port
        real = socket.getaddrinfo
        both = [
            *real("127.0.0.2", one.port, type=socket.SOCK_STREAM),
            *real("127.0.0.1", one.port, type=socket.SOCK_STREAM),
        ]
        monkeypatch.setattr(
            socket, "getaddrinfo", lambda host, *given, **more: both if host == "relay" else real(host, *given, **more)
        )
        assert hand_over(MESSAGE) == Result(Outcome.ACCEPTED, 250)


@pytest.mark.parametrize(("left", "cut"), [(-1.0, True), (60.0, False)])
def test_a_connection_that_changes_after_the_time_is_cut_at_once(left: float, cut: bool) -> None:
    """As when TLS begins on it: what the clock of the dialogue would have cut was taken apart just then."""
    talk = Plain(began=lambda one: setattr(one, "until", time.monotonic() + left))
    here, there = socket.socketpair()
    with here, there:
        there.settimeout(0.2)
        talk.sock = here
        if cut:
            assert there.recv(1) == b""
        else:
            with pytest.raises(TimeoutError):
                there.recv(1)
