"""That a file was read is known by revision, for whom it was: with news or without, held, of a team; not if it was rejected, nor
where whose it is is doubtful.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from patients import intake, timeline, uploading
from patients.context import ALL, working_on
from patients.models import CareTeam, Observation, Patient, PatientRevision, Upload
from patients.recording import record
from tests import factories
from tests.patients.files import NOW, for_patients, hemoglobin, table
from tests.patients.records import result

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def team() -> CareTeam:
    return factories.team()


@pytest.fixture
def anna(team: CareTeam) -> Patient:
    return factories.patient(team, identifier="MRN-1", birth_date=date(2015, 5, 17))


@pytest.fixture
def berta(team: CareTeam) -> Patient:
    return factories.patient(team, identifier="MRN-2")


@pytest.fixture
def worker(anna: Patient, berta: Patient, as_role: Callable[[str], AbstractContextManager[None]]) -> Iterator[None]:
    """Run a whole test with the worker's log-in, once the patients are there."""
    with as_role("iph_worker"):
        yield


def take(content: bytes, *, patient: Patient | None = None, at: datetime = NOW, **fields: Any) -> Upload:
    """Receive a file, read it, and return what became of it."""
    usual = {"name": "labs.csv", "by": None, "at": at, "wake": False, "patient_id": patient.pk if patient else None}
    upload = uploading.receive(content=content, **{**usual, **fields})
    intake.read_upload(upload.pk, at=at)
    upload.refresh_from_db()
    return upload


def files(of: Patient, *, revision: int | None = None) -> tuple[datetime, ...]:
    """Return when files were read, as a history says it."""
    with working_on([of.pk]):
        return timeline.read(of.pk, at=NOW + 24 * HOUR, revision=revision).files


def revisions(of: Patient) -> list[tuple[int, datetime, str, object]]:
    """Return the revisions: number, when, why, of which file."""
    with working_on(ALL):
        rows = PatientRevision.objects.filter(patient=of).order_by("n")
        return list(rows.values_list("n", "at", "why", "upload_id"))


def test_a_file_with_news_is_one_revision_that_names_it(worker: None, anna: Patient) -> None:
    upload = take(table(), patient=anna)
    assert revisions(anna) == [(1, NOW, "file", upload.pk)]
    assert files(anna) == (NOW,)


def test_a_file_without_news_is_a_revision_of_its_own(worker: None, anna: Patient) -> None:
    first = take(table(), patient=anna)
    again = take(table() + b"\n", patient=anna, at=NOW + HOUR)
    assert (again.state, again.accepted, again.duplicates) == ("done", 0, 2)
    assert revisions(anna) == [(1, NOW, "file", first.pk), (2, NOW + HOUR, "file", again.pk)]
    with working_on(ALL):
        assert Patient.objects.get(pk=anna.pk).revision == 2
        assert set(Observation.objects.values_list("recorded_revision", flat=True)) == {1}
    assert files(anna) == (NOW, NOW + HOUR)
    assert [files(anna, revision=n) for n in (0, 1)] == [(), (NOW,)]


def test_the_same_bytes_again_are_the_file_that_is_there(worker: None, anna: Patient) -> None:
    first = take(table(), patient=anna)
    assert take(table(), patient=anna, at=NOW + HOUR).pk == first.pk
    assert files(anna) == (NOW,)


def test_a_file_whose_rows_are_all_held_has_come(worker: None, anna: Patient) -> None:
    take(table(), patient=anna)
    other = take(table([("2026-03-02", "Hemoglobin", "10.0", "g/dL")]), patient=anna, at=NOW + HOUR)
    assert (other.state, other.held, other.rows) == ("held", 1, 1)
    assert files(anna) == (NOW, NOW + HOUR)


def test_a_file_whose_rows_name_somebody_else_has_come_for_nobody(worker: None, anna: Patient, berta: Patient) -> None:
    upload = take(for_patients(hemoglobin("MRN-2")), patient=anna)
    assert (upload.state, upload.held) == ("held", 1)
    assert (files(anna), files(berta), revisions(anna)) == ((), (), [])


