"""What every answer tells a browser: the strict policy, no guessing of types, no style and no script within a page."""

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from django.conf import settings as project
from django.test import Client

from alerts.rules.rule import Severity
from monitor import errors
from patients.models import Patient, User
from tests.factories import PASSWORD, alert, alive, browser, judged, member, patient, results, team, upload

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data: blob:",
    "connect-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
"""What Plotly and htmx were measured to need (reliability: 4f), and nothing more."""
PUBLIC = ("/accounts/login/", "/accounts/signup/", "/accounts/inactive/", "/demo/", "/demo/mail/", "/nowhere/")
MEMBERS = (
    "/",
    "/patients/",
    "/patients/?q=nobody",
    "/patients/new/",
    "/uploads/",
    "/accounts/logout/",
    "/accounts/password/change/",
)
OTHERS = (
    "/health/live",
    "/health/watch",
    "/api/v1/patients/",
    "/api/v1/nowhere/",
    "/api/schema/",
    "/demo/laboratory.csv",
)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def demo(settings: Any, tmp_path: Any) -> None:
    """Let the demo's pages be there too."""
    settings.DEMO, settings.LOCAL_DIR = True, tmp_path


@pytest.fixture
def ill() -> Patient:
    """Return a patient whose page shows everything it can."""
    made = patient(name="O'Hara & <Sons>", identifier="C03")
    results(made, [124, 123, 98])
    judged(made, cannot_judge=[{"rule": "iron", "reason": "no iron in 90 days"}])
    for severity in Severity:
        alert(made, severity, found={"sentence": 'Hb 98 g/L. "<b style=color:red>low</b>"'})
        alert(made, severity, state="resolved")
    return made


@pytest.fixture
def physician(ill: Patient) -> User:
    return member(ill.team, password=PASSWORD)


def pages_of(ill: Patient) -> list[str]:
    """Return the addresses of a patient's pages, and of files in every state."""
    rows = [{"state": state, "original": "<p style=x>"} for state in ("held", "rejected", "duplicate", "skipped")]
    files = [upload(ill, state=state, rows=rows).pk for state in ("received", "reading", "held", "done", "failed")]
    return [
        f"/patients/{ill.pk}/",
        f"/patients/{ill.pk}/?all",
        f"/patients/{ill.pk}/upload/",
        *(f"/uploads/{one}/" for one in files),
    ]


