"""Whether a row is of the patient whose file it is: by birth date, sex and name, as far as both sides tell them. Pure.

What does not fit is for a person. No message says a name.
"""

import re
import unicodedata
from datetime import date
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from patients.instants import read_instant
from patients.noting import Notes
from patients.parsers.raw import RawResult
from patients.wordings import absent_reason_of, folded_word, is_blank

SEXES: Final = {
    word: sex
    for sex, words in {
        "male": "male m man boy männlich mann homme masculin h garçon мужской муж муж. м",
        "female": "female f w woman girl weiblich frau femme féminin fille женский жен жен. ж",
    }.items()
    for word in map(folded_word, words.split())
}
OTHER_PERSON: Final = "other_person"
"""The code of what is said of a row that does not fit the patient."""
PARTICLES: Final = frozenset(
    {
        "al", "bin", "da", "de", "del", "den", "der", "des", "di", "dos", "du", "el", "la", "le", "les", "ten", "ter", "van", "vom",
        "von", "zu", "zum", "zur",
    }
)  # fmt: skip
"""Many have these in common who are not one person."""
_WORD: Final = re.compile(r"[^\W\d_]+")
_UMLAUT: Final = re.compile("(?<=[aou])e")


def check(raw: RawResult, notes: Notes, *, birth_date: date | None, sex: str, name: str) -> None:
    """Hold a row whose birth date, sex or name is not that of the patient."""
    if raw.birth_date.strip() and birth_date:
        born = read_instant(raw.birth_date.strip()[:10], ZoneInfo("UTC"))
        if born is None:
            notes.inform("unread_birth_date", "The birth date could not be read.", raw.birth_date)
        elif born.day != birth_date:
            notes.hold(OTHER_PERSON, "The birth date is not that of this patient.", raw.birth_date)
    if raw.sex.strip() and sex:
        told = SEXES.get(folded_word(raw.sex))
        if told is None:
            notes.inform("unread_sex", "The sex could not be read.", raw.sex)
        elif told != sex:
            notes.hold(OTHER_PERSON, "The sex is not that of this patient.", raw.sex)
    if raw.person and not may_be_one(raw.person, name):
        notes.hold(OTHER_PERSON, "The name is not that of this patient.")


@lru_cache(maxsize=4096)
def may_be_one(written: str, known: str) -> bool:
    """Say whether two names can be of one person: they share a word, in any order, or one gives fitting initials only.

    A name that says nothing fits everybody.
    """
    if is_blank(written) or absent_reason_of(written):
        return True
    one, other = _words(written), _words(known)
    if not one or not other:
        return True
    if any(len(word) > 1 for word in one & other):
        return True
    return _are_initials(one, other) or _are_initials(other, one)


def _are_initials(short: frozenset[str], full: frozenset[str]) -> bool:
    """Say whether a name of single letters abbreviates another."""
    return all(len(word) == 1 for word in short) and short <= {word[0] for word in full}


def _words(name: str) -> frozenset[str]:
    """Return the words of a name without case, accents and particles; an umlaut written as two letters is the same."""
    apart = unicodedata.normalize("NFKD", name.casefold())
    plain = "".join(letter for letter in apart if not unicodedata.combining(letter))
    words = frozenset(_UMLAUT.sub("", word) for word in _WORD.findall(plain))
    return words - PARTICLES or words
