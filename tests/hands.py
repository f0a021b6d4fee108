"""How a person works a page: by mouse, or by keyboard alone, where everything must be reached by Tab."""

from dataclasses import dataclass

from playwright.sync_api import Locator, Page, expect

MOST_TABS = 200
FOCUSED = "(node) => node === document.activeElement"


@dataclass(frozen=True)
class Hands:
    """A person before a page."""

    page: Page
    by_keys: bool

    def reach(self, what: Locator) -> None:
        """Go to something by Tab; AssertionError where that does not lead there."""
        for _ in range(MOST_TABS):
            if what.evaluate(FOCUSED):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"{MOST_TABS} times Tab do not lead to {what}")

    def press(self, what: Locator) -> None:
        """Press a button, a link, or what unfolds."""
        if not self.by_keys:
            what.click()
            return
        self.reach(what)
        self.page.keyboard.press("Enter")

    def fill(self, what: Locator, text: str) -> None:
        """Write into a field, over what stands there."""
        if not self.by_keys:
            what.fill(text)
            return
        self.reach(what)
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.type(text)

    def choose(self, what: Locator, words: str) -> None:
        """Choose from a list; by keys as its first letters are typed."""
        if not self.by_keys:
            what.select_option(label=words)
            return
        self.reach(what)
        self.page.keyboard.type(words)
        expect(what.locator("option:checked")).to_have_text(words)

    def mark(self, what: Locator) -> None:
        """Mark the first of several, or a box."""
        if not self.by_keys:
            what.check()
            return
        self.reach(what)
        self.page.keyboard.press("Space")
        expect(what).to_be_checked()
