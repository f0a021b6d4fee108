"""What a single result asks to repeat: a low hemoglobin, a negative or unfit sputum, new foci on a film."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from alerts.due import Due
from alerts.repeats import (
    CONTROL,
    CONTROL_LATE,
    NEGATIVES,
    REPEAT,
    SETTINGS,
    SPUTUM,
    control_film,
    repeat_hemoglobin,
)
from alerts.rules.hemoglobin_fall import RULE
from alerts.rules.rule import Clear, Finding
from patients.history import EventRecord, PatientFacts
from tests.alerts.rules.histories import STEADY, WOMAN, Point, answer, event, hemoglobin, history, on, person
from tests.alerts.vectors import cases, named

NB = "\u00a0"
NOTE = 116.5
"""Below the 95 % limit of STEADY (117.3 g/L), above its 99 % limit (114.6)."""


def low(value: float, *more: Point, **fields: Any) -> Due | None:
    """Return the repeat that a value on day 168 asks for, after six steady results."""
    return repeat_hemoglobin(hemoglobin(*STEADY, (168, value), *more, **fields))


def film(day: int, id: int = 0, **findings: Any) -> EventRecord:  # noqa: A002
    """Return a film."""
    return event(day, "chest_xray", id=id or 100 + day, **findings)


def control(*films: EventRecord, at: float = 400, patient: PatientFacts = WOMAN) -> Due | None:
    """Return the control film that is due."""
    return control_film(history(events=films, at=at, patient=patient))


def due_on(found: Due | None) -> int | None:
    """Return the day of the story on which something is due."""
    return None if found is None else (found.due_on - on(0).date()).days


def test_a_hemoglobin_below_the_95_limit_alone_is_repeated_after_a_week() -> None:
    assert low(NOTE) == Due(
        "repeat_hemoglobin",
        "HGB",
        "Repeat hemoglobin,",
        f"116.5{NB}g/L on 17{NB}Jun{NB}2024 is below the 95{NB}% limit of 117.3{NB}g/L",
        on(175).date(),
        2,
    )


def test_the_same_result_is_no_finding() -> None:
    assert isinstance(answer(RULE, hemoglobin(*STEADY, (168, NOTE))), Clear)


@pytest.mark.parametrize(
    ("value", "asked"),
    [(124, False), (118, False), (117.4, False), (117.2, True), (114.7, True), (114.5, False), (90, False)],
)
def test_only_between_the_two_limits_is_a_repeat_asked_for(value: float, *, asked: bool) -> None:
    assert (low(value) is not None) is asked


@pytest.mark.parametrize("case", cases("hemoglobin_watch"), ids=named)
def test_r1_is_first_true_on_the_day_of_the_vector(case: dict[str, Any]) -> None:
    count = len(case["baseline"])
    before = [(28.0 * (place - count), float(value)) for place, value in enumerate(case["baseline"])]
    days = []
    for one in case["followup"]:  # each beside the baseline alone, which the follow-up does not change there
        known = hemoglobin(*before, (float(one["day"]), float(one["hemoglobin"])))
        if repeat_hemoglobin(known) is not None or isinstance(answer(RULE, known), Finding):
            days.append(one["day"])
    assert (days[0] if days else None) == case["r1_day"]


def test_a_newer_result_makes_the_repeat() -> None:
    assert low(NOTE, (175, 123)) is None
    again = low(NOTE, (175, NOTE))
    assert again is not None
    assert again.due_on == on(182).date()


def test_with_another_sign_of_bleeding_it_is_a_finding_and_no_repeat() -> None:
    assert low(NOTE, events=[event(165, "hemoptysis", amount="streaks")]) is None


def test_while_a_fall_is_open_its_alert_speaks() -> None:
    assert low(110, (175, NOTE)) is None


def test_too_old_a_result_asks_for_no_repeat() -> None:
    assert low(NOTE, at=168 + 364) is not None
    assert low(NOTE, at=168 + 366) is None


def test_without_a_result_or_a_second_one_nothing_is_repeated() -> None:
    assert repeat_hemoglobin(history(at=10)) is None
    assert repeat_hemoglobin(hemoglobin((0, 60))) is None


def test_a_result_is_of_the_patients_day() -> None:
    late = replace(hemoglobin(*STEADY, (168.6, NOTE)), patient=person(time_zone="Asia/Tokyo"))  # 22:24 UTC
    found = repeat_hemoglobin(late)
    assert found is not None
    assert found.due_on == on(169).date() + timedelta(days=7)


def test_new_foci_are_controlled_after_three_weeks() -> None:
    assert control(film(10, new_foci=True)) == Due(
        "control_film", "110", "Control film,", f"new foci on 11{NB}Jan{NB}2024", on(31).date(), 8
    )


def test_without_new_foci_nothing_is_controlled() -> None:
    assert control() is None
    assert control(film(10, foci_present=True), film(20, new_foci=False)) is None


@pytest.mark.parametrize(
    ("later", "answered"),
    [
        (film(20, foci_present=True), False),
        (film(30, foci_present=True), False),
        (film(31, foci_present=True), True),
        (film(60), True),
        (film(20, foci_present=False), True),
        (film(20, zones={"left_lower": "resolved"}), True),
        (film(20, zones={"left_lower": "resolved", "left_upper": "persisting"}), False),
        (event(40, "chest_ct", id=7), True),
        (event(40, "sputum", id=7), False),
    ],
)
def test_a_film_in_time_or_one_without_foci_is_the_control(later: EventRecord, *, answered: bool) -> None:
    assert (control(film(10, new_foci=True), later) is None) is answered


def test_foci_that_come_again_start_the_clock_again() -> None:
    assert due_on(control(film(10, new_foci=True), film(25, new_foci=True))) == 46
    assert due_on(control(film(10, new_foci=True), film(40), film(50, zones={"right_upper": "new"}))) == 71


def test_a_film_that_lies_ahead_controls_nothing_yet() -> None:
    assert due_on(control(film(10, new_foci=True), film(40), at=35)) == 31


def test_a_corrected_film_keeps_its_subject() -> None:
    corrected = replace(film(10, new_foci=True), id=999, origin=110)
    found = control(corrected)
    assert found is not None
    assert found.subject == "110"


def test_numbers_have_sources() -> None:
    assert [one.default for one in SPUTUM] == [3, 7, 14, 44, 74, 104]
    assert (REPEAT.default, CONTROL.default, CONTROL_LATE.default, NEGATIVES.default) == (7, 21, 28, 3)
    assert all(one.source.startswith("clinical specification ") for one in SETTINGS)
    assert all(one.low <= one.default <= one.high for one in SETTINGS)
