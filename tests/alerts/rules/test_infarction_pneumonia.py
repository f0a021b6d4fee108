"""Infarction pneumonia: three signs within three days, until results show that it is over."""

from typing import Any

import pytest

from alerts.rules.infarction_pneumonia import RULE
from alerts.rules.rule import CannotJudge, Clear, Severity
from patients.history import EventRecord, History, Series
from tests.alerts.rules.histories import WOMAN, answer, event, finding, history, monthly, on, recheck, series, treatment
from tests.alerts.rules.pictures import NB, date, film

HOT, SHIFT = series([(100, 38.4)], "TEMP", first_id=10), series([(100.1, 8)], "NEUT_BAND", first_id=20)
CELLS, FAST = series([(100.2, 14)], "WBC", first_id=30), series([(100.3, 45)], "ESR", first_id=40)
PAIN = event(100, "symptom", id=5, name="chest_pain")
SHADOW = film(100, dense_shadow=True)


def seen(*several: Series, events: tuple[EventRecord, ...] = (), at: float = 101, **more: Any) -> History:
    """Return a history as seen on a day."""
    return history(*several, events=events, at=at, **more)


def holds(known: History, **chosen: float) -> bool:
    """Whether it is suspected."""
    return not isinstance(answer(RULE, known, **chosen), Clear)


def test_nothing_and_two_signs_are_clear() -> None:
    assert answer(RULE, history(at=10)) == Clear("infarction_pneumonia", "")
    assert answer(RULE, seen(HOT, SHIFT)) == Clear("infarction_pneumonia", "")


def test_three_signs_are_high() -> None:
    one = finding(RULE, seen(HOT, SHIFT, CELLS))
    assert (one.severity, one.subject, one.level, one.latching, one.since) == (Severity.HIGH, "", 0, False, on(100.2))
    assert one.sentence == (
        f"Temperature 38.4{NB}°C, bands 8{NB}% and leukocytes 14{NB}10⁹/L within 72{NB}hours, up to {date(100)}. "
        "3 signs or more: infarction pneumonia?"
    )
    assert [row.id for row in one.evidence] == [10, 20, 30]
    assert one.arithmetic[-1] == "3 of 6 signs"
    assert one.threshold == f"3 of 6 signs or more within 72{NB}hours"
    assert (
        one.clears_when
        == f"Two results, at least 24{NB}hours apart, with fewer than 3 signs in the 72{NB}hours up to them."
    )
    assert one.arithmetic[0] == f"{date(100)}: temperature 38.4{NB}°C"
    assert [(row.code, row.value, row.unit) for row in one.evidence][:2] == [
        ("TEMP", 38.4, "Cel"),
        ("NEUT_BAND", 8, "%"),
    ]


def test_each_further_sign_is_worse() -> None:
    assert finding(RULE, seen(HOT, SHIFT, CELLS, FAST)).level == 1
    assert finding(RULE, seen(HOT, SHIFT, CELLS, FAST, events=(PAIN, SHADOW))).level == 3


@pytest.mark.parametrize(
    ("code", "value", "sign"),
    [
        ("WBC", 12.1, True), ("WBC", 12, False), ("NEUT_BAND", 6.1, True), ("NEUT_BAND", 6, False),
        ("ESR", 31, True), ("ESR", 30, False), ("TEMP", 38, True), ("TEMP", 37.9, False),
    ],
)  # fmt: skip
def test_limits_of_results(code: str, value: float, *, sign: bool) -> None:
    assert holds(seen(series([(100, value)], code), events=(PAIN, SHADOW))) is sign


@pytest.mark.parametrize(
    ("code", "usual", "value", "sign"),
    [("WBC", 6, 9, True), ("WBC", 6, 8.9, False), ("ESR", 8, 16, True), ("ESR", 8, 15, False)],
)
def test_a_rise_against_the_own_median_is_a_sign(code: str, usual: float, value: float, *, sign: bool) -> None:
    before = monthly(usual, usual, usual)
    assert holds(seen(series([*before, (100, value)], code), events=(PAIN, SHADOW))) is sign
    assert not holds(seen(series([*before[:2], (100, value)], code), events=(PAIN, SHADOW)))


