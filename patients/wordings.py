"""Words for a number: what laboratories write for a status, a missing result, a finding or a flag, in four languages.

The words are in data/words.csv. A word that is not there means nothing here, and whoever asks holds the result.
"""

import unicodedata
from functools import cache, lru_cache

from patients.analytes import Analyte, lines

WORD_LENGTH = 60

_FALLBACKS = {"negative": ("negative", "not found", "none"), "positive": ("positive", "found")}
"""One word of a laboratory for what the catalogue names by the analyte: no siderophages are "not found"."""


@lru_cache(maxsize=4096)
def folded_word(written: str) -> str:
    """Return a word without case, accents and doubled spaces; signs keep their meaning."""
    text = unicodedata.normalize("NFKD", written[: WORD_LENGTH + 1]).casefold()
    return " ".join("".join(letter for letter in text if not unicodedata.combining(letter)).split())


@cache
def _meanings(kind: str) -> dict[str, tuple[str, ...]]:
    """Return the folded words of one kind with what they can mean."""
    known: dict[str, tuple[str, ...]] = {}
    for line in lines("words.csv"):
        if line["kind"] == kind:
            key = folded_word(line["word"])
            known[key] = (*known.get(key, ()), line["meaning"])
    return known


def _meaning(kind: str, written: str) -> str:
    return next(iter(_meanings(kind).get(folded_word(written), ())), "")


def status_of(written: str) -> str:
    """Return the FHIR observation status that a word, or an HL7 OBX-11 letter, means; "" where it is unknown."""
    return _meaning("status", written)


def absent_reason_of(written: str) -> str:
    """Return FHIR's data-absent-reason for a word in place of a result (hemolyzed: error); "" where it is none."""
    return _meaning("absent", written)


def is_blank(written: str) -> bool:
    """Say whether a cell holds nothing: empty, or a dash or the like put in the place of a result."""
    return not written.strip() or bool(_meaning("blank", written))


def flag_of(written: str) -> str:
    """Return the interpretation (L, LL, H, HH, N, A, AA as in HL7) that a flag means; "" where it is unknown."""
    return _meaning("flag", written)


def finding_word(analyte: Analyte, written: str) -> str:
    """Return the allowed word of an ordinal or coded analyte that a word means; "" where none or not clearly one.

    A grade in the analyte's own list goes before a word that several scales share.
    """
    folded = folded_word(written)
    if not folded:
        return ""
    own = next((word for word in analyte.allowed if folded_word(word) == folded), "")
    if own:
        return own
    found = []
    for meaning in _meanings("finding").get(folded, ()):
        found += [word for word in _FALLBACKS.get(meaning, (meaning,)) if word in analyte.allowed]
    return found[0] if len(set(found)) == 1 else ""


def amount_word(written: str) -> str:
    """Return the amount of a hemoptysis that a word means; "" where it is none."""
    amounts = {"streaks", "teaspoon", "moderate", "massive"}
    return next((word for word in _meanings("finding").get(folded_word(written), ()) if word in amounts), "")


def is_uncountable(written: str) -> bool:
    """Say whether a count of cells in a field is given as "all over the field": stored as above 100."""
    return ">100" in _meanings("finding").get(folded_word(written), ())
