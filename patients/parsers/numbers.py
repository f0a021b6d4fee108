"""Numbers as laboratories write them: comparator, decimal mark, thousands, a flag glued on. Pattern first, Decimal then.

Python's own Decimal and float read `1_0`, Arabic digits and NaN as numbers; a laboratory never means those, so only
what the patterns here allow becomes a number. What could be read in two ways is not read.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from patients.units import candidates

NUMBER_LENGTH = 40
"""No result is longer; a longer text is no number."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number as written. `doubt` says in one word why a person must look: glued, approximate, mark, separator."""

    value: Decimal
    comparator: str = ""
    flag: str = ""
    unit: str = ""
    doubt: str = ""


_COMPARATORS = {
    "<": "<", "<=": "<=", "=<": "<=", "≤": "<=", "⩽": "<=", ">": ">", ">=": ">=", "=>": ">=", "≥": ">=", "⩾": ">=",
    "less than": "<", "kleiner": "<", "unter": "<", "inferieur a": "<", "менее": "<", "меньше": "<", "до": "<",
    "more than": ">", "greater than": ">", "größer": ">", "über": ">", "более": ">", "больше": ">",
}  # fmt: skip
_WHOLE = re.compile(
    r"(?P<comparator><=|=<|>=|=>|[<>≤≥⩽⩾]|less than|greater than|more than|kleiner|größer|unter|über|менее|более|меньше"
    r"|больше)?\s*"
    r"(?P<about>[~≈]|ca\.|circa|около|env\.)?\s*"
    r"(?P<number>[+\-−]?(?:[0-9][0-9.,'’ \u00a0\u2009\u202f]*|[.,][0-9]+)(?:[eE][+\-]?[0-9]{1,2})?)"
    r"(?P<rest>.*)",
    re.IGNORECASE | re.DOTALL,
)
_SPACES = "'’ \u00a0\u2009\u202f"
_PLAIN = re.compile(r"[+-]?[0-9]{1,15}")
_DOT = re.compile(r"[+-]?(?:[0-9]{1,15}\.[0-9]{0,12}|\.[0-9]{1,12})")
_COMMA = re.compile(r"[+-]?(?:[0-9]{1,15},[0-9]{0,12}|,[0-9]{1,12})")
_DOT_GROUPS = re.compile(r"[+-]?[1-9][0-9]{0,2}(?:\.[0-9]{3})+(?P<fraction>,[0-9]{1,12})?")
_COMMA_GROUPS = re.compile(r"[+-]?[1-9][0-9]{0,2}(?:,[0-9]{3})+(?P<fraction>\.[0-9]{1,12})?")
_SPACE_GROUPS = re.compile(rf"[+-]?[1-9][0-9]{{0,2}}(?:[{_SPACES}][0-9]{{3}})+(?P<fraction>[.,][0-9]{{1,12}})?")
_EXPONENT = re.compile(r"(?P<mantissa>[^eE]+)[eE](?P<exponent>[+-]?[0-9]{1,2})")
_FLAG = re.compile(r"(?:\s*(?P<flag>HH|LL|[HL](?![A-Za-z])|[*!#+\-↑↓]{1,3}|\([HLhl+\-]\)))?\s*(?P<unit>.*)", re.DOTALL)


def _undecided(text: str) -> bool:
    """Say whether one group of three digits after a mark could be thousands or decimals (1.234; but 0.234, 12.34)."""
    return bool(re.fullmatch(r"[+-]?[1-9][0-9]{0,2}[.,][0-9]{3}", text))


def _without_groups(text: str) -> str | None:
    """Return digits with a dot where the grouping itself shows what is decimal, else None."""
    if match := _SPACE_GROUPS.fullmatch(text):
        return re.sub(f"[{_SPACES}]", "", text).replace(",", ".")
    for pattern, group, mark in ((_DOT_GROUPS, ".", ","), (_COMMA_GROUPS, ",", ".")):
        match = pattern.fullmatch(text)
        if match and (match["fraction"] or text.count(group) > 1):
            return text.replace(group, "").replace(mark, ".")
    return None


def mark_of(text: str) -> str:
    """Return the decimal mark that a number by itself proves: "." or ",", "" where it does not."""
    match = _WHOLE.fullmatch(text.strip()) if len(text) <= NUMBER_LENGTH else None
    if not match:
        return ""
    number = match["number"].strip()
    if _undecided(number):
        return ""
    if _DOT.fullmatch(number):
        return "."
    if _COMMA.fullmatch(number):
        return ","
    groups = _SPACE_GROUPS.fullmatch(number) or _DOT_GROUPS.fullmatch(number) or _COMMA_GROUPS.fullmatch(number)
    if not groups:
        return ""
    if groups["fraction"]:
        return groups["fraction"][0]
    return "" if " " in number else "," if "." in number else "." if "," in number else ""


