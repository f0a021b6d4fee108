"""Facts as programs send them: what becomes of texts, days and findings before anything is recorded."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.exceptions import ValidationError

from patients import adding
from patients.access import Asker, asker
from patients.models import Event, Observation, Patient, PatientRevision, Treatment
from patients.parsers.raw import warning
from patients.readings import RowState
from patients.refusals import NotRecorded
from tests import factories

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
ZONES = ["UTC", "Europe/Berlin", "Pacific/Kiritimati", "America/St_Johns"]


@pytest.fixture
def anna() -> Patient:
    return factories.patient(identifier="MRN-1", time_zone="Europe/Berlin")


@pytest.fixture
def who(anna: Patient) -> Asker:
    found = asker(factories.member(anna.team, "nurse"), at=NOW)
    assert found is not None
    return found


def sent(**fields: Any) -> dict[str, Any]:
    """Return a hemoglobin as it is sent."""
    return {"patient": "MRN-1", "code": "HGB", "value": "9.8", "unit": "g/dL", "effective_at": "2026-03-02", **fields}


def test_results_end_in_their_order(who: Asker) -> None:
    rows = adding.add_results([sent(row="a"), sent(row="b", unit="parsec"), sent(row="c")], who=who, at=NOW)
    assert [(one.reading.row, one.reading.state) for one in rows] == [
        ("a", RowState.ACCEPTED),
        ("b", RowState.HELD),
        ("c", RowState.DUPLICATE),
    ]
    assert Observation.objects.get().pk == rows[0].fact_id


def test_what_is_recorded_says_by_which_way_it_came(who: Asker) -> None:
    adding.add_results([sent()], who=who, at=NOW)
    revision = PatientRevision.objects.get()
    assert (revision.why, revision.by, revision.at) == ("api", who.user, NOW)


def test_an_outcome_tells_value_fact_and_issues(who: Asker, anna: Patient) -> None:
    first, again = adding.add_results([sent(), sent(unit="parsec", row="7")], who=who, at=NOW)
    told = adding.outcome(first)
    assert (told["patient"], told["canonical_value"], told["kind"], told["id"]) == (
        str(anna.pk),
        98.0,
        "observation",
        Observation.objects.get().pk,
    )
    held = adding.outcome(again)
    assert (held["row"], held["state"], held["kind"], held["id"]) == ("7", "held", "", None)
    assert {"row", "column", "code", "severity", "message", "original"} == set(held["issues"][0])


def test_an_element_that_is_no_result_is_rejected_with_its_place() -> None:
    told = adding.unreadable(3, "MRN-1\0", [warning("3", "value", "invalid_field", "A number or a text is needed.")])
    assert (told["row"], told["state"], told["patient"]) == ("3", "rejected", "MRN-1\N{SYMBOL FOR NULL}")
    assert told["issues"][0]["column"] == "value"


def test_the_reason_is_said_once_whatever_repeats() -> None:
    twice = [warning("", "", "a", "Too high."), warning("", "", "b", "Too high."), warning("", "", "c", "Too old.")]
    assert adding.why_not(twice) == "Too high. Too old."
    assert adding.why_not([]) == "There is nothing to record."


@pytest.mark.parametrize("zone", ZONES)
@given(day=st.dates(date(2020, 1, 2), date(2026, 11, 20)))
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_period_of_a_day_is_that_day_and_no_more(zone: str, day: date) -> None:
    ill = Patient(time_zone=zone)
    begin, end = (adding.period(str(day), "since", ill, end=last) for last in (False, True))
    assert begin.astimezone(ZoneInfo(zone)).date() == end.astimezone(ZoneInfo(zone)).date() == day
    before, after = begin - timedelta(microseconds=1), end + timedelta(microseconds=1)
    assert before.astimezone(ZoneInfo(zone)).date() < day < after.astimezone(ZoneInfo(zone)).date()
    assert adding.local_day(str(day), "since", ill) == day


def test_a_period_of_an_instant_is_that_instant(anna: Patient) -> None:
    for end in (False, True):
        at = adding.period("2026-03-01T08:00", "until", anna, end=end)
        assert at == datetime(2026, 3, 1, 7, tzinfo=UTC)


@pytest.mark.parametrize("text", ["2026-02-30", "9999-99-99", "x", ""])
def test_a_period_of_nothing_is_named(anna: Patient, text: str) -> None:
    with pytest.raises(ValidationError) as caught:
        adding.period(text, "until", anna, end=True)
    assert caught.value.detail == {"until": ["This is no date."]}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("2026-02-30", "This is no date."),
        ("2026-11-26T12:00Z", "The date lies in the future."),
        ("2015-05-16", "The date is too long ago."),
    ],
)
def test_a_moment_that_cannot_be_is_refused(anna: Patient, text: str, message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        adding.moment_from(text, anna, NOW)
    assert caught.value.detail == {"effective_at": [message]}


def test_a_moment_is_the_begin_of_the_day_where_the_patient_lives(anna: Patient) -> None:
    moment = adding.moment_from("2026-07-01", anna, NOW)
    assert (moment.at, moment.precision) == (datetime(2026, 6, 30, 22, tzinfo=UTC), "day")


def test_of_whom_no_birth_is_known_a_day_is_from_1900_on() -> None:
    ill = Patient(time_zone="UTC")
    assert adding.moment_from("1900-01-01", ill, NOW).day == date(1900, 1, 1)


def test_an_event_is_made_of_its_kind(anna: Patient) -> None:
    given = {"kind": "hemoptysis", "effective_at": "2026-03-02T06:15", "findings": {"volume_ml": 250}}
    event = adding.event_from(given, patient=anna, at=NOW)
    assert (event.kind, event.precision, event.findings["amount"]) == ("hemoptysis", "minute", "massive")


def test_a_corrected_event_says_the_rest_as_before(anna: Patient) -> None:
    at = datetime(2026, 3, 1, 23, tzinfo=UTC)
    old = Event(kind="sputum", effective_at=at, precision="day", findings={"siderophages": "few"})
    event = adding.corrected_event(old, {"findings": {"siderophages": "many"}}, patient=anna, at=NOW)
    assert (event.effective_at, event.precision, event.findings) == (at, "day", {"siderophages": "many"})
    moved = adding.corrected_event(old, {"effective_at": "2026-03-01"}, patient=anna, at=NOW)
    assert (moved.effective_at, moved.findings) == (at - timedelta(days=1), {"siderophages": "few"})


def test_a_corrected_treatment_stays_planned_or_taken(anna: Patient) -> None:
    old = Treatment(drug="iron", dose=100, started_on=date(2026, 3, 1), intent="planned", every_days=2.0)
    new = adding.corrected_treatment(old, {"dose": 50}, patient=anna, at=NOW)
    assert (new.drug, new.dose, new.every_days, new.intent) == ("iron", 50, 2.0, "planned")


def test_every_day_that_is_wrong_of_a_treatment_is_named(anna: Patient) -> None:
    days = {"started_on": date(2014, 3, 1), "ended_on": date(2014, 2, 1)}
    with pytest.raises(ValidationError) as caught:
        adding.treatment_from({"drug": " ", "intent": "taken", **days}, patient=anna, at=NOW)
    assert set(caught.value.detail) == {"drug", "started_on", "ended_on"}


def stored(anna: Patient, number: float = 98.0, **fields: Any) -> Observation:
    """Return a stored hemoglobin of 98 g/L, written as 9.8 g/dL."""
    usual = {"original_value": "9.8", "original_unit": "g/dL", "effective_at": datetime(2026, 3, 2, 7, tzinfo=UTC)}
    return factories.result(anna, number, **{**usual, **fields})


@pytest.mark.parametrize(
    ("change", "value", "written"),
    [
        ({"value": "8.9", "unit": "g/dL"}, 89.0, ("8.9", "g/dL")),
        ({"value": "89", "unit": "g/L"}, 89.0, ("89", "g/L")),
        ({"specimen": "capillary"}, 98.0, ("9.8", "g/dL")),
        ({"performer": "elsewhere"}, 98.0, ("9.8", "g/dL")),
        ({"comparator": "<", "value": "98", "unit": "g/L"}, 98.0, ("98", "g/L")),
    ],
)
def test_a_corrected_result_says_the_rest_as_before(
    anna: Patient, change: dict[str, Any], value: float, written: tuple[str, str]
) -> None:
    fact = adding.corrected_result(stored(anna), change, patient=anna, at=NOW)
    assert (fact.value, fact.unit, fact.status) == (value, "g/L", "corrected")
    assert (fact.original_value, fact.original_unit) == written
    assert fact.effective_at == datetime(2026, 3, 2, 7, tzinfo=UTC)


def test_a_result_may_turn_out_to_be_missing(anna: Patient) -> None:
    fact = adding.corrected_result(stored(anna), {"data_absent_reason": "error"}, patient=anna, at=NOW)
    assert (fact.value, fact.data_absent_reason) == (None, "error")


def test_a_result_far_from_what_was_known_may_be_what_is_right(anna: Patient) -> None:
    """The check for a mixed-up unit would hold it against the wrong values that it corrects."""
    for day in range(1, 6):
        factories.result(anna, 12.0, days_ago=day)
    old = stored(anna, 12.0)
    assert adding.corrected_result(old, {"value": "12", "unit": "g/dL"}, patient=anna, at=NOW).value == 120.0


@pytest.mark.parametrize(
    "change", [{"value": "120", "unit": "parsec"}, {"value": "x", "unit": "g/L"}, {"effective_at": "2031-01-01"}]
)
def test_a_correction_in_doubt_says_why(anna: Patient, change: dict[str, Any]) -> None:
    with pytest.raises(NotRecorded) as caught:
        adding.corrected_result(stored(anna), change, patient=anna, at=NOW)
    assert caught.value.more["issues"]
    assert str(caught.value.detail).endswith(".")


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.floats(50, 200).map(lambda one: round(one, 3)), st.booleans())
def test_a_time_alone_never_changes_the_value(anna: Patient, value: float, limits: bool) -> None:
    old = Observation(
        patient=anna, code="HGB", value=value, unit="g/L", precision="minute", effective_at=NOW - timedelta(days=9),
        reference_low=120.0 if limits else None, original_value="x", original_unit="y",
    )  # fmt: skip
    fact = adding.corrected_result(old, {"effective_at": "2026-11-01"}, patient=anna, at=NOW)
    assert (fact.value, fact.reference_low) == (value, old.reference_low)
    assert (fact.original_value, fact.original_unit) == ("x", "y")
