"""The rows of a patient's files that wait for a person: how many, where, and what each would say. One query."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Count, Window

from monitor.flowsheet import HeldAt, Result
from monitor.templatetags.showing import number
from monitor.templatetags.showing import unit as shown_unit
from patients.access import Asker
from patients.models import Patient, UploadRow
from patients.upload_api import uploads_for

READ: Final = 500
"""Rows of which the readings are looked at; all are counted."""
NO_BREAK: Final = "\u00a0"


@dataclass(frozen=True, slots=True)
class Held:
    """Rows that wait: how many, the file that has waited longest, and as results those that name an analyte and a day."""

    count: int = 0
    upload_id: UUID | None = None
    results: tuple[Result, ...] = ()


def held_rows(patient: Patient, asker: Asker, *, known_at: datetime | None = None) -> Held:
    """Return what waits for a person, of files that the asker may read.

    Of a past moment: what had been read by then and waits until now. When a row was decided on is not kept beside it, so that one
    is not shown as waiting in the past.
    """
    found = UploadRow.objects.filter(patient_id=patient.pk, state="held", upload__in=uploads_for(asker))
    if known_at is not None:
        found = found.filter(upload__finished_at__lte=known_at)
    rows = list(
        found.annotate(all=Window(Count("*")))
        .order_by("upload__received_at", "upload_id", "position")
        .values_list("all", "upload_id", "position", "reading")[:READ]
    )
    if not rows:
        return Held()
    results = (as_result(reading, HeldAt(file, place), patient.time_zone) for _, file, place, reading in rows)
    return Held(rows[0][0], rows[0][1], tuple(one for one in results if one is not None))


def as_result(reading: Mapping[str, Any], held: HeldAt, zone: str) -> Result | None:
    """Return what a row would be as a result; None where it names no analyte or no day, or speaks of an event."""
    code, at = reading.get("code"), _moment(reading.get("effective_at"), ZoneInfo(zone))
    if not code or at is None or reading.get("event_kind"):
        return None
    return Result(id=0, code=str(code), at=at, value=None, text=_text(reading), held=held)


def _moment(text: object, zone: ZoneInfo) -> datetime | None:
    """Return when a sample was taken; a day is its start where the patient lives."""
    if not isinstance(text, str) or not text:
        return None
    try:
        if len(text) == len("2026-03-03"):
            return datetime.combine(date.fromisoformat(text), time(), tzinfo=zone)
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo is not None else at.replace(tzinfo=zone)


def _text(reading: Mapping[str, Any]) -> str:
    """Return the value in the catalogue's unit where that is certain, else as written, with its unit."""
    sign, canonical = reading.get("comparator") or "", reading.get("canonical_value")
    if isinstance(canonical, int | float):
        return f"{sign}{number(float(canonical))}"
    written = reading.get("value")
    value = number(float(written)) if isinstance(written, int | float) else str(written or "no value")
    return f"{sign}{value}{NO_BREAK}{shown_unit(str(reading.get('unit') or ''))}".rstrip(NO_BREAK)
