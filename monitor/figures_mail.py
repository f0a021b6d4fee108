"""Mail of a running demo: from a fact to the mail that tells it, and whether every mail comes while senders are killed.

Both end outside: at the files of the mail sink, which writes each mail to the disk before its sender hears 250.
"""

import random
import time
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from statistics import quantiles
from typing import Final

import psycopg

from monitor import embedded
from monitor.figures import Figure, of_runs
from monitor.figures_chain import JUDGED, POLL_SECONDS, SECONDS, TRIPS, admit, low_result, round_trips, send, until
from monitor.figures_demo import NotMeasuredError, OwnDemo
from monitor.figures_kills import Database, clock, kill, leases_end, worker_of
from monitor.figures_ledger import Killed, Row, agreement
from monitor.mailsink import NAME, list_mail, read_mail

ROUNDS: Final = 20
UPLOADS: Final = 24
SEED: Final = 20261130
KILLED: Final = 0.7
"""Share of files after which the senders die."""
MOMENTS: Final = {"written": 0.06, "begun": 0.03, "taken": 0.004}
"""After what the senders die, and at most how many seconds later: some before they begin, some in the middle, some when the
mail server has the mail and the outbox does not know it."""
PATIENCE: Final = 200.0
"""Seconds for what a killed process leaves to the sweep of the next minutes."""
SEVERE: Final = "7.6"
"""Hemoglobin in g/dL below which a woman's anemia is severe (WHO 2024: 8.0): high, so that mail goes at any hour."""
LIMIT_MS: Final = 60_000
"""Reliability specification, part 6: from a result to the mail server within 60 s."""
REPEAT: Final = "This may be a repeat."
"""What a second copy says of itself in the language of the demo's team."""
MAILED: Final = """
SELECT count(n.id) FROM patients_patientidentifier i JOIN alerts_alert a ON a.patient_id = i.patient_id
JOIN alerts_notification n ON n.alert_id = a.id WHERE i.value = %s AND n.channel = 'email'
"""
BEGUN: Final = f"{MAILED} AND EXISTS (SELECT 1 FROM alerts_delivery d WHERE d.notification_id = n.id)"  # noqa: S608 - made of constants; values are parameters
TELLS: Final = f"{MAILED} AND %s IN (n.id::text, n.carried_by_id::text)"
DUE: Final = "FROM alerts_notification n WHERE n.channel = 'email' AND n.created_at >= %s AND n.due_at <= %s"
ENDED: Final = f"""
SELECT coalesce(n.carried_by_id, n.id)::text,
  CASE WHEN n.sent_at IS NOT NULL THEN 'sent' WHEN n.failed_at IS NOT NULL THEN 'failed'
       WHEN n.dropped_at IS NOT NULL THEN 'dropped' ELSE '' END {DUE}
"""
SETTLED: Final = (
    f"SELECT (count(*) = 0)::int {DUE} AND n.sent_at IS NULL AND n.failed_at IS NULL AND n.dropped_at IS NULL"
)
TRIED: Final = f"""
SELECT count(*) FILTER (WHERE d.outcome = 'unclear'), count(*) FILTER (WHERE d.outcome = 'accepted' AND d.marked_repeat)
FROM alerts_delivery d WHERE d.notification_id IN (SELECT n.id {DUE})
"""  # noqa: S608 - the same


