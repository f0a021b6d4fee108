"""The first page of a patient: dose, changes, what is next, the own hemoglobin, by the patient's own calendar."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.me_page import Today, hemoglobin_of, taken_of, today_of
from patients.history import EventRecord, History, TreatmentRecord
from patients.taking import DayDose
from tests.factories import history, series

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
TODAY = date(2026, 11, 24)
DAY = timedelta(days=1)


def row(number: int = 1, **fields: Any) -> TreatmentRecord:
    """Return a step of prednisolone, 15 mg from ten days ago, unless told otherwise."""
    usual: dict[str, Any] = {
        "id": number, "drug": "prednisolone", "dose": 15.0, "unit": "mg", "route": "oral", "every_days": 1.0,
        "started_on": TODAY - 10 * DAY, "ended_on": None, "intent": "planned", "plan": "taper", "recorded_revision": 1,
    }  # fmt: skip
    return TreatmentRecord(**{**usual, **fields})


def episode(start: int, end: int) -> EventRecord:
    """Return a confirmed exacerbation by days ago."""
    until = (NOON - end * DAY).date().isoformat()
    return EventRecord(900, "exacerbation", NOON - start * DAY, "day", {"status": "confirmed", "until": until}, 1)


def steady(*last: float, at: datetime = NOON, **fields: Any) -> History:
    """Return half a year of steady hemoglobin with these values at its end."""
    values = [124.0, 125.0, 123.0, 124.0, 126.0, 124.0, 123.0, 125.0, *last]
    return history(series("HGB", values, end=at - DAY, every_days=14), at=at, **fields)


def page(*rows: TreatmentRecord, at: datetime = NOON, zone: str = "UTC", **fields: Any) -> Today:
    return today_of(history(at=at, zone=zone, treatments=rows, revision_times={1: NOON - 10 * DAY}, **fields))


def test_a_page_of_nothing_known() -> None:
    found = page()
    assert (found.day, found.dose.known, found.taken, found.change, found.again) == (TODAY, False, None, None, None)
    assert (found.nexts, found.hemoglobin.last, found.hemoglobin.curve) == ((), None, None)


def test_the_next_change_is_told_with_its_day_and_dose() -> None:
    found = page(row(1), row(2, dose=12.5, started_on=TODAY + 4 * DAY))
    assert found.change is not None
    assert (found.change.on, found.change.dose.said) == (date(2026, 11, 28), "prednisolone 12.5\u00a0mg")
    assert found.again is None


def test_a_step_of_the_same_dose_is_no_change() -> None:
    assert page(row(1), row(2, started_on=TODAY + 4 * DAY)).change is None


def test_a_change_to_an_unknown_dose_is_told_by_its_day() -> None:
    found = page(row(1), row(2, dose=None, started_on=TODAY + 4 * DAY))
    assert found.change is not None
    assert (found.change.on, found.change.dose) == (date(2026, 11, 28), DayDose((), known=False))


@pytest.mark.parametrize(("begun", "again"), [(0, 2), (1, 1), (2, 2)])
def test_every_other_day_the_next_dose_is_named(begun: int, again: int) -> None:
    found = page(row(dose=40.0, every_days=2.0, started_on=TODAY - begun * DAY))
    assert found.again is not None
    assert found.again.on == TODAY + again * DAY
    assert bool(found.dose.parts) is (begun % 2 == 0)


@pytest.mark.parametrize(
    ("at", "zone", "mg"),
    [
        ("2026-11-24T22:59:00+00:00", "Europe/Berlin", "15"),
        ("2026-11-24T23:00:00+00:00", "Europe/Berlin", "10"),
        ("2026-11-24T11:00:00+00:00", "Pacific/Auckland", "10"),
        ("2026-11-25T04:59:00+00:00", "America/New_York", "15"),
        ("2026-11-25T05:00:00+00:00", "America/New_York", "10"),
    ],
)
def test_today_is_the_patients_own(at: str, zone: str, mg: str) -> None:
    """A step of 25 November begins at midnight where the patient lives."""
    found = page(row(1), row(2, dose=10.0, started_on=date(2026, 11, 25)), at=datetime.fromisoformat(at), zone=zone)
    assert found.dose.said == f"prednisolone {mg}\u00a0mg"


@pytest.mark.parametrize(
    ("at", "day"),
    [
        ("2026-03-28T22:59:00+00:00", 28),
        ("2026-03-28T23:00:00+00:00", 29),
        ("2026-03-29T21:59:00+00:00", 29),
        ("2026-03-29T22:00:00+00:00", 30),
        ("2026-10-24T22:00:00+00:00", 25),
        ("2026-10-25T22:59:00+00:00", 25),
        ("2026-10-25T23:00:00+00:00", 26),
    ],
)
def test_days_on_which_clocks_change_are_one_day(at: str, day: int) -> None:
    """In Berlin 29 March 2026 has 23 hours, 25 October 25."""
    found = page(row(started_on=date(2026, 1, 1)), at=datetime.fromisoformat(at), zone="Europe/Berlin")
    assert found.day.day == day


def test_what_was_taken_is_told_with_when_that_was_written() -> None:
    mine = row(5, intent="taken", plan="", started_on=TODAY, ended_on=TODAY, recorded_revision=2)
    known = history(at=NOON, treatments=(row(), mine), revision_times={1: NOON - 10 * DAY, 2: NOON - DAY / 24})
    found = taken_of(known, TODAY)
    assert found is not None
    assert ([part.words for part in found.parts], found.at, set(found.revisions)) == (
        ["15\u00a0mg"],
        NOON - DAY / 24,
        {2},
    )
    assert taken_of(known, TODAY - DAY) is None


def test_written_down_as_not_taken_is_not_nothing() -> None:
    none = row(5, intent="taken", plan="", dose=0.0, started_on=TODAY, ended_on=TODAY)
    found = page(row(), none)
    assert found.taken is not None
    assert found.taken.parts == ()


@pytest.mark.parametrize(
    ("last", "words"),
    [(124.0, "as usual for you"), (98.0, "lower than usual for you"), (155.0, "higher than usual for you")],
)
def test_the_own_hemoglobin_is_put_beside_what_is_usual(last: float, words: str) -> None:
    found = hemoglobin_of(steady(last))
    assert found.last is not None
    assert (found.last.value, found.usual) == (last, words)
    assert found.curve is not None


def test_with_too_few_results_nothing_is_called_usual() -> None:
    found = hemoglobin_of(history(series("HGB", [120, 98], end=NOON - DAY), at=NOON))
    assert (found.usual, found.curve is not None) == ("", True)


def test_old_results_are_told_but_not_drawn() -> None:
    found = hemoglobin_of(history(series("HGB", [120.0], end=NOON - 400 * DAY), at=NOON))
    assert found.last is not None
    assert found.curve is None


@pytest.mark.parametrize(("ended", "said"), [(88, True), (28, True), (27, False), (6, False)])
def test_weeks_without_a_flare_are_told_once_they_are_a_remission(ended: int, said: bool) -> None:
    found = hemoglobin_of(steady(events=(episode(ended + 10, ended),)))
    assert bool(found.flare) is said
    if said:
        assert f"for {ended}\u00a0days" in found.flare


def test_nobody_is_told_of_a_flare_that_no_physician_confirmed() -> None:
    when = NOON - 100 * DAY
    film = EventRecord(61, "chest_xray", when, "day", {"new_foci": True}, 1)
    blood = EventRecord(62, "hemoptysis", when, "day", {"amount": "teaspoon"}, 1)
    assert hemoglobin_of(steady(events=(episode(300, 290),))).flare != ""
    assert hemoglobin_of(steady(events=(episode(300, 290), film, blood))).flare == ""


def test_in_a_flare_nobody_is_told_that_there_is_none() -> None:
    assert hemoglobin_of(steady(events=(episode(300, 290), episode(3, -5)))).flare == ""


def test_what_is_overdue_comes_first_and_then_what_lies_ahead() -> None:
    blood = series("HGB", [124.0], end=NOON - 60 * DAY)
    iron = series("FERRITIN", [40.0], end=NOON - 30 * DAY)
    found = today_of(history(blood, iron, at=NOON)).nexts
    assert [(one.words, one.late) for one in found] == [("Blood count", True), ("Blood test for iron", False)]
    assert found[1].on == (NOON + 60 * DAY).date()


def test_the_next_file_stands_among_what_is_next_by_its_day() -> None:
    iron, blood = (series(code, [40.0], end=NOON - 30 * DAY) for code in ("FERRITIN", "HGB"))
    person = {"upload_every_days": 14, "upload_expected_from": TODAY - 10 * DAY}
    found = today_of(history(iron, blood, at=NOON, person=person)).nexts
    assert [(one.words, one.on, one.late) for one in found] == [
        ("Blood count", TODAY - 2 * DAY, False),
        ("File of your results", TODAY + 4 * DAY, False),
        ("Blood test for iron", TODAY + 60 * DAY, False),
    ]
    late = today_of(history(at=NOON, person={**person, "upload_expected_from": TODAY - 20 * DAY})).nexts
    assert [(one.words, one.on, one.late) for one in late] == [("File of your results", TODAY - 6 * DAY, True)]


def test_the_teams_own_work_is_not_the_patients() -> None:
    """A step to confirm and a value to verify are to-dos, and none of them stands here."""
    typed = series("HGB", [124.0], end=NOON - DAY, unconfirmed=np.array([True]))
    found = today_of(history(typed, at=NOON, treatments=(row(),), revision_times={1: NOON - 10 * DAY})).nexts
    under_steroids = {"Blood sugar", "Blood pressure", "Weight and height", "Bone density", "Eye examination"}
    assert {one.words for one in found} == {"Blood count", *under_steroids}


def test_nothing_is_next_for_somebody_who_died() -> None:
    known = history(series("HGB", [124.0], end=NOON - 60 * DAY), at=NOON, person={"death_date": TODAY - DAY})
    assert today_of(known).nexts == ()


@given(
    doses=st.lists(st.one_of(st.none(), st.integers(0, 60).map(float)), max_size=5),
    every=st.sampled_from([0.5, 1.0, 2.0, 7.0]),
    minute=st.integers(0, 60 * 24 * 20),
)
def test_any_plan_makes_a_page(doses: list[float | None], every: float, minute: int) -> None:
    rows = [
        row(place, dose=dose, every_days=every, started_on=TODAY + (7 * place - 14) * DAY)
        for place, dose in enumerate(doses)
    ]
    found = page(*rows, at=NOON + timedelta(minutes=minute))
    assert not (found.dose.parts and not found.dose.known)
    assert found.change is None or found.change.on > found.day
    assert found.again is None or found.again.dose.parts
