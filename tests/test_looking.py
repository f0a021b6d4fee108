"""Weighing the pages of a demo: both times of a chart come from the browser's own clock, and the document is JSON."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from monitor.figures_pages import Place
from tests import looking
from tests.chromium import chromium, watched_page
from tests.visits import Sessions

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket]

CHART_AFTER_MS = 400
HTML = f"""<!doctype html><html lang="en"><title>A patient</title><main><h1>A patient</h1><div data-course></div></main><script>
setTimeout(() => {{ document.querySelector("[data-course]").innerHTML = '<svg class="main-svg"></svg>'; }}, 100);
setTimeout(() => {{ document.querySelector(".main-svg").innerHTML = '<g class="trace"></g>'; }}, {CHART_AFTER_MS});
</script></html>"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture
def sessions(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> Sessions:
    """Windows in which every address answers with the same page."""
    made = Sessions({"url": "http://127.0.0.1:9/", "users": []}, browser)

    @contextmanager
    def window(role: str, *_: Any) -> Iterator[tuple[Page, Any]]:
        with watched_page(browser) as (page, complaints):
            page.route("**/*", lambda route: route.fulfill(content_type="text/html", body=HTML))
            yield page, complaints

    monkeypatch.setattr(made, "window", window)
    return made


def test_a_chart_stands_when_its_first_line_does(sessions: Sessions) -> None:
    with sessions.window("physician") as (page, _):
        response, chart = looking.drawn(page, "http://127.0.0.1:9/patients/1/")
    assert 0 < response < chart
    assert CHART_AFTER_MS <= chart < CHART_AFTER_MS + 5000


def test_each_round_gives_both_times(sessions: Sessions) -> None:
    found = looking.charts(sessions, rounds=2)
    assert len(found["responses"]) == len(found["drawn"]) == 2
    assert all(response < drawn for response, drawn in zip(found["responses"], found["drawn"], strict=True))


def test_each_page_is_weighed_with_what_axe_finds(sessions: Sessions, monkeypatch: pytest.MonkeyPatch) -> None:
    places = (Place("One", "nurse", "one/", ""), Place("Two", "", "two/", ""))
    monkeypatch.setattr(looking, "PLACES", places)
    found = looking.pages(sessions)
    assert [one["name"] for one in found] == ["One", "Two"]
    assert all(one["requests"] >= 1 and one["violations"] == [] for one in found)


def test_what_is_printed_is_one_document(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str], browser: Browser
) -> None:
    (tmp_path / "demo.json").write_text(json.dumps({"url": "http://x/", "users": []}))
    monkeypatch.setattr(looking, "chromium", lambda: watched(browser))
    monkeypatch.setattr(looking, "pages", lambda sessions: [sessions.url])
    monkeypatch.setattr(looking, "charts", lambda _: {"drawn": []})
    looking.main(tmp_path)
    assert json.loads(capsys.readouterr().out) == {"pages": ["http://x/"], "charts": {"drawn": []}}


@contextmanager
def watched(browser: Browser) -> Iterator[Any]:
    """Stand in for starting a browser."""
    yield SimpleNamespace(new_context=browser.new_context)
