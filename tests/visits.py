"""What a page is like in Chromium: what the browser complains about, what axe finds, whether it is cut off, what it weighs."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from playwright.sync_api import Browser, Page, Response, StorageState

from monitor.figures_pages import Place
from tests.chromium import Complaints, log_in, watched_page

AXE = (Path(__file__).parent / "data" / "axe" / "axe.min.js").read_text()
RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]},
    "resultTypes": ["violations"],
    "preload": False,
    "iframes": False,
}
RAN = """(rules) => axe.run(document, rules).then((found) => found.violations.map(
  (one) => `${one.id}: ${one.nodes.map((node) => node.target.join(" ")).join(", ")}`))"""
DRAWN = "() => [...document.querySelectorAll('[data-course]')].every((place) => place.querySelector('.main-svg'))"
"""Every figure stands; at once where a page has none. A function: a page's policy forbids to evaluate words."""
SETTLED = "() => new Promise((done) => requestAnimationFrame(() => setTimeout(() => requestAnimationFrame(done), 150)))"
"""Two frames and the pause that figures make before they fit themselves to a window."""
EXPECTED = re.compile(r"the server responded with a status of (403|404)")
"""What the console says of a page that is refused, as it must be."""
STATES: dict[tuple[str, str], StorageState] = {}
"""The cookies of everybody who has signed in, by demo and password: they outlive the browser, and nobody signs in twice."""


@dataclass(frozen=True)
class Visit:
    """What one page was like: what the browser and axe found, and how far it scrolls sideways, in pixels."""

    complaints: list[str]
    violations: list[str]
    too_wide_by: int


class Sessions:
    """Log-ins on a demo, described as its `demo.json` does; each is made once and given to every window."""

    def __init__(self, described: dict[str, Any], browser: Browser) -> None:
        self.url, self.browser = str(described["url"]), browser
        self._users = {one["role"]: one for one in described["users"]}

    def state(self, role: str) -> StorageState | None:
        """Return the cookies of a role, signed in; None for a stranger."""
        if not role:
            return None
        email, password = self._users[role]["email"], self._users[role]["password"]
        if (self.url, password) not in STATES:
            with watched_page(self.browser) as (page, _):
                log_in(page, self.url, email, password)
                STATES[self.url, password] = page.context.storage_state()
        return STATES[self.url, password]

    @contextmanager
    def window(
        self, role: str, width: int = 1440, scheme: str = "light", height: int = 900
    ) -> Iterator[tuple[Page, Complaints]]:
        """Open a window so wide, signed in as a role."""
        with watched_page(self.browser, width, height, scheme, self.state(role)) as opened:
            yield opened


def violations(page: Page) -> list[str]:
    """Return what axe finds, each with the places."""
    page.evaluate(AXE)
    found: list[str] = page.evaluate(RAN, RULES)
    return found


def too_wide_by(page: Page) -> int:
    """Return how far a page scrolls sideways."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def reader(page: Page, url: str) -> Callable[[str], str]:
    """Return what reads a page's HTML as the person of this window."""
    return lambda path: page.request.get(urljoin(url, path)).text()


def open_place(page: Page, url: str, place: Place) -> Response:
    """Go to a page, and wait until its figure stands."""
    answer = page.goto(urljoin(url, place.address(reader(page, url), datetime.now(UTC).date())))
    assert answer is not None
    assert answer.status == place.status, f"{place.name}: {answer.status}"
    page.wait_for_function(DRAWN, polling=50)
    return answer


def visit(page: Page, complaints: Complaints, url: str, place: Place) -> Visit:
    """Look at a page."""
    open_place(page, url, place)
    return look(page, complaints, place)


def widened(page: Page, complaints: Complaints, place: Place, width: int) -> Visit:
    """Look at the page once more in a window made wider, as by turning a phone: nothing is loaded again, and axe is not asked."""
    size = page.viewport_size
    assert size is not None
    page.set_viewport_size({"width": width, "height": size["height"]})
    page.evaluate(SETTLED)
    found = Visit(_said(complaints, page, place), [], too_wide_by(page))
    page.set_viewport_size(size)
    return found


def look(page: Page, complaints: Complaints, place: Place) -> Visit:
    """Return what a page that stands is like."""
    return Visit(_said(complaints, page, place), violations(page), too_wide_by(page))


def _said(complaints: Complaints, page: Page, place: Place) -> list[str]:
    """Return what the browser has complained about since it was asked last, but for the refusal that a page is to be."""
    return [one for one in complaints.taken(page) if place.status == 200 or not EXPECTED.search(one)]


def by_role(places: tuple[Place, ...]) -> dict[str, list[Place]]:
    """Return pages by who opens them."""
    found: dict[str, list[Place]] = {}
    for place in places:
        found.setdefault(place.role, []).append(place)
    return found


def measured(answer: Response) -> dict[str, Any]:
    """Return what a page weighed: requests and bytes over the wire, from the browser's own book."""
    found: dict[str, Any] = answer.frame.evaluate(
        """() => { const all = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
        return { requests: all.length, bytes: all.reduce((sum, one) => sum + one.transferSize, 0) }; }"""
    )
    return found
