"""kill -9 of each part in the middle of an upload, then a new start on the same folder: one alert, one mail each, nothing lost.

The demo ends by itself when a part or a server dies, so each kill is followed by a start. What leases would take minutes to give
back is given back at once here (`time_passes`); the long proofs wait for the real clock. Parts that die alone, in each
test run: tests/faults; a server of the demo: tests/monitor/test_supervising.py.
"""

import json
import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from uuid import UUID

import pytest

from tests.demos import HOLDS_RESULTS, RunningDemo, laboratory_file, wait_for, yesterday

pytestmark = [
    pytest.mark.journey,
    pytest.mark.enable_socket,
    pytest.mark.timeout(600),
]

MORE_ROWS = 3000
"""Makes the file long to read, so that a kill finds it being read."""
LEASES = """
UPDATE patients_upload SET lease_until = now() WHERE lease_until > now();
UPDATE alerts_watchstate SET lease_until = now() WHERE lease_until > now();
UPDATE alerts_notification SET lease_until = now() WHERE lease_until > now();
"""
RESTART_SECONDS = 60.0
SWEEPS_SECONDS = 120.0
"""Two sweeps: the promise after any recovery. Usually it takes a few seconds."""
CLOCK_SECONDS = 400.0
"""Without help: the longest lease, the next sweep, and the mail."""


def begin(victim: RunningDemo, name: str) -> tuple[UUID, str]:
    """Start the demo and send a long file for a new patient; return patient and upload."""
    victim.start()
    patient, identifier = victim.new_patient(name)
    status, answer = victim.send_file(identifier, laboratory_file(yesterday(), more_rows=MORE_ROWS))
    assert status == 202
    return patient, answer["id"]


def being_read(victim: RunningDemo, upload: str) -> None:
    """Wait until a worker has begun with the file."""
    wait_for(
        lambda: victim.rows("SELECT 1 FROM patients_upload WHERE id = %s AND state <> 'received'", upload),
        20.0,
        every=0.01,
    )


def time_passes(victim: RunningDemo) -> None:
    """Let every lease run out, and sweep as each minute does."""
    victim.rows(LEASES)
    assert victim.manage("sweep").returncode == 0


def told(victim: RunningDemo, patient: UUID) -> list[tuple[str, str]]:
    """Return alert and address of everybody who is to have a first mail about the patient."""
    return victim.rows(
        "SELECT a.id::text, u.email FROM alerts_notification n JOIN alerts_alert a ON a.id = n.alert_id"
        " JOIN patients_user u ON u.id = n.recipient_id"
        " WHERE a.patient_id = %s AND n.channel = 'email' AND n.reason = 'first'",
        patient,
    )


def mailed(victim: RunningDemo, patient: UUID) -> Counter[tuple[str, str]]:
    """Return how many mails about the patient's alerts lie in the sink, by alert and address."""
    alerts = {alert for alert, _ in told(victim, patient)}
    return Counter((alert, mail["X-Envelope-To"]) for alert in alerts for mail in victim.mails(alert))


def must_hold(victim: RunningDemo, patient: UUID, upload: str) -> None:
    """One alert, one mail for each who is told, every result once, and a doctor with nothing to say."""
    report = wait_for(lambda: victim.report(upload), SWEEPS_SECONDS)
    wait_for(
        lambda: told(victim, patient) and set(mailed(victim, patient)) >= set(told(victim, patient)), SWEEPS_SECONDS
    )
    assert (report["state"], report["accepted"]) == ("done", HOLDS_RESULTS + MORE_ROWS)
    assert victim.rows("SELECT count(*) FROM patients_observation WHERE patient_id = %s", patient) == [
        (HOLDS_RESULTS + MORE_ROWS,)
    ]
    assert victim.rows("SELECT state, count(*) FROM alerts_alert WHERE patient_id = %s GROUP BY state", patient) == [
        ("raised", 1)
    ]
    assert mailed(victim, patient) == Counter(told(victim, patient))
    done = victim.manage("doctor", "--json")
    assert [one for one in json.loads(done.stdout)["checks"] if not one["ok"]] == []
    assert done.returncode == 0


