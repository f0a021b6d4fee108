"""Exacerbations proposed from dated evidence, never stored: clinical specification, B3. Pure.

No definition of an exacerbation is agreed upon; this one is printed where it is used (`RULE_WORDS`). Each sign has points. A
proposal needs enough of them within some days, from two sources at least: of one source only the strongest sign counts, for the
same bleed is seen again and again. It begins with the first sign of these days, and ends so many days after the last sign that
follows without a longer gap. What a physician decided absorbs the signs of its days: they propose nothing any more.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Literal

SOURCES: Final = 2
"""Sources that must speak for an exacerbation (B3)."""

Source = Literal[
    "hemoptysis", "film", "hemoglobin", "sputum", "oxygen", "reticulocytes", "steroid", "lavage", "physician"
]
NAMES: Final[dict[Source, str]] = {
    "hemoptysis": "hemoptysis",
    "film": "chest film",
    "hemoglobin": "hemoglobin",
    "sputum": "sputum",
    "oxygen": "oxygen",
    "reticulocytes": "reticulocytes",
    "steroid": "steroid dose",
    "lavage": "lavage",
    "physician": "physician",
}
RULE_WORDS: Final = (
    "An exacerbation is proposed where signs reach {enough} points within {within} days, from two sources at least, each counted "
    "once. 4: a physician’s word. 3: new foci or stage III, a hemorrhagic lavage, hemoglobin more than 10 % below own baseline or "
    "sharply fallen. 2: hemoglobin below own baseline, hemoptysis of a teaspoon and more or increased, a steroid raised. 1: "
    "siderophages after none or red cells in sputum, a new need for oxygen or saturation down by 4, raised reticulocytes without a "
    "rise of hemoglobin. It ends after {within} days without a sign; starts closer than {apart} days are one. No definition is "
    "agreed upon."
)


@dataclass(frozen=True, slots=True)
class Terms:
    """What makes an exacerbation (B3): `enough` points `within` some days, over after as many without a sign; starts closer than
    `apart` days are one."""

    enough: int = 4
    within: int = 14
    apart: int = 28

    @property
    def words(self) -> str:
        """The rule, as screens print it."""
        return RULE_WORDS.format(enough=self.enough, within=self.within, apart=self.apart)


@dataclass(frozen=True, slots=True)
class Sign:
    """One dated sign: its points, its source, what it says, and the row that says it. `day` is the patient's own."""

    at: datetime
    day: date
    points: int
    source: Source
    words: str
    kind: Literal["observation", "event", "treatment"]
    id: int


@dataclass(frozen=True, slots=True)
class Span:
    """Days from a first to a last one, both included."""

    first: date
    last: date

    def holds(self, day: date) -> bool:
        """Whether a day is one of these."""
        return self.first <= day <= self.last

    def meets(self, other: "Span") -> bool:
        """Whether two spans have a day in common."""
        return self.first <= other.last and other.first <= self.last


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposed exacerbation with its signs, oldest first: from the first of them to `end`, a while after the last one."""

    start: date
    end: date
    signs: tuple[Sign, ...]

    @property
    def last_sign(self) -> date:
        """The day of the last sign."""
        return self.signs[-1].day

    @property
    def points(self) -> int:
        """The points of its sources, each counted once."""
        return strength(self.signs)

    @property
    def span(self) -> Span:
        """Its days."""
        return Span(self.start, self.end)


def strength(signs: Sequence[Sign]) -> int:
    """Return the points of signs: of each source the strongest one."""
    return sum(best_of(signs).values())


def best_of(signs: Sequence[Sign]) -> dict[Source, int]:
    """Return the strongest sign's points by source."""
    best: dict[Source, int] = {}
    for sign in signs:
        best[sign.source] = max(sign.points, best.get(sign.source, 0))
    return best


def free(signs: Sequence[Sign], decided: Sequence[Span]) -> list[Sign]:
    """Return the signs that lie in no decided days: those are absorbed."""
    return [sign for sign in signs if not any(span.holds(sign.day) for span in decided)]


def proposals(signs: Sequence[Sign], terms: Terms, decided: Sequence[Span] = ()) -> tuple[Proposal, ...]:
    """Return what signs propose and no decision meets, oldest first.

    The order of signs does not matter; of what one row says twice the stronger counts.
    """
    strongest: dict[tuple[str, str, int], Sign] = {}
    for sign in sorted(signs, key=lambda one: one.points):
        strongest[sign.source, sign.kind, sign.id] = sign
    ordered = sorted(strongest.values(), key=lambda one: (one.day, one.at, one.source, one.kind, one.id))
    found = _joined(_found(free(ordered, decided), terms), terms)
    return tuple(one for one in found if not any(span.meets(one.span) for span in decided))


def _found(ordered: Sequence[Sign], terms: Terms) -> Iterator[Proposal]:
    """Yield proposals, each from the first days that hold enough on."""
    place = 0
    while place < len(ordered):
        window = [sign for sign in ordered[place:] if (sign.day - ordered[place].day).days <= terms.within]
        if not _is_enough(window, terms):
            place += 1
            continue
        end = place + 1
        while end < len(ordered) and (ordered[end].day - ordered[end - 1].day).days <= terms.within:
            end += 1
        yield _proposal(tuple(ordered[place:end]), terms)
        place = end


def _is_enough(window: Sequence[Sign], terms: Terms) -> bool:
    """Whether signs of some days make an exacerbation: a physician's word alone does."""
    best = best_of(window)
    return "physician" in best or (sum(best.values()) >= terms.enough and len(best) >= SOURCES)


def _proposal(signs: tuple[Sign, ...], terms: Terms) -> Proposal:
    """Return the proposal that signs make."""
    return Proposal(signs[0].day, signs[-1].day + timedelta(days=terms.within), signs)


def _joined(found: Iterator[Proposal], terms: Terms) -> Iterator[Proposal]:
    """Yield proposals, those that begin close to the one before as one with it."""
    current: Proposal | None = None
    newest = date.min
    for one in found:
        if current is not None and (one.start - newest).days < terms.apart:
            current = _proposal((*current.signs, *one.signs), terms)
        else:
            if current is not None:
                yield current
            current = one
        newest = one.start
    if current is not None:
        yield current
