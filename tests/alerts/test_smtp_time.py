"""A dialogue ends in its time whatever takes it: a name with many addresses, connecting, or TLS that begins just then."""

import datetime
import socket
import ssl
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pytest_django import Settings

from alerts.smtp import Outcome, Plain, Result, hand_over
from tests.alerts.sink import running
from tests.alerts.test_smtp import MESSAGE, drip, server

DAY = datetime.timedelta(days=1)


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A certificate of localhost with its key, which this process trusts."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.datetime.now(datetime.UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + DAY)
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    pem = made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    path = tmp_path / "both.pem"
    path.write_bytes(pem + key.private_bytes(serialization.Encoding.PEM, *plain))
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    return path


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


def answers(client: socket.socket) -> None:
    """Take a mail."""
    client.sendall(b"220 here\r\n")
    for line in client.makefile("rb"):
        if line == b".\r\n" or line[:4].lower() in {b"ehlo", b"mail", b"rcpt", b"quit"}:
            client.sendall(b"250 OK\r\n")
        if line[:4].lower() == b"data":
            client.sendall(b"354 go on\r\n")


def half_a_handshake(client: socket.socket) -> None:
    """Begin a record of TLS, and go on with a byte now and then."""
    client.sendall(b"\x16\x03\x03\x3f\xff")
    drip(client)


@pytest.mark.parametrize(
    ("talk", "behind", "result"),
    [
        (answers, True, Result(Outcome.ACCEPTED, 250)),
        (drip, True, Result(Outcome.DEFERRED)),
        (half_a_handshake, False, Result(Outcome.DEFERRED)),
    ],
)
def test_a_dialogue_within_tls_ends_as_well(
    settings: Settings, certificate: Path, talk: Callable[[socket.socket], None], behind: bool, result: Result
) -> None:
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    served.load_cert_chain(certificate)

    def within(client: socket.socket) -> None:
        with served.wrap_socket(client, server_side=True) as wrapped:
            talk(wrapped)

    settings.EMAIL_USE_SSL, settings.EMAIL_USE_TLS, settings.EMAIL_TIMEOUT = True, False, 1.0
    began = time.monotonic()
    with server(settings, within if behind else talk):
        settings.EMAIL_HOST = "localhost"
        assert hand_over(MESSAGE) == result
    assert time.monotonic() - began < 6.0
