"""Writes the cohort interchange: patients and all that is known of them, in the form that `patients.interchange` reads.

A patient's revision is read before the facts, and the facts as of that revision, so that what commits meanwhile is not half
seen. Runs with the log-in that only reads, past row-level security.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TextIO
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import F, Q

from patients import cohort_texts
from patients.cohort_rows import Person
from patients.cohort_tables import EVENTS, PATIENTS, RESULTS, TABLES, TREATMENTS, Table, write
from patients.facts import NewEvent, NewObservation, NewTreatment
from patients.models import CareTeam, Event, Observation, Patient, PatientIdentifier, PatientRevision, Treatment

CHUNK: Final = 500
RESULT_COLUMNS: Final = (
    "code", "effective_at", "precision", "specimen", "performer", "value", "value_text", "unit", "comparator", "status",
    "original_value", "original_unit",
)  # fmt: skip
EVENT_COLUMNS: Final = ("kind", "effective_at", "precision", "findings")
TREATMENT_COLUMNS: Final = ("drug", "dose", "unit", "route", "every_days", "started_on", "ended_on", "intent", "plan")
OPTIONAL: Final[Mapping[str, Mapping[str, Q]]] = {
    RESULTS.file: {
        "comparator": ~Q(comparator=""),
        "specimen": ~Q(specimen=""),
        "performer": ~Q(performer=""),
        "retracted_at": Q(retracted_revision__isnull=False),
    },
    EVENTS.file: {"retracted_at": Q(retracted_revision__isnull=False)},
    TREATMENTS.file: {
        "every_days": ~Q(every_days=1),
        "recorded_at": Q(),
        "plan": ~Q(plan=""),
        "retracted_at": Q(retracted_revision__isnull=False),
    },
}
"""When an optional column is needed."""


@dataclass(frozen=True, slots=True)
class _Patient:
    """A patient to export: as what the folder names them, and up to which revision."""

    pk: UUID
    person: Person
    revision: int

    @property
    def zone(self) -> ZoneInfo:
        """The zone of their days."""
        return ZoneInfo(self.person.time_zone)


def export_folder(folder: Path, *, team: CareTeam | None = None) -> dict[str, int]:
    """Write the four files of a cohort, of one team or of all; return the rows of each.

    A file that was there is replaced once its successor is whole. Readable by its owner only.
    """
    patients = _patients(team)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    scope = {} if team is None else {"patient__team": team}
    counts = {}
    with ExitStack() as files:
        drafts = [(table, folder / f"{table.file}.new") for table in TABLES]
        for table, draft in drafts:
            rows = _rows(table, patients)
            counts[table.file] = write(
                rows, table, files.enter_context(_private(draft)), optional=_needed(table, scope)
            )
    for table, draft in drafts:
        draft.replace(folder / table.file)
    return counts


def _private(path: Path) -> TextIO:
    """Open a new file that only its owner may read."""
    path.unlink(missing_ok=True)
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8", newline="")


def _patients(team: CareTeam | None) -> list[_Patient]:
    """Return the patients by the name that the folder gives them."""
    wanted = Patient.objects.all() if team is None else Patient.objects.filter(team=team)
    names = _names(team)
    found = [
        _Patient(pk, Person(names.get(pk, str(pk)), sex, born, height, zone), revision)
        for pk, revision, sex, born, height, zone in wanted.values_list(
            "pk", "revision", "sex", "birth_date", "height_cm", "time_zone"
        )
    ]
    return sorted(found, key=lambda one: (one.person.name, one.pk))


def _names(team: CareTeam | None) -> dict[UUID, str]:
    """Return each patient's identifier, the one without an issuer before others; none that two of the patients have."""
    wanted = PatientIdentifier.objects.all() if team is None else PatientIdentifier.objects.filter(patient__team=team)
    rows = list(wanted.order_by("issuer", "value").values_list("patient_id", "value"))
    owners = Counter(value for _, value in set(rows))
    found: dict[UUID, str] = {}
    for patient_id, value in rows:
        if owners[value] == 1:
            found.setdefault(patient_id, value)
    return found


def _needed(table: Table, scope: Mapping[str, Any]) -> list[str]:
    """Return the optional columns that some row needs."""
    models: Mapping[str, Any] = {RESULTS.file: Observation, EVENTS.file: Event, TREATMENTS.file: Treatment}
    conditions = OPTIONAL.get(table.file, {})
    return [
        name for name, condition in conditions.items() if models[table.file].objects.filter(condition, **scope).exists()
    ]


