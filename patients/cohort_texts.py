"""A person or a fact as the cells of a line of a cohort folder. Pure; `patients.cohort_rows` is the way in.

What is read back is the same: numbers have all their digits, days are days of the patient's zone, other times are UTC.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from patients.analytes import catalogue
from patients.cohort_rows import Person, canonical
from patients.cohort_tables import NUMBER
from patients.facts import Fact, NewEvent, NewObservation, NewTreatment


def moment_text(moment: datetime, precision: str, zone: ZoneInfo) -> str:
    """Return an instant as written in a file: with day precision its date, else in UTC.

    Half a day is added, so that the start of a day stays in that day if the patient's zone was changed since.
    """
    if precision == "day":
        return (moment + timedelta(hours=12)).astimezone(zone).date().isoformat()
    return moment.astimezone(UTC).isoformat()


def number_text(value: float | None) -> str:
    """Return the shortest text of a number, "" for none."""
    return "" if value is None else repr(float(value)).removesuffix(".0")


def result_row(fact: NewObservation, zone: ZoneInfo) -> Mapping[str, str] | None:
    """Return an observation's cells, None where it says nothing but why there is no value."""
    if fact.value is None and not fact.value_text:
        return None
    value, unit = _written(fact)
    return {
        "code": fact.code,
        "value": value,
        "unit": unit,
        "effective_at": moment_text(fact.effective_at, fact.precision, zone),
        "status": fact.status,
        "comparator": fact.comparator,
        "specimen": fact.specimen,
        "performer": fact.performer,
        **_times(fact),
    }


def _written(fact: NewObservation) -> tuple[str, str]:
    """Return value and unit: as they were written where that reads as the same value, else canonical."""
    analyte, written = catalogue().get(fact.code), fact.original_value
    if fact.value is None:
        return fact.value_text, fact.original_unit if written == fact.value_text else ""
    if analyte and NUMBER.fullmatch(written) and canonical(analyte, written, fact.original_unit) == fact.value:
        return written, fact.original_unit
    return number_text(fact.value), fact.unit


def event_row(fact: NewEvent, zone: ZoneInfo) -> Mapping[str, str]:
    """Return an event's cells."""
    return {
        "kind": fact.kind,
        "effective_at": moment_text(fact.effective_at, fact.precision, zone),
        "findings": json.dumps(dict(fact.findings), ensure_ascii=False, sort_keys=True),
        **_times(fact),
    }


def treatment_row(fact: NewTreatment) -> Mapping[str, str]:
    """Return a treatment's cells."""
    return {
        "drug": fact.drug,
        "dose": number_text(fact.dose),
        "unit": fact.unit,
        "route": fact.route,
        "started_on": fact.started_on.isoformat(),
        "ended_on": "" if fact.ended_on is None else fact.ended_on.isoformat(),
        "intent": fact.intent,
        "every_days": "" if fact.every_days == 1 else number_text(fact.every_days),
        "plan": fact.plan,
        **_times(fact),
    }


def _times(fact: Fact) -> dict[str, str]:
    """Return when a fact became known, and when it was taken back."""
    moments = {"recorded_at": fact.recorded_at, "retracted_at": fact.retracted_at}
    return {
        name: "" if moment is None else moment_text(moment, "minute", ZoneInfo("UTC"))
        for name, moment in moments.items()
    }


def person_row(one: Person) -> Mapping[str, str]:
    """Return a person's cells."""
    return {
        "patient": one.name,
        "sex": one.sex,
        "birth_date": "" if one.birth_date is None else one.birth_date.isoformat(),
        "height_cm": number_text(one.height_cm),
        "time_zone": one.time_zone,
    }
