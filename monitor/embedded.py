"""PostgreSQL and Redis with no configuration: started or attached to by whoever needs them, stopped by the last to leave.

Whoever called `provide` holds a shared lock on `.local/users.lock` for life. At exit a process that gets it alone was the last and
stops both servers. Starting, healing and stopping happen under `.local/servers.lock`, one process at a time, so what looks half
done there was left by a kill and is put right.
"""

import atexit
import os
import shutil
import sys
from collections.abc import MutableMapping
from pathlib import Path
from typing import Final

from monitor import embedded_places, embedded_postgres, embedded_redis, embedded_secrets
from monitor.embedded_locks import locked, try_lock, wait_lock
from monitor.embedded_places import EmbeddedError, Place, choose, digest, explained, local_folder, make_local
from monitor.embedded_processes import working_in
from monitor.embedded_redis import client_url, is_embedded
from monitor.embedded_secrets import Secrets

__all__ = ["EmbeddedError", "attach", "client_url", "forget", "is_embedded", "local_folder", "provide", "running"]

URLS: Final = {
    "DATABASE_URL": "web",
    "DATABASE_OWNER_URL": "owner",
    "DATABASE_WORKER_URL": "worker",
    "DATABASE_OPERATOR_URL": "operator",
}
_held: dict[Path, tuple[int, int]] = {}
"""Local folder -> (descriptor of the shared lock, process that took it); a forked child must not act for its parent."""


def provide(environ: MutableMapping[str, str] = os.environ) -> bool:
    """Make sure that the servers run and name them in `environ`, before settings are read.

    Does nothing (False) in production or where DATABASE_URL is given. With REDIS_URL given only PostgreSQL is embedded. A variable
    that is set already stays. Raises EmbeddedError with one sentence for a person.
    """
    if environ.get("DATABASE_URL") or environ.get("IPH_MODE") == "production":
        return False
    local = local_folder(environ)
    for name, value in attach(local, redis=not environ.get("REDIS_URL")).items():
        if not environ.get(name):
            environ[name] = value
    environ["IPH_EMBEDDED"] = str(local)
    return True


def attach(local: Path, *, redis: bool = True) -> dict[str, str]:
    """Use the servers of a local folder for the life of this process, started if need be; return the environment to set."""
    with explained(local):
        make_local(local)
        with locked(local / "servers.lock"):
            _hold(local)
            secret = embedded_secrets.load(local / "secrets.json")
            place = choose(local, secret.identity)
            embedded_postgres.ensure(place, secret)
            if redis:
                embedded_redis.ensure(place, secret)
    return _environment(place, secret, redis=redis)


def running(local: Path, *, redis: bool = True) -> str | None:
    """Return the name of a server that does not answer any more, or None; starts nothing."""
    secret = embedded_secrets.load(local / "secrets.json")
    place = choose(local, secret.identity)
    if embedded_postgres.status(place) != embedded_postgres.ACCEPTS:
        return "PostgreSQL"
    return "Redis" if redis and not embedded_redis.answers(place, secret.redis) else None


def forget(local: Path) -> None:
    """Delete the data, secrets and logs of a local folder; an error if any process uses them."""
    with explained(local):
        make_local(local)
        with locked(local / "servers.lock"):
            _let_go(local)
            alone = try_lock(local / "users.lock")
            if alone is None:
                raise EmbeddedError(
                    f"Nothing was forgotten: {local} is in use; stop the demo and other commands first."
                )
            try:
                _stop(local)
                for one in local.iterdir():
                    if one.suffix != ".lock":
                        shutil.rmtree(one) if one.is_dir() and not one.is_symlink() else one.unlink()
                for home in embedded_places.SHARED.glob(f"{digest(local)}*"):
                    shutil.rmtree(home)
            finally:
                os.close(alone)


def _environment(place: Place, secret: Secrets, *, redis: bool) -> dict[str, str]:
    """Return every variable that names the servers and their secrets."""
    found = {name: embedded_postgres.url(place, f"iph_{role}", getattr(secret, role)) for name, role in URLS.items()}
    found["DATABASE_ADMIN_URL"] = embedded_postgres.url(place, "postgres", secret.admin, "postgres")
    if redis:
        found["REDIS_URL"] = embedded_redis.url(place, secret.redis)
    found["IPH_SECRET_KEY"] = secret.secret_key
    found["IPH_ENCRYPTION_KEY"] = secret.encryption_key
    return found


def _hold(local: Path) -> None:
    """Count this process among the users until it ends."""
    held = _held.get(local)
    if held is not None and held[1] == os.getpid():
        return
    _held[local] = (wait_lock(local / "users.lock", seconds=30.0, shared=True), os.getpid())
    atexit.register(leave, local)


def _let_go(local: Path) -> bool:
    """Stop counting this process; return whether it was counted."""
    descriptor, process = _held.pop(local, (-1, -1))
    if process != os.getpid():
        return False
    os.close(descriptor)
    return True


def leave(local: Path) -> None:
    """Stop using the servers; the last user stops them. Runs at exit, so a failure is a sentence, not a traceback."""
    if _held.get(local, (-1, -1))[1] != os.getpid():
        return
    try:
        with explained(local), locked(local / "servers.lock"):
            _let_go(local)
            alone = try_lock(local / "users.lock")
            if alone is not None:
                _stop(local)
                os.close(alone)
    except EmbeddedError as error:
        sys.stderr.write(f"{error}\n")


def _stop(local: Path) -> None:
    """Stop both servers, if there are any."""
    if not (local / "secrets.json").exists():
        return
    place = choose(local, embedded_secrets.load(local / "secrets.json").identity)
    if working_in(place.sockets, "redis-server"):
        embedded_redis.stop(place)
    embedded_postgres.stop(place)