def _rows(table: Table, patients: Sequence[_Patient]) -> Iterator[Mapping[str, str]]:
    """Yield the rows of a file."""
    if table is PATIENTS:
        yield from (cohort_texts.person_row(one.person) for one in patients)
        return
    rows = {RESULTS: _results, EVENTS: _events, TREATMENTS: _treatments}[table]
    for start in range(0, len(patients), CHUNK):
        chunk = patients[start : start + CHUNK]
        yield from _of_chunk(chunk, rows)


Facts = Callable[["_Known", Sequence[UUID]], Iterator[tuple[UUID, Mapping[str, str] | None]]]


class _Known:
    """When each revision of a chunk's patients was made, and whether a fact was known at the one that is exported."""

    def __init__(self, patients: Sequence[_Patient]) -> None:
        self.by_id = {one.pk: one for one in patients}
        rows = PatientRevision.objects.filter(patient_id__in=list(self.by_id)).values_list("patient_id", "n", "at")
        self.times = {(patient_id, n): at for patient_id, n, at in rows}

    def span(self, patient_id: UUID, recorded: int, retracted: int | None) -> dict[str, Any] | None:
        """Return when a fact became known and was taken back, None where that was after the exported revision."""
        last = self.by_id[patient_id].revision
        if recorded > last:
            return None
        over = retracted is not None and retracted <= last
        return {
            "recorded_at": self.times[patient_id, recorded],
            "retracted_at": self.times[patient_id, retracted] if over and retracted is not None else None,
        }


def _of_chunk(chunk: Sequence[_Patient], rows: Facts) -> Iterator[Mapping[str, str]]:
    """Yield the rows of some patients, in their order."""
    known = _Known(chunk)
    found: dict[UUID, list[Mapping[str, str]]] = {one.pk: [] for one in chunk}
    for patient_id, row in rows(known, list(found)):
        if row is not None:
            found[patient_id].append(row)
    for one in chunk:
        yield from ({"patient": one.person.name, **row} for row in found[one.pk])


def _stored(model: Any, ids: Sequence[UUID], columns: Sequence[str], *order: str) -> Iterator[tuple[Any, ...]]:
    """Yield patient, revisions and columns of the facts of some patients."""
    mine = model.objects.filter(patient_id__in=ids).order_by(*order, F("recorded_revision"), "pk")
    yield from mine.values_list("patient_id", "recorded_revision", "retracted_revision", *columns).iterator()


def _results(known: _Known, ids: Sequence[UUID]) -> Iterator[tuple[UUID, Mapping[str, str] | None]]:
    """Yield the rows of results.csv."""
    for patient_id, recorded, retracted, *values in _stored(Observation, ids, RESULT_COLUMNS, "effective_at", "code"):
        if span := known.span(patient_id, recorded, retracted):
            fact = NewObservation(patient_id, **dict(zip(RESULT_COLUMNS, values, strict=True)), **span)
            yield patient_id, cohort_texts.result_row(fact, known.by_id[patient_id].zone)


def _events(known: _Known, ids: Sequence[UUID]) -> Iterator[tuple[UUID, Mapping[str, str] | None]]:
    """Yield the rows of events.csv."""
    for patient_id, recorded, retracted, *values in _stored(Event, ids, EVENT_COLUMNS, "effective_at", "kind"):
        if span := known.span(patient_id, recorded, retracted):
            fact = NewEvent(patient_id, **dict(zip(EVENT_COLUMNS, values, strict=True)), **span)
            yield patient_id, cohort_texts.event_row(fact, known.by_id[patient_id].zone)


def _treatments(known: _Known, ids: Sequence[UUID]) -> Iterator[tuple[UUID, Mapping[str, str] | None]]:
    """Yield the rows of treatments.csv."""
    for patient_id, recorded, retracted, *values in _stored(Treatment, ids, TREATMENT_COLUMNS, "started_on", "drug"):
        if span := known.span(patient_id, recorded, retracted):
            fact = NewTreatment(patient_id, **dict(zip(TREATMENT_COLUMNS, values, strict=True)), **span)
            yield patient_id, cohort_texts.treatment_row(fact)
