"""Which regular tests are due when: by course, age and what was done last."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.due import Due
from alerts.monitoring import ADULT_FROM, SETTINGS, TESTS, Care, Regular, care, last_done, schedule
from patients.analytes import catalogue
from patients.event_kinds import kinds
from patients.history import EventRecord, History, PatientFacts, Series
from tests.alerts.rules.histories import CHILD, WOMAN, event, history, on, person, series, treatment

NB = "\u00a0"
WELL = Care(active=False, taper=False, remission=True, years=30, oximeter=False)
ILL = replace(WELL, active=True, remission=False)
TAPERING = replace(WELL, taper=True)
BOUT = event(0, "exacerbation", status="confirmed", until=str(on(40).date()))
AT = 30.0


def regular(subject: str) -> Regular:
    """Return a regular test."""
    return next(one for one in TESTS if one.subject == subject)


def every(subject: str, circumstances: Care) -> float | None:
    """Return how often a test is asked for, in days."""
    setting = regular(subject).every(circumstances)
    return None if setting is None else setting.default


def due(known: History, subject: str) -> Due | None:
    """Return when a test is due."""
    return next((one for one in schedule(known) if one.subject == subject), None)


def steps(*doses: float, start: int = 0, every_: int = 14) -> list[Any]:
    """Return a plan of equal steps."""
    return [
        treatment(start + place * every_, "prednisolone", dose=dose, unit="mg", intent="planned", plan="taper")
        for place, dose in enumerate(doses)
    ]


@pytest.mark.parametrize(
    ("subject", "circumstances", "days"),
    [
        ("blood_count", ILL, 7),
        ("blood_count", TAPERING, 14),
        ("blood_count", WELL, 28),
        ("blood_count", replace(ILL, taper=True), 7),
        ("oxygen", replace(ILL, oximeter=True), 1),
        ("oxygen", ILL, None),
        ("oxygen", replace(WELL, oximeter=True), None),
        ("iron", ILL, 90),
        ("iron", WELL, 90),
        ("film", ILL, 21),
        ("film", WELL, 180),
        ("film", replace(WELL, years=17), None),
        ("film", replace(ILL, years=17), 21),
        ("film", replace(WELL, years=17, remission=False), 180),
        ("film", replace(WELL, years=None), 180),
        ("spirometry", replace(WELL, years=5), None),
        ("spirometry", replace(WELL, years=6), 90),
        ("spirometry", replace(WELL, years=17), 90),
        ("spirometry", replace(WELL, years=18), 180),
        ("spirometry", replace(WELL, years=None), 180),
        ("spirometry", ILL, None),
        ("dlco", replace(WELL, years=7), None),
        ("dlco", replace(WELL, years=8), 180),
        ("dlco", ILL, None),
        ("creatinine", WELL, 90),
        ("ecg", WELL, 365),
        ("ultrasound", WELL, 365),
    ],
)
def test_intervals_are_those_of_the_specification(subject: str, circumstances: Care, days: float | None) -> None:
    assert every(subject, circumstances) == days


def test_every_interval_has_a_name_a_unit_and_a_source() -> None:
    assert len({one.name for one in SETTINGS}) == len(SETTINGS)
    assert all(one.source.startswith("clinical specification B") for one in SETTINGS)
    assert all(one.low <= one.default <= one.high for one in SETTINGS)
    used = {
        test.every(one)
        for test in TESTS
        for one in (WELL, ILL, TAPERING, replace(WELL, years=9), replace(ILL, oximeter=True))
    }
    assert used - {None} <= set(SETTINGS)


def test_every_test_names_analytes_of_the_catalogue_or_kinds_of_event() -> None:
    assert all(set(one.codes) <= set(catalogue()) and set(one.kinds) <= set(kinds()) for one in TESTS)
    assert all(one.codes or one.kinds for one in TESTS)
    assert len({one.subject for one in TESTS}) == len(TESTS)


def test_a_test_is_due_an_interval_after_its_last() -> None:
    assert due(history(series([(0, 120), (10, 121)]), at=AT), "blood_count") == Due(
        "test", "blood_count", "Blood count", f"last on 11{NB}Jan{NB}2024, due every 28{NB}days", on(38).date(), 6
    )


def test_what_was_never_done_is_not_of_this_schedule() -> None:
    assert schedule(history(at=AT)) == ()


def test_what_is_preliminary_or_ahead_does_not_count_as_done() -> None:
    known = history(series([(0, 120), (10, 121), (20, 122), (50, 123)], preliminary=[1]), at=AT)
    assert last_done(known, regular("blood_count")) == on(20).date()
    only = history(series([(10, 121)], preliminary=[0]), at=AT)
    assert last_done(only, regular("blood_count")) is None


def test_any_of_several_analytes_counts() -> None:
    known = history(series([(0, 12)], "FE"), series([(9, 40)], "FERRITIN"), at=AT)
    assert last_done(known, regular("iron")) == on(9).date()


def test_films_of_either_kind_count() -> None:
    films = [event(0, "chest_xray", id=1), event(9, "chest_ct", id=2), event(60, "chest_xray", id=3)]
    assert last_done(history(events=films, at=AT), regular("film")) == on(9).date()


def test_the_last_day_is_the_patients() -> None:
    for zone, day in (("UTC", 1), ("Asia/Tokyo", 2), ("America/Los_Angeles", 1)):
        known = history(series([(0.4, 120)]), at=AT, patient=person(time_zone=zone))  # 17:36 UTC
        assert last_done(known, regular("blood_count")) == date(2024, 1, day)


def test_the_soonest_comes_first() -> None:
    known = history(series([(0, 120)]), series([(0, 3.0)], "FVC"), series([(0, 10)], "FE"), at=AT)
    assert [one.subject for one in schedule(known)] == ["blood_count", "iron", "spirometry"]


def test_a_due_day_over_the_29th_of_february() -> None:
    known = history(series([(31, 120)]), at=40)  # 1 February 2024
    found = due(known, "blood_count")
    assert found is not None
    assert found.due_on == date(2024, 2, 29)


def test_care_follows_the_phase() -> None:
    assert care(history(events=[BOUT], at=AT)) == replace(ILL, years=33)
    assert care(history(events=[BOUT], at=50)) == replace(WELL, years=33)
    assert care(history(at=AT)) == replace(WELL, years=33, remission=False)


def test_a_stated_acute_phase_is_active() -> None:
    assert care(history(events=[event(0, "diagnosis", text="IPH", phase="acute")], at=AT)).active


@pytest.mark.parametrize(
    ("born", "years"), [(date(2018, 1, 31), 6), (date(2018, 2, 1), 5), (date(2020, 2, 29), 3), (date(2024, 1, 30), 0)]
)
def test_age_is_in_whole_years_of_the_calendar(born: date, years: int) -> None:
    assert care(history(at=AT, patient=person(birth_date=born))).years == years  # seen from 31 January 2024


def test_born_on_the_29th_of_february_one_is_older_on_the_first_of_march() -> None:
    born = person(birth_date=date(2020, 2, 29))
    assert [care(history(at=day, patient=born)).years for day in (58, 59, 424, 425)] == [3, 4, 4, 5]


def test_an_unknown_age_is_that_of_an_adult() -> None:
    known = history(at=AT, patient=person(birth_date=None))
    assert care(known).years is None
    assert care(known).at_least(ADULT_FROM)


@pytest.mark.parametrize(
    ("doses", "at", "tapering"),
    [
        ((20, 15, 10), 0, True),
        ((20, 15, 10), 27, True),
        ((20, 15, 10), 28, True),  # the last step, begun today
        ((20, 15, 10), 56, True),
        ((20, 15, 10), 57, False),
        ((10,), 5, False),  # a dose that is kept
        ((10, 20), 5, False),  # a rise ahead
        ((), 5, False),
    ],
)
def test_a_taper_lasts_up_to_four_weeks_after_its_last_step(
    doses: tuple[float, ...], at: float, *, tapering: bool
) -> None:
    assert care(history(treatments=steps(*doses), at=at)).taper is tapering


def test_without_a_plan_nobody_is_known_to_taper() -> None:
    taken = treatment(0, "prednisolone", dose=20, unit="mg")
    assert not care(history(treatments=[taken], at=AT)).taper
    unknown = [treatment(0, "prednisolone", dose=None, unit="mg", intent="planned", plan="p")]
    assert not care(history(treatments=unknown, at=AT)).taper


def test_blood_is_counted_more_often_when_the_disease_is_active() -> None:
    blood: Series = series([(25, 120)])
    days = {
        "well": history(blood, at=AT),
        "taper": history(blood, at=AT, treatments=steps(20, 15, 10, start=20)),
        "ill": history(blood, at=AT, events=[BOUT]),
    }
    found = {name: due(known, "blood_count") for name, known in days.items()}
    assert {name: one.due_on for name, one in found.items() if one} == {
        "well": on(53).date(),
        "taper": on(39).date(),
        "ill": on(32).date(),
    }


def test_films_of_a_well_child_are_not_asked_for() -> None:
    film = event(0, "chest_xray")
    for patient, asked in ((CHILD, False), (WOMAN, True)):
        assert (due(history(events=[BOUT, film], at=100, patient=patient), "film") is not None) is asked


PEOPLE = st.builds(
    person,
    st.just(WOMAN),
    birth_date=st.none() | st.dates(date(1930, 1, 1), date(2023, 12, 31)),
    time_zone=st.sampled_from(["UTC", "Europe/Berlin", "Pacific/Kiritimati", "America/St_Johns"]),
    oximeter_at_home=st.booleans(),
)


def story(patient: PatientFacts, days: list[float], bouts: list[int], at: float) -> History:
    """Return a history with everything done on these days."""
    codes = sorted({code for test in TESTS for code in test.codes})
    events: list[EventRecord] = [event(day, kind, id=n) for n, day in enumerate(days) for kind in ("chest_xray", "ecg")]
    events += [event(day, "exacerbation", id=500 + day, status="confirmed") for day in bouts]
    return history(
        *(series([(day, 50) for day in days], code) for code in codes), events=events, patient=patient, at=at
    )


@given(
    PEOPLE,
    st.lists(st.floats(0, 400), max_size=6),
    st.lists(st.integers(0, 400), max_size=3),
    st.floats(0, 800),
)
def test_every_due_day_lies_an_interval_after_a_day_on_which_it_was_done(
    patient: PatientFacts, days: list[float], bouts: list[int], at: float
) -> None:
    known = story(patient, days, bouts, at)
    circumstances = care(known)
    found = schedule(known)
    assert [one.due_on for one in found] == sorted(one.due_on for one in found)
    for one in found:
        interval = every(one.subject, circumstances)
        assert interval is not None
        assert last_done(known, regular(one.subject)) == one.due_on - timedelta(days=interval)
        assert one.due_on - timedelta(days=interval) <= on(at).date() + timedelta(days=1)
