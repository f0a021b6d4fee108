"""What is measured in a browser: what pages weigh, how soon the first chart stands, what axe finds, and which journeys pass.

Tests drive the browser; here they are run as a process of their own and their answer is read.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree

from monitor.embedded_places import CHECKOUT
from monitor.figures import Figure, of_runs
from monitor.figures_demo import KEPT, NotMeasuredError, OwnDemo

CHROMIUM: Final = ("chromium", "chromium-browser", "google-chrome")
"""What Chromium is called, as the Makefile looks for it."""
JOURNEYS: Final = ("tests/journeys/test_people.py", "tests/journeys/test_chain.py")


def lacking() -> str:
    """Return what is missing to measure in a browser, as one sentence; "" where all is there."""
    if find_spec("playwright") is None:
        return "Pages were not looked at: Playwright is missing. make setup installs it."
    if not any(map(shutil.which, CHROMIUM)):
        return "Pages were not looked at: Chromium is missing. make chromium installs it."
    return ""


def looked_at(demo: OwnDemo) -> list[Figure]:
    """Return what each page of a running demo weighs, the time to the first chart, and what axe finds on all of them."""
    done = _run("-m", "tests.looking", str(demo.local))
    if done.returncode:
        raise NotMeasuredError(f"Pages were not looked at: {done.stderr.strip()[-500:]}")
    return told(json.loads(done.stdout))


def told(found: dict[str, Any]) -> list[Figure]:
    """Return as figures what a browser measured: `pages` (name, requests, bytes, violations), `charts` (responses, drawn; ms)."""
    pages, charts = found["pages"], found["charts"]
    weights = [
        Figure(f"{page['name']}: {what}", page[what], unit)
        for page in pages
        for what, unit in (("requests", ""), ("bytes", "B"))
    ]
    ratios = [drawn / response for response, drawn in zip(charts["responses"], charts["drawn"], strict=True)]
    faults = [f"{page['name']}: {one}" for page in pages for one in page["violations"]]
    return [
        *weights,
        of_runs("time to first chart", ratios, "times the bare response", note="a patient's page, nothing cached"),
        of_runs("time to first chart, time", charts["drawn"], "ms"),
        Figure("axe violations", len(faults), goal=0, note="; ".join([f"{len(pages)} pages", *faults])),
    ]


def journeys(files: Sequence[str] = JOURNEYS) -> list[Figure]:
    """Walk the journeys on a demo of their own; return how many pass."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "journeys.xml"
        done = _run("-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "not prove", f"--junitxml={report}", *files)
        if not report.exists():
            raise NotMeasuredError(f"Journeys were not walked: {(done.stderr or done.stdout).strip()[-500:]}")
        return [walked(report.read_text())]


def walked(report: str) -> Figure:
    """Return from a JUnit report how many tests passed; what failed is named."""
    cases = list(ElementTree.fromstring(report).iter("testcase"))  # noqa: S314 - our own test run wrote it
    failed = sorted(
        {case.get("name", "") for case in cases if any(case.find(one) is not None for one in ("failure", "error"))}
    )
    return Figure(
        "journeys passed", len(cases) - len(failed), goal=len(cases), at_least=True, note="; ".join([f"of {len(cases)}", *failed])
    )  # fmt: skip


def _run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run Python in the checkout, with a plain environment."""
    return subprocess.run(  # noqa: S603 - our own programs
        [sys.executable, *arguments], cwd=CHECKOUT, env={name: os.environ[name] for name in KEPT if name in os.environ},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip
