"""Reads a stranger's file in a child process with limits: it can die, loop or lie, and nothing else happens.

The child gets bytes and gives JSON lines (patients/parsers/__main__.py). It has no database, no environment, no network; it is
killed with all its descendants when its time is up, and everything it says is checked.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Timer
from typing import IO, Final, Literal

from patients.parsers.__main__ import TOO_LARGE
from patients.parsers.messages import GarbledError, read_line
from patients.parsers.raw import RawResult, error
from patients.parsers.registry import names
from patients.readings import Issue

CHILD: Final = Path(__file__).parent / "parsers" / "__main__.py"
LINE_BYTES: Final = 4_000_000

Code = Literal["too_large", "too_slow", "unknown_format", "crashed"]


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may cost. `rows` counts results and issues; wall time is taken outside, all else by the child itself."""

    file_bytes: int = 10_000_000
    rows: int = 100_000
    memory_bytes: int = 256 * 1024 * 1024
    cpu_seconds: int = 10
    wall_seconds: float = 20.0
    output_bytes: int = 150_000_000


LIMITS: Final = Limits()


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a file holds: its format, and every result and issue in its order."""

    format: str
    items: tuple[RawResult | Issue, ...]


class Unreadable(ValueError):  # noqa: N818 - it says what the file is, as its callers do
    """A file from which nothing is taken, with the reason as a code, as plain words, and as an issue of the file."""

    def __init__(self, code: Code, message: str, *, issue_code: str = "") -> None:
        super().__init__(message)
        self.code: Code = code
        self.message = message
        self.issue = error("", "", issue_code or code, message)


def parse(content: bytes, filename: str, wanted: str = "", *, limits: Limits = LIMITS) -> Parsed:
    """Return what a file holds; `Unreadable` where it is of no known format or breaks a limit.

    `wanted` is a format's name, for a file that is not recognized by itself.
    """
    if len(content) > limits.file_bytes:
        raise Unreadable("too_large", f"The file is larger than {limits.file_bytes / 1e6:g} MB.")
    if wanted and wanted not in names():
        raise _of_unknown_format()
    late = Event()
    with _child(filename, wanted, limits, late) as child:
        parsed = _conversation(child, content, limits)
        status = child.wait()
    if isinstance(parsed, Parsed) and status == 0:
        return parsed
    if isinstance(parsed, Unreadable):
        raise parsed
    if late.is_set() or status == -signal.SIGXCPU:
        raise Unreadable("too_slow", "Reading the file took too long.")
    if status == TOO_LARGE:
        raise Unreadable("too_large", "Reading the file took too much memory.")
    raise _crashed()


@contextmanager
def _child(filename: str, wanted: str, limits: Limits, late: Event) -> Iterator[subprocess.Popen[bytes]]:
    """Run the child; when the block ends, or time is up (`late` is set), kill what is left of its group."""
    command = [sys.executable, "-I", str(CHILD), _named(filename), wanted]
    command += [str(limits.rows), str(limits.memory_bytes), str(limits.cpu_seconds)]
    with subprocess.Popen(  # noqa: S603 - our own program; of the file's name only letters of its ending are passed
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd="/",
        env={},
        start_new_session=True,
    ) as child:
        timer = Timer(limits.wall_seconds, _kill, [child, late])
        timer.daemon = True
        timer.start()
        try:
            yield child
        finally:
            timer.cancel()
            _kill(child)


def _kill(child: subprocess.Popen[bytes], late: Event | None = None) -> None:
    """Kill the child's group unless it was waited for: then its number may be another's."""
    if late:
        late.set()
    if child.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)


def _named(filename: str) -> str:
    """Return a name with the file's ending and nothing else: arguments can be seen by everybody on the machine."""
    ending = filename.rpartition(".")[2]
    return f"file.{ending.lower()}" if ending.isascii() and ending.isalnum() and len(ending) <= 8 else "file"


def _conversation(child: subprocess.Popen[bytes], content: bytes, limits: Limits) -> Parsed | Unreadable | None:
    """Give the child the file and return what it makes of it, None where it did not end as it should."""
    assert child.stdin  # noqa: S101 - both are pipes, as asked for above
    assert child.stdout  # noqa: S101 - the same
    with suppress(BrokenPipeError):
        child.stdin.write(content)
    with suppress(BrokenPipeError):
        child.stdin.close()
    try:
        heard = _listen(child.stdout, limits)
    except GarbledError:
        heard = _crashed()
    if isinstance(heard, Unreadable):
        _kill(child)
    return heard


def _listen(lines: IO[bytes], limits: Limits) -> Parsed | Unreadable | None:
    """Read the child's lines to their end, as far as they are allowed."""
    found = ""
    items: list[RawResult | Issue] = []
    heard = 0
    while received := lines.readline(LINE_BYTES):
        heard += len(received)
        if heard > limits.output_bytes or not received.endswith(b"\n"):
            raise GarbledError("too much, or broken off")
        said = read_line(received)
        if not isinstance(said, dict):
            if not found or len(items) >= limits.rows:
                raise GarbledError("more than was allowed")
            items.append(said)
        elif "unreadable" in said:
            return _refusal(said["unreadable"], limits)
        elif "format" in said and not found and said["format"] in names():
            found = str(said["format"])
        elif "end" in said and found and said["end"] == len(items):
            return Parsed(found, tuple(items))
        else:
            raise GarbledError("out of order")
    return None


def _refusal(reason: str | int, limits: Limits) -> Unreadable:
    if reason == "unknown_format":
        return _of_unknown_format()
    if reason == "too_many_rows":
        message = f"The file holds more than {limits.rows:,} results."
        return Unreadable("too_large", message, issue_code="too_many_rows")
    raise GarbledError("unknown reason")


def _of_unknown_format() -> Unreadable:
    understood = ", ".join(name.upper() for name in names())
    return Unreadable("unknown_format", f"The format of this file is not known. Understood: {understood}.")


def _crashed() -> Unreadable:
    return Unreadable("crashed", "The file could not be read.")
