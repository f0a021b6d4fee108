"""What a worklist is narrowed to, as its address says: the URL is the state, what it says wrongly is left out. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final
from urllib.parse import urlencode

from alerts.rules import RULES

TITLES: Final[Mapping[str, str]] = {rule.name: rule.title for rule in RULES}
TEXT_LENGTH: Final = 80
NUMBER_DIGITS: Final = 6


class Tab(StrEnum):
    """Which patients a list is about: who needs someone, everybody, the person's own, or who has a snoozed alert."""

    NEEDS = ""
    ALL = "all"
    MINE = "mine"
    SNOOZED = "snoozed"


class Acuity(StrEnum):
    """The groups of a worklist, the most urgent first. SILENT cannot be judged for want of data; CALM needs nobody.

    ASLEEP stands on the list of snoozed alerts alone.
    """

    HIGH = "high"
    MODERATE = "moderate"
    LOW = "low"
    SILENT = "silent"
    CALM = "calm"
    ASLEEP = "asleep"


SEVERITIES: Final[Mapping[str, str]] = {"high": "High", "moderate": "Moderate", "low": "Low", "silent": "No data"}
"""What may be asked for as a severity, and its words."""


@dataclass(frozen=True, slots=True)
class Chip:
    """An active filter: what it is, and the address of the list without it."""

    words: str
    without: str


@dataclass(frozen=True, slots=True)
class Filters:
    """What is asked for. `overdue` are patients with a test overdue, `unacknowledged` those with an alert that nobody took on."""

    tab: Tab = Tab.NEEDS
    team: int | None = None
    severity: str = ""
    rule: str = ""
    unacknowledged: bool = False
    overdue: bool = False
    text: str = ""
    page: int = 1

    @property
    def narrowed(self) -> bool:
        """Whether anything but the tab is chosen."""
        return replace(self, page=1) != Filters(tab=self.tab)

    @property
    def by_alert(self) -> bool:
        """Whether only patients with an open alert can match."""
        return bool(self.rule) or self.unacknowledged

    def address(self, **changes: Any) -> str:
        """Return the query of this list's address with some of it changed; on the first page unless a page is named."""
        other = replace(self, **{"page": 1, **changes})
        found = {
            "tab": other.tab.value,
            "team": other.team,
            "severity": other.severity,
            "rule": other.rule,
            "unacknowledged": "1" if other.unacknowledged else "",
            "overdue": "1" if other.overdue else "",
            "q": other.text,
            "page": other.page if other.page > 1 else "",
        }
        return "?" + urlencode({name: value for name, value in found.items() if value})

    def chips(self, teams: Mapping[int, str]) -> tuple[Chip, ...]:
        """Return the active filters; `teams` names those that the person may choose."""
        found = (
            (self.team is not None and f"Team: {teams.get(self.team, 'another')}", {"team": None}),
            (self.severity and f"Severity: {SEVERITIES.get(self.severity, '')}", {"severity": ""}),
            (self.rule and f"Rule: {TITLES.get(self.rule, self.rule)}", {"rule": ""}),
            (self.unacknowledged and "Unacknowledged", {"unacknowledged": False}),
            (self.overdue and "Test overdue", {"overdue": False}),
            (self.text and f"“{self.text}”", {"text": ""}),
        )
        return tuple(Chip(words, self.address(**changes)) for words, changes in found if words)


def read(asked: Mapping[str, str]) -> Filters:
    """Return the filters that an address asks for; what makes no sense is not asked for."""
    tab, severity, rule, team = (asked.get(name, "") for name in ("tab", "severity", "rule", "team"))
    return Filters(
        tab=Tab(tab) if tab in set(Tab) else Tab.NEEDS,
        team=_number(team),
        severity=severity if severity in SEVERITIES else "",
        rule=rule if rule in TITLES else "",
        unacknowledged=asked.get("unacknowledged") == "1",
        overdue=asked.get("overdue") == "1",
        text=" ".join(asked.get("q", "").replace("\0", "").split())[:TEXT_LENGTH].strip(),
        page=_number(asked.get("page", "")) or 1,
    )


def _number(text: str) -> int | None:
    """Return a whole number, None for what is none or too long to be meant."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= NUMBER_DIGITS else None
