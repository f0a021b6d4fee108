"""Pages: a cursor that is none of ours leads nowhere, and one that is ours leaves nothing out."""

from base64 import b64encode
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from patients.models import Patient
from tests import factories
from tests.patients.programs import Program, problem

pytestmark = pytest.mark.django_db


@pytest.fixture
def nurse() -> Program:
    return Program(factories.member(factories.patient(identifier="MRN-1").team, "nurse"))


def cursor(**parts: str) -> str:
    """Return a cursor of our own form that says something else."""
    return b64encode(urlencode(parts).encode()).decode()


@pytest.mark.parametrize(
    "wrong",
    [
        "x",
        "%00",
        "ключ",
        cursor(p="no date"),
        cursor(p="\0"),
        cursor(p="2026-13-45 00:00"),
        cursor(o="-1"),
        cursor(o="1e9"),
        cursor(o="x", p="2026-01-01"),
        cursor(p="9" * 400),
    ],
)
@pytest.mark.parametrize("path", ["patients/", "uploads/", "alerts/", "observations/", "treatments/"])
def test_a_cursor_of_nobodys_is_a_404(nurse: Program, path: str, wrong: str) -> None:
    query = {"cursor": wrong} | ({"patient": "MRN-1"} if path in ("observations/", "treatments/") else {})
    assert problem(nurse.get(path, query), 404)["detail"] == "Invalid cursor"


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=30), st.booleans())
def test_no_cursor_is_a_failure_of_ours(nurse: Program, text: str, framed: bool) -> None:
    asked = cursor(p=text) if framed and max(text, default="") < "\ud800" else text
    answer = nurse.get("observations/", {"patient": "MRN-1", "cursor": asked.encode("utf-8", "replace").decode()})
    assert answer.status_code in (200, 400, 404)


@pytest.mark.parametrize("size", ["0", "-1", "201", "x", "1.5", ""])
def test_a_size_of_page_that_is_none_is_refused(nurse: Program, size: str) -> None:
    assert set(problem(nurse.get("patients/", {"page_size": size}), 400)["errors"]) == {"page_size"}


@pytest.mark.parametrize("size", [1, 2, 3, 7, 200])
def test_pages_of_any_size_leave_nothing_out(nurse: Program, size: int) -> None:
    ill = Patient.objects.get()
    made = [factories.result(ill, 100 + n, days_ago=n // 3, performer=f"laboratory {n}").pk for n in range(7)]
    found = [row["id"] for row in nurse.rows("observations/", {"patient": "MRN-1", "page_size": size})]
    assert sorted(found) == sorted(made)
    assert len(set(found)) == 7


def test_rows_that_arrive_meanwhile_move_no_page(nurse: Program) -> None:
    ill = Patient.objects.get()
    made = [factories.result(ill, 100 + n, days_ago=n).pk for n in range(1, 5)]
    first = nurse.get("observations/", {"patient": "MRN-1", "page_size": 2}).json()
    factories.result(ill, 99)
    second = nurse.client.get(first["next"]).json()
    assert [row["id"] for row in (*first["results"], *second["results"])] == made
