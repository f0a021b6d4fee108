"""Hemoglobin below the own steady state: what raises, how severe, what it says, and what recovers."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from alerts.rules.hemoglobin_fall import CITATION, RULE
from alerts.rules.rule import Answer, CannotJudge, Clear, Finding, Severity, Telling
from alerts.trends import Variation, personal_cvi
from patients.history import History
from tests.alerts.rules.histories import (
    CHILD,
    STEADY,
    Point,
    answer,
    event,
    finding,
    hemoglobin,
    history,
    monthly,
    on,
    person,
    recheck,
    series,
)
from tests.alerts.vectors import cases, named

NB = "\u00a0"
USUAL = Variation(cva=0.014, cvi=0.028, cap=0.06)
BLOOD = event(165, "hemoptysis", id=77, amount="streaks")


def of(*points: Point, **fields: Any) -> Answer:
    """Return the answer to six steady results and these."""
    return answer(RULE, hemoglobin(*STEADY, *points, **fields))


def fallen(value: float, **fields: Any) -> Finding:
    """Return the finding of a value on day 168."""
    return finding(RULE, hemoglobin(*STEADY, (168, value), **fields))


@pytest.mark.parametrize("case", cases("hemoglobin_watch"), ids=named)
@pytest.mark.parametrize("newest", [-28, 0], ids=["four weeks before", "the day before"])
@pytest.mark.parametrize("every", [14, 28])
def test_first_days_of_r2_and_r2_plus_are_the_vectors(case: dict[str, Any], newest: int, every: int) -> None:
    before = monthly(*case["baseline"], every=every, start=newest - every * (len(case["baseline"]) - 1))
    after = [(float(one["day"]) + (newest == 0), float(one["hemoglobin"])) for one in case["followup"]]
    first: dict[str, int | None] = {"r2_day": None, "r2_plus_day": None}
    for count, (day, _) in enumerate(after, start=1):
        found = answer(RULE, hemoglobin(*before, *after[:count]))
        raised = {"r2_day": isinstance(found, Finding)}
        raised["r2_plus_day"] = isinstance(found, Finding) and found.telling is Telling.AT_ONCE
        for name, true in raised.items():
            if true and first[name] is None:
                first[name] = int(day) - (newest == 0)
    assert first == {name: case[name] for name in first}


@pytest.mark.parametrize("case", cases("hemoglobin_watch"), ids=named)
def test_baseline_and_limits_are_the_vectors(case: dict[str, Any]) -> None:
    before = monthly(*case["baseline"])
    low = (before[-1][0] + 28, 0.8 * case["baseline_value"])
    numbers = finding(RULE, hemoglobin(*before, low)).numbers
    kind = "baseline" if len(case["baseline"]) >= 3 else "steady"
    for name, expected in ((kind, "baseline_value"), ("limit95", "limit95"), ("limit99", "limit99")):
        assert numbers[name] == pytest.approx(case[expected], rel=1e-6)


def test_the_sentence_says_what_is_against_what_and_why_it_counts() -> None:
    assert fallen(98).sentence == (
        f"Hb 98{NB}g/L on 17{NB}Jun{NB}2024, 21{NB}% below own baseline of 124. "
        f"Of stable results one in 100 falls by more than 7.6{NB}%."
    )


def test_a_fall_beyond_chance_is_moderate_and_told_as_usual() -> None:
    found = fallen(113)
    assert (found.severity, found.telling, found.level, found.latching) == (Severity.MODERATE, Telling.USUAL, 1, False)
    assert found.threshold == f"Below the 99{NB}% limit of 114.6{NB}g/L"


def test_more_than_ten_percent_is_told_at_once() -> None:
    found = fallen(111)
    assert (found.severity, found.telling, found.level) == (Severity.MODERATE, Telling.AT_ONCE, 2)
    assert found.threshold.endswith(f"more than 10{NB}% down (below 111.6{NB}g/L)")


@pytest.mark.parametrize(
    ("value", "level"), [(114, 1), (111.5, 2), (99.3, 2), (99.1, 3), (86.9, 3), (86.7, 4), (30, 8)]
)
def test_each_further_tenth_is_one_level_more(value: float, level: int) -> None:
    assert fallen(value).level == level


def test_the_limit_itself_is_not_below_it() -> None:
    numbers = fallen(100).numbers
    assert isinstance(of((168, numbers["limit99"])), Clear)
    assert isinstance(of((168, numbers["limit99"] - 1e-6)), Finding)


def test_below_the_95_percent_limit_alone_is_no_finding() -> None:
    assert isinstance(of((168, 116)), Clear)


def test_below_the_95_percent_limit_with_another_sign_is_one() -> None:
    found = fallen(116, events=[BLOOD])
    assert (found.severity, found.telling, found.level) == (Severity.MODERATE, Telling.USUAL, 0)
    assert found.sentence == (
        f"Hb 116{NB}g/L on 17{NB}Jun{NB}2024, 6.5{NB}% below own baseline of 124, with hemoptysis on 14{NB}Jun{NB}2024. "
        f"A fall of more than 5.4{NB}% happens by chance in one of 20 results; together they count."
    )
    assert found.threshold == f"Below the 95{NB}% limit of 117.3{NB}g/L, with another sign of bleeding"
    assert [row.id for row in found.evidence if row.role == "support"] == [77]


def test_another_sign_without_a_fall_is_no_finding() -> None:
    assert isinstance(of((168, 118), events=[BLOOD]), Clear)


def test_a_day_is_shown_in_the_patients_zone() -> None:
    late = replace(BLOOD, effective_at=on(165).replace(hour=23))
    found = fallen(116, events=[late], patient=person(time_zone="Europe/Berlin"))
    assert f"15{NB}Jun{NB}2024" in found.sentence


def test_the_evidence_is_result_baseline_support_and_transfusions() -> None:
    given = event(150, "transfusion", id=88, product="red_cells", units=2.0)
    found = fallen(100, events=[BLOOD, given])
    assert [(row.role, row.id) for row in found.evidence] == [
        ("result", 7),
        *(("baseline", identity) for identity in range(1, 7)),
        ("support", 77),
        ("support", 88),
    ]


def test_the_arithmetic_can_be_followed() -> None:
    lines = fallen(98, events=[BLOOD]).arithmetic
    assert lines == (
        f"Compared with: median of 6 steady results = 124{NB}g/L",
        f"σ = √ln(1 + (1.4{NB}%)² + (2.8{NB}%)²) = 0.03130",
        f"95{NB}% limit = 124 × exp(−1.645 × √1.167 × 0.03130) = 117.3{NB}g/L",
        f"99{NB}% limit = 124 × exp(−2.326 × √1.167 × 0.03130) = 114.6{NB}g/L",
        f"98 / 124 − 1 = −21{NB}%",
        f"Beside it: hemoptysis on 14{NB}Jun{NB}2024",
    )


def test_numbers_are_named_for_drawing() -> None:
    numbers = fallen(98).numbers
    assert {"result", "baseline", "limit95", "limit99", "n", "k", "sigma", "cvi_percent", "change_percent"} == set(
        numbers
    )
    assert (numbers["result"], numbers["baseline"], numbers["n"]) == (98, 124, 6)


def test_with_fewer_than_three_results_the_newest_counts() -> None:
    found = finding(RULE, hemoglobin((0, 122), (28, 131), (56, 118)))
    assert "below the newest steady result of 131." in found.sentence
    assert f"more than 9.8{NB}%" in found.sentence
    assert "baseline" not in found.numbers
    assert found.numbers["steady"] == 131
    assert found.arithmetic[0] == (f"Compared with: newest steady result; fewer than three are known = 131{NB}g/L")


def test_without_a_steady_result_the_previous_counts_and_says_so() -> None:
    given = event(-1, "transfusion", product="red_cells")
    found = finding(RULE, hemoglobin((0, 120), (28, 100), events=[given]))
    assert f"below the previous result of 120 on 1{NB}Jan{NB}2024, there being no baseline." in found.sentence
    assert found.numbers["previous"] == 120
    assert found.arithmetic[0] == (
        f"Compared with: previous result; no steady result is known, or all are too old = 120{NB}g/L"
    )


def test_an_unconfirmed_result_is_judged_and_marked() -> None:
    points = (*STEADY, (168.0, 39.0))
    found = finding(RULE, history(series(points, unconfirmed=[6])))
    assert found.sentence.endswith("The result is not confirmed yet.")


def test_a_personal_variation_widens_the_limit() -> None:
    wild = monthly(118, 126, 134, 128, 120, 133)
    assert all(isinstance(answer(RULE, hemoglobin(*wild[:count])), Clear) for count in range(2, 7))
    found = finding(RULE, hemoglobin(*wild, (168, 100)))
    assert found.numbers["cvi_percent"] == pytest.approx(100 * personal_cvi([v for _, v in wild], USUAL), rel=1e-9)
    assert found.numbers["cvi_percent"] > 3.5
    assert found.numbers["limit99"] < 0.91 * found.numbers["baseline"]


def test_settings_are_followed() -> None:
    seen = hemoglobin(*STEADY, (168, 113))
    assert isinstance(answer(RULE, seen, cva_percent=3, cvi_percent=4), Clear)
    assert finding(RULE, seen, marked_fall_percent=8).telling is Telling.AT_ONCE


@pytest.mark.parametrize("points", [(), (STEADY[0],)])
def test_too_little_is_said_plainly(points: tuple[Point, ...]) -> None:
    found = answer(RULE, hemoglobin(*points, at=1))
    assert isinstance(found, CannotJudge)
    assert found.reason in {
        "no hemoglobin result yet",
        "there is no earlier confirmed hemoglobin result to compare the newest with",
    }


def test_an_old_result_says_nothing_about_today() -> None:
    seen = hemoglobin(*STEADY, (168, 98), at=168 + 365)
    assert isinstance(answer(RULE, seen), CannotJudge)
    assert isinstance(answer(RULE, seen, at=168 + 364), Finding)
    child = replace(seen, patient=CHILD)
    assert isinstance(answer(RULE, child, at=168 + 180), CannotJudge)


def test_a_steady_patient_is_clear() -> None:
    assert of((168, 123)) == Clear("hemoglobin_fall", "")


def test_less_than_is_written_as_it_was_given() -> None:
    found = finding(RULE, history(series((*STEADY, (168.0, 70.0)), signs={6: "<"})))
    assert found.sentence.startswith(
        f"Hb <70{NB}g/L on 17{NB}Jun{NB}2024, more than 44{NB}% below own baseline of 124."
    )
    assert "not confirmed" not in found.sentence
    assert f"<70 / 124 − 1 < −44{NB}%" in found.arithmetic
    assert found.evidence[0].value == "<70"


def test_the_99_percent_limit_is_never_the_higher_one() -> None:
    found = finding(RULE, hemoglobin(*STEADY, (168, 100)), z95=2.4, z99=1.6)
    assert found.numbers["limit99"] == found.numbers["limit95"]
    assert "exp(−2.400" in found.arithmetic[3]


def test_asked_again_when_the_result_becomes_too_old() -> None:
    seen: History = hemoglobin(*STEADY, (168, 98))
    assert recheck(RULE, seen) == on(168) + timedelta(days=365)
    assert recheck(RULE, replace(seen, patient=CHILD)) == on(168) + timedelta(days=180)


def test_sources_are_named() -> None:
    for source in ("Fokkema", "Lund", "Dot", "Coskun"):
        assert source in CITATION
