"""Severe bleeding: by volume, by weight, by oxygen or pressure, or because somebody says so."""

from typing import Any

import pytest

from alerts.rules.rule import Clear, Finding, Severity, Telling
from alerts.rules.severe_bleeding import RULE, volume_of
from patients.history import EventRecord, PatientFacts, Series
from tests.alerts.rules.histories import CHILD, WOMAN, event, on, person, series
from tests.alerts.rules.pictures import NB, answers, asked_again, date, found, only, rows


def bleed(day: float, volume: float | None = None, amount: str = "streaks", id: int = 1) -> EventRecord:  # noqa: A002
    """Return a hemoptysis."""
    more: dict[str, Any] = {} if volume is None else {"volume_ml": volume}
    return event(day, "hemoptysis", id=id, amount=amount, **more)


def spo2(*points: tuple[float, float], **fields: Any) -> Series:
    """Return oxygen saturations."""
    return series(points, "SPO2", first_id=50, **fields)


def sbp(*points: tuple[float, float]) -> Series:
    """Return systolic pressures."""
    return series(points, "SBP", first_id=70)


def raised(*events: EventRecord, several: tuple[Series, ...] = (), at: float = 11, **more: Any) -> bool:
    """Whether there is a finding."""
    return bool(found(RULE, *events, at=at, several=several, **more))


def test_nothing_and_little_blood_are_clear() -> None:
    assert answers(RULE, at=11) == (Clear("severe_bleeding", ""),)
    assert answers(RULE, bleed(10, 99), at=11) == (Clear("severe_bleeding", ""),)


def test_a_hundred_milliliters_are_severe_and_asked_for_by_phone() -> None:
    one = only(RULE, bleed(10, 120), at=11)
    assert (one.severity, one.telling, one.latching, one.level) == (Severity.HIGH, Telling.AT_ONCE, True, 0)
    assert (one.subject, one.since, one.numbers) == ("1", on(10), {"volume_ml": 120})
    assert one.sentence == (
        f"Severe bleeding: blood coughed up on {date(10)}, at least 120{NB}mL within 24{NB}hours. "
        "Phone the patient or the ward now."
    )
    assert one.arithmetic == (f"120 = 120{NB}mL within 24{NB}hours",)
    assert one.threshold == f"100{NB}mL or more within 24{NB}hours"
    assert rows(one) == [("result", 1)]
    assert [(row.code, row.value, row.unit) for row in one.evidence] == [("hemoptysis", "streaks", "")]
    assert (one.threshold, one.clears_when) == (
        f"100{NB}mL or more within 24{NB}hours",
        "A person closes it, with a reason.",
    )


@pytest.mark.parametrize(
    ("volume", "amount", "least"),
    [(7, "streaks", 7), (None, "streaks", 0), (None, "teaspoon", 5), (None, "moderate", 30), (None, "massive", 100)],
)
def test_without_a_volume_an_amount_is_the_least_that_it_can_be(
    volume: float | None, amount: str, least: float
) -> None:
    assert volume_of(bleed(1, volume, amount), RULE.resolved({})) == least


def test_massive_is_severe_by_its_name() -> None:
    assert raised(bleed(10, amount="massive"))
    assert not raised(bleed(10, amount="moderate"))


@pytest.mark.parametrize(("hours", "severe"), [(2, True), (23.9, True), (24, False), (30, False)])
def test_volumes_of_24_hours_add_up(hours: float, *, severe: bool) -> None:
    events = (bleed(10, 60, id=1), bleed(10 + hours / 24, 50, id=2))
    assert raised(*events, at=12) is severe


def test_the_sum_shows_its_parts() -> None:
    one = only(RULE, bleed(10, 60, id=1), bleed(10.5, 50, id=2), at=11)
    assert one.arithmetic == (f"60 + 50 = 110{NB}mL within 24{NB}hours",)
    assert (one.subject, set(rows(one))) == ("2", {("result", 1), ("result", 2)})


@pytest.mark.parametrize(
    ("who", "kilograms", "severe"),
    [
        (CHILD, 10, True),
        (CHILD, 10.1, False),
        (CHILD, 0.6, True),
        (CHILD, None, False),
        (WOMAN, 10, False),
        (person(CHILD, birth_date=None), 10, False),
    ],
)
def test_a_childs_weight_counts(who: PatientFacts, kilograms: float | None, *, severe: bool) -> None:
    weight = () if kilograms is None else (series([(0, kilograms)], "WEIGHT"),)
    assert raised(bleed(10, 80), several=weight, patient=who) is severe


