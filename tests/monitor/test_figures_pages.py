"""The list of the pages that are looked at: every address is there, each is said once, links are followed to what has an id."""

import re
from datetime import date

import pytest
from django.urls import URLPattern, resolve

from monitor.demo_accounts import ACCOUNTS, OWN, TEAM, WARDS
from monitor.demo_cohort import COHORT
from monitor.demo_patient import id_of
from monitor.figures_pages import PLACES, STRANGER, Place
from monitor.urls import urlpatterns

TODAY = date(2026, 3, 15)
UNSEEN = {
    "flowsheet", "demo-file", "schema", "live", "ready", "watch",  # no pages
    "alert",  # leads to its patient
    "settings",  # leads to the team's, or asks which of several
    "calendar",  # for programs
    "mail-stop", "mail-try",  # by the address in a mail; leads back to one's mail
    "me-plan-share", "me-plan-revoke",
    "acknowledge", "acknowledge-parts", "mute-end",
    "expected-files",  # its panel stands on the patient's page for a coordinator
    "me-dose", "me-dose-undo", "me-link-end", "me-sent",  # what is done, and where that leads
}  # fmt: skip
"""Addresses without a page in the list; where an act leads to is seen by the journeys."""


def no_page(path: str) -> str:
    """Stand in for reading where nothing is to be read."""
    raise AssertionError(path)


def names() -> set[str]:
    """Return the names of the addresses that the list opens, those behind a link by what they begin with."""
    found = set()
    for place in PLACES:
        path = place.path if not place.link else re.sub(r"\[0-9a-f-\]\{36\}", str(id_of("x")), place.link)
        for start, rest in (("event/", "1/"), ("mail/0", "/"), ("episodes/", "20260101/")):
            path = path.replace(start, start + rest) if place.link else path
        path = path.replace(r"\d+", "1")
        if place.status != 404:
            found.add(str(resolve(f"/{path.partition('?')[0]}").url_name))
    return found


def test_every_address_with_a_page_is_looked_at() -> None:
    ours = {
        str(one.name) for one in urlpatterns if isinstance(one, URLPattern) and not str(one.name).startswith("api-")
    }
    assert ours - names() - UNSEEN == set()


def test_names_files_and_captions_are_said_once() -> None:
    assert len({place.name for place in PLACES}) == len({place.slug for place in PLACES}) == len(PLACES)
    assert len({place.caption for place in PLACES}) == len(PLACES)
    assert all(place.caption.endswith(".") and len(place.caption) < 90 for place in PLACES)


def test_a_file_bears_the_name_in_plain_letters() -> None:
    assert Place("Patient's own: day 1", "", "", "").slug == "patient-s-own-day-1"
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", place.slug) for place in PLACES)


def test_every_role_is_one_of_the_demo_and_sees_whom_it_asks_for() -> None:
    assert {place.role for place in PLACES} - {STRANGER} <= {account.role for account in ACCOUNTS}
    ids = {str(id_of(one.identifier)): one.identifier for one in COHORT if not one.elsewhere}
    own = {identifier: role for place in PLACES for identifier, role in [*OWN.items(), *WARDS.items()]}
    for place in PLACES:
        for found in re.findall(r"[0-9a-f-]{36}/", place.path):
            assert ids[found.rstrip("/")], f"{place.name} is not of {TEAM}"
            if place.path.startswith("me/"):
                address = own[ids[found.rstrip("/")]]
                assert place.role == next(one.role for one in ACCOUNTS if one.address == address)


@pytest.mark.parametrize("place", [place for place in PLACES if not place.link], ids=lambda place: place.slug)
def test_an_address_stands_without_reading_anything(place: Place) -> None:
    assert place.address(no_page, TODAY) == place.path.replace("PAST", "2026-02-13T12:00")


def test_a_link_is_the_first_that_begins_so() -> None:
    html = '<a href="/a/9/">x</a> <a href="/b/12/?x=1&amp;y=2">y</a> <a href="/b/13/#row">z</a>'
    place = Place("b", "nurse", "list/", "", link="b/")
    assert place.address({"list/": html}.__getitem__, TODAY) == "b/12/?x=1&y=2"


def test_a_link_ends_before_its_place_in_the_page() -> None:
    place = Place("b", "nurse", "list/", "", link="b/")
    assert place.address(lambda _: '<a href="/b/13/#row">', TODAY) == "b/13/"


def test_a_page_without_the_link_is_said() -> None:
    place = Place("One upload", "nurse", "uploads/", "", link="uploads/[0-9a-f-]{36}/")
    with pytest.raises(LookupError, match=r"One upload: no link to uploads/.* on /uploads/"):
        place.address(lambda _: '<a href="/uploads/">', TODAY)


def test_what_the_gallery_shows_in_the_dark_is_little() -> None:
    assert {place.name for place in PLACES if place.dark} == {"Worklist", "Patient", "Today"}


def test_a_page_that_is_no_twin_covers_every_address() -> None:
    """The long proofs look at twins; what they stand for is looked at each time."""
    once = {place.path.partition("?")[0] for place in PLACES if not place.twin}
    kinds = [re.sub(r"[0-9a-f-]{36}", "ID", path) for path in once]
    assert {re.sub(r"[0-9a-f-]{36}", "ID", place.path.partition("?")[0]) for place in PLACES} <= set(kinds)
