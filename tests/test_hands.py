"""Hands on a page: both do the same, and what the keyboard cannot reach is said."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests import hands
from tests.chromium import chromium
from tests.hands import Hands

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket]
HTML = """<p><a href="#there">first</a> <button tabindex="-1">unreached</button></p>
<form onsubmit="return false"><label>Name <input id="name" value="old"></label>
<label>Kind <select><option>Choose</option><option>Bone marrow</option><option>Biopsy</option></select></label>
<label><input type="radio" name="much" value="a"> A few</label> <label><input type="radio" name="much" value="b"> More</label>
<button type="button" onclick="document.title = 'pressed'">Save</button></form>"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    made = browser.new_page()
    made.set_content(HTML)
    yield made
    made.close()


@pytest.mark.parametrize("by_keys", [False, True], ids=["mouse", "keys"])
def test_both_hands_do_the_same(page: Page, by_keys: bool) -> None:
    person = Hands(page, by_keys)
    person.fill(page.get_by_label("Name"), "new")
    person.choose(page.get_by_label("Kind"), "Biopsy")
    person.mark(page.get_by_label("A few"))
    person.press(page.get_by_role("button", name="Save"))
    assert page.get_by_label("Name").input_value() == "new"
    assert page.get_by_label("Kind").input_value() == "Biopsy"
    assert page.locator("[name=much]:checked").get_attribute("value") == "a"
    assert page.title() == "pressed"


def test_the_keyboard_comes_round_to_what_lies_before(page: Page) -> None:
    person = Hands(page, by_keys=True)
    person.reach(page.get_by_label("Kind"))
    person.press(page.get_by_role("link", name="first"))
    assert page.url.endswith("#there")


def test_what_no_key_reaches_is_said(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hands, "MOST_TABS", 12)
    with pytest.raises(AssertionError, match=r"12 times Tab do not lead to .*unreached"):
        Hands(page, by_keys=True).press(page.get_by_role("button", name="unreached"))
    Hands(page, by_keys=False).press(page.get_by_role("button", name="unreached"))
