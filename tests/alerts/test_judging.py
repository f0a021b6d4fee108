"""All rules on one history: none stops another, and the earliest recheck wins."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from alerts.judging import Failure, judge
from alerts.rules.rule import Rule, Setting, Settings
from patients.history import History, PatientFacts
from tests.alerts.scenes import ACUTE, FALL, MORNING, Script, clear, finding, rule, unknown

HISTORY = History(PatientFacts(UUID(int=1), "", None, "UTC"), 3, MORNING, {})


@pytest.fixture
def script() -> Script:
    return Script()


def two(script: Script) -> list[Rule]:
    """Return two scripted rules."""
    return [rule(FALL, script), rule(ACUTE, script)]


def test_answers_are_sorted_by_kind_in_reading_order(script: Script) -> None:
    script.says(finding(ACUTE), finding(FALL), clear(FALL, "a"), unknown(ACUTE, "b"))
    verdict = judge(HISTORY, MORNING, rules=two(script))
    assert [one.rule for one in verdict.findings] == [FALL, ACUTE]
    assert verdict.clears == (clear(FALL, "a"),)
    assert verdict.cannot_judge == (unknown(ACUTE, "b"),)


def test_a_rule_that_raises_stops_no_other(script: Script) -> None:
    script.lines = {FALL: ZeroDivisionError("124 g/L"), ACUTE: [finding(ACUTE)]}
    verdict = judge(HISTORY, MORNING, rules=two(script))
    assert verdict.failures == (Failure(FALL, "ZeroDivisionError"),)
    assert [one.rule for one in verdict.findings] == [ACUTE]


@pytest.mark.parametrize(("error", "ends"), [(TimeoutError(), True), (ValueError(), False), (OSError(), False)])
def test_what_is_no_rules_own_passes_through(script: Script, error: Exception, ends: bool) -> None:
    """TimeoutError is an OSError: only the kind that is named ends it, and what is derived from that."""
    script.lines = {FALL: error}
    if ends:
        with pytest.raises(TimeoutError):
            judge(HISTORY, MORNING, rules=two(script), ending=(TimeoutError,))
    else:
        verdict = judge(HISTORY, MORNING, rules=two(script), ending=(TimeoutError,))
        assert verdict.failures == (Failure(FALL, type(error).__name__),)
    assert judge(HISTORY, MORNING, rules=two(script)).failures == (Failure(FALL, type(error).__name__),)


def test_a_failure_keeps_no_message(script: Script) -> None:
    script.lines = {FALL: ValueError("Hb 98 of Anna")}
    assert "Anna" not in repr(judge(HISTORY, MORNING, rules=two(script)))


def test_the_earliest_recheck_wins(script: Script) -> None:
    early, late = Script(recheck_at=MORNING + timedelta(days=1)), Script(recheck_at=MORNING + timedelta(days=2))
    rules = [rule(FALL, late), rule(ACUTE, early), rule("other", script)]
    assert judge(HISTORY, MORNING, rules=rules).recheck_at == MORNING + timedelta(days=1)


def test_no_rule_asks_for_no_recheck(script: Script) -> None:
    assert judge(HISTORY, MORNING, rules=two(script)).recheck_at is None


def test_every_rule_reads_its_own_settings_with_defaults(script: Script) -> None:
    seen: list[Settings] = []

    def ask(history: History, settings: Settings, at: object) -> object:
        seen.append(settings)
        return script.judge(FALL, history)

    limits = [Setting(name, 1.0, "1", "source", 0.0, 9.0) for name in ("z", "cv")]
    one = Rule(FALL, FALL, 1, (), "", "", tuple(limits), ask)  # type: ignore[arg-type] # a plain double of a judge
    judge(replace(HISTORY, settings={"z": 2.0, "unknown": 5.0}), MORNING, rules=[one])
    assert seen == [{"z": 2.0, "cv": 1.0}]


def test_a_finding_names_the_numbers_that_were_chosen_and_no_others(script: Script) -> None:
    script.says(finding(FALL))
    limits = [Setting(name, 1.0, "1", "source", 0.0, 9.0) for name in ("z", "cv")]
    one = rule(FALL, script, *limits)
    chosen = judge(replace(HISTORY, settings={"z": 2.0, "other": 5.0}), MORNING, rules=[one])
    usual = judge(HISTORY, MORNING, rules=[one])
    assert (chosen.findings[0].settings, usual.findings[0].settings) == ({"z": 2.0}, {})
