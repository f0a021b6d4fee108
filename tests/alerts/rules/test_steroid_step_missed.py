"""Still on the old dose, as reported, more than a week after a step."""

import pytest

from alerts.rules.rule import CannotJudge, Clear, Severity
from alerts.rules.steroid_step_missed import RULE
from tests.alerts.rules.dosages import planned, story, taken, taper, tapped
from tests.alerts.rules.histories import answer, finding, history, on, recheck

NB = "\u00a0"
PLAN = taper(15, 12.5, days=30)


def test_what_is_told() -> None:
    found = finding(RULE, story(PLAN, tapped(20, 38, 15), now=38))
    assert found.severity is Severity.MODERATE
    assert found.sentence == (
        f"Still on 15{NB}mg a day as reported, though the plan changed on 31{NB}Jan{NB}2024; it now says 12.5{NB}mg. "
        f"A step that is not made within 7{NB}days is missed: to be made, or the plan to be changed."
    )
    assert found.arithmetic == (
        f"Reported: 15{NB}mg a day, the dose before 31{NB}Jan{NB}2024",
        f"Planned: 12.5{NB}mg a day",
    )
    assert [(row.role, row.value) for row in found.evidence] == [("result", 15), ("support", 12.5)]
    assert found.since == on(38).replace(hour=0)
    assert found.numbers == {"taken": 15, "planned": 12.5}
    assert found.threshold == f"The old dose reported more than 7{NB}days after a step"
    assert found.clears_when == "Another dose is reported, or the plan is changed."


@pytest.mark.parametrize(("until", "raised"), [(37, False), (38, True)])
def test_a_week_is_given(until: int, raised: bool) -> None:
    """The step is on day 30: day 37 is the seventh day after it."""
    assert isinstance(answer(RULE, story(PLAN, tapped(20, until, 15), now=until)), Clear) is not raised


def test_what_nobody_reported_is_not_missed() -> None:
    assert isinstance(answer(RULE, story(PLAN, now=60)), Clear)
    assert isinstance(answer(RULE, story(PLAN, tapped(0, 29, 15), now=60)), Clear)
    assert isinstance(answer(RULE, story(PLAN, taken(0, 15), now=60)), Clear)


def test_who_says_after_the_step_that_the_old_dose_goes_on_is_heard() -> None:
    known = story(PLAN, now=38, said=[(35, taken(0, 15))])
    assert "Still on 15" in finding(RULE, known).sentence
    assert isinstance(answer(RULE, story(PLAN, now=37, said=[(35, taken(0, 15))])), Clear)


def test_steps_shorter_than_a_week_are_counted_together() -> None:
    plan = taper(20, 17.5, 15, 12.5, days=5)
    found = finding(RULE, story(plan, tapped(0, 13, 20), now=13))
    assert f"changed on 6{NB}Jan{NB}2024; it now says 15{NB}mg" in found.sentence
    assert isinstance(answer(RULE, story(plan, tapped(0, 12, 20), now=12)), Clear)


def test_a_rise_that_was_not_made_is_missed_too() -> None:
    assert "Still on 10" in finding(RULE, story(taper(10, 40), tapped(0, 22, 10), now=22)).sentence


def test_another_dose_than_the_old_one_is_no_missed_step() -> None:
    assert isinstance(answer(RULE, story(PLAN, tapped(20, 45, 14), now=45)), Clear)
    assert isinstance(answer(RULE, story(PLAN, tapped(20, 40, 15), tapped(41, 45, 12.5), now=45)), Clear)
    assert isinstance(answer(RULE, story(planned(0, 15), tapped(20, 45, 20), now=45)), Clear)


def test_the_next_step_does_not_end_it_but_silence_does() -> None:
    plan, said = taper(15, 12.5, 10, days=30), tapped(20, 40, 15)
    assert "it now says 12.5" in finding(RULE, story(plan, said, now=67)).sentence
    found = answer(RULE, story(plan, said, now=68))
    assert isinstance(found, CannotJudge)
    assert found.reason == f"nobody recorded what was taken since 10{NB}Feb{NB}2024"


def test_a_plan_in_its_place_ends_it() -> None:
    again = [planned(0, 15, 34), planned(35, 15, plan="held")]
    assert isinstance(answer(RULE, story(again, tapped(20, 45, 15), now=45)), Clear)


def test_nothing_planned_or_taken_is_clear() -> None:
    assert isinstance(answer(RULE, history(at=5)), Clear)
    assert isinstance(answer(RULE, story(taken(0, 15), now=60)), Clear)
    assert isinstance(answer(RULE, story(PLAN, taken(40, None), now=60)), Clear)


def test_days_may_be_chosen() -> None:
    known = story(PLAN, tapped(20, 38, 15), now=38)
    assert isinstance(answer(RULE, known, step_missed_days=8), Clear)
    assert isinstance(answer(RULE, story(PLAN, tapped(20, 38, 15), now=46), dose_report_days=8), CannotJudge)


def test_asked_again_when_the_week_is_over() -> None:
    known = story(PLAN, now=36, said=[(35, taken(0, 15))])
    assert recheck(RULE, known) == on(37).replace(hour=0)
    assert recheck(RULE, story(PLAN, now=37, said=[(35, taken(0, 15))])) == on(38).replace(hour=0)
