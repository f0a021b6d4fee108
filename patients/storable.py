"""Text that PostgreSQL can keep: no NUL, no half of a letter, no longer than its column. Pure."""

import re
import unicodedata
from pathlib import PurePosixPath
from typing import Final

NUL_SIGN: Final = "\N{SYMBOL FOR NULL}"
NAME_LENGTH: Final = 255
NAMELESS: Final = "file"

_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def storable(text: str, length: int | None = None) -> str:
    """Return the text with a sign for each NUL and lone surrogate, cut to a length."""
    if "\x00" in text:
        text = text.replace("\x00", NUL_SIGN)
    if not text.isascii():
        text = _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text)
    return text if length is None else text[:length]


def file_name(written: str) -> str:
    """Return a file's name as it is shown: its last part, no control or direction character, at most 255 letters.

    It never becomes a path: a file is stored by its upload's id.
    """
    last = PurePosixPath(storable(written).replace("\\", "/")).name
    shown = "".join(letter for letter in last if unicodedata.category(letter) not in {"Cc", "Cf", "Zl", "Zp"})
    kept = shown.replace(NUL_SIGN, "").strip().strip(".") or NAMELESS
    if len(kept) <= NAME_LENGTH:
        return kept
    ending = PurePosixPath(kept).suffix[:16]
    return kept[: NAME_LENGTH - len(ending)] + ending
