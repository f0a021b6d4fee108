"""Which open alerts of one patient tell one story: a bleeding in its parts (hemoglobin falls, siderophages, new foci). Pure.

Alerts stay one a subject, each with its own life; a story is only how they are shown and told. So nothing of it is stored, and it
grows or ends with its parts. Clinical specification, B0 (one card) and B3 (starts closer than 28 days are one exacerbation).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from alerts.rules.proposing import MERGED
from alerts.rules.rule import Severity

APART: Final = timedelta(days=MERGED.default)
"""Signs of bleeding no further apart are one (clinical specification B3: starts closer than 28 days merge)."""
HEMOGLOBIN, RETICULOCYTES, FILM, SPUTUM, HEMOPTYSIS = "hemoglobin", "reticulocytes", "film", "sputum", "hemoptysis"
BLEEDING: Final[Mapping[str, str]] = {
    "hemoglobin_fall": HEMOGLOBIN,
    "hemoglobin_acute": HEMOGLOBIN,
    "hemoglobin_severe": HEMOGLOBIN,
    "hemoglobin_grade": HEMOGLOBIN,
    "hemoglobin_relapse": HEMOGLOBIN,
    "hemoglobin_slope": HEMOGLOBIN,
    "reticulocytes_raised": RETICULOCYTES,
    "film_new_foci": FILM,
    "film_stage_worse": FILM,
    "film_migrating": FILM,
    "sputum_silent_bleeding": SPUTUM,
    "hemoptysis": HEMOPTYSIS,
    "severe_bleeding": HEMOPTYSIS,
    "steroid_relapse_after_step": "",
}
"""Rules that speak of bleeding into the lung, each with the source it speaks from; "" rests on what others found."""
BESIDE: Final[frozenset[str]] = frozenset({"iron_deficiency"})
"""Rules that say more of a bleeding where they are more than low: a lack of iron beside a fall is iron that went into the lung
(clinical specification B2: "info; warning with Hb fall"). By themselves they are no sign of one."""
ALONE: Final[Mapping[str, str]] = {
    HEMOGLOBIN: "Hemoglobin falling",
    RETICULOCYTES: "Reticulocytes raised",
    FILM: "Film is worse",
    SPUTUM: "Siderophages",
    HEMOPTYSIS: "Blood coughed up",
}
"""What a story of one source is called."""
LIKELY: Final = "Likely exacerbation"
"""What one of several sources is called: two independent signs are what proposes an exacerbation (B3)."""


@dataclass(frozen=True, slots=True)
class Part:
    """One open alert, as far as its story depends on it: `start` and `end` are the span of what it found."""

    id: UUID
    rule: str
    severity: int
    raised_at: datetime
    start: datetime
    end: datetime

    @property
    def rank(self) -> tuple[int, datetime, str]:
        """Return the order among parts: the most severe first, of equals the longest open."""
        return (-self.severity, self.raised_at, str(self.id))


@dataclass(frozen=True, slots=True)
class Story:
    """Alerts that are one matter, the worst first. `title` is empty where there is only one; `since` is the first sign."""

    parts: tuple[Part, ...]
    title: str
    since: datetime

    @property
    def id(self) -> UUID:
        """Return the id of the alert that was raised first."""
        return min(self.parts, key=lambda part: (part.raised_at, str(part.id))).id

    @property
    def worst(self) -> Part:
        """Return the part that comes first."""
        return self.parts[0]


def as_part(
    identity: UUID,
    rule: str,
    severity: int,
    raised_at: datetime,
    *,
    results: Iterable[datetime],
    since: datetime | None,
) -> Part:
    """Return an alert as its story sees it: from the beginning of its bout to its newest result, or as it was raised."""
    known = [*results, *([] if since is None else [since])] or [raised_at]
    return Part(identity, rule, severity, raised_at, min(known), max(known))


def stories(parts: Iterable[Part]) -> tuple[Story, ...]:
    """Return the stories of one patient's open alerts, each alert in exactly one; the order of `parts` does not matter.

    The one with the most severe part first, of equals the one whose worst part is open longest.
    """
    everything = tuple(parts)
    bleeding = sorted((one for one in everything if one.rule in BLEEDING), key=lambda one: (one.start, one.rank))
    groups = _merged(bleeding)
    spans = [(min(one.start for one in group), max(one.end for one in group), group) for group in groups]
    for one in everything:
        if one.rule in BLEEDING:
            continue
        near = [group for start, end, group in spans if _is_beside(one, start, end)]
        if near:
            near[-1].append(one)
        else:
            groups.append([one])
    return tuple(sorted((_story(group) for group in groups), key=lambda one: one.worst.rank))


def _is_beside(part: Part, start: datetime, end: datetime) -> bool:
    """Whether an alert says more of a bleeding whose signs span these times."""
    told = part.rule in BESIDE and part.severity > Severity.LOW
    return told and start - part.end <= APART and part.start - end <= APART


def _merged(parts: Sequence[Part]) -> list[list[Part]]:
    """Group spans, in the order in which they begin: one that begins within 28 days of the end of those before joins them."""
    groups: list[list[Part]] = []
    reach: datetime | None = None
    for part in parts:
        if reach is not None and part.start - reach <= APART:
            groups[-1].append(part)
            reach = max(reach, part.end)
        else:
            groups.append([part])
            reach = part.end
    return groups


def _story(group: Sequence[Part]) -> Story:
    """Return the story of a group."""
    sources = {BLEEDING.get(part.rule, "") for part in group} - {""}
    title = LIKELY if len(sources) > 1 else next((ALONE[one] for one in sources), "")
    since = min(part.start for part in group if part.rule in BLEEDING or len(group) == 1)
    return Story(tuple(sorted(group, key=lambda part: part.rank)), title if len(group) > 1 else "", since)
