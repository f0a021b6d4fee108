"""The worklist as a page: what it says, what a script is told when it refreshes or acts, and that it stays small."""

import html
import json
import re
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from django.utils import timezone

from alerts.rules.rule import Severity
from monitor import triage
from monitor.templatetags.showing import moment
from patients.models import CareTeam, Patient, User
from tests.factories import alert, alive, browser, event, member, patient, result, results, team
from tests.monitor.lists import heard, resting_on

pytestmark = pytest.mark.django_db
HX = {"HX-Request": "true"}


@pytest.fixture
def north() -> CareTeam:
    return team("north")


@pytest.fixture
def ill(north: CareTeam) -> Patient:
    return patient(north, "Mara Veit", identifier="C07")


@pytest.fixture
def physician(north: CareTeam) -> User:
    return member(north, first_name="Lena", last_name="Mayer")


class Shape(HTMLParser):
    """Collects ids, and what is opened and not closed."""

    VOID = frozenset({"meta", "link", "input", "br", "use", "path", "rect", "circle", "line", "polyline", "g"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.ids += [value for name, value in attrs if name == "id" and value]
        assert not [name for name, _ in attrs if name in ("style", "onclick")], attrs
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Note its end."""
        if tag not in self.VOID:
            assert self.open.pop() == tag


def text(response: Any) -> str:
    """Return what a page says, without its markup, spaces made plain."""
    words = html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode()))
    return re.sub(r"\s+", " ", words.replace("\u00a0", " "))


def filled(of: Patient, physician: User) -> None:
    """Give a patient something for every cell."""
    last = results(of, [124, 125, 123, 124, 98])[-1]
    event(of, "exacerbation", days_ago=100, status="confirmed")
    alert(
        of, Severity.HIGH, found=resting_on(last) | {"sentence": "Hb 98 g/L, 21 % below own baseline of 124. A fall."}
    )
    heard(of, days_ago=1)


def test_a_row_says_everything_in_words(ill: Patient, physician: User) -> None:
    filled(ill, physician)
    page = browser(physician).get("/")
    said = text(page)
    for words in (
        "Mara Veit", "C07 · female", "High", "Remission, day 86", "Hb 98 g/L, 21 % below own baseline of 124.", "98 g/L",
        "▼ 21 % against own baseline", "dose unknown", "86+", "Nobody yet", "Acknowledge Mara Veit", "a physician today",
    ):  # fmt: skip
        assert words in said, words
    assert "own-baseline band 113 to 135 g/L" in page.content.decode()


def test_who_is_silent_is_said_to_be(north: CareTeam, physician: User) -> None:
    quiet = patient(north, "Emil Lenz")
    result(quiet, 139, days_ago=74)
    heard(quiet, days_ago=74)
    heard(patient(north, "Ida Falk"), days_ago=None)
    said = text(browser(physician).get("/"))
    assert "No blood count for 74 days; one is due every 28. Nothing can be judged until a result arrives." in said
    assert "74 d silent" in said
    assert "No hemoglobin is known. Nothing can be judged until a result arrives." in said
    assert "2 patients need someone : 2 without data." in said
    assert "Acknowledge " not in said.replace("acknowledge", "")


def test_one_silent_patient_is_counted_by_days(north: CareTeam, physician: User) -> None:
    quiet = patient(north)
    result(quiet, 139, days_ago=74)
    heard(quiet, days_ago=74)
    assert "1 patient needs someone : 1 silent for 74 days." in text(browser(physician).get("/"))


def test_an_empty_list_says_how_many_were_looked_at(ill: Patient, physician: User) -> None:
    alive()
    heard(ill, days_ago=2)
    said = text(browser(physician).get("/"))
    assert "Nobody needs you right now 1 patient is followed: no alert is open, and nobody is silent" in said
    assert "No patient is followed by your team yet" in text(browser(member(team("south"))).get("/"))
    assert "Nobody is yours yet" in text(browser(physician).get("/", {"tab": "mine"}))


def test_filters_are_chips_that_take_themselves_away(ill: Patient, physician: User) -> None:
    alert(ill, Severity.LOW)
    page = browser(physician).get("/", {"severity": "high", "q": "<b>veit", "unacknowledged": "1"})
    body = page.content.decode()
    assert 'href="?unacknowledged=1&amp;q=%3Cb%3Eveit"' in body
    assert "No patient matches" in body
    assert "Severity: High, Unacknowledged, “&lt;b&gt;veit”" in body
    assert 'value="&lt;b&gt;veit"' in body
    assert '<option value="high" selected>' in body
    assert re.search(r'name="unacknowledged" value="1" checked', body)


def test_a_refresh_brings_the_list_its_head_and_the_title(ill: Patient, physician: User) -> None:
    filled(ill, physician)
    visitor = browser(physician)
    whole = visitor.get("/", {"severity": "high"})
    part = visitor.get("/", {"severity": "high"}, headers=HX)
    assert 'hx-get="/?severity=high" hx-trigger="every 60s, worklist-changed from:body"' in whole.content.decode()
    body = part.content.decode()
    assert "<title>Worklist · 1 high · IPH Watch</title>" in body
    assert body.count('hx-swap-oob="true"') == 2
    assert 'id="filters"' not in body  # what is being typed is left alone
    assert 'data-high="1"' in body
    assert (whole["X-List"], part["X-List"]) == ("worklist", "worklist")
    assert "hx-swap-oob" not in whole.content.decode()


@pytest.mark.parametrize(("tab", "pages"), [("", 2), ("all", 2), ("snoozed", 1)])
def test_a_page_that_is_no_more_leads_to_the_last_one(
    north: CareTeam, physician: User, monkeypatch: pytest.MonkeyPatch, tab: str, pages: int
) -> None:
    monkeypatch.setattr(triage, "PAGE", 2)
    ends = timezone.now() + timedelta(hours=5)
    alert(patient(north), state="snoozed", snoozed_until=ends)
    for _ in range(3 if tab == "" else 2):
        alert(patient(north), Severity.LOW)
    heard(patient(north), days_ago=1)
    visitor, last = browser(physician), f"/?tab={tab}" if tab else "/"
    last += f"{'&' if tab else '?'}page={pages}" if pages > 1 else ""
    assert visitor.get("/", {"tab": tab, "page": "9"})["Location"] == last
    part = visitor.get("/", {"tab": tab, "page": "9"}, headers=HX)
    assert (part.status_code, "data-row>" in part.content.decode()) == (200, True)


def test_of_an_empty_list_the_last_page_is_the_first(ill: Patient, physician: User) -> None:
    assert browser(physician).get("/?page=2")["Location"] == "/"


def test_a_snoozed_alert_is_no_calm(ill: Patient, physician: User) -> None:
    heard(ill, days_ago=2)
    ends = timezone.now() + timedelta(hours=5)
    alert(ill, Severity.LOW, state="snoozed", snoozed_until=ends)
    alert(ill, Severity.HIGH, state="snoozed", snoozed_until=ends + timedelta(hours=1))
    visitor = browser(physician)
    empty, row = visitor.get("/"), visitor.get("/?tab=all")
    assert "1 patient is followed: no alert waits, and nobody is silent; 1 snoozed" in text(empty)
    assert '<a href="/?tab=snoozed">1 snoozed</a>' in empty.content.decode()
    assert "no alert is open, and" not in text(empty)
    assert "None awake no alert is open, or all are snoozed" in text(row)
    assert re.search(r"High\s+Snoozed\s+Mara Veit", text(row))
    assert "No alert " not in text(row)


def test_who_is_silent_with_a_snoozed_alert_is_said_to_have_one(ill: Patient, physician: User) -> None:
    heard(ill, days_ago=99)
    alert(ill, Severity.HIGH, state="snoozed", snoozed_until=timezone.now() + timedelta(hours=5))
    said = text(browser(physician).get("/"))
    assert "No data" in said
    assert "An alert of high severity is snoozed until" in said


def test_a_script_is_told_and_fetches_the_list_anew(ill: Patient, physician: User) -> None:
    raised = alert(ill, Severity.HIGH)
    response = browser(physician).post(f"/alerts/{raised.pk}/acknowledge/", {"from": "worklist"}, headers=HX)
    assert (response.status_code, response.content) == (204, b"")
    events = json.loads(response["HX-Trigger"])
    assert events["toast"]["words"].startswith("Acknowledged.")
    assert (events["toast"]["failed"], events["toast"]["href"]) == (False, f"/alerts/{raised.pk}/")
    assert "worklist-changed" in events
    raised.refresh_from_db()
    assert raised.owner == physician


def test_a_script_is_told_who_was_first(ill: Patient, physician: User, north: CareTeam) -> None:
    raised = alert(ill)
    browser(member(north, "nurse", first_name="Zoë", last_name="Łuczak")).post(f"/alerts/{raised.pk}/acknowledge/")
    visitor = browser(physician)
    response = visitor.post(f"/alerts/{raised.pk}/acknowledge/", headers=HX)
    events = json.loads(response["HX-Trigger"])
    assert events["toast"]["failed"] is True
    assert "Not saved: Zoë Łuczak acknowledged it on " in events["toast"]["words"]
    assert response["HX-Trigger"].isascii()
    assert "Not saved" not in text(visitor.get("/"))  # said once


def test_without_a_script_one_stays_on_the_same_list(ill: Patient, physician: User) -> None:
    raised = alert(ill)
    visitor = browser(physician)
    sent = {"from": "worklist", "list": "?tab=all&severity=moderate&page=2&evil=1"}
    response = visitor.post(f"/alerts/{raised.pk}/acknowledge/", sent)
    assert response["Location"] == "/?tab=all&severity=moderate&page=2"


@pytest.mark.parametrize("address", ["https://example.org/", "//example.org", "?next=https://example.org"])
def test_nobody_is_led_elsewhere(ill: Patient, physician: User, address: str) -> None:
    raised = alert(ill)
    response = browser(physician).post(f"/alerts/{raised.pk}/acknowledge/", {"from": "worklist", "list": address})
    assert response["Location"] == "/"


def test_what_was_taken_on_says_so_and_can_still_be_put_off(ill: Patient, physician: User) -> None:
    alert(ill, Severity.HIGH, state="acknowledged", owner=physician)
    said = text(browser(physician).get("/"))
    assert "Lena Mayer Acknowledged" in said
    assert "Acknowledge Mara Veit" not in said
    assert "Snooze Mara Veit" in said


def test_a_line_leads_to_the_snoozed(ill: Patient, physician: User) -> None:
    until = timezone.now() + timedelta(hours=5)
    put_off = alert(
        ill, Severity.LOW, state="snoozed", snoozed_until=until, found={"sentence": "Step due. No dose since."}
    )
    visitor = browser(physician)
    page = visitor.get("/", {"q": "veit"})
    assert "1 patient has a snoozed alert, hidden until its time or until worse. The next returns on" in text(page)
    assert 'href="/?tab=snoozed&amp;q=veit"' in page.content.decode()
    said = text(visitor.get("/", {"tab": "snoozed"}))
    assert "Step due. No dose since." in said
    assert f"Snoozed until {moment(until)}".replace("\u00a0", " ") in said
    assert ("Acknowledge Mara Veit" in said, "Snooze Mara Veit" in said) == (True, False)
    visitor.post(f"/alerts/{put_off.pk}/acknowledge/")
    assert "Nothing is snoozed" in text(visitor.get("/", {"tab": "snoozed"}))


def test_a_row_with_another_alert_says_that_one_is_snoozed(ill: Patient, physician: User) -> None:
    alert(ill, Severity.HIGH, state="snoozed", snoozed_until=timezone.now() + timedelta(hours=5))
    alert(ill, Severity.LOW)
    assert "Another snoozed until" in text(browser(physician).get("/"))


def test_the_way_to_snooze_keeps_the_list(ill: Patient, physician: User) -> None:
    raised = alert(ill)
    body = browser(physician).get("/", {"tab": "all", "q": "veit"}).content.decode()
    assert f'href="/alerts/{raised.pk}/snooze/?from=worklist&amp;list=%3Ftab%3Dall%26q%3Dveit" data-asks' in body


def test_the_page_is_sound_and_holds_no_inline_style(ill: Patient, north: CareTeam, physician: User) -> None:
    filled(ill, physician)
    heard(patient(north), days_ago=99)
    for address in ("/", "/?tab=all", "/?q=x", "/?tab=mine", "/?tab=snoozed"):
        shape = Shape(browser(physician).get(address).content.decode())
        assert shape.open == []
        assert len(shape.ids) == len(set(shape.ids))
    assert Shape(browser(physician).get("/", headers=HX).content.decode()).open == []


def test_fifty_full_rows_stay_below_150_kilobytes(north: CareTeam, physician: User) -> None:
    for place in range(51):
        filled(patient(north, f"A patient with a long name {place}", identifier=f"C{place}"), physician)
    page = browser(physician).get("/")
    assert page.content.count(b"data-row>") == 50
    assert "1 to 50" in text(page)
    assert len(page.content) < 150_000
