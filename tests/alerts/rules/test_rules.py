"""The set of rules: names, versions, settings and what the clinician reads about each."""

from dataclasses import replace

import pytest

from alerts import rules
from alerts.rules.rule import Finding, Rule, Severity
from tests.alerts.rules.histories import STEADY, hemoglobin

ORDER = [
    "hemoglobin_fall",
    "hemoglobin_acute",
    "hemoglobin_severe",
    "hemoglobin_relapse",
    "hemoglobin_slope",
    "hemoglobin_drift",
    "hemoglobin_grade",
    "iron_deficiency",
    "iron_response",
    "reticulocytes_raised",
    "remissions_shortening",
    "steroid_too_fast",
    "steroid_step_missed",
    "steroid_adherence",
    "steroid_abrupt_stop",
    "steroid_relapse_after_step",
    "steroid_dose_floor",
    "pneumocystis_prophylaxis",
    "film_new_foci",
    "film_foci_persist",
    "film_stage_worse",
    "film_migrating",
    "film_cavity",
    "film_unilateral",
    "sputum_silent_bleeding",
    "sputum_acid_fast",
    "sputum_atypical_cells",
    "hemoptysis",
    "severe_bleeding",
    "pneumothorax",
    "infarction_pneumonia",
    "blood_count_overdue",
    "tests_overdue",
    "upload_missing",
]
by_name = pytest.mark.parametrize("rule", rules.RULES, ids=lambda rule: rule.name)


def test_rules_in_reading_order() -> None:
    assert [rule.name for rule in rules.RULES] == ORDER


def test_the_version_of_the_set_fits_its_column() -> None:
    assert rules.version_of(rules.RULES) == rules.RULESET_VERSION
    assert len(rules.RULESET_VERSION) <= 64


def test_another_version_name_or_order_is_another_set() -> None:
    first, *others = rules.RULES
    sets = [
        rules.RULES,
        (replace(first, version=first.version + 1), *others),
        (replace(first, name="other"), *others),
        (*others, first),
        tuple(others),
    ]
    assert len({rules.version_of(one) for one in sets}) == len(sets)


def test_what_is_only_prose_does_not_make_another_set() -> None:
    first, *others = rules.RULES
    assert rules.version_of((replace(first, rationale="Because."), *others)) == rules.RULESET_VERSION


@by_name
def test_a_rule_says_what_it_is(rule: Rule) -> None:
    assert rule.title
    assert rule.rationale.endswith(".")
    assert rule.citation
    assert rule.thresholds
    assert all(line.endswith(".") for line in rule.thresholds)


@by_name
def test_settings_are_named_once_sourced_and_within_their_bounds(rule: Rule) -> None:
    names = [setting.name for setting in rule.settings]
    assert len(set(names)) == len(names)
    for setting in rule.settings:
        assert setting.source
        assert setting.unit
        assert setting.low <= setting.default <= setting.high, setting.name
        assert setting.low < setting.high


@by_name
def test_a_chosen_setting_replaces_its_default_and_no_other(rule: Rule) -> None:
    first = rule.settings[0]
    resolved = rule.resolved({first.name: first.high, "unknown": 1.0})
    assert resolved == {setting.name: setting.default for setting in rule.settings} | {first.name: first.high}


@by_name
@pytest.mark.parametrize("end", ["low", "high"])
def test_a_rule_answers_at_the_ends_of_every_setting(rule: Rule, end: str) -> None:
    known = hemoglobin(*STEADY, (150, 104), (163, 62), (164, 60))
    for setting in rule.settings:
        judgment = rule.judge(known, rule.resolved({setting.name: getattr(setting, end)}), known.at)
        assert judgment.answers


def test_each_rule_signs_its_findings() -> None:
    known = hemoglobin(*STEADY, (163, 98), (164, 60))
    for rule in rules.RULES[:3]:
        (found,) = rule.judge(known, rule.resolved({}), known.at).answers
        assert isinstance(found, Finding)
        assert (found.rule, found.rule_version, found.subject) == (rule.name, rule.version, "")
        assert found.citation == rule.citation
        assert found.severity in {Severity.MODERATE, Severity.HIGH}
