"""What a process that reads a stranger's file takes from itself before it begins: memory, time, files, network, children.

The limits are the kernel's. The audit hook is a second fence, not a jail: it stops what a parser library would do by mistake.
"""

import os
import resource
import sys
from typing import Final, NoReturn

OPEN_FILES: Final = 32
_WRITING: Final = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_REFUSED: Final = (
    "socket.", "subprocess.", "pty.", "shutil.", "ctypes.", "webbrowser.", "ftplib.", "smtplib.", "urllib.", "http.client",
    "os.system", "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "os.startfile", "os.kill", "os.remove", "os.rename",
    "os.rmdir", "os.mkdir", "os.chmod", "os.chown", "os.link", "os.symlink", "os.truncate", "os.utime", "os.setxattr",
    "os.removexattr", "signal.", "resource.setrlimit", "resource.prlimit", "sqlite3.", "tempfile.",
)  # fmt: skip
"""Beginnings of the names of audit events (docs.python.org/3/library/audit_events.html)."""


def confine(*, memory_bytes: int, cpu_seconds: int) -> None:
    """Limit this process for good: it can read files and standard input, compute, and write to standard output."""
    sys.dont_write_bytecode = True
    limits = (
        (resource.RLIMIT_AS, memory_bytes, memory_bytes),
        (resource.RLIMIT_CPU, cpu_seconds, cpu_seconds + 1),
        (resource.RLIMIT_FSIZE, 0, 0),
        (resource.RLIMIT_NOFILE, OPEN_FILES, OPEN_FILES),
        (resource.RLIMIT_CORE, 0, 0),
    )
    for kind, soft, hard in limits:
        resource.setrlimit(kind, (soft, hard))
    sys.addaudithook(_refuse)


def _refuse(event: str, arguments: tuple[object, ...]) -> None:
    if event.startswith(_REFUSED):
        _no(event)
    if event == "open":
        _, mode, flags = arguments
        writes = isinstance(mode, str) and any(letter in mode for letter in "wax+")
        if writes or (isinstance(flags, int) and flags & _WRITING):
            _no("writing")


def _no(what: str) -> NoReturn:
    raise PermissionError(f"{what} is not allowed here")