def _decimal(text: str, mark: str) -> tuple[Decimal, str] | None:
    """Return the number and a doubt, "" where there is none; None where it is no number or could be two."""
    text = text.strip().replace("−", "-")
    exponent = 0
    if match := _EXPONENT.fullmatch(text):
        text, exponent = match["mantissa"], int(match["exponent"])
    if _PLAIN.fullmatch(text):
        return Decimal(text).scaleb(exponent), ""
    if (digits := _without_groups(text)) is not None:
        proven = mark_of(text)
        return Decimal(digits).scaleb(exponent), "separator" if mark and proven and proven != mark else ""
    if not (_DOT.fullmatch(text) or _COMMA.fullmatch(text)):
        return None
    own = "." if "." in text else ","
    if _undecided(text) and mark != own:
        return (Decimal(re.sub("[.,]", "", text)).scaleb(exponent), "") if mark else None
    doubt = "mark" if mark and mark != own else ""
    return Decimal(text.replace(",", ".")).scaleb(exponent), doubt


@lru_cache(maxsize=4096)
def parse_number(text: str, mark: str = ".") -> Number | None:
    """Return the number a cell holds; None where it holds none, or one that could be read in two ways.

    `mark` is the file's decimal mark, "" where it is not known. A number written with the other mark, an approximate
    one ("~98") and one with a flag or footnote glued on ("9,8 L", "112*") come with a `doubt`: they are proposals.
    A unit written behind it is given back as `unit`; behind any other text there is no number.
    """
    stripped = text.strip()
    if not stripped or len(stripped) > NUMBER_LENGTH:
        return None
    match = _WHOLE.fullmatch(stripped)
    if not match:
        return None
    rest = _FLAG.fullmatch(match["rest"].strip())
    decimal = _decimal(match["number"], mark)
    if decimal is None or rest is None:
        return None
    comparator = _COMPARATORS.get((match["comparator"] or "").casefold(), "")
    unit = rest["unit"].strip()
    if unit and not candidates(unit):
        return None
    flag = (rest["flag"] or "").strip("()").upper()
    doubt = decimal[1] or ("glued" if flag else "approximate" if match["about"] else "")
    return Number(decimal[0], comparator, flag, unit, doubt)


_RANGE = re.compile(
    r"\s*[\[(]?\s*(?P<low>[0-9][0-9.,' ]*?)\s*(?:-|–|—|…|\.{2,3}|;|bis|to|à|a|до)\s*(?P<high>[0-9][0-9.,' ]*)\s*[\])]?"
    r"(?P<unit>.*)",
    re.IGNORECASE | re.DOTALL,
)
_BOUND = re.compile(
    r"\s*(?P<sign><=|>=|[<>≤≥]|bis|up to|upto|jusqu'à|до|unter|below|less than|über|above|от)\s*"
    r"(?P<number>[0-9][0-9.,' ]*)(?P<unit>.*)",
    re.IGNORECASE | re.DOTALL,
)
_LOWER = frozenset({">", ">=", "≥", "über", "above", "от"})


@dataclass(frozen=True, slots=True)
class Range:
    """A reference range as written: an end that is not given is None; `unit` is the text after it."""

    low: Decimal | None
    high: Decimal | None
    unit: str = ""


@lru_cache(maxsize=4096)
def parse_range(text: str, mark: str = ".") -> Range | None:
    """Return the range of "11,5-15,0", "9 - 30 µg/dl", "<5", "up to 20"; None for prose or two numbers out of order."""
    if len(text) > 2 * NUMBER_LENGTH:
        return None
    if match := _RANGE.fullmatch(text):
        low, high = _decimal(match["low"], mark), _decimal(match["high"], mark)
        if low is None or high is None or low[0] > high[0]:
            return None
        return Range(low[0], high[0], match["unit"].strip())
    if match := _BOUND.fullmatch(text):
        bound = _decimal(match["number"], mark)
        if bound is None:
            return None
        below = match["sign"].casefold() not in _LOWER
        return Range(None if below else bound[0], bound[0] if below else None, match["unit"].strip())
    return None
