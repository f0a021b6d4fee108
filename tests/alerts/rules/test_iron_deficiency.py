"""Iron that is lacking: what raises, at which severity, what it says, what ends it."""

from typing import Any

import pytest

from alerts.rules.iron_deficiency import RULE
from alerts.rules.rule import Answer, CannotJudge, Clear, Finding, Severity
from patients.history import Series
from tests.alerts.rules.histories import STEADY, answer, event, finding, history, measured, on, person, recheck, series

NB = "\u00a0"


def of(*several: Series, **fields: Any) -> Answer:
    """Return the answer to iron studies."""
    return answer(RULE, history(*several, **fields))


def found(*several: Series, **fields: Any) -> Finding:
    """Return the finding of iron studies."""
    return finding(RULE, history(*several, **fields))


def reason(*several: Series, **fields: Any) -> str:
    """Return why iron studies say nothing."""
    one = of(*several, **fields)
    assert isinstance(one, CannotJudge), one
    return one.reason


def test_a_low_saturation_says_what_it_is() -> None:
    one = found(measured("FE", (0, 4)), measured("TIBC", (0, 80)))
    assert (one.severity, one.level, one.latching) == (Severity.LOW, 0, False)
    assert one.sentence == f"Transferrin saturation 5{NB}% on 1{NB}Jan{NB}2024, below 16{NB}%."
    assert one.arithmetic == (f"Saturation = 100 × 4 / 80 = 5{NB}%",)
    assert one.threshold == f"Saturation below 16{NB}%"
    assert one.clears_when == (
        f"Two results with a saturation of 16{NB}% or more, at least 24{NB}hours apart, 30{NB}days after any transfusion."
    )
    assert one.numbers == {"saturation": 5}
    assert one.since == on(0)


def test_a_normal_ferritin_beside_it_excludes_nothing() -> None:
    one = found(measured("TSAT", (0, 6.7)), measured("FERRITIN", (0, 90)))  # the published case C09
    assert one.sentence.endswith(
        f"Ferritin 90{NB}µg/L beside it excludes nothing: iron in the lung and inflammation raise it."
    )
    assert one.numbers == {"saturation": 6.7, "ferritin": 90}


@pytest.mark.parametrize(
    ("several", "sentence", "threshold"),
    [
        (
            [measured("FERRITIN", (0, 9))],
            f"Ferritin 9{NB}µg/L on 1{NB}Jan{NB}2024, below 15: iron stores are empty.",
            15,
        ),
        (
            [measured("FERRITIN", (0, 60)), measured("CRP", (0, 12))],
            f"Ferritin 60{NB}µg/L on 1{NB}Jan{NB}2024, below 70 with inflammation: iron stores are empty.",
            70,
        ),
        (
            [measured("FERRITIN", (0, 9)), measured("CRP", (0, 12))],
            f"Ferritin 9{NB}µg/L on 1{NB}Jan{NB}2024, below 15: iron stores are empty.",
            15,
        ),
    ],
    ids=["plain", "inflamed", "low whatever inflammation"],
)
def test_a_low_ferritin(several: list[Series], sentence: str, threshold: float) -> None:
    one = found(*several)
    assert (one.sentence, one.threshold) == (sentence, f"Ferritin below {threshold}{NB}µg/L")
    assert one.severity is Severity.LOW


def test_both_are_said() -> None:
    assert found(measured("TSAT", (0, 12)), measured("FERRITIN", (0, 9))).sentence == (
        f"Transferrin saturation 12{NB}% on 1{NB}Jan{NB}2024, below 16{NB}%. Ferritin 9{NB}µg/L on 1{NB}Jan{NB}2024, below 15: "
        "iron stores are empty."
    )


def test_low_iron_alone_never_raises() -> None:
    assert reason(measured("FE", (0, 1), (30, 1), (60, 1))) == (
        "no iron studies yet: saturation, or iron with its binding capacity, or ferritin"
    )


def test_a_normal_ferritin_alone_is_not_clear() -> None:
    assert reason(measured("FERRITIN", (0, 90))) == (
        f"the ferritin of 1{NB}Jan{NB}2024 is not low, which never excludes a lack of iron: a saturation is needed"
    )


def test_between_the_cutoffs_inflammation_decides_and_unknown_is_no_answer() -> None:
    assert reason(measured("FERRITIN", (0, 40))) == (
        f"ferritin 40{NB}µg/L of 1{NB}Jan{NB}2024 says nothing while inflammation is unknown: no CRP or AGP within 3{NB}days, and "
        "no saturation"
    )


@pytest.mark.parametrize("fields", [{"unconfirmed": [0]}, {"signs": {0: ">"}}])
def test_a_saturation_that_is_not_certain_is_not_clear(fields: dict[str, Any]) -> None:
    value = 25.0 if "unconfirmed" in fields else 10.0
    assert reason(measured("TSAT", (0, value), **fields)) == (
        f"the saturation of 1{NB}Jan{NB}2024 is not confirmed yet, or known only by a limit"
    )


