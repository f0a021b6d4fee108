"""What a confined process can no longer do: each thing is tried in a process of its own, after the same call the child makes."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
CONFINED = """
import sys
sys.path.insert(0, sys.argv[1])
{before}
from patients.parsers.confinement import confine
confine(memory_bytes=256 * 1024 * 1024, cpu_seconds={cpu})
try:
    {tried}
except PermissionError as reason:
    print("refused", reason)
except MemoryError:
    print("no memory")
except OSError as reason:
    print("failed", type(reason).__name__)
else:
    print("done")
"""


def confined(tried: str, *, before: str = "", cpu: int = 10) -> subprocess.CompletedProcess[str]:
    """Try one statement in a confined process."""
    script = CONFINED.format(tried=tried, before=before, cpu=cpu)
    return subprocess.run([sys.executable, "-I", "-c", script, str(ROOT)], capture_output=True, text=True, timeout=60)


REFUSED = [
    ("import socket; socket.socket()", "socket.__new__"),
    ("import socket; socket.getaddrinfo('localhost', 80)", "socket.getaddrinfo"),
    ("import socket; socket.create_connection(('127.0.0.1', 9))", "socket."),
    ("import urllib.request; urllib.request.urlopen('http://127.0.0.1:9/')", "urllib.Request"),
    ("import subprocess; subprocess.run(['true'])", "subprocess.Popen"),
    ("import os; os.system('true')", "os.system"),
    ("import os; os.fork()", "os.fork"),
    ("import os; os.execv('/bin/true', ['true'])", "os.exec"),
    ("import os; os.posix_spawn('/bin/true', ['true'], {})", "os.posix_spawn"),
    ("import multiprocessing as m; m.get_context('fork').Process(target=print).start()", "os.fork"),
    ("import os; os.kill(os.getppid(), 0)", "os.kill"),
    ("import signal; signal.pthread_kill(0, 0)", "signal.pthread_kill"),
    ("import ctypes; ctypes.CDLL(None)", "ctypes."),
    ("import resource; resource.setrlimit(resource.RLIMIT_CORE, (0, 0))", "resource.setrlimit"),
    ("import tempfile; tempfile.mkstemp(dir='/tmp')", "tempfile.mkstemp"),
    ("import sqlite3; sqlite3.connect(':memory:')", "sqlite3.connect"),
]


@pytest.mark.parametrize(("tried", "event"), REFUSED)
def test_network_children_and_signals_are_refused(tried: str, event: str) -> None:
    result = confined(tried)
    assert result.stdout.startswith(f"refused {event}"), result.stderr


@pytest.mark.parametrize("mode", ["w", "a", "x", "r+", "wb", "ab+"])
def test_no_file_is_opened_for_writing(mode: str, tmp_path: Path) -> None:
    target = tmp_path / "there"
    target.write_text("kept")
    assert confined(f"open({str(target)!r}, {mode!r})").stdout == "refused writing is not allowed here\n"
    assert target.read_text() == "kept"


@pytest.mark.parametrize(
    "flags",
    ["os.O_WRONLY", "os.O_RDWR", "os.O_RDONLY | os.O_CREAT", "os.O_RDONLY | os.O_TRUNC", "os.O_WRONLY | os.O_APPEND"],
)
def test_no_file_is_opened_for_writing_underneath(flags: str, tmp_path: Path) -> None:
    target = tmp_path / "new"
    assert confined(f"import os; os.open({str(target)!r}, {flags})").stdout == "refused writing is not allowed here\n"
    assert not target.exists()


CHANGES = [
    "os.remove({0!r})",
    "os.rename({0!r}, {0!r} + '2')",
    "os.chmod({0!r}, 0)",
    "os.link({0!r}, {0!r} + '2')",
    "os.symlink({0!r}, {0!r} + '2')",
    "os.truncate({0!r}, 0)",
    "os.mkdir({0!r} + '2')",
    "os.utime({0!r})",
    "__import__('shutil').rmtree({0!r})",
]


@pytest.mark.parametrize("tried", CHANGES)
def test_no_file_is_changed(tried: str, tmp_path: Path) -> None:
    target = tmp_path / "there"
    target.write_text("kept")
    assert confined(f"import os; {tried.format(str(target))}").stdout.startswith("refused")
    assert target.read_text() == "kept"
    assert [path.name for path in tmp_path.iterdir()] == ["there"]


def test_files_can_be_read_and_modules_imported(tmp_path: Path) -> None:
    target = tmp_path / "there"
    target.write_text("kept")
    assert confined(f"print(open({str(target)!r}).read())").stdout == "kept\ndone\n"
    assert confined("import colorsys, csv, xml.sax; from patients.parsers import registry").stdout == "done\n"


def test_an_open_file_takes_nothing_more(tmp_path: Path) -> None:
    before = f"file = open({str(tmp_path / 'open')!r}, 'wb', buffering=0)"
    assert confined("file.write(b'x')", before=before).stdout == "failed OSError\n"


def test_memory_ends() -> None:
    assert confined("b'x' * (200 * 1024 * 1024); b'x' * (300 * 1024 * 1024)").stdout == "no memory\n"


def test_the_processor_is_taken_away() -> None:
    assert confined("\n    while True: pass", cpu=1).returncode == -24  # SIGXCPU


def test_few_files_are_open_at_once() -> None:
    assert confined("held = [open('/dev/null') for _ in range(100)]").stdout == "failed OSError\n"


def test_no_compiled_file_is_left_behind(tmp_path: Path) -> None:
    (tmp_path / "fresh.py").write_text("answer = 42\n")
    result = confined(f"sys.path.insert(0, {str(tmp_path)!r}); import fresh; print(fresh.answer)")
    assert result.stdout == "42\ndone\n"
    assert [path.name for path in tmp_path.iterdir()] == ["fresh.py"]
