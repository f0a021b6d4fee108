"""Units as laboratories write them, read as UCUM, and the exact arithmetic between them.

UCUM: https://ucum.org/ucum (the case-sensitive codes). Only what results of the catalogue need is known here; an
unknown unit is no unit, and whoever asks holds the result. Magnitudes are fractions, so 10 g/dL is 100 g/L exactly.
"""

import csv
import re
import unicodedata
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, lru_cache
from pathlib import Path

WRITTEN_LENGTH = 40
"""A longer text is no unit."""

_FORMS = Path(__file__).parent / "data" / "units.csv"

Dimensions = tuple[tuple[str, int], ...]
"""Base units and their exponents, sorted, without zeros."""


@dataclass(frozen=True, slots=True)
class Magnitude:
    """A unit as a number of base units."""

    size: Fraction
    dimensions: Dimensions

    def times(self, other: "Magnitude", exponent: int) -> "Magnitude":
        """Return this unit multiplied by `other` to the power of `exponent`."""
        powers = dict(self.dimensions)
        for base, power in other.dimensions:
            powers[base] = powers.get(base, 0) + power * exponent
        kept = tuple(sorted((base, power) for base, power in powers.items() if power))
        return Magnitude(self.size * other.size**exponent, kept)


def _base(name: str) -> Magnitude:
    return Magnitude(Fraction(1), ((name, 1),))


_ONE = Magnitude(Fraction(1), ())
_LITER = Magnitude(Fraction(1, 1000), (("m", 3),))
_PASCAL = Magnitude(Fraction(1000), (("g", 1), ("m", -1), ("s", -2)))
_MERCURY = Magnitude(Fraction("133322.387415") * _PASCAL.size, _PASCAL.dimensions)  # BIPM: 133.322387415 Pa a mm
_METRIC = {
    "g": _base("g"),
    "m": _base("m"),
    "s": _base("s"),
    "mol": _base("mol"),
    "L": _LITER,
    "l": _LITER,
    "Pa": _PASCAL,
    "bar": Magnitude(_PASCAL.size * 100_000, _PASCAL.dimensions),
    "m[Hg]": _MERCURY,
    "kat": Magnitude(Fraction(1), (("mol", 1), ("s", -1))),
    "U": Magnitude(Fraction(1, 60_000_000), (("mol", 1), ("s", -1))),
    "[iU]": _base("[iU]"),
    "eq": _base("eq"),
}
_PLAIN = {
    "%": Magnitude(Fraction(1, 100), ()),
    "[ppth]": Magnitude(Fraction(1, 1000), ()),
    "[1]": _ONE,
    "min": Magnitude(Fraction(60), (("s", 1),)),
    "h": Magnitude(Fraction(3600), (("s", 1),)),
    "d": Magnitude(Fraction(86400), (("s", 1),)),
    "[in_i]": Magnitude(Fraction("0.0254"), (("m", 1),)),
    "[lb_av]": Magnitude(Fraction("453.59237"), (("g", 1),)),
    "Cel": _base("Cel"),  # scales with a zero of their own are not multiples of each other: see Conversion
    "[degF]": _base("[degF]"),
    "[pH]": _base("[pH]"),
    "[HPF]": _base("[HPF]"),
    "[arb'U]": _base("[arb'U]"),
}
_PREFIXES = {"k": 3, "d": -1, "c": -2, "m": -3, "u": -6, "n": -9, "p": -12, "f": -15}  # no M, G, T: Mg/dL is mg/dL
_TOKEN = re.compile(
    r"(?P<power>10[*^](?P<ten>-?[0-9]{1,2}))|(?P<number>1(?![0-9]))|(?P<operator>[./()])|(?P<note>\{[^{}]*\})"
    r"|(?P<atom>(?:[A-Za-z%]|\[[A-Za-z0-9_']+\])+)(?P<exponent>-?[0-9])?"
)


def _atom(name: str) -> Magnitude | None:
    if name in _PLAIN:
        return _PLAIN[name]
    if name in _METRIC:
        return _METRIC[name]
    metric = _METRIC.get(name[1:])
    if metric is None or name[0] not in _PREFIXES:
        return None
    return Magnitude(metric.size * Fraction(10) ** _PREFIXES[name[0]], metric.dimensions)


def _factor(token: re.Match[str]) -> Magnitude | None:
    """Return what one token that is no operator stands for."""
    if token["power"]:
        return Magnitude(Fraction(10) ** int(token["ten"]), ())
    if token["number"]:
        return _ONE
    if token["note"]:
        return _ONE
    atom = _atom(token["atom"])
    if atom is None or token["exponent"] in {"0", "-0"}:
        return None
    return _ONE.times(atom, int(token["exponent"] or 1))


@lru_cache(maxsize=4096)
def parse_ucum(code: str) -> Magnitude | None:
    """Return the magnitude of a UCUM code, None where it is none or holds what is not known here.

    A code without parentheses: `mL/min/mm[Hg]`, `10*9/L`, `/[HPF]`, `kg/m2`. "" is None, not one.
    """
    if not code or len(code) > WRITTEN_LENGTH:
        return None
    result, exponent, place, waits = _ONE, 1, 0, True
    while place < len(code):
        token = _TOKEN.match(code, place)
        if token is None or token["operator"] in {"(", ")"}:
            return None
        if token["operator"]:
            if waits and not (place == 0 and token["operator"] == "/"):
                return None
            exponent, waits = (-1 if token["operator"] == "/" else 1), True
        else:
            factor = _factor(token)
            if factor is None or (not waits and not token["note"]):
                return None
            result, waits = result.times(factor, exponent), False
        place = token.end()
    return None if waits else result


