"""Four weeks of 20 mg and no prophylaxis; two weeks of 15 mg beside a second agent."""

import pytest

from alerts.rules.pneumocystis_prophylaxis import RULE
from alerts.rules.rule import CannotJudge, Clear, Severity
from tests.alerts.rules.dosages import planned, story, taken, taper
from tests.alerts.rules.histories import answer, finding, history, on, recheck, treatment

NB = "\u00a0"


def test_what_is_told() -> None:
    found = finding(RULE, story(taken(0, 40, 13), taken(14, 20), now=35))
    assert found.severity is Severity.MODERATE
    assert found.sentence == (
        f"20{NB}mg of steroids a day or more for 28{NB}days, on 29{NB}Jan{NB}2024, and no Pneumocystis prophylaxis recorded. "
        "It is to be given, or the reason against it to be written down."
    )
    assert found.arithmetic == (f"At least 20{NB}mg a day on each of the 28{NB}days up to 29{NB}Jan{NB}2024",)
    assert [(row.role, row.value) for row in found.evidence] == [("result", 20)]
    assert found.since == on(28).replace(hour=0)
    assert found.threshold == f"20{NB}mg a day or more for 28{NB}days, and no prophylaxis"
    assert found.clears_when == (
        f"A prophylaxis is recorded as taken or planned, or the dose falls below 20{NB}mg a day."
    )
    assert found.numbers == {"dose": 20, "days": 28}


@pytest.mark.parametrize(("mg", "now", "raised"), [(20, 28, True), (20, 27, False), (19.9, 60, False), (60, 28, True)])
def test_dose_and_time_are_both_reached(mg: float, now: int, raised: bool) -> None:
    assert isinstance(answer(RULE, story(taken(0, mg), now=now)), Clear) is not raised


def test_a_plan_counts_until_somebody_says_otherwise() -> None:
    assert "on 29" in finding(RULE, story(planned(0, 30), now=40)).sentence
    assert isinstance(answer(RULE, story(taper(30, 20, 10, days=20), now=45)), Clear)


@pytest.mark.parametrize(
    "name", ["Cotrimoxazole", "trimethoprim/sulfamethoxazole", "TMP-SMX 480 mg", "atovaquone", "Dapsone", "pentamidine"]
)
def test_a_prophylaxis_ends_it_by_whatever_name(name: str) -> None:
    assert isinstance(answer(RULE, story(taken(0, 40), treatment(20, name), now=40)), Clear)
    assert isinstance(answer(RULE, story(taken(0, 40), treatment(20, name, intent="planned"), now=40)), Clear)


def test_a_prophylaxis_that_ended_or_was_not_taken_is_none() -> None:
    finding(RULE, story(taken(0, 40), treatment(0, "dapsone", until=30), now=40))
    finding(RULE, story(taken(0, 40), treatment(20, "dapsone", dose=0.0), now=40))
    known = story(taken(0, 40), treatment(0, "dapsone", until=30), now=29)
    assert recheck(RULE, known) == on(31).replace(hour=0)


@pytest.mark.parametrize(("mg", "now", "raised"), [(15, 14, True), (15, 13, False), (14.9, 40, False)])
def test_beside_a_second_agent_less_is_enough(mg: float, now: int, raised: bool) -> None:
    known = story(taken(0, mg), treatment(0, "Azathioprine", dose=100.0, unit="mg"), now=now)
    assert isinstance(answer(RULE, known), Clear) is not raised


def test_the_second_agent_is_named_and_is_evidence() -> None:
    found = finding(RULE, story(taken(0, 15), treatment(0, "cyclophosphamide", dose=400.0, unit="mg"), now=20))
    assert f"on 15{NB}Jan{NB}2024, beside cyclophosphamide, and no" in found.sentence
    assert [(row.role, row.code, row.value) for row in found.evidence] == [
        ("result", "prednisolone", 15),
        ("support", "cyclophosphamide", 400),
    ]


def test_a_gap_begins_it_anew() -> None:
    assert isinstance(answer(RULE, story(taken(0, 40, 20), taken(25, 40), now=40)), Clear)
    assert "on 23" in finding(RULE, story(taken(0, 40, 20), taken(25, 40), now=60)).sentence


def test_years_of_it_are_told_by_the_same_day() -> None:
    """However far back it began: the sentence does not move with the calendar."""
    first, later = (finding(RULE, story(taken(0, 40), now=now)) for now in (40, 700))
    assert first.sentence == later.sentence


def test_what_is_unknown_cannot_be_judged() -> None:
    found = answer(RULE, story(taken(0, 40, 30), now=40))
    assert isinstance(found, CannotJudge)
    assert "the dose since 1\u00a0Feb\u00a02024 is not recorded" in found.reason
    assert isinstance(answer(RULE, history(at=40)), Clear)


def test_settings_move_the_limits() -> None:
    known = story(taken(0, 20), now=40)
    for name, value in (("pjp_mg", 25), ("pjp_days", 56)):
        assert isinstance(answer(RULE, known, **{name: value}), Clear)
    beside = story(taken(0, 15), treatment(0, "azathioprine"), now=20)
    for name, value in (("pjp_second_agent_mg", 18), ("pjp_second_agent_days", 21)):
        assert isinstance(answer(RULE, beside, **{name: value}), Clear)


def test_asked_again_when_the_time_is_reached() -> None:
    assert recheck(RULE, story(taken(0, 20), now=20)) == on(28).replace(hour=0)
