"""Whole files from bytes to readings: authored exports against the results that are in them, published and broken ones.

Where the files come from is in tests/data/csv/SOURCES.md.
"""

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest

from patients.analytes import analyte
from patients.parsers.csv import CsvParser
from patients.readings import Issue, Reading, RowState
from patients.validation import Frame, validate

DATA = Path(__file__).parents[2] / "data" / "csv"
EXPECTED = sorted((DATA / "authored" / "expected").glob("*.json"))
ZONE = "America/New_York"
FRAME = Frame(now=datetime(2026, 11, 23, tzinfo=UTC), time_zone=ZONE)
CODES = {"FER": "FERRITIN", "RET": "RETIC"}
"""Names of the expected files that are not those of the catalogue."""
SPECIAL = "de_special_values_utf8.csv"


def read(path: Path) -> tuple[list[Reading], list[Issue]]:
    """Return the readings of a file, and the issues that belong to no result."""
    items = list(validate(CsvParser().parse(path.read_bytes()), FRAME))
    return [item for item in items if isinstance(item, Reading)], [item for item in items if isinstance(item, Issue)]


def expected_of(path: Path) -> list[dict[str, Any]]:
    return cast("list[dict[str, Any]]", json.loads(path.read_text(encoding="utf-8")))


def readings_of(expected: Path) -> list[Reading]:
    """Return the readings of the authored file that an expected one describes, without its empty cells."""
    readings, _ = read(DATA / "authored" / expected.name.removesuffix(".json"))
    return [reading for reading in readings if reading.state is not RowState.SKIPPED]


def canonical(one: dict[str, Any], key: str) -> float | None:
    """Return a number of an expected result in the catalogue's unit."""
    if one.get(key) is None:
        return None
    conversion = analyte(CODES.get(one["code"], one["code"])).conversion_of(one["unit"])
    assert conversion is not None
    return float(conversion.factor) * float(one[key])


def place(code: str, day: str) -> tuple[str, str]:
    return CODES.get(code, code), day


def placed(reading: Reading) -> tuple[str, str]:
    """Return code and local day of a reading."""
    assert reading.effective_at is not None
    return reading.code, reading.effective_at.astimezone(ZoneInfo(ZONE)).date().isoformat()


ORDINARY = [path for path in EXPECTED if not path.name.startswith(SPECIAL)]


@pytest.mark.parametrize("path", ORDINARY, ids=lambda path: path.name)
def test_every_result_of_an_authored_file_is_accepted_as_it_is_meant(path: Path) -> None:
    readings, expected = readings_of(path), expected_of(path)
    assert {reading.state for reading in readings} == {RowState.ACCEPTED}
    assert {placed(reading): reading.value for reading in readings} == {
        place(one["code"], one["date"]): pytest.approx(canonical(one, "value"), rel=1e-12) for one in expected
    }
    assert len(readings) == len(expected) > 60


@pytest.mark.parametrize("path", ORDINARY, ids=lambda path: path.name)
def test_every_reference_range_of_an_authored_file_is_as_it_is_meant(path: Path) -> None:
    ranges = {placed(one): (one.reference_low, one.reference_high) for one in readings_of(path)}
    shown = bool({low for low, _ in ranges.values()} - {None})
    for one in expected_of(path):
        low, high = (canonical(one, key) if shown else None for key in ("low", "high"))
        assert ranges[place(one["code"], one["date"])] == (
            low if low is None else pytest.approx(low),
            high if high is None else pytest.approx(high),
        )


@pytest.mark.parametrize("path", ORDINARY, ids=lambda path: path.name)
def test_nothing_odd_is_said_of_an_ordinary_file(path: Path) -> None:
    readings, issues = read(DATA / "authored" / path.name.removesuffix(".json"))
    assert [reading for reading in readings if reading.issues] == []
    assert {issue.code for issue in issues} <= {"text_line"}


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [("de_semicolon_cp1252.csv", "L", ""), ("us_utf16le_tab.csv", "L", ""), ("ru_cp1251.csv", "L", "")],
)
def test_flags_say_what_the_ranges_say(name: str, low: str, high: str) -> None:
    readings, _ = read(DATA / "authored" / name)
    flagged = [reading for reading in readings if reading.interpretation]
    assert flagged
    assert {reading.interpretation for reading in flagged} <= {low, high or "H"}
    for reading in flagged:
        assert reading.value is not None
        assert reading.reference_low is not None
        assert (reading.value < reading.reference_low) == (reading.interpretation == low)


def test_the_patient_and_the_time_of_a_preamble_belong_to_every_result() -> None:
    readings, issues = read(DATA / "authored" / "us_preamble_footer.csv")
    assert {reading.patient for reading in readings} == {"IPH-1006"}
    assert {reading.precision for reading in readings} == {"minute"}
    assert readings[0].effective_at == datetime(2023, 1, 9, 13, 47, tzinfo=UTC)  # 8:47 in New York
    assert [issue.code for issue in issues] == ["text_line", "text_line"]


def test_a_born_other_than_the_patient_holds_every_result_of_a_preamble() -> None:
    content = (DATA / "authored" / "us_preamble_footer.csv").read_bytes()
    other = Frame(now=FRAME.now, birth_date=datetime(2014, 4, 17, tzinfo=UTC).date())
    readings = [item for item in validate(CsvParser().parse(content), other) if isinstance(item, Reading)]
    assert {(reading.state, reading.issues[0].code) for reading in readings} == {(RowState.HELD, "other_person")}


