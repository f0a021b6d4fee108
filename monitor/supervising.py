"""The demo under one supervisor: set up, start web, worker, beat and mail sink, say when all answer, stop all together.

It runs without Django, as a process of its own: `manage.py demo` becomes it. Every child carries `IPH_SUPERVISED` in its
environment, so that a next start finds what a kill left behind.
"""

import argparse
import os
import re
import shlex
import signal
import sys
import threading
from collections.abc import MutableMapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, TextIO

import psutil
from honcho.manager import Manager
from honcho.printer import Message, Printer

from monitor import embedded, readiness
from monitor.embedded_locks import try_lock
from monitor.embedded_places import CHECKOUT, MAIL_PORT, EmbeddedError, make_folder
from monitor.embedded_processes import end
from monitor.readiness import Demo, DemoError

MARK: Final = "IPH_SUPERVISED"
TITLES: Final = {"SPT_NOENV": "1"}
"""Where setproctitle is installed Celery and granian write their titles: not over the environment, in which the mark stands."""
STOPPED: Final = {128 + signal.SIGINT, 128 + signal.SIGTERM}
"""What honcho returns when it was asked to stop; anything else means that a part died."""
STEPS: Final = (("migrate", "--no-input"), ("createcachetable",), ("seed_demo",))
"""Commands run at each start; all are quick when there is nothing to do."""
EMPTY: Final = "--empty"
"""Makes the demo's people, and no patient."""


class Stopped(BaseException):
    """SIGTERM or SIGINT came before the parts ran."""


@dataclass(frozen=True)
class Part:
    """One child: its name, arguments after the interpreter, and database role."""

    name: str
    arguments: tuple[str, ...]
    role: str


def parts(demo: Demo) -> list[Part]:
    """Return the children in their order. With EMAIL_URL given (no `mail_port`) there is no mail sink."""
    port, local = str(demo.port), demo.local
    web = ("granian", "--interface", "wsgi", "--host", readiness.HOST, "--port", port, "--workers", "1", "--no-ws")
    celery = ("celery", "-A", "monitor")
    queues = ("--concurrency", "2", "-Q", "iph,celery", "--without-gossip", "--without-mingle")
    found = [
        Part("web", (*web, "--blocking-threads", "2", "monitor.wsgi:application"), "web"),
        Part("worker", (*celery, "worker", *queues), "worker"),
        Part("beat", (*celery, "beat", "--schedule", str(local / "beat"), "--pidfile="), "worker"),
    ]
    if demo.mail_port is not None:
        arguments = ("monitor.mailsink", "--port", str(demo.mail_port), "--folder", str(local / "mail"))
        found.insert(0, Part("mailsink", arguments, "web"))
    return found


def command(part: Part, log: Path) -> str:
    """Return the shell's line of a part: the child replaces the shell, and writes to its own log."""
    return f"exec {shlex.join([sys.executable, '-m', *part.arguments])} >{shlex.quote(str(log))} 2>&1"


def environment(demo: Demo, role: str | None, base: MutableMapping[str, str]) -> dict[str, str]:
    """Return a child's environment; without a role `manage.py` chooses the command's own."""
    found = {name: value for name, value in base.items() if name != "IPH_DATABASE_ROLE"}
    found |= {"IPH_MODE": "demo", "PORT": str(demo.port), "PYTHONUNBUFFERED": "1", MARK: str(demo.local), **TITLES}
    if role is not None:
        found["IPH_DATABASE_ROLE"] = role
    if demo.mail_port is not None:
        found["EMAIL_URL"] = f"smtp://{readiness.HOST}:{demo.mail_port}"
    return found


class Listener(Printer):  # type: ignore[misc] # honcho ships no types
    """Keeps honcho's own words in a log, and remembers which part stopped first."""

    STOP: Final = re.compile(r"(\S+) stopped \(rc=(-?\d+)\)")

    def __init__(self, output: TextIO) -> None:
        super().__init__(output)
        self.first_stopped: str | None = None

    def write(self, message: Message) -> None:
        """Write one line of the log."""
        found = self.STOP.search(message.data) if isinstance(message.data, str) else None
        if found and self.first_stopped is None:
            self.first_stopped = found[1]
        super().write(message)


