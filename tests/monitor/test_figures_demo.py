"""A demo of one's own: told apart from others, measured as a whole, gone afterwards."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from monitor import figures_demo
from monitor.figures_demo import NotMeasuredError, OwnDemo, memory, own_demo, starts
from monitor.supervising import MARK


class Scripted(OwnDemo):
    """A demo whose starts take as long as told."""

    def __init__(self, local: Path, *seconds: float) -> None:
        super().__init__(local)
        self.seconds, self.calls = list(seconds), []  # type: ignore[var-annotated] # words

    def start(self) -> float:
        self.calls.append("start")
        return self.seconds.pop(0)

    def stop(self) -> None:
        self.calls.append("stop")


def test_nothing_of_ours_reaches_the_demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "REDIS_URL", "EMAIL_URL", "IPH_MODE", "IPH_DATABASE_ROLE", "IPH_SECRET_KEY"):
        monkeypatch.setenv(name, "ours")
    assert set(OwnDemo(tmp_path).environment) <= {"PATH", "HOME", "LANG", "IPH_LOCAL_DIR"}
    assert OwnDemo(tmp_path).environment["IPH_LOCAL_DIR"] == str(tmp_path)


def test_the_port_is_free_and_not_the_usual_one(tmp_path: Path) -> None:
    assert OwnDemo(tmp_path).port >= figures_demo.FIRST_PORT > 8000


def test_the_first_start_stands_apart_from_the_later_ones(tmp_path: Path) -> None:
    demo = Scripted(tmp_path, 30, 5, 7, 6)
    first, second = starts(demo)
    assert (first.name, first.value, first.goal) == ("first start", 30, 300)
    assert (second.name, second.value, second.low, second.high, second.runs, second.goal) == (
        "second start",
        6,
        5,
        7,
        3,
        10,
    )
    assert demo.calls == ["start", *["stop", "start"] * 3]


def test_a_demo_that_cannot_start_says_why(folder: Path) -> None:
    (folder / "taken").write_text("no folder")
    demo = OwnDemo(folder / "taken")
    with pytest.raises(NotMeasuredError, match=r"The demo did not start: .*taken is in the way: it is not a folder"):
        demo.start()
    demo.stop()


def test_a_demo_that_never_answers_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures_demo, "START_SECONDS", 0.0)
    demo = OwnDemo(tmp_path / "x" / ".local")
    demo.local.parent.mkdir()
    with pytest.raises(NotMeasuredError, match="did not start"):
        demo.start()
    assert demo.process is not None
    demo.process.kill()
    demo.process.wait()


def test_stopping_is_asking_first_and_killing_then(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deaf = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
    )
    demo = OwnDemo(tmp_path)
    for code, seconds, status in ((deaf, 0.3, -9), ("print('up', flush=True); import time; time.sleep(60)", 30.0, -15)):
        monkeypatch.setattr(figures_demo, "STOP_SECONDS", seconds)
        demo.process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
        assert demo.process.stdout is not None
        demo.process.stdout.readline()
        demo.stop()
        assert demo.process.returncode == status
        demo.process.stdout.close()
    demo.stop()  # it has ended: nothing to do


def test_both_servers_and_every_part_are_counted(local: Path, servers: dict[str, str]) -> None:
    part = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], env={**os.environ, MARK: str(local)})
    other = subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(60)"], env={**os.environ, MARK: "/elsewhere"}
    )
    try:
        time.sleep(0.3)
        found = OwnDemo(local).processes()
        assert {"postgres", "redis-server"} <= {one.name() for one in found}
        assert part.pid in {one.pid for one in found}
        assert other.pid not in {one.pid for one in found}
        assert len(found) == len({one.pid for one in found})
    finally:
        for one in (part, other):
            one.kill()
            one.wait()


def test_memory_is_the_sum_of_the_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(OwnDemo, "processes", lambda _: [psutil.Process(), psutil.Process()])
    (found,) = memory(OwnDemo(tmp_path))
    assert found.value == pytest.approx(2 * psutil.Process().memory_info().rss / 1e6, rel=0.1)
    assert (found.unit, found.goal) == ("MB", 1500)
    assert found.note.startswith("2 processes; ")


def test_a_process_that_ended_meanwhile_counts_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    gone = psutil.Process(child.pid)
    child.communicate(b"\n")
    monkeypatch.setattr(OwnDemo, "processes", lambda _: [gone])
    assert memory(OwnDemo(tmp_path))[0].value == 0


def test_a_command_beside_the_demo_uses_its_servers_and_a_role(local: Path, servers: dict[str, str]) -> None:
    code = "from django.conf import settings; print(settings.LOCAL_DIR, settings.DATABASE_ROLE)"
    printed = OwnDemo(local).manage("shell", "--no-imports", "--command", code, role="web")
    assert printed.split() == [str(local), "web"]


def test_a_command_that_fails_is_a_sentence(local: Path, servers: dict[str, str]) -> None:
    with pytest.raises(NotMeasuredError, match=r"manage\.py nonsense failed: Unknown command: 'nonsense'"):
        OwnDemo(local).manage("nonsense")


def test_nothing_is_left_of_the_folder() -> None:
    with own_demo() as demo:
        folder = demo.local.parent
        assert folder.stat().st_mode & 0o777 == 0o755
        demo.local.mkdir()
        (demo.local / "demo.json").write_text(json.dumps({"api_token": "t"}))
        assert demo.described == {"api_token": "t"}
    assert not folder.exists()


def test_the_folder_goes_when_measuring_fails() -> None:
    kept: list[Path] = []

    def measure() -> None:
        with own_demo() as demo:
            kept.append(demo.local.parent)
            raise NotMeasuredError("nothing answers")

    with pytest.raises(NotMeasuredError):
        measure()
    assert not kept[0].exists()
