"""What the columns of a table are: roles by heading in four languages, and analytes with the unit in the heading."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from patients.analyte_names import NameState, by_name, find_analyte, folded_name, is_loinc, names_of_language
from patients.analytes import lines
from patients.units import candidates

HEADING_LENGTH = 200


@cache
def _roles() -> dict[str, str]:
    """Return folded headings with their role; the first role in the file goes before later ones."""
    known: dict[str, str] = {}
    for line in lines("headings.csv"):
        known.setdefault(folded_name(line["heading"]), line["role"])
    return known


@cache
def _languages() -> dict[str, str]:
    """Return folded headings and names of analytes that belong to one language."""
    found: dict[str, set[str]] = {}
    for line in lines("headings.csv"):
        found.setdefault(folded_name(line["heading"]), set()).add(line["language"])
    return {heading: next(iter(one)) for heading, one in found.items() if len(one) == 1} | names_of_language()


@lru_cache(maxsize=4096)
def role_of(heading: str) -> str:
    """Return the role of a heading (`value`, `unit`, `effective_at` … as in data/headings.csv), "" where unknown."""
    return _roles().get(folded_name(heading), "") if len(heading) <= HEADING_LENGTH else ""


def language_of(cells: Iterable[str]) -> str:
    """Return the language that most headings and names are of: "en", "de", "fr", "ru", or "" where none leads."""
    votes = Counter(_languages()[folded] for cell in cells if (folded := folded_name(cell)) in _languages())
    ranked = votes.most_common(2)
    if not ranked or (len(ranked) == 2 and ranked[0][1] == ranked[1][1]):
        return ""
    return ranked[0][0]


@dataclass(frozen=True, slots=True)
class NamedColumn:
    """A heading (or row label) that names an analyte: the name and the unit within it, "" where it gives none."""

    name: str
    unit: str


_BRACKETED = re.compile(r"(?P<name>.*\S)\s*[(\[](?P<unit>[^()\[\]]*(?:\[[^\[\]]*\][^()\[\]]*)?)[)\]]\s*")


def _splits(heading: str) -> list[tuple[str, str]]:
    """Return the ways to divide a heading into name and unit: brackets, comma, last words, underscores."""
    found = []
    if match := _BRACKETED.fullmatch(heading):
        found.append((match["name"], match["unit"]))
    for separator in (",", ";", ":", " in "):
        name, middle, unit = heading.rpartition(separator)
        if middle:
            found.append((name, unit))
    words = heading.split()
    found += [(" ".join(words[:count]), " ".join(words[count:])) for count in range(len(words) - 1, 0, -1)]
    parts = heading.split("_")
    for count in range(len(parts) - 1, 0, -1):
        name = " ".join(parts[:count])
        found += [(name, "/".join(parts[count:])), (name, "".join(parts[count:]))]
    return [(name.strip(" ,;:"), unit.strip()) for name, unit in found if name.strip() and unit.strip()]


@lru_cache(maxsize=4096)
def analyte_column(heading: str) -> NamedColumn | None:
    """Return the analyte's name and the unit that a heading states, None where it names no analyte.

    "Hemoglobin (g/dL)", "Ferritin, µg/l", "hgb_g_dL", "wbc_e9_L"; a heading without unit gives none.
    """
    heading = heading.strip()
    if not heading or len(heading) > HEADING_LENGTH:
        return None
    for name, unit in _splits(heading):
        if candidates(unit) and by_name(name) and any(one.conversion_of(unit) for one in by_name(name)):
            return NamedColumn(name, unit)
    if by_name(heading) or (is_loinc(heading) and find_analyte(heading, "").state is NameState.FOUND):
        return NamedColumn(heading, "")
    spaced = heading.replace("_", " ")
    return NamedColumn(spaced, "") if by_name(spaced) else None


def names_other_test(heading: str) -> bool:
    """Say whether a heading names a test that is known and not followed (sodium)."""
    names = [heading, *(name for name, unit in _splits(heading) if candidates(unit))]
    return any(find_analyte("", name).state is NameState.NOT_FOLLOWED for name in names)


def roles_of(cells: Sequence[str]) -> dict[str, int]:
    """Return the columns by role; where two headings have one role, the first is meant."""
    roles: dict[str, int] = {}
    for index, cell in enumerate(cells):
        if role := role_of(cell):
            roles.setdefault(role, index)
    return roles
