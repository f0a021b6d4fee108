"""What was known before: corrections by the order in which they were issued, and one value told by day and by minute."""

from datetime import UTC, datetime, timedelta

import pytest

from patients import intake, uploading
from patients.facts import NewObservation
from patients.models import Observation, Patient, Upload
from patients.readings import RowState
from patients.recording import record
from tests import factories
from tests.patients.files import NOW, table
from tests.patients.records import DAY, NOON, result, someone

pytestmark = pytest.mark.django_db
ACCEPTED, DUPLICATE, HELD = RowState.ACCEPTED, RowState.DUPLICATE, RowState.HELD
CORRECTED = "Date,Test,Result,Unit,Status,Issued"


def ended(*facts: NewObservation) -> list[RowState]:
    """Record one after the other, as from files of their own; return how each ended."""
    return [record([fact], by=None, at=NOON, why="test")[0].state for fact in facts]


def current() -> list[float | None]:
    """Return the values that stand."""
    return list(Observation.objects.filter(retracted_revision=None).order_by("pk").values_list("value", flat=True))


def correction(patient: Patient, value: float, days: int | None) -> NewObservation:
    """Return a corrected value, issued some days after the sample."""
    return result(patient, value, status="corrected", issued_at=None if days is None else NOON + days * DAY)


def test_an_older_correction_does_not_undo_a_newer_one() -> None:
    patient = someone()
    assert ended(result(patient), correction(patient, 124.0, 2), correction(patient, 122.0, 1)) == [
        ACCEPTED, ACCEPTED, HELD,
    ]  # fmt: skip
    assert current() == [124.0]


def test_a_newer_one_does() -> None:
    patient = someone()
    assert ended(result(patient), correction(patient, 122.0, 1), correction(patient, 124.0, 2)) == [ACCEPTED] * 3
    assert current() == [124.0]


@pytest.mark.parametrize("days", [None, 1])
def test_a_correction_without_a_date_is_asked_about_once_another_stands(days: int | None) -> None:
    patient = someone()
    assert ended(correction(patient, 124.0, days), correction(patient, 122.0, None)) == [ACCEPTED, HELD]
    assert ended(correction(patient, 124.0, None)) == [DUPLICATE]


def test_two_files_of_corrections_end_with_the_later_issued_whichever_comes_first() -> None:
    patient = factories.patient()

    def take(value: str, issued: str) -> Upload:
        row = ("2026-03-02 08:00", "Hemoglobin", value, "g/dL", "corrected", issued)
        upload = uploading.receive(
            content=table([row], CORRECTED), name="a.csv", patient_id=patient.pk, by=None, at=NOW, wake=False
        )
        intake.read_upload(upload.pk, at=NOW)
        upload.refresh_from_db()
        return upload

    assert take("12.4", "2026-03-09").accepted == 1
    stale = take("12.2", "2026-03-05")
    assert [issue["code"] for issue in stale.row_results.get().issues] == ["contradicts"]
    assert current() == [124.0]
    assert take("12.3", "2026-03-12").accepted == 1
    assert current() == [123.0]


ZONES = {"UTC": 0, "Asia/Tokyo": -9, "America/Los_Angeles": 8}
"""Hours from midnight in UTC to midnight there, on 3 March 2026."""


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("day_first", [True, False])
@pytest.mark.parametrize(("hours", "state"), [(-1, ACCEPTED), (0.1, HELD), (8, HELD), (23.9, HELD), (24.6, ACCEPTED)])
def test_one_value_by_day_and_by_minute_counts_once(zone: str, day_first: bool, hours: float, state: RowState) -> None:
    patient = someone(time_zone=zone)
    midnight = datetime(2026, 3, 3, tzinfo=UTC) + timedelta(hours=ZONES[zone])
    day = result(patient, effective_at=midnight, precision="day")
    minute = result(patient, effective_at=midnight + timedelta(hours=hours))
    assert ended(*((day, minute) if day_first else (minute, day))) == [ACCEPTED, state]


@pytest.mark.parametrize(
    ("midnight", "hours", "state"),
    [
        (datetime(2026, 3, 28, 23, tzinfo=UTC), 22.9, HELD),  # the clocks go forward on 29 March: 23 hours
        (datetime(2026, 3, 28, 23, tzinfo=UTC), 23.6, ACCEPTED),
        (datetime(2025, 10, 25, 22, tzinfo=UTC), 24.9, HELD),  # and back on 26 October: 25 hours
        (datetime(2025, 10, 25, 22, tzinfo=UTC), 25.6, ACCEPTED),
    ],
)
def test_a_day_is_as_long_as_it_is_where_the_patient_lives(midnight: datetime, hours: float, state: RowState) -> None:
    patient = someone(time_zone="Europe/Berlin")
    day = result(patient, effective_at=midnight, precision="day")
    assert ended(day, result(patient, effective_at=midnight + timedelta(hours=hours))) == [ACCEPTED, state]


def test_only_the_same_value_of_the_same_test_and_person_is_close() -> None:
    patient, other = someone(time_zone="UTC"), someone(time_zone="UTC")
    midnight = NOON - timedelta(hours=12)
    assert ended(result(patient, effective_at=midnight, precision="day")) == [ACCEPTED]
    assert ended(result(patient, 121.0), result(patient, code="HCT"), result(other)) == [ACCEPTED] * 3
    assert ended(result(patient, effective_at=NOON + timedelta(hours=1))) == [HELD]


def test_many_at_once_are_compared_as_few_are() -> None:
    patient = someone(time_zone="UTC")
    midnight = NOON - timedelta(hours=12)
    days = [result(patient, 100.0 + n, effective_at=midnight + n * DAY, precision="day") for n in range(120)]
    minutes = [result(patient, 100.0 + n, effective_at=NOON + n * DAY) for n in range(120)]
    assert {one.state for one in record(days, by=None, at=NOON, why="")} == {ACCEPTED}
    assert {(one.state, one.issue_code) for one in record(minutes, by=None, at=NOON, why="")} == {
        (HELD, "near_duplicate")
    }
