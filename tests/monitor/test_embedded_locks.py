"""Locks between processes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from monitor.embedded_locks import locked, try_lock, wait_lock
from monitor.embedded_places import EmbeddedError
from tests.monitor.conftest import ROOT

HOLD = (
    "import sys, pathlib; from monitor.embedded_locks import try_lock\n"
    "found = try_lock(pathlib.Path(sys.argv[1]), shared=sys.argv[2] == 'shared')\n"
    "print(found is not None, flush=True); sys.stdin.readline()"
)


def holder(path: Path, kind: str) -> "subprocess.Popen[str]":
    """Start a process that holds the lock until its input ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path), kind],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "True\n"
    return process


@pytest.mark.parametrize(
    ("theirs", "ours", "expected"),
    [
        ("alone", "alone", False),
        ("alone", "shared", False),
        ("shared", "alone", False),
        ("shared", "shared", True),
    ],
)
def test_only_sharers_share(tmp_path: Path, theirs: str, ours: str, expected: bool) -> None:
    process = holder(tmp_path / "lock", theirs)
    found = try_lock(tmp_path / "lock", shared=ours == "shared")
    process.communicate()
    assert (found is not None) is expected
    if found is not None:
        os.close(found)


def test_a_killed_holder_leaves_no_lock(tmp_path: Path) -> None:
    process = holder(tmp_path / "lock", "alone")
    process.kill()
    process.communicate()
    os.close(wait_lock(tmp_path / "lock", seconds=5))


def test_waiting_ends_when_the_holder_does(tmp_path: Path) -> None:
    process = holder(tmp_path / "lock", "alone")
    assert process.stdin is not None
    process.stdin.close()
    os.close(wait_lock(tmp_path / "lock", seconds=10))
    process.wait()
    assert process.stdout is not None
    process.stdout.close()


def test_waiting_in_vain_names_the_lock(tmp_path: Path) -> None:
    process = holder(tmp_path / "lock", "alone")
    with pytest.raises(EmbeddedError, match=r"Another process has held .*/lock for 0 s"):
        wait_lock(tmp_path / "lock", seconds=0.05)
    process.communicate()


def test_a_block_lets_go_after_a_failure(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), locked(tmp_path / "lock"):
        raise ZeroDivisionError
    with locked(tmp_path / "lock", seconds=0):
        assert try_lock(tmp_path / "lock") is None


def test_a_program_that_is_started_does_not_inherit_the_lock(tmp_path: Path) -> None:
    with locked(tmp_path / "lock"):
        sleeper = subprocess.Popen(["sleep", "60"])
    os.close(wait_lock(tmp_path / "lock", seconds=1))
    sleeper.kill()
    sleeper.wait()


def test_the_file_of_a_lock_is_private(tmp_path: Path) -> None:
    with locked(tmp_path / "lock"):
        assert (tmp_path / "lock").stat().st_mode & 0o077 == 0
