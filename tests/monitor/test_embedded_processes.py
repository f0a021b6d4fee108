"""Finding and ending processes, real ones."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from monitor import embedded_places
from monitor.embedded_places import EmbeddedError
from monitor.embedded_processes import end, gone, run_as, wait_until, working_in

STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
WHO = embedded_places.account()


@pytest.fixture
def sleeper(tmp_path: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """A program that works in a folder."""
    process = subprocess.Popen(["sleep", "60"], cwd=tmp_path)
    yield process
    process.kill()
    process.wait()


def test_a_program_is_found_by_name_and_folder(sleeper: "subprocess.Popen[bytes]", tmp_path: Path) -> None:
    assert wait_until(lambda: [one.pid for one in working_in(tmp_path, "sleep")] == [sleeper.pid], 5)
    assert working_in(tmp_path, "postgres") == []
    assert working_in(tmp_path / "other", "sleep") == []


def test_a_zombie_is_gone(sleeper: "subprocess.Popen[bytes]", tmp_path: Path) -> None:
    process = psutil.Process(sleeper.pid)
    sleeper.kill()
    assert wait_until(lambda: process.status() == psutil.STATUS_ZOMBIE, 5)
    assert gone(process)
    assert working_in(tmp_path, "sleep") == []


def test_a_process_that_was_asked_is_gone(sleeper: "subprocess.Popen[bytes]") -> None:
    process = psutil.Process(sleeper.pid)
    assert not gone(process)
    sleeper.kill()
    sleeper.wait()
    assert gone(process)


def test_ending_tries_the_next_signal_on_those_that_stay() -> None:
    process = subprocess.Popen([sys.executable, "-c", STUBBORN], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    process.stdout.readline()
    found = [psutil.Process(process.pid)]
    assert not end(found, (signal.SIGTERM, 0.1))
    assert end(found, (signal.SIGTERM, 0.1), (signal.SIGKILL, 5.0))
    process.communicate()
    assert process.returncode == -signal.SIGKILL


def test_ending_nothing_succeeds() -> None:
    assert end([], (signal.SIGTERM, 0.0))


def test_ending_what_has_ended_succeeds(sleeper: "subprocess.Popen[bytes]") -> None:
    process = psutil.Process(sleeper.pid)
    sleeper.kill()
    sleeper.wait()
    assert end([process], (signal.SIGTERM, 0.0))


def test_a_condition_that_never_holds_times_out() -> None:
    assert wait_until(lambda: False, 0.05) is False


def test_a_program_gets_nothing_of_our_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IPH_SECRET_KEY", "canary")
    names = {line.split("=")[0] for line in run_as(WHO, ["env"], cwd=Path("/")).stdout.splitlines()}
    assert names == {"PATH", "LC_ALL", "TZ"}


def test_a_program_runs_as_the_account_and_without_other_groups() -> None:
    assert run_as(WHO, ["id", "-u"], cwd=Path("/")).stdout == f"{WHO.uid}\n"
    if os.geteuid() == embedded_places.ROOT:
        assert run_as(WHO, ["id", "-G"], cwd=Path("/")).stdout == f"{WHO.gid}\n"


def test_a_program_writes_private_files(folder: Path) -> None:
    embedded_places.make_folder(folder / "own", 0o700, WHO)
    run_as(WHO, ["tee", "file"], cwd=folder / "own", text="content")
    found = (folder / "own" / "file").stat()
    assert (found.st_mode & 0o777, found.st_uid, found.st_size) == (0o600, WHO.uid, 7)


def test_a_missing_program_is_one_sentence() -> None:
    with pytest.raises(EmbeddedError, match=r"/no/such is missing: run `make setup` again\."):
        run_as(WHO, ["/no/such"], cwd=Path("/"))


def test_a_program_that_hangs_is_one_sentence() -> None:
    with pytest.raises(EmbeddedError, match=r"sleep did not finish within 0 s\."):
        run_as(WHO, ["sleep", "60"], cwd=Path("/"), seconds=0.1)
