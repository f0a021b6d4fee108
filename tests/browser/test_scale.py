"""Lists with nobody, with one patient and with ten thousand, in Chromium: nothing cut off, open to everybody (axe)."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.contrib.staticfiles import finders
from django.utils import timezone
from playwright.sync_api import Browser, Page, Route, expect

from tests.chromium import Complaints, chromium, watched_page
from tests.factories import browser, member, team
from tests.monitor.cohorts import give_results, seed
from tests.visits import Visit, too_wide_by, violations

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket, pytest.mark.timeout(400), pytest.mark.django_db]

URL = "http://lists.example"
LISTS = ("/", "/?tab=all", "/?tab=mine", "/patients/", "/uploads/")
WIDTHS = (360, 1440)
SAID = {
    0: "No patient is followed by your team yet.",
    1: "1 patient needs someone",
    10_000: "200+ patients need someone",
}
"""What the worklist says for so many patients."""


def rendered(patients: int) -> dict[str, str]:
    """Return every list as a physician of so many patients gets it. Before a browser runs, whose loop is in the database's way."""
    north, at = team("north"), timezone.now()
    if patients:
        first = 7 if patients == 1 else 1  # the seventh is silent, so that somebody is needed
        seed(north, first, first + patients - 1, at=at)
        give_results([row.pk for row in north.patients.all()[:50]], at=at)
    visitor = browser(member(north))
    return {address: visitor.get(address).content.decode() for address in LISTS}


@contextmanager
def serving(opened: Browser, pages: dict[str, str], width: int) -> Iterator[tuple[Page, Complaints]]:
    """Open a window for which these are the pages, with our static files."""

    def answer(route: Route) -> None:
        address = urlsplit(route.request.url)
        if address.path.startswith("/static/"):
            route.fulfill(path=Path(str(finders.find(address.path.removeprefix("/static/")))))
        else:
            body = pages[f"{address.path}{f'?{address.query}' if address.query else ''}"]
            route.fulfill(content_type="text/html", body=body)

    with watched_page(opened, width) as (page, complaints):
        page.route(f"{URL}/**", answer)
        yield page, complaints


@pytest.mark.parametrize("patients", SAID)
def test_lists_of_any_length_have_nothing_against_them(patients: int) -> None:
    pages = rendered(patients)
    found = {}
    with chromium() as opened:
        for width in WIDTHS:
            with serving(opened, pages, width) as (page, complaints):
                for address in pages:
                    page.goto(URL + address)
                    if address == "/":
                        expect(page.locator("main")).to_contain_text(SAID[patients])
                    found[address, width] = Visit(complaints.taken(page), violations(page), too_wide_by(page))
    assert len(found) == len(LISTS) * len(WIDTHS)
    assert {place: one for place, one in found.items() if one != Visit([], [], 0)} == {}
