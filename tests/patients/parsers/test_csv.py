"""Delimited text from bytes to results: damage is told with its line, and nothing in a file raises."""

import codecs
import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patients.parsers.csv import CELL_LENGTH, CsvParser, CsvRows
from patients.parsers.dialect import NUL_SIGN, Dialect
from patients.parsers.raw import ORIGINAL_LENGTH, RawResult
from patients.readings import Issue, IssueSeverity

PARSER = CsvParser()
HEAD = "Date,Test,Result,Unit\n"
ROW = "2023-01-09,Hb,98,g/L\n"


def read(content: bytes | str) -> list[RawResult]:
    """Return the results of a file."""
    data = content.encode() if isinstance(content, str) else content
    return [item for item in PARSER.parse(data) if isinstance(item, RawResult)]


def seen(content: bytes | str) -> list[tuple[str, str]]:
    """Return row and code of every issue of a file, those of its results among them."""
    data = content.encode() if isinstance(content, str) else content
    found: list[Issue] = []
    for item in PARSER.parse(data):
        found += [item] if isinstance(item, Issue) else item.issues
    return [(issue.row, issue.code) for issue in found]


@pytest.mark.parametrize("name", ["results.csv", "results.xlsx", "x", ""])
def test_any_text_is_recognized_by_its_content_alone(name: str) -> None:
    assert PARSER.recognizes(HEAD.encode(), name)
    assert not PARSER.recognizes(b"%PDF-1.7", name)
    assert not PARSER.recognizes(b"PK\x03\x04", name)


GERMAN = (
    "Datum;Parameter;Ergebnis;Einheit;Referenzbereich\n"
    "09.01.2023;Hämoglobin;13,3;g/dl;11,5-15,0\n09.01.2023;Eisen;48;µg/dl;50-168\n"
)
FRENCH = (
    "Date de prélèvement;Analyse;Résultat;Unité\n09/01/2023;Hémoglobine;13,3;g/dL\n09/01/2023;Fer sérique;5,4;µmol/L\n"
)
RUSSIAN = (
    "Дата;Показатель;Результат;Ед. изм.\n09.01.2023;Гемоглобин;13,3;г/дл\n09.01.2023;Железо сывороточное;7,4;мкмоль/л\n"
)
AMERICAN = (
    "Collected\tComponent\tValue\tUnits\n01/23/2023 07:30\tHemoglobin\t13.3\tg/dL\n01/09/2023 07:30\tIron\t42\tug/dL\n"
)