def test_the_weight_is_at_most_90_days_old_and_in_the_arithmetic() -> None:
    weight = (series([(0, 10)], "WEIGHT", first_id=60),)
    assert not raised(bleed(91, 80), several=weight, patient=CHILD, at=92)
    one = only(RULE, bleed(89, 80), several=weight, patient=CHILD, at=90)
    assert one.arithmetic == (f"80{NB}mL / 10{NB}kg = 8{NB}mL/kg",)
    assert rows(one) == [("result", 1), ("support", 60)]


@pytest.mark.parametrize(
    ("day", "value", "severe"),
    [(10, 89, True), (10, 90, False), (9, 85, True), (11, 85, True), (8.9, 85, False), (11.1, 85, False)],
)
def test_streaks_with_little_oxygen_are_severe(day: float, value: float, *, severe: bool) -> None:
    assert raised(bleed(10), several=(spo2((day, value)),), at=12) is severe


def test_an_oxygen_saturation_that_nobody_confirmed_is_judged_at_once_and_marked() -> None:
    one = only(RULE, bleed(10), at=11, several=(spo2((10, 84), unconfirmed=[0]),))
    assert f"with an oxygen saturation of 84{NB}% (not confirmed yet)" in one.sentence
    assert rows(one) == [("result", 1), ("support", 50)]


@pytest.mark.parametrize(("before", "after", "severe"), [(120, 100, True), (120, 101, False), (100, 120, False)])
def test_a_fall_of_pressure_is_severe(before: float, after: float, *, severe: bool) -> None:
    assert raised(bleed(10), several=(sbp((5, before), (10.2, after)),)) is severe


def test_the_pressure_is_compared_with_the_last_one_before() -> None:
    one = only(RULE, bleed(10), at=11, several=(sbp((1, 150), (5, 125), (10.2, 100)),))
    assert one.arithmetic == (f"125 − 100 = 25{NB}mmHg",)
    assert rows(one) == [("result", 1), ("support", 72), ("baseline", 71)]
    assert not raised(bleed(100), several=(sbp((5, 125), (100.2, 100)),), at=101)


def test_without_blood_neither_is_judged_here() -> None:
    assert not raised(several=(spo2((10, 70)), sbp((5, 120), (10, 60))))


def test_a_recorded_complication_is_severe() -> None:
    one = only(RULE, event(10, "complication", id=6, name="severe_bleeding"), at=11)
    assert one.sentence == (
        f"Severe bleeding on {date(10)}, recorded as a complication. Phone the patient or the ward now."
    )
    assert not raised(event(10, "complication", id=6, name="pneumothorax"))


def test_each_further_reason_is_worse() -> None:
    both = only(RULE, bleed(10, 120), at=11, several=(spo2((10, 84)),))
    assert both.level == 1
    assert both.threshold == f"100{NB}mL or more within 24{NB}hours; below 90{NB}%"
    three = only(RULE, bleed(10, 120), at=11, several=(spo2((10, 84)), sbp((5, 130), (10, 90))))
    assert three.level == 2


def test_severe_again_within_three_days_is_one_bleeding() -> None:
    one = only(RULE, bleed(10, 120, id=1), bleed(13, 150, id=2), at=14)
    assert (one.subject, one.since, one.numbers) == ("1", on(10), {"volume_ml": 150})
    assert rows(one) == [("result", 1), ("result", 2)]
    two: list[Finding] = found(RULE, bleed(10, 120, id=1), bleed(13.1, 150, id=2), at=14)
    assert [each.subject for each in two] == ["1", "2"]


def test_only_what_is_recent_is_told() -> None:
    assert raised(bleed(10, 120), at=37.9)
    assert not raised(bleed(10, 120), at=38)
    assert raised(bleed(10, 120), at=38, recent_days=30)


def test_limits_can_be_chosen() -> None:
    assert raised(bleed(10, 60), severe_ml=60)
    assert not raised(bleed(10), several=(spo2((10, 84)),), severe_spo2=84)
    assert not raised(bleed(10), several=(sbp((5, 120), (10, 100)),), severe_systolic_fall=25)


def test_asked_again_when_it_is_no_news_or_the_next_result_becomes_true() -> None:
    assert asked_again(RULE, bleed(10, 120), at=11) == on(38)
    assert asked_again(RULE, bleed(10), at=10.2, several=(spo2((10.5, 84)),)) == on(10.5)
    assert asked_again(RULE, bleed(10), at=11) is None
