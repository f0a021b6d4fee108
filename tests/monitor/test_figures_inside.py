"""What is measured inside Django: both ways of writing write the same, and a page's queries are counted when it is warm."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID

import psycopg
import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client

from monitor import figures_inside
from monitor.demo_accounts import TEAM
from monitor.demo_cohort import COHORT
from monitor.figures_inside import COLUMNS, copy, facts_of, intake_rates, new_patients, pages, queries, record, take_in
from monitor.figures_pages import PLACES, Place
from monitor.roles import with_database
from patients import intake
from patients.models import CareTeam, Membership, Observation, Patient, PatientIdentity, Upload

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
SAME = (
    "code", "effective_at", "precision", "specimen", "performer", "value", "value_text", "unit", "comparator", "status",
    "data_absent_reason", "unconfirmed", "interpretation", "original_value", "original_unit", "recorded_revision",
    "reference_low", "reference_high", "issued_at", "upload_id", "retracted_revision",
)  # fmt: skip


@pytest.fixture
def raw(transactional_db: None) -> Iterator["psycopg.Connection[tuple[object, ...]]"]:
    """The superuser's connection to the database of the tests."""
    with psycopg.connect(with_database(os.environ["DATABASE_ADMIN_URL"], connection.settings_dict["NAME"])) as made:
        yield made


def rows(patient: UUID) -> list[tuple[object, ...]]:
    """Return everything of a patient's results but ids."""
    return list(Observation.objects.filter(patient_id=patient).order_by("effective_at").values_list(*SAME))


def test_both_ways_write_the_same_rows(raw: "psycopg.Connection[tuple[object, ...]]") -> None:
    one, two = new_patients(CareTeam.objects.create(name="north"), 2)
    assert copy(raw, facts_of([one], 7)) > 0
    assert record(facts_of([two], 7), None) > 0
    assert rows(one) == rows(two)
    assert len(rows(one)) == 7


def test_every_fact_has_a_key_of_its_own() -> None:
    facts = facts_of([COHORT[0].id, COHORT[1].id], 50)
    assert len({fact.key for fact in facts}) == 100
    assert all(fact.value == float(fact.original_value) for fact in facts)


def test_the_columns_that_are_copied_are_all_that_must_be_given() -> None:
    fields = {field.column: field for field in Observation._meta.concrete_fields}
    assert set(COLUMNS) <= set(fields)
    assert all(fields[name].null or name == "id" for name in set(fields) - set(COLUMNS))


def test_rows_that_are_missing_are_no_figure(db: None) -> None:
    with pytest.raises(RuntimeError, match="0 of 3 rows were written"):
        figures_inside._all_there(facts_of([COHORT[0].id], 3))


@pytest.mark.django_db(transaction=True)
def test_a_file_goes_all_the_way() -> None:
    (patient,) = new_patients(CareTeam.objects.create(name="north"), 1)
    assert take_in(patient, 12, 0) > 0
    assert Observation.objects.filter(patient_id=patient).count() == 12
    assert Upload.objects.get().accepted == 12


@pytest.mark.django_db(transaction=True)
def test_a_file_of_which_something_is_left_out_is_no_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    (patient,) = new_patients(CareTeam.objects.create(name="north"), 1)
    monkeypatch.setattr(intake, "read_upload", lambda _: None)
    with pytest.raises(RuntimeError, match="the file ended as received with 0 of 5 rows"):
        take_in(patient, 5, 0)


@pytest.mark.django_db(transaction=True)
def test_intake_is_told_as_ratios_and_rates() -> None:
    CareTeam.objects.create(name="north")
    found = {one.name: one for one in intake_rates(rounds=2, patients=2, results=20, file_rows=10)}
    assert list(found) == ["recording", "recording, rate", "intake of a file", "intake of a file, rate"]
    assert all(one.value > 0 and one.runs == 2 for one in found.values())
    assert found["recording"].note == "40 results of 2 patients"
    assert Observation.objects.count() == 2 * (40 + 40 + 10)
    assert Patient.objects.count() == 2 * (2 + 2 + 1)


@pytest.fixture
def team(db: None) -> CareTeam:
    """The demo's team with its physician and the patient whose page is measured."""
    made = CareTeam.objects.create(name=TEAM)
    user = get_user_model().objects.create_user("physician@demo.example", "x" * 12)
    Membership.objects.create(user=user, team=made, role="physician", starts_at=NOW)
    patient = Patient.objects.create(id=COHORT[1].id, team=made, changed_at=NOW)
    PatientIdentity.objects.create(patient=patient, name="Mia Winter")
    return made


def test_pages_are_counted_as_the_physician(team: CareTeam) -> None:
    found = {one.name: one.value for one in pages([place for place in PLACES if place.name in {"Worklist", "Patient"}])}
    assert list(found) == ["Worklist: queries", "Patient: queries"]
    assert all(3 < count < 60 for count in found.values())


def test_pages_are_counted_role_by_role(team: CareTeam) -> None:
    stranger = Place("Sign in", "", "accounts/login/", "")
    missing = Place("Nothing", "physician", "none/", "", status=404)
    linked = Place("New patient", "physician", "patients/", "", link="patients/new/")
    found = {one.name: one.value for one in pages([stranger, missing, linked])}
    assert list(found) == ["Sign in: queries", "Nothing: queries", "New patient: queries"]
    assert found["Sign in: queries"] <= found["Nothing: queries"] < found["New patient: queries"]


def test_a_page_that_does_not_answer_is_no_figure(team: CareTeam) -> None:
    with pytest.raises(RuntimeError, match="/patients/ answered 302"):
        queries(Client(), "/patients/")
    with pytest.raises(RuntimeError, match="/none/ answered 404"):
        queries(Client(), "/none/", 403)
