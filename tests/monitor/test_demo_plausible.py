"""The cohort as a clinician would look at it: iron goes with the blood, children grow, tests come as often as they are due."""

from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from statistics import mean

import pytest

from monitor.demo_cohort import COHORT, facts
from monitor.demo_patient import DemoPatient
from patients.analytes import catalogue
from patients.facts import NewEvent, NewObservation, NewTreatment

AT = datetime(2026, 11, 24, 18, tzinfo=UTC)
CHILDREN = [one for one in COHORT if one.age_years < 16 and one.followed_days > 300]
BLEEDERS = [one for one in COHORT if any(bleed.days_ago > 60 and bleed.confirmed for bleed in one.course.bleeds)]
BLOWING = [one for one in COHORT if one.age_years >= 6 and one.followed_days > 60]
ALIVE = [one for one in COHORT if one.died is None and one.last[-1] < 100]


def named(one: DemoPatient) -> str:
    return one.identifier


@cache
def series(one: DemoPatient) -> dict[str, list[tuple[float, float]]]:
    """Return days before now and values by analyte, oldest first; nothing that was taken back."""
    found: dict[str, list[tuple[float, float]]] = {}
    for fact in facts(one, AT):
        if isinstance(fact, NewObservation) and fact.retracted_at is None:
            found.setdefault(fact.code, []).append(((AT - fact.effective_at) / timedelta(days=1), fact.value or 0))
    return {code: sorted(rows, reverse=True) for code, rows in found.items()}


def around(one: DemoPatient, code: str, first: float, last: float) -> list[float]:
    """Return the values between two days before now."""
    return [value for day, value in series(one).get(code, []) if first >= day >= last]


@pytest.mark.parametrize("one", BLEEDERS, ids=named)
def test_iron_goes_with_the_blood(one: DemoPatient) -> None:
    bleed = next(bleed for bleed in one.course.bleeds if bleed.confirmed and bleed.days_ago > 60)
    low = (bleed.days_ago - bleed.lasts, bleed.days_ago - 25)
    before = (one.followed_days + 1, bleed.days_ago)
    assert around(one, "HGB", *low)
    for code in ("HGB", "FERRITIN", "FE", "MCV"):
        assert mean(around(one, code, *low)) < mean(around(one, code, *before)), code
    assert mean(around(one, "TIBC", *low)) > mean(around(one, "TIBC", *before))


@pytest.mark.parametrize("one", BLEEDERS, ids=named)
def test_reticulocytes_rise_after_a_bleed(one: DemoPatient) -> None:
    bleed = next(bleed for bleed in one.course.bleeds if bleed.confirmed and bleed.days_ago > 60)
    assert max(around(one, "RETIC", bleed.days_ago - 4, bleed.days_ago - 20)) > 1.9


@pytest.mark.parametrize("one", COHORT, ids=named)
def test_binding_capacity_is_above_iron(one: DemoPatient) -> None:
    found = series(one)
    for (_, iron), (_, binding) in zip(found["FE"], found["TIBC"], strict=False):
        assert 2 < 100 * iron / binding < 50  # saturation in percent


@pytest.mark.parametrize("one", COHORT, ids=named)
def test_hematocrit_is_three_times_the_hemoglobin(one: DemoPatient) -> None:
    measured = dict(series(one)["HCT"])
    wanted = {day: value for day, value in series(one)["HGB"] if day in measured}
    apart = [abs(measured[day] - value * 0.003) for day, value in wanted.items()]
    assert sum(one > 0.01 for one in apart) == 0


@pytest.mark.parametrize("one", CHILDREN, ids=named)
def test_children_grow(one: DemoPatient) -> None:
    for code in ("WEIGHT", "HEIGHT"):
        values = [value for _, value in series(one).get(code, [])]
        assert values == sorted(values)
        assert not values or values[-1] > values[0]


