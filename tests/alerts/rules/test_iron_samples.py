"""Iron studies sample by sample: saturation, ferritin, and the inflammation around it."""

from typing import Any

import pytest

from alerts.iron import OTHERS, YOUNG, Stores
from alerts.rules import iron_deficiency
from alerts.rules.iron_samples import Sample, samples
from alerts.rules.results import hemoglobin
from patients.history import History, PatientFacts, Series
from tests.alerts.rules.histories import CHILD, WOMAN, history, measured, on, person
from tests.alerts.vectors import cases, named

SETTINGS = iron_deficiency.RULE.resolved({})


def read(known: History, **settings: float) -> list[Sample]:
    """Return the samples of a history."""
    return samples(hemoglobin(known, SETTINGS, known.at), SETTINGS | settings)


def one(*several: Series, **fields: Any) -> Sample:
    """Return the only sample."""
    (found,) = read(history(*several, **fields))
    return found


@pytest.mark.parametrize("case", cases("transferrin_saturation"), ids=named)
def test_low_saturation_is_the_vector(case: dict[str, Any]) -> None:
    if "iron_umol_per_l" not in case:
        return
    bound = ("TRANSFERRIN", "transferrin_g_per_l") if "transferrin_g_per_l" in case else ("TIBC", "tibc_umol_per_l")
    found = one(measured("FE", (0, case["iron_umol_per_l"])), measured(bound[0], (0, case[bound[1]])))
    assert found.saturation is not None
    assert found.saturation.value == pytest.approx(case["tsat_percent"])
    assert (found.low, found.computed, found.deficient, found.full) == (case["low"], True, case["low"], not case["low"])


@pytest.mark.parametrize("case", cases("ferritin_who_2020"), ids=named)
def test_what_ferritin_says_is_the_vector(case: dict[str, Any]) -> None:
    born = on(0).date().replace(year=2024 - case["age_years"])
    crp = [] if case["crp_mg_per_l"] is None else [measured("CRP", (0, case["crp_mg_per_l"]))]
    found = one(measured("FERRITIN", (0, case["ferritin_ug_per_l"])), *crp, patient=person(WOMAN, birth_date=born))
    assert found.stores == case["result"]


def test_serum_iron_alone_is_no_sample() -> None:
    assert read(history(measured("FE", (0, 2), (30, 2), (60, 1)))) == []


def test_a_normal_ferritin_is_not_a_full_sample() -> None:
    found = one(measured("FERRITIN", (0, 200)), measured("CRP", (0, 1)))
    assert (found.stores, found.deficient, found.full) == (Stores.NOT_DEFICIENT, False, False)


def test_nor_does_a_full_saturation_excuse_an_empty_store() -> None:
    found = one(measured("TSAT", (0, 25)), measured("FERRITIN", (0, 8)))
    assert (found.low, found.deficient, found.full) == (False, True, False)


def test_a_lack_by_saturation_stands_beside_any_ferritin() -> None:
    found = one(measured("TSAT", (0, 6.7)), measured("FERRITIN", (0, 90)))  # the published case C09
    assert (found.low, found.stores, found.deficient) == (True, Stores.NOT_DEFICIENT, True)


@pytest.mark.parametrize(("day", "inflamed"), [(-3, True), (3, True), (-3.1, None), (3.1, None)])
def test_inflammation_counts_within_three_days(day: float, inflamed: bool | None) -> None:
    found = one(measured("FERRITIN", (0, 40)), measured("CRP", (day, 30)), at=9)
    assert found.inflamed is inflamed
    assert found.stores is (Stores.DEFICIENT if inflamed else Stores.INDETERMINATE)


def test_a_crp_of_the_days_after_counts_only_when_it_is_there() -> None:
    known = history(measured("FERRITIN", (0, 40)), measured("CRP", (2, 30)), at=1)
    assert [sample.inflamed for sample in read(known)] == [None]


def test_acid_glycoprotein_says_it_too() -> None:
    assert one(measured("FERRITIN", (0, 40)), measured("AGP", (1, 1.3))).stores is Stores.DEFICIENT
    assert (
        one(measured("FERRITIN", (0, 40)), measured("AGP", (1, 0.8)), measured("CRP", (1, 2))).stores
        is Stores.NOT_DEFICIENT
    )


@pytest.mark.parametrize(
    ("sign", "value", "inflamed"), [("<", 5, False), (">", 5, True), (">=", 5, None), ("<", 8, None), (">", 3, None)]
)
def test_a_bound_of_crp_says_what_it_can(sign: str, value: float, inflamed: bool | None) -> None:
    assert one(measured("FERRITIN", (0, 40)), measured("CRP", (0, value), signs={0: sign})).inflamed is inflamed


@pytest.mark.parametrize(
    ("sign", "value", "stores"),
    [("<", 15, Stores.DEFICIENT), ("<", 20, None), (">", 1000, Stores.NOT_DEFICIENT), (">", 40, None)],
)
def test_a_bound_of_ferritin_says_what_it_can(sign: str, value: float, stores: Stores | None) -> None:
    assert one(measured("FERRITIN", (0, value), signs={0: sign})).stores is stores


def test_a_reported_bound_of_saturation() -> None:
    low, unknown = (one(measured("TSAT", (0, value), signs={0: "<"})) for value in (10, 20))
    assert (low.low, low.deficient) == (True, True)
    assert (unknown.low, unknown.full) == (None, False)


@pytest.mark.parametrize(("who", "limits"), [(CHILD, YOUNG), (WOMAN, OTHERS), (person(CHILD, birth_date=None), OTHERS)])
def test_cutoffs_are_those_of_the_age_then(who: PatientFacts, limits: Any) -> None:
    assert one(measured("FERRITIN", (0, 13)), patient=who).cutoffs == limits


def test_late_in_pregnancy_ferritin_says_nothing() -> None:
    expecting = person(WOMAN, pregnancies=((on(-150).date(), None),))
    found = one(measured("FERRITIN", (0, 9)), patient=expecting)
    assert (found.cutoffs, found.stores, found.deficient) == (None, None, False)


def test_samples_come_in_order_and_what_is_not_confirmed_is_not_full() -> None:
    known = history(measured("TSAT", (30, 25), (0, 12), unconfirmed=[0]), measured("FERRITIN", (10, 40)))
    found = read(known)
    assert [round((sample.time - on(0).timestamp()) / 86400) for sample in found] == [0, 10, 30]
    assert [(sample.deficient, sample.full) for sample in found] == [(True, False), (False, False), (False, False)]


def test_the_limit_that_was_chosen_counts() -> None:
    known = history(measured("TSAT", (0, 18)))
    assert [sample.low for sample in read(known, low_saturation_percent=20)] == [True]
    assert [sample.low for sample in read(known)] == [False]


def test_of_two_saturations_of_one_moment_the_lowest_counts() -> None:
    found = one(measured("TSAT", (0, 22), (0, 14)))
    assert found.saturation is not None
    assert found.saturation.value == 14
