"""From upload to alert in a running demo, through its real HTTP API and its real worker, as a ratio to one Celery round trip.

Both are measured in turn, so that a busy moment hits both; the ratio of each turn counts, and its median is told.
"""

import csv
import http.client
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import psutil
import psycopg

from monitor import embedded, readiness, supervising
from monitor.demo_accounts import TEAM
from monitor.embedded_places import CHECKOUT
from monitor.embedded_processes import end
from monitor.embedded_redis import client_url
from monitor.figures import Figure, of_runs
from monitor.figures_demo import NotMeasuredError, OwnDemo
from monitor.readiness import Demo

ROUNDS: Final = 15
TRIPS: Final = 5
"""Round trips a turn; their median counts."""
GRACE: Final = 3.0
"""Seconds that a worker that only answers is given to end: now and then Celery takes half a minute to."""
RESULTS: Final = 8
SECONDS: Final = 60.0
POLL_SECONDS: Final = 0.0005
JUDGED: Final = """
SELECT count(*) FROM patients_patientidentifier i JOIN alerts_watchstate w ON w.patient_id = i.patient_id
WHERE i.value LIKE %s AND w.evaluated_revision > 0
"""
RAISED: Final = """
SELECT 1 FROM patients_patientidentifier i JOIN alerts_alert a ON a.patient_id = i.patient_id
WHERE i.value = %s AND a.rule = 'hemoglobin_fall'
"""


