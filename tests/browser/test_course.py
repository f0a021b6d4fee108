"""The course and the flowsheet in Chromium: what the page's script makes of the figure, and what stays in sight in a scroll."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from monitor.figures_pages import FELL
from tests.chromium import Complaints
from tests.demos import RunningDemo
from tests.visits import Sessions

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket, pytest.mark.timeout(400)]

WIDE, PHONE = 1440, 360
PLACE = "document.querySelector('[data-course]')"


@pytest.fixture(scope="module", params=[(WIDE, "light"), (PHONE, "dark")], ids=["wide", "phone"])
def opened(request: pytest.FixtureRequest, demo: RunningDemo, browser: Browser) -> Iterator[tuple[Page, Complaints]]:
    """The page of a patient with an open alert in a window of the physician: wide and light, or a phone's and dark."""
    width, scheme = request.param
    sessions = Sessions(demo.described, browser)
    with sessions.window("physician", width, scheme) as (page, complaints):
        page.goto(demo.url + FELL)
        yield page, complaints


@pytest.fixture
def page(opened: tuple[Page, Complaints]) -> Iterator[Page]:
    """The page as it was opened, its course drawn; nothing is complained about while a test looks at it."""
    page, complaints = opened
    size = page.viewport_size
    expect(page.locator("[data-course] .main-svg").first).to_be_visible()
    usual = page.locator("[data-months][aria-pressed=true]").get_attribute("data-months")
    yield page
    assert complaints.taken(page) == []
    assert size is not None
    page.set_viewport_size(size)
    page.locator(f"[data-months='{usual}']").click()
    page.evaluate("scrollTo(0, 0); document.querySelector('.flow[role=region]').scrollTo(0, 0)")


def layout(page: Page) -> dict[str, Any]:
    """Return the layout as it is drawn."""
    found: dict[str, Any] = page.evaluate(f"JSON.parse(JSON.stringify({PLACE}.layout))")
    return found


def is_phone(page: Page) -> bool:
    return page.viewport_size is not None and page.viewport_size["width"] == PHONE


def test_it_is_drawn_with_a_line(page: Page) -> None:
    assert page.locator("[data-course] .scatterlayer .trace").count() > 0
    assert page.locator("[data-course] .scatterlayer path.js-line").first.get_attribute("d")


def test_the_range_buttons_move_the_axis(page: Page) -> None:
    spans = []
    for words in ("3 mo", "1 y", "All"):
        page.get_by_role("button", name=words, exact=True).click()
        expect(page.get_by_role("button", name=words, exact=True)).to_have_attribute("aria-pressed", "true")
        first, last = layout(page)["xaxis"]["range"]
        spans.append(datetime.fromisoformat(last) - datetime.fromisoformat(first))
    assert spans == sorted(set(spans))


def test_it_is_a_table_too(page: Page) -> None:
    page.get_by_role("link", name="As a table").click()
    expect(page.locator("#course-table tbody tr").first).to_be_visible()


def test_the_room_kept_for_the_figure_is_the_room_it_takes(page: Page) -> None:
    """Else the page jumps when the figure comes."""
    kept = layout(page)["meta"]["narrow"]["height"] if is_phone(page) else layout(page)["height"]
    assert page.locator("[data-course] .main-svg").first.bounding_box()["height"] == kept  # type: ignore[index] # it is visible
    assert page.locator(".course__room").count() == 0


def test_names_stand_in_the_gutter_or_on_a_phone_above_their_strips(page: Page) -> None:
    found = layout(page)
    labels = [note for note in found["annotations"] if note["name"].startswith("label:")]
    assert len(labels) == len(found["meta"]["panes"]) > 3
    if is_phone(page):
        tops = [found[pane["axis"]]["domain"][1] for pane in found["meta"]["panes"]]
        assert [note["y"] for note in labels] == tops
        assert {note["yanchor"] for note in labels} == {"bottom"}
        assert found["margin"]["l"] == 36
    else:
        assert {note["xshift"] for note in labels} == {6 - found["margin"]["l"]}
    box = page.locator("[data-course]").bounding_box()
    assert box is not None
    for words in page.locator("[data-course] .annotation-text").all():
        seen = words.bounding_box()
        assert seen is None or seen["x"] >= box["x"] - 1