class Supervisor(Manager):  # type: ignore[misc] # honcho ships no types
    """Honcho's manager with a watch beside it: says when all answers, and why it stops."""

    def __init__(self, demo: Demo, environ: MutableMapping[str, str], log: TextIO) -> None:
        self.listener = Listener(log)
        super().__init__(self.listener)
        self.demo, self.environ = demo, environ
        self.returncode: int | None = None
        self.reason: str | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="watch", daemon=True)
        for part in parts(demo):
            line = command(part, demo.log(part.name))
            self.add_process(part.name, line, env=environment(demo, part.role, environ), cwd=str(CHECKOUT))

    def run(self) -> int:
        """Run until asked to stop (0) or until a part or a server dies (2, and one sentence)."""
        try:
            self.loop()
        except KeyError:  # honcho was asked to stop before it had heard of every child; the caller ends those
            self.returncode = self.returncode or 128 + signal.SIGTERM
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join(timeout=5.0)
        if self.reason is None and self.returncode not in STOPPED:
            name = self.listener.first_stopped or "part"
            self.reason = f"The {name} stopped, so everything was stopped; its log is {self.demo.log(name)}."
        if self.reason is not None:
            sys.stderr.write(f"{self.reason}\n")
        return 0 if self.reason is None else 2

    def _start(self) -> None:
        """Start the watch after the children are forked: a fork should not meet a thread."""
        super()._start()
        self._thread.start()

    def _watch(self) -> None:
        """Say when ready, then look after the servers; give up with a reason."""
        try:
            if readiness.wait(self.demo, self.environ, self._stopping):
                readiness.announce(self.demo)
                readiness.watch_servers(self.demo, self.environ, self._stopping)
        except (DemoError, EmbeddedError) as error:
            self.reason = str(error)
            os.kill(os.getpid(), signal.SIGTERM)


def leftovers(local: Path) -> list[psutil.Process]:
    """Return the children of a former supervisor of this folder: processes that carry its mark, but not this one."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            if process.pid != os.getpid() and process.environ().get(MARK) == str(local):
                found.append(process)
    return found


def end_leftovers(local: Path) -> None:
    """End them: a second's grace, then for good."""
    if not end(leftovers(local), (signal.SIGTERM, 2.0), (signal.SIGKILL, 5.0)):
        raise DemoError("Processes of a former demo do not end: a restart of the machine helps.")


def supervise(local: Path, port: int, environ: MutableMapping[str, str], *, empty: bool = False) -> int:
    """Run the demo of one local folder, with invented patients unless it is to be empty; return the exit status.

    Raises DemoError or EmbeddedError with one sentence.
    """
    make_folder(local / "log", 0o700)
    end_leftovers(local)
    readiness.require_port(port)
    (local / "log" / "setup.log").unlink(missing_ok=True)
    demo = Demo(local, port, None)
    (local / "demo.json").unlink(missing_ok=True)
    try:
        for step in STEPS:
            words = (*step, EMPTY) if empty and step == ("seed_demo",) else step
            readiness.run_step(words, demo, environment(demo, None, environ))
        if not environ.get("EMAIL_URL"):  # chosen last, so that no other demo takes it while this one is set up
            demo = replace(demo, mail_port=readiness.free_port(int(environ.get("IPH_MAIL_PORT") or MAIL_PORT)))
            (local / "mail-port").write_text(str(demo.mail_port))  # for commands run beside it
        with demo.log("supervisor").open("w") as log:
            return Supervisor(demo, environ, log).run()
    finally:
        for name in ("demo.json", "mail-port"):
            (local / name).unlink(missing_ok=True)
        end_leftovers(local)


def alone(local: Path) -> int:
    """Take the demo's lock for the life of this process; DemoError if a demo runs. Children forked from here do not keep it."""
    lock = try_lock(local / "demo.lock")
    if lock is None:
        raise DemoError(f"The demo runs already{readiness.where(local)}: stop it first.")
    os.register_at_fork(after_in_child=lambda: os.close(lock))
    return lock


def hold_servers(local: Path, environ: MutableMapping[str, str]) -> None:
    """Use the embedded servers for the life of this process, also when `manage.py` has named them; never others' servers."""
    if not embedded.provide(environ) and environ.get("IPH_EMBEDDED") == str(local):
        embedded.attach(local, redis=embedded.is_embedded(environ["REDIS_URL"]))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demo, or forget its data with `--reset`; an obstacle is one sentence and exit status 2."""
    parser = argparse.ArgumentParser(prog="manage.py demo", description="Run everything on this machine.")
    parser.add_argument("--port", type=int, default=int(os.environ.get("PORT") or 8000))
    parser.add_argument(EMPTY, action="store_true", help="people to log in as, and no invented patient")
    parser.add_argument("--reset", action="store_true", help="forget the data of the demo instead")
    options = parser.parse_args(arguments)
    local = embedded.local_folder(os.environ)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _stop)
    signal.signal(signal.SIGHUP, lambda *_: os.kill(os.getpid(), signal.SIGTERM))
    try:
        if options.reset:
            embedded.forget(local)
            return 0
        os.environ["IPH_MODE"] = "demo"
        hold_servers(local, os.environ)
        lock = alone(local)
        try:
            return supervise(local, options.port, os.environ, empty=options.empty)
        finally:
            os.close(lock)
    except (DemoError, EmbeddedError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except Stopped:
        return 0


def _stop(*_: object) -> None:
    """Leave whatever is being set up."""
    raise Stopped


if __name__ == "__main__":
    sys.exit(main())
