"""The flowsheet on the page and as a file: for whom, and what it says."""

import csv
import io
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from uuid import uuid4

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from alerts.rules.rule import Severity
from patients.models import Observation, Patient, Seen, User
from tests.factories import alert, browser, caregiver, member, patient, result, results, team, upload
from tests.monitor.test_patient_page import resting_on

pytestmark = pytest.mark.django_db


@pytest.fixture
def ill() -> Patient:
    return patient(team("north"), "Mara Veit")


@pytest.fixture
def physician(ill: Patient) -> User:
    return member(ill.team)


def file(user: User, of: Patient) -> HttpResponse:
    """Ask for the file."""
    return browser(user).get(f"/patients/{of.pk}/flowsheet.csv")  # type: ignore[return-value] # the stubs' own class


def page(user: User, of: Patient, query: str = "") -> str:
    """Return the page's source."""
    return browser(user).get(f"/patients/{of.pk}/{query}").content.decode()


def lines(response: HttpResponse) -> list[list[str]]:
    """Return the file as a program reads it."""
    return list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"), newline="")))


def test_the_file_holds_every_result(ill: Patient, physician: User) -> None:
    results(ill, [120.0 + place for place in range(60)], every_days=1)
    found = lines(file(physician, ill))
    assert found[0] == ["Date", "Time", "Hemoglobin [g/L]", "Notes"]
    assert [line[2] for line in found[1:]] == [str(179 - place) for place in range(60)]


def test_the_file_is_a_download_that_names_nobody_and_is_kept_nowhere(ill: Patient, physician: User) -> None:
    result(ill, 98)
    response = file(physician, ill)
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="flowsheet.csv"'
    assert response["Cache-Control"] == "private, no-store"
    assert "Mara" not in response.content.decode()


def test_what_a_laboratory_wrote_is_no_formula(ill: Patient, physician: User) -> None:
    written = '=HYPERLINK("http://example.org")'
    result(ill, None, code="ANCA", unit="", value_text=written)  # type: ignore[arg-type] # words are no number
    assert lines(file(physician, ill))[1][2] == f"'{written}"


def test_an_empty_file_is_a_heading(ill: Patient, physician: User) -> None:
    assert lines(file(physician, ill)) == [["Date", "Time", "Notes"]]


@pytest.mark.parametrize("role", ["physician", "nurse"])
def test_who_reads_results_may_have_the_file(ill: Patient, role: str) -> None:
    assert file(member(ill.team, role), ill).status_code == 200


def test_a_caregiver_may_a_coordinator_may_not_and_a_stranger_finds_nothing(ill: Patient) -> None:
    assert file(caregiver(ill), ill).status_code == 200
    assert file(member(ill.team, "coordinator"), ill).status_code == 403
    assert file(member(team("south")), ill).status_code == 404
    missing = browser(member(ill.team)).get(f"/patients/{uuid4()}/flowsheet.csv")
    assert missing.status_code == 404


def test_the_database_gives_the_file_to_who_may_have_it(
    ill: Patient, physician: User, as_web: Callable[[User], AbstractContextManager[None]]
) -> None:
    results(ill, [124, 98])
    client = browser(physician)
    with as_web(physician):
        response = client.get(f"/patients/{ill.pk}/flowsheet.csv")
    assert len(lines(response)) == 3  # type: ignore[arg-type] # the stubs' own class


def link(row: Observation) -> str:
    """Return how a cell leads to the page of its result."""
    return f'<a href="{reverse("fact", args=[row.patient_id, "observation", row.pk])}">'


def test_the_page_shows_the_sheet_with_flags_and_arrows(ill: Patient, physician: User) -> None:
    first, last = results(ill, [124, 98])
    alert(ill, Severity.HIGH, found=resting_on(last))
    body = page(physician, ill)
    assert '<th scope="row">Hemoglobin<small>g/L · 115 to 150</small></th>' in body
    flag = '<span aria-hidden="true">↓ L</span><span class="vh">low, lower than before</span>'
    assert f'<td class="v-c">{link(last)}98</a><span class="flag">{flag}' in body
    assert 'aria-label="high alert"' in body
    assert f"<td>{link(first)}124</a></td>" in body


