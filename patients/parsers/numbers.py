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


_SPACES = "'’ \u00a0\u2009\u202f"
_DIGITS = rf"[0-9](?:[0-9.,]|[{_SPACES}](?=[0-9]{{3}}(?![0-9])))*"
"""Digits, marks, and spaces where they can divide thousands: "5 10*9/L" is five."""
_COMPARATORS = {"low_equal": "<=", "high_equal": ">=", "low": "<", "high": ">"}
_WHOLE = re.compile(
    r"(?:(?P<low_equal><=|=<|[≤⩽])|(?P<high_equal>>=|=>|[≥⩾])"
    r"|(?P<low><|less than|kleiner(?: als)?|unter|inf[ée]rieure? [àa]|менее|меньше)"
    r"|(?P<high>>|(?:more|greater) than|größer(?: als)?|über|sup[ée]rieure? [àa]|более|больше))?\s*"
    r"(?P<about>[~≈]|ca\.|circa|около|env\.)?\s*"
    rf"(?P<number>[+\-−]?(?:{_DIGITS}|[.,][0-9]+)(?:[eE][+\-]?[0-9]{{1,2}})?)"
    r"(?P<rest>.*)",
    re.IGNORECASE | re.DOTALL,
)
_PLAIN = re.compile(r"[+-]?[0-9]{1,15}")
_DOT = re.compile(r"[+-]?(?:[0-9]{1,15}\.[0-9]{0,12}|\.[0-9]{1,12})")
_COMMA = re.compile(r"[+-]?(?:[0-9]{1,15},[0-9]{0,12}|,[0-9]{1,12})")
_DOT_GROUPS = re.compile(r"[+-]?[1-9][0-9]{0,2}(?:\.[0-9]{3})+(?P<fraction>,[0-9]{1,12})?")
_COMMA_GROUPS = re.compile(r"[+-]?[1-9][0-9]{0,2}(?:,[0-9]{3})+(?P<fraction>\.[0-9]{1,12})?")
_SPACE_GROUPS = re.compile(rf"[+-]?[1-9][0-9]{{0,2}}(?:[{_SPACES}][0-9]{{3}})+(?P<fraction>[.,][0-9]{{1,12}})?")
_EXPONENT = re.compile(r"(?P<mantissa>[^eE]+)[eE](?P<exponent>[+-]?[0-9]{1,2})")
_SIGN = r"[*!#+\-↑↓]{1,3}(?![0-9])|\([HLhl+\-]\)"
_BARE_FLAG = re.compile(rf"HH|LL|[HL]|{_SIGN}")
_FLAG_FIRST = re.compile(rf"(?P<flag>HH|LL|[HL](?![A-Za-z])|{_SIGN})\s*(?P<unit>.+)", re.DOTALL)
_FLAG_LAST = re.compile(rf"(?P<unit>.*\S)(?P<flag>\s+(?:HH|LL|[HL])|\s*(?:{_SIGN}))", re.DOTALL)
_LOST_POWER = re.compile(rf"[{_SPACES}]10[369]")


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
    decimal, rest = _decimal(match["number"], mark), _flag_and_unit(match["rest"].strip())
    if decimal is None or rest is None or _has_lost_power(match["number"], rest[1]):
        return None
    comparator = next((sign for name, sign in _COMPARATORS.items() if match[name]), "")
    doubt = decimal[1] or ("glued" if rest[0] else "approximate" if match["about"] else "")
    return Number(decimal[0], comparator, rest[0], rest[1], doubt)


def _flag_and_unit(rest: str) -> tuple[str, str] | None:
    """Return the flag and the unit behind a number, "" for what is not there; None where it is anything else.

    A single L or H is a flag; liters stand there as "l", or as a part ("350 L/min").
    """
    if not rest or _BARE_FLAG.fullmatch(rest):
        return rest.strip("()").upper(), ""
    if _is_unit(rest):
        return "", rest
    for pattern in (_FLAG_FIRST, _FLAG_LAST):
        if (match := pattern.fullmatch(rest)) and _is_unit(match["unit"]):
            return match["flag"].strip("() \t").upper(), match["unit"].strip()
    return None


def _is_unit(text: str) -> bool:
    return bool(candidates(text)) and not text.strip().isdigit()


def _has_lost_power(number: str, unit: str) -> bool:
    """Say whether "5 103/µl" may be five thousand or five times ten to the third: a superscript was lost."""
    return unit.startswith("/") and bool(_LOST_POWER.fullmatch(number.strip()[-4:]))


_RANGE = re.compile(
    rf"\s*[\[(]?\s*(?P<low>{_DIGITS})\s*(?:-|–|—|…|\.{{2,3}}|;|bis|to|à|a|до)\s*(?P<high>{_DIGITS})\s*[\])]?"
    r"(?P<unit>.*)",
    re.IGNORECASE | re.DOTALL,
)
_BOUND = re.compile(
    r"\s*(?P<sign><=|>=|[<>≤≥]|bis|up to|upto|jusqu'à|до|unter|below|less than|über|above|от)\s*"
    rf"(?P<number>{_DIGITS})(?P<unit>.*)",
    re.IGNORECASE | re.DOTALL,
)
_LOWER = frozenset({">", ">=", "≥", "über", "above", "от"})


@dataclass(frozen=True, slots=True)
class Range:
    """A reference range as written: an end that is not given is None; `unit` as written after it, "" for none."""

    low: Decimal | None
    high: Decimal | None
    unit: str = ""


@lru_cache(maxsize=4096)
def parse_range(text: str, mark: str = ".") -> Range | None:
    """Return the range of "11,5-15,0", "9 - 30 µg/dl", "<5", "up to 20"; None for prose or two numbers out of order."""
    if len(text) > 2 * NUMBER_LENGTH:
        return None
    match = _RANGE.fullmatch(text) or _BOUND.fullmatch(text)
    unit = match["unit"].strip().strip("()[]").strip() if match else ""
    if match is None or (unit and not _is_unit(unit)):
        return None
    if match.re is _BOUND:
        bound = _decimal(match["number"], mark)
        if bound is None or _has_lost_power(match["number"], unit):
            return None
        below = match["sign"].casefold() not in _LOWER
        return Range(None if below else bound[0], bound[0] if below else None, unit)
    low, high = _decimal(match["low"], mark), _decimal(match["high"], mark)
    if low is None or high is None or low[0] > high[0] or _has_lost_power(match["high"], unit):
        return None
    return Range(low[0], high[0], unit)
