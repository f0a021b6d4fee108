"""What is worked out of a history once: for the same rows, seen from the same moment, by the same numbers; for nothing else."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from alerts import judging, rules
from alerts.rules import hemoglobin_fall, support
from alerts.rules.remembering import REMEMBERED, Remembered
from alerts.rules.results import hemoglobin as results_of
from alerts.rules.rule import Settings
from patients.history import History
from tests.alerts.rules.histories import STEADY, event, hemoglobin

BLED = hemoglobin(*STEADY, (168.0, 98.0), events=(event(165, "hemoptysis", amount="streaks"),))


def walked(one: History, **chosen: float) -> object:
    """Return the walk of a history."""
    settings: Settings = hemoglobin_fall.RULE.resolved(chosen)
    return hemoglobin_fall.steps(results_of(one, settings, one.at, also=support.CODES), settings)


def test_the_same_rows_seen_from_the_same_moment_are_the_same() -> None:
    assert Remembered(BLED) == Remembered(replace(BLED))
    assert hash(Remembered(BLED)) == hash(Remembered(replace(BLED)))


@pytest.mark.parametrize(
    "fields",
    [
        {"at": BLED.at + timedelta(minutes=1)},
        {"revision": BLED.revision + 1},
        {"events": ()},
        {"series": dict(BLED.series)},
        {"settings": {"cva_percent": 3.0}},
        {"files": (BLED.at,)},
        {"patient": replace(BLED.patient, altitude_m=1500.0)},
    ],
    ids=lambda fields: next(iter(fields)),
)
def test_whatever_may_change_an_answer_makes_another(fields: dict[str, Any]) -> None:
    assert Remembered(BLED) != Remembered(replace(BLED, **fields))


def test_another_thing_is_not_a_history() -> None:
    assert Remembered(BLED) != BLED


def test_the_walk_is_made_once_for_one_moment_and_one_set_of_numbers() -> None:
    assert walked(BLED) is walked(replace(BLED))
    assert walked(BLED) is not walked(BLED, cva_percent=3.0)
    assert walked(BLED) is not walked(replace(BLED, at=BLED.at + timedelta(days=1)))


def test_all_rules_on_one_history_share_one_walk() -> None:
    hemoglobin_fall._remembered.cache_clear()
    verdict = judging.judge(BLED, BLED.at, rules=rules.RULES)
    assert {"hemoglobin_fall"} <= {one.rule for one in verdict.findings}
    kept = hemoglobin_fall._remembered.cache_info()
    assert kept.misses == 1
    assert kept.hits >= 5
    assert kept.maxsize == REMEMBERED


def test_what_was_remembered_of_one_is_not_told_of_another() -> None:
    before = judging.judge(BLED, BLED.at, rules=rules.RULES)
    for value in range(REMEMBERED + 2):
        other = hemoglobin(*STEADY, (168.0, 98.0 + value))
        judging.judge(other, other.at, rules=rules.RULES)
    assert judging.judge(replace(BLED, events=tuple(BLED.events)), BLED.at, rules=rules.RULES) == before
