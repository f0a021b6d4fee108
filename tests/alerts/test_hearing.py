"""When a patient was last heard of, and from when on the silence is too long; and that the watch writes it down."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts import watching
from alerts.hearing import BLOOD_COUNT, Heard, heard
from alerts.models import WatchState
from alerts.todos import todos
from patients.history import EventRecord, History
from tests.alerts.scenes import MORNING, scene
from tests.factories import history, result, series

AT = MORNING
DAY = timedelta(days=1)


def after(days_ago: float, *, zone: str = "UTC", **fields: Any) -> History:
    """Return the history of a patient with three blood counts, the last one so many days ago."""
    return history(series("HGB", [124, 125, 123], end=AT - days_ago * DAY, every_days=28), at=AT, zone=zone, **fields)


def exacerbated(days_ago: int) -> EventRecord:
    """Return an exacerbation that a physician confirmed."""
    return EventRecord(1, "exacerbation", AT - days_ago * DAY, "day", {"status": "confirmed"}, 1)


def test_of_a_patient_without_any_result_nothing_was_heard() -> None:
    assert heard(history(at=AT)) == Heard(None, AT, None)


def test_a_patient_is_silent_from_a_fifth_of_the_interval_after_the_due_day() -> None:
    found = heard(after(10))
    assert found.at == AT - 10 * DAY
    # 28 days after 14 November is 12 December; a fifth of 28, rounded up, is 6 days.
    assert found.silent_from == datetime(2026, 12, 18, tzinfo=UTC)


def test_in_an_exacerbation_silence_begins_sooner() -> None:
    found = heard(after(2, events=(exacerbated(4),)))
    # 7 days after 22 November is 29 November; a fifth of 7, rounded up, is 2 days.
    assert found.silent_from == datetime(2026, 12, 1, tzinfo=UTC)


def test_days_are_those_of_the_patient() -> None:
    found = heard(after(10, zone="America/New_York"))
    assert found.silent_from == datetime(2026, 12, 18, 5, tzinfo=UTC)


def test_a_preliminary_result_says_nothing() -> None:
    known = series("HGB", [124, 60], end=AT - 2 * DAY, every_days=10, usable=np.array([True, False]))
    assert heard(history(known, at=AT)).at == AT - 12 * DAY


def test_what_is_dated_ahead_was_not_heard_yet() -> None:
    known = series("HGB", [124, 123], end=AT + 3 * DAY, every_days=10)
    assert heard(history(known, at=AT)).at == AT - 7 * DAY


def test_who_has_died_is_not_silent() -> None:
    found = heard(after(300, person={"death_date": date(2026, 3, 1)}))
    assert found == Heard(AT - 300 * DAY, None, None)


def test_the_first_test_of_all_that_is_late_counts() -> None:
    iron = series("FERRITIN", [30], end=AT - 100 * DAY)
    known = history(series("HGB", [124, 125, 123], end=AT - 3 * DAY), iron, at=AT)
    found = heard(known)
    # 90 days after 16 August, and a fifth of it: 18 days.
    assert found.overdue_from == datetime(2026, 12, 2, tzinfo=UTC)
    assert found.silent_from is not None
    assert found.overdue_from < found.silent_from


@given(
    st.floats(0, 400),
    st.floats(0, 400),
    st.sampled_from(["UTC", "Europe/Vienna", "Pacific/Auckland", "America/New_York"]),
)
def test_overdue_is_what_the_to_dos_call_so(blood: float, iron: float, zone: str) -> None:
    known = history(
        series("HGB", [124, 125, 123], end=AT - blood * DAY, every_days=28),
        series("FERRITIN", [30], end=AT - iron * DAY),
        at=AT,
        zone=zone,
    )
    found, listed = heard(known), todos(known, at=AT)
    assert found.silent_from is not None
    assert found.overdue_from is not None
    assert found.overdue_from <= found.silent_from
    assert (found.silent_from <= AT) == any(one.overdue and one.subject == BLOOD_COUNT for one in listed)
    assert (found.overdue_from <= AT) == any(one.overdue for one in listed)


@pytest.mark.django_db
def test_the_watch_writes_it_down_at_each_judgment() -> None:
    stage = scene()
    watching.evaluate(stage.pk, at=AT)
    state = WatchState.objects.get(pk=stage.pk)
    assert (state.heard_at, state.silent_from, state.overdue_from) == (None, AT, None)
    result(stage.patient, 124, effective_at=AT - DAY)
    watching.evaluate(stage.pk, at=AT)
    state.refresh_from_db()
    assert state.heard_at == AT - DAY
    assert state.silent_from == datetime(2026, 12, 27, tzinfo=UTC)
    assert state.overdue_from == state.silent_from


@pytest.mark.django_db
def test_a_patient_is_judged_even_where_that_cannot_be_told(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = scene()
    result(stage.patient, 124, effective_at=AT - DAY)
    watching.evaluate(stage.pk, at=AT)

    def broken(_: History) -> Heard:
        raise ZeroDivisionError

    monkeypatch.setattr(watching, "heard", broken)
    watching.evaluate(stage.pk, at=AT + DAY)
    state = WatchState.objects.get(pk=stage.pk)
    assert state.evaluated_at == AT + DAY
    assert state.heard_at == AT - DAY  # as it was
