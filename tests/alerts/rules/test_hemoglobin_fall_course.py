"""How a fall below the own steady state goes on: what is told until it is over, where a bout begins, what hides nothing."""

from datetime import datetime
from typing import Any

import pytest

from alerts.rules.hemoglobin_fall import RULE
from alerts.rules.rule import Answer, CannotJudge, Clear, Finding, Telling
from patients.history import PatientFacts
from tests.alerts.rules.histories import (
    CHILD,
    STEADY,
    WOMAN,
    Point,
    answer,
    event,
    finding,
    hemoglobin,
    history,
    monthly,
    on,
    series,
)

NB = "\u00a0"


def of(*points: Point, **fields: Any) -> Answer:
    """Return the answer to six steady results and these."""
    return answer(RULE, hemoglobin(*STEADY, *points, **fields))


def fallen(value: float, **fields: Any) -> Finding:
    """Return the finding of a value on day 168."""
    return finding(RULE, hemoglobin(*STEADY, (168, value), **fields))


def reason(*points: Point, **fields: Any) -> str:
    """Return why nothing can be judged."""
    found = of(*points, **fields)
    assert isinstance(found, CannotJudge)
    return found.reason


def test_recovery_says_what_is_missing() -> None:
    terms = f"30{NB}days after any transfusion"
    none = finding(RULE, hemoglobin(*STEADY, (168, 98), (175, 116)))
    assert none.clears_when == f"Two results at or above 117.3{NB}g/L, at least 7{NB}days apart, {terms}."
    assert none.clears_when == fallen(98).clears_when
    one = finding(RULE, hemoglobin(*STEADY, (168, 98), (175, 120)))
    assert one.clears_when == f"One more result at or above 117.3{NB}g/L, on 1{NB}Jul{NB}2024 or later, {terms}."
    assert one.arithmetic[-1] == f"Newest: Hb 120{NB}g/L on 24{NB}Jun{NB}2024"
    assert (one.sentence, one.evidence, one.numbers) == (fallen(98).sentence, fallen(98).evidence, fallen(98).numbers)


def test_two_good_results_seven_days_apart_recover() -> None:
    assert isinstance(of((168, 98), (175, 120), (182, 121)), Clear)


def test_a_lost_baseline_is_said() -> None:
    lasting = monthly(*[100.0] * 8, start=168)
    found = finding(RULE, hemoglobin(*STEADY, *lasting, patient=CHILD))
    assert "a new baseline, which needs 3 steady results" in found.clears_when
    assert found.evidence[0].effective_at == on(308)
    assert reason(*lasting, (420, 100), patient=CHILD) == (
        "recovering, the fall not being seen any more: two results at or above the limit of a new baseline, which needs 3 steady "
        "results: that from before the fall is let go"
    )


def test_a_transfusion_never_closes_it() -> None:
    given = event(169, "transfusion", product="red_cells", units=2)
    assert isinstance(of((168, 98), (175, 120), (190, 121), events=[given]), Finding)


def test_a_fall_not_seen_for_90_days_is_told_no_more_and_not_cleared() -> None:
    assert isinstance(of((168, 98), (258, 116)), Finding)
    assert reason((168, 98), (258.1, 116)) == (
        f"recovering, the fall not being seen any more: two results at or above 117.3{NB}g/L, at least 7{NB}days apart, 30{NB}days "
        "after any transfusion"
    )


def test_what_is_told_is_the_worst_since_the_fall_began() -> None:
    found = finding(RULE, hemoglobin(*STEADY, (168, 98), (175, 113)))
    assert (found.level, found.telling, found.numbers["result"]) == (3, Telling.AT_ONCE, 113)
    assert found.threshold == f"Below the 99{NB}% limit of 114.6{NB}g/L"
    assert found.arithmetic[-1] == f"Worst: Hb 98{NB}g/L on 17{NB}Jun{NB}2024"
    over = finding(RULE, hemoglobin(*STEADY, (168, 98), (175, 120), (182, 121), (190, 113)))
    assert (over.level, over.telling) == (1, Telling.USUAL)


def test_a_bout_begins_at_the_first_low_result_after_a_good_one() -> None:
    def since(*points: Point) -> datetime | None:
        return finding(RULE, hemoglobin(*STEADY, *points)).since

    assert since((168, 98)) == on(168)
    assert since((168, 98), (175, 116), (180, 100)) == on(168)  # below the 95 % limit is not good
    assert since((168, 98), (175, 120), (180, 100), (181, 101)) == on(180)
    assert since((168, 98), (175, 120)) == on(168)


def test_an_unconfirmed_good_result_begins_no_bout() -> None:
    points = (*STEADY, (168.0, 98.0), (175.0, 120.0), (180.0, 100.0))
    assert finding(RULE, history(series(points, unconfirmed=[7]))).since == on(168)


@pytest.mark.parametrize(("patient", "last"), [(WOMAN, (400.0, 82.0)), (CHILD, (200.0, 82.0))])
def test_a_previous_result_has_no_age(patient: PatientFacts, last: Point) -> None:
    found = finding(RULE, hemoglobin((0, 130), last, patient=patient))
    assert f"below the previous result of 130 on 1{NB}Jan{NB}2024, there being no baseline." in found.sentence
    day = last[0]
    after = [(day + 7, 81.0), (day + 14, 82.0), (day + 21, 83.0), (day + 28, 82.0), (day + 40, 84.0)]
    again = finding(RULE, hemoglobin((0, 130), last, *after, patient=patient))
    assert (again.numbers["previous"], again.numbers["result"]) == (130, 84)


def test_one_bleed_does_not_hide_the_next() -> None:
    story = (*monthly(130, 131, 129, 130, 132, 128), (168.0, 105.0), (182.0, 129.0), (190.0, 130.0))
    assert isinstance(answer(RULE, hemoglobin(*story)), Clear)
    found = finding(RULE, hemoglobin(*story, (220, 115)))
    assert found.numbers["cvi_percent"] == pytest.approx(2.8)
    assert 105 not in [row.value for row in found.evidence]


@pytest.mark.parametrize("risen", [(118, 121, 119), (118, 121, 119, 120), (118, 121, 119, 120, 118)])
def test_after_a_lasting_rise_a_fall_is_found_from_there(risen: tuple[float, ...]) -> None:
    story = monthly(90, 91, 89, 90, 88, 91, *risen, 105)
    found = finding(RULE, hemoglobin(*story))
    assert (found.numbers["result"], found.numbers["n"]) == (105, len(risen))
    assert found.numbers["baseline"] >= 118
