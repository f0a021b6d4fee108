"""The gallery of the documents: every page is in it, in every width, small enough, and named with its caption."""

import re
import struct

import pytest
from django.db import connection
from django.utils import timezone

from alerts.models import Heartbeat, WatchState
from monitor.figures_demo import NotMeasuredError
from monitor.figures_pages import PLACES, Place
from tests import gallery
from tests.factories import patient, team
from tests.gallery import FOLDER, TALLEST, WIDTHS, listing, shots
from tests.pictures import SIGNATURE

BYTES = 6_000_000
SHOTS = [one for place in PLACES for one in shots(place)]


def size(name: str) -> tuple[int, int]:
    """Return width and height of a picture of the gallery."""
    content = (FOLDER / name).read_bytes()
    assert content.startswith(SIGNATURE)
    width, height = struct.unpack(">II", content[16:24])
    return width, height


def test_every_page_is_pictured_and_nothing_else() -> None:
    assert {path.name for path in FOLDER.glob("*.png")} == {one.name for one in SHOTS}, "make screenshots"


@pytest.mark.parametrize("width", WIDTHS)
def test_a_picture_is_as_wide_as_its_name_says(width: int) -> None:
    for one in SHOTS:
        if one.width == width:
            wide, high = size(one.name)
            assert wide == width, one.name
            assert 500 < high <= TALLEST, one.name


def test_all_of_it_is_small() -> None:
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < BYTES


def test_its_page_is_what_the_list_of_pages_says() -> None:
    assert (FOLDER / "README.md").read_text() == listing(), "make screenshots"


def test_its_page_shows_each_picture_once() -> None:
    links = re.findall(r"\]\(([^)]+\.png)\)", listing())
    assert sorted(links) == sorted(one.name for one in SHOTS)


def test_every_page_stands_in_one_group() -> None:
    grouped = [place.name for places in gallery.GROUPS.values() for place in places]
    assert sorted(grouped) == sorted(place.name for place in PLACES)


def test_a_page_of_the_dark_has_two_pictures_more() -> None:
    place = Place("The page", "nurse", "", "", dark=True)
    assert [one.name for one in shots(place)] == [
        "the-page-1440.png", "the-page-768.png", "the-page-360.png", "the-page-1440-dark.png", "the-page-360-dark.png",
    ]  # fmt: skip


def test_it_waits_until_the_demo_has_come_to_rest() -> None:
    answers = iter([False, False, True])
    gallery.wait(lambda: next(answers), every=0.0)
    assert list(answers) == []
    with pytest.raises(NotMeasuredError, match="did not come to rest within 0 s"):
        gallery.wait(lambda: False, seconds=0.0, every=0.0)


@pytest.mark.django_db
def test_rest_is_when_all_is_judged_and_both_watches_live() -> None:
    def calm() -> bool:
        with connection.cursor() as cursor:
            cursor.execute(gallery.CALM)
            return bool(cursor.fetchone()[0])

    assert not calm()
    for name in ("sweep", "mail"):
        Heartbeat.objects.create(name=name, beat_at=timezone.now())
    assert calm()
    ill = patient(team("north"))
    patient(team("south"), active=False)
    assert not calm()
    WatchState.objects.update_or_create(patient=ill, defaults={"evaluated_revision": ill.revision})
    assert calm()


def test_a_twin_has_one_picture() -> None:
    assert [one.name for one in shots(Place("The twin", "nurse", "", "", twin=True))] == ["the-twin-1440.png"]


def test_what_a_role_sees_is_said() -> None:
    (line,) = [one for one in listing().splitlines() if one.startswith("| Sign in:")]
    assert line.endswith("| nobody | The only page that everybody may open. |")
