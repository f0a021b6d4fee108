"""From upload to alert, each piece against the real thing: the database asked, the API answered, the worker gone round."""

import csv
import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from monitor import figures_chain
from monitor.demo_accounts import TEAM
from monitor.figures_chain import low_result, round_trips, send, until, write_cohort
from monitor.figures_demo import NotMeasuredError, OwnDemo
from monitor.figures_worker import QUEUE, TASK, answer
from patients.interchange import import_folder
from patients.models import CareTeam, Observation

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


class Answering(OwnDemo):
    """A demo of which only the API is there, and it answers as told."""

    def __init__(self, local: Path, status: int) -> None:
        super().__init__(local)
        self.status, self.asked = status, []  # type: ignore[var-annotated] # path, headers, body

    @property
    def described(self) -> dict[str, str]:
        return {"api_token": "secret"}

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Serve until the block ends."""
        demo = self

        class Page(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                demo.asked.append((self.path, dict(self.headers), body))
                self.send_response(demo.status)
                self.end_headers()
                self.wfile.write(b'{"id": "7"}')

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        server = http.server.HTTPServer(("127.0.0.1", self.port), Page)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


def test_a_file_is_sent_as_a_form_with_the_physicians_token(tmp_path: Path) -> None:
    demo = Answering(tmp_path, 202)
    with demo.listening():
        assert send(demo, "F-1", b"a;b\r\n1;2\r\n") == "7"
    ((path, headers, body),) = demo.asked
    assert path == "/api/v1/uploads/"
    assert headers["Authorization"] == "Token secret"
    edge = headers["Content-Type"].removeprefix("multipart/form-data; boundary=").encode()
    assert body.startswith(b"--" + edge + b"\r\n")
    assert b'name="patient"\r\n\r\nF-1\r\n' in body
    assert b'name="file"; filename="results.csv"\r\n\r\na;b\r\n1;2\r\n' in body
    assert body.endswith(b"\r\n--" + edge + b"--\r\n")


@pytest.mark.parametrize("status", [200, 404, 500])
def test_another_answer_is_no_measurement(tmp_path: Path, status: int) -> None:
    demo = Answering(tmp_path, status)
    with demo.listening(), pytest.raises(NotMeasuredError, match=f"answered {status} to a file"):
        send(demo, "F-1", b"")


@pytest.mark.django_db
def test_the_stable_patients_are_a_cohort_that_goes_in(tmp_path: Path) -> None:
    folder = write_cohort(tmp_path / "cohort", NOW, 3)
    report = import_folder(folder, team=CareTeam.objects.create(name="north"), by=None, at=NOW)
    assert report.ok
    assert report.patients == {"created": 3}
    values = [value or 0 for value in Observation.objects.values_list("value", flat=True)]
    assert len(values) == 3 * figures_chain.RESULTS
    assert (min(values), max(values)) == (126, 130)


def test_the_stable_patients_have_a_baseline_and_a_quiet_week(tmp_path: Path) -> None:
    folder = write_cohort(tmp_path / "cohort", NOW, 1)
    with (folder / "results.csv").open(newline="") as file:
        days = [NOW - datetime.fromisoformat(row["effective_at"]) for row in csv.DictReader(file)]
    assert min(days) == timedelta(days=5)
    assert sum(day < timedelta(days=365) for day in days) >= 3


def test_each_series_of_patients_has_its_name(tmp_path: Path) -> None:
    folder = write_cohort(tmp_path / "cohort", NOW, 2, "K")
    with (folder / "patients.csv").open(newline="") as file:
        assert [row["patient"] for row in csv.DictReader(file)] == ["K-0", "K-1"]
    with (folder / "results.csv").open(newline="") as file:
        assert {row["patient"] for row in csv.DictReader(file)} == {"K-0", "K-1"}


def test_a_low_result_is_a_laboratorys_file_of_five_minutes_ago() -> None:
    head, row = low_result("K-1", "7.6", NOW).decode().splitlines()
    assert head == "Patient ID,Sampling date,Test,Value,Unit"
    assert row == "K-1,2026-11-24 08:55Z,Hemoglobin,7.6,g/dL"


class HandedIn(Exception):  # noqa: N818 - no error: it ends what is not asked here
    """The cohort was handed to the demo."""


def test_the_cohort_goes_to_the_team_that_sends_though_there_are_two(tmp_path: Path) -> None:
    said: list[str] = []

    class Told(OwnDemo):
        """A demo that keeps what it was told."""

        def manage(self, *arguments: str, **_: object) -> str:
            said.extend(arguments)
            raise HandedIn

    with pytest.raises(HandedIn):
        figures_chain.upload_to_alert(Told(tmp_path / ".local"), rounds=1)
    assert (said[:2], said[3:]) == (["cohort", "import"], ["--team", TEAM])
    assert (Path(said[2]) / "patients.csv").exists()


def test_asking_ends_with_the_answer(servers: dict[str, str]) -> None:
    with psycopg.connect(servers["DATABASE_OPERATOR_URL"], autocommit=True) as database:
        until(database, "SELECT %s::int", (3,), 3)
        until(database, "SELECT count(*) FROM generate_series(1, 5)", (), 1)


@pytest.mark.parametrize("question", ["SELECT 1", "SELECT 9 WHERE false"])
def test_asking_ends_without_an_answer_too(
    servers: dict[str, str], monkeypatch: pytest.MonkeyPatch, question: str
) -> None:
    monkeypatch.setattr(figures_chain, "SECONDS", 0.2)
    with (
        psycopg.connect(servers["DATABASE_OPERATOR_URL"], autocommit=True) as database,
        pytest.raises(NotMeasuredError, match="did not come to its end"),
    ):
        until(database, question, (), 2)


def test_a_round_trip_goes_through_a_real_worker(local: Path, servers: dict[str, str]) -> None:
    with round_trips(OwnDemo(local), dict(servers)) as trip:
        seconds = [trip() for _ in range(5)]
    assert all(0 < one < 30 for one in seconds)


def test_the_worker_says_that_it_was_there() -> None:
    import redis
    from django.conf import settings

    from monitor.embedded_redis import client_url

    broker = redis.Redis.from_url(client_url(settings.REDIS_URL), socket_timeout=10)
    answer("figures:test")
    assert broker.brpop(["figures:test"], timeout=5) == (b"figures:test", b"1")
    broker.close()


def test_the_worker_has_a_queue_of_its_own() -> None:
    assert answer.name == TASK
    assert QUEUE not in {"iph", "celery"}
