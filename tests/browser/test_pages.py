"""Every page in Chromium, wide and narrow, light and dark: nothing to complain about, nothing cut off, open to everybody (axe)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.chromium import Complaints, log_in, watched_page
from tests.demos import RunningDemo

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket, pytest.mark.timeout(400), pytest.mark.xdist_group("demo")]

AXE = (Path(__file__).parent.parent / "data" / "axe" / "axe.min.js").read_text()
RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
}
WIDTHS = (360, 1440)


def a_patient(demo: RunningDemo) -> str:
    """Return the demo's first patient with an open alert."""
    return str(demo.ask("alerts/?status=open")[1]["results"][-1]["patient"])


PAGES: dict[str, Callable[[RunningDemo], str]] = {
    "worklist": lambda demo: "",
    "patients": lambda demo: "patients/",
    "patient": lambda demo: f"patients/{a_patient(demo)}/",
    "new patient": lambda demo: "patients/new/",
    "upload": lambda demo: f"patients/{a_patient(demo)}/upload/",
    **{
        f"record {name}": lambda demo, name=name: f"patients/{a_patient(demo)}/record/{name}"  # type: ignore[misc] # bound now
        for name in ("", "results/", "dose/", "taper/", "chest_xray/", "hemoptysis/")
    },
    "recorded": lambda demo: f"patients/{a_patient(demo)}/facts/?kind=Events",
    "uploads": lambda demo: "uploads/",
    "demo": lambda demo: "demo/",
    "mail sink": lambda demo: "demo/mail/",
}


@dataclass(frozen=True)
class Visit:
    """What one page was like: what the browser and axe found, and how far it scrolls sideways, in pixels."""

    complaints: list[str]
    violations: list[str]
    too_wide_by: int


@pytest.fixture(scope="module", params=WIDTHS)
def opened(request: pytest.FixtureRequest, demo: RunningDemo, browser: Browser) -> Iterator[tuple[Page, Complaints]]:
    """A page of the physician, in a narrow and in a wide window."""
    with watched_page(browser, width=request.param) as (page, complaints):
        log_in(page, demo.url, *demo.log_in("physician"))
        yield page, complaints


@pytest.fixture(scope="module")
def visits(opened: tuple[Page, Complaints], demo: RunningDemo) -> dict[str, Visit]:
    """Every page, visited once in each window."""
    return {name: visit(*opened, demo, name) for name in PAGES}


def visit(page: Page, complaints: Complaints, demo: RunningDemo, name: str) -> Visit:
    """Look at one page."""
    sees(page, demo, name)
    return Visit(complaints.taken(page), violations(page), too_wide_by(page))


def sees(page: Page, demo: RunningDemo, name: str) -> None:
    """Go to a page and wait until it has come to rest."""
    answer = page.goto(demo.url + PAGES[name](demo), wait_until="networkidle")
    assert answer is not None
    assert answer.status == 200


def too_wide_by(page: Page) -> int:
    """Return how far a page scrolls sideways."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def violations(page: Page) -> list[str]:
    """Return what axe finds, each with the places."""
    page.evaluate(AXE)
    found: dict[str, Any] = page.evaluate("(rules) => axe.run(document, rules)", RULES)
    return [f"{one['id']}: {[node['target'] for node in one['nodes']]}" for one in found["violations"]]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_gives_nothing_to_complain_about(visits: dict[str, Visit], name: str) -> None:
    assert visits[name].complaints == []


@pytest.mark.parametrize("name", PAGES)
def test_a_page_never_scrolls_sideways(visits: dict[str, Visit], name: str) -> None:
    assert visits[name].too_wide_by <= 0


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing(visits: dict[str, Visit], name: str) -> None:
    assert visits[name].violations == []


@pytest.mark.parametrize("path", ["accounts/login/", "no-such-page/"])
@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing_where_nobody_is_signed_in(
    demo: RunningDemo, browser: Browser, width: int, path: str
) -> None:
    with watched_page(browser, width=width) as (page, _):
        page.goto(demo.url + path)
        assert violations(page) == []
        assert too_wide_by(page) <= 0


@pytest.mark.parametrize("name", ["worklist", "patient"])
def test_axe_finds_nothing_in_the_dark(demo: RunningDemo, browser: Browser, name: str) -> None:
    with watched_page(browser, scheme="dark") as (page, complaints):
        log_in(page, demo.url, *demo.log_in("physician"))
        sees(page, demo, name)
        assert violations(page) == []
        assert complaints.taken(page) == []


def test_the_course_is_drawn_by_plotly(opened: tuple[Page, Complaints], demo: RunningDemo) -> None:
    page, complaints = opened
    sees(page, demo, "patient")
    expect(page.locator("[data-course] .main-svg").first).to_be_visible()
    assert page.locator("[data-course] .scatterlayer .trace").count() > 0
    assert page.locator("[data-course] .scatterlayer path.js-line").first.get_attribute("d")
    assert complaints.taken(page) == []


def test_the_range_buttons_move_the_axis(opened: tuple[Page, Complaints], demo: RunningDemo) -> None:
    page, _ = opened
    sees(page, demo, "patient")
    spans = []
    for words in ("3 mo", "1 y", "All"):
        page.get_by_role("button", name=words).click()
        expect(page.get_by_role("button", name=words)).to_have_attribute("aria-pressed", "true")
        spans.append(
            page.evaluate(
                "(([from, to]) => new Date(to) - new Date(from))(document.querySelector('[data-course]').layout.xaxis.range)"
            )
        )
    assert spans == sorted(set(spans))


def test_the_course_is_a_table_too(opened: tuple[Page, Complaints], demo: RunningDemo) -> None:
    page, _ = opened
    sees(page, demo, "patient")
    page.get_by_role("link", name="As a table").click()
    expect(page.locator("#course-table tbody tr").first).to_be_visible()


def test_the_worklist_is_walked_by_keys(demo: RunningDemo, opened: tuple[Page, Complaints]) -> None:
    page, _ = opened
    sees(page, demo, "worklist")
    names = page.locator("[data-row] .row__name a").all_inner_texts()
    assert len(names) > 1
    walked = []
    for key in ("j", "j", "k"):
        page.keyboard.press(key)
        walked.append(page.evaluate("document.activeElement.textContent.trim()"))
    assert walked == [names[0], names[1], names[0]]
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(names[0])


def test_a_file_that_is_missing_is_said_beside_its_field(demo: RunningDemo, opened: tuple[Page, Complaints]) -> None:
    page, complaints = opened
    sees(page, demo, "upload")
    page.evaluate("document.querySelector('input[type=file]').required = false")
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_text("Choose a file first.")).to_be_visible()
    assert violations(page) == []
    complaints.taken(page)  # Chromium reports the form's 400 as an error of the console
