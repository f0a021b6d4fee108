"""The course and the flowsheet of one patient's page: what is there, how much of it, and which alerts are marked."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from alerts.rules.rule import Evidence, Severity
from monitor.flowsheet import Cell
from monitor.flowsheet_rows import SHOWN_DAYS
from monitor.patient_page import SHOWN_ROWS, PatientPage
from patients import recording
from patients.models import Observation, Patient, User
from tests.factories import alert, browser, caregiver, event, member, patient, result, results, revision
from tests.monitor.test_patient_page import page, resting_on
from tests.patients.records import result as new

pytestmark = pytest.mark.django_db
NOW = timezone.now()


@pytest.fixture
def ill() -> Patient:
    return patient(name="Mara Veit", identifier="C03")


@pytest.fixture
def physician(ill: Patient) -> User:
    return member(ill.team)


def grid(found: PatientPage) -> list[tuple[Cell | None, ...]]:
    """Return the rows of the flowsheet."""
    return [row.cells for section in found.sheet.sections for row in section.rows]


def cells(found: PatientPage) -> list[Cell]:
    """Return every cell of the flowsheet that holds a result."""
    return [cell for row in grid(found) for cell in row if cell]


def test_results_are_listed_newest_first_with_name_and_canonical_unit(ill: Patient, physician: User) -> None:
    result(ill, 124, days_ago=9)
    result(ill, 5.1, days_ago=3, code="FE", unit="umol/L")
    result(ill, 98, days_ago=1)
    found = page(ill, physician)
    assert [(one.what, one.value, one.unit) for one in found.rows] == [
        ("Hemoglobin", 98, "g/L"),
        ("Iron", 5.1, "umol/L"),
        ("Hemoglobin", 124, "g/L"),
    ]
    assert found.last is not None
    assert (found.last.value, found.hemoglobin_count) == (98, 2)
    assert [[cell.result.value for cell in row if cell] for row in grid(found)] == [[98, 124], [5.1]]


def test_what_keeps_a_result_out_of_the_rules_is_shown(ill: Patient, physician: User) -> None:
    result(ill, 60, status="preliminary", days_ago=2)
    result(ill, 240, unconfirmed=True, comparator=">", days_ago=1)
    newest, oldest = page(ill, physician).rows
    assert (newest.usable, newest.unconfirmed, newest.comparator) == (True, True, ">")
    assert (oldest.usable, oldest.unconfirmed) == (False, False)


def test_a_bound_is_said_as_one(ill: Patient, physician: User) -> None:
    result(ill, 60, comparator="<")
    last = page(ill, physician).last
    assert last is not None
    assert (last.value, last.comparator) == (60, "<")


def test_what_was_retracted_is_not_shown(ill: Patient, physician: User) -> None:
    wrong = result(ill, 980)
    Observation.objects.filter(pk=wrong.pk).update(retracted_revision=revision(ill))
    found = page(ill, physician)
    assert (found.rows, found.row_count, found.last, found.sheet.columns) == ((), 0, None, ())


def test_a_long_history_is_shown_in_part_unless_asked_for(ill: Patient, physician: User) -> None:
    many = SHOWN_ROWS + 5
    results(ill, [120.0] * many, every_days=1)
    found, whole = page(ill, physician), page(ill, physician, all_results=True)
    assert (len(found.rows), found.row_count, found.hemoglobin_count) == (SHOWN_ROWS, many, many)
    assert (found.sheet.shown, found.sheet.days) == (SHOWN_DAYS, many)
    assert (len(whole.rows), whole.sheet.shown) == (many, many)
    lines = [next(one for one in seen.figure["data"] if one["name"] == "Hemoglobin") for seen in (found, whole)]
    assert [len(line["x"]) for line in lines] == [many, many]  # the curve is always whole


def test_remissions_are_said_as_a_chain(ill: Patient, physician: User) -> None:
    assert page(ill, physician).chain == ""
    event(ill, "exacerbation", days_ago=100, status="confirmed", until=str((NOW - timedelta(days=41)).date()))
    found = page(ill, physician)
    assert found.chain.startswith("41+")
    assert "Remissions" in [pane["name"] for pane in found.figure["layout"]["meta"]["panes"]]


def test_the_result_of_an_alert_is_marked_in_table_and_curve(ill: Patient, physician: User) -> None:
    first, last = results(ill, [124, 98])
    alert(ill, Severity.MODERATE, found=resting_on(last))
    alert(ill, Severity.HIGH, found=resting_on(last))
    found = page(ill, physician)
    assert [(one.value, one.severity) for one in found.rows] == [(98, Severity.HIGH), (124, None)]
    assert {cell.result.id: cell.result.severity for cell in cells(found)} == {last.pk: Severity.HIGH, first.pk: None}
    (marks,) = [trace for trace in found.figure["data"] if trace["name"] == "High alert"]
    assert list(marks["y"]) == [98]


def test_baseline_and_supporting_rows_are_no_marks(ill: Patient, physician: User) -> None:
    row = result(ill, 124)
    other = Evidence("baseline", "observation", row.pk, "HGB", row.effective_at, row.value, row.unit)
    bled = Evidence("result", "event", row.pk, "hemoptysis", row.effective_at, "streaks", "")
    alert(ill, Severity.HIGH, found={"evidence": (other, bled)})
    assert page(ill, physician).rows[0].severity is None


def test_a_caregivers_flowsheet_marks_no_alert(ill: Patient) -> None:
    row = result(ill, 98)
    alert(ill, Severity.HIGH, found=resting_on(row))
    found = page(ill, caregiver(ill))
    assert [cell.result.severity for cell in cells(found)] == [None]
    assert not [one for one in found.figure["data"] if "alert" in one["name"]]


def test_the_legend_explains_what_is_drawn_and_nothing_else(ill: Patient, physician: User) -> None:
    result(ill, 124, days_ago=3)
    plain = browser(physician).get(f"/patients/{ill.pk}/").content.decode()
    assert "reference range, from 115" in plain
    assert not [words for words in ("exacerbation</span>", "taken</span>", "high alert</span>") if words in plain]
    event(ill, "exacerbation", days_ago=2, status="confirmed")
    alert(ill, Severity.HIGH, found=resting_on(result(ill, 98)))
    full = browser(physician).get(f"/patients/{ill.pk}/").content.decode()
    assert "exacerbation</span>" in full
    assert "high alert</span>" in full


def test_all_is_one_link_away_and_then_there_is_no_more(ill: Patient, physician: User) -> None:
    results(ill, [120.0] * (SHOWN_ROWS + 1), every_days=1)
    client = browser(physician)
    part, whole = (client.get(f"/patients/{ill.pk}/{query}").content.decode() for query in ("", "?all"))
    assert '<a href="?all#course-table">' in part
    assert '<a class="btn btn--s" href="?all#flow-h">' in part
    assert "?all#" not in whole


def test_a_page_of_thousands_of_results_is_not_much_larger_than_its_figure(ill: Patient, physician: User) -> None:
    facts = [new(ill, 120 + place % 9, effective_at=NOW - timedelta(hours=7 * place + 1)) for place in range(3000)]
    recording.record(facts, by=None, at=NOW, why="test")
    body = browser(physician).get(f"/patients/{ill.pk}/").content
    found = page(ill, physician)
    assert (found.row_count, found.hemoglobin_count, len(found.rows)) == (3000, 3000, SHOWN_ROWS)
    assert len(body) < len(json.dumps(found.figure)) + 80_000
