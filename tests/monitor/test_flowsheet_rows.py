"""The flowsheet from the record: ranges and corrections, as known at a revision, in one query."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from alerts.rules.rule import Severity
from monitor.flowsheet import HeldAt, Range, Result, Row, Sheet
from monitor.flowsheet_rows import computed, recorded, sheet
from patients import recording, timeline
from patients.history import History
from patients.models import Patient
from tests.alerts.rules.histories import history as made
from tests.alerts.rules.histories import series
from tests.patients.records import NOON, someone
from tests.patients.records import result as new

pytestmark = pytest.mark.django_db
NOW = NOON + timedelta(days=400)
DAY = timedelta(days=1)


@pytest.fixture
def ill() -> Patient:
    return someone(sex="female", birth_date=datetime(1990, 5, 1, tzinfo=UTC).date(), time_zone="UTC")


def record(ill: Patient, value: float | None = 120.0, **fields: Any) -> int:
    """Record a result; return its id."""
    (outcome,) = recording.record([new(ill, value, **fields)], by=None, at=NOW, why="test")
    assert outcome.fact_id is not None
    return outcome.fact_id


def seen(ill: Patient, revision: int | None = None, at: datetime = NOW) -> History:
    """Return what is known of the patient."""
    return timeline.read(ill.pk, at=at, revision=revision)


def only(ill: Patient, **fields: Any) -> Result:
    """Return the only result of the patient."""
    (found,) = recorded(seen(ill, **fields), {})
    return found


def row(of: Sheet, code: str = "HGB") -> Row:
    """Return the row of an analyte."""
    (found,) = [one for section in of.sections for one in section.rows if one.code == code]
    return found


def test_a_result_brings_its_range_and_the_laboratorys_word(ill: Patient) -> None:
    record(ill, 112, reference_low=118, reference_high=150, interpretation="L", comparator="<")
    found = only(ill)
    assert (found.value, found.comparator, found.range, found.interpretation) == (112, "<", Range(118, 150), "L")
    assert (found.at, found.code, found.computed) == (NOON, "HGB", False)


def test_words_are_results_too(ill: Patient) -> None:
    record(ill, None, code="ANCA", unit="", value_text="negative")
    found = only(ill)
    assert (found.value, found.text) == (None, "negative")
    (cell,) = row(sheet(seen(ill), {}), "ANCA").cells
    assert cell is not None
    assert cell.result.text == "negative"


def test_a_result_that_is_absent_says_so(ill: Patient) -> None:
    record(ill, None, data_absent_reason="error")
    assert only(ill).text == "no result"


@pytest.mark.parametrize(
    ("fields", "usable", "unconfirmed", "corrected"),
    [
        ({}, True, False, False),
        ({"status": "preliminary"}, False, False, False),
        ({"unconfirmed": True}, True, True, False),
        ({"status": "corrected"}, True, False, True),
        ({"status": "amended"}, True, False, True),
    ],
)
def test_what_is_to_be_known_of_a_result(
    ill: Patient, fields: dict[str, Any], usable: bool, unconfirmed: bool, corrected: bool
) -> None:
    record(ill, **fields)
    found = only(ill)
    assert (found.usable, found.unconfirmed, found.corrected) == (usable, unconfirmed, corrected)


def test_one_that_replaced_another_is_corrected(ill: Patient) -> None:
    """A preliminary result becomes final: nobody calls it corrected, but it says something else than it did."""
    record(ill, 120, status="preliminary")
    before = seen(ill).revision
    record(ill, 112, status="final")
    assert (only(ill).value, only(ill).corrected) == (112, True)
    assert (only(ill, revision=before).value, only(ill, revision=before).corrected) == (120, False)


def test_what_was_taken_back_is_not_there(ill: Patient) -> None:
    identity = record(ill, 980)
    before = seen(ill).revision
    recording.retract("observation", identity, by=None, at=NOW, why="typed wrong")
    assert recorded(seen(ill), {}) == []
    assert only(ill, revision=before).value == 980


def test_what_was_not_known_yet_or_had_not_happened_is_not_there(ill: Patient) -> None:
    record(ill, 120)
    before = seen(ill).revision
    record(ill, 112, effective_at=NOON + DAY)
    assert [one.value for one in recorded(seen(ill, revision=before), {})] == [120]
    assert [one.value for one in recorded(seen(ill, at=NOON), {})] == [120]
    assert sorted(one.value or 0 for one in recorded(seen(ill), {})) == [112, 120]


def test_another_patients_results_are_not_there(ill: Patient) -> None:
    record(someone("south"), 98)
    assert recorded(seen(ill), {}) == []


def test_an_alert_marks_the_result_that_it_rests_on(ill: Patient) -> None:
    identity = record(ill, 98)
    (found,) = recorded(seen(ill), {identity: Severity.HIGH})
    assert found.severity is Severity.HIGH


def test_saturations_are_computed_where_the_laboratory_did_not() -> None:
    known = made(series([(0, 5.2)], "FE"), series([(0, 72)], "TIBC", unconfirmed=[0]))
    (found,) = computed(known)
    assert (found.code, found.value, found.computed, found.unconfirmed) == ("TSAT", 7.2, True, True)


def test_a_computed_saturation_stands_beside_what_it_is_made_of(ill: Patient) -> None:
    for code, value in (("FE", 9.0), ("TIBC", 72.0)):
        record(ill, value, code=code, unit="umol/L")
    found = sheet(seen(ill), {})
    assert [(one.code, len(one.cells)) for section in found.sections for one in section.rows] == [
        ("FE", 1),
        ("TIBC", 1),
        ("TSAT", 1),
    ]
    (cell,) = row(found, "TSAT").cells
    assert cell is not None
    assert (cell.flag, cell.looks) == ("L", "v-l v-inferred")


def many(ill: Patient, count: int) -> None:
    """Record results on days one after another."""
    facts = [new(ill, 100.0 + place, effective_at=NOON + place * DAY) for place in range(count)]
    recording.record(facts, by=None, at=NOW, why="test")


def test_the_page_shows_the_newest_days_and_the_file_all(ill: Patient) -> None:
    many(ill, 40)
    record(ill, 5.0, code="FE", unit="umol/L")
    found, whole = sheet(seen(ill), {}, days=10), sheet(seen(ill), {}, days=None)
    assert (found.shown, found.days, len(found.columns)) == (10, 40, 10)
    assert (whole.shown, whole.days, len(whole.columns)) == (40, 40, 40)
    assert found.columns == whole.columns[:10]
    assert row(found).cells == row(whole).cells[:10]


def test_an_arrow_knows_a_result_that_is_years_older_than_what_is_shown(ill: Patient) -> None:
    record(ill, 140, effective_at=NOON - 900 * DAY)
    many(ill, 3)
    record(ill, 60.0, code="CREA", unit="umol/L", effective_at=NOON - 900 * DAY)
    record(ill, 90.0, code="CREA", unit="umol/L", effective_at=NOON + 2 * DAY)
    found = sheet(seen(ill), {}, days=1)
    assert [cell.arrow for cell in row(found, "CREA").cells if cell] == ["↑"]
    assert [column.day.day for column in found.columns] == [5]
    assert found.days == 4


def test_fewer_days_than_asked_for_are_all(ill: Patient) -> None:
    many(ill, 3)
    found = sheet(seen(ill), {}, days=3)
    assert (found.shown, found.days) == (3, 3)


def test_nothing_recorded_is_an_empty_sheet(ill: Patient) -> None:
    assert sheet(seen(ill), {}) == Sheet()


def test_days_are_those_of_the_patients_calendar() -> None:
    ill = someone("east", time_zone="Asia/Tokyo")
    record(ill, 120, effective_at=datetime(2026, 3, 3, 14, tzinfo=UTC))
    record(ill, 121, effective_at=datetime(2026, 3, 3, 16, tzinfo=UTC))
    found = sheet(seen(ill), {}, days=1)
    assert (found.days, [column.day.day for column in found.columns]) == (2, [4])
    assert [cell.result.value for cell in row(found).cells if cell] == [121]


def waiting(days: float, **fields: Any) -> Result:
    """Return a held value of some days after noon."""
    return Result(0, "HGB", NOON + days * DAY, None, text="61", held=HeldAt(UUID(int=1), 4), **fields)


def test_a_held_value_is_a_cell_among_the_others(ill: Patient) -> None:
    record(ill, 120)
    found = sheet(seen(ill), {}, held=[waiting(2)])
    assert (found.days, found.shown) == (2, 2)
    assert [cell.result.held is not None for cell in row(found).cells if cell] == [True, False]


def test_a_day_on_which_something_is_held_is_a_day(ill: Patient) -> None:
    many(ill, 6)
    every = sheet(seen(ill), {}, days=3, held=[waiting(100.5), waiting(101.5)])
    assert (every.days, every.shown) == (8, 3)
    assert sum(cell is not None and cell.result.held is not None for cell in row(every).cells) == 2


def test_held_values_alone_are_a_sheet(ill: Patient) -> None:
    found = sheet(seen(ill), {}, held=[waiting(0)])
    assert [cell.result.text for cell in row(found).cells if cell] == ["61"]


def test_the_cost_is_one_query_whatever_there_is(ill: Patient) -> None:
    many(ill, 60)
    known = seen(ill)
    for days in (5, None):
        with CaptureQueriesContext(connection) as asked:
            assert sheet(known, {}, days=days).columns
        assert len(asked) == 1