def test_the_colors_are_those_of_the_theme(page: Page) -> None:
    drawn = page.evaluate(f"{PLACE}.data.find((one) => one.name === 'Hemoglobin').line.color")
    assert drawn == ("rgb(143, 184, 255)" if is_phone(page) else "rgb(23, 70, 143)")


def test_axes_fit_what_the_range_shows(page: Page) -> None:
    page.get_by_role("button", name="All", exact=True).click()
    whole = layout(page)
    page.get_by_role("button", name="3 mo").click()
    part = layout(page)
    first, last = part["xaxis"]["range"]
    seen = page.evaluate(
        f"([first, last]) => {{ const {{ x, y }} = {PLACE}.data.find((one) => one.name === 'Hemoglobin');"
        " return y.filter((_, i) => x[i] >= first && x[i] <= last); }",
        [first, last],
    )
    low, high = part["yaxis"]["range"]
    assert seen
    assert low < min(seen) <= max(seen) < high
    assert high - low <= whole["yaxis"]["range"][1] - whole["yaxis"]["range"][0]


def test_all_strips_share_the_time_axis(page: Page) -> None:
    axes = page.evaluate(f"{PLACE}.data.map((one) => one.xaxis || 'x')")
    assert set(axes) == {"x"}
    assert [name for name in layout(page) if name.startswith("xaxis")] == ["xaxis"]


def test_a_bar_that_begins_before_the_range_is_cut_there(page: Page) -> None:
    page.get_by_role("button", name="3 mo").click()
    first = layout(page)["xaxis"]["range"][0]
    bars = page.evaluate(f"{PLACE}.data.filter((one) => one.type === 'bar').flatMap((one) => one.base)")
    assert all(start >= first for start in bars)


def test_the_figure_keeps_its_room_when_the_window_changes(page: Page) -> None:
    """Plotly's own way of following the window forgets the height, and what comes below lies over the figure."""
    for width in (1000, 700, 420):
        page.set_viewport_size({"width": width, "height": 800})
        page.wait_for_function(
            f"() => Math.abs({PLACE}.querySelector('.main-svg').clientWidth - {PLACE}.clientWidth) < 30"
        )
        drawn, place = (page.locator(one).first.bounding_box() for one in ("[data-course] .main-svg", "[data-course]"))
        assert drawn is not None
        assert place is not None
        assert place["height"] >= drawn["height"]
        page.wait_for_function("() => document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_analytes_and_days_stay_in_sight_when_the_flowsheet_scrolls(page: Page) -> None:
    sheet = page.get_by_role("region", name="Flowsheet table, scrolls")
    corner, name = sheet.locator("thead th").first, sheet.locator("tbody th[scope=row]").first
    before = (corner.bounding_box(), name.bounding_box())
    sheet.evaluate("(node) => { node.scrollLeft = 200; node.scrollTop = 40; }")
    after = (corner.bounding_box(), name.bounding_box())
    assert before[0] is not None
    assert before[1] is not None
    assert after[1] is not None
    assert after[0] == before[0]
    assert after[1]["x"] == before[1]["x"]
    assert after[1]["y"] == pytest.approx(before[1]["y"] - 40, abs=1)


def test_the_flowsheet_is_scrolled_by_keys(page: Page) -> None:
    sheet = page.get_by_role("region", name="Flowsheet table, scrolls")
    assert sheet.evaluate("(node) => node.scrollWidth - node.clientWidth") > 40  # else no key could move it
    sheet.focus()
    expect(sheet).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("() => document.querySelector('.flow[role=region]').scrollLeft > 0")


def test_the_file_is_a_click_away(page: Page) -> None:
    with page.expect_download() as download:
        page.get_by_role("link", name="As CSV").click()
    assert download.value.suggested_filename == "flowsheet.csv"
