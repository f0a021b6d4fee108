"""Films and bleedings judged a second time, by plain programs that share only the words of the specification with the rules."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.rules import (
    film_foci_persist,
    film_migrating,
    film_new_foci,
    film_stage_worse,
    infarction_pneumonia,
    severe_bleeding,
    sputum_silent_bleeding,
)
from alerts.rules.rule import Clear, Finding, Rule
from patients.history import EventRecord, History, Series
from tests.alerts.rules.drawn import days
from tests.alerts.rules.histories import event, history, on, series

HOURS = timedelta(hours=1)
Looks = Sequence[tuple[float, str]]


def subjects(rule: Rule, seen: History) -> list[str]:
    """Return the subjects of a rule's findings."""
    answers = rule.judge(seen, rule.resolved({}), seen.at).answers
    return [one.subject for one in answers if isinstance(one, Finding)]


def film(place: int, day: float, **findings: Any) -> EventRecord:
    """Return the film of a place in a list."""
    return event(day, "chest_xray", id=place + 1, **findings)


def apart(looks: list[tuple[float, str]]) -> list[tuple[float, str]]:
    """Return looks in their order, none at the time of another."""
    return sorted(dict(looks).items())


FOCI: dict[str, dict[str, bool]] = {
    "new": {"new_foci": True},
    "still": {"foci_present": True, "new_foci": False},
    "none": {"foci_present": False},
    "silent": {},
}
looks = st.lists(st.tuples(days, st.sampled_from(sorted(FOCI))), max_size=10).map(apart)


def expected_new(found: Looks) -> list[str]:
    """Return the alert of new foci by hand: new ones up to 28 days after the last ones belong to it; a film without ends it."""
    alert, last, standing = 0, -1e9, False
    for place, (day, what) in enumerate(found, start=1):
        if what == "new":
            alert = alert if alert and day - last <= 28 else place
            last, standing = day, True
        elif what == "none":
            standing = False
    return [str(alert)] if standing else []


@given(looks)
@settings(max_examples=120)
def test_new_foci(found: list[tuple[float, str]]) -> None:
    seen = history(events=[film(place, day, **FOCI[what]) for place, (day, what) in enumerate(found)], at=121)
    assert subjects(film_new_foci.RULE, seen) == expected_new(found)


def expected_persisting(found: Looks) -> list[str]:
    """Return the alert of old foci by hand: from their first film on, until one without; shown by a film of day 22 or later."""
    first, standing = 0, False
    began = 0.0
    for place, (day, what) in enumerate(found, start=1):
        if what == "none":
            first, standing = 0, False
        elif what in {"new", "still"}:
            first, began = (first, began) if first else (place, day)
            standing = (on(day).date() - on(began).date()).days > 21
    return [str(first)] if standing else []


@given(looks)
@settings(max_examples=120)
def test_foci_that_persist(found: list[tuple[float, str]]) -> None:
    seen = history(events=[film(place, day, **FOCI[what]) for place, (day, what) in enumerate(found)], at=121)
    assert subjects(film_foci_persist.RULE, seen) == expected_persisting(found)


stages = st.lists(st.tuples(days, st.integers(0, 4)), max_size=8).map(lambda found: sorted(dict(found).items()))


def expected_rise(found: Sequence[tuple[float, int]]) -> list[str]:
    """Return the alert of a rise by hand: above the film before, until at or below it again, fibrosis for good."""
    alert, base, top = 0, -1, 0
    for place, (_, stage) in enumerate(found, start=1):
        before = found[place - 2][1] if place > 1 else None
        if alert:
            top = max(top, stage)
            alert = 0 if stage <= base and top < 4 else alert
        elif before is not None and stage > before:
            alert, base, top = place, before, stage
    return [str(alert)] if alert else []


@given(stages)
@settings(max_examples=120)
def test_a_rise_of_the_stage(found: list[tuple[float, int]]) -> None:
    seen = history(events=[film(place, day, stage=stage) for place, (day, stage) in enumerate(found)], at=121)
    assert subjects(film_stage_worse.RULE, seen) == expected_rise(found)


ZONES = ("right_upper", "right_lower", "left_upper", "left_lower")
shown = st.sets(st.sampled_from(ZONES), min_size=1, max_size=3)


@given(shown, shown, st.floats(0.1, 15).map(lambda day: round(day, 1)))
@settings(max_examples=120)
def test_shadows_that_move(before: set[str], after: set[str], gap: float) -> None:
    first = film(0, 0, zones=dict.fromkeys(before, "new"))
    states = dict.fromkeys(before - after, "resolved")
    states |= {zone: "persisting" if zone in before else "new" for zone in after}
    seen = history(events=[first, film(1, gap, zones=states)], at=20)
    moved = gap <= 7 and len(before ^ after) >= 2 and bool(after - before)
    assert subjects(film_migrating.RULE, seen) == (["2"] if moved else [])


