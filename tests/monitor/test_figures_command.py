"""manage.py figures: what it prints, how it exits, and once, for real, all of it."""

import io
import json
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from types import SimpleNamespace

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from monitor import figures, figures_browser, figures_chain, figures_demo, figures_mail
from monitor.figures import Figure
from monitor.figures_demo import NotMeasuredError, OwnDemo
from monitor.figures_inside import COUNTED
from monitor.figures_pages import PLACES
from monitor.management.commands import figures as command

GOOD, BAD = Figure("a", 1, "s", goal=2), Figure("b", 3, "s", goal=2)


def run(*arguments: str) -> tuple[int, str]:
    """Run the command; return exit status and what it printed."""
    out = io.StringIO()
    try:
        call_command("figures", *arguments, stdout=out)
    except SystemExit as ended:
        return int(str(ended.code)), out.getvalue()
    return 0, out.getvalue()


def measuring(monkeypatch: pytest.MonkeyPatch, *found: Figure) -> None:
    """Let these be what is measured."""
    monkeypatch.setattr(command, "measure", lambda: iter(found))


def test_a_line_a_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    measuring(monkeypatch, GOOD, Figure("c", 7))
    assert run() == (0, "a: 1 s; goal at most 2\nc: 7\n")


def test_a_missed_goal_is_status_one(monkeypatch: pytest.MonkeyPatch) -> None:
    measuring(monkeypatch, GOOD, BAD)
    status, printed = run()
    assert (status, printed.splitlines()[1]) == (1, "b: 3 s; goal at most 2: MISSED")


def test_json_is_one_document(monkeypatch: pytest.MonkeyPatch) -> None:
    measuring(monkeypatch, GOOD, BAD)
    status, printed = run("--json")
    document = json.loads(printed)
    assert status == 1
    assert document["ok"] is False
    assert [(one["name"], one["ok"]) for one in document["figures"]] == [("a", True), ("b", False)]


def test_what_cannot_be_measured_is_status_two_after_what_could(monkeypatch: pytest.MonkeyPatch) -> None:
    def measure() -> Iterator[Figure]:
        yield GOOD
        raise NotMeasuredError("The demo did not start.")

    monkeypatch.setattr(command, "measure", measure)
    out = io.StringIO()
    with pytest.raises(CommandError, match="The demo did not start") as caught:
        call_command("figures", stdout=out)
    assert caught.value.returncode == 2
    assert out.getvalue() == "a: 1 s; goal at most 2\n"


def test_a_part_prints_json_for_the_process_that_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(command.PARTS, "pages", ("web", lambda: [GOOD]))
    assert json.loads(run("--part", "pages")[1]) == [GOOD.as_json()]


def test_a_part_runs_beside_the_demo_with_its_log_in(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []

    class Beside(OwnDemo):
        def __init__(self) -> None:
            """Need no folder."""

        def manage(self, *arguments: str, role: str | None = None) -> str:
            asked.extend([arguments, role])
            return f'{{"event": "a warning"}}\n{json.dumps([GOOD.as_json()])}\n'

    assert command.part(Beside(), "intake") == [GOOD]
    assert asked == [("figures", "--part", "intake"), "worker"]


HOUSE = (
    "test to code", "longest function", "longest module", "first start", "second start", "resident memory",
    "upload to alert", "upload to alert, time", "Celery round trip",
    *(f"{place.name}: queries" for place in COUNTED),
    *(f"alerts wanted of published histories, {what}" for what in ("found", "decidable", "listed")),
    *(f"{place.name}: {what}" for place in PLACES for what in ("requests", "bytes")),
    "time to first chart", "time to first chart, time", "axe violations",
    "fact to mail", "fact to mail, p95", "fact to mail, time", "fact to mail, time, p95",
    *(f"notifications {what}" for what in ("due", "sent", "dropped", "failed", "lost")),
    "mails that came once", "mails repeated", "repeats unmarked", "possible repeats", "mails taken, not marked sent",
    "recording", "recording, rate", "intake of a file", "intake of a file, rate",
    *(f"all rules on {size} results, {what}{beside}"
      for size in ("300", "3,000") for beside in ("", " beside reading them") for what in ("p50", "p99")),
    *(f"cards a patient-year, {what}" for what in ("high", "moderate", "low", "high and moderate")),
    *(f"alerts a patient-year, {what}" for what in ("high", "moderate", "low")),
    "to-dos a patient-year", "rules that failed in these lives", "journeys passed",
)  # fmt: skip


@pytest.fixture
def parts(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let nothing be started: every part says that it was asked, in order."""
    asked: list[str] = []

    def says(name: str, *found: Figure) -> Callable[..., list[Figure]]:
        def answer(*_: object) -> list[Figure]:
            asked.append(name)
            return list(found)

        return answer

    demo = SimpleNamespace(stop=says("stop"))
    monkeypatch.setattr(figures_demo, "own_demo", lambda: nullcontext(demo))
    for module, name in (
        (figures, "sizes"), (figures_demo, "starts"), (figures_demo, "memory"), (figures_chain, "upload_to_alert"),
        (figures_mail, "fact_to_mail"), (figures_mail, "told"), (figures_browser, "looked_at"), (figures_browser, "journeys"),
    ):  # fmt: skip
        monkeypatch.setattr(module, name, says(name, GOOD))
    monkeypatch.setattr(command, "part", lambda _, name: says(name, GOOD)())
    return asked


def test_everything_is_measured_in_its_order(parts: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures_browser, "lacking", lambda: "")
    assert len(list(command.measure())) == 13
    assert parts == [
        "sizes",
        "starts",
        "memory",
        "upload_to_alert",
        "pages",
        "published",
        "looked_at",
        "fact_to_mail",
        "told",
        "stop",
        "intake",
        "judging",
        "budget",
        "journeys",
    ]


def test_without_a_browser_all_else_is_measured_first(parts: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures_browser, "lacking", lambda: "Chromium is missing.")
    with pytest.raises(NotMeasuredError, match="Chromium is missing"):
        list(command.measure())
    assert "looked_at" not in parts
    assert parts[-6:] == ["fact_to_mail", "told", "stop", "intake", "judging", "budget"]


@pytest.mark.prove
@pytest.mark.timeout(1800)
def test_every_figure_of_the_house_is_measured() -> None:
    status, printed = run("--json")
    document = json.loads(printed)
    assert tuple(one["name"] for one in document["figures"]) == HOUSE
    assert status == (0 if document["ok"] else 1)