def test_events_are_signs_too() -> None:
    assert holds(seen(HOT, events=(PAIN, SHADOW)))
    assert not holds(seen(HOT, events=(event(100, "symptom", id=5, name="cough"), SHADOW)))
    assert not holds(seen(HOT, events=(event(100, "symptom", id=5, name="chest_pain", severity=0), SHADOW)))


def test_a_shadow_that_was_there_before_is_not_new() -> None:
    assert not holds(seen(HOT, events=(PAIN, film(90, dense_shadow=True), SHADOW)))
    assert holds(seen(HOT, events=(PAIN, film(80, dense_shadow=True), film(90, dense_shadow=False), SHADOW)))


@pytest.mark.parametrize(("day", "together"), [(97.4, True), (97.2, True), (97.1, False)])
def test_signs_come_together_within_three_days(day: float, *, together: bool) -> None:
    early = series([(day, 39)], "TEMP")
    assert holds(seen(early, SHIFT, CELLS)) is together


def test_the_same_sign_twice_is_one() -> None:
    assert not holds(seen(series([(100, 38.4), (100.5, 39)], "TEMP"), SHIFT))


@pytest.mark.parametrize(
    ("dose", "cells", "sign"), [(20, 14, False), (19, 14, True), (40, 15, False), (40, 15.1, True)]
)
def test_steroids_explain_leukocytes(dose: float, cells: float, *, sign: bool) -> None:
    taken = treatment(60, "prednisolone", dose=dose, unit="mg")
    counted = series([(100, cells)], "WBC")
    assert holds(seen(counted, HOT, events=(PAIN,), treatments=[taken])) is sign


def test_a_left_shift_is_not_explained_by_steroids() -> None:
    taken = treatment(60, "prednisolone", dose=40, unit="mg")
    assert holds(seen(CELLS, SHIFT, HOT, treatments=[taken]))


def test_what_nobody_confirmed_is_marked() -> None:
    unsure = series([(100, 41)], "TEMP", unconfirmed=[0])
    assert f"Temperature 41{NB}°C (not confirmed yet)" in finding(RULE, seen(unsure, SHIFT, CELLS)).sentence


def later(*points: tuple[float, float], at: float) -> History:
    """Return three signs of day 100, and later temperatures."""
    return seen(series([(100, 38.4), *points], "TEMP", first_id=10), SHIFT, CELLS, at=at)


def test_two_results_a_day_apart_with_fewer_signs_end_it() -> None:
    assert holds(later((104, 37), at=105))
    assert holds(later((104, 37), (104.5, 37), at=105))
    assert not holds(later((104, 37), (105, 37), at=106))
    assert holds(later((101, 37), (102, 37), at=103))  # the signs are still within three days


def test_what_was_seen_is_told_while_it_recovers() -> None:
    assert finding(RULE, later((104, 37), at=105)) == finding(RULE, later(at=103.5))


def test_after_four_weeks_without_a_result_nobody_can_tell() -> None:
    known = later(at=128.2)
    assert answer(RULE, known) == CannotJudge(
        "infarction_pneumonia", "", f"nothing since {date(100)} says whether the signs are gone"
    )
    assert not isinstance(answer(RULE, known, infarction_days=30), CannotJudge)


def test_limits_can_be_chosen() -> None:
    assert not holds(seen(HOT, SHIFT, CELLS), infarction_signs=4)
    assert not holds(seen(HOT, SHIFT, CELLS), infarction_temperature=38.5)
    assert holds(seen(HOT, SHIFT), infarction_signs=2)


def test_asked_again_when_it_is_too_old_or_the_next_becomes_true() -> None:
    assert recheck(RULE, later(at=103)) == on(128.2)
    assert recheck(RULE, later((104, 37), at=103)) == on(104)
    assert recheck(RULE, history(at=10, patient=WOMAN)) is None
