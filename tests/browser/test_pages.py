"""Every page of every role in Chromium, wide and narrow: nothing to complain about, nothing cut off, open to everybody (axe)."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from monitor.figures_pages import FELL, PLACES, Place
from patients.event_kinds import kinds
from tests.chromium import Complaints
from tests.demos import RunningDemo
from tests.visits import Sessions, Visit, by_role, violations, visit, widened

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket, pytest.mark.timeout(400)]

WIDTHS = (360, 1440)
FINE = Visit(complaints=[], violations=[], too_wide_by=0)
USUAL = tuple(place for place in PLACES if not place.twin)
TWINS = tuple(place for place in PLACES if place.twin)
FORMS = tuple(
    Place(f"record {kind}", "physician", f"{FELL}record/{kind}/", "A form made from the kind of event.")
    for kind in kinds()
)


def visits(sessions: Sessions, places: tuple[Place, ...], width: int, scheme: str = "light") -> dict[str, Visit]:
    """Look at pages, all of one role in one window; return what was not fine."""
    found: dict[str, Visit] = {}
    for role, theirs in by_role(places).items():
        with sessions.window(role, width, scheme) as (page, complaints):
            found |= {place.name: visit(page, complaints, sessions.url, place) for place in theirs}
    assert len(found) == len(places)
    return {name: one for name, one in found.items() if one != FINE}


@pytest.mark.parametrize("role", by_role(USUAL))
def test_no_page_of_a_role_has_anything_against_it(sessions: Sessions, role: str) -> None:
    found: dict[str, Visit] = {}
    with sessions.window(role, WIDTHS[0]) as (page, complaints):
        for place in by_role(USUAL)[role]:
            found[f"{place.name}, narrow"] = visit(page, complaints, sessions.url, place)
            found[f"{place.name}, widened"] = widened(page, complaints, place, WIDTHS[1])
    assert len(found) == 2 * len(by_role(USUAL)[role])
    assert {name: one for name, one in found.items() if one != FINE} == {}


@pytest.mark.parametrize("name", ["Worklist", "Patient"])
def test_in_the_dark_it_can_be_read(sessions: Sessions, name: str) -> None:
    assert visits(sessions, tuple(place for place in PLACES if place.name == name), 1440, "dark") == {}


@pytest.mark.prove
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_at_all_has_anything_against_it(sessions: Sessions, width: int, scheme: str) -> None:
    assert visits(sessions, (*PLACES, *FORMS), width, scheme) == {}


@pytest.fixture(params=WIDTHS)
def opened(request: pytest.FixtureRequest, sessions: Sessions) -> Iterator[tuple[Page, Complaints]]:
    """A window of the physician, narrow and wide."""
    with sessions.window("physician", request.param) as found:
        yield found


def test_the_worklist_is_walked_by_keys(demo: RunningDemo, opened: tuple[Page, Complaints]) -> None:
    page, _ = opened
    page.goto(demo.url)
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
    page.goto(f"{demo.url}{FELL}upload/")
    page.evaluate("document.querySelector('input[type=file]').required = false")
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_text("Choose a file first.")).to_be_visible()
    assert violations(page) == []
    complaints.taken(page)  # Chromium reports the form's 400 as an error of the console
