"""What must hold of films, samples and complications in every history: no change by itself, none by order of arrival."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.judging import Verdict, judge
from alerts.replaying import canonical
from alerts.rules import (
    film_cavity,
    film_foci_persist,
    film_migrating,
    film_new_foci,
    film_stage_worse,
    film_unilateral,
    infarction_pneumonia,
    pneumothorax,
    severe_bleeding,
    sputum_acid_fast,
    sputum_atypical_cells,
    sputum_silent_bleeding,
)
from alerts.rules.findings import from_json, to_json
from alerts.rules.rule import Answer, Rule
from patients.history import History, Series
from tests.alerts.rules.drawn import histories
from tests.alerts.rules.whole import all_whole

FILMS = (film_new_foci, film_foci_persist, film_stage_worse, film_migrating, film_cavity, film_unilateral)
SAMPLES = (sputum_silent_bleeding, sputum_acid_fast, sputum_atypical_cells)
RULES = tuple(one.RULE for one in (*FILMS, *SAMPLES, severe_bleeding, pneumothorax, infarction_pneumonia))


def told(verdict: Verdict) -> list[bytes]:
    """Return a verdict as bytes, without when to ask again."""
    rest = [f"{type(one).__name__} {one}".encode() for one in (*verdict.clears, *verdict.cannot_judge)]
    return [canonical(to_json(one)) for one in verdict.findings] + rest


@given(histories())
@settings(max_examples=60)
def test_every_rule_answers_every_history(seen: History) -> None:
    verdict = judge(seen, seen.at, rules=RULES)
    assert verdict.failures == ()
    answers: list[Answer] = [*verdict.findings, *verdict.clears, *verdict.cannot_judge]
    assert all_whole(RULES, answers)
    answered = [(one.rule, one.subject) for one in answers]
    assert {rule for rule, _ in answered} == {rule.name for rule in RULES}
    assert len(answered) == len(set(answered))


@given(histories(), st.floats(0, 1, exclude_max=True), st.integers(0, 2000))
@settings(max_examples=120)
def test_nothing_changes_by_itself_before_the_moment_to_ask_again(seen: History, share: float, ahead: int) -> None:
    now = judge(seen, seen.at, rules=RULES)
    span = timedelta(days=ahead) if now.recheck_at is None else now.recheck_at - seen.at
    assert span > timedelta(0) or now.recheck_at is None
    later = min(seen.at + share * span, seen.at + max(span - timedelta.resolution, timedelta(0)))
    then = judge(replace(seen, at=later), later, rules=RULES)
    assert told(then) == told(now)


@given(histories())
@settings(max_examples=30)
def test_asking_again_comes_to_an_end(seen: History) -> None:
    moment, asked = seen.at, 0
    while (after := judge(seen, moment, rules=RULES).recheck_at) is not None:
        assert after > moment
        moment, asked = after, asked + 1
        assert asked < 120


def until(one: Series, now: float) -> Series:
    """Return the results of a series up to a moment."""
    keep = one.times <= now
    arrays = ("ids", "times", "values", "usable", "unconfirmed", "recorded_revision")
    return replace(one, **{name: getattr(one, name)[keep] for name in arrays})


@given(histories())
@settings(max_examples=40)
def test_what_lies_ahead_does_not_matter(seen: History) -> None:
    past = replace(
        seen,
        events=tuple(one for one in seen.events if one.effective_at <= seen.at),
        series={code: until(one, seen.at.timestamp()) for code, one in seen.series.items()},
    )
    assert told(judge(past, seen.at, rules=RULES)) == told(judge(seen, seen.at, rules=RULES))


@given(histories())
@settings(max_examples=40)
def test_a_finding_is_kept_and_read_as_it_is(seen: History) -> None:
    for finding in judge(seen, seen.at, rules=RULES).findings:
        assert to_json(from_json(to_json(finding))) == to_json(finding)
        assert finding.evidence
        assert any(row.role == "result" for row in finding.evidence)
        assert finding.subject == "" or finding.rule != "infarction_pneumonia"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_says_what_it_is(rule: Rule) -> None:
    assert rule.thresholds
    assert rule.rationale.endswith(".")
    assert rule.citation.endswith(".")
    assert all(one.low <= one.default <= one.high and one.source for one in rule.settings)


def test_a_setting_of_one_name_is_the_same_in_every_rule() -> None:
    by_name: dict[str, set[Any]] = {}
    for rule in RULES:
        for setting in rule.settings:
            by_name.setdefault(setting.name, set()).add((setting.default, setting.unit, setting.low, setting.high))
    assert {name: found for name, found in by_name.items() if len(found) > 1} == {}
