"""The cohort as a whole: sixty, of every age and in every phase, invented, and two teams apart."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from monitor.demo_cohort import COHORT
from monitor.demo_patient import ZONE, DemoPatient, id_of, identifier_of
from monitor.demo_people import ADULTS, CHILDREN, ELSEWHERE, PEOPLE
from monitor.demo_stories import STORIES

AT = datetime(2026, 11, 24, 9, tzinfo=UTC)


def named(one: DemoPatient) -> str:
    return one.identifier


def test_there_are_sixty_and_the_first_fourteen_are_the_stories() -> None:
    assert len(COHORT) == 60
    assert [one.number for one in COHORT] == list(range(1, 61))
    assert COHORT[:14] == STORIES
    assert COHORT[0].identifier == "DEMO-1"


def test_nobody_is_there_twice() -> None:
    assert len({one.id for one in COHORT}) == len({one.identifier for one in COHORT}) == 60
    assert len({one.name for one in COHORT}) == 60


def test_an_id_is_the_same_in_every_demo() -> None:
    assert identifier_of(1) == COHORT[0].identifier
    assert str(id_of("DEMO-1")) == str(COHORT[0].id)
    assert id_of("DEMO-1") != id_of("CASE-C01")


def test_children_of_every_age_are_there() -> None:
    ages = {one.age_years for one in COHORT}
    assert set(range(1, 18)) <= ages


def test_adults_of_every_decade_and_an_elder_are_there() -> None:
    decades = {one.age_years // 10 for one in (*STORIES, *ADULTS) if one.age_years >= 18}
    assert {1, 2, 3, 4, 5, 6, 7, 8} <= decades
    assert max(one.age_years for one in COHORT) == 84


def test_about_as_many_girls_and_women_as_boys_and_men() -> None:
    sexes = Counter(one.sex for one in COHORT)
    assert set(sexes) == {"female", "male"}
    assert min(sexes.values()) >= 25


def test_the_groups_are_what_they_say() -> None:
    assert all(one.age_years < 18 for one in (*CHILDREN, *ELSEWHERE))
    assert all(one.age_years >= 18 for one in ADULTS)
    assert (*CHILDREN, *ADULTS, *ELSEWHERE) == PEOPLE
    assert {one.number for one in COHORT if one.elsewhere} == {one.number for one in ELSEWHERE} == set(range(53, 61))


def test_names_come_from_several_alphabets_and_tongues() -> None:
    letters = {letter for one in COHORT for letter in one.name if not letter.isascii()}
    assert {"é", "ş", "ó", "ü", "ř", "č"} <= letters
    assert all(len(one.name.split()) == 2 for one in COHORT)


@pytest.mark.parametrize("one", COHORT, ids=named)
def test_nobody_is_followed_before_birth(one: DemoPatient) -> None:
    followed_since = AT.astimezone(ZONE).date() - timedelta(days=one.followed_days)
    assert one.birth_date(AT) < followed_since
    assert all(bleed.days_ago <= one.followed_days for bleed in one.course.bleeds)
    assert all(taper.days_ago <= one.followed_days for taper in one.tapers)


@pytest.mark.parametrize("one", COHORT, ids=named)
def test_heights_doses_and_levels_are_those_of_the_age(one: DemoPatient) -> None:
    low, high = (60, 125) if one.age_years < 7 else (110, 180) if one.age_years < 18 else (155, 195)
    assert low <= one.height_cm <= high
    assert 105 <= one.course.steady <= 155
    highest = max((dose for taper in one.tapers for dose in taper.steps), default=0)
    assert highest <= (20 if one.age_years < 6 else 40 if one.age_years < 18 else 60)
    assert all(list(taper.steps) == sorted(taper.steps, reverse=True) for taper in one.tapers)


@pytest.mark.parametrize("one", COHORT, ids=named)
def test_days_go_from_the_oldest_to_the_newest(one: DemoPatient) -> None:
    assert list(one.last) == sorted(set(one.last), reverse=True)
    begins = [bleed.days_ago for bleed in one.course.bleeds]
    assert begins == sorted(begins, reverse=True)
    assert one.died is None or one.died < one.last[-1]


def test_who_grows_up_does_so_on_a_birthday() -> None:
    boy = next(one for one in COHORT if one.number == 8)
    born, grown = boy.birth_date(AT), boy.grown_up(AT)
    assert (grown.year - born.year, grown.month, grown.day) == (18, born.month, born.day)
    assert grown < AT.date()


PHASES = {
    "never bled": lambda one: not one.course.bleeds,
    "bleeding now": lambda one: any(0 <= bleed.days_ago <= 14 for bleed in one.course.bleeds),
    "just after": lambda one: any(14 < bleed.days_ago <= 60 and bleed.confirmed for bleed in one.course.bleeds),
    "in remission for long": lambda one: bool(one.course.bleeds) and min(b.days_ago for b in one.course.bleeds) > 300,
    "three remissions and more": lambda one: len(one.course.bleeds) >= 4,
    "fibrosis": lambda one: one.stage == 4,
    "film of stage III": lambda one: any(bleed.film == 3 for bleed in one.course.bleeds),
    "transfused": lambda one: any(bleed.transfused for bleed in one.course.bleeds),
    "infection before": lambda one: any(bleed.infection for bleed in one.course.bleeds),
    "iron deficient": lambda one: one.course.ferritin <= 20,
    "negative sputum": lambda one: any(bleed.sputum == "absent" for bleed in one.course.bleeds),
    "unfit sputum": lambda one: any(bleed.sputum == "unfit" for bleed in one.course.bleeds),
    "pregnant": lambda one: one.pregnant is not None and one.pregnant[1] is None,
    "was pregnant": lambda one: one.pregnant is not None and one.pregnant[1] is not None,
    "too little known": lambda one: one.followed_days < 60,
    "silent": lambda one: one.last[-1] >= 150 and one.died is None,
    "died": lambda one: one.died is not None,
    "step due today": lambda one: any(taper.unconfirmed and not taper.held for taper in one.tapers),
    "still on the dose before": lambda one: any(taper.held for taper in one.tapers),
    "stopped at once": lambda one: any(taper.stopped is not None for taper in one.tapers),
    "low oxygen": lambda one: one.saturation < 93,
    "smokes": lambda one: ("smoking", "current") in one.fields,
    "lives high up": lambda one: dict(one.fields).get("altitude_m", 0) > 1000,
}


@pytest.mark.parametrize("phase", PHASES)
def test_every_phase_has_somebody(phase: str) -> None:
    assert [one.number for one in COHORT if PHASES[phase](one)]
