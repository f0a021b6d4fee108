"""Rows of files that wait for a person: all counted, and as cells what of them names an analyte and a day."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from monitor.flowsheet import HeldAt
from monitor.held_rows import READ, Held, as_result, held_rows
from patients import intake, uploading
from patients.access import Asker, asker
from patients.models import Patient, Upload, UploadRow, User
from tests import factories
from tests.patients.files import NOW, for_patients, hemoglobin

pytestmark = pytest.mark.django_db
NB = "\u00a0"
READING = {
    "code": "HGB", "value": 9.8, "unit": "g/dL", "canonical_value": 98.0, "comparator": "",
    "effective_at": "2026-03-03T08:00:00+01:00", "event_kind": "",
}  # fmt: skip


@pytest.fixture
def ill() -> Patient:
    return factories.patient(time_zone="Europe/Vienna", identifier="MRN-1")


def held(ill: Patient | None, *readings: dict[str, Any], **fields: Any) -> Upload:
    """Take in a file whose rows all wait."""
    usual = {"state": "held", "finished_at": timezone.now()}
    return factories.upload(ill, rows=[{"state": "held", "reading": one} for one in readings], **{**usual, **fields})


def reader(ill: Patient, user: User | None = None) -> Asker:
    """Return somebody who asks, by default a physician of the patient's team."""
    found = asker(user or factories.member(ill.team), at=timezone.now())
    assert found is not None
    return found


def cell(**changed: Any) -> Any:
    """Return the row as a result, with some of it changed."""
    return as_result({**READING, **changed}, HeldAt(UUID(int=7), 3), "Europe/Vienna")


def test_nothing_waits(ill: Patient) -> None:
    factories.upload(ill, rows=[{"state": one, "reading": READING} for one in ("accepted", "rejected", "skipped")])
    assert held_rows(ill, reader(ill)) == Held()


def test_all_are_counted_and_the_file_that_waits_longest_is_named(ill: Patient) -> None:
    held(ill, READING, READING, received_at=timezone.now() - timedelta(days=1))
    first = held(ill, READING, received_at=timezone.now() - timedelta(days=2))
    found = held_rows(ill, reader(ill))
    assert (found.count, found.upload_id, len(found.results)) == (3, first.pk, 3)


def test_another_patients_rows_are_others(ill: Patient) -> None:
    held(factories.patient(ill.team), READING)
    assert held_rows(ill, reader(ill)) == Held()


@pytest.mark.parametrize(
    ("who", "count"), [("nurse", 1), ("coordinator", 1), ("caregiver", 1), ("stranger", 0), ("administrator", 0)]
)
def test_only_who_may_read_the_files_is_told_what_waits(ill: Patient, who: str, count: int) -> None:
    people = {
        "caregiver": factories.caregiver(ill),
        "stranger": factories.member(factories.team("south")),
        "administrator": factories.account(is_staff=True),
    }
    held(ill, READING)
    found = held_rows(ill, reader(ill, people.get(who) or factories.member(ill.team, who)))
    assert (found.count, len(found.results), found.upload_id is not None) == (count, count, bool(count))


def test_a_cell_knows_its_row(ill: Patient) -> None:
    file = held(ill, {}, READING)
    (one,) = held_rows(ill, reader(ill)).results
    assert one.held == HeldAt(file.pk, 1)
    assert (one.code, one.text, one.value, one.recorded) == ("HGB", "98", None, False)
    assert one.at == datetime(2026, 3, 3, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ({}, "98"),
        ({"comparator": "<"}, "<98"),
        ({"canonical_value": None}, f"9.8{NB}g/dL"),
        ({"canonical_value": None, "unit": "umol/L"}, f"9.8{NB}µmol/L"),
        ({"canonical_value": None, "unit": ""}, "9.8"),
        ({"canonical_value": None, "value": "98 98", "unit": ""}, "98 98"),
        ({"canonical_value": None, "value": None, "unit": ""}, "no value"),
        ({"canonical_value": 0.0}, "0"),
    ],
)
def test_it_says_the_catalogues_value_where_that_is_sure_else_what_is_written(
    changed: dict[str, Any], text: str
) -> None:
    assert cell(**changed).text == text


@pytest.mark.parametrize(
    ("written", "at"),
    [
        ("2026-03-03", datetime(2026, 3, 2, 23, tzinfo=UTC)),
        ("2026-03-03T08:00:00", datetime(2026, 3, 3, 7, tzinfo=UTC)),
        ("2026-03-03T08:00:00+00:00", datetime(2026, 3, 3, 8, tzinfo=UTC)),
        ("2026-03-03T08:00:00Z", datetime(2026, 3, 3, 8, tzinfo=UTC)),
    ],
)
def test_a_day_and_a_time_without_a_zone_are_where_the_patient_lives(written: str, at: datetime) -> None:
    assert cell(effective_at=written).at == at


@pytest.mark.parametrize(
    "changed",
    [
        {"code": ""}, {"code": None}, {"effective_at": None}, {"effective_at": ""}, {"effective_at": "2026-13-40"},
        {"effective_at": "some day soon"}, {"effective_at": 3}, {"event_kind": "chest_xray"},
    ],
)  # fmt: skip
def test_what_names_no_analyte_or_no_day_is_no_cell(changed: dict[str, Any]) -> None:
    assert cell(**changed) is None


def test_of_the_past_are_those_that_had_been_read_by_then(ill: Patient) -> None:
    at = timezone.now()
    early = held(ill, READING, finished_at=at - timedelta(days=9))
    held(ill, READING, finished_at=at - timedelta(days=2))
    held(ill, READING, finished_at=None)
    found = held_rows(ill, reader(ill), known_at=at - timedelta(days=5))
    assert (found.count, found.upload_id) == (1, early.pk)
    assert held_rows(ill, reader(ill), known_at=at - timedelta(days=10)) == Held()


def test_it_costs_one_query_for_any_number(ill: Patient, django_assert_num_queries: Any) -> None:
    many = READ + 20
    file = factories.upload(ill)
    UploadRow.objects.bulk_create(
        UploadRow(upload=file, position=n, row=str(n), patient=ill, state="held", reading=READING) for n in range(many)
    )
    who = reader(ill)
    with django_assert_num_queries(1):
        found = held_rows(ill, who)
    assert (found.count, len(found.results)) == (many, READ)


def test_what_the_reader_holds_is_shown(ill: Patient) -> None:
    """A value that may be of another unit, from a real file, with nothing made up in between."""
    content = for_patients(hemoglobin("MRN-1", "9.8"), hemoglobin("MRN-1", "0.98", "2026-03-03"))
    upload = uploading.receive(content=content, name="labs.csv", by=None, at=NOW, wake=False, patient_id=ill.pk)
    intake.read_upload(upload.pk, at=NOW)
    waiting = UploadRow.objects.get(upload=upload, state="held")
    (one,) = held_rows(ill, reader(ill)).results
    assert one.held == HeldAt(upload.pk, waiting.position)
    assert (one.code, one.at.date().isoformat()) == ("HGB", waiting.reading["effective_at"][:10])
    assert one.text.startswith(("0.98", "9.8"))
