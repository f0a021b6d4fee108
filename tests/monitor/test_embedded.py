"""The embedded servers as their users meet them: processes that come, go and are killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import environ
import psycopg
import pytest
import redis

from monitor import embedded, embedded_places, embedded_postgres, embedded_redis, embedded_secrets
from monitor.embedded_locks import locked
from monitor.embedded_places import EmbeddedError, Place
from monitor.embedded_processes import working_in
from tests.monitor.conftest import ROOT, User, place_of

ROLE_URLS = ("DATABASE_URL", "DATABASE_OWNER_URL", "DATABASE_WORKER_URL", "DATABASE_OPERATOR_URL")


def ask(url: str, query: str) -> object:
    """Return the first value of a query."""
    with psycopg.connect(url) as connection:
        row = connection.execute(query).fetchone()
    return row[0] if row else None


def running(place: Place) -> set[str]:
    """Return which of the two servers have live processes."""
    folders = {"postgres": place.data, "redis-server": place.sockets}
    return {name for name, folder in folders.items() if working_in(folder, name)}


@pytest.mark.parametrize("given", [{"DATABASE_URL": "postgresql://x:y@db/iph"}, {"IPH_MODE": "production"}])
def test_given_servers_and_production_start_nothing(given: dict[str, str], fresh: Path) -> None:
    variables = {"IPH_LOCAL_DIR": str(fresh), **given}
    assert embedded.provide(variables) is False
    assert variables == {"IPH_LOCAL_DIR": str(fresh), **given}
    assert not fresh.exists()


def test_an_empty_variable_counts_as_none(local: Path) -> None:
    variables = {"IPH_LOCAL_DIR": str(local), "DATABASE_URL": "", "REDIS_URL": ""}
    assert embedded.provide(variables) is True
    assert all(variables[name] for name in ("DATABASE_URL", "REDIS_URL"))


def test_every_variable_is_named_and_a_given_one_stays(local: Path) -> None:
    variables = {"IPH_LOCAL_DIR": str(local), "IPH_SECRET_KEY": "mine"}
    assert embedded.provide(variables) is True
    names = {*ROLE_URLS, "DATABASE_ADMIN_URL", "REDIS_URL", "IPH_ENCRYPTION_KEY", "IPH_EMBEDDED"}
    assert set(variables) == names | {"IPH_LOCAL_DIR", "IPH_SECRET_KEY"}
    assert variables["IPH_SECRET_KEY"] == "mine"
    assert variables["IPH_EMBEDDED"] == str(local)


def test_a_second_call_finds_the_servers_named(local: Path) -> None:
    variables = {"IPH_LOCAL_DIR": str(local)}
    embedded.provide(variables)
    assert embedded.provide(variables) is False


def test_with_a_broker_given_only_postgresql_is_embedded(fresh: Path) -> None:
    variables = {"IPH_LOCAL_DIR": str(fresh), "REDIS_URL": "redis://broker/0"}
    embedded.provide(variables)
    assert variables["REDIS_URL"] == "redis://broker/0"
    assert running(place_of(fresh)) == {"postgres"}


def test_each_url_logs_in_as_its_role(servers: dict[str, str]) -> None:
    roles = [ask(servers[name], "SELECT current_user") for name in ROLE_URLS]
    assert roles == ["iph_web", "iph_owner", "iph_worker", "iph_operator"]


def test_the_admin_is_the_only_superuser(servers: dict[str, str]) -> None:
    query = "SELECT array_agg(rolname::text) FROM pg_roles WHERE rolsuper"
    assert ask(servers["DATABASE_ADMIN_URL"], query) == ["postgres"]


def test_django_environ_reads_the_urls_as_libpq_does(servers: dict[str, str], place: Place) -> None:
    found = environ.Env.db_url_config(servers["DATABASE_URL"])
    assert (found["USER"], found["NAME"], found["HOST"]) == ("iph_web", "iph", "")
    assert found["OPTIONS"] == {"host": str(place.sockets)}


def test_the_broker_answers_redis_py_and_kombu(servers: dict[str, str]) -> None:
    from kombu import Connection

    with redis.Redis.from_url(embedded.client_url(servers["REDIS_URL"])) as client:
        assert client.ping()
    with Connection(servers["REDIS_URL"]) as connection:
        assert connection.default_channel is not None  # kombu pings before it gives one


def test_data_and_secrets_stay_between_starts(local: Path, servers: dict[str, str]) -> None:
    with psycopg.connect(servers["DATABASE_OWNER_URL"]) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept AS SELECT 42 AS value")
    embedded.leave(local)
    again = embedded.attach(local)
    assert again == servers
    assert ask(again["DATABASE_OWNER_URL"], "SELECT value FROM kept") == 42


def test_attaching_is_quick(local: Path, servers: dict[str, str]) -> None:
    seconds = []
    for _ in range(5):
        started = time.monotonic()
        embedded.attach(local)
        seconds.append(time.monotonic() - started)
    assert min(seconds) < 0.1


def test_the_last_user_stops_the_servers(fresh: Path) -> None:
    first, second = User(fresh).wait_up(), User(fresh).wait_up()
    place = place_of(fresh)
    first.end()
    assert running(place) == {"postgres", "redis-server"}
    second.end()
    assert running(place) == set()


def test_a_killed_user_leaves_servers_that_the_next_one_stops(fresh: Path) -> None:
    User(fresh).wait_up().kill()
    place = place_of(fresh)
    assert running(place) == {"postgres", "redis-server"}
    User(fresh).wait_up().end()
    assert running(place) == set()


def test_four_first_users_at_once_share_one_pair(fresh: Path) -> None:
    users = [User(fresh) for _ in range(4)]
    for user in users:
        user.wait_up()
    place = place_of(fresh)
    heads = [one for one in working_in(place.data, "postgres") if one.pid == embedded_postgres.postmaster(place)]
    assert (len(heads), len(working_in(place.sockets, "redis-server"))) == (1, 1)
    for user in users:
        user.end()
    assert running(place) == set()


def test_comings_and_goings_never_meet_a_stopped_server(fresh: Path) -> None:
    for _ in range(3):
        leaving = User(fresh).wait_up()
        assert leaving.process.stdin is not None
        leaving.process.stdin.write("\n")
        leaving.process.stdin.flush()
        coming = User(fresh).wait_up()
        leaving.process.communicate()
        assert running(place_of(fresh)) == {"postgres", "redis-server"}
        coming.end()


def kill_postmaster(place: Place) -> None:
    """Kill the server's first process only."""
    os.kill(embedded_postgres.postmaster(place) or 0, signal.SIGKILL)