def ratio(unit: str, other: str) -> Fraction | None:
    """Return how many of `other` one `unit` is, exactly; None where they do not measure the same."""
    one, two = parse_ucum(unit), parse_ucum(other)
    if one is None or two is None or one.dimensions != two.dimensions:
        return None
    return one.size / two.size


_SUPERSCRIPT = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+")
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_CYRILLIC = re.compile("[а-яё]+", re.IGNORECASE)
_RUSSIAN = {
    "мкмоль": "umol", "ммоль": "mmol", "нмоль": "nmol", "пмоль": "pmol", "моль": "mol", "мкг": "ug", "мг": "mg",
    "нг": "ng", "пг": "pg", "кг": "kg", "г": "g", "гр": "g", "дл": "dL", "мкл": "uL", "нл": "nL", "пл": "pL",
    "фл": "fL", "мл": "mL", "л": "L", "мм": "mm", "см": "cm", "м": "m", "мкм": "um", "ч": "h", "час": "h",
    "мин": "min", "с": "s", "сек": "s", "сут": "d", "ед": "U", "е": "U", "ме": "IU", "мкат": "ukat", "тыс": "10*3",
    "млн": "10*6", "млрд": "10*9", "кпа": "kPa", "кл": "", "клеток": "", "х": "x", "фмоль": "fmol", "мэкв": "meq",
}  # fmt: skip


def _transliterated(text: str) -> str | None:
    """Return a unit in Latin letters, None where a Cyrillic word is no known part of a unit."""
    words = [found.group().casefold() for found in _CYRILLIC.finditer(text)]
    if any(word not in _RUSSIAN for word in words):
        return None
    return _CYRILLIC.sub(lambda found: _RUSSIAN[found.group().casefold()], text)


_SPACE = re.compile(r"\s+")
_SIGNS = str.maketrans("μ×∕⁄÷·⋅−", "ux///..-")  # the Greek mu, as NFKC leaves it
_CELLS = re.compile(r"(?:cells?|zellen|cellules|leu|ery|thr)?/", re.IGNORECASE)
_TEN = re.compile(
    rf"[x*.∙]?\(?(?:1[0o][*^x(]{{0,2}}|1?0?e)(?P<ten>1[0-2]|[2-9])\)?(?P<rest>{_CELLS.pattern}.+)", re.IGNORECASE
)
_LITERS = re.compile(r"(?<![A-Za-z\[])([dcmunpf]?)l(?![A-Za-z])")
_ASTERISK = re.compile(r"10\^")


def folded(written: str) -> str:
    """Return a unit without what does not matter: spaces, kinds of µ, superscripts, multiplication signs, case."""
    return _plain(written).casefold()


def _plain(written: str) -> str:
    text = _SUPERSCRIPT.sub(lambda found: "^" + found.group().translate(_SUPERSCRIPTS), written)
    text = unicodedata.normalize("NFKC", text).translate(_SIGNS)
    return _SPACE.sub("", text).strip("\"'").removesuffix("^")


@cache
def _forms() -> dict[str, tuple[str, ...]]:
    """Return the written forms of data/units.csv: folded text to UCUM codes, most usual first."""
    forms: dict[str, tuple[str, ...]] = {}
    with _FORMS.open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            key = folded(line["written"])
            forms[key] = (*forms.get(key, ()), line["ucum"])
    return forms


def _spellings(text: str) -> list[str]:
    """Return the ways to read a folded text, the literal one first."""
    power = _TEN.fullmatch(text)
    if power:
        text = f"10*{power['ten']}{_CELLS.sub('/', power['rest'], count=1)}"
    text = _ASTERISK.sub("10*", text).replace("^", "").replace("100mL", "dL").replace("100ml", "dL")
    return [text, text.lower(), text.lower().replace("u/", "U/").replace("pa", "Pa").replace("hpf", "[HPF]")]


@lru_cache(maxsize=4096)
def candidates(written: str) -> tuple[str, ...]:
    """Return the UCUM codes that a written unit can mean, most literal first; none where it is unknown.

    More than one where case was lost or a letter is used twice ("G/L" is 10*9/L of cells, but g/L in capitals):
    the analyte decides which one can be meant.
    """
    if not written.strip() or len(written) > WRITTEN_LENGTH:
        return ()
    text = _transliterated(_plain(written))
    spellings: list[str] = [] if text is None else _spellings(text)
    valid = [_LITERS.sub(r"\1L", spelling) for spelling in spellings if parse_ucum(spelling)]
    literal = valid[:1] if spellings and parse_ucum(spellings[0]) else []
    known = [code for spelling in (folded(written), *spellings) for code in _forms().get(spelling.casefold(), ())]
    return tuple(dict.fromkeys([*literal, *known, *valid]))


def normalize(written: str) -> str:
    """Return the UCUM code that a written unit most literally means, "" where it is unknown."""
    return next(iter(candidates(written)), "")
