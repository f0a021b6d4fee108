"""manage.py bounce: a report from a file or a pipe marks the address, and its words name nobody."""

import io
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from alerts.management.commands import bounce
from tests.alerts.commands import run
from tests.alerts.scenes import Scene, scene
from tests.alerts.test_bouncing import mail, mark, report

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage(db: None, settings: Settings) -> Scene:
    settings.BASE_URL = "https://watch.example.org"
    return scene()


def kept(folder: Path, name: str, content: str) -> str:
    """Write a file; return its path."""
    (folder / name).write_text(content)
    return str(folder / name)


def test_files_are_read_and_counted(stage: Scene, tmp_path: Path) -> None:
    names = [kept(tmp_path, f"{to.pk}.eml", report(mail(to)).as_string()) for to in (stage.nurse, stage.physician)]
    assert run("bounce", *names) == (0, "2 addresses marked\n")
    assert [mark(to)[1] for to in (stage.nurse, stage.physician)] == [511, 511]


def test_a_pipe_is_read(stage: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    class Pipe:
        buffer = io.BytesIO(report(mail(stage.nurse)).as_bytes())

    monkeypatch.setattr("sys.stdin", Pipe())
    assert run("bounce") == (0, "1 address marked\n")
    assert mark(stage.nurse)[1] == 511


def test_what_is_no_report_is_said_and_stops_no_other(stage: Scene, tmp_path: Path) -> None:
    other = kept(tmp_path, "other.eml", "Subject: hello\n\nAre you there?\n")
    good = kept(tmp_path, "good.eml", report(mail(stage.nurse)).as_string())
    assert run("bounce", other, good) == (1, "1 address marked\n")


def test_a_report_of_a_delay_marks_none_and_is_fine(stage: Scene, tmp_path: Path) -> None:
    late = report(mail(stage.nurse), action="delayed", status="4.4.1")
    assert run("bounce", kept(tmp_path, "late.eml", late.as_string())) == (0, "0 addresses marked\n")


def test_a_file_that_is_not_there_is_named(stage: Scene, tmp_path: Path) -> None:
    status, said = run("bounce", str(tmp_path / "lost.eml"))
    assert (status, said) == (2, f"{tmp_path / 'lost.eml'} cannot be read: No such file or directory.")


def test_a_file_larger_than_any_report_is_not_read(
    stage: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounce, "LARGEST", 10)
    status, said = run("bounce", kept(tmp_path, "large.eml", "x" * 11))
    assert (status, "is larger than" in said) == (2, True)


def test_nothing_that_is_printed_or_logged_holds_an_address(
    stage: Scene, tmp_path: Path, capfd: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("DEBUG"):
        _, said = run("bounce", kept(tmp_path, "one.eml", report(mail(stage.nurse)).as_string()))
    out = capfd.readouterr()
    assert stage.nurse.email not in said + out.out + out.err + caplog.text