def test_the_page_says_what_is_to_be_known_of_a_value(ill: Patient, physician: User) -> None:
    early = result(ill, 124, status="preliminary", days_ago=2)
    late = result(ill, 125, unconfirmed=True, days_ago=1)
    body = page(physician, ill)
    assert f'<td class="v-none">{link(early)}124</a><span class="flag">prel.</span></td>' in body
    flag = '<span aria-hidden="true">?</span><span class="vh">unconfirmed</span>'
    assert f'<td>{link(late)}125</a><span class="flag">{flag}</span></td>' in body


def test_a_long_sheet_leads_to_all_of_it(ill: Patient, physician: User) -> None:
    results(ill, [120.0] * 40, every_days=1)
    part, whole = page(physician, ill), page(physician, ill, "?all")
    assert "All 40 days" in part
    assert "All 40 days" not in whole
    assert len(re.findall(r"<td><a [^>]+>120</a></td>", part)) == 30
    assert len(re.findall(r"<td><a [^>]+>120</a></td>", whole)) == 40


def test_a_long_table_says_how_much_it_shows(ill: Patient, physician: User) -> None:
    results(ill, [120.0] * 110, every_days=1)
    assert "The newest 100 of 110." in page(physician, ill)
    assert "The newest" not in page(physician, ill, "?all")


def test_the_course_names_its_strips_for_who_does_not_see_it(ill: Patient, physician: User) -> None:
    result(ill, 98)
    result(ill, 9, code="FE", unit="umol/L")
    label = "Course of Mara Veit on one time axis: hemoglobin, iron. The same data follow as a table."
    assert f'aria-label="{label}"' in page(physician, ill)


def test_without_anything_the_page_says_so_and_loads_no_chart(ill: Patient, physician: User) -> None:
    body = page(physician, ill)
    assert "Nothing to draw yet" in body
    assert "No results" in body
    assert "vendor/plotly" not in body
    assert "flowsheet.csv" not in body


def test_the_page_holds_no_style_and_no_script_of_its_own(ill: Patient, physician: User) -> None:
    results(ill, [124, 98])
    body = page(physician, ill)
    assert " style=" not in body
    tags = re.findall(r"<script[^>]*>", body)
    assert [tag for tag in tags if "src=" not in tag] == ['<script id="course-figure" type="application/json">']


def test_the_cost_of_the_file_does_not_grow_with_results(ill: Patient, physician: User) -> None:
    results(ill, [124, 98])
    costs = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as asked:
            assert file(physician, ill).status_code == 200
        costs.append(len(asked))
        results(ill, [120.0] * 40, every_days=1.7)
    assert costs[0] == costs[1]


HELD = {"code": "HGB", "value": 9.8, "unit": "g/dL", "canonical_value": 98.0, "effective_at": "2026-03-03"}


def test_a_held_value_is_a_marked_cell_that_leads_to_its_row(ill: Patient, physician: User) -> None:
    result(ill, 124)
    waiting = upload(ill, rows=[{"state": "accepted"}, {"state": "held", "reading": HELD}], state="held")
    body = page(physician, ill)
    address = f"/uploads/{waiting.pk}/#row-1"
    assert f'<td class="v-held"><a href="{address}"><span class="vh">held: </span>98</a></td>' in body
    assert '<tr id="row-1">' in browser(physician).get(address).content.decode()
    assert "held for a person, in its file" in body


def test_a_held_value_is_no_result(ill: Patient, physician: User) -> None:
    """It is not in the file, not in the course, and no arrow compares with it."""
    result(ill, 124)
    upload(ill, rows=[{"state": "held", "reading": HELD}], state="held")
    assert [line[2] for line in lines(file(physician, ill))[1:]] == ["124"]
    body = page(physician, ill)
    assert "from 1 result." in body
    assert "↓" not in body.split("panel__foot")[0]


def test_who_took_the_file_away_is_kept(ill: Patient, physician: User) -> None:
    file(physician, ill)
    assert [(one.user, one.patient, one.what) for one in Seen.objects.all()] == [(physician, ill, "flowsheet")]
    file(member(ill.team, "coordinator"), ill)
    assert Seen.objects.count() == 1
