"""The page of the results' grid: all or nothing, nothing typed is lost, and what is unclear is asked beside its field."""

import pytest

from patients.models import Observation, PatientRevision
from tests.monitor.recording_desk import NOTHING, Desk, counts, desk, said, words, yesterday

pytestmark = pytest.mark.django_db
RESULTS = "record/results/"
HGB = {"on": yesterday(), "clock": "08:10", "value-HGB": "104", "unit-HGB": "g/L"}


@pytest.fixture
def here(db: None) -> Desk:
    return desk()


def test_results_are_recorded_together_in_the_patients_zone(here: Desk) -> None:
    visitor = here.visitor()
    response = visitor.post(here.path(RESULTS), {**HGB, "value-CRP": "12,5", "unit-CRP": "mg/L", "performer": "Lab A"})
    assert response["Location"] == here.path()
    rows = {row.code: row for row in Observation.objects.all()}
    assert {code: (row.value, row.unit, row.performer) for code, row in rows.items()} == {
        "HGB": (104.0, "g/L", "Lab A"),
        "CRP": (12.5, "mg/L", "Lab A"),
    }
    assert rows["HGB"].effective_at.isoformat()[11:16] in {"06:10", "07:10"}
    assert (PatientRevision.objects.get().by, "2 results recorded." in said(visitor)) == (here.people["nurse"], True)


@pytest.mark.parametrize(
    "wrong",
    [
        {"value-CRP": "x", "unit-CRP": "mg/L"},
        {"value-SPO2": "40", "unit-SPO2": "%"},
        {"on": "2999-01-01"},
        {"value-CRP": "3", "unit-CRP": "kg"},
    ],
)
def test_one_mistake_keeps_everything_from_being_recorded_and_loses_nothing(here: Desk, wrong: dict[str, str]) -> None:
    response = here.post(RESULTS, {**HGB, "performer": "Lab A", **wrong})
    page = words(response)
    assert (response.status_code, counts()) == (400, NOTHING)
    for value in ("104", "Lab A", *(one for name, one in wrong.items() if not name.startswith("unit"))):
        assert f'value="{value}"' in page
    assert "Not saved yet." in page
    assert "data-takes-focus" in page
    assert 'aria-invalid="true"' in page


def test_the_summary_links_to_the_field_and_the_field_to_its_error(here: Desk) -> None:
    page = words(here.post(RESULTS, {"on": yesterday(), "value-HGB": "980", "unit-HGB": "g/L"}))
    assert '<a href="#id_value-HGB">Hemoglobin</a>' in page
    assert 'id="id_value-HGB_error"' in page
    assert 'aria-describedby="id_value-HGB_error"' in page


def confirmed(page: str, name: str) -> str:
    """Return what the page offers to be ticked."""
    start = page.index(f'name="{name}" value="') + len(f'name="{name}" value="')
    return page[start : page.index('"', start)]


def test_an_unusual_value_is_recorded_when_the_person_says_that_it_is_right(here: Desk) -> None:
    low = {**HGB, "value-HGB": "38"}
    page = words(here.post(RESULTS, low))
    assert "38 g/L is unusually low for Hemoglobin. Is it right?" in page
    assert counts() == NOTHING
    assert here.post(RESULTS, {**low, "right-HGB": confirmed(page, "right-HGB")}).status_code == 302
    row = Observation.objects.get()
    assert (row.value, row.unconfirmed) == (38.0, False)


def test_a_contradiction_shows_what_is_known_and_is_corrected_with_a_reason(here: Desk) -> None:
    here.post(RESULTS, HGB)
    other = {**HGB, "value-HGB": "98"}
    page = words(here.post(RESULTS, other))
    assert "Known: 104 g/L" in page
    assert here.path(f"facts/observation/{Observation.objects.get().pk}/") in page
    other["corrects-HGB"] = confirmed(page, "corrects-HGB")
    assert "Say why what is known is wrong." in words(here.post(RESULTS, other))
    assert Observation.objects.count() == 1
    assert here.post(RESULTS, {**other, "reason": "another tube"}).status_code == 302
    assert [row.value for row in Observation.objects.filter(retracted_revision=None)] == [98.0]
    assert PatientRevision.objects.get(n=2).why == "another tube"


def test_the_same_results_again_are_said_to_be_there(here: Desk) -> None:
    visitor = here.visitor()
    for _ in range(2):
        visitor.post(here.path(RESULTS), HGB)
    assert "1 was recorded before." in said(visitor)
    assert counts() == (1, 0, 0, 1)


def test_another_test_is_added_without_losing_anything(here: Desk) -> None:
    sent = {**HGB, "value-CRP": "not yet", "extra": ["LDH"], "value-LDH": "240", "another": "Kreatinin", "add": "1"}
    response = here.post(RESULTS, sent)
    page = words(response)
    assert (response.status_code, counts()) == (200, NOTHING)
    assert 'name="value-CREA"' in page
    assert 'value="not yet"' in page
    assert 'value="240"' in page
    assert "Not saved yet." not in page


def test_a_neighbor_with_the_same_value_is_asked_about_and_may_be_another_sample(here: Desk) -> None:
    here.post(RESULTS, {**HGB, "performer": "Lab A"})
    other = {**HGB, "clock": "08:20"}
    page = words(here.post(RESULTS, other))
    assert "The same value is known within half an hour of this time" in page
    assert "It is another sample, record it" in page
    assert here.post(RESULTS, {**other, "right-HGB": confirmed(page, "right-HGB")}).status_code == 302
    assert Observation.objects.count() == 2


def test_a_contradiction_of_one_keeps_the_others_from_being_recorded(here: Desk) -> None:
    here.post(RESULTS, HGB)
    before = counts()
    page = words(here.post(RESULTS, {**HGB, "value-HGB": "98", "value-CRP": "3", "unit-CRP": "mg/L"}))
    assert "Another value is known for this time." in page
    assert 'value="3"' in page
    assert counts() == before


def test_the_reason_is_asked_only_where_something_is_corrected(here: Desk) -> None:
    assert 'name="reason"' not in words(here.get(RESULTS))
    here.post(RESULTS, HGB)
    assert 'name="reason"' in words(here.post(RESULTS, {**HGB, "value-HGB": "98"}))


def test_enter_records_and_does_not_add_a_row(here: Desk) -> None:
    page = words(here.get(RESULTS))
    first = page.index("<button", page.index('<form class="panel__body'))
    assert 'name="add"' not in page[first : page.index(">", first)]
