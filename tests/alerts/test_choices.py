"""The numbers that may be chosen: each once, with bounds around its default, and none that crosses its fellow."""

from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts import rules
from alerts.choices import ORDERED, Choice, catalogue, declared, refusal
from alerts.rules.rule import Setting
from alerts.setting_titles import title_of

CATALOGUE = catalogue()
NAMES = sorted(CATALOGUE)


def test_a_name_is_one_number_whoever_uses_it() -> None:
    found = defaultdict(set)
    for _, setting in declared():
        found[setting.name].add(setting)
    assert {name for name, settings in found.items() if len(settings) > 1} == set()


def test_every_number_of_every_rule_may_be_chosen() -> None:
    assert {setting.name for rule in rules.RULES for setting in rule.settings} <= set(CATALOGUE)
    assert {"overdue_percent", "blood_count_days", "repeat_days", "merged_days"} <= set(CATALOGUE)


def test_a_shared_number_names_all_who_use_it() -> None:
    choice = CATALOGUE["result_age_days"]
    users = [title for title, setting in declared() if setting.name == "result_age_days"]
    assert {choice.group, *choice.shared} == set(users)
    assert choice.group not in choice.shared


@pytest.mark.parametrize("name", NAMES)
def test_a_default_is_within_its_bounds_and_says_where_it_comes_from(name: str) -> None:
    setting = CATALOGUE[name].setting
    assert setting.low <= setting.default <= setting.high
    assert setting.low < setting.high
    assert len(setting.source) > len("source")
    assert refusal(name, setting.default, {}) == ""


@pytest.mark.parametrize("name", NAMES)
def test_what_is_out_of_bounds_is_refused_with_the_bounds(name: str) -> None:
    setting = CATALOGUE[name].setting
    for value in (setting.low - 0.5, setting.high + 0.5, float("nan"), float("inf")):
        assert refusal(name, value, {}) == f"Choose a number from {setting.low:g} to {setting.high:g}."


def test_days_and_counts_are_whole() -> None:
    assert refusal("support_days", 14.5, {}) == "Choose a whole number."
    assert refusal("reticulocyte_ratio", 1.75, {}) == ""
    assert Choice(Setting("n", 3, "1", "s", 1, 9), "g").whole
    assert not Choice(Setting("z", 1.6, "1", "s", 1, 9), "g").whole


def test_a_limit_does_not_cross_its_fellow_as_it_stands_now() -> None:
    assert refusal("z99", 1.62, {}) == f"It must not be below “{title_of('z95')}”, which is 1.64485."
    assert refusal("z99", 1.62, {"z95": 1.5}) == ""
    assert refusal("z95", 2.4, {"z99": 2.35}) == f"It must not be above “{title_of('z99')}”, which is 2.35."


def test_the_pairs_are_in_order_by_default() -> None:
    for lower, upper in ORDERED:
        assert CATALOGUE[lower].setting.default <= CATALOGUE[upper].setting.default


@given(st.sampled_from(ORDERED), st.floats(0, 200, allow_nan=False), st.floats(0, 200, allow_nan=False))
def test_whatever_is_let_in_stays_in_order(pair: tuple[str, str], low: float, high: float) -> None:
    numbers: dict[str, float] = {}
    for name, value in zip(pair, (low, high), strict=True):
        if not refusal(name, value, numbers):
            numbers[name] = value
    lower, upper = (numbers.get(name, CATALOGUE[name].setting.default) for name in pair)
    assert lower <= upper


def test_a_name_that_is_not_there_is_a_bug() -> None:
    with pytest.raises(KeyError):
        refusal("unheard_of", 1.0, {})
