"""From bytes to lines: which encoding a table was saved in, and what separates its columns.

Judged by content: laboratories send UTF-8 with and without mark, UTF-16 from Excel ("Unicode text"), Windows 1252 and
1251, and now and then KOI8-R or DOS 866. A wrong guess shows as a name that is not known, and holds the row.
"""

import codecs
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

DELIMITERS = (";", "\t", ",", "|")
SAMPLE_LINES = 60
NUL_SIGN = "␀"
"""Stands for a NUL, which no database text may hold."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_HIGH_RUN = re.compile(rb"[\x80-\xff]+")
_CYRILLIC_ENCODINGS = ("cp1251", "koi8-r", "cp866")
_RUSSIAN = {letter: rank for rank, letter in enumerate("оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё")}
"""The letters of Russian, the most frequent first, with their rank."""
_FOREIGN_RANK = 2 * len(_RUSSIAN)
_TURNED_CASE = re.compile("[а-яё][А-ЯЁ]")
_BINARY = (b"%PDF", b"PK\x03\x04", b"\x1f\x8b", b"\xd0\xcf\x11\xe0", b"\x89PNG", b"\xff\xd8\xff", b"\x7fELF")
_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def is_text(head: bytes) -> bool:
    """Say whether the first bytes of a file are text in any encoding known here."""
    if head.startswith(_BINARY):
        return False
    if _wide_encoding(head):
        return True
    return len(_CONTROLS.findall(head)) <= len(head) // 20


def _wide_encoding(content: bytes) -> str:
    """Return UTF-16 or UTF-32 by mark, or by where the zero bytes stand; "" for one byte a letter or UTF-8."""
    for mark, encoding in _MARKS[1:]:
        if content.startswith(mark):
            return encoding
    head = content[:2000]
    if len(head) >= 8:
        even, odd = head[::2].count(0) / len(head[::2]), head[1::2].count(0) / len(head[1::2])
        if odd > 0.4 and even < 0.05:
            return "utf-16-le"
        if even > 0.4 and odd < 0.05:
            return "utf-16-be"
    return ""


def detect_encoding(content: bytes) -> str:
    """Return the encoding of a text, as Python names it; never fails, latin-1 decodes everything."""
    if content.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if wide := _wide_encoding(content):
        return wide
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as reason:
        return _single_byte(content) if not _mostly_utf8(content, reason) else "utf-8"
    return "utf-8"


def _mostly_utf8(content: bytes, reason: UnicodeDecodeError) -> bool:
    """Say whether a text is UTF-8 with a few spoiled bytes: more letters that decode than bytes that do not."""
    decoded = content.decode("utf-8", errors="replace")
    good = sum(1 for letter in decoded if ord(letter) > 0x7F and letter != "\ufffd")
    return reason.start > 0 and good > 2 * decoded.count("\ufffd")


def _single_byte(content: bytes) -> str:
    """Choose between the Cyrillic code pages, where letters stand together, and the western ones, where they do not."""
    runs = _HIGH_RUN.findall(content[:200_000])
    together = sum(len(run) for run in runs if len(run) >= 3)
    if together > sum(len(run) for run in runs) / 2:
        return min(_CYRILLIC_ENCODINGS, key=lambda encoding: _strangeness(b" ".join(runs), encoding))
    try:
        content.decode("cp1252")
    except UnicodeDecodeError:
        return "latin-1"
    return "cp1252"


def _strangeness(text: bytes, encoding: str) -> int:
    """Return how little like Russian a text reads: rare letters, other signs, capitals within words."""
    decoded = text.decode(encoding, errors="replace")
    ranks = (_RUSSIAN.get(letter, _FOREIGN_RANK) for letter in decoded.casefold() if letter != " ")
    return sum(ranks) + _FOREIGN_RANK * len(_TURNED_CASE.findall(decoded))


def decode(content: bytes) -> str:
    """Return the text; what cannot be decoded is U+FFFD, a NUL its sign, so that both can be pointed at."""
    text = content.decode(detect_encoding(content), errors="replace")
    return text.removeprefix("\ufeff").replace("\0", NUL_SIGN)


@dataclass(frozen=True, slots=True)
class Dialect:
    """What separates the columns, and how many lines at the start say so and hold no data."""

    delimiter: str
    skipped_lines: int = 0


_SEP = re.compile(r'"?sep=(?P<delimiter>[^\s\w"]|\t)"?', re.IGNORECASE)
_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+")
_QUOTED = re.compile(r'"[^"]*"')


def lines_of(text: str) -> Iterator[str]:
    """Yield lines with their ends, whichever of CR, LF and CRLF they are, without copying the whole text."""
    return (found.group() for found in _LINE.finditer(text))


def detect_dialect(text: str) -> Dialect:
    """Return the delimiter: what a `sep=` line says, else the one that divides most lines into equally many columns."""
    sample = []
    for line in lines_of(text[:200_000]):
        sample.append(line.rstrip("\r\n"))
        if len(sample) >= SAMPLE_LINES:
            break
    if sample and (match := _SEP.fullmatch(sample[0].strip(" "))):
        return Dialect(match["delimiter"], 1)
    bare = [_QUOTED.sub("", line) for line in sample if line.strip()]
    return Dialect(max(DELIMITERS, key=lambda delimiter: _regularity(bare, delimiter)))


def _regularity(sample: list[str], delimiter: str) -> float:
    """Return how many lines have the commonest number of this delimiter, weighed by that number; 0 for none."""
    counts = Counter(count for line in sample if (count := line.count(delimiter)))
    if not counts:
        return 0
    count, lines = max(counts.items(), key=lambda pair: (pair[1] * min(pair[0], 3), pair[0]))
    return lines * min(count, 3)
