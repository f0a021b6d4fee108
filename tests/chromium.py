"""Chromium for tests: Debian's own, driven by Playwright, with everything it complains about kept."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from playwright.sync_api import Browser, Page, StorageState, sync_playwright

from monitor.figures_browser import CHROMIUM

FLAGS = (
    "--no-sandbox", "--headless", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
VIOLATIONS = """
window.violations = [];
addEventListener("securitypolicyviolation", (event) => violations.push(`${event.effectiveDirective} ${event.blockedURI}`));
"""
SECONDS = 30.0
LEFT = "net::ERR_ABORTED"
"""What becomes of a request whose page was left before it was answered: nothing is wrong with it."""


@dataclass
class Complaints:
    """What a browser reported of a page: console errors, uncaught errors, failed requests."""

    console: list[str] = field(default_factory=list)
    uncaught: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def taken(self, page: Page) -> list[str]:
        """Return all since the last time, and what the content security policy refused on the page as it is now."""
        found = [*self.console, *self.uncaught, *self.failed, *page.evaluate("window.violations")]
        for kind in (self.console, self.uncaught, self.failed):
            kind.clear()
        return found


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run a browser for a block."""
    program = next(filter(None, map(shutil.which, CHROMIUM)), None)
    assert program, "Chromium is missing: make chromium"
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=list(FLAGS))
        yield browser
        browser.close()


@contextmanager
def watched_page(
    browser: Browser, width: int = 1440, height: int = 900, scheme: str = "light", state: StorageState | None = None
) -> Iterator[tuple[Page, Complaints]]:
    """Open a page of its own session, in a window so wide, and keep what the browser complains about.

    `state` holds the cookies of somebody who has signed in before.
    """
    context = browser.new_context(
        storage_state=state,
        viewport={"width": width, "height": height},
        color_scheme="dark" if scheme == "dark" else "light",
        reduced_motion="reduce",
    )
    context.set_default_timeout(SECONDS * 1000)
    context.add_init_script(VIOLATIONS)
    page, complaints = context.new_page(), Complaints()
    page.on("console", lambda one: complaints.console.append(one.text) if one.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: complaints.uncaught.append(str(error)))
    page.on(
        "requestfailed",
        lambda one: complaints.failed.append(f"{one.method} {one.url} {one.failure}") if one.failure != LEFT else None,
    )
    yield page, complaints
    context.close()


def log_in(page: Page, url: str, email: str, password: str) -> None:
    """Sign in, as a person does who opens the first page, and wait for where that leads to."""
    page.goto(url)
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(re.compile(r"^(?!.*/accounts/login/)"))
