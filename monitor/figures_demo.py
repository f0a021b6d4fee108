"""A demo of one's own to measure: in a folder that vanishes, on a free port, beside whatever else runs on this machine."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import psutil

from monitor import embedded, embedded_places, embedded_secrets, readiness, supervising
from monitor.embedded_places import CHECKOUT
from monitor.embedded_processes import working_in
from monitor.figures import Figure, of_runs

FIRST_PORT: Final = 18_600
START_SECONDS: Final = 300.0
STOP_SECONDS: Final = 60.0
POLL_SECONDS: Final = 0.02
KEPT: Final = ("PATH", "HOME", "LANG")
"""Of our environment: no server and no mode of ours may reach the demo."""


class NotMeasuredError(Exception):
    """A figure cannot be had; the message is one sentence for a person."""


class OwnDemo:
    """A demo in `local`; it must be stopped by whoever started it."""

    def __init__(self, local: Path) -> None:
        self.local, self.port = local, readiness.free_port(FIRST_PORT)
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> dict[str, str]:
        """What a person's shell would hold, and the folder."""
        return {name: os.environ[name] for name in KEPT if name in os.environ} | {"IPH_LOCAL_DIR": str(self.local)}

    @property
    def described(self) -> dict[str, Any]:
        """What the demo says of itself when it is ready."""
        found: dict[str, Any] = json.loads((self.local / "demo.json").read_text())
        return found

    def start(self) -> float:
        """Start the demo; return the seconds until all of it answers."""
        began = time.monotonic()
        command = [sys.executable, str(CHECKOUT / "manage.py"), "demo", "--port", str(self.port)]
        with (self.local.parent / "errors.log").open("wb") as errors:
            self.process = subprocess.Popen(  # noqa: S603 - our own command
                command,
                cwd=CHECKOUT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
            )
        while not (self.local / "demo.json").exists():
            if self.process.poll() is not None or time.monotonic() - began > START_SECONDS:
                raise NotMeasuredError(f"The demo did not start: {self._said() or 'it said nothing'}")
            time.sleep(POLL_SECONDS)
        return time.monotonic() - began

    def _said(self) -> str:
        """Return the last words on stderr."""
        return (self.local.parent / "errors.log").read_text(errors="replace").strip()[-500:]

    def stop(self) -> None:
        """Ask the demo to stop, as Ctrl-C does, and wait for it."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def processes(self) -> list[psutil.Process]:
        """Return every process of the demo: the supervisor, its parts, and both servers."""
        place = embedded_places.choose(self.local, embedded_secrets.load(self.local / "secrets.json").identity)
        found = {one.pid: one for one in supervising.leftovers(self.local)}
        for folder, program in ((place.data, "postgres"), (place.sockets, "redis-server")):
            found |= {one.pid: one for one in working_in(folder, program)}
        return list(found.values())

    def manage(self, *arguments: str, role: str | None = None) -> str:
        """Run a command beside the demo; return what it printed."""
        roles = {} if role is None else {"IPH_DATABASE_ROLE": role}
        done = subprocess.run(  # noqa: S603 - our own command
            [sys.executable, str(CHECKOUT / "manage.py"), *arguments],
            cwd=CHECKOUT, env=self.environment | roles, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise NotMeasuredError(f"manage.py {arguments[0]} failed: {done.stderr.strip()[-500:]}")
        return done.stdout


@contextmanager
def own_demo() -> Iterator[OwnDemo]:
    """Make a folder for a demo; stop the demo and forget everything afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="iph-figures-"))
    folder.chmod(0o755)  # our own: under root the servers run as another account, which must pass it
    demo = OwnDemo(folder / ".local")
    try:
        yield demo
    finally:
        demo.stop()
        embedded.leave(demo.local)
        with suppress(embedded.EmbeddedError):
            embedded.forget(demo.local)
        shutil.rmtree(folder, ignore_errors=True)


def starts(demo: OwnDemo, *, again: int = 3) -> list[Figure]:
    """Start the demo for the first time, then again, and leave it running; return how long a start took."""
    first = demo.start()
    later = []
    for _ in range(again):
        demo.stop()
        later.append(demo.start())
    return [
        Figure("first start", first, "s", goal=300, note="without downloads"),
        of_runs("second start", later, "s", goal=10),
    ]


def memory(demo: OwnDemo) -> list[Figure]:
    """Return the resident memory of all processes of a demo that runs; pages that several share count for each of them."""
    resident = proportional = 0
    processes = demo.processes()
    for one in processes:
        with suppress(psutil.NoSuchProcess):
            found = one.memory_full_info()
            resident, proportional = resident + found.rss, proportional + found.pss
    note = f"{len(processes)} processes; {proportional / 1e6:.0f} MB where shared pages count once"
    return [Figure("resident memory", resident / 1e6, "MB", goal=1500, note=note)]