@pytest.mark.parametrize("one", CHILDREN, ids=named)
def test_a_child_weighs_what_it_does_at_its_age(one: DemoPatient) -> None:
    newest = series(one)["WEIGHT"][-1][1]
    assert 1.5 * one.age_years + 6 < newest < 4.5 * one.age_years + 9


@pytest.mark.parametrize("one", COHORT, ids=named)
def test_only_who_can_blow_does(one: DemoPatient) -> None:
    assert ("FVC" in series(one)) is (one in BLOWING)


@pytest.mark.parametrize("one", BLOWING, ids=named)
def test_volumes_are_those_of_the_height_and_the_lung(one: DemoPatient) -> None:
    found = series(one)
    for (_, fvc), (_, fev1) in zip(found["FVC"], found["FEV1"], strict=True):
        assert 0.7 < fev1 / fvc < 0.95
        assert 0.8 < fvc < 6.5
    assert len(found["HEIGHT"]) == len(found["FVC"]) == len(found["DLCO"])


def test_a_scarred_lung_holds_less() -> None:
    def share(one: DemoPatient) -> float:
        return series(one)["FVC"][-1][1] / (4.8 * (one.height_cm / 175) ** 3)

    adults = [one for one in COHORT if 18 <= one.age_years < 70]
    scarred, others = ([one for one in adults if (one.stage == 4) is wanted] for wanted in (True, False))
    assert max(map(share, scarred)) < min(map(share, others))


@pytest.mark.parametrize("one", [one for one in BLOWING if one in ALIVE], ids=named)
def test_lung_function_comes_as_often_as_it_is_due(one: DemoPatient) -> None:
    days = [day for day, _ in series(one)["FVC"]]
    due = 90 if one.age_years < 18 else 180  # clinical specification, B13
    assert all(before - after <= due for before, after in pairwise(days))
    assert days[-1] < due


@pytest.mark.parametrize("one", [one for one in ALIVE if one.number not in {1, 39}], ids=named)
def test_blood_is_taken_once_in_five_weeks_at_least(one: DemoPatient) -> None:
    days = [day for day, _ in series(one)["HGB"]]
    assert all(before - after < 36 for before, after in pairwise(days))
    assert days[-1] < 30


@pytest.mark.parametrize("one", COHORT, ids=named)
def test_saturation_is_of_the_lung_and_never_above_all(one: DemoPatient) -> None:
    values = [value for _, value in series(one)["SPO2"]]
    assert max(values) <= min(99, one.saturation + 1)
    assert min(values) >= one.saturation - 4


def test_after_a_death_nothing_is_measured_given_or_planned() -> None:
    (one,) = [one for one in COHORT if one.died is not None]
    died = AT.date() - timedelta(days=one.died or 0)
    for fact in facts(one, AT):
        if isinstance(fact, NewTreatment):
            assert fact.started_on <= died
            assert fact.ended_on is not None
            assert fact.ended_on <= died
        else:
            assert fact.effective_at.date() <= died


def test_whoever_is_silent_is_not_heard_of_in_any_way() -> None:
    silent = [one for one in COHORT if one.last[-1] >= 150]
    assert {one.number for one in silent} == {28, 60}
    for one in silent:
        newest = max(fact.effective_at for fact in facts(one, AT) if isinstance(fact, NewObservation | NewEvent))
        assert (AT - newest).days >= 150


def test_a_pregnancy_began_in_time_and_is_not_too_long() -> None:
    for one in COHORT:
        if one.pregnant is not None:
            first, last = one.pregnant
            assert first - (last or 0) <= 280
            assert (one.sex, one.followed_days > first) == ("female", True)
            assert 16 <= one.age_years <= 45


def test_every_analyte_of_the_cohort_is_in_the_catalogue() -> None:
    codes = {code for one in COHORT for code in series(one)}
    assert codes <= set(catalogue())
    assert {"HGB", "FERRITIN", "FE", "TIBC", "FVC", "FEV1", "DLCO", "HEIGHT", "WEIGHT", "SPO2"} <= codes
