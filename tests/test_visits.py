"""Looking at a page: what is wrong with one is found, what is expected of one is no complaint, nobody signs in twice."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from monitor.figures_pages import Place
from tests import visits
from tests.chromium import Complaints, chromium, watched_page
from tests.visits import Sessions, Visit, by_role, measured, open_place, visit, widened

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket]

HEAD = "<!doctype html><html lang=en><title>A page</title><link rel=icon href=data:,><main><h1>A page</h1>"
PAGES = {
    "/fine/": HEAD + "<p>Nothing is wrong.</p></main>",
    "/bad/": HEAD + "<img src='/none.png'><div style='width:3000px'>wide</div></main><script>console.error('said')</script>",
    "/links/": HEAD + "<a href='#x'>none</a> <a href=\"/fine/?a=1&amp;b=2\">a link</a></main>",
    "/late/": HEAD + "<div data-course></div></main><script>setTimeout(() => document.querySelector('[data-course]')"
    ".innerHTML = '<i class=main-svg></i>', 300)</script>",
    "/accounts/login/": HEAD + "<form action='/signed/' method=get><label>E-mail <input name=e></label>"
    "<label>Password <input name=p></label><button>Sign in</button></form></main>",
}  # fmt: skip


class Answers(BaseHTTPRequestHandler):
    """Serves the pages; counts who signs in."""

    signed: list[str]

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path == "/signed/":
            self.signed.append(self.path)
        body = PAGES.get(path, HEAD + "<p>Not here.</p></main>").encode()
        self.send_response(302 if path == "/" else 200 if path in PAGES or path == "/signed/" else 404)
        if path == "/":
            self.send_header("Location", "/accounts/login/")
        if path == "/signed/":
            self.send_header("Set-Cookie", "sessionid=1; Path=/")
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Answers)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture
def opened(browser: Browser) -> Iterator[tuple[Page, Complaints]]:
    with watched_page(browser, 400) as found:
        yield found


def at(path: str, **fields: Any) -> Place:
    """Return a page of the little service."""
    return Place(path, "", path, "", **fields)


def test_a_page_without_fault_is_fine(opened: tuple[Page, Complaints], url: str) -> None:
    assert visit(*opened, url, at("fine/")) == Visit([], [], 0)


def test_every_kind_of_fault_is_found(opened: tuple[Page, Complaints], url: str) -> None:
    found = visit(*opened, url, at("bad/"))
    assert "said" in found.complaints
    assert any("404" in one for one in found.complaints)
    assert [one.partition(":")[0] for one in found.violations] == ["image-alt"]
    assert found.violations[0] == "image-alt: img"
    assert found.too_wide_by >= 2600


def test_a_page_is_looked_at_once_more_when_it_was_made_wider(opened: tuple[Page, Complaints], url: str) -> None:
    page, complaints = opened
    narrow = visit(page, complaints, url, at("bad/"))
    wide = widened(page, complaints, at("bad/"), 1000)
    assert narrow.too_wide_by - wide.too_wide_by == 600
    assert (wide.complaints, wide.violations) == ([], [])
    page.evaluate("console.error('again')")
    assert widened(page, complaints, at("bad/"), 1000).complaints == ["again"]
    assert page.viewport_size == {"width": 400, "height": 900}


def test_a_refusal_that_is_expected_is_no_complaint(opened: tuple[Page, Complaints], url: str) -> None:
    assert visit(*opened, url, at("no-such-page/", status=404)).complaints == []
    with pytest.raises(AssertionError, match="no-such-page/: 404"):
        visit(*opened, url, at("no-such-page/"))


def test_a_link_of_a_page_is_followed(opened: tuple[Page, Complaints], url: str) -> None:
    page, _ = opened
    open_place(page, url, at("links/", link="fine/"))
    assert page.url == f"{url}fine/?a=1&b=2"


def test_a_figure_that_comes_late_is_waited_for(opened: tuple[Page, Complaints], url: str) -> None:
    page, _ = opened
    open_place(page, url, at("late/"))
    assert page.locator(".main-svg").count() == 1


def test_what_a_page_weighs_is_counted(opened: tuple[Page, Complaints], url: str) -> None:
    page, _ = opened
    found = measured(open_place(page, url, at("fine/")))
    assert found["requests"] == 1
    assert len(PAGES["/fine/"]) < found["bytes"] < len(PAGES["/fine/"]) + 400


def test_nobody_signs_in_twice(browser: Browser, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visits, "STATES", {})
    monkeypatch.setattr(Answers, "signed", [], raising=False)
    described = {"url": url, "users": [{"role": "nurse", "email": "n@demo.example", "password": "secret"}]}
    for _ in range(2):
        sessions = Sessions(described, browser)
        with sessions.window("nurse", 360) as (page, _complaints):
            assert page.context.cookies()[0]["name"] == "sessionid"
    assert Answers.signed == ["/signed/?e=n%40demo.example&p=secret"]
    with sessions.window("") as (page, _complaints):
        assert page.context.cookies() == []


def test_pages_are_gathered_by_who_opens_them() -> None:
    places = (Place("a", "nurse", "", ""), Place("b", "", "", ""), Place("c", "nurse", "", ""))
    assert {role: [one.name for one in found] for role, found in by_role(places).items()} == {
        "nurse": ["a", "c"],
        "": ["b"],
    }
