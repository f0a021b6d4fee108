"""Every page of a running demo, weighed in Chromium: `python -m tests.looking FOLDER` prints one JSON document for the figures."""

import json
import sys
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Page

from monitor.figures_pages import FELL, PLACES
from tests.chromium import chromium
from tests.visits import Sessions, by_role, measured, open_place, violations

ROUNDS: Final = 7
CHART: Final = """
new MutationObserver((_, watch) => {
  if (!document.querySelector("[data-course] .main-svg .trace")) return;
  window.drawnAt = performance.now();
  watch.disconnect();
}).observe(document, { childList: true, subtree: true });
"""
"""Notes when the first line of a figure stands, in ms since the page was asked for."""
TIMES: Final = "() => window.drawnAt && [performance.getEntriesByType('navigation')[0].responseEnd, window.drawnAt]"


def pages(sessions: Sessions) -> list[dict[str, Any]]:
    """Return what each page weighs when nothing is cached, and what axe finds, each in a wide window of its own."""
    found = []
    for role, places in by_role(PLACES).items():
        for place in places:
            with sessions.window(role) as (page, _):
                weight = measured(open_place(page, sessions.url, place))
                found.append({"name": place.name, **weight, "violations": violations(page)})
    return found


def charts(sessions: Sessions, rounds: int = ROUNDS) -> dict[str, list[float]]:
    """Return, each time with nothing cached, when a page's bytes were there and when its first chart stood, in ms."""
    times = [_times(sessions) for _ in range(rounds + 1)][1:]  # the first pays for what is loaded late
    return {"responses": [one[0] for one in times], "drawn": [one[1] for one in times]}


def _times(sessions: Sessions) -> tuple[float, float]:
    """Open a patient's page in a new window; return both times."""
    with sessions.window("physician") as (page, _):
        return drawn(page, sessions.url + FELL)


def drawn(page: Page, address: str) -> tuple[float, float]:
    """Open an address; return when its bytes were there and when its first chart stood, in ms since it was asked for."""
    page.add_init_script(CHART)
    page.goto(address)
    response, chart = page.wait_for_function(TIMES, polling=20).json_value()
    return float(response), float(chart)


def main(local: Path) -> None:
    """Look at a demo that runs, and print what was found."""
    described = json.loads((local / "demo.json").read_text())
    with chromium() as browser:
        sessions = Sessions(described, browser)
        sys.stdout.write(json.dumps({"pages": pages(sessions), "charts": charts(sessions)}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
