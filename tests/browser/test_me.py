"""A patient's own pages in Chromium, on a phone and beside it: nothing to complain about, and the journey of a dose and a file."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from monitor.figures_pages import OWN
from tests.chromium import Complaints
from tests.demos import RunningDemo
from tests.visits import Sessions, too_wide_by, violations

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket, pytest.mark.timeout(400)]
ROLE = "patient in a taper"
WIDTHS = (360, 1000)
PAGES = ("", "blood/", "call/", "send/", "send/typed/", "course/", "settings/")
LEAST_TARGET = 44
LAB = b"Sampling date;Test;Value;Unit\n2026-01-20;Ferritin;41;ng/mL\n2026-01-20;Serum iron;13;\n"
PRESSED = "main button, main a.btn, .dock a, .topbar a.btn, main input:not([type=hidden]), main select"
SMALL = """(wanted) => [...document.querySelectorAll(wanted)].filter((one) => {
  const box = (one.closest("label") || one).getBoundingClientRect();
  return box.height && box.height < 44;
}).map((one) => one.outerHTML.slice(0, 90))"""


@pytest.fixture(scope="module", params=WIDTHS)
def opened(
    request: pytest.FixtureRequest, demo: RunningDemo, browser: Browser
) -> Iterator[tuple[Page, Complaints, str]]:
    """The page of a patient in a taper, in a narrow and in a wide window, and its address."""
    with Sessions(demo.described, browser).window(ROLE, request.param, height=740) as (page, complaints):
        yield page, complaints, demo.url + OWN


@pytest.fixture
def phone(sessions: Sessions) -> Iterator[tuple[Page, Complaints]]:
    """The same patient's page of sending, on a phone."""
    with sessions.window(ROLE, 360, height=740) as (page, complaints):
        page.goto(f"{sessions.url}{OWN}send/")
        yield page, complaints


@pytest.mark.parametrize("rest", PAGES)
def test_everything_to_press_is_high_enough(opened: tuple[Page, Complaints, str], rest: str) -> None:
    page, complaints, own = opened
    page.goto(own + rest)
    assert page.evaluate(SMALL, PRESSED) == [], f"everything to press is {LEAST_TARGET} px high"
    assert too_wide_by(page) <= 0
    assert complaints.taken(page) == []


def test_who_opens_the_first_page_is_led_here(opened: tuple[Page, Complaints, str], demo: RunningDemo) -> None:
    page, _, own = opened
    page.goto(demo.url)
    assert page.url == own
    expect(page.locator("h1")).to_have_count(1)


def test_whom_to_call_stays_in_sight_while_scrolling(opened: tuple[Page, Complaints, str]) -> None:
    page, _, own = opened
    page.goto(own)
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    expect(page.get_by_label("If you cough up blood")).to_be_in_viewport()


def test_a_dose_is_taken_and_taken_back(opened: tuple[Page, Complaints, str]) -> None:
    page, complaints, own = opened
    page.goto(own)
    page.get_by_role("button", name="I took it").click()
    expect(page.get_by_text("Taken today")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("button", name="I took it")).to_be_visible()
    assert complaints.taken(page) == []


def test_a_file_is_looked_at_in_place_and_another_one_is_looked_at_anew(opened: tuple[Page, Complaints, str]) -> None:
    page, complaints, own = opened
    page.goto(own + "send/")
    page.get_by_label("File or photo").set_input_files({"name": "lab.csv", "mimeType": "text/csv", "buffer": LAB})
    page.get_by_role("button", name="Check it").click()
    expect(page.get_by_text("We read 1 value. Please check.")).to_be_visible()
    assert page.get_by_label("File or photo").evaluate("(field) => field.files.length") == 1
    expect(page.get_by_role("button", name="Send 1 value, 1 left for the team")).to_be_visible()
    page.get_by_label("File or photo").set_input_files({"name": "b.csv", "mimeType": "text/csv", "buffer": LAB + b"\n"})
    expect(page.get_by_text("We read 1 value")).to_have_count(0)
    assert complaints.taken(page) == []


def test_a_file_is_sent_and_its_fate_appears_by_itself(phone: tuple[Page, Complaints]) -> None:
    page, complaints = phone
    page.get_by_label("File or photo").set_input_files({"name": "home.csv", "mimeType": "text/csv", "buffer": LAB})
    page.get_by_role("button", name="Check it").click()
    page.get_by_role("button", name="Send 1 value").click()
    expect(page.get_by_text("Your team decides about what is left.")).to_be_visible(timeout=60_000)
    assert complaints.taken(page) == []
    assert violations(page) == []


def test_without_script_everything_works(sessions: Sessions, browser: Browser) -> None:
    context = browser.new_context(
        java_script_enabled=False, viewport={"width": 360, "height": 740}, storage_state=sessions.state(ROLE)
    )
    page = context.new_page()
    page.goto(f"{sessions.url}{OWN}send/")
    page.get_by_label("File or photo").set_input_files(
        {"name": "c.csv", "mimeType": "text/csv", "buffer": LAB + b"\n\n"}
    )
    page.get_by_role("button", name="Check it").click()
    page.get_by_role("button", name="Send 1 value").click()
    expect(page.locator("h1")).to_have_text("c.csv")
    context.close()


def test_in_the_dark_it_can_be_read(sessions: Sessions) -> None:
    with sessions.window(ROLE, 360, "dark") as (page, _):
        page.goto(sessions.url + OWN)
        assert violations(page) == []
