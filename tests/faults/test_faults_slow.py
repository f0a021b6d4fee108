"""16, and a database that is slow for ever: what does not answer is not waited for longer than it may take, and holds up nobody."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage

import psutil

from alerts.smtp import DIALOGUE
from monitor import supervising
from monitor.embedded_places import CHECKOUT
from tests.alerts.sink import plain
from tests.demos import laboratory_file, wait_for, yesterday
from tests.faults.mailserver import Tar
from tests.faults.seeds import MARKS, SEEDS, after
from tests.faults.stage import MAIL_SECONDS, Stage, name_of
from tests.monitor.test_sentinel_processes import CODE

pytestmark = MARKS
WAYS = [("DATA", True), ("RCPT", False), ("RCPT", True), ("DATA", False)]
"""Where a slow server sticks, and whether it says a line now and then; a seed chooses."""
ENDED = """
SELECT n.id::text, d.outcome, extract(epoch FROM d.ended_at - d.started_at)::float FROM alerts_delivery d
JOIN alerts_notification n ON n.id = d.notification_id JOIN patients_user u ON u.id = n.recipient_id
WHERE u.email = %s AND n.sent_at IS NULL AND n.failed_at IS NULL AND n.dropped_at IS NULL
  AND d.outcome NOT IN ('started', 'accepted')
"""
NOT_HELD_UP = """
SELECT DISTINCT n.alert_id FROM alerts_delivery d JOIN alerts_notification n ON n.id = d.notification_id
JOIN alerts_notification o ON o.alert_id = n.alert_id AND o.recipient_id <> n.recipient_id AND o.channel = 'email'
WHERE n.id = ANY (%s::uuid[]) AND o.sent_at < d.ended_at
"""
"""Alerts of which others were told while the slow server still had one of its mails."""
FILES = 3


def stuck(stage: Stage, tar: Tar) -> dict[str, str]:
    """Wait until each mail to the slow address was given up for now; return how, by mail."""
    found = wait_for(lambda: [rows for rows in [stage.rows(ENDED, tar.address)] if len(rows) >= FILES], 60.0)[0]
    longest = MAIL_SECONDS * (DIALOGUE if tar.drips else 1.0)
    assert all(seconds < longest + 10.0 for _, _, seconds in found), found
    return {mail: outcome for mail, outcome, _ in found}


@SEEDS
def test_16_a_slow_mail_server_holds_up_nobody_elses_mail(stage: Stage, seed: int) -> None:
    (address,) = stage.called_first()
    step, drips = WAYS[seed % len(WAYS)]
    stage.sink.tar = tar = Tar(address, step, drips=drips)
    before = len(stage.sink.kept)
    for number in range(FILES):
        stage.send(f"Tamara Teer {seed} {number}")
    found = stuck(stage, tar)
    assert set(found.values()) == {"unclear" if step == "DATA" else "deferred"}
    assert len(stage.rows(NOT_HELD_UP, list(found))) == FILES
    stage.sink.tar = None
    stage.time_passes()
    stage.settled()
    stage.ledger_agrees()
    late = [message for to, message in stage.sink.kept[before:] if to == address and name_of(message) in found]
    assert sorted(map(name_of, late)) == sorted(found), "each came once"
    assert {"This may be a repeat." in plain(message) for message in late} == {step == "DATA"}
    stage.doctor()


@contextmanager
def frozen(stage: Stage) -> Iterator[None]:
    """Stop every process of PostgreSQL, and let them go on."""
    servers = stage.servers("postgres")
    assert servers
    for one in servers:
        with suppress(psutil.NoSuchProcess):
            one.suspend()
    try:
        yield
    finally:
        for one in psutil.process_iter():
            if one in servers:
                one.resume()


@contextmanager
def impatient(stage: Stage) -> Iterator[None]:
    """Have one more web process beside, whose minute is short and who knows already whom to tell."""
    environ = supervising.environment(stage.demo, "web", {**stage.base, "DJANGO_SETTINGS_MODULE": "monitor.settings"})
    environ["DATABASE_URL"] += "&connect_timeout=2"
    with subprocess.Popen(
        [sys.executable, "-c", CODE], cwd=CHECKOUT, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        time.sleep(3.0)
        try:
            yield
        finally:
            process.send_signal(signal.SIGKILL)


def news(stage: Stage) -> list[EmailMessage]:
    """Return the mails about the database, that it is gone or here again."""
    return [message for message in stage.sink.messages if "- The database does not answer" in plain(message)]


@SEEDS
def test_a_stopped_postgresql_is_found_out_and_told(stage: Stage, seed: int) -> None:
    patient, identifier = stage.new_patient(f"Frieda Frost {seed}")
    before = len(news(stage))
    with impatient(stage):
        after(seed, 0.5)
        with frozen(stage):
            for what, status, seconds in (("live", 200, 5.0), ("ready", 503, 30.0), ("watch", 503, 30.0)):
                began = time.monotonic()
                assert stage.health(what, 60.0)[0] == status
                assert time.monotonic() - began < seconds
            wait_for(lambda: len(news(stage)) > before, 60.0)
        wait_for(lambda: len(news(stage)) > before + 1, 60.0)  # it is over
    status, answer = stage.send_file(identifier, laboratory_file(yesterday()))
    assert status == 202, json.dumps(answer)
    stage.taken[answer["id"]] = patient
    stage.time_passes()
    stage.settled()
    stage.ledger_agrees()
    stage.doctor()