def kill_all_of_postgres(place: Place) -> None:
    """Kill every process of the server."""
    for process in working_in(place.data, "postgres"):
        process.kill()


def kill_redis(place: Place) -> None:
    """Kill the broker."""
    for process in working_in(place.sockets, "redis-server"):
        process.kill()


def lose_the_sockets(place: Place) -> None:
    """Empty the sockets' folder, as a cleaner of /tmp does, with both servers alive."""
    for one in place.sockets.iterdir():
        one.unlink()


def lose_the_socket_folder(place: Place) -> None:
    """Remove the sockets' folder itself."""
    lose_the_sockets(place)
    place.sockets.rmdir()


def freeze_a_stale_number(place: Place) -> None:
    """Kill the server and give its number away: the file then names a live process that is no server."""
    kill_all_of_postgres(place)
    file = place.data / "postmaster.pid"
    lines = file.read_text().splitlines()
    file.write_text("\n".join([str(os.getppid()), *lines[1:]]) + "\n")


@pytest.mark.parametrize(
    "fault",
    [
        kill_postmaster,
        kill_all_of_postgres,
        kill_redis,
        lose_the_sockets,
        lose_the_socket_folder,
        freeze_a_stale_number,
    ],
)
def test_a_fault_is_healed_at_the_next_use(
    fault: Callable[[Place], None], local: Path, servers: dict[str, str], place: Place
) -> None:
    with psycopg.connect(servers["DATABASE_OWNER_URL"]) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept AS SELECT 42 AS value")
    fault(place)
    again = embedded.attach(local)
    assert ask(again["DATABASE_OWNER_URL"], "SELECT value FROM kept") == 42
    with redis.Redis.from_url(embedded.client_url(again["REDIS_URL"])) as client:
        assert client.ping()


