"""The same results written in every layout, language and locale are read as the same results."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patients.analyte_names import NameState, find_analyte
from patients.analytes import analyte
from patients.parsers.csv import CsvParser
from patients.parsers.numbers import parse_number
from patients.parsers.raw import RawResult


@dataclass(frozen=True)
class Writer:
    """How a laboratory of one country writes its tables."""

    headings: tuple[str, str, str, str]
    names: dict[str, str]
    units: dict[str, str]
    day: str
    mark: str
    delimiter: str
    encoding: str


WRITERS = {
    "German": Writer(
        ("Datum", "Parameter", "Ergebnis", "Einheit"),
        {"HGB": "Hämoglobin", "FERRITIN": "Ferritin", "PLT": "Thrombozyten", "HCT": "Hämatokrit"},
        {"HGB": "g/dl", "FERRITIN": "µg/l", "PLT": "/nl", "HCT": "%"},
        "%d.%m.%Y", ",", ";", "cp1252",
    ),
    "French": Writer(
        ("Date de prélèvement", "Analyse", "Résultat", "Unité"),
        {"HGB": "Hémoglobine", "FERRITIN": "Ferritine", "PLT": "Plaquettes", "HCT": "Hématocrite"},
        {"HGB": "g/dL", "FERRITIN": "µg/L", "PLT": "G/L", "HCT": "%"},
        "%d/%m/%Y", ",", ";", "utf-8-sig",
    ),
    "Russian": Writer(
        ("Дата", "Показатель", "Результат", "Ед. изм."),
        {"HGB": "Гемоглобин", "FERRITIN": "Ферритин", "PLT": "Тромбоциты", "HCT": "Гематокрит"},
        {"HGB": "г/дл", "FERRITIN": "мкг/л", "PLT": "10^9/л", "HCT": "%"},
        "%d.%m.%y", ",", ";", "cp1251",
    ),
    "American": Writer(
        ("Collected", "Component", "Value", "Units"),
        {"HGB": "Hemoglobin", "FERRITIN": "Ferritin", "PLT": "Platelets", "HCT": "Hematocrit"},
        {"HGB": "g/dL", "FERRITIN": "ng/mL", "PLT": "K/uL", "HCT": "%"},
        "%b %d %Y", ".", "\t", "utf-16",
    ),
    "international": Writer(
        ("Date", "Test", "Result", "Unit"),
        {"HGB": "HGB", "FERRITIN": "FERRITIN", "PLT": "PLT", "HCT": "HCT"},
        {"HGB": "g/dL", "FERRITIN": "ug/L", "PLT": "10*9/L", "HCT": "%"},
        "%Y-%m-%d", ".", ",", "utf-8",
    ),
}  # fmt: skip

Results = dict[tuple[str, str], Decimal]
"""Values by code and day."""


def number(writer: Writer, value: Decimal | None) -> str:
    """Return a value as the laboratory writes it."""
    return "" if value is None else str(value).replace(".", writer.mark)


def long(writer: Writer, results: Results) -> list[list[str]]:
    """Return a table of one result a line."""
    lines = [
        [date.fromisoformat(day).strftime(writer.day), writer.names[code], number(writer, value), writer.units[code]]
        for (code, day), value in results.items()
    ]
    return [list(writer.headings), *lines]


def wide(writer: Writer, results: Results) -> list[list[str]]:
    """Return a table of one day a line, the units in the headings."""
    codes, days = sorted({code for code, _ in results}), sorted({day for _, day in results})
    heading = [writer.headings[0], *(f"{writer.names[code]} ({writer.units[code]})" for code in codes)]
    return [heading] + [
        [date.fromisoformat(day).strftime(writer.day), *(number(writer, results.get((code, day))) for code in codes)]
        for day in days
    ]


def wide_with_units(writer: Writer, results: Results) -> list[list[str]]:
    """Return a table of one day a line, the units in a row of their own."""
    heading, *lines = wide(writer, results)
    codes = sorted({code for code, _ in results})
    return [
        [heading[0], *(writer.names[code] for code in codes)],
        ["", *(writer.units[code] for code in codes)],
        *lines,
    ]


def transposed(writer: Writer, results: Results) -> list[list[str]]:
    """Return a table of one analyte a line."""
    turned = [list(column) for column in zip(*wide(writer, results), strict=True)]
    return [[writer.headings[1], *turned[0][1:]], *turned[1:]]


LAYOUTS = (long, wide, wide_with_units, transposed)
KEYS = st.tuples(
    st.sampled_from(["HGB", "FERRITIN", "PLT", "HCT"]), st.dates(date(2015, 1, 1), date(2026, 12, 31)).map(str)
)
VALUES = st.decimals(min_value=10, max_value=99, places=1, allow_nan=False)
# a line of one number alone among the headings would be none: at least two analytes and two days
RESULTS = st.dictionaries(KEYS, VALUES, min_size=2, max_size=15).filter(
    lambda results: len({code for code, _ in results}) > 1 and len({day for _, day in results}) > 1
)


def read(content: bytes) -> Results:
    """Return what a file says, in canonical units."""
    found: Results = {}
    for raw in CsvParser().parse(content):
        assert isinstance(raw, RawResult)
        assert raw.issues == ()
        match = find_analyte(raw.code, raw.name, raw.unit)
        assert match.state is NameState.FOUND
        conversion = match.analytes[0].conversion_of(raw.unit)
        value = parse_number(raw.value, raw.decimal_mark)
        if raw.value:
            assert conversion is not None
            assert value is not None
            assert value.doubt == ""
            canonical = conversion.apply(value.value)
            found[match.analytes[0].code, raw.effective_at] = Decimal(canonical.numerator) / canonical.denominator
    return found


def canonical(writer: Writer, results: Results) -> Results:
    """Return the results in canonical units, converted by the code and not by the written name."""
    found: Results = {}
    for (code, day), value in results.items():
        conversion = analyte(code).conversion_of(writer.units[code])
        assert conversion is not None
        exact = conversion.apply(value)
        found[code, day] = Decimal(exact.numerator) / exact.denominator
    return found


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("country", WRITERS)
@settings(max_examples=30)
@given(results=RESULTS)
def test_results_written_anywhere_in_any_layout_are_read_back(
    country: str, layout: Callable[[Writer, Results], list[list[str]]], results: Results
) -> None:
    writer = WRITERS[country]
    table = layout(writer, results)
    content = "\r\n".join(writer.delimiter.join(line) for line in table).encode(writer.encoding)
    assert read(content) == canonical(writer, results)


@given(results=RESULTS, seed=st.integers(0, 1000))
def test_the_order_of_rows_changes_nothing(results: Results, seed: int) -> None:
    writer = WRITERS["German"]
    heading, *lines = long(writer, results)
    random.Random(seed).shuffle(lines)
    content = "\n".join(writer.delimiter.join(line) for line in [heading, *lines]).encode(writer.encoding)
    assert read(content) == canonical(writer, results)
