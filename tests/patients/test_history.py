"""What rules read: series by code, events by kind, ages, and nothing where nothing was recorded."""

from dataclasses import FrozenInstanceError, replace
from datetime import UTC, date, datetime
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patients.history import USABLE_STATUSES, EventRecord, History, PatientFacts, Series, empty_series

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
PERSON = PatientFacts(UUID(int=1), sex="female", birth_date=date(2015, 4, 17), time_zone="Europe/Berlin")


def series(code: str, *times: datetime) -> Series:
    """Return a series with a result of 100 at each time."""
    count = len(times)
    return Series(
        code,
        ids=np.arange(count),
        times=np.array([time.timestamp() for time in times]),
        values=np.full(count, 100.0),
        usable=np.ones(count, dtype=np.bool_),
        unconfirmed=np.zeros(count, dtype=np.bool_),
        recorded_revision=np.ones(count, dtype=np.int64),
    )


def event(id_: int, kind: str) -> EventRecord:
    """Return an event of a kind."""
    return EventRecord(id_, kind, AT, "day", {}, recorded_revision=id_)


def history(**changes: object) -> History:
    """Return a history of two results and three events."""
    events = (event(1, "sputum"), event(2, "hemoptysis"), event(3, "sputum"))
    known = History(PERSON, 3, AT, {"HGB": series("HGB", AT, AT)}, events)
    return replace(known, **changes)  # type: ignore[arg-type]


def test_a_series_is_found_by_its_code() -> None:
    assert history().get("HGB").code == "HGB"
    assert len(history().get("HGB")) == 2


def test_an_analyte_never_recorded_is_an_empty_series_of_its_code() -> None:
    missing = history().get("FERRITIN")
    assert (missing.code, len(missing)) == ("FERRITIN", 0)
    assert missing.comparators == missing.performers == ()


def test_an_empty_series_has_arrays_of_the_same_types_as_a_full_one() -> None:
    empty, full = empty_series("HGB"), series("HGB", AT)
    for name in ("ids", "times", "values", "usable", "unconfirmed", "recorded_revision"):
        assert getattr(empty, name).dtype == getattr(full, name).dtype, name
        assert getattr(empty, name).shape == (0,)


@given(st.integers(1, 4_102_444_800))
def test_the_time_of_a_result_comes_back_aware_in_utc(seconds: int) -> None:
    time = datetime.fromtimestamp(seconds, tz=UTC)
    found = series("HGB", time).at(0)
    assert found == time
    assert found.tzinfo is UTC


def test_events_are_chosen_by_kind_in_their_order() -> None:
    known = history()
    assert [one.id for one in known.events_of("sputum")] == [1, 3]
    assert [one.id for one in known.events_of("hemoptysis", "sputum")] == [1, 2, 3]
    assert known.events_of("transfusion") == ()
    assert known.events_of() == ()


@pytest.mark.parametrize(
    ("on", "years"),
    [
        (date(2015, 4, 17), 0.0),
        (date(2016, 4, 16), 365 / 365.25),
        (date(2019, 4, 17), 4.0),
        (date(2015, 4, 16), -1 / 365.25),
    ],
)
def test_age_is_in_years_of_365_and_a_quarter_days(on: date, years: float) -> None:
    assert PERSON.age_years(on) == pytest.approx(years)


def test_no_birth_date_is_no_age() -> None:
    assert replace(PERSON, birth_date=None).age_years(AT.date()) is None


def test_only_finished_results_may_be_judged() -> None:
    assert {"final", "amended", "corrected"} == USABLE_STATUSES


def test_what_was_known_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        history().revision = 4  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        PERSON.sex = "male"  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        series("HGB").code = "FE"  # type: ignore[misc]


def test_facts_name_nobody() -> None:
    fields = set(PatientFacts.__dataclass_fields__)
    assert not fields & {"name", "first_name", "last_name", "email", "telephone", "address", "identifiers"}


def test_an_event_that_was_never_corrected_is_its_own_origin() -> None:
    assert event(7, "sputum").origin == 7
    corrected = replace(event(7, "sputum"), origin=3)
    assert (corrected.id, corrected.origin) == (7, 3)
