"""The formats that can be read, the particular before the general: any text is tried as a table, so CSV comes last."""

from patients.parsers.csv import CsvParser
from patients.parsers.raw import Parser

HEAD_LENGTH = 4096
"""Bytes by which a format is told."""

PARSERS: tuple[Parser, ...] = (CsvParser(),)


def names() -> tuple[str, ...]:
    """Return the names of the formats, as `find` takes and uploads show them."""
    return tuple(parser.name for parser in PARSERS)


def find(content: bytes, filename: str, wanted: str = "") -> Parser | None:
    """Return the parser of a file: the wanted one by its name, else the first that recognizes it; None where none does."""
    if wanted:
        return next((parser for parser in PARSERS if parser.name == wanted), None)
    head = content[:HEAD_LENGTH]
    return next((parser for parser in PARSERS if parser.recognizes(head, filename)), None)
