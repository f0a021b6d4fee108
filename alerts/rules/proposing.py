"""Exacerbations proposed while the steady state of hemoglobin is walked, result by result. Pure.

Clinical specification, B3, "evaluate forward": a result is judged against a baseline that leaves out what was proposed from signs
before it, and a low result is a sign itself for what comes after. So no result is judged by what it proposes.
"""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from alerts.episodes import Proposal, Sign, Span, Terms, proposals
from alerts.rules import evidence
from alerts.rules.circumstances import end_of_day
from alerts.rules.results import Results
from alerts.rules.rule import Setting, number_of
from alerts.rules.steady import Walk
from patients.history import History

ENOUGH: Final = Setting("episode_points", 4, "1", "clinical specification B3: points of an exacerbation", 3, 8)
WITHIN: Final = Setting(
    "episode_days", 14, "d", "clinical specification B3: evidence within 14 days, over after 14 without", 7, 28
)
MERGED: Final = Setting("merged_days", 28, "d", "clinical specification B3: starts closer than 28 days merge", 7, 90)
LEAST: Final = Setting(
    "remission_least_days", 28, "d", "clinical specification B3: remissions of 28 days and more", 7, 90
)
OF_TERMS: Final = (ENOUGH, WITHIN, MERGED)
SETTINGS: Final = (*OF_TERMS, LEAST)
FALLEN, FAR_FALLEN = 2, 3
"""Points of a hemoglobin below the own baseline: R2, and R2+ (B3)."""


def terms_of(history: History) -> Terms:
    """Return what makes an exacerbation of a patient."""
    return Terms(*(int(number_of(history, setting)) for setting in OF_TERMS))


@dataclass(slots=True)
class Proposing:
    """The signs known so far and what they propose; `spans` run from a first sign to the end of a last day, in seconds."""

    terms: Terms
    decided: Sequence[Span]
    others: list[Sign]
    """Signs that the walk does not see, oldest first."""
    is_far: Callable[[Walk, int], bool]
    """Whether a low result is below the limit of R2+."""
    low: list[Sign] = field(default_factory=list)
    spans: list[tuple[float, float]] = field(default_factory=list)
    counted: tuple[int, int] = (0, 0)

    def before(self, time: float) -> list[tuple[float, float]]:
        """Return the spans of what signs before a moment propose; the same list while there is no new one."""
        known = bisect_left(self.others, time, key=lambda sign: sign.at.timestamp())
        lower = bisect_left(self.low, time, key=lambda sign: sign.at.timestamp())
        if (known, lower) != self.counted:
            self.counted = known, lower
            found = proposals([*self.others[:known], *self.low[:lower]], self.terms, self.decided)
            self.spans = [(one.signs[0].at.timestamp(), end_of_day(one.end).timestamp()) for one in found]
        return self.spans

    def fell(self, index: int, path: Walk) -> None:
        """Take in a low result: one that is higher than the low one before it is the way back, and no sign."""
        values, lows = path.results.values, path.lows
        if len(lows) > 1 and values[index] > values[lows[-2]]:
            return
        far = self.is_far(path, index)
        words = "hemoglobin far below own baseline" if far else "hemoglobin below own baseline"
        points, when = FAR_FALLEN if far else FALLEN, path.results.when(index)
        one = evidence.sign(
            path.results.history, when, points, "hemoglobin", words, "observation", path.results.ids[index]
        )
        self.low.append(one)

    def all(self) -> tuple[Proposal, ...]:
        """Return what all signs propose."""
        return proposals([*self.others, *self.low], self.terms, self.decided)


def proposing(results: Results, is_far: Callable[[Walk, int], bool]) -> Proposing | None:
    """Return what the walk of a patient's results takes its proposals from; None where no sign but hemoglobin is known."""
    decided = evidence.decided(results.history, results.at)
    others = evidence.signs(results)
    return Proposing(terms_of(results.history), decided, others, is_far) if others else None