@pytest.mark.prove
def test_a_killed_worker(victim: RunningDemo) -> None:
    patient, upload = begin(victim, "Wanda Werk")
    being_read(victim, upload)
    assert victim.kill(victim.part("monitor worker")) == 2
    assert "The worker stopped, so everything was stopped" in victim.said()
    victim.start(RESTART_SECONDS)
    time_passes(victim)
    must_hold(victim, patient, upload)


@pytest.mark.prove
def test_a_killed_postgresql(victim: RunningDemo) -> None:
    victim.start()
    assert victim.rows("SELECT count(*) FROM patients_patient WHERE source <> ''") == [(0,)], "asked for an empty demo"
    patient, upload = begin(victim, "Petra Post")
    being_read(victim, upload)
    assert victim.kill(victim.servers("postgres")[:1]) == 2
    assert "so everything was stopped" in victim.said()
    victim.start(RESTART_SECONDS)
    time_passes(victim)
    must_hold(victim, patient, upload)


@pytest.mark.prove
def test_a_killed_redis_takes_the_hint_with_it(victim: RunningDemo) -> None:
    victim.start()
    for one in victim.part("monitor worker"):
        one.send_signal(signal.SIGSTOP)  # so that the hint is still in Redis when it dies
    patient, upload = begin(victim, "Rita Rot")
    assert victim.rows("SELECT state FROM patients_upload WHERE id = %s", upload) == [("received",)]
    assert victim.kill(victim.servers("redis-server")) == 2
    victim.start(RESTART_SECONDS)
    assert victim.manage("sweep").returncode == 0
    must_hold(victim, patient, upload)


PARTS: dict[str, Callable[[RunningDemo], object]] = {
    "worker": lambda one: one.kill(one.part("monitor worker")),
    "web": lambda one: one.kill(one.part("granian")),
    "beat": lambda one: one.kill(one.part("monitor beat")),
    "mailsink": lambda one: one.kill(one.part("mailsink")),
    "PostgreSQL": lambda one: one.kill(one.servers("postgres")),
    "Redis": lambda one: one.kill(one.servers("redis-server")),
    "supervisor": lambda one: one.kill_supervisor(),
}


@pytest.mark.prove
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("part", PARTS)
def test_a_kill_at_any_moment_by_the_real_clock(victim: RunningDemo, part: str, seed: int) -> None:
    patient, upload = begin(victim, f"{part} {seed}")
    time.sleep(random.Random(f"{part} {seed}").uniform(0.0, 4.0))
    PARTS[part](victim)
    victim.start(RESTART_SECONDS)
    must_hold_but_for_repeats(victim, patient, upload)


def must_hold_but_for_repeats(victim: RunningDemo, patient: UUID, upload: str) -> None:
    """As `must_hold`, but a kill between a mail's 250 and its mark may leave one copy more, which says so."""
    wait_for(lambda: victim.report(upload), CLOCK_SECONDS)
    wait_for(
        lambda: told(victim, patient) and set(mailed(victim, patient)) >= set(told(victim, patient)), CLOCK_SECONDS
    )
    for (alert, _), count in mailed(victim, patient).items():
        marked = [mail for mail in victim.mails(alert) if "This may be a repeat" in str(mail)]
        assert count - 1 <= len(marked) <= 2
    assert victim.rows("SELECT count(*) FROM patients_observation WHERE patient_id = %s", patient) == [
        (HOLDS_RESULTS + MORE_ROWS,)
    ]
    assert victim.rows("SELECT count(*) FROM alerts_alert WHERE patient_id = %s", patient) == [(1,)]
    assert victim.manage("doctor").returncode == 0
