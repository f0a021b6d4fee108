"""Processes of the embedded servers: found by program and working folder, since a process number may have been given away."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import psutil

from monitor.embedded_places import ROOT, Account, EmbeddedError

POLL_SECONDS = 0.02


def run_as(
    who: Account, command: Sequence[str | Path], *, cwd: Path, seconds: float = 120.0, text: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a program as an account, with nothing of our environment but the path, and return its output."""
    switch: dict[str, int | list[int]] = {}
    if os.geteuid() == ROOT:
        switch = {"user": who.uid, "group": who.gid, "extra_groups": []}
    try:
        return subprocess.run(  # type: ignore[call-overload,no-any-return] # mypy does not unpack the switch  # noqa: S603 - our own programs
            [str(part) for part in command],
            cwd=cwd,
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"},
            input=text,
            stdin=subprocess.DEVNULL if text is None else None,
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds,
            umask=0o077,
            **switch,
        )
    except FileNotFoundError:
        raise EmbeddedError(f"{command[0]} is missing: run `make setup` again.") from None
    except subprocess.TimeoutExpired:
        raise EmbeddedError(f"{Path(command[0]).name} did not finish within {seconds:.0f} s.") from None


def working_in(folder: Path, program: str) -> list[psutil.Process]:
    """Return the live processes of a program whose working folder is `folder`; a zombie is not alive."""
    found = []
    for process in psutil.process_iter(["name"]):
        try:
            if process.info["name"] == program and process.cwd() == str(folder) and not gone(process):
                found.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found


def gone(process: psutil.Process) -> bool:
    """Tell whether a process has ended; one whose parent never asked (a zombie) has."""
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    """Poll a condition; return whether it came true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def end(processes: Iterable[psutil.Process], *signals: tuple[signal.Signals, float]) -> bool:
    """Send each (signal, seconds to wait) to those still alive, in turn; return whether all have ended."""
    left = [one for one in processes if not gone(one)]
    for number, seconds in signals:
        for one in left:
            try:
                one.send_signal(number)
            except psutil.NoSuchProcess:
                continue
        watched = tuple(left)
        wait_until(lambda watched=watched: all(gone(one) for one in watched), seconds)  # type: ignore[misc] # a default binds the loop's value
        left = [one for one in left if not gone(one)]
        if not left:
            return True
    return not left
