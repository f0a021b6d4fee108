"""docs/watches.md says of every rule what the rule is: each threshold, setting, default and source."""

import re
from pathlib import Path

import pytest

from alerts import anemia
from alerts.rules import RULES
from alerts.rules.rule import Rule, Setting
from monitor.demo_cases import cases
from tests.documents import table

PAGE = (Path(__file__).parent.parent / "docs" / "watches.md").read_text(encoding="utf-8")
PARTS = ("Inputs", "Formula", "Thresholds and level", "Recovery", "Cannot judge", "Source")
SETTINGS = [(rule, setting) for rule in RULES for setting in rule.settings]
by_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)


def section(rule: Rule) -> str:
    """Return what the page says of a rule; empty where it has no section."""
    found = re.search(rf"^## [^\n]*`{rule.name}`\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    return found[1] if found else ""


def settings_of(rule: Rule) -> dict[str, tuple[str, ...]]:
    """Return the rows of a rule's table of settings, by name."""
    rows = re.findall(r"^\| `(\w+)` \| (.+?) \| (.+?) \| (.+?) \|$", section(rule), re.MULTILINE)
    return {name: tuple(others) for name, *others in rows}


def test_the_page_has_a_section_a_rule_in_reading_order() -> None:
    assert re.findall(r"^## .*`(\w+)`$", PAGE, re.MULTILINE) == [rule.name for rule in RULES]


@by_rule
def test_a_section_has_title_and_rationale(rule: Rule) -> None:
    assert f"## {rule.title}: `{rule.name}`" in PAGE
    assert rule.rationale in section(rule)


@by_rule
@pytest.mark.parametrize("part", PARTS)
def test_a_section_has_every_part(rule: Rule, part: str) -> None:
    assert f"**{part}" in section(rule)


@by_rule
def test_every_threshold_is_there_word_by_word(rule: Rule) -> None:
    assert [line for line in rule.thresholds if f"- {line}\n" not in section(rule)] == []


@by_rule
def test_the_citation_is_there_word_by_word(rule: Rule) -> None:
    assert rule.citation in section(rule)


@by_rule
def test_the_table_names_the_rules_settings_and_no_others(rule: Rule) -> None:
    assert list(settings_of(rule)) == [setting.name for setting in rule.settings]


@pytest.mark.parametrize(("rule", "setting"), SETTINGS, ids=[f"{rule.name}.{one.name}" for rule, one in SETTINGS])
def test_a_setting_has_its_default_unit_and_source(rule: Rule, setting: Setting) -> None:
    default, unit, source = settings_of(rule)[setting.name]
    assert float(default) == pytest.approx(setting.default, rel=1e-5)
    assert (unit, source) == (setting.unit, setting.source)


def test_no_setting_is_named_that_does_not_exist() -> None:
    known = {setting.name for rule in RULES for setting in rule.settings} | {rule.name for rule in RULES}
    named = set(re.findall(r"`([a-z]+(?:_[a-z]+)+)`", PAGE))
    assert named <= known


def test_the_table_of_grades_is_that_of_the_code() -> None:
    rows = re.findall(r"^\| [^|`]+? \| (\d+) \| (\d+) \| (\d+) \| (\d+) \|$", PAGE, re.MULTILINE)
    assert {tuple(map(float, row[:3])) for row in rows} == set(anemia.BANDS.values())
    assert all(row[2] == row[3] for row in rows)


def test_steps_of_altitude_and_smoking_are_those_of_the_code() -> None:
    assert ", ".join(f"{less:.0f}" for _, less in reversed(anemia.ALTITUDE)) in PAGE
    assert ", ".join(f"{less:.0f}" for _, less in reversed(anemia.SMOKING)) in PAGE


def test_the_page_says_that_thresholds_must_be_signed() -> None:
    assert re.search(r"a\s+clinician must sign every threshold before use", PAGE)


def test_the_table_of_published_histories_says_what_is_wanted_of_them_and_what_answers() -> None:
    wanted = [(case.number, one) for case in cases() for one in case.wanted]
    by = {"": "–", "held": "row held at intake"}
    assert table(PAGE, "case") == [
        [number, str(one.day), one.watch, one.severity, by.get(one.answer, f"`{one.answer}`"), one.later]
        for number, one in wanted
    ]
    answered = sum(bool(one.answer) for _, one in wanted)
    assert f"Of {len(wanted)} wanted alerts {answered} can\nbe decided" in PAGE
