"""Signs of a relapse within weeks of a reduction, or of an infection: hold the next step, and the last effective dose."""

import pytest

from alerts.rules.rule import CannotJudge, Clear, Severity
from alerts.rules.steroid_relapse_after_step import RULE
from patients.history import EventRecord, History
from tests.alerts.rules.dosages import planned, story, taken, taper
from tests.alerts.rules.histories import STEADY, answer, event, finding, on, recheck, series

NB = "\u00a0"
STEP = 135
"""Day of the reduction from 15 to 12.5 mg."""
PLAN = [planned(100, 15), planned(STEP, 12.5), planned(STEP + 28, 10)]


def cough(day: float, amount: str = "teaspoon") -> EventRecord:
    return event(day, "hemoptysis", id=7, amount=amount)


def relapse(*points: tuple[float, float], now: float, events: list[EventRecord] | None = None) -> History:
    """Return a patient with a steady baseline of 124 g/L and these results after the reduction."""
    return story(PLAN, now=now, events=events or [], series=[series((*STEADY, *points))])


def test_what_is_told() -> None:
    found = finding(RULE, relapse((145, 108), now=146))
    assert found.severity is Severity.HIGH
    assert not found.latching
    assert found.sentence == (
        f"Relapse 10{NB}days after the reduction from 15{NB}mg to 12.5{NB}mg a day on 15{NB}May{NB}2024: "
        f"hemoglobin below the own baseline on 25{NB}May{NB}2024. "
        f"Hold the next step{NB}– decide. Last effective dose: 15{NB}mg a day."
    )
    assert found.arithmetic == (f"25{NB}May{NB}2024 − 15{NB}May{NB}2024 = 10{NB}d; limit 28{NB}days",)
    assert found.numbers == {"days": 10, "last_effective": 15}
    assert [(row.role, row.code, row.value) for row in found.evidence] == [
        ("result", "HGB", 108),
        ("support", "prednisolone", 12.5),
    ]
    assert found.since == on(145).replace(hour=0)
    assert found.threshold == f"Signs of a relapse within 28{NB}days of a reduction or an infection"
    assert found.clears_when == "Hemoglobin has recovered, and films and hemoptysis lie weeks back."


@pytest.mark.parametrize(
    ("days", "raised", "level"), [(0, True, 1), (14, True, 1), (15, True, 0), (28, True, 0), (29, False, 0)]
)
def test_four_weeks_count_and_two_of_them_more(days: int, raised: bool, level: int) -> None:
    found = answer(RULE, story(taper(15, 12.5, days=100), now=100 + days, events=[cough(100 + days)]))
    assert isinstance(found, Clear) is not raised
    assert not raised or getattr(found, "level", None) == level


def test_a_relapse_before_the_step_is_not_of_the_step() -> None:
    assert isinstance(answer(RULE, relapse(now=136, events=[cough(134.5)])), Clear)


@pytest.mark.parametrize(
    "sign", [event(140, "chest_xray", new_foci=True), cough(140, "massive"), event(140, "chest_ct", zones={"left_lower": "new"})]
)  # fmt: skip
def test_films_and_hemoptysis_are_signs(sign: EventRecord) -> None:
    assert "Relapse 5" in finding(RULE, relapse(now=141, events=[sign])).sentence


@pytest.mark.parametrize("sign", [cough(140, "streaks"), event(140, "chest_xray", new_foci=False)])
def test_streaks_and_old_foci_are_none(sign: EventRecord) -> None:
    assert isinstance(answer(RULE, relapse(now=141, events=[sign])), Clear)


def test_a_small_fall_counts_beside_another_sign() -> None:
    assert isinstance(answer(RULE, relapse((145, 113), now=146)), Clear)
    assert "Relapse" in finding(RULE, relapse((145, 113), now=146, events=[cough(144, "streaks")])).sentence


def test_an_infection_opens_the_same_weeks() -> None:
    ill = event(120, "infection", id=5, site="upper_airway")
    known = story(planned(0, 10), now=131, events=[ill, cough(130)])
    found = finding(RULE, known)
    assert found.sentence == (
        f"Relapse 10{NB}days after an infection on 30{NB}Apr{NB}2024: a teaspoon of blood or more on 10{NB}May{NB}2024. "
        f"Hold the next step{NB}– decide."
    )
    assert ("support", 5) in {(row.role, row.id) for row in found.evidence}
    assert isinstance(answer(RULE, story(planned(0, 10), now=151, events=[ill, cough(149)])), Clear)


def test_a_reduction_goes_before_an_infection() -> None:
    ill = event(138, "infection", site="upper_airway")
    assert "the reduction from" in finding(RULE, relapse(now=141, events=[ill, cough(140)])).sentence


def test_what_was_taken_makes_the_reduction() -> None:
    """Planned was nothing new: it was taken less."""
    known = story(planned(0, 20), taken(0, 20, 49), taken(50, 10), now=60, events=[cough(58)])
    assert "from 20\u00a0mg to 10\u00a0mg" in finding(RULE, known).sentence


def test_without_a_reduction_there_is_no_relapse_after_one() -> None:
    assert isinstance(answer(RULE, story(planned(0, 20), now=60, events=[cough(58)])), Clear)
    assert isinstance(answer(RULE, story(now=60, events=[cough(58)])), Clear)
    assert isinstance(answer(RULE, story(taper(20, 30), now=20, events=[cough(18)])), Clear)


def test_it_cannot_be_judged_without_hemoglobin() -> None:
    found = answer(RULE, story(taper(20, 15), now=20))
    assert isinstance(found, CannotJudge)
    assert found.reason == (
        f"after the reduction from 20{NB}mg to 15{NB}mg a day on 15{NB}Jan{NB}2024: no hemoglobin result yet"
    )
    assert isinstance(answer(RULE, story(taper(20, 15), now=43)), Clear)


def test_it_ends_with_the_recovery_of_hemoglobin() -> None:
    low = (145.0, 108.0)
    finding(RULE, relapse(low, (160, 124), now=161))
    assert isinstance(answer(RULE, relapse(low, (160, 124), (167, 124), now=168)), Clear)
    assert isinstance(answer(RULE, relapse(low, now=236)), Clear)


def test_an_event_counts_for_four_weeks() -> None:
    finding(RULE, relapse((160, 124), now=167, events=[cough(140)]))
    assert isinstance(answer(RULE, relapse((160, 124), now=168, events=[cough(140)])), Clear)
    assert recheck(RULE, relapse((160, 124), now=166, events=[cough(140)])) == on(168).replace(hour=0)


def test_settings_move_the_limits() -> None:
    known = relapse(now=150, events=[cough(148)])
    assert finding(RULE, known).level == 1
    assert finding(RULE, known, relapse_strong_days=7).level == 0
    assert isinstance(answer(RULE, known, relapse_after_days=7), Clear)
