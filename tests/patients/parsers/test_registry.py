"""Which parser a file gets: the wanted one, else the first that recognizes it by its first bytes."""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patients.parsers import registry
from patients.parsers.raw import RawResult
from patients.parsers.registry import HEAD_LENGTH, PARSERS, find, names
from patients.readings import Issue


class Marked:
    """A parser of a format that begins with a mark; remembers what it was shown."""

    name = "marked"

    def __init__(self) -> None:
        self.shown: list[tuple[bytes, str]] = []

    def recognizes(self, head: bytes, filename: str) -> bool:
        self.shown.append((head, filename))
        return head.startswith(b"MARK")

    def parse(self, content: bytes) -> Iterator[RawResult | Issue]:
        yield RawResult(row="1", value=content.decode())


@pytest.fixture
def marked(monkeypatch: pytest.MonkeyPatch) -> Marked:
    """Put another format before those that are there."""
    parser = Marked()
    monkeypatch.setattr(registry, "PARSERS", (parser, *PARSERS))
    return parser


def name_of(content: bytes, filename: str = "labs.csv", wanted: str = "") -> str:
    found = find(content, filename, wanted)
    return found.name if found else ""


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"Date,Test,Result\n",
        "Datum;Wert\n".encode("utf-16"),
        "Дата;Показатель\n".encode("cp1251"),
        b"\xef\xbb\xbfa,b\n",
    ],
)
def test_any_text_is_tried_as_a_table(content: bytes) -> None:
    assert name_of(content) == "csv"
    assert name_of(content, "report.xlsx") == "csv"


@pytest.mark.parametrize(
    "content",
    [
        b"%PDF-1.7\n", b"PK\x03\x04" + b"\0" * 40, b"\x89PNG\r\n\x1a\n", b"\x1f\x8b\x08\0", b"\xff\xd8\xff\xe0", b"\x7fELF\x02\x01",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", bytes(range(32)) * 20, b"\0" * 4096,
    ],
)  # fmt: skip
def test_binary_content_is_of_no_known_format_whatever_its_name(content: bytes) -> None:
    assert name_of(content, "labs.csv") == ""


def test_a_wanted_format_is_taken_by_its_name() -> None:
    assert name_of(b"%PDF-1.7", wanted="csv") == "csv"
    assert name_of(b"a,b", wanted="hl7v2") == ""
    assert name_of(b"a,b", wanted="CSV") == ""


def test_the_particular_format_goes_before_the_general(marked: Marked) -> None:
    assert name_of(b"MARK;1\n") == "marked"
    assert name_of(b"mark;1\n") == "csv"
    assert name_of(b"MARK;1\n", wanted="csv") == "csv"
    assert names() == ("marked", "csv")


def test_a_format_is_told_by_the_first_bytes_only(marked: Marked) -> None:
    content = b"a;b\n" * 10_000
    find(content, "labs.csv")
    assert marked.shown == [(content[:HEAD_LENGTH], "labs.csv")]


def test_every_format_has_a_name_of_its_own_that_an_upload_can_keep() -> None:
    assert len(set(names())) == len(PARSERS)
    assert all(name and len(name) <= 24 and name == name.lower() for name in names())


@settings(deadline=None)
@given(st.binary(max_size=300), st.text(max_size=20))
def test_no_content_raises_in_recognizing(content: bytes, filename: str) -> None:
    found = find(content, filename)
    assert found is None or found in PARSERS
