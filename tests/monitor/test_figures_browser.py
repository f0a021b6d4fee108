"""What a browser measures, as figures: weights, the first chart beside the bare response, axe, journeys; and what is missing."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from monitor import figures_browser
from monitor.embedded_places import CHECKOUT
from monitor.figures_browser import JOURNEYS, journeys, lacking, looked_at, told, walked
from monitor.figures_demo import NotMeasuredError, OwnDemo

FOUND: dict[str, Any] = {
    "pages": [
        {"name": "Worklist", "requests": 5, "bytes": 150_000, "violations": []},
        {"name": "Patient", "requests": 6, "bytes": 1_200_000, "violations": ["label: #q", "region: main"]},
    ],
    "charts": {"responses": [100.0, 50.0, 80.0], "drawn": [300.0, 250.0, 200.0]},
}
REPORT = """<testsuites><testsuite>
<testcase name="test_a[mouse]"/><testcase name="test_b[keys]"><failure>no</failure></testcase>
<testcase name="test_c"><error>no</error></testcase><testcase name="test_d"/>
</testsuite></testsuites>"""


def answering(
    monkeypatch: pytest.MonkeyPatch, status: int, out: str = "", error: str = "", report: str = ""
) -> list[str]:
    """Let this be the answer of the next program; return what it is called with."""
    called: list[str] = []

    def run(arguments: list[str], **_: Any) -> "subprocess.CompletedProcess[str]":
        called.extend(arguments)
        for one in arguments:
            if report and one.startswith("--junitxml="):
                Path(one.partition("=")[2]).write_text(report)
        return subprocess.CompletedProcess(arguments, status, out, error)

    monkeypatch.setattr("monitor.figures_browser.subprocess.run", run)
    return called


def test_each_page_is_told_by_its_weight() -> None:
    found = {one.name: one for one in told(FOUND)}
    assert (found["Worklist: requests"].value, found["Worklist: bytes"].value, found["Worklist: bytes"].unit) == (
        5,
        150_000,
        "B",
    )
    assert list(found)[:4] == ["Worklist: requests", "Worklist: bytes", "Patient: requests", "Patient: bytes"]


def test_the_first_chart_is_told_beside_the_response_of_its_own_round() -> None:
    """Rounds 300/100, 250/50, 200/80: 3, 5 and 2.5, whose median is 3."""
    found = {one.name: one for one in told(FOUND)}
    chart, time = found["time to first chart"], found["time to first chart, time"]
    assert (chart.value, chart.low, chart.high, chart.runs) == (3.0, 2.5, 5.0, 3)
    assert (time.value, time.unit) == (250.0, "ms")


def test_what_axe_finds_is_counted_and_named() -> None:
    axe = told(FOUND)[-1]
    assert (axe.name, axe.value, axe.goal, axe.ok) == ("axe violations", 2, 0, False)
    assert axe.note == "2 pages; Patient: label: #q; Patient: region: main"
    assert told({**FOUND, "pages": FOUND["pages"][:1]})[-1].ok


def test_a_round_without_its_response_is_an_error() -> None:
    with pytest.raises(ValueError, match="zip"):
        told({**FOUND, "charts": {"responses": [1.0], "drawn": [1.0, 2.0]}})


def test_journeys_that_fail_are_named() -> None:
    found = walked(REPORT)
    assert (found.name, found.value, found.goal, found.ok) == ("journeys passed", 2, 4, False)
    assert found.note == "of 4; test_b[keys]; test_c"
    assert walked('<testsuites><testsuite><testcase name="a"/></testsuite></testsuites>').ok


def test_a_demo_is_looked_at_by_a_program_of_the_tests(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    called = answering(monkeypatch, 0, out=json.dumps(FOUND))
    assert looked_at(OwnDemo(tmp_path)) == told(FOUND)
    assert called == [sys.executable, "-m", "tests.looking", str(tmp_path)]
    assert (CHECKOUT / "tests" / "looking.py").exists()


def test_looking_that_fails_says_why(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    answering(monkeypatch, 1, error="Traceback\nRuntimeError: the browser ended")
    with pytest.raises(NotMeasuredError, match=r"Pages were not looked at: Traceback\nRuntimeError: the browser ended"):
        looked_at(OwnDemo(tmp_path))


def test_journeys_are_read_from_the_report(monkeypatch: pytest.MonkeyPatch) -> None:
    called = answering(monkeypatch, 1, report=REPORT)
    assert journeys() == [walked(REPORT)]
    assert called[-2:] == list(JOURNEYS)
    assert all((CHECKOUT / one).exists() for one in JOURNEYS)


def test_journeys_that_did_not_begin_say_why(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, 4, error="ERROR: file or directory not found: none.py\n")
    with pytest.raises(NotMeasuredError, match="Journeys were not walked: ERROR: file or directory not found"):
        journeys(["none.py"])


def test_a_journey_runs_for_real_in_a_process_of_its_own() -> None:
    (found,) = journeys(["tests/test_together.py"])
    assert (found.value, found.note) == (found.goal, f"of {found.value}")
    assert found.value >= 3


@pytest.mark.parametrize(
    ("playwright", "programs", "words"),
    [
        (False, {"chromium"}, "Playwright is missing. make setup installs it."),
        (True, set(), "Chromium is missing. make chromium installs it."),
        (True, {"google-chrome"}, ""),
    ],
)
def test_what_is_missing_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, playwright: bool, programs: set[str], words: str
) -> None:
    monkeypatch.setattr(figures_browser, "find_spec", lambda _: object() if playwright else None)
    monkeypatch.setattr("monitor.figures_browser.shutil.which", lambda name: name if name in programs else None)
    assert lacking() == (f"Pages were not looked at: {words}" if words else "")


def test_nothing_of_ours_reaches_the_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "ours")
    done = figures_browser._run("-c", "import os; print(sorted(os.environ), os.getcwd())")
    assert "DATABASE_URL" not in done.stdout
    assert str(CHECKOUT) in done.stdout