class Inline(HTMLParser):
    """Collects what a strict policy refuses, and ids that a page uses twice."""

    def __init__(self) -> None:
        super().__init__()
        self.refused: list[str] = []
        self.ids: list[str] = []
        self.foreign: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at one tag."""
        given = dict(attrs)
        data = given.get("type") == "application/json"
        if tag == "style" or "style" in given or (tag == "script" and "src" not in given and not data):
            self.refused.append(self.get_starttag_text() or tag)
        self.refused += [name for name in given if name.startswith(("on", "hx-on"))]
        self.refused += [name for name, value in attrs if (value or "").lower().startswith("javascript:")]
        self.ids += [value for name, value in attrs if name == "id" and value]
        links = [value for name, value in attrs if name in ("src", "href", "action", "hx-get") and value]
        self.foreign += [link for link in links if re.match(r"(?:[a-z]+:)?//", link)]


def read(response: Any) -> Inline:
    """Return what stands in a page."""
    found = Inline()
    found.feed(response.content.decode())
    return found


def check_headers(response: Any) -> None:
    """Every header of an answer, whatever its status."""
    sent = dict(part.strip().split(" ", 1) for part in response["Content-Security-Policy"].split(";") if part.strip())
    assert sent == POLICY
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["X-Frame-Options"] == "DENY"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
    assert response["Cache-Control"]
    assert response["Content-Type"]


@pytest.mark.parametrize("address", [*PUBLIC, *MEMBERS, *OTHERS])
def test_every_answer_to_a_stranger_has_the_headers(client: Client, address: str) -> None:
    check_headers(client.get(address))


@pytest.mark.parametrize("address", [*MEMBERS, *OTHERS])
def test_every_answer_to_a_member_has_the_headers_and_is_not_stored(physician: User, address: str) -> None:
    response = browser(physician).get(address)
    check_headers(response)
    assert "no-store" in response["Cache-Control"]


def test_a_patients_pages_have_the_headers_and_are_not_stored(ill: Patient, physician: User) -> None:
    visitor = browser(physician)
    for address in pages_of(ill):
        response = visitor.get(address)
        check_headers(response)
        assert response["Cache-Control"] == "no-store"


@pytest.mark.parametrize("address", PUBLIC)
def test_public_pages_hold_no_style_and_no_script(client: Client, address: str) -> None:
    assert read(client.get(address)).refused == []


@pytest.mark.parametrize("healthy", [True, False])
@pytest.mark.parametrize("address", MEMBERS)
def test_members_pages_hold_no_style_and_no_script(physician: User, address: str, healthy: bool) -> None:
    if healthy:
        alive()
    assert read(browser(physician).get(address)).refused == []


def test_a_patients_pages_hold_no_style_and_no_script(ill: Patient, physician: User) -> None:
    visitor = browser(physician)
    assert {address: found for address in pages_of(ill) if (found := read(visitor.get(address)).refused)} == {}


def test_a_form_with_errors_holds_no_style_and_no_script(ill: Patient, physician: User) -> None:
    visitor = browser(physician)
    for address in ("/patients/new/", f"/patients/{ill.pk}/upload/", "/accounts/password/change/"):
        response = visitor.post(address, {"name": "<b style=x>"})
        assert read(response).refused == []
        assert "err" in response.content.decode()


@pytest.mark.parametrize(
    "handler", [errors.forbidden, errors.not_found, errors.too_large, errors.server_error, errors.unavailable]
)
def test_error_pages_hold_no_style_and_no_script(handler: Any, rf: Any) -> None:
    assert read(handler(rf.get("/"))).refused == []


def test_a_page_asks_no_other_host(ill: Patient, physician: User) -> None:
    visitor = browser(physician)
    for address in ("/", "/accounts/logout/", *pages_of(ill)):
        assert read(visitor.get(address)).foreign == []


def test_no_id_stands_twice_in_a_page(ill: Patient, physician: User) -> None:
    visitor = browser(physician)
    for address in ("/", *pages_of(ill)):
        ids = read(visitor.get(address)).ids
        assert sorted(ids) == sorted(set(ids)), address


def test_what_a_person_wrote_is_text_in_a_page(ill: Patient, physician: User) -> None:
    for address in ("/", "/patients/", f"/patients/{ill.pk}/"):
        body = browser(physician).get(address).content.decode()
        assert "O&#x27;Hara &amp; &lt;Sons&gt;" in body
        assert "<Sons>" not in body


def test_plotly_finds_its_style_sheet_and_injects_none(ill: Patient, physician: User) -> None:
    body = browser(physician).get(f"/patients/{ill.pk}/").content.decode()
    (link,) = re.findall(r"<link rel=\"stylesheet\"[^>]*>", body)
    assert 'id="plotly.js-style-global"' in link
    assert 'class="no-inline-styles"' in link


def test_htmx_evaluates_and_injects_nothing(physician: User) -> None:
    body = browser(physician).get("/").content.decode()
    (configured,) = re.findall(r"<meta name=\"htmx-config\" content='([^']*)'>", body)
    assert all(f'"{switch}": {value}' in configured for switch, value in (
        ("includeIndicatorStyles", "false"), ("allowEval", "false"), ("selfRequestsOnly", "true"), ("historyCacheSize", "0"),
    ))  # fmt: skip


@pytest.mark.parametrize("name", ["ui.css", "ui.js", "vendor/htmx.min.js", "vendor/plotly-basic.min.js"])
def test_static_files_are_not_sniffed(client: Client, name: str) -> None:
    response = client.get(f"/static/{name}")
    response.close()
    assert response.status_code == 200
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Type"].startswith(("text/css", "text/javascript"))


def test_cookies_are_kept_from_scripts_and_other_sites(physician: User) -> None:
    assert project.SESSION_COOKIE_HTTPONLY is True
    assert project.SESSION_COOKIE_SAMESITE == project.CSRF_COOKIE_SAMESITE == "Lax"
    assert team().pk  # a second team, so that nothing above was about the only one