volumes = st.lists(st.tuples(days, st.sampled_from([3, 20, 45, 60, 90, 110])), max_size=8).map(
    lambda found: sorted(dict(found).items())
)


def expected_severe(found: Sequence[tuple[float, int]], now: float) -> list[str]:
    """Return severe bleedings by hand: 100 mL within the 24 hours up to one; severe again within three days is the same."""
    severe = [
        (place, day)
        for place, (day, _) in enumerate(found, start=1)
        if sum(volume for other, volume in found if on(day) - 24 * HOURS < on(other) <= on(day)) >= 100
    ]
    bleedings: list[list[tuple[int, float]]] = []
    for one in severe:
        if bleedings and on(one[1]) - on(bleedings[-1][-1][1]) <= timedelta(days=3):
            bleedings[-1].append(one)
        else:
            bleedings.append([one])
    return [str(each[0][0]) for each in bleedings if on(now) < on(each[-1][1]) + timedelta(days=28)]


@given(volumes, st.integers(121, 150))
@settings(max_examples=120)
def test_severe_by_volume(found: list[tuple[float, int]], now: int) -> None:
    events = [
        event(day, "hemoptysis", id=place, amount="streaks", volume_ml=volume)
        for place, (day, volume) in enumerate(found, start=1)
    ]
    assert subjects(severe_bleeding.RULE, history(events=events, at=now)) == expected_severe(found, now)


oxygen = st.lists(st.tuples(days, st.integers(84, 97)), max_size=8)


@given(oxygen, days)
@settings(max_examples=100)
def test_severe_by_oxygen(points: list[tuple[float, int]], bled: float) -> None:
    bleed = event(bled, "hemoptysis", id=1, amount="streaks")
    known = series([(day, float(value)) for day, value in points], "SPO2")
    low = any(abs(on(day) - on(bled)) <= 24 * HOURS and value < 90 for day, value in points)
    seen = history(known, events=[bleed], at=bled + 2)
    assert bool(subjects(severe_bleeding.RULE, seen)) is low


@given(st.integers(1, 200), st.lists(st.integers(1, 60), max_size=3), st.booleans())
@settings(max_examples=100)
def test_siderophages_in_remission(day: int, signs: list[int], bled: bool) -> None:
    ended = event(-10, "exacerbation", id=90, status="confirmed", until=str(on(-1).date()))  # remission from day 0 on
    before = [
        event(day - gap, "hemoptysis", id=10 + place, amount="streaks") for place, gap in enumerate(signs) if bled
    ]
    known = [ended, *before, event(day, "sputum", id=1, siderophages="few")]
    silent = day >= 63 and not (bled and any(gap <= 56 for gap in signs))
    assert subjects(sputum_silent_bleeding.RULE, history(events=known, at=day + 1)) == (["1"] if silent else [])


LIMITS = {"WBC": 12, "NEUT_BAND": 6, "ESR": 30, "TEMP": 37.99}
signs = st.fixed_dictionaries({code: st.tuples(st.floats(95, 100), st.booleans()) for code in LIMITS})


@given(signs, st.one_of(st.none(), st.floats(95, 100)))
@settings(max_examples=100)
def test_signs_of_infarction_pneumonia(found: dict[str, tuple[float, bool]], pain: float | None) -> None:
    known: list[Series] = [
        series([(day, LIMITS[code] * (1.1 if high else 0.9))], code, first_id=10 * place)
        for place, (code, (day, high)) in enumerate(found.items(), start=1)
    ]
    times = [day for day, high in found.values() if high] + ([] if pain is None else [pain])
    ends = [day for day, _ in found.values()] + ([] if pain is None else [pain])
    together = any(sum(timedelta() <= on(end) - on(day) <= 72 * HOURS for day in times) >= 3 for end in ends)
    events = [] if pain is None else [event(pain, "symptom", id=1, name="chest_pain")]
    (answer,) = infarction_pneumonia.RULE.judge(
        seen := history(*known, events=events, at=100.1), infarction_pneumonia.RULE.resolved({}), seen.at
    ).answers
    assert isinstance(answer, Finding if together else Clear)


@pytest.mark.parametrize(
    ("program", "found", "answer"),
    [
        (expected_new, [(0, "new"), (20, "none")], []),
        (expected_new, [(0, "new"), (20, "new"), (48, "new")], ["1"]),
        (expected_new, [(0, "new"), (29, "new")], ["2"]),
        (expected_persisting, [(0, "new"), (21, "still")], []),
        (expected_persisting, [(0, "new"), (22, "still")], ["1"]),
    ],
)
def test_the_plain_programs_say_what_the_specification_says(
    program: Callable[[Looks], list[str]], found: Looks, answer: list[str]
) -> None:
    assert program(found) == answer
