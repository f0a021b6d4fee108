"""The invented cohort: made by its seed, within the sizes of the clinical specification, part F."""

from statistics import mean, median

import numpy as np
import pytest

from monitor.synthetic import FIRST_DAY, FLOOR_DAYS, LOSS_MOST, RECOVERY_AFTER, Bleed, Person, cohort
from patients.facts import Fact

MANY = list(cohort(150, 3, 20261130))


@pytest.fixture(scope="module")
def people() -> list[Person]:
    return [person for person, _ in MANY]


@pytest.fixture(scope="module")
def bleeds(people: list[Person]) -> list[Bleed]:
    return [bleed for person in people for bleed in person.bleeds]


def test_the_seed_makes_it() -> None:
    def said(seed: int) -> list[list[Fact]]:
        return [facts for _, facts in cohort(3, 1, seed)]

    assert said(1) == said(1)
    assert said(1) != said(2)


def test_the_same_patient_comes_whatever_the_number_of_patients() -> None:
    assert next(cohort(1, 1, 5))[1] == next(cohort(9, 1, 5))[1]


def test_seven_in_ten_are_children_of_a_median_of_four_years_and_most_are_female(people: list[Person]) -> None:
    years = [person.patient.age_years(FIRST_DAY) or 0 for person in people]
    children = [one for one in years if one < 18]
    assert len(children) / len(years) == pytest.approx(0.7, abs=0.1)
    assert median(children) == pytest.approx(4, abs=1)
    assert all(1 <= one <= 15.1 for one in children)
    assert mean(person.patient.sex == "female" for person in people) == pytest.approx(0.6, abs=0.12)


def test_bleeds_have_the_sizes_of_the_model(bleeds: list[Bleed]) -> None:
    assert mean(one.acute for one in bleeds) == pytest.approx(0.6, abs=0.12)
    assert median(one.loss for one in bleeds) == pytest.approx(22, rel=0.2)
    assert max(one.loss for one in bleeds) <= LOSS_MOST
    assert all((2 <= one.lasts <= 5) if one.acute else (14 <= one.lasts <= 28) for one in bleeds)
    assert all(0.4 <= one.recovery <= 0.9 and 3 <= one.reticulocytes <= 8 for one in bleeds)
    late = {acute: median(one.seen - one.onset for one in bleeds if one.acute is acute) for acute in (True, False)}
    assert late[True] == pytest.approx(9, abs=2.5)
    assert late[False] == pytest.approx(24, abs=6)


def test_remissions_are_not_below_their_floor(people: list[Person]) -> None:
    for person in people:
        for one, other in zip(person.bleeds, person.bleeds[1:], strict=False):
            assert other.onset - one.onset - one.lasts >= FLOOR_DAYS


def test_a_deficit_grows_stays_a_week_and_goes() -> None:
    bleed = Bleed(10, 4, 20.0, 0.5, acute=True, seen=12, coughed=False, reticulocytes=5.0)
    days = np.array([0.0, 10, 12, 14, 14 + RECOVERY_AFTER, 14 + RECOVERY_AFTER + 20, 100])
    assert bleed.deficit(days).tolist() == [0, 0, 10, 20, 20, 10, 0]


@pytest.mark.parametrize(("patients", "years"), [(0, 1), (3, 0), (-1, 2)])
def test_nobody_and_no_time_are_refused(patients: int, years: float) -> None:
    with pytest.raises(ValueError, match="patients and years"):
        list(cohort(patients, years, 1))
