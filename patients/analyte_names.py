"""Which analyte a laboratory means: by our code, a LOINC, a name or an abbreviation in four languages.

Only exact matches count, after what does not matter is folded away; nothing is guessed by likeness. What many
laboratories report and no rule reads (sodium, cholesterol) is known as such, so that it is not asked about.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache

from patients.analytes import Analyte, catalogue, lines
from patients.units import candidates

NAME_LENGTH = 200
"""A longer text is no name of a test."""
ABBREVIATION_LENGTH = 4


class NameState(StrEnum):
    """What came of looking for an analyte."""

    FOUND = "found"
    NOT_FOLLOWED = "not followed"
    AMBIGUOUS = "ambiguous"
    CONFLICT = "conflict"
    UNKNOWN_CODE = "unknown code"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Match:
    """The analyte that was meant; unless FOUND, the analytes that come into question, for a person to choose."""

    state: NameState
    analytes: tuple[Analyte, ...] = ()


_LOOKALIKES = str.maketrans("авсекнмортух", "abcekhmoptyx")
_BRACKETS = re.compile(r"\[[^\[\]]*\]|\([^()]*\)")
_SIGNS = re.compile(r"[^0-9a-z%#+α-ωа-я]+")
_QUALIFIERS = re.compile(
    r"\b(?:by automated count|automated count|auto|serum or plasma|serum/plasma|i\.? ?[sp]\.?"
    r"|(?:(?:im|in|au|dans le|dans la|в)\s+)?(?:serum|plasma|blood|whole blood|blut|vollblut|edta-blut|edta|sang|serique"
    r"|sanguin|plasmatique|сыворотке|сыворотки|крови|кровь|плазме|плазмы|сывороточное|сывороточный))\b"
)
_URINE = re.compile(r"\b(?:urine|urin|harn|urinalysis|urinaire|моча|мочи|моче|u)\b", re.IGNORECASE)


@lru_cache(maxsize=8192)
def folded_name(written: str) -> str:
    """Return a name without case, accents, punctuation and look-alike letters; `%`, `#` and `+` keep their meaning."""
    text = unicodedata.normalize("NFKD", written[:NAME_LENGTH]).casefold()
    text = "".join(letter for letter in text if not unicodedata.combining(letter))
    return _SIGNS.sub(" ", text).translate(_LOOKALIKES).strip()


def _stripped(written: str) -> list[str]:
    """Return the folded name as written, then without brackets, then without the word for blood or serum."""
    bare = _BRACKETS.sub(" ", written)
    text = "".join(c for c in unicodedata.normalize("NFKD", bare).casefold() if not unicodedata.combining(c))
    return list(dict.fromkeys(map(folded_name, (written, bare, _QUALIFIERS.sub(" ", text)))))


@cache
def _names() -> dict[str, tuple[str, ...]]:
    """Return folded names and abbreviations with the codes they stand for; our own codes and names among them."""
    known: dict[str, tuple[str, ...]] = {}
    pairs = [(line["name"], line["code"]) for line in lines("names.csv") if line["language"] != "loinc"]
    pairs += [(one.code, one.code) for one in catalogue().values()]
    pairs += [(one.name, one.code) for one in catalogue().values()]
    for name, code in pairs:
        key = folded_name(name)
        known[key] = tuple(dict.fromkeys((*known.get(key, ()), code)))
    return known


@cache
def _loincs() -> dict[str, str]:
    """Return every LOINC of the catalogue with our code."""
    known = {loinc: one.code for one in catalogue().values() for loinc in (one.loinc, *one.other_loincs) if loinc}
    return known | {line["name"]: line["code"] for line in lines("names.csv") if line["language"] == "loinc"}


@cache
def _others() -> tuple[frozenset[str], frozenset[str]]:
    """Return the folded names and the LOINCs of tests that are not followed."""
    found = lines("other_tests.csv")
    return (
        frozenset(folded_name(line["name"]) for line in found if line["kind"] == "name"),
        frozenset(line["name"] for line in found if line["kind"] == "loinc"),
    )


@cache
def names_of_language() -> dict[str, str]:
    """Return folded names that belong to one language only, with it ("en", "de", "fr", "ru").

    Abbreviations tell no language: a German laboratory writes "Hb" and "MCV" too.
    """
    languages: dict[str, set[str]] = {}
    for line in lines("names.csv"):
        if line["language"] != "loinc":
            languages.setdefault(folded_name(line["name"]), set()).add(line["language"])
    return {
        name: next(iter(found))
        for name, found in languages.items()
        if len(found) == 1 and len(name) > ABBREVIATION_LENGTH
    }


_LOINC = re.compile(r"([0-9]{1,7})-([0-9])")


def is_loinc(code: str) -> bool:
    """Say whether a code has the form of a LOINC and its check digit (mod 10, as in LOINC Users' Guide, appendix C)."""
    match = _LOINC.fullmatch(code)
    if not match:
        return False
    digits = [int(digit) for digit in reversed(match[1])]
    doubled = int("".join(str(digit) for digit in reversed(digits[::2]))) * 2
    total = sum(map(int, str(doubled))) + sum(digits[1::2])
    return (10 - total % 10) % 10 == int(match[2])


def by_loinc(code: str) -> Analyte | None:
    """Return the analyte of a LOINC of the catalogue."""
    found = _loincs().get(code)
    return catalogue()[found] if found else None


def by_name(written: str) -> tuple[Analyte, ...]:
    """Return the analytes that a name or abbreviation, or one of our codes, stands for; mostly one or none."""
    for key in _stripped(written):
        if key and (codes := _names().get(key)):
            return tuple(catalogue()[code] for code in codes)
    return ()


def _is_other(written: str) -> bool:
    return any(key in _others()[0] for key in _stripped(written))


def _in_urine(name: str, where: str) -> tuple[Analyte, ...]:
    """Return the analytes of a name in a urine section, where "protein" is not the serum protein."""
    found = by_name(f"urine {name}")
    return found or tuple(one for one in by_name(name) if one.category == "urine") if where else ()


def _measurable(analytes: tuple[Analyte, ...], unit: str) -> tuple[Analyte, ...]:
    """Return those that list the unit; where a share is named in the unit of a count, the count."""
    codes = candidates(unit)
    listing = tuple(one for one in analytes if {one.unit, *(other.unit for other in one.other_units)} & set(codes))
    if listing:
        return listing
    able = tuple(one for one in analytes if one.conversion_of(unit))
    if able or not codes:
        return able
    counts = tuple(catalogue()[COUNTS[one.code]] for one in analytes if one.code in COUNTS)
    return tuple(one for one in counts if one.conversion_of(unit))


COUNTS = {"NEUT_SEG": "NEUT_ABS", "RETIC": "RETIC_ABS"}
"""Reported under one name as a share or as a count: the unit decides."""
_SHARES_ONLY = frozenset({"LYMPH", "MONO", "EOS", "BASO", "NEUT_BAND"})
"""Followed as shares; their counts are not in the catalogue."""


@lru_cache(maxsize=8192)
def find_analyte(code: str, name: str, unit: str = "", section: str = "") -> Match:
    """Return the analyte of a code and a name as written; the unit and the section (specimen) tell doubles apart.

    `code` is one of ours, a LOINC, or a laboratory's abbreviation; either may be "". A code and a name that mean two
    different analytes are a CONFLICT. A LOINC that is not in the catalogue is UNKNOWN_CODE where its name is known
    (hemoglobin by another method), else NOT_FOLLOWED.
    """
    in_urine = bool(_URINE.search(section))
    named = _in_urine(name, section) if in_urine else by_name(name)
    coded = by_loinc(code)
    if coded is None and code:
        coded_as = _in_urine(code, section) if in_urine else by_name(code)
        if is_loinc(code):
            return _unknown_loinc(code, name)
        if not coded_as and _is_other(code):
            return Match(NameState.NOT_FOLLOWED)
        coded = coded_as[0] if len(coded_as) == 1 else None
        named = named or coded_as
    if coded and named and coded not in named and COUNTS.get(named[0].code) != coded.code:
        return Match(NameState.CONFLICT, (coded, *named))
    return _chosen((coded,) if coded else named, unit, other=_is_other(name), in_urine=in_urine)


def _unknown_loinc(code: str, name: str) -> Match:
    """Judge a LOINC that is not in the catalogue: its name may still be that of an analyte by another method."""
    if code in _others()[1] or _is_other(name):
        return Match(NameState.NOT_FOLLOWED)
    alike = by_name(name) or by_name(name.partition(" [")[0])
    return Match(NameState.UNKNOWN_CODE, alike) if alike or not name.strip() else Match(NameState.NOT_FOLLOWED)


def _chosen(analytes: tuple[Analyte, ...], unit: str, *, other: bool, in_urine: bool) -> Match:
    """Choose among the analytes that a name can mean by the unit; in doubt ask."""
    if not analytes:
        return Match(NameState.NOT_FOLLOWED if other or in_urine else NameState.UNKNOWN)
    able = _measurable(analytes, unit)
    if len(able) == 1:
        return Match(NameState.FOUND, able)
    if len(analytes) == 1:
        counted = any(
            code.endswith(("/L", "/uL", "/mm3")) and code.startswith(("10*", "/")) for code in candidates(unit)
        )
        if counted and analytes[0].code in _SHARES_ONLY:
            return Match(NameState.NOT_FOLLOWED)
        return Match(NameState.FOUND, analytes)
    return Match(NameState.AMBIGUOUS, able or analytes)
