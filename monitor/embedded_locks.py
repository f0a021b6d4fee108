"""Locks between processes by flock(2): the kernel drops them with the process, so a kill leaves none behind."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from monitor.embedded_places import EmbeddedError

POLL_SECONDS = 0.02


def try_lock(path: Path, *, shared: bool = False) -> int | None:
    """Return the descriptor that holds the lock, to be closed to let go, or None if another process is in the way."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def wait_lock(path: Path, *, seconds: float, shared: bool = False) -> int:
    """Return the descriptor that holds the lock; after `seconds` of waiting an error names the file."""
    deadline = time.monotonic() + seconds
    while (descriptor := try_lock(path, shared=shared)) is None:
        if time.monotonic() > deadline:
            raise EmbeddedError(f"Another process has held {path} for {seconds:.0f} s: end it and start again.")
        time.sleep(POLL_SECONDS)
    return descriptor


@contextmanager
def locked(path: Path, *, seconds: float = 120.0) -> Iterator[None]:
    """Run a block alone among all processes."""
    descriptor = wait_lock(path, seconds=seconds)
    try:
        yield
    finally:
        os.close(descriptor)