def test_a_kill_between_start_and_roles_is_healed(local: Path, servers: dict[str, str], place: Place) -> None:
    with psycopg.connect(servers["DATABASE_ADMIN_URL"], autocommit=True) as connection:
        connection.execute("DROP DATABASE iph")
    (place.home / "ready").unlink()
    embedded.attach(local)
    assert ask(servers["DATABASE_URL"], "SELECT current_user") == "iph_web"


def test_a_kill_during_initdb_is_healed(fresh: Path) -> None:
    embedded_places.make_local(fresh)
    place = embedded_places.choose(fresh, embedded_secrets.load(fresh / "secrets.json").identity)
    (place.home / "data.new" / "base").mkdir(parents=True)
    servers = embedded.attach(fresh)
    assert ask(servers["DATABASE_URL"], "SELECT current_user") == "iph_web"
    assert not (place.home / "data.new").exists()


def test_running_names_the_server_that_died(local: Path, servers: dict[str, str], place: Place) -> None:
    assert embedded.running(local) is None
    embedded_redis.stop(place)
    assert embedded.running(local) == "Redis"
    assert embedded.running(local, redis=False) is None
    embedded_postgres.stop(place)
    assert embedded.running(local) == "PostgreSQL"


def test_a_forked_child_does_not_stop_the_servers(local: Path, servers: dict[str, str], place: Place) -> None:
    child = os.fork()
    if child == 0:
        embedded.leave(local)
        os._exit(0)
    os.waitpid(child, 0)
    assert running(place) == {"postgres", "redis-server"}


def test_servers_outlast_their_starter_for_its_forked_child(fresh: Path) -> None:
    code = (
        "import os, time; from monitor import embedded; embedded.provide(os.environ)\n"
        "if os.fork() == 0:\n    time.sleep(1.5); os._exit(0)\n"
    )
    environment = {"PATH": os.environ["PATH"], "IPH_LOCAL_DIR": str(fresh)}
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, check=True)
    assert running(place_of(fresh)) == {"postgres", "redis-server"}
    with locked(fresh / "users.lock", seconds=10):
        pass


def test_forget_refuses_while_another_process_uses_the_data(local: Path) -> None:
    user = User(local).wait_up()
    with pytest.raises(EmbeddedError, match="is in use"):
        embedded.forget(local)
    assert running(place_of(local)) == {"postgres", "redis-server"}
    user.end()


def test_forget_deletes_everything_but_the_locks(local: Path, servers: dict[str, str], place: Place) -> None:
    (local / "mail").mkdir()
    embedded.forget(local)
    assert {one.name for one in local.iterdir()} == {"servers.lock", "users.lock"}
    assert running(place) == set()


def test_forgotten_data_are_gone_at_the_next_start(local: Path, servers: dict[str, str]) -> None:
    with psycopg.connect(servers["DATABASE_OWNER_URL"]) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept AS SELECT 42 AS value")
    embedded.forget(local)
    again = embedded.attach(local)
    assert again["IPH_SECRET_KEY"] != servers["IPH_SECRET_KEY"]
    assert ask(again["DATABASE_OWNER_URL"], "SELECT to_regclass('kept')") is None


def test_lost_secrets_are_one_clear_sentence(local: Path, servers: dict[str, str]) -> None:
    embedded.leave(local)
    kept = (local / "secrets.json").rename(local / "elsewhere.json")
    with pytest.raises(EmbeddedError, match=r"was made with other secrets .* demo-reset"):
        embedded.attach(local)
    kept.replace(local / "secrets.json")
    assert embedded.attach(local) == servers


def test_a_missing_parent_folder_is_one_clear_sentence(folder: Path) -> None:
    with pytest.raises(EmbeddedError, match="The servers cannot be provided: No such file or directory"):
        embedded.attach(folder / "missing" / ".local")
