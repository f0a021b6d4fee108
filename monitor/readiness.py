"""Before and after the parts start: ports, set-up commands, and the question whether each of them answers.

`python -m monitor.readiness web|worker|beat` asks one part, for a container's health check: exit status 0 or 1.
"""

import argparse
import json
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Final

from monitor import embedded
from monitor.embedded_places import CHECKOUT

HOST: Final = "127.0.0.1"
"""Loopback only: the demo's passwords are printed in a file."""
READY_SECONDS: Final = 90.0
WATCH_SECONDS: Final = 2.0
BEAT_SECONDS: Final = 600.0


class DemoError(Exception):
    """The demo cannot run; the message is one sentence for a person."""


@dataclass(frozen=True)
class Demo:
    """One run of the demo: its folder and its ports; no `mail_port` where mail goes to a real server."""

    local: Path
    port: int
    mail_port: int | None

    @property
    def url(self) -> str:
        """The address of the worklist."""
        return f"http://{HOST}:{self.port}/"

    def log(self, name: str) -> Path:
        """Return the log of a part."""
        return self.local / "log" / f"{name}.log"


def require_port(port: int) -> None:
    """Refuse a port that is taken or not ours to take."""
    if not 0 < port < 2**16:
        raise DemoError(f"{port} is not a port: choose one from 1 to 65535, such as `make demo PORT=8001`.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except PermissionError:
            raise DemoError(f"Port {port} needs root: choose another, such as `make demo PORT=8001`.") from None
        except OSError:
            raise DemoError(f"Port {port} is in use: choose another, such as `make demo PORT={port + 1}`.") from None


def free_port(wanted: int) -> int:
    """Return the first free port from `wanted` on; commands beside the demo expect the sink at the first one."""
    for port in range(wanted, wanted + 200):
        try:
            require_port(port)
        except DemoError:
            continue
        return port
    raise DemoError(f"No port from {wanted} to {wanted + 199} is free for the mail sink.")


def run_step(step: Sequence[str], demo: Demo, environ: Mapping[str, str]) -> None:
    """Run one command of manage.py; its words go to `log/setup.log`."""
    log = demo.log("setup")
    with log.open("a") as output:
        done = subprocess.run(  # noqa: S603 - our own commands
            [sys.executable, str(CHECKOUT / "manage.py"), *step],
            cwd=CHECKOUT,
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if done.returncode:
        raise DemoError(f"The demo could not be set up: `manage.py {step[0]}` failed, its log is {log}.")


def wait(demo: Demo, environ: Mapping[str, str], stopping: threading.Event) -> bool:
    """Wait until web, mail sink (if any) and a worker answer; False if the demo stops meanwhile, DemoError if they never do."""
    deadline = time.monotonic() + READY_SECONDS
    questions: dict[str, Callable[[], bool]] = {
        "web": lambda: web_answers(demo.url),
        "worker": lambda: worker_answers(environ["REDIS_URL"]),
    }
    port = demo.mail_port
    if port is not None:
        questions["mailsink"] = lambda: port_answers(port)
    for name, question in questions.items():
        while not question():
            if stopping.wait(0.1):
                return False
            if time.monotonic() > deadline:
                raise DemoError(f"The {name} did not answer within {READY_SECONDS:.0f} s; its log is {demo.log(name)}.")
    return not stopping.is_set()


def web_answers(url: str, host: str | None = None) -> bool:
    """Tell whether the web process at `url` serves a request; `host` is what it is called where it checks its name."""
    request = urllib.request.Request(f"{url}health/live", headers={"Host": host} if host else {})  # noqa: S310 - our own address
    try:
        with urllib.request.urlopen(request, timeout=5.0) as answer:  # noqa: S310 - the same
            return bool(answer.status == HTTPStatus.OK)
    except OSError:
        return False


def port_answers(port: int) -> bool:
    """Tell whether a port of this machine takes connections."""
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0


def worker_answers(broker: str, node: str | None = None) -> bool:
    """Tell whether a Celery worker (any, or the one called `node`) answers a ping through Redis."""
    # only here: the supervisor's children are forked before these are loaded
    from celery import Celery
    from kombu.exceptions import KombuError
    from redis.exceptions import RedisError

    app = Celery("readiness", broker=broker, set_as_current=False)
    app.conf.broker_transport_options = {"max_retries": 0}  # the caller asks again
    try:
        return bool(app.control.ping(timeout=1.0, limit=1, destination=[node] if node else None))
    except (OSError, KombuError, RedisError):
        return False
    finally:
        app.close()


def beat_answers(schedule: Path) -> bool:
    """Tell whether the scheduler wrote its file lately; it does so every three minutes."""
    written = [one.stat().st_mtime for one in schedule.parent.glob(f"{schedule.name}*")]
    return bool(written) and time.time() - max(written) < BEAT_SECONDS


def announce(demo: Demo) -> None:
    """Write `demo.json` for its owner only, then print the one line."""
    people = json.loads((demo.local / "demo-users.json").read_text())
    content = {"url": demo.url, "users": people["users"], "api_token": people["api_token"]}
    draft = demo.local / "demo.json.new"
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(content, file, indent=1)
    draft.replace(demo.local / "demo.json")
    sys.stdout.write(f"IPH Watch is ready at {demo.url} — log-ins are on /demo/ (Ctrl-C stops)\n")
    sys.stdout.flush()


def watch_servers(demo: Demo, environ: Mapping[str, str], stopping: threading.Event) -> None:
    """Look after the embedded servers until the demo stops; DemoError names one that died. Nothing to do for others' servers."""
    if environ.get("IPH_EMBEDDED") != str(demo.local):
        return
    redis = embedded.is_embedded(environ["REDIS_URL"])
    while not stopping.wait(WATCH_SECONDS):
        gone = embedded.running(demo.local, redis=redis)
        if gone is not None and embedded.running(demo.local, redis=redis) == gone and not stopping.is_set():
            log = demo.local / "servers" / "log"
            raise DemoError(f"{gone} stopped, so everything was stopped; its log is below {log}.")


def where(local: Path) -> str:
    """Return " at URL" of the demo that runs, as far as it is known."""
    try:
        return f" at {json.loads((local / 'demo.json').read_text())['url']}"
    except (OSError, ValueError, KeyError):
        return ""


def main(arguments: Sequence[str] | None = None) -> int:
    """Ask one part and return 0 if it answers, else 1."""
    parser = argparse.ArgumentParser(prog="readiness", description=__doc__)
    parser.add_argument("part", choices=["web", "worker", "beat"])
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--schedule", type=Path, default=Path("/tmp/beat"))  # noqa: S108 - a container's own
    options = parser.parse_args(arguments)
    if options.part == "web":
        name = os.environ.get("ALLOWED_HOSTS", "localhost").split(",")[0].strip().lstrip(".")
        answers = web_answers(f"http://{HOST}:{options.port}/", name.replace("*", "localhost"))
    elif options.part == "worker":
        answers = worker_answers(os.environ["REDIS_URL"], f"celery@{socket.gethostname()}")
    else:
        answers = beat_answers(options.schedule)
    return 0 if answers else 1


if __name__ == "__main__":
    sys.exit(main())
