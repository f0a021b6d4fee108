"""The list of what is recorded of a patient: every fact that holds is found there, by whoever may read it."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from monitor.fact_views import PAGE
from patients.recording import retract
from tests.factories import event, patient, result
from tests.monitor.recording_desk import Desk, desk, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def here(db: None) -> Desk:
    return desk()


@pytest.mark.parametrize(
    ("role", "status"),
    [("patient", 200), ("caregiver", 200), ("nurse", 200), ("coordinator", 403), ("stranger", 404), ("admin", 404)],
)
def test_who_reads_facts_finds_them(here: Desk, role: str, status: int) -> None:
    result(here.ill, 104)
    response = here.get("facts/", role)
    assert response.status_code == status
    assert ("104\u00a0g/L" in words(response)) is (status == 200)


def test_each_kind_has_its_tab(here: Desk) -> None:
    row, sputum = result(here.ill, 104), event(here.ill, "sputum", adequate=True)
    results_, events = words(here.get("facts/?kind=Results")), words(here.get("facts/?kind=Events"))
    assert here.path(f"facts/observation/{row.pk}/") in results_
    assert here.path(f"facts/event/{sputum.pk}/") in events
    assert here.path(f"facts/event/{sputum.pk}/") not in results_
    assert "Nothing recorded" in words(here.get("facts/?kind=Treatment"))


@pytest.mark.parametrize("query", ["", "?kind=nonsense", "?kind=Results&page=x", "?page=99"])
def test_an_unknown_tab_or_page_is_one_that_there_is(here: Desk, query: str) -> None:
    result(here.ill, 104)
    assert "104\u00a0g/L" in words(here.get(f"facts/{query}"))


def test_what_is_retracted_or_anothers_is_not_listed(here: Desk) -> None:
    gone = result(here.ill, 88)
    retract("observation", gone.pk, by=None, at=timezone.now(), why="")
    result(patient(here.ill.team), 77)
    page = words(here.get("facts/"))
    assert "88\u00a0g/L" not in page
    assert "77\u00a0g/L" not in page


def test_many_facts_have_pages_that_keep_their_tab_and_cost_the_same(here: Desk) -> None:
    visitor = here.visitor()

    def cost(rest: str) -> tuple[int, Any]:
        with CaptureQueriesContext(connection) as asked:
            response = visitor.get(here.path(rest))
        return len(asked), words(response)

    result(here.ill, 100)
    few, page = cost("facts/")
    assert "Next" not in page
    for n in range(PAGE + 5):
        result(here.ill, 101 + n / 10, days_ago=n)
    many, page = cost("facts/")
    assert (many, page.count("/facts/observation/")) == (few, PAGE)
    assert "?kind=Results&amp;page=2" in page
    assert cost("facts/?kind=Results&page=2")[1].count("/facts/observation/") == 6
