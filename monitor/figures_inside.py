"""What is measured inside a Django process: queries a page, and intake as a ratio to COPY BINARY into the same table."""

import os
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

import psycopg
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from monitor.demo_accounts import ACCOUNTS
from monitor.figures import Figure, of_runs
from monitor.figures_pages import PLACES, Place
from monitor.roles import with_database
from patients import intake, recording, uploading
from patients.context import ALL, working_on
from patients.facts import NewObservation
from patients.models import CareTeam, Observation, Patient, Upload, UploadState, User

ROUNDS: Final = 7
PATIENTS: Final = 100
RESULTS: Final = 200
"""Of each patient a round: 20,000 rows."""
FILE_ROWS: Final = 4000
NEWEST: Final = datetime(2026, 1, 1, tzinfo=UTC)
COLUMNS: Final = {
    "patient_id": "uuid", "code": "varchar", "effective_at": "timestamptz", "precision": "varchar", "specimen": "varchar",
    "performer": "varchar", "value": "float8", "value_text": "varchar", "unit": "varchar", "comparator": "varchar",
    "status": "varchar", "data_absent_reason": "varchar", "unconfirmed": "bool", "interpretation": "varchar",
    "original_value": "varchar", "original_unit": "varchar", "recorded_revision": "int4",
}  # fmt: skip
COUNTED: Final = tuple(place for place in PLACES if not place.path.startswith("demo/"))
"""All pages but the demo's own, which only its web process has."""
COPY: Final = f"COPY patients_observation ({', '.join(COLUMNS)}) FROM STDIN (FORMAT BINARY)"


def pages(places: Sequence[Place] = COUNTED) -> list[Figure]:
    """Return the queries of every page of the service, each opened by who may. With the web's log-in."""
    today = datetime.now(UTC).date()
    return [
        Figure(f"{place.name}: queries", queries(browser, f"/{place.address(reader(browser), today)}", place.status))
        for role in dict.fromkeys(place.role for place in places)
        for browser in [visitor(role)]
        for place in places
        if place.role == role
    ]


def visitor(role: str) -> Client:
    """Return a browser of the person of the demo who has a role, as the list of log-ins says it; "" is a stranger."""
    browser = Client(HTTP_HOST="127.0.0.1")
    if role:
        email = next(account.email for account in ACCOUNTS if account.role == role)
        browser.force_login(User.objects.get(email=email))
    return browser


def reader(browser: Client) -> Callable[[str], str]:
    """Return what reads a page's HTML."""
    return lambda path: browser.get(f"/{path}").content.decode()


def queries(browser: Client, place: str, status: int = HTTPStatus.OK) -> int:
    """Return how many queries a page takes once what is kept between requests is loaded."""
    browser.get(place)
    with CaptureQueriesContext(connection) as captured:
        answered = browser.get(place).status_code
    if answered != status:
        raise RuntimeError(f"{place} answered {answered}")
    return len(captured)


def intake_rates(
    *, rounds: int = ROUNDS, patients: int = PATIENTS, results: int = RESULTS, file_rows: int = FILE_ROWS
) -> list[Figure]:
    """Return recording and whole intake of files beside COPY BINARY into the same table. With the worker's log-in.

    Every round measures each of them on as many rows of patients of its own.
    """
    team, by = CareTeam.objects.order_by("pk")[0], None
    admin = with_database(os.environ["DATABASE_ADMIN_URL"], str(connection.settings_dict["NAME"]))
    ratios, rates, file_ratios, file_rates = [], [], [], []
    with psycopg.connect(admin) as raw:
        for number in range(rounds):
            rows = patients * results
            copied = copy(raw, facts_of(new_patients(team, patients), results))
            recorded = record(facts_of(new_patients(team, patients), results), by)
            taken = take_in(new_patients(team, 1)[0], file_rows, number)
            ratios.append(recorded / copied)
            rates.append(rows / recorded)
            file_ratios.append((taken / file_rows) / (copied / rows))
            file_rates.append(file_rows / taken)
    return [
        of_runs(
            "recording", ratios, "times COPY BINARY", note=f"{patients * results:,} results of {patients} patients"
        ),
        of_runs("recording, rate", rates, "rows/s"),
        of_runs("intake of a file", file_ratios, "times COPY BINARY", note=f"{file_rows:,} rows from bytes to facts"),
        of_runs("intake of a file, rate", file_rates, "rows/s"),
    ]


def new_patients(team: CareTeam, count: int) -> list[UUID]:
    """Register patients of whom nothing is known."""
    with working_on(ALL):
        made = Patient.objects.bulk_create(Patient(team=team, changed_at=NEWEST) for _ in range(count))
    return [patient.pk for patient in made]


def facts_of(patients: Sequence[UUID], results: int) -> list[NewObservation]:
    """Return daily hemoglobin results of each patient."""
    return [
        NewObservation(
            patient, "HGB", NEWEST - timedelta(days=day), "minute", value=110.0 + day % 30, unit="g/L",
            original_value=str(110 + day % 30), original_unit="g/L",
        )
        for patient in patients
        for day in range(results, 0, -1)
    ]  # fmt: skip


def copy(raw: "psycopg.Connection[tuple[Any, ...]]", facts: Sequence[NewObservation]) -> float:
    """Copy results into the table, committed; return the seconds. Row-level security lets only a superuser do so."""
    rows = [(*(getattr(fact, name) for name in list(COLUMNS)[:-1]), 1) for fact in facts]
    began = time.perf_counter()
    with raw.cursor() as cursor, cursor.copy(COPY) as target:
        target.set_types(list(COLUMNS.values()))
        for row in rows:
            target.write_row(row)
    raw.commit()
    seconds = time.perf_counter() - began
    _all_there(facts)
    return seconds


def record(facts: Sequence[NewObservation], by: User | None) -> float:
    """Record results by the one writer, committed; return the seconds."""
    began = time.perf_counter()
    with working_on(ALL):
        recording.record(facts, by=by, at=NEWEST, why="figures")
    seconds = time.perf_counter() - began
    _all_there(facts)
    return seconds


def take_in(patient: UUID, rows: int, number: int) -> float:
    """Take in a file of one patient, parsed in its child process, checked and recorded; return the seconds."""
    lines = [
        f"{NEWEST - timedelta(days=day, minutes=number):%Y-%m-%d %H:%M}Z,Hemoglobin,{110 + day % 30},g/L"
        for day in range(rows)
    ]
    content = "\n".join(["Sampling date,Test,Value,Unit", *lines]).encode()
    at = datetime.now(UTC)
    began = time.perf_counter()
    with working_on([patient]):
        upload = uploading.receive(content=content, name="figures.csv", patient_id=patient, by=None, at=at, wake=False)
    intake.read_upload(upload.pk)
    seconds = time.perf_counter() - began
    with working_on([patient]):
        done = Upload.objects.get(pk=upload.pk)
    if done.state != UploadState.DONE or done.accepted != rows:
        raise RuntimeError(f"the file ended as {done.state} with {done.accepted} of {rows} rows")
    return seconds


def _all_there(facts: Sequence[NewObservation]) -> None:
    """Make sure that both ways wrote the same: as many rows as there are facts."""
    with working_on(ALL):
        stored = Observation.objects.filter(patient_id__in={fact.patient_id for fact in facts}).count()
    if stored != len(facts):
        raise RuntimeError(f"{stored} of {len(facts)} rows were written")
