"""Reading a file in its child: what comes back, what is refused, and what a child that breaks or lies leads to."""

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patients import sandbox
from patients.parsers.csv import CsvParser
from patients.parsers.raw import RawResult
from patients.readings import IssueSeverity
from patients.sandbox import LIMITS, Limits, Parsed, Unreadable, parse

TABLE = b"Date,Test,Result,Unit\n2024-03-18,Hemoglobin,9.8,g/dL\n2024-03-18,Ferritin,30,ug/L\n"
DATA = Path(__file__).parents[1] / "data" / "csv"
FILES = sorted(path for path in DATA.rglob("*") if path.suffix in {".csv", ".xlsx", ".hl7"})
SHORT = Limits(wall_seconds=1.0)


def refused(content: bytes, filename: str = "labs.csv", wanted: str = "", *, limits: Limits = LIMITS) -> Unreadable:
    """Return why a file is not read."""
    with pytest.raises(Unreadable) as caught:
        parse(content, filename, wanted, limits=limits)
    return caught.value


@pytest.fixture
def child(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Put another program in the place of the child; return where to write it."""
    program = tmp_path / "child.py"
    monkeypatch.setattr(sandbox, "CHILD", program)
    return program


def saying(*lines: str, then: str = "") -> str:
    """Return a program that takes the file, says some lines, and then does something else."""
    said = "".join(f"{line}\n" for line in lines)
    return f"import os, sys, time\nsys.stdin.buffer.read()\nsys.stdout.write({said!r})\nsys.stdout.flush()\n{then}\n"


def test_a_table_comes_back_as_its_results() -> None:
    parsed = parse(TABLE, "labs.csv")
    assert parsed.format == "csv"
    assert [(item.row, item.name, item.value) for item in parsed.items if isinstance(item, RawResult)] == [
        ("2", "Hemoglobin", "9.8"),
        ("3", "Ferritin", "30"),
    ]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_the_child_says_what_the_parser_says(path: Path) -> None:
    content = path.read_bytes()
    assert parse(content, path.name) == Parsed("csv", tuple(CsvParser().parse(content)))


def test_an_empty_file_has_an_issue_and_no_result() -> None:
    (issue,) = parse(b"", "labs.csv").items
    assert not isinstance(issue, RawResult)
    assert issue.code == "empty_file"


def test_a_wanted_format_is_kept_to() -> None:
    assert parse(TABLE, "labs.dat", "csv").format == "csv"
    assert refused(TABLE, "labs.csv", "fax").code == "unknown_format"


@pytest.mark.parametrize(
    "content", [b"%PDF-1.7\n%\xe2\xe3", b"PK\x03\x04" + b"\0" * 100, b"\0" * 5000, bytes(range(256)) * 40]
)
def test_binary_content_is_of_no_known_format_and_the_known_ones_are_named(content: bytes) -> None:
    reason = refused(content, "labs.csv")
    assert reason.code == "unknown_format"
    assert str(reason) == reason.message == "The format of this file is not known. Understood: CSV."


def test_the_reason_is_an_issue_of_the_whole_file() -> None:
    issue = refused(b"%PDF-1.7").issue
    assert (issue.row, issue.column, issue.code, issue.severity) == ("", "", "unknown_format", IssueSeverity.ERROR)


def test_a_file_over_the_size_is_refused_before_anything_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocess, "Popen", None)
    reason = refused(b"x" * (LIMITS.file_bytes + 1))
    assert (reason.code, str(reason)) == ("too_large", "The file is larger than 10 MB.")


def test_rows_are_counted_up_to_the_limit() -> None:
    assert len(parse(TABLE, "labs.csv", limits=Limits(rows=2)).items) == 2
    reason = refused(TABLE, limits=Limits(rows=1))
    assert (reason.code, reason.issue.code) == ("too_large", "too_many_rows")
    assert str(reason) == "The file holds more than 1 results."


@pytest.mark.parametrize(
    "name",
    ["Jane Doe 2015-04-17.csv", "../../etc/passwd", "a\0b.csv", "\ud800.csv", "x" * 5000, "", "a.$(id)", "a.cs v"],
)
def test_nothing_of_the_name_but_its_ending_is_shown_to_the_machine(name: str) -> None:
    assert sandbox._named(name) in {"file.csv", "file"}
    assert parse(TABLE, name).format == "csv"


def test_the_child_has_no_environment_and_no_surroundings(child: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "never shown")
    seen = "[os.environ.get('SECRET_KEY', 'nothing'), os.getcwd(), sys.flags.isolated, os.getpgid(0) == os.getpid()]"
    told = f"print(json.dumps({{'result': {{'row': '1', 'value': str({seen})}}}}))\nprint(json.dumps({{'end': 1}}))"
    child.write_text("import json\n" + saying('{"format":"csv"}', then=told))
    assert parse(TABLE, "labs.csv").items == (RawResult(row="1", value="['nothing', '/', 1, True]"),)


def test_the_child_needs_neither_django_nor_numpy() -> None:
    loaded = "import runpy, sys\nsys.argv = ['x', 'labs.csv', '', '10', str(2**28), '10']\nsys.path.insert(0, '')\n"
    loaded += f"runpy.run_path({str(sandbox.CHILD)!r}, run_name='__main__')\n"
    loaded += (
        "sys.stderr.write(' '.join(name for name in ('django', 'numpy', 'celery', 'psycopg') if name in sys.modules))\n"
    )
    ran = subprocess.run([sys.executable, "-I", "-c", loaded], input=TABLE, capture_output=True, timeout=60)
    assert (ran.returncode, ran.stderr) == (0, b"")
    assert ran.stdout.endswith(b'{"end":2}\n')


@pytest.mark.parametrize(
    "program",
    ["raise SystemExit(1)", "import os; os._exit(0)", "import os; os.kill(os.getpid(), 11)", "syntax error", ""],
)
def test_a_child_that_breaks_is_said_to_have(child: Path, program: str) -> None:
    child.write_text(program)
    reason = refused(TABLE * 20_000)
    assert (reason.code, str(reason)) == ("crashed", "The file could not be read.")


@pytest.mark.parametrize(
    "lines",
    [
        ['{"end":0}'],
        ['{"format":"csv"}'],
        ['{"format":"csv"}', '{"end":1}'],
        ['{"format":"fax"}', '{"end":0}'],
        ['{"format":"csv"}', '{"format":"csv"}', '{"end":0}'],
        ['{"result":{"row":"1"}}', '{"end":1}'],
        ['{"format":"csv"}', '{"result":{"row":1}}', '{"end":1}'],
        ['{"format":"csv"}', "no JSON", '{"end":0}'],
        ['{"unreadable":"because"}'],
        ["\x00" * 10],
    ],
)
def test_a_child_that_lies_is_not_believed(child: Path, lines: list[str]) -> None:
    child.write_text(saying(*lines))
    assert refused(TABLE).code == "crashed"


def test_a_child_that_fails_after_its_last_word_is_not_believed(child: Path) -> None:
    child.write_text(saying('{"format":"csv"}', '{"end":0}', then="os._exit(1)"))
    assert refused(TABLE).code == "crashed"


def test_more_results_than_allowed_are_not_taken(child: Path) -> None:
    child.write_text(saying('{"format":"csv"}', *['{"result":{"row":"1"}}'] * 5, '{"end":5}'))
    assert len(parse(TABLE, "labs.csv", limits=Limits(rows=5)).items) == 5
    assert refused(TABLE, limits=Limits(rows=4)).code == "crashed"


def test_a_child_that_never_stops_talking_is_stopped(child: Path) -> None:
    child.write_text(saying('{"format":"csv"}', then='while True: sys.stdout.write(\'{"result":{"row":"1"}}\\n\')'))
    assert refused(TABLE, limits=Limits(output_bytes=100_000)).code == "crashed"
    child.write_text(saying('{"format":"csv"}', then="while True: sys.stdout.write('x' * 100_000)"))
    assert refused(TABLE).code == "crashed"


@pytest.mark.parametrize(
    "program",
    [
        "import time; time.sleep(60)",
        saying(then="time.sleep(60)"),
        saying('{"format":"csv"}', '{"end":0}', then="time.sleep(60)"),
    ],
)
def test_a_child_that_takes_too_long_is_killed(child: Path, program: str) -> None:
    child.write_text(program)
    started = time.monotonic()
    reason = refused(TABLE * 20_000, limits=SHORT)
    assert (reason.code, str(reason)) == ("too_slow", "Reading the file took too long.")
    assert time.monotonic() - started < 20


def test_what_the_child_started_dies_with_it(child: Path, tmp_path: Path) -> None:
    note = tmp_path / "grandchild"
    started = f"open({str(note)!r}, 'w').write(str(__import__('subprocess').Popen(['sleep', '60']).pid))"
    child.write_text(saying(then=f"{started}\ntime.sleep(60)"))
    assert refused(TABLE, limits=SHORT).code == "too_slow"
    deadline = time.monotonic() + 10
    while Path(f"/proc/{note.read_text()}").exists() and time.monotonic() < deadline:
        state = Path(f"/proc/{note.read_text()}/stat").read_text().split()[2]
        if state == "Z":  # dead, and waiting for whoever adopted it
            break
        time.sleep(0.05)
    else:
        assert not Path(f"/proc/{note.read_text()}").exists()


def test_no_child_and_no_pipe_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[subprocess.Popen[bytes]] = []

    class Remembered(subprocess.Popen[bytes]):
        def __init__(self, *arguments: Any, **settings: Any) -> None:
            super().__init__(*arguments, **settings)
            started.append(self)

    monkeypatch.setattr(subprocess, "Popen", Remembered)
    before = len(os.listdir("/proc/self/fd"))
    parse(TABLE, "labs.csv")
    refused(b"%PDF-1.7")
    refused(TABLE, limits=Limits(rows=1))
    refused(TABLE, limits=Limits(output_bytes=10))
    assert [child.returncode is None for child in started] == [False] * 4
    assert len(os.listdir("/proc/self/fd")) <= before


@settings(max_examples=12, deadline=None)
@given(st.binary(max_size=400))
def test_whatever_the_bytes_they_are_read_or_refused(content: bytes) -> None:
    if CsvParser().recognizes(content, "labs.csv"):
        assert parse(content, "labs.csv").items == tuple(CsvParser().parse(content))
    else:
        assert refused(content).code == "unknown_format"
