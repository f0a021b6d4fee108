"""What `make demo` promises of itself: one line, a private file, nothing open to others, little memory, quick starts, no trace."""

import stat
from urllib.request import urlopen

import psutil
import pytest

from monitor import supervising
from tests.demos import RunningDemo

pytestmark = [pytest.mark.journey, pytest.mark.enable_socket, pytest.mark.timeout(400)]

MEMORY_BYTES = 1.5 * 2**30
ROLES = {"physician", "nurse", "coordinator"}


def test_the_log_ins_are_in_a_private_file(demo: RunningDemo) -> None:
    assert stat.S_IMODE((demo.local / "demo.json").stat().st_mode) == 0o600
    assert set(demo.described) == {"url", "users", "api_token"}
    assert {one["role"] for one in demo.described["users"]} >= ROLES


def test_the_first_address_leads_to_a_log_in(demo: RunningDemo) -> None:
    with urlopen(demo.url) as answer:  # noqa: S310 - the demo's own address
        assert answer.url == f"{demo.url}accounts/login/?next=/"
        assert "no-store" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("address", ["live", "ready"])
def test_it_says_that_it_is_well(demo: RunningDemo, address: str) -> None:
    with urlopen(f"{demo.url}health/{address}") as answer:  # noqa: S310 - the same
        assert answer.status == 200


def everything(demo: RunningDemo) -> list[psutil.Process]:
    """Return supervisor, parts and servers."""
    assert demo.process is not None
    return [
        psutil.Process(demo.process.pid),
        *supervising.leftovers(demo.local),
        *demo.servers("postgres"),
        *demo.servers("redis-server"),
    ]


def test_all_of_it_stays_below_its_memory(demo: RunningDemo) -> None:
    used = {one.pid: one.memory_full_info().pss for one in everything(demo)}
    assert len(used) > 8
    assert sum(used.values()) < MEMORY_BYTES


def test_nothing_listens_but_on_the_loopback(demo: RunningDemo) -> None:
    open_at = {
        (connection.laddr.ip, one.name())
        for one in everything(demo)
        for connection in one.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    }
    assert {address for address, _ in open_at} == {"127.0.0.1"}


def test_its_logs_name_nobody_and_no_secret(demo: RunningDemo) -> None:
    names = [name for (name,) in demo.rows("SELECT name FROM patients_patientidentity")]
    secrets = [demo.described["api_token"], *(one["password"] for one in demo.described["users"])]
    logs = "".join(path.read_text(errors="replace") for path in (demo.local / "log").iterdir())
    assert len(names) > 0
    assert [word for word in (*names, *secrets) if word in logs] == []


@pytest.mark.prove
def test_a_second_start_is_quick_and_keeps_the_data(victim: RunningDemo) -> None:
    victim.start()
    patient, _ = victim.new_patient("Zora Zwei")
    victim.stop()
    victim.start(seconds=10.0)
    found = [one["id"] for one in victim.ask("patients/?page_size=200")[1]["results"]]
    assert str(patient) in found
