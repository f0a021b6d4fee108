"""What a rule is: a pure question to a History, answered by Finding, Clear or CannotJudge."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Literal

from patients.history import History


class Severity(IntEnum):
    """FHIR DetectedIssue severities, ordered so that a rise compares greater."""

    LOW = 1
    MODERATE = 2
    HIGH = 3

    @property
    def word(self) -> str:
        """Return the FHIR code: low, moderate, high."""
        return self.name.lower()


class Telling(StrEnum):
    """When people are told of a new finding: at once, or by the severity's usual way."""

    USUAL = "usual"
    AT_ONCE = "at_once"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One row a finding rests on: a fact's kind and id, with what it said. `role` is result, baseline or support."""

    role: Literal["result", "baseline", "support"]
    kind: Literal["observation", "event", "treatment"]
    id: int
    code: str
    effective_at: datetime
    value: float | str | None
    unit: str


@dataclass(frozen=True, slots=True)
class Setting:
    """One number of a rule that a team may change: named, with its unit, its default and where that comes from."""

    name: str
    default: float
    unit: str
    source: str
    low: float
    high: float


Settings = Mapping[str, float]
"""Values by setting name; a rule reads what it declared, with defaults filled in."""


def number_of(history: History, setting: Setting) -> float:
    """Return what a number is for a patient: what was chosen, else its default. For what is no rule: to-dos, phases, figures."""
    return history.settings.get(setting.name, setting.default)


@dataclass(frozen=True, slots=True)
class Finding:
    """The rule holds at `at`. Dates, values and limits only, never elapsed days: it does not change while nothing happens.

    `sentence` is plain, with units; its first sentence is enough alone. `arithmetic` shows the numbers; `clears_when` says
    what would end it. `threshold` and `measure` tell worse evidence from same: worse is `measure` below by one more step.
    `latching` findings need a person to close them. `level` counts further thresholds passed (escalation within a severity).
    """

    rule: str
    rule_version: int
    subject: str
    severity: Severity
    sentence: str
    arithmetic: tuple[str, ...]
    clears_when: str
    evidence: tuple[Evidence, ...]
    threshold: str
    citation: str
    telling: Telling = Telling.USUAL
    latching: bool = False
    level: int = 0
    numbers: Mapping[str, float] = field(default_factory=dict)
    """Named numbers of the arithmetic (baseline, limit95, limit99, result …), canonical units, for drawing and replay."""
    settings: Mapping[str, float] = field(default_factory=dict)
    """The rule's numbers that were chosen for the patient, by name; others had their default. Filled in by who asks the rule."""
    since: datetime | None = None
    """When the present bout began: the first result that held after the last result that was good again."""


@dataclass(frozen=True, slots=True)
class Clear:
    """The condition is judged and does not hold: the only answer that recovers an alert."""

    rule: str
    subject: str


@dataclass(frozen=True, slots=True)
class CannotJudge:
    """Too little is known; says why. Leaves an open alert open."""

    rule: str
    subject: str
    reason: str


Answer = Finding | Clear | CannotJudge


@dataclass(frozen=True, slots=True)
class Judgment:
    """All answers of one rule on one history, and the earliest time at which one could change with no new fact."""

    answers: tuple[Answer, ...]
    recheck_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """A watch: pure `judge(history, settings, at)`, with what the clinician sees about it as fields."""

    name: str
    title: str
    version: int
    thresholds: tuple[str, ...]
    rationale: str
    citation: str
    settings: tuple[Setting, ...]
    judge: Callable[[History, Settings, datetime], Judgment]

    def resolved(self, chosen: Settings) -> dict[str, float]:
        """Return every declared setting: the chosen value where there is one, the default otherwise."""
        return {setting.name: chosen.get(setting.name, setting.default) for setting in self.settings}