def test_an_unconfirmed_low_one_is_told_as_such() -> None:
    assert found(measured("TSAT", (0, 8), unconfirmed=[0])).sentence.endswith(" The result is not confirmed yet.")


def test_beside_a_fall_it_is_moderate() -> None:
    fallen = series((*STEADY, (168, 98)))
    one = found(measured("TSAT", (170, 12)), fallen)
    assert one.severity is Severity.MODERATE
    assert one.sentence.endswith(
        f"Hemoglobin has fallen, to 98{NB}g/L on 17{NB}Jun{NB}2024: iron may be lost into the lung."
    )
    assert one.threshold == f"Saturation below 16{NB}%, beside a low hemoglobin"
    assert (one.evidence[-1].role, one.evidence[-1].value) == ("support", 98)


def test_so_it_is_beside_a_severely_low_hemoglobin() -> None:
    iron = [measured("FE", (0, 2.33)), measured("TIBC", (0, 76.6))]  # the published case C09, seven years before
    one = found(*iron, series([(0, 77)]))
    assert one.severity is Severity.MODERATE
    assert one.sentence.endswith(
        f"Hemoglobin is severely low beside it, 77{NB}g/L on 1{NB}Jan{NB}2024: iron may be lost into the lung."
    )
    assert [row.code for row in one.evidence] == ["FE", "TIBC", "HGB"]
    assert found(*iron, series([(0, 82)])).severity is Severity.LOW
    assert found(*iron, series([(0, 77), (20, 95)]), at=21).severity is Severity.LOW


def test_a_low_ferritin_or_a_fall_of_long_ago_does_not_make_it_moderate() -> None:
    fallen = series((*STEADY, (168, 98)))
    assert found(measured("FERRITIN", (170, 9)), fallen).severity is Severity.LOW
    assert found(measured("TSAT", (197, 12)), fallen).severity is Severity.LOW
    assert found(measured("TSAT", (100, 12)), series(STEADY)).severity is Severity.LOW
    healed = series((*STEADY, (168, 98), (190, 122), (198, 123)))
    assert found(measured("TSAT", (170, 12)), healed).severity is Severity.LOW


def test_two_full_samples_end_it() -> None:
    assert isinstance(of(measured("TSAT", (0, 12), (30, 18))), Finding)
    assert isinstance(of(measured("TSAT", (0, 12), (30, 18), (30.5, 18))), Finding)
    assert isinstance(of(measured("TSAT", (0, 12), (30, 18), (31, 18))), Clear)
    assert isinstance(of(measured("TSAT", (0, 12), (30, 18), (31, 15), (32, 18))), Finding)


def test_a_normal_ferritin_does_not_end_it() -> None:
    assert isinstance(of(measured("TSAT", (0, 12)), measured("FERRITIN", (30, 90), (60, 90))), Finding)


def test_iron_of_transfused_blood_does_not_end_it() -> None:
    given = event(25, "transfusion", product="red_cells", units=2)
    known = measured("TSAT", (0, 12), (30, 40), (54, 30))
    assert isinstance(of(known, events=(given,)), Finding)
    assert isinstance(of(measured("TSAT", (0, 12), (56, 30), (60, 30)), events=(given,)), Clear)


def test_full_samples_are_clear() -> None:
    assert isinstance(of(measured("TSAT", (0, 16))), Clear)
    assert isinstance(of(measured("TSAT", (0, 25)), measured("FERRITIN", (30, 90))), Clear)


@pytest.mark.parametrize("value", [12, 25])
def test_old_studies_say_nothing_about_today(value: float) -> None:
    known = history(measured("TSAT", (0, value)))
    assert recheck(RULE, known) == on(180)
    assert isinstance(answer(RULE, known, at=179.9), Finding | Clear)
    late = answer(RULE, known, at=180)
    assert isinstance(late, CannotJudge)
    assert late.reason == (
        f"the newest iron studies that say something, of 1{NB}Jan{NB}2024, are more than 180{NB}days old"
    )


def test_a_fact_of_tomorrow_is_waited_for() -> None:
    known = history(measured("TSAT", (0, 12)), measured("CRP", (2, 30)), at=1)
    assert recheck(RULE, known) == on(2)


def test_days_are_those_of_the_patient() -> None:
    one = found(measured("TSAT", (0.7, 12)), patient=person(time_zone="Asia/Tokyo"))
    assert f"on 2{NB}Jan{NB}2024" in one.sentence
    unsure = answer(RULE, history(measured("TSAT", (0.7, 25), unconfirmed=[0]), patient=person(time_zone="Asia/Tokyo")))
    assert isinstance(unsure, CannotJudge)
    assert unsure.reason.startswith(f"the saturation of 2{NB}Jan{NB}2024 ")
