"""How many alerts and to-dos a patient-year brings, beside what the design allows: at most 1.5 moderate or high, and 4 low. Pure.

Too many alerts are not read. What is read, taken on and mailed is a card: alerts that tell one story count once, by the most severe
of them (docs/decisions/0016); beside it stands how many alerts there were one by one. The count is of lives without people
(`alerts.reliving`): what somebody closed early, and what came back because of it, is not in it.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from alerts.reliving import Lived
from alerts.rewinding import Rewound, rewind
from alerts.rules.rule import Rule, Severity
from alerts.stories import BLEEDING
from alerts.todos import todos
from patients.history import History

YEAR: Final = timedelta(days=365.25)
URGENT_GOAL: Final = 1.5
LOW_GOAL: Final = 4.0
"""Cards a patient-year (the design's budget, overdue tests and taper included)."""
URGENT: Final = (Severity.MODERATE, Severity.HIGH)
LOOKED_AT: Final = timedelta(days=7)
"""How often the list of to-dos is looked at; what came and went between is not counted."""


@dataclass(frozen=True, slots=True)
class Span:
    """One patient's life as far as it is judged."""

    history: History
    start: datetime
    end: datetime

    @property
    def years(self) -> float:
        """How long it is."""
        return max(self.end - self.start, timedelta()) / YEAR


@dataclass(slots=True)
class Budget:
    """What was counted: `cards` by the highest severity they had, `of_bleeding` those of them that speak of bleeding, `by_rule`
    alerts by rule and severity."""

    patients: int = 0
    years: float = 0.0
    cards: Counter[Severity] = field(default_factory=Counter)
    of_bleeding: Counter[Severity] = field(default_factory=Counter)
    by_rule: Counter[tuple[str, Severity]] = field(default_factory=Counter)
    todos: int = 0
    failed: set[str] = field(default_factory=set)

    def add(self, other: "Budget") -> None:
        """Count what was counted elsewhere, too."""
        self.patients += other.patients
        self.years += other.years
        self.cards.update(other.cards)
        self.of_bleeding.update(other.of_bleeding)
        self.by_rule.update(other.by_rule)
        self.todos += other.todos
        self.failed |= other.failed

    def a_year(self, count: float) -> float:
        """Return a count per patient-year, 0 where nobody was followed."""
        return count / self.years if self.years else 0.0

    def of(self, *severities: Severity) -> float:
        """Return cards of these severities per patient-year."""
        return self.a_year(sum(self.cards[one] for one in severities))

    def alerts_of(self, *severities: Severity) -> float:
        """Return alerts of these severities per patient-year, one by one."""
        return self.a_year(sum(count for (_, severity), count in self.by_rule.items() if severity in severities))

    @property
    def urgent(self) -> float:
        """Moderate and high cards per patient-year."""
        return self.of(*URGENT)

    @property
    def urgent_of_bleeding(self) -> float:
        """Moderate and high cards per patient-year that speak of bleeding."""
        return self.a_year(sum(self.of_bleeding[one] for one in URGENT))

    @property
    def ok(self) -> bool:
        """Whether both goals are reached, somebody was followed, and no rule failed."""
        return bool(self.years) and not self.failed and self.urgent <= URGENT_GOAL and self.of(Severity.LOW) <= LOW_GOAL

    def as_json(self) -> dict[str, Any]:
        """Return the key `budget` of `backtest --json`."""
        return {
            "moderate_high_per_patient_year": round(self.urgent, 3),
            "low_per_patient_year": round(self.of(Severity.LOW), 3),
            "by_severity": {one.word: round(self.of(one), 3) for one in sorted(Severity, reverse=True)},
            "of_bleeding": {"moderate_high_per_patient_year": round(self.urgent_of_bleeding, 3)},
            "alerts": {
                "moderate_high_per_patient_year": round(self.alerts_of(*URGENT), 3),
                "low_per_patient_year": round(self.alerts_of(Severity.LOW), 3),
            },
            "todos_per_patient_year": round(self.a_year(self.todos), 3),
            "by_rule": [
                {"rule": rule, "severity": severity.word, "alerts": count, "per_patient_year": round(self.a_year(count), 4)}
                for (rule, severity), count in sorted(self.by_rule.items(), key=lambda one: (-one[1], one[0]))
            ],
            "goal": {"moderate_high_per_patient_year": URGENT_GOAL, "low_per_patient_year": LOW_GOAL},
            "failed": sorted(self.failed),
            "ok": self.ok,
        }  # fmt: skip


def spend(spans: Iterable[Span], rules: Sequence[Rule]) -> Budget:
    """Return what these lives would have brought."""
    found = Budget()
    for span in spans:
        found.add(spend_one(span, rules))
    return found


def spend_one(span: Span, rules: Sequence[Rule]) -> Budget:
    """Return what one life would have brought."""
    rewound = rewind(span.history, rules, span.history.settings, start=span.start, end=span.end)
    return Budget(
        patients=1,
        years=span.years,
        cards=Counter(_cards(rewound, lambda _: True)),
        of_bleeding=Counter(_cards(rewound, lambda rules: not rules.isdisjoint(BLEEDING))),
        by_rule=Counter((one.rule, one.severity) for one in rewound.raised),
        todos=_todos(span),
        failed=set(rewound.failed),
    )


def _cards(rewound: Rewound, counts: Callable[[set[str]], bool]) -> Iterator[Severity]:
    """Yield the highest severity of each card that came up and counts by its rules; what joined one of the first look is none."""
    parts: dict[int, list[Lived]] = {}
    for one in rewound.raised:
        parts.setdefault(one.matter, []).append(one)
    old = {one.matter for one in rewound.before}
    for matter, found in parts.items():
        if matter not in old and counts({one.rule for one in found}):
            yield max(one.severity for one in found)


def _todos(span: Span) -> int:
    """Return how many to-dos came up: those of the first look are old, and each is one as long as it has the same day."""
    seen: set[tuple[str, str, object]] = set()
    count, at = -1, span.start
    while at <= span.end:
        now = {(one.kind, one.subject, one.due_on) for one in todos(span.history, at=at)}
        count = 0 if count < 0 else count + len(now - seen)
        seen |= now
        at += LOOKED_AT
    return max(count, 0)