def test_special_values_are_accepted_held_or_skipped_and_none_is_guessed() -> None:
    readings, _ = read(DATA / "authored" / SPECIAL)
    found = {placed(reading): reading for reading in readings if reading.code}
    ends: dict[str, tuple[str, str]] = {}
    for one in expected_of(DATA / "authored" / "expected" / f"{SPECIAL}.json"):
        if "raw" not in one:
            assert found[place(one["code"], one["date"])].value == pytest.approx(canonical(one, "value"))
        elif (reading := found.get(place(one["code"], one["date"]))) is not None:
            ends[one["raw"]] = (reading.state.value, reading.data_absent_reason or reading.issues[0].code)
    assert ends == {
        "<5": ("held", "implausible"), "> 1500": ("held", "implausible"), "≤ 0,5": ("held", "implausible"),
        "9,8 L": ("held", "doubtful_number"), "112*": ("held", "doubtful_number"), "~98": ("held", "doubtful_number"),
        "hemolysiert": ("accepted", "error"), "n.b.": ("accepted", "unknown"), "1.234,5": ("held", "outside_soft_limits"),
        "siehe Kommentar": ("held", "unreadable_value"), "neg.": ("held", "unreadable_value"),
    }  # fmt: skip


def test_comparators_and_thousands_of_the_special_values_are_read_as_meant() -> None:
    readings, _ = read(DATA / "authored" / SPECIAL)
    held = {
        reading.original_value: (reading.comparator, reading.value)
        for reading in readings
        if reading.state is RowState.HELD
    }
    assert (held["<5"], held["> 1500"], held["≤ 0,5"]) == (("<", 5.0), (">", 1500.0), ("<=", 0.5))
    assert (held["1.234,5"], held["9,8 L"], held["~98"]) == (("", 1234.5), ("", 9.8), ("", 98.0))


PUBLIC = {
    "aws-blood-test.csv": ({"held": 14, "skipped": 1}, {"date_missing", "outside_soft_limits", "not_followed"}, set()),
    "cbc_headerless_200.csv": ({}, set(), {"no_heading"}),
    "lb_metabolic.csv": ({"accepted": 108, "skipped": 201}, {"not_followed"}, set()),
    "lb_onco_pcwg3.csv": ({"skipped": 41}, {"not_followed"}, set()),
    "medicaldata_labs_join.csv": ({"held": 16}, {"date_missing"}, {"unknown_column"}),
}


@pytest.mark.parametrize("name", PUBLIC)
def test_published_tables_end_as_they_should(name: str) -> None:
    states, row_codes, file_codes = PUBLIC[name]
    readings, issues = read(DATA / "public" / name)
    assert Counter(reading.state.value for reading in readings) == states
    assert {issue.code for reading in readings for issue in reading.issues} == row_codes
    assert {issue.code for issue in issues} == file_codes


@pytest.mark.parametrize("name", ["thiomon_150.csv", "nhanes1_subset_60.csv"])
def test_a_table_without_units_and_dates_has_nothing_accepted(name: str) -> None:
    readings, _ = read(DATA / "public" / name)
    assert {reading.state for reading in readings} == {RowState.HELD, RowState.SKIPPED}
    held = [{issue.code for issue in reading.issues} for reading in readings if reading.state is RowState.HELD]
    assert all("date_missing" in codes for codes in held)
    assert sum("unit_missing" in codes for codes in held) > len(held) / 2


MALFORMED = {
    "blns_as_test_names.csv": ({"held": 515}, {"unknown_name"}, set()),
    "csv_empty.csv": ({}, set(), {"empty_file"}),
    "csv_formula_injection.csv": ({"held": 3}, {"unknown_name"}, set()),
    "csv_header_only.csv": ({}, set(), set()),
    "csv_invalid_utf8.csv": ({"held": 1}, {"unknown_name"}, set()),
    "csv_mixed_line_ends.csv": ({"accepted": 3}, set(), set()),
    "csv_nul_bytes.csv": ({"held": 1}, {"nul_byte", "unknown_name"}, set()),
    "csv_ragged.csv": ({"held": 2}, {"short_row", "unit_missing", "extra_cells"}, set()),
    "csv_unclosed_quote.csv": ({"accepted": 1, "rejected": 1}, {"unclosed_quote"}, set()),
    "hl7_binary_garbage.hl7": ({}, set(), {"no_heading"}),
    "report (1) .csv": ({"accepted": 1}, set(), set()),
    "xlsx_is_csv.xlsx": ({"held": 1}, {"unit_missing"}, set()),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_broken_files_end_with_the_reason(name: str) -> None:
    states, row_codes, file_codes = MALFORMED[name]
    readings, issues = read(DATA / "malformed" / name)
    assert Counter(reading.state.value for reading in readings) == states
    assert {issue.code for reading in readings for issue in reading.issues} == row_codes
    assert {issue.code for issue in issues} == file_codes


def test_every_carried_file_is_read_here_and_named_in_its_sources() -> None:
    assert {path.name for path in (DATA / "malformed").iterdir()} == set(MALFORMED)
    assert {path.name for path in (DATA / "public").iterdir()} == {*PUBLIC, "thiomon_150.csv", "nhanes1_subset_60.csv"}
    assert {path.name for path in (DATA / "authored").glob("*.csv")} == {path.stem for path in EXPECTED}
    sources = (DATA / "SOURCES.md").read_text()
    assert all(
        f"`{name}`" in sources
        for name in [*PUBLIC, "thiomon_150.csv", "nhanes1_subset_60.csv", "blns_as_test_names.csv"]
    )
    assert sum(path.stat().st_size for path in DATA.rglob("*") if path.is_file()) < 600_000
