"""What is compared: rules about signs, hemoglobin alone, all together, and what is done without any of it."""

import pytest

from alerts.rules import RULES
from monitor import backtesting
from monitor import detectors as detectors_module
from monitor.budget import Span
from monitor.detecting import Bleed, Watched
from monitor.detectors import (
    COMPARATORS,
    FAMILIES,
    OF_BLEEDING,
    OF_HEMOGLOBIN,
    alarms,
    anemia_by_who,
    detected,
    detectors,
    fall_of_20,
)
from patients.history import History
from tests.alerts.rules.histories import CHILD, STEADY, event, hemoglobin, history, on, series, treatment

FALL = hemoglobin(*STEADY, (163, 98), (170, 122), (180, 123), (210, 97), (240, 121), (270, 122), at=300)


def days(found: list[object]) -> list[float]:
    """Return moments as days of the story."""
    return [(one - on(0)).total_seconds() / 86400 for one in found]  # type: ignore[operator] # all are moments


def of(known: History, last: float = 300) -> dict[str, list[float]]:
    """Return the days of alarms of a life."""
    return {name: days([*found]) for name, found in alarms(Span(known, on(0), on(last))).items()}


def test_each_fall_is_an_alarm_of_its_rule_of_hemoglobin_and_of_all() -> None:
    found = of(FALL)
    assert found["hemoglobin_fall"] == [163, 210]
    assert {163, 210} <= set(found["hemoglobin"]) <= set(found["all_signals"])
    assert found["hemoptysis"] == found["film_new_foci"] == []


def test_hemoglobin_alone_knows_of_nothing_else() -> None:
    bled = history(events=[event(200, "hemoptysis", id=7, amount="massive")], at=300)
    found = of(bled)
    assert found["hemoptysis"] == [200]
    assert 200 in found["all_signals"]
    assert found["hemoglobin"] == []
    assert {name for name, when in found.items() if when} <= {"hemoptysis", "severe_bleeding", "all_signals"}


def test_what_a_physician_decided_or_gave_finds_no_bleed() -> None:
    decided = history(
        events=[event(200, "exacerbation", id=7, status="confirmed")],
        treatments=[treatment(200, "prednisolone", until=230, dose=40.0, unit="mg")],
        at=300,
    )
    assert {name for name, when in of(decided).items() if when} == set()
    assert not {rule.name for rule in OF_BLEEDING} & {
        "remissions_shortening",
        "steroid_relapse_after_step",
        "tests_overdue",
    }


def test_every_way_has_a_family_and_alarms() -> None:
    assert set(of(FALL)) == set(FAMILIES)
    assert {rule.name for rule in OF_HEMOGLOBIN} == {rule.name for rule in RULES if rule.name.startswith("hemoglobin_")}
    assert set(OF_BLEEDING) <= set(RULES)
    assert all(FAMILIES[rule.name] == "rule" for rule in OF_BLEEDING)
    assert [name for name, family in FAMILIES.items() if family == "combined"] == ["hemoglobin", "all_signals"]
    assert {name for name, family in FAMILIES.items() if family == "comparator"} == set(COMPARATORS)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([120, 122, 124, 102, 101, 120, 100], [3, 6]),  # 122 - 20; then 120 - 20, of 120, 122, 124, 102, 101, 120
        ([120, 122, 124, 103], []),
        ([120, 122, 90], []),  # two results are no base
        ([90, 90, 90, 90], []),
    ],
)
def test_a_fixed_fall_is_twenty_below_the_median_of_a_year(values: list[float], expected: list[float]) -> None:
    known = hemoglobin(*enumerate(values), at=30)
    assert days([*fall_of_20(known)]) == expected


def test_a_result_of_more_than_a_year_ago_is_no_base() -> None:
    assert days([*fall_of_20(hemoglobin((0, 130), (1, 130), (300, 130), (365, 105), at=400))]) == [365]
    assert fall_of_20(hemoglobin((0, 130), (1, 130), (300, 130), (366.5, 105), at=400)) == []


def test_anemia_is_the_whos_and_alarms_when_it_begins() -> None:
    # WHO 2024: women below 120 g/L, children of 24 to 59 months below 110
    assert days([*anemia_by_who(hemoglobin((0, 121), (1, 119), (2, 118), (3, 120), (4, 119), at=30))]) == [1, 4]
    assert anemia_by_who(hemoglobin((0, 119), (1, 118), at=30)) == []
    child = history(series([(0, 112), (1, 109)]), patient=CHILD, at=30)
    assert days([*anemia_by_who(child)]) == [1]


def test_what_is_preliminary_gives_no_alarm() -> None:
    known = history(series([(0, 130), (1, 130), (2, 130), (3, 90)], preliminary=[3]), at=30)
    assert fall_of_20(known) == anemia_by_who(known) == []


def test_a_cohort_is_compared_life_by_life() -> None:
    lives = [Watched(on(0), on(300), (Bleed(on(158), on(162), on(170)),)), Watched(on(0), on(300), ())]
    found = [alarms(Span(FALL, on(0), on(300)))] * 2
    rows = {one.name: one for one in detectors(found, lives)}
    assert list(rows) == list(FAMILIES)
    first, second = rows["hemoglobin_fall"].lives
    assert (first.bleeds, first.delays, first.early, first.right, first.wrong) == (1, (5.0,), 1, 1, 1)
    assert (second.bleeds, second.right, second.wrong) == (0, 0, 2)


def test_bleeds_are_looked_for_by_several_processes_as_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    lives = backtesting.simulated(4, 0.8, 1)
    alone = [one.as_json() for one in detected(lives.spans, lives.bleeds, jobs=1)]
    monkeypatch.setattr(detectors_module, "FEW", 2)
    assert [one.as_json() for one in detected(lives.spans, lives.bleeds, jobs=8)] == alone
    assert sum(one["bleeds"] for one in alone) > 0