@pytest.mark.parametrize(
    ("text", "encoding", "dates", "mark"),
    [
        (GERMAN, "utf-8", ["2023-01-09"], ","),
        (GERMAN, "cp1252", ["2023-01-09"], ","),
        (GERMAN, "utf-8-sig", ["2023-01-09"], ","),
        (GERMAN, "utf-16", ["2023-01-09"], ","),
        (FRENCH, "utf-8-sig", ["2023-01-09"], ","),
        (FRENCH, "cp1252", ["2023-01-09"], ","),
        (RUSSIAN, "cp1251", ["2023-01-09"], ","),
        (RUSSIAN, "koi8-r", ["2023-01-09"], ","),
        (RUSSIAN, "cp866", ["2023-01-09"], ","),
        (RUSSIAN, "utf-16", ["2023-01-09"], ","),
        (AMERICAN, "utf-16", ["2023-01-09T07:30", "2023-01-23T07:30"], "."),
        (AMERICAN, "utf-16-le", ["2023-01-09T07:30", "2023-01-23T07:30"], "."),
        (AMERICAN, "utf-8", ["2023-01-09T07:30", "2023-01-23T07:30"], "."),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
def test_files_of_four_countries_in_their_encodings(
    text: str, encoding: str, dates: list[str], mark: str, end: str
) -> None:
    found = read(text.replace("\n", end).encode(encoding))
    assert seen(text.replace("\n", end).encode(encoding)) == []
    assert [raw.row for raw in found] == ["2", "3"]
    assert sorted({raw.effective_at for raw in found}) == dates
    assert {raw.decimal_mark for raw in found} == {mark}
    assert found[0].value in {"13,3", "13.3"}
    assert [raw.name for raw in found] == [
        line.split("\t" if "\t" in text else ";")[1] for line in text.splitlines()[1:]
    ]


def test_a_sep_line_of_excel_counts_as_a_line() -> None:
    (raw,) = read("sep=;\nPatient ID;Sampling date;LOINC;Value;Unit\nIPH-7;09-01-2023;718-7;7,9;mmol/L\n")
    assert (raw.row, raw.patient, raw.code, raw.value, raw.effective_at) == ("3", "IPH-7", "718-7", "7,9", "2023-01-09")


def test_a_preamble_a_quoted_comma_and_a_footer() -> None:
    text = (
        'Example Regional Laboratory\nPatient:,"Doe, Jane",DOB:,2015-04-17\nMRN:,IPH-1006\n\n'
        "Test,Result,Units,Date/Time\nHemoglobin,13.3,g/dL,2023-01-09 08:47\n\n*** End of report ***\n"
    )
    (raw,) = read(text)
    assert (raw.row, raw.patient, raw.birth_date, raw.effective_at) == (
        "6",
        "IPH-1006",
        "2015-04-17",
        "2023-01-09T08:47",
    )
    assert seen(text) == [("8", "text_line")]


def test_quoted_cells_hold_delimiters_quotes_and_line_ends() -> None:
    text = (
        HEAD.replace("\n", ",Comment\n")
        + '2023-01-09,"Hb",98,g/L,"a ""quoted"", note\nof two lines"\n'
        + "2023-01-10,Hb,97,g/L,\n"
    )
    one, two = read(text)
    assert (one.row, one.value) == ("2", "98")
    assert (two.row, two.value) == ("4", "97")


@pytest.mark.parametrize("content", [b"", b"\n\r\n", b"   ", codecs.BOM_UTF8, codecs.BOM_UTF16_LE, b"\t\n"])
def test_an_empty_file_is_told(content: bytes) -> None:
    assert seen(content) == [("", "empty_file")]


@pytest.mark.parametrize(
    ("content", "codes"),
    [
        (HEAD, []),
        ("just some prose\nwithout any table\n", [("1", "no_heading")]),
        ("1,2,3\n4,5,6\n", [("1", "no_heading")]),
        (HEAD + ROW + "2023-01-10,Hb\n", [("3", "short_row")]),
        (HEAD + ROW + '2023-01-10,"Hb,97,g/L\n', [("3", "unclosed_quote")]),
        (HEAD + ROW + '2023-01-10,"Hb"x,97,g/L\n' + ROW, [("3", "broken_quoting")]),
        (HEAD + ROW + "2023-01-10,Hb,97,g\x00/L\n", [("3", "nul_byte")]),
    ],
)
def test_damage_is_told_with_its_line(content: str, codes: list[tuple[str, str]]) -> None:
    assert seen(content) == codes


def test_lines_around_a_broken_one_are_read() -> None:
    text = HEAD + ROW + '2023-01-10,"Hb,97,g/L\n' + ROW.replace("09", "11") + ROW.replace("09", "12")
    assert sorted((raw.row, raw.effective_at) for raw in read(text)) == [
        ("2", "2023-01-09"),
        ("3", ""),
        ("4", "2023-01-11"),
        ("5", "2023-01-12"),
    ]
    assert seen(text) == [("3", "unclosed_quote")]


def test_bytes_that_cannot_be_decoded_mark_their_row_only() -> None:
    content = ("Datum;Parameter;Ergebnis\n" + "09.01.2023;Hämoglobin;98\n" * 3).encode() + b"10.01.2023;H\xffb;97\n"
    assert seen(content) == [("5", "undecodable")]
    assert read(content)[-1].original == "10.01.2023;H\ufffdb;97"


def test_a_nul_is_kept_as_its_sign() -> None:
    assert read(HEAD + "2023-01-10,Hb,9\x007,g/L\n" + ROW * 3)[0].value == f"9{NUL_SIGN}7"


@pytest.mark.parametrize("quote", ["", '"'], ids=["bare", "quoted"])
def test_a_cell_of_megabytes_is_told_with_its_line_and_the_rest_is_read(quote: str) -> None:
    huge = quote + "x" * (10 * CELL_LENGTH) + quote
    text = HEAD + ROW + f"2023-01-10,{huge},97,g/L\n" + ROW
    assert seen(text) == [("3", "cell_too_long")]
    assert sorted(raw.row for raw in read(text)) == ["2", "3", "4"]
    (issue,) = [issue for raw in read(text) for issue in raw.issues]
    assert (issue.severity, len(issue.original)) == (IssueSeverity.ERROR, ORIGINAL_LENGTH)


def test_the_limit_of_a_cell_is_put_back() -> None:
    before = csv.field_size_limit()
    seen(HEAD + '2023-01-10,"Hb\n')
    assert csv.field_size_limit() == before


def test_formulas_are_text() -> None:
    (raw,) = read(HEAD + "2023-01-09,Hb,\"=cmd|'/c calc'!A1\",@SUM(1)\n")
    assert (raw.value, raw.unit) == ("=cmd|'/c calc'!A1", "@SUM(1)")


def test_rows_can_be_read_as_often_as_needed() -> None:
    rows = CsvRows("a;b\n\n1;2\n", Dialect(";"))
    assert list(rows) == list(rows) == [("1", ["a", "b"]), ("2", []), ("3", ["1", "2"])]
    assert list(rows.issues()) == []


VALUES = st.lists(
    st.sampled_from(["13.3", "<5", "", "neg", 'a "b", c', "x\ny", "12;5", "НЬ", "  "]), min_size=3, max_size=3
)


@given(
    st.lists(VALUES, min_size=1, max_size=12), st.sampled_from(",;\t|"), st.sampled_from(["\n", "\r\n"]), st.booleans()
)
def test_every_cell_becomes_one_result_with_its_row_and_column(
    table: list[list[str]], delimiter: str, end: str, quoted: bool
) -> None:
    file = io.StringIO()
    writer = csv.writer(
        file, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL
    )
    writer.writerow(["Date", "Hemoglobin", "Ferritin", "Iron"])
    places = []
    for day, values in enumerate(table, start=1):
        places.append(str(file.getvalue().count("\n") + 1))
        writer.writerow([f"2023-01-{day:02}", *values])
    found = read(f"sep={delimiter}{end}{file.getvalue()}")
    expected = [
        (str(int(place) + 1), column, value.strip())
        for place, values in zip(places, table, strict=True)
        for column, value in zip(["Hemoglobin", "Ferritin", "Iron"], values, strict=True)
    ]
    assert [(raw.row, raw.column, raw.value) for raw in found] == expected


@given(st.binary(max_size=600))
def test_any_bytes_are_read_or_told_and_never_raise(content: bytes) -> None:
    assert list(PARSER.parse(content))


TOKENS = st.sampled_from(
    ["Date", "Hb", "Result", "Unit", "Test", "98", "13,3", "2023-01-09", "03/04/2023", '"', '""', ",", ";", "\t", "\n", "\r",
     "sep=", "\x00", "\ufeff", "µ", "я", "=1+1", " "]
)  # fmt: skip


@given(st.lists(TOKENS, max_size=60))
def test_any_pieces_of_files_are_read_or_told_and_never_raise(tokens: list[str]) -> None:
    text = "".join(tokens)
    lines = len(io.StringIO(text, newline="").readlines())
    for item in PARSER.parse(text.encode()):
        assert item.row == "" or 1 <= int(item.row) <= lines
        assert len(item.original) <= ORIGINAL_LENGTH


@given(st.integers(0, 120), st.binary(max_size=3), st.booleans())
def test_a_file_cut_or_spoiled_anywhere_never_raises(at: int, junk: bytes, cut: bool) -> None:
    content = GERMAN.encode("cp1252")
    for item in PARSER.parse(content[:at] + junk + (b"" if cut else content[at:])):
        assert isinstance(item, RawResult | Issue)