def fact_to_mail(demo: OwnDemo, *, rounds: int = ROUNDS) -> list[Figure]:
    """Return how long it takes from a file sent to the mail about it taken, and how many round trips that is, in turn with them."""
    now = datetime.now(UTC)
    admit(demo, "L", rounds + 1, now)
    urls = embedded.attach(demo.local)
    mails, ratios = [], []
    with psycopg.connect(urls["DATABASE_OPERATOR_URL"], autocommit=True) as database, round_trips(demo, urls) as trip:
        until(database, JUDGED, ("L-%",), rounds + 1)
        seconds_to_mail(demo, database, "L-0", now)  # the first pays for what is loaded late
        for number in range(1, rounds + 1):
            one = sorted(trip() for _ in range(TRIPS))[TRIPS // 2]
            mail = seconds_to_mail(demo, database, f"L-{number}", now)
            mails.append(1000 * mail)
            ratios.append(mail / one)
    note = "a file through API, worker and child process to the mail server"
    return [
        of_runs("fact to mail", ratios, "Celery round trips", note=note),
        Figure("fact to mail, p95", _95th(ratios), "Celery round trips", runs=rounds),
        of_runs("fact to mail, time", mails, "ms"),
        Figure("fact to mail, time, p95", _95th(mails), "ms", goal=LIMIT_MS, runs=rounds),
    ]


def seconds_to_mail(demo: OwnDemo, database: Database, patient: str, now: datetime) -> float:
    """Send one patient's file with one result that is dangerous; return the seconds until the first mail about it is taken."""
    folder = demo.local / "mail"
    seen = _names(folder)
    content = low_result(patient, SEVERE, now)
    began = time.perf_counter()
    send(demo, patient, content)
    while time.perf_counter() - began < SECONDS:
        time.sleep(POLL_SECONDS)
        new = _names(folder) - seen
        passed = time.perf_counter() - began
        if any(_tells(database, patient, named(read_mail(folder, one))) for one in new):
            return passed
        seen |= new
    raise NotMeasuredError(f"No mail about the file came within {SECONDS:.0f} s.")


def told(demo: OwnDemo, *, uploads: int = UPLOADS, seed: int = SEED) -> list[Figure]:
    """Return what was due, sent, repeated and lost of a story of files, after most of which whoever sends is killed."""
    now, chance, killed = datetime.now(UTC), random.Random(seed), list[datetime]()  # noqa: S311 - moments, no secret
    admit(demo, "K", uploads, now)
    worker = worker_of(demo)
    with psycopg.connect(embedded.attach(demo.local)["DATABASE_OPERATOR_URL"], autocommit=True) as database:
        until(database, JUDGED, ("K-%",), uploads)
        began = clock(database)
        for number in range(uploads):
            pool, taken = worker.children(), _names(demo.local / "mail")
            send(demo, f"K-{number}", low_result(f"K-{number}", SEVERE, now))
            happens = chance.choice(tuple(MOMENTS))
            _comes(demo, database, happens, f"K-{number}", taken)
            if chance.random() < KILLED:
                time.sleep(chance.uniform(0, MOMENTS[happens]))
                killed.append(kill(worker, pool, database))
        leases_end(demo, killed)
        demo.manage("sweep")
        ended = clock(database)
        until(database, SETTLED, (began, ended), 1, PATIENCE)
        return counted(database, ledger(demo.local / "mail"), (began, ended), len(killed))


def _comes(demo: OwnDemo, database: Database, happens: str, patient: str, taken: set[str]) -> None:
    """Wait until a mail about a patient is written, begun, or a mail more is taken."""
    if happens != "taken":
        until(database, MAILED if happens == "written" else BEGUN, (patient,), 1, PATIENCE)
        return
    deadline = time.monotonic() + PATIENCE
    while not _names(demo.local / "mail") - taken:
        if time.monotonic() > deadline:
            raise NotMeasuredError(f"No mail about the file came within {PATIENCE:.0f} s.")
        time.sleep(POLL_SECONDS)


def counted(
    database: Database, taken: dict[str, list[bool]], span: tuple[datetime, datetime], killed: int
) -> list[Figure]:
    """Return the figures of a story: the outbox from one moment to another beside the ledger."""
    rows = [Row(str(mail), str(how)) for mail, how in database.execute(ENDED, span).fetchall()]
    ((unclear, possible),) = database.execute(TRIED, span).fetchall()
    return agreement(rows, taken, Killed(killed, int(unclear), int(possible)))


def ledger(folder: Path) -> dict[str, list[bool]]:
    """Return of each mail that was taken whether its copies, in the order of time, say that they may be a repeat."""
    found: dict[str, list[bool]] = {}
    for one in reversed(list_mail(folder, limit=100_000)):
        mail = read_mail(folder, one.name)
        found.setdefault(named(mail), []).append(REPEAT in _plain(mail))
    return found


def named(mail: EmailMessage) -> str:
    """Return what a Message-ID names: the row of the outbox."""
    return str(mail["Message-ID"] or "").strip().strip("<>").partition("@")[0]


def _plain(mail: EmailMessage) -> str:
    """Return the plain text of a mail."""
    part = mail.get_body(("plain",))
    return str(part.get_content()) if isinstance(part, EmailMessage) else ""


def _names(folder: Path) -> set[str]:
    """Return the names of the mails that were taken."""
    return {one.name for one in folder.iterdir() if NAME.fullmatch(one.name)} if folder.is_dir() else set()


def _tells(database: Database, patient: str, mail: str) -> bool:
    """Whether a mail is about a patient's alert."""
    row = database.execute(TELLS, (patient, mail)).fetchone()
    return row is not None and bool(row[0])


def _95th(values: list[float]) -> float:
    """Return the 95th percentile."""
    return quantiles(values, n=20, method="inclusive")[18]
