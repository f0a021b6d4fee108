"""Taken against planned over two weeks: below 80 % or above 120 % of the days on which both are known."""

import pytest

from alerts.rules.rule import CannotJudge, Clear, Severity
from alerts.rules.steroid_adherence import RULE
from tests.alerts.rules.dosages import planned, story, taken, taper, tapped
from tests.alerts.rules.histories import answer, finding, history, on, recheck

NB = "\u00a0"


def test_what_is_told() -> None:
    found = finding(RULE, story(planned(0, 20), tapped(0, 6, 20), tapped(7, 13, 10), now=13))
    assert found.severity is Severity.MODERATE
    assert found.sentence == (
        f"75{NB}% of the planned steroids were taken, from 1{NB}Jan{NB}2024 to 14{NB}Jan{NB}2024. "
        f"On 14 recorded days 210{NB}mg of 280{NB}mg: less than 80{NB}%."
    )
    assert found.arithmetic == (f"210{NB}mg / 280{NB}mg = 75{NB}%",)
    assert found.numbers == {"taken": 210, "planned": 280, "percent": 75, "days": 14}
    assert found.threshold == f"Less than 80{NB}% of the planned dose over 14 days"
    assert [(row.role, row.value) for row in found.evidence] == [("result", 10), ("support", 20)]
    assert found.since == on(13).replace(hour=0)
    assert found.clears_when == (f"The newest 14 days hold 80 to 120{NB}% of what is planned, or the plan is changed.")


@pytest.mark.parametrize(
    ("mg", "raised"), [(15.9, True), (16, False), (20, False), (24, False), (24.1, True)]
)  # 80 % and 120 % of 20 mg are inside
def test_the_limits(mg: float, raised: bool) -> None:
    known = story(planned(0, 20), tapped(0, 13, mg), now=13)
    assert isinstance(answer(RULE, known), Clear) is not raised


def test_more_than_planned_says_so() -> None:
    found = finding(RULE, story(planned(0, 20), tapped(0, 13, 30), now=13))
    assert f"more than 120{NB}%" in found.sentence
    assert found.threshold.startswith("More than")


def test_a_day_that_nobody_recorded_is_not_missed() -> None:
    rows = [taken(number, 20, number) for number in range(0, 14, 2)]
    assert isinstance(answer(RULE, story(planned(0, 20), rows, now=12)), Clear)
    zeros = [taken(number, 0, number) for number in range(1, 14, 2)]
    found = finding(RULE, story(planned(0, 20), rows, zeros, now=13))
    assert found.numbers["percent"] == 50


@pytest.mark.parametrize(("days", "judged"), [(6, False), (7, True)])
def test_half_of_the_days_must_be_recorded(days: int, judged: bool) -> None:
    found = answer(RULE, story(planned(0, 20), tapped(0, days - 1, 5), now=days - 1))
    assert isinstance(found, CannotJudge) is not judged


def test_what_cannot_be_judged_says_why() -> None:
    unsaid = answer(RULE, story(planned(0, 20), now=20))
    assert isinstance(unsaid, CannotJudge)
    assert unsaid.reason == f"fewer than 7 of 14{NB}days in a row have a recorded dose beside the planned one"
    old = answer(RULE, story(planned(0, 20), tapped(0, 13, 20), now=41))
    assert isinstance(old, CannotJudge)
    assert old.reason == f"nobody recorded what was taken since 14{NB}Jan{NB}2024"
    none = answer(RULE, story(planned(0, 0), tapped(0, 13, 0), now=13))
    assert isinstance(none, CannotJudge)
    assert none.reason == f"nothing was planned in the days up to 14{NB}Jan{NB}2024"


def test_a_record_without_end_is_looked_at_after_a_week_and_after_two() -> None:
    known = story(planned(0, 20), now=6, said=[(6, taken(0, 10))])
    assert finding(RULE, known).numbers["days"] == 7
    later = story(planned(0, 20), now=25, said=[(20, taken(0, 10))])
    assert finding(RULE, later).numbers == {"taken": 140, "planned": 280, "percent": 50, "days": 14}


def test_a_step_within_the_days_is_compared_day_by_day() -> None:
    """Seven days of 40 and seven of 30 planned are 490 mg; 40 taken on all are 560: 114 %."""
    assert isinstance(answer(RULE, story(taper(40, 30, days=7), tapped(0, 13, 40), now=13)), Clear)
    assert finding(RULE, story(taper(40, 30, days=7), tapped(0, 16, 40), now=16)).numbers["percent"] == pytest.approx(
        100 * 14 * 40 / (4 * 40 + 10 * 30)
    )


def test_a_dose_every_other_day_is_compared_on_its_days() -> None:
    plan = planned(0, 40, every_days=2.0)
    assert isinstance(answer(RULE, story(plan, [taken(day, 40, day) for day in range(0, 14, 2)], now=12)), Clear)
    doubled = finding(RULE, story(plan, tapped(0, 13, 40), now=13))
    assert doubled.numbers["percent"] == 200


def test_other_steroids_count_as_prednisone() -> None:
    """16 mg methylprednisolone are 20 mg prednisone (factor 1.25, clinical specification B4)."""
    rows = [taken(number, 16, number, drug="methylprednisolone") for number in range(14)]
    assert isinstance(answer(RULE, story(planned(0, 20), rows, now=13)), Clear)


def test_without_a_plan_there_is_nothing_to_follow() -> None:
    assert isinstance(answer(RULE, history(at=5)), Clear)
    assert isinstance(answer(RULE, story(taken(0, 20), now=30)), Clear)


def test_settings_move_the_limits() -> None:
    known = story(planned(0, 20), tapped(0, 13, 15), now=13)
    finding(RULE, known)
    assert isinstance(answer(RULE, known, adherence_low_percent=70), Clear)
    assert isinstance(answer(RULE, known, adherence_least_days=15, adherence_days=20), CannotJudge)
    assert isinstance(answer(RULE, story(planned(0, 20), tapped(0, 13, 25), now=13), adherence_high_percent=130), Clear)


def test_asked_again_when_the_report_has_become_old() -> None:
    known = story(planned(0, 20), tapped(0, 13, 15), now=30)
    assert recheck(RULE, known) == on(34).replace(hour=0)  # 28 days after the first seven were full
