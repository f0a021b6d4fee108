"""From bytes to lines: encodings told by content, delimiters by regularity."""

import codecs
import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patients.parsers.dialect import (
    DELIMITERS,
    NUL_SIGN,
    Dialect,
    decode,
    detect_dialect,
    detect_encoding,
    is_text,
    lines_of,
)

GERMAN = "Datum;Parameter;Ergebnis;Einheit\n09.01.2023;Hämoglobin;13,3;g/dl\n09.01.2023;Eisen;48;µg/dl\n"
FRENCH = "Date de prélèvement;Résultat;Unité\n09/01/2023;13,0;g/dL\n09/01/2023;5,4;µmol/L\n"
RUSSIAN = (
    "Дата;Показатель;Результат;Ед. изм.\n09.01.2023;Гемоглобин;134;г/л\n09.01.2023;Железо сывороточное;7,4;мкмоль/л\n"
)
ENGLISH = "Date,Test,Result,Units\n2023-01-09,Hemoglobin,13.3,g/dL\n"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (GERMAN, "utf-8"),
        (GERMAN, "cp1252"),
        (FRENCH, "utf-8"),
        (FRENCH, "cp1252"),
        (RUSSIAN, "utf-8"),
        (RUSSIAN, "cp1251"),
        (RUSSIAN, "koi8-r"),
        (RUSSIAN, "cp866"),
        (RUSSIAN.upper(), "cp1251"),
        (RUSSIAN.upper(), "koi8-r"),
        (RUSSIAN.upper(), "cp866"),
        (RUSSIAN.lower(), "cp1251"),
        (RUSSIAN.lower(), "koi8-r"),
    ],
)
def test_the_encoding_is_told_by_the_content(text: str, encoding: str) -> None:
    assert detect_encoding(text.encode(encoding)) == encoding
    assert decode(text.encode(encoding)) == text


@pytest.mark.parametrize("text", [GERMAN, FRENCH, RUSSIAN, ENGLISH], ids=["de", "fr", "ru", "en"])
@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
        (b"", "utf-16-le"),
        (b"", "utf-16-be"),
    ],
)
def test_unicode_with_and_without_its_mark_comes_back(text: str, mark: bytes, encoding: str) -> None:
    content = mark + text.encode(encoding)
    assert decode(content) == text
    assert is_text(content)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufeff"), max_size=300))
def test_any_text_in_utf8_comes_back(text: str) -> None:
    assert decode(codecs.BOM_UTF8 + text.encode()) == text
    assert decode(codecs.BOM_UTF16_LE + text.encode("utf-16-le")) == text


WORDS = st.sampled_from(["Hämoglobin", "Größe", "prélèvement", "µg/dl", "°C", "Réticulocytes", "Lymphozyten", "13,3"])


@given(st.lists(WORDS, min_size=1, max_size=40))
def test_western_words_in_windows_1252_come_back(words: list[str]) -> None:
    text = ";".join(words)
    assert decode(text.encode("cp1252")) == text


RUSSIAN_WORDS = st.sampled_from(
    ["Гемоглобин", "Эритроциты", "Лейкоциты", "Тромбоциты", "Ферритин", "Железо", "Показатель", "Результат"]
)


@pytest.mark.parametrize("encoding", ["cp1251", "koi8-r", "cp866"])
@given(words=st.lists(RUSSIAN_WORDS, min_size=2, max_size=40))
def test_russian_words_in_three_code_pages_come_back(encoding: str, words: list[str]) -> None:
    text = ";".join(words)
    assert decode(text.encode(encoding)) == text


def test_a_few_spoiled_bytes_do_not_make_utf8_another_encoding() -> None:
    content = RUSSIAN.encode() + b"09.01.2023;\xff\xfe;1;\n" + RUSSIAN.encode()
    assert detect_encoding(content) == "utf-8"
    assert decode(content).count("\ufffd") == 2


def test_bytes_that_windows_1252_does_not_know_are_latin() -> None:
    assert detect_encoding(b"\x81;caf\xe9;x") == "latin-1"


def test_a_nul_is_shown_by_its_sign() -> None:
    assert decode(b"a;b\n1;\x00\n") == f"a;b\n1;{NUL_SIGN}\n"


@given(st.binary(max_size=400))
def test_any_bytes_are_decoded_and_never_raise(content: bytes) -> None:
    text = decode(content)
    assert "\0" not in text
    is_text(content)
    detect_dialect(text)


