"""Facts as programs send them: results read like the rows of a file, events by their kind, doses by their columns."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from rest_framework.exceptions import ValidationError

from patients import framing, naming, reporting, settling
from patients.access import Asker
from patients.event_kinds import completed, problems
from patients.facts import NewEvent, NewObservation, NewTreatment
from patients.instants import Instant, is_later_than_tomorrow, read_instant
from patients.models import Event, Observation, Patient, Treatment
from patients.parsers.raw import RawResult
from patients.proposing import observation_of
from patients.reach import patients_for
from patients.readings import Issue, Reading, RowState
from patients.refusals import NotRecorded
from patients.storable import storable
from patients.understanding import Row, understand
from patients.validation import FIRST_DAY, Frame, validate

WHY: Final = "api"
DATED: Final = frozenset({"infection", "remission"})
"""Kinds that say something by their date alone; of every other one thing at least is stated."""
DOSE: Final = ("drug", "dose", "unit", "route", "every_days", "started_on", "ended_on", "plan")
WRITTEN: Final = (
    "comparator", "effective_at", "specimen", "performer", "reference_low", "reference_high", "interpretation",
    "data_absent_reason",
)  # fmt: skip
"""Of a result, what is taken as it is; the rest has a name of its own in a `RawResult` or needs care."""
SAYING: Final = frozenset({"value", "unit", "comparator", "data_absent_reason"})
"""With any of these corrected, a result says something else: limits and flag of what stood there do not speak of it."""


def add_results(given: Sequence[Mapping[str, Any]], *, who: Asker, at: datetime) -> list[Row]:
    """Read results as a file's rows are and record them; return how each ended, in order. What is held is not kept.

    `row` is what an outcome is known by.
    """
    raws = [_raw(one, one.get("row", "")) for one in given]
    owners = naming.resolve({raw.patient for raw in raws}, among=patients_for(who, "observation", "add"))
    frames = framing.frames({one for one in owners.values() if isinstance(one, UUID)}, at=at)
    understood = understand("api", raws, owners=owners, frames=frames, unknown=Frame(now=at))
    return settling.conclude(understood.rows, by=who.user, at=at, upload_id=None, why=WHY)


def outcome(row: Row) -> dict[str, Any]:
    """Return how a result ended as it is told: as written and as kept, the fact it became or meets, and every issue."""
    kept, reading = reporting.kept(row), row.reading
    patient = str(row.patient_id) if row.patient_id else reading.patient
    told = {name: kept.get(name) for name in reporting.TOLD}
    met = {"kind": row.fact_kind if row.fact_id else "", "id": row.fact_id}
    issues = [reporting.described(issue) for issue in reading.issues]
    return {"row": reading.row, "patient": patient, **told, "state": str(reading.state), **met, "issues": issues}


def unreadable(place: int, patient: str, issues: Sequence[Issue]) -> dict[str, Any]:
    """Return the outcome of an element that is no result at all."""
    reading = Reading(str(place), "", RowState.REJECTED, patient=storable(patient, 120), issues=tuple(issues))
    return outcome(Row(reading, None))


def corrected_result(old: Observation, change: Mapping[str, Any], *, patient: Patient, at: datetime) -> NewObservation:
    """Return the result that stands in place of another, validated as any; NotRecorded where a person must look again."""
    stays = _place(old, patient) if change.keys() & SAYING else {**_place(old, patient), **_saying(old)}
    if "unit" in change and "value" not in change:
        stays["value"] = _number(old.value) or old.value_text
    raw = _raw({**stays, **change, "code": old.code, "status": "corrected"}, "")
    frame = Frame(now=at, time_zone=patient.time_zone, birth_date=patient.birth_date, sex=patient.sex)
    (reading,) = validate([raw], frame)
    if not isinstance(reading, Reading) or reading.state is not RowState.ACCEPTED or reading.effective_at is None:
        issues = reading.issues if isinstance(reading, Reading) else (reading,)
        raise NotRecorded(why_not(issues), [reporting.described(issue) for issue in issues])
    fact = observation_of(reading, patient.pk, reading.effective_at)
    if change.keys() & SAYING:
        return fact
    return replace(fact, original_value=old.original_value, original_unit=old.original_unit)


def why_not(issues: Sequence[Issue]) -> str:
    """Return why a result is not recorded, in a sentence."""
    return " ".join(dict.fromkeys(issue.message for issue in issues)) or "There is nothing to record."


def event_from(given: Mapping[str, Any], *, patient: Patient, at: datetime) -> NewEvent:
    """Return an event that its kind allows; else a ValidationError that names what is wrong."""
    kind = given["kind"]
    findings = completed(kind, {storable(str(name)): _kept(value) for name, value in given["findings"].items()})
    moment = moment_from(given["effective_at"], patient, at)
    wrong = {f"findings.{issue.column}": [issue.message] for issue in problems(kind, findings)}
    if not wrong and not findings and kind not in DATED:
        wrong = {"findings": ["State one finding at least."]}
    if not wrong and kind == "exacerbation" and str(findings.get("until", "9")) < moment.day.isoformat():
        wrong = {"findings.until": ["It ends before it begins."]}
    if wrong:
        raise ValidationError(wrong)
    return NewEvent(patient.pk, kind, moment.at, moment.precision, findings)


def corrected_event(old: Event, change: Mapping[str, Any], *, patient: Patient, at: datetime) -> NewEvent:
    """Return the event that stands in place of another."""
    shown = reporting.shown(old.effective_at, old.precision, patient.time_zone)
    return event_from(
        {"effective_at": shown, "findings": old.findings, **change, "kind": old.kind}, patient=patient, at=at
    )


def treatment_from(given: Mapping[str, Any], *, patient: Patient, at: datetime) -> NewTreatment:
    """Return a treatment whose days can be true; else a ValidationError that names what is wrong."""
    today = at.astimezone(ZoneInfo(patient.time_zone)).date()
    first, last = given["started_on"], given.get("ended_on")
    wrong = {}
    if first < max(FIRST_DAY, patient.birth_date or FIRST_DAY):
        wrong["started_on"] = ["The day is too long ago."]
    if last is not None and last < first:
        wrong["ended_on"] = ["It ends before it begins."]
    if given["intent"] == "taken" and max(first, last or first) > today + timedelta(days=1):
        wrong["started_on"] = ["What is yet to come was not taken."]
    if not given["drug"].strip():
        wrong["drug"] = ["Name the drug."]
    if wrong:
        raise ValidationError(wrong)
    columns = {name: given[name] for name in DOSE if name in given}
    return NewTreatment(patient_id=patient.pk, intent=given["intent"], **{**columns, "drug": given["drug"].strip()})


def corrected_treatment(old: Treatment, change: Mapping[str, Any], *, patient: Patient, at: datetime) -> NewTreatment:
    """Return the treatment that stands in place of another."""
    stored = {name: getattr(old, name) for name in (*DOSE, "intent")}
    return treatment_from({**stored, **change, "intent": old.intent}, patient=patient, at=at)


def moment_from(text: str, patient: Patient, at: datetime) -> Instant:
    """Return when something was, by the clock where the patient lives; else a ValidationError."""
    instant = read_instant(text, ZoneInfo(patient.time_zone))
    if instant is None:
        raise ValidationError({"effective_at": ["This is no date."]})
    if is_later_than_tomorrow(instant, at):
        raise ValidationError({"effective_at": ["The date lies in the future."]})
    if instant.day < max(FIRST_DAY, patient.birth_date or FIRST_DAY):
        raise ValidationError({"effective_at": ["The date is too long ago."]})
    return instant


def period(text: str, name: str, patient: Patient, *, end: bool) -> datetime:
    """Return the instant at which a period begins or, the last day included, ends; else a ValidationError."""
    zone = ZoneInfo(patient.time_zone)
    instant = read_instant(text, zone)
    if instant is None:
        raise ValidationError({name: ["This is no date."]})
    if not end or instant.precision == "minute":
        return instant.at
    following = instant.day + timedelta(days=1) if instant.day < date.max else instant.day
    return datetime.combine(following, time(), zone).astimezone(UTC) - timedelta(microseconds=1)


def local_day(text: str, name: str, patient: Patient) -> date:
    """Return the day that a date or an instant means where the patient lives; else a ValidationError."""
    return period(text, name, patient, end=False).astimezone(ZoneInfo(patient.time_zone)).date()


def _raw(given: Mapping[str, Any], row: str) -> RawResult:
    """Return a result as a file would hold it."""
    return RawResult(
        row=row,
        patient=given.get("patient", ""),
        code=given.get("code", ""),
        name=given.get("name", ""),
        value=given.get("value", ""),
        unit=given.get("unit", ""),
        status=given.get("status", ""),
        issued_at=given.get("issued_at", ""),
        original=given.get("value", ""),
        **{name: given[name] for name in WRITTEN if name in given},
    )


def _place(old: Observation, patient: Patient) -> dict[str, Any]:
    """Return when and where a result was made, as who corrects it would have sent it."""
    when = reporting.shown(old.effective_at, old.precision, patient.time_zone)
    return {"effective_at": when, "specimen": old.specimen, "performer": old.performer}


def _saying(old: Observation) -> dict[str, Any]:
    """Return what a result says, in the catalogue's unit."""
    return {
        "value": old.value_text if old.value is None else repr(old.value),
        "unit": "" if old.value is None else old.unit,
        "reference_low": _number(old.reference_low),
        "reference_high": _number(old.reference_high),
        "comparator": old.comparator,
        "interpretation": old.interpretation,
        "data_absent_reason": old.data_absent_reason,
    }


def _number(value: float | None) -> str:
    """Return a number as a text, none as nothing."""
    return "" if value is None else repr(value)


def _kept(value: object) -> object:
    """Return a finding that can be kept."""
    return storable(value) if isinstance(value, str) else value
