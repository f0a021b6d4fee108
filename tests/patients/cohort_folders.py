"""Cohort folders as texts and on disk: the stage of every test of the interchange."""

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from patients.cohort_tables import TABLES

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)

SMALL: Mapping[str, str] = {
    "patients.csv": (
        "patient,sex,birth_date,height_cm,time_zone\r\n"
        "C-1,female,1990-05-17,168,Europe/Berlin\r\n"
        "C-2,,,,America/Chicago\r\n"
    ),
    "results.csv": (
        "patient,code,value,unit,effective_at,recorded_at,status,comparator,specimen,performer\r\n"
        "C-1,HGB,12.8,g/dL,2026-01-12,2026-01-13T07:30:00+00:00,final,,,City laboratory\r\n"
        "C-1,HGB,104,g/L,2026-02-09T08:15:00+00:00,2026-02-09T12:00:00+00:00,final,,,\r\n"
        "C-1,FERRITIN,8,ug/L,2026-02-09,2026-02-09T12:00:00+00:00,final,<,serum,\r\n"
        "C-1,ANISO,2+,,2026-02-09,2026-02-10T12:00:00+00:00,preliminary,,,\r\n"
        "C-2,FVC,3.1,L,2026-03-02,2026-03-02T18:00:00+00:00,final,,,\r\n"
    ),
    "events.csv": (
        "patient,kind,effective_at,recorded_at,findings\r\n"
        'C-1,hemoptysis,2026-02-08,2026-02-09T12:00:00+00:00,"{""amount"": ""teaspoon"", ""volume_ml"": 20}"\r\n'
        'C-1,sputum,2026-02-10,2026-02-11T09:00:00+00:00,"{""adequate"": true, ""siderophages"": ""many""}"\r\n'
    ),
    "treatments.csv": (
        "patient,drug,dose,unit,route,started_on,ended_on,intent,every_days,recorded_at\r\n"
        "C-1,prednisolone,30,mg,oral,2026-02-10,2026-03-10,taken,,2026-02-10T10:00:00+00:00\r\n"
        "C-1,cyclophosphamide,400,mg,oral,2026-02-10,,planned,2,2026-02-10T10:00:00+00:00\r\n"
    ),
}
"""A folder in the form in which it is written: what is read from it comes out as it went in."""


def folder(path: Path, files: Mapping[str, str] = SMALL) -> Path:
    """Write a folder."""
    path.mkdir(exist_ok=True, parents=True)
    for name, text in files.items():
        (path / name).write_text(text, encoding="utf-8", newline="")
    return path


def changed(old: str, new: str, file: str = "results.csv") -> dict[str, str]:
    """Return the small folder with one text replaced by another."""
    assert SMALL[file].count(old) == 1, old
    return {**SMALL, file: SMALL[file].replace(old, new)}


def texts(path: Path) -> dict[str, str]:
    """Return the four files of a folder."""
    return {table.file: (path / table.file).read_bytes().decode() for table in TABLES}


def table(columns: Sequence[str], *rows: Sequence[str]) -> bytes:
    """Return a file of these columns and rows."""
    text = io.StringIO()
    csv.writer(text).writerows([columns, *rows])
    return text.getvalue().encode()