@pytest.mark.parametrize(
    "head",
    [b"%PDF-1.7\n", b"PK\x03\x04abc", b"\x1f\x8b\x08", b"\xd0\xcf\x11\xe0", b"\x89PNG\r\n", b"\xff\xd8\xff\xe0", b"\x7fELF",
     bytes(range(32)) * 4, b"a;b\n" + b"\x01\x02\x03" * 10],
)  # fmt: skip
def test_what_is_binary_is_no_text(head: bytes) -> None:
    assert not is_text(head)


@pytest.mark.parametrize(
    "head", [b"", b"a;b", GERMAN.encode("cp1252"), RUSSIAN.encode("cp866"), b"a\tb\r\n\x0c", b"a" * 50 + b"\x00"]
)
def test_what_is_text(head: bytes) -> None:
    assert is_text(head)


@given(
    st.lists(st.tuples(st.text(alphabet="ab;,\t ", max_size=5), st.sampled_from(["\n", "\r\n", "\r"])), max_size=12),
    st.text("ab"),
)
def test_lines_keep_their_ends_and_lose_nothing(pairs: list[tuple[str, str]], last: str) -> None:
    text = "".join(line + end for line, end in pairs) + last
    found = list(lines_of(text))
    assert "".join(found) == text
    assert found == io.StringIO(text, newline="").readlines()


def test_lines_end_only_where_a_file_ends_them() -> None:
    assert list(lines_of("a\u2028b\x0bc\x85d\n")) == ["a\u2028b\x0bc\x85d\n"]


@pytest.mark.parametrize(
    ("text", "dialect"),
    [
        (GERMAN, Dialect(";")),
        (ENGLISH, Dialect(",")),
        (ENGLISH.replace(",", "\t"), Dialect("\t")),
        (ENGLISH.replace(",", "|"), Dialect("|")),
        ("sep=;\na,b;c,d\n", Dialect(";", 1)),
        ("sep=,\na;b,c;d\n", Dialect(",", 1)),
        ("SEP=|\na;b|c\n", Dialect("|", 1)),
        ('"sep=;"\r\na;b\r\n', Dialect(";", 1)),
        ("sep=\t\na\tb;c\n", Dialect("\t", 1)),
        ("sep=^\na^b\n", Dialect("^", 1)),
        ("Datum;Hb\n09.01.2023;13,3\n10.01.2023;13,5\n", Dialect(";")),
        ("Datum\tHb\tFe\n09.01.2023\t13,3\t9,1\n", Dialect("\t")),
        ('Patient,"Doe; Jane; Dr."\nHb,13.3\nFe,9.1\n', Dialect(",")),
        (
            "Laboratory, Main Street, Springfield, IL\nDate;Hb\n2023-01-09;98\n2023-01-10;97\n2023-01-11;96\n2023-01-12;96\n",
            Dialect(";"),
        ),
        ("", Dialect(";")),
        ("one cell\nand another\n", Dialect(";")),
    ],
)
def test_the_delimiter(text: str, dialect: Dialect) -> None:
    assert detect_dialect(text) == dialect


@pytest.mark.parametrize("line", ['sep="', "sep=a", "sep=1", "sep= ", "sep=", "sep=_"])
def test_a_sep_line_that_names_no_delimiter_is_a_line_like_others(line: str) -> None:
    assert detect_dialect(f"{line}\na,b\nc,d\n") == Dialect(",")


CELLS = st.text(alphabet="abcäж0123456789 .", min_size=1, max_size=8)


@settings(max_examples=40)
@given(st.sampled_from(DELIMITERS), st.integers(2, 7), st.data())
def test_the_delimiter_of_a_generated_table_is_found(delimiter: str, width: int, data: st.DataObject) -> None:
    rows = data.draw(st.lists(st.lists(CELLS, min_size=width, max_size=width), min_size=2, max_size=20))
    text = "\n".join(delimiter.join(row) for row in rows)
    assert detect_dialect(text) == Dialect(delimiter)


@settings(max_examples=40)
@given(st.sampled_from(DELIMITERS), st.integers(2, 6), st.data())
def test_quoted_cells_do_not_mislead(delimiter: str, width: int, data: st.DataObject) -> None:
    cells = st.text(alphabet="ab;,\t| ", max_size=6)
    rows = data.draw(st.lists(st.lists(cells, min_size=width, max_size=width), min_size=2, max_size=10))
    file = io.StringIO()
    csv.writer(file, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows(rows)
    assert detect_dialect(file.getvalue()) == Dialect(delimiter)


def test_a_comma_in_a_number_is_weaker_than_a_column() -> None:
    rows = ["Datum|Hb|Fe", *(f"{day:02}.01.2023|13,{day % 10}|9,1" for day in range(1, 20))]
    assert detect_dialect("\n".join(rows)) == Dialect("|")
