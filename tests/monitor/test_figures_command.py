"""manage.py figures: what it prints, how it exits, and once, for real, all of it."""

import io
import json
from collections.abc import Iterator

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from monitor.figures import Figure
from monitor.figures_demo import NotMeasuredError, OwnDemo
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


@pytest.mark.prove
@pytest.mark.timeout(900)
def test_every_figure_of_the_house_is_measured() -> None:
    status, printed = run("--json")
    document = json.loads(printed)
    assert [one["name"] for one in document["figures"]] == [
        "test to code", "longest function", "longest module", "first start", "second start", "resident memory",
        "upload to alert", "upload to alert, time", "Celery round trip", "queries of the worklist", "queries of the patient page",
        "recording", "recording, rate", "intake of a file", "intake of a file, rate",
    ]  # fmt: skip
    assert status == (0 if document["ok"] else 1)