def of_somebody(*born: str, unit: str = "g/dL") -> bytes:
    """Return a file with a hemoglobin a day, each of somebody born on a day."""
    rows = [(f"2026-03-0{day}", "Hemoglobin", "12.1", unit, one) for day, one in enumerate(born, 2)]
    return table(rows, "Date,Test,Result,Unit,Birth date")


@pytest.mark.parametrize("unit", ["g/dL", ""])
def test_a_file_of_somebody_born_on_another_day_has_not_come_until_it_is_corrected(
    worker: None, anna: Patient, unit: str
) -> None:
    upload = take(of_somebody("1950-01-01", "1950-01-01", unit=unit), patient=anna)
    assert (upload.state, upload.held) == ("held", 2)
    assert (files(anna), revisions(anna)) == ((), [])
    upload = take(of_somebody("2015-05-17", "2015-05-17"), patient=anna, at=NOW + HOUR)
    assert (upload.state, files(anna)) == ("done", (NOW + HOUR,))
    assert revisions(anna) == [(1, NOW + HOUR, "file", upload.pk)]


@pytest.mark.parametrize("again", [False, True])
def test_a_doubtful_row_beside_one_that_is_not_takes_nothing_away(worker: None, anna: Patient, again: bool) -> None:
    if again:
        take(of_somebody("2015-05-17"), patient=anna, at=NOW - HOUR)
    upload = take(of_somebody("2015-05-17", "1950-01-01"), patient=anna)
    assert (upload.held, upload.accepted + upload.duplicates) == (1, 1)
    assert files(anna)[-1] == NOW


def test_a_file_of_the_team_has_not_come_for_whom_a_row_may_not_mean(
    worker: None, team: CareTeam, anna: Patient, berta: Patient
) -> None:
    heading = "Patient,Date,Test,Result,Unit,Birth date"
    rows = [(name, "2026-03-02", "Hemoglobin", "12.1", "g/dL", "2015-05-17") for name in ("MRN-1", "MRN-2")]
    with working_on(ALL):
        Patient.objects.filter(pk=berta.pk).update(birth_date=date(2014, 1, 1))
    upload = take(table(rows, heading), team_id=team.pk)
    assert (upload.accepted, upload.held) == (1, 1)
    assert (files(anna), files(berta)) == ((NOW,), ())


def test_a_file_of_which_no_row_can_be_used_has_not_come(worker: None, anna: Patient) -> None:
    upload = take(table([("2026-13-45", "Hemoglobin", "12.1", "g/dL")]), patient=anna)
    assert (upload.rejected, upload.rows) == (1, 1)
    assert (files(anna), revisions(anna)) == ((), [])


def test_a_file_that_cannot_be_read_has_not_come(worker: None, anna: Patient) -> None:
    upload = take(b"\x00\x01 no table", patient=anna)
    assert upload.state == "failed"
    assert (files(anna), revisions(anna)) == ((), [])


def test_one_row_that_can_be_used_is_enough(worker: None, anna: Patient) -> None:
    rows = [("2026-13-45", "Hemoglobin", "12.1", "g/dL"), ("2026-03-03", "Hemoglobin", "9.8", "g/dL")]
    upload = take(table(rows), patient=anna)
    assert (upload.accepted, upload.rejected) == (1, 1)
    assert files(anna) == (NOW,)


def test_a_file_of_the_team_has_come_for_everybody_it_names_and_for_nobody_else(
    worker: None, team: CareTeam, anna: Patient, berta: Patient
) -> None:
    take(for_patients(hemoglobin("MRN-1")), team_id=team.pk)
    assert (files(anna), files(berta)) == ((NOW,), ())
    both = for_patients(hemoglobin("MRN-1"), hemoglobin("MRN-2"), hemoglobin("MRN-9"))
    upload = take(both, team_id=team.pk, at=NOW + HOUR)
    assert (upload.accepted, upload.duplicates, upload.held) == (1, 1, 1)
    assert (files(anna), files(berta)) == ((NOW, NOW + HOUR), (NOW + HOUR,))


def test_what_a_person_records_is_no_file(anna: Patient) -> None:
    record([result(anna, 101.0)], by=None, at=NOW, why="typed in")
    assert (files(anna), revisions(anna)) == ((), [(1, NOW, "typed in", None)])
