"""Periods of lists by the API: both days belong to them, by the calendar of where the patient lives."""

from datetime import date

import pytest

from patients.models import Patient
from tests import factories
from tests.patients.programs import Program, problem

pytestmark = pytest.mark.django_db
KINDS = ("observation", "event", "treatment")


@pytest.fixture
def anna() -> Patient:
    return factories.patient(identifier="MRN-1")


@pytest.fixture
def doctor(anna: Patient) -> Program:
    return Program(factories.member(anna.team))


@pytest.mark.parametrize(
    ("since", "until", "days"),
    [
        (None, None, {1, 2, 3}),
        ("2026-03-02", None, {2, 3}),
        (None, "2026-03-02", {1, 2}),
        ("2026-03-02", "2026-03-02", {2}),
        ("2026-03-03T00:00Z", None, {3}),
        ("2026-03-04", None, set()),
        (None, "2026-03-02T11:59Z", {1}),
    ],
)
def test_a_period_holds_both_its_days(anna: Patient, doctor: Program, since: str, until: str, days: set[int]) -> None:
    for day in (1, 2, 3):
        factories.result(anna, 100 + day, effective_at=f"2026-03-0{day}T12:00Z")
    asked = {name: value for name, value in (("since", since), ("until", until)) if value}
    assert {row["value"] - 100 for row in doctor.rows("observations/", {"patient": "MRN-1", **asked})} == days


def test_a_day_is_that_of_where_the_patient_lives(doctor: Program) -> None:
    team = doctor.user.memberships.get().team
    far = factories.patient(team, identifier="MRN-9", time_zone="Pacific/Auckland")
    factories.result(far, 98.0, effective_at="2026-03-01T11:00Z", precision="day")  # midnight of 2 March there
    factories.result(far, 99.0, effective_at="2026-03-01T10:59Z")
    query = {"patient": "MRN-9", "since": "2026-03-02"}
    (row,) = doctor.rows("observations/", query)
    assert (row["value"], row["effective_at"], row["precision"]) == (98, "2026-03-02", "day")
    (early,) = doctor.rows("observations/", {"patient": "MRN-9", "until": "2026-03-01"})
    assert (early["value"], early["effective_at"]) == (99, "2026-03-01T10:59:00+00:00")


@pytest.mark.parametrize(
    ("since", "until", "found"),
    [("2026-03-05", None, 1), (None, "2026-03-04", 1), ("2026-02-01", "2026-02-28", 0), ("2026-03-11", None, 0)],
)
def test_a_treatment_is_found_in_any_period_that_it_touches(
    anna: Patient, doctor: Program, since: str | None, until: str | None, found: int
) -> None:
    factories.treatment(anna, started_on=date(2026, 3, 1), ended_on=date(2026, 3, 10))
    asked = {name: value for name, value in (("since", since), ("until", until)) if value}
    assert len(doctor.rows("treatments/", {"patient": "MRN-1", **asked})) == found


@pytest.mark.parametrize("wrong", ["yesterday", "2026-13-01", "2026-02-30", "1", "2026-03-01T25:00"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_period_of_no_dates_is_refused(anna: Patient, doctor: Program, kind: str, wrong: str) -> None:
    assert "since" in problem(doctor.get(f"{kind}s/", {"patient": "MRN-1", "since": wrong}), 400)["errors"]
