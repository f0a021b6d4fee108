"""All rules on one history, each under its own guard. Pure: the watch command, the sweep, replay and the tests share it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from alerts.rules.rule import CannotJudge, Clear, Finding, Judgment, Rule, Settings
from patients.history import History

SETTINGS_VERSION: Final = 0
"""The version of the defaults; a team's or patient's own settings count from 1."""


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
    history: History, at: datetime, *, rules: Sequence[Rule], chosen: Mapping[str, Settings] | None = None
) -> Verdict:
    """Ask every rule about a history as seen at `at`. `chosen` are settings by rule name; a rule that raises stops no other."""
    judgments: list[Judgment] = []
    failures: list[Failure] = []
    for rule in rules:
        try:
            judgments.append(rule.judge(history, rule.resolved((chosen or {}).get(rule.name, {})), at))
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
