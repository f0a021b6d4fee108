"""All rules on one history, each under its own guard. Pure: the watch command, the sweep, replay and the tests share it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from alerts.rules.rule import CannotJudge, Clear, Finding, Judgment, Rule
from patients.history import History


@dataclass(frozen=True, slots=True)
class Failure:
    """A rule that raised. The type of its error only: a message may hold a value."""

    rule: str
    error_type: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """Every answer of every rule on one history, in reading order, and the earliest moment at which one could change."""

    findings: tuple[Finding, ...] = ()
    clears: tuple[Clear, ...] = ()
    cannot_judge: tuple[CannotJudge, ...] = ()
    failures: tuple[Failure, ...] = ()
    recheck_at: datetime | None = None


def judge(
    history: History, at: datetime, *, rules: Sequence[Rule], ending: tuple[type[Exception], ...] = ()
) -> Verdict:
    """Ask every rule about a history as seen at `at`, by the numbers that were chosen for it; a rule that raises stops no other.

    Errors of the kinds `ending` are no rule's own: they pass through.
    """
    judgments: list[Judgment] = []
    failures: list[Failure] = []
    for rule in rules:
        try:
            judgments.append(_asked(rule, history, at))
        except ending:
            raise
        except Exception as error:  # whatever one rule raises must not silence the others
            failures.append(Failure(rule.name, type(error).__name__))
    answers = [answer for judgment in judgments for answer in judgment.answers]
    rechecks = [judgment.recheck_at for judgment in judgments if judgment.recheck_at is not None]
    return Verdict(
        findings=tuple(one for one in answers if isinstance(one, Finding)),
        clears=tuple(one for one in answers if isinstance(one, Clear)),
        cannot_judge=tuple(one for one in answers if isinstance(one, CannotJudge)),
        failures=tuple(failures),
        recheck_at=min(rechecks, default=None),
    )


def _asked(rule: Rule, history: History, at: datetime) -> Judgment:
    """Return a rule's answers, each finding with the numbers of the rule that somebody chose otherwise than the default."""
    judgment = rule.judge(history, rule.resolved(history.settings), at)
    own = {one.name: history.settings[one.name] for one in rule.settings if one.name in history.settings}
    if not own:
        return judgment
    answers = (replace(one, settings=own) if isinstance(one, Finding) else one for one in judgment.answers)
    return replace(judgment, answers=tuple(answers))
