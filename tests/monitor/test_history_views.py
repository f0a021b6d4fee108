"""The history page: who may know what of whom, in which words, and at how many queries."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from monitor.history_views import SAW_WORDS, page_of
from patients import recording, seen
from patients.annals import PAGE, Deed
from patients.correcting import correct
from patients.models import Seen, What
from tests.factories import upload
from tests.monitor.recording_desk import Desk, desk, words
from tests.patients.records import result

pytestmark = pytest.mark.django_db
KNOWN = {"patient", "nurse", "physician"}


@pytest.fixture
def here() -> Desk:
    made = desk()
    for role, name in (("nurse", "Lena Mayer"), ("physician", "Ivo Kern"), ("coordinator", "Rosa Lind")):
        made.people[role].first_name, made.people[role].last_name = name.split()
        made.people[role].save()
    return made


def ago(hours: float) -> datetime:
    return timezone.now() - timedelta(hours=hours)


def record(here: Desk, value: float = 98, *, hours: float = 9, by: str = "nurse", why: str = "") -> int:
    """Record a hemoglobin some hours ago; return its id."""
    at = ago(hours)
    fact = result(here.ill, value, effective_at=at)
    (outcome,) = recording.record([fact], by=here.people[by], at=at, why=why)
    assert outcome.fact_id is not None
    return outcome.fact_id


def look(here: Desk, what: What = What.PAGE, *, hours: float = 5, by: str = "physician") -> None:
    assert seen.note(here.people[by].pk, [here.ill.pk], what, at=ago(hours))


def text(page: Any) -> str:
    """Return what the page says within its list, without marks."""
    main = words(page).split("<main", 1)[1].split("panel__foot")[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main)).replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("role", "status", "facts", "looks"),
    [
        ("physician", 200, True, True),
        ("nurse", 200, True, True),
        ("patient", 200, True, True),
        ("coordinator", 200, False, True),
        ("caregiver", 200, True, False),
        ("stranger", 404, False, False),
        ("admin", 404, False, False),
    ],
)
def test_each_role_knows_what_the_matrix_says(here: Desk, role: str, status: int, facts: bool, looks: bool) -> None:
    record(here)
    look(here)
    page = here.get("history/", role)
    assert page.status_code == status
    if status == 200:
        assert ("98 g/L" in text(page), "Ivo Kern the patient’s pages" in text(page)) == (facts, looks)


def test_it_says_who_did_what_when_and_why(here: Desk) -> None:
    wrong = record(here, 61, why="typed in")
    correct(wrong, result(here.ill, 98, effective_at=ago(9)), by=here.people["physician"], at=ago(8), why="a slip")
    said = text(here.get("history/?show=corrected"))
    assert "Corrected Ivo Kern a slip" in said
    assert re.search(r"Recorded Hemoglobin: 98 g/L, .* Took back Hemoglobin: 61 g/L", said)
    assert "Recorded Lena Mayer typed in" in text(here.get("history/"))


def test_a_file_without_news_is_told_as_that(here: Desk) -> None:
    recording.record([], by=None, at=ago(3), why="file", upload_id=upload(here.ill).pk, read_for=[here.ill.pk])
    assert "Recorded The service a file that brought nothing new" in text(here.get("history/"))


def test_every_fact_is_led_to(here: Desk) -> None:
    wrong = record(here, 61)
    recording.retract("observation", wrong, by=None, at=ago(3), why="another patient's")
    page = words(here.get("history/"))
    assert page.count(reverse("fact", args=[here.ill.pk, "observation", wrong])) == 2
    assert "<strong>The service</strong>" in page


def test_facts_beyond_the_first_are_counted(here: Desk) -> None:
    several = [result(here.ill, 100 + n, effective_at=ago(50 + n)) for n in range(8)]
    recording.record(several, by=here.people["nurse"], at=ago(4), why="a file")
    assert "and 3 more" in text(here.get("history/"))


@pytest.mark.parametrize("what", What)
def test_whatever_is_seen_has_words(here: Desk, what: What) -> None:
    look(here, what, hours=30)
    assert f"Ivo Kern {SAW_WORDS[what]}" in text(here.get("history/?show=saw"))


@pytest.mark.parametrize(
    ("show", "said", "current"),
    [
        ("recorded", {"Recorded"}, "Recorded"),
        ("saw", {"Saw"}, "Saw"),
        ("corrected", set(), "Corrected"),
        ("", {"Recorded", "Saw"}, "All"),
        ("gossip", {"Recorded", "Saw"}, "All"),
    ],
)
def test_it_is_narrowed_by_a_tab(here: Desk, show: str, said: set[str], current: str) -> None:
    record(here)
    look(here)
    page = words(here.get(f"history/?show={show}"))
    assert set(re.findall(r'<span class="badge[^"]*">(\w+)</span>', page)) == said
    assert re.search(rf'aria-current="page">{current}</a>', page.split('aria-label="What was done"')[1])
    assert ("Nothing was corrected" in page) == (show == "corrected")


def test_a_coordinator_is_offered_no_tabs_and_opens_none(here: Desk) -> None:
    record(here)
    page = here.get("history/?show=recorded", "coordinator")
    assert 'aria-label="What was done"' not in words(page)
    assert "98" not in text(page)
    assert "Rosa Lind the history" in text(page)


def test_older_entries_are_on_the_next_pages(here: Desk) -> None:
    for hours in range(PAGE + 3):
        look(here, hours=100 + 2 * hours)
    first = words(here.get("history/?show=saw"))
    assert (first.count("<li><time"), 'rel="prev"' in first) == (PAGE, False)
    assert 'rel="next" href="?show=saw&amp;page=2"' in first
    second = words(here.get("history/?show=saw&page=2"))
    assert 'rel="prev" href="?show=saw&amp;page=1"' in second
    assert (second.count("<li><time"), 'rel="next"' in second) == (4, False)  # and the look at the first page
    assert "Nothing yet" in words(here.get("history/?show=saw&page=9"))


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("", 1),
        ("3", 3),
        ("0", 1),
        ("-2", 1),
        ("x", 1),
        ("٣", 1),
        ("1e9", 1),
        ("00", 1),
        ("9" * 30, 10_000),
        ("9" * 5000, 1),
    ],
)
def test_what_is_no_page_is_the_first(written: str, number: int) -> None:
    assert page_of(written) == number


@pytest.mark.parametrize("page", ["9" * 5000, "-" + "9" * 5000, "%00", "1" + "0" * 400])
@pytest.mark.parametrize(
    ("address", "role"),
    [
        ("/patients/{}/history/", "physician"), ("/patients/{}/facts/", "physician"), ("/me/{}/settings/looks/", "patient"),
        ("/patients/", "physician"), ("/uploads/", "physician"), ("/", "physician"),
    ],
)  # fmt: skip
def test_a_number_that_nobody_means_breaks_no_list(here: Desk, address: str, role: str, page: str) -> None:
    answer = here.visitor(role).get(f"{address.format(here.ill.pk)}?page={page}")
    assert answer.status_code == 200


@pytest.mark.parametrize(("role", "told"), [("physician", True), ("coordinator", True), ("caregiver", False)])
def test_only_who_may_know_who_saw_it_is_told_how_that_is_kept(here: Desk, role: str, told: bool) -> None:
    assert ("Who saw the record is kept once an hour" in words(here.get("history/", role))) is told


def test_opening_the_history_is_a_look_too(here: Desk) -> None:
    here.get("history/", "coordinator")
    assert Seen.objects.get().what == What.HISTORY
    assert "Rosa Lind the history" in text(here.get("history/", "patient"))


def test_the_cost_does_not_grow(here: Desk) -> None:
    visitor = here.visitor("physician")

    def cost() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert visitor.get(here.path("history/")).status_code == 200
        return len(asked)

    record(here)
    cost()
    before = cost()
    for hours in range(20):
        record(here, 90 + hours, hours=40 + hours)
        look(here, hours=100 + hours)
    assert cost() == before <= 24


def test_every_deed_has_its_word() -> None:
    assert set(SAW_WORDS) == set(What)
    assert [deed.value for deed in Deed] == ["recorded", "corrected", "saw"]
