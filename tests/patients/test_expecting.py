"""How often a file is expected: known by revision, as of then; who may say it, within which bounds; the database refuses others."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import Error, IntegrityError, connection, transaction

from patients import timeline
from patients.expecting import OUT_OF_BOUNDS, OUT_OF_REACH, expect, refusal
from patients.models import Patient, PatientRevision, User
from patients.recording import record
from tests.factories import caregiver, guest, member, patient, team
from tests.patients.files import NOW
from tests.patients.records import result

pytestmark = pytest.mark.django_db
AsWeb = Callable[[User], AbstractContextManager[None]]
TODAY = NOW.date()
DAY = timedelta(days=1)
CHANGE = "UPDATE patients_patient SET upload_every_days = 3, upload_expected_from = now() WHERE id = %s RETURNING 1"
REVISION = """
INSERT INTO patients_patientrevision (patient_id, n, at, why, upload_every_days, upload_expected_from)
VALUES (%s, 7, now(), '', 3, now()) RETURNING 1
"""


@pytest.fixture
def ill() -> Patient:
    return patient(team("north"))


def says(of: Patient, revision: int | None = None) -> tuple[int | None, date | None]:
    """Return what is expected, as a history of a revision says it."""
    person = timeline.read(of.pk, at=NOW + 9 * DAY, revision=revision).patient
    return person.upload_every_days, person.upload_expected_from


def test_nothing_is_expected_until_somebody_says_so(ill: Patient) -> None:
    assert says(ill) == (None, None)
    record([result(ill)], by=None, at=NOW, why="typed in")
    assert says(ill) == (None, None)


def test_each_change_is_a_revision_and_the_past_stays_as_it_was(ill: Patient) -> None:
    nurse = member(ill.team, "coordinator")
    assert expect(ill.pk, 14, TODAY, by=nurse, at=NOW)
    record([result(ill)], by=None, at=NOW + DAY, why="typed in")
    assert expect(ill.pk, 28, TODAY + DAY, by=nurse, at=NOW + 2 * DAY)
    assert expect(ill.pk, None, TODAY + 3 * DAY, by=nurse, at=NOW + 3 * DAY)
    known = [says(ill, n) for n in range(5)]
    assert known == [(None, None), (14, TODAY), (14, TODAY), (28, TODAY + DAY), (None, None)]
    assert says(ill) == (None, None)
    rows = PatientRevision.objects.filter(patient=ill).order_by("n")
    assert [(row.n, row.at, row.by) for row in rows][2] == (3, NOW + 2 * DAY, nurse)
    assert [row.why for row in rows] == [
        f"a file is expected every 14 days, counted from {TODAY}",
        "typed in",
        f"a file is expected every 28 days, counted from {TODAY + DAY}",
        "no file is expected any more",
    ]


def test_the_patients_row_says_what_holds_now(ill: Patient) -> None:
    expect(ill.pk, 7, TODAY, by=None, at=NOW)
    ill.refresh_from_db()
    assert (ill.upload_every_days, ill.upload_expected_from, ill.revision, ill.changed_at) == (7, TODAY, 1, NOW)


@pytest.mark.parametrize(("every", "first"), [(14, TODAY), (None, TODAY + DAY)])
def test_the_same_again_changes_nothing(ill: Patient, every: int | None, first: date) -> None:
    expect(ill.pk, every, TODAY, by=None, at=NOW)
    before = PatientRevision.objects.count()
    assert not expect(ill.pk, every, first, by=None, at=NOW + DAY)
    assert PatientRevision.objects.count() == before


def test_each_of_many_has_its_own(ill: Patient) -> None:
    other, stranger = patient(ill.team), patient()
    expect(ill.pk, 14, TODAY, by=None, at=NOW)
    expect(other.pk, 30, TODAY - DAY, by=None, at=NOW)
    found = {
        one.patient.id: one.patient.upload_every_days
        for one in timeline.read_many([ill.pk, other.pk, stranger.pk], at=NOW)
    }
    assert found == {ill.pk: 14, other.pk: 30, stranger.pk: None}


@pytest.mark.parametrize(
    ("every", "days", "wrong"),
    [
        (1, 0, {}),
        (365, 365, {}),
        (365, -365, {}),
        (0, 0, {"upload_every_days": OUT_OF_BOUNDS}),
        (366, 366, {"upload_every_days": OUT_OF_BOUNDS, "upload_expected_from": OUT_OF_REACH}),
        (14, -366, {"upload_expected_from": OUT_OF_REACH}),
    ],
)
def test_bounds(ill: Patient, every: int, days: int, wrong: dict[str, str]) -> None:
    first = TODAY + days * DAY
    assert refusal(every, first, today=TODAY) == wrong
    if wrong:
        with pytest.raises(ValueError, match=r"from 1 to 365|within 365"):
            expect(ill.pk, every, first, by=None, at=NOW)
        assert not PatientRevision.objects.exists()
    else:
        assert expect(ill.pk, every, first, by=None, at=NOW)


@pytest.mark.parametrize(("every", "first"), [(0, TODAY), (366, TODAY), (14, None)])
def test_the_database_has_the_same_bounds(ill: Patient, every: int, first: date | None) -> None:
    for rows in (Patient.objects.filter(pk=ill.pk), PatientRevision.objects.filter(patient=ill)):
        record([result(ill)], by=None, at=NOW, why="")
        with pytest.raises(IntegrityError, match="upload_expected"), transaction.atomic():
            rows.update(upload_every_days=every, upload_expected_from=first)


def test_nobody_who_is_not_there() -> None:
    with pytest.raises(Patient.DoesNotExist):
        expect(uuid4(), 14, TODAY, by=None, at=NOW)


def test_a_coordinator_of_a_team_that_follows_the_patient_may(ill: Patient, as_web: AsWeb) -> None:
    visiting = team("south")
    guest(ill, visiting)
    for number, who in enumerate((member(ill.team, "coordinator"), member(visiting, "coordinator")), start=1):
        with as_web(who):
            assert expect(ill.pk, 10 + number, TODAY, by=who, at=NOW)
    assert says(ill) == (12, TODAY)


def others(ill: Patient) -> dict[str, User]:
    """Return people who may read the patient, or arrange a team, and may not say what is expected."""
    own = member(team("elsewhere"))
    Patient.objects.filter(pk=ill.pk).update(user=own)
    past = member(ill.team, "coordinator", ends_at=NOW - 300 * DAY)
    return {
        "nurse": member(ill.team, "nurse"),
        "physician": member(ill.team),
        "self": own,
        "parent": caregiver(ill),
        "past": past,
    }


@pytest.mark.parametrize("who", ["nurse", "physician", "self", "parent", "past"])
def test_the_database_lets_nobody_else(ill: Patient, as_web: AsWeb, who: str) -> None:
    person = others(ill)[who]
    for statement in (CHANGE, REVISION):
        try:
            with as_web(person), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement, [ill.pk])
                assert cursor.fetchall() == []  # out of sight: nothing was changed
        except Error as error:
            assert "permission denied" in str(error) or "row-level security" in str(error)  # noqa: PT017 - either is a no
    ill.refresh_from_db()
    assert (ill.upload_every_days, PatientRevision.objects.count()) == (None, 0)


def test_the_web_names_no_file_in_a_revision(ill: Patient, as_web: AsWeb) -> None:
    from tests.factories import upload

    row, who = upload(ill), member(ill.team, "coordinator")
    with pytest.raises(Error, match="row-level security"), as_web(who), transaction.atomic():
        PatientRevision.objects.create(patient=ill, n=7, at=NOW, upload=row)
    with as_web(who):
        PatientRevision.objects.create(patient=ill, n=7, at=NOW)