def upload_to_alert(demo: OwnDemo, *, rounds: int = ROUNDS) -> list[Figure]:
    """Return how long it takes from a file sent to its alert committed, and how many round trips that is."""
    now = datetime.now(UTC)
    admit(demo, "F", rounds + 1, now)
    urls = embedded.attach(demo.local)
    alerts, ratios, trips = [], [], []
    with psycopg.connect(urls["DATABASE_OPERATOR_URL"], autocommit=True) as database, round_trips(demo, urls) as trip:
        until(database, JUDGED, ("F-%",), rounds + 1)
        seconds_to_alert(demo, database, 0, now)  # the first pays for what is loaded late
        for number in range(1, rounds + 1):
            one = sorted(trip() for _ in range(TRIPS))[TRIPS // 2]
            alert = seconds_to_alert(demo, database, number, now)
            alerts.append(alert * 1000)
            trips.append(one * 1000)
            ratios.append(alert / one)
    return [
        of_runs("upload to alert", ratios, "Celery round trips", note="a file through API, worker and child process"),
        of_runs("upload to alert, time", alerts, "ms"),
        of_runs("Celery round trip", trips, "ms"),
    ]


def admit(demo: OwnDemo, series: str, patients: int, now: datetime) -> None:
    """Give the first team stable patients, `series`-0 and on; the watch looks at them soon."""
    folder = write_cohort(demo.local.parent / f"figures-{series}", now, patients, series)
    demo.manage("cohort", "import", str(folder), "--team", TEAM)


def write_cohort(folder: Path, now: datetime, patients: int, series: str = "F") -> Path:
    """Write stable patients, F-0 and on, as a cohort folder."""
    folder.mkdir()
    names = [f"{series}-{number}" for number in range(patients)]
    results = [
        [
            name,
            "HGB",
            str(126 + step % 5),
            "g/L",
            (now - timedelta(days=28 * step + 5)).isoformat(),
            now.isoformat(),
            "final",
        ]
        for name in names
        for step in range(RESULTS)
    ]
    tables: dict[str, list[list[str]]] = {
        "patients.csv": [["patient", "sex", "birth_date", "height_cm", "time_zone"]]
        + [[name, "female", "1990-05-17", "", "UTC"] for name in names],
        "results.csv": [["patient", "code", "value", "unit", "effective_at", "recorded_at", "status"], *results],
    }
    for name, rows in tables.items():
        with (folder / name).open("w", newline="") as file:
            csv.writer(file).writerows(rows)
    return folder


def until(
    database: "psycopg.Connection[tuple[Any, ...]]",
    question: str,
    values: tuple[object, ...],
    least: int,
    seconds: float | None = None,
) -> None:
    """Ask until the first column of an answer is at least `least`; NotMeasuredError if that does not come in time."""
    seconds = SECONDS if seconds is None else seconds
    deadline = time.monotonic() + seconds
    while True:
        row = database.execute(question, values).fetchone()
        if row is not None and row[0] >= least:
            return
        if time.monotonic() > deadline:
            raise NotMeasuredError(f"The watch did not come to its end within {seconds:.0f} s.")
        time.sleep(POLL_SECONDS)


def seconds_to_alert(
    demo: OwnDemo, database: "psycopg.Connection[tuple[Any, ...]]", number: int, now: datetime
) -> float:
    """Send one patient's file with one low result; return the seconds until the alert is committed."""
    content = low_result(f"F-{number}", "10.4", now)
    began = time.perf_counter()
    send(demo, f"F-{number}", content)
    until(database, RAISED, (f"F-{number}",), 1)
    return time.perf_counter() - began


def low_result(patient: str, grams: str, now: datetime) -> bytes:
    """Return a laboratory's file with one hemoglobin, in g/dL, of five minutes ago."""
    text = io.StringIO()
    rows = [["Patient ID", "Sampling date", "Test", "Value", "Unit"]]
    rows.append([patient, f"{now - timedelta(minutes=5):%Y-%m-%d %H:%M}Z", "Hemoglobin", grams, "g/dL"])
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def send(demo: OwnDemo, patient: str, content: bytes) -> str:
    """POST a file to the API with the physician's token; return the upload's id."""
    edge = uuid4().hex
    head = f'--{edge}\r\nContent-Disposition: form-data; name="patient"\r\n\r\n{patient}\r\n'
    head += f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="results.csv"\r\n\r\n'
    headers = {
        "Content-Type": f"multipart/form-data; boundary={edge}",
        "Authorization": f"Token {demo.described['api_token']}",
    }
    connection = http.client.HTTPConnection(readiness.HOST, demo.port, timeout=20)
    try:
        connection.request(
            "POST", "/api/v1/uploads/", head.encode() + content + f"\r\n--{edge}--\r\n".encode(), headers
        )
        answer = connection.getresponse()
        body = answer.read()
    finally:
        connection.close()
    if answer.status != http.HTTPStatus.ACCEPTED:
        raise NotMeasuredError(f"The API answered {answer.status} to a file.")
    return str(json.loads(body)["id"])


@contextmanager
def round_trips(demo: OwnDemo, urls: dict[str, str]) -> Iterator[Any]:
    """Run a worker that only answers; give a function that returns the seconds of one round trip through it."""
    import redis
    from celery import Celery

    from monitor.figures_worker import QUEUE, TASK

    environ = supervising.environment(Demo(demo.local, demo.port, None), "worker", {**demo.environment, **urls})
    arguments = ["celery", "-A", "monitor.figures_worker", "worker", "--concurrency", "2", "-Q", QUEUE]
    log = (demo.local.parent / "figures.log").open("wb")
    worker = subprocess.Popen(  # noqa: S603 - our own worker
        [sys.executable, "-m", *arguments, "--without-gossip", "--without-mingle", "-n", f"figures@{os.getpid()}"],
        cwd=CHECKOUT, env=environ, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
    )  # fmt: skip
    broker = redis.Redis.from_url(client_url(urls["REDIS_URL"]), socket_timeout=None)
    app = Celery("figures", broker=urls["REDIS_URL"], set_as_current=False)

    def trip() -> float:
        key = f"figures:{uuid4().hex}"
        began = time.perf_counter()
        app.send_task(TASK, args=[key], queue=QUEUE, ignore_result=True)
        if broker.brpop([key], timeout=int(SECONDS)) is None:
            raise NotMeasuredError(f"The worker did not answer within {SECONDS:.0f} s.")
        return time.perf_counter() - began

    try:
        for _ in range(TRIPS):
            trip()  # until both processes of the pool are warm
        yield trip
    finally:
        pool = psutil.Process(worker.pid)
        end([pool, *pool.children(recursive=True)], (signal.SIGTERM, GRACE), (signal.SIGKILL, GRACE))
        worker.wait()
        log.close()
        broker.close()
        app.close()
