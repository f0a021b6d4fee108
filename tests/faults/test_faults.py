"""Faults on real processes, numbered as in docs/decisions/0002 and the reliability specification: what must hold does.

Each ends with doctor and with a ledger that stands outside: what clients were told, what the mail server took. One seed in each
test run, twenty as a proof; a seed chooses the moment.
"""

import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import psutil
import pytest

from tests.alerts.sink import plain
from tests.demos import laboratory_file, wait_for, yesterday
from tests.faults.seeds import MARKS, SEEDS, after
from tests.faults.stage import Stage, how_long

pytestmark = MARKS
LONG = 3000
"""Rows more make a file long to read, so that a kill finds it being read."""


TRIED = """
SELECT 1 FROM alerts_notification n LEFT JOIN alerts_delivery d ON d.notification_id = n.id
WHERE n.sent_at IS NULL AND n.failed_at IS NULL AND n.dropped_at IS NULL AND n.channel = 'email' AND n.carried_by_id IS NULL
AND n.due_at <= now() HAVING count(*) > 0 AND bool_and(d.ended_at IS NOT NULL)
"""
"""Something waits, and each of it was tried and answered."""
A_DAY_AGO = """
UPDATE alerts_notification SET created_at = created_at - interval '1 day', due_at = due_at - interval '1 day' WHERE sent_at IS NULL
"""
FORGOTTEN = """
UPDATE alerts_notification SET failed_at = NULL, dropped_at = now(), dropped_reason = 'test' WHERE failed_at IS NOT NULL
"""


def being_read(stage: Stage, upload: str) -> None:
    """Wait until a worker has begun with a file."""
    question = "SELECT 1 FROM patients_upload WHERE id = %s AND state <> 'received'"
    wait_for(lambda: stage.rows(question, upload), 30.0, every=0.01)


@SEEDS
def test_1_a_worker_is_killed_in_the_middle(stage: Stage, seed: int) -> None:
    upload = stage.send("Wanda Werk", more_rows=LONG)
    being_read(stage, upload)
    after(seed, 0.5)
    stage.kill_part("worker")
    stage.run("worker")
    stage.time_passes()
    stage.settled()
    stage.ledger_agrees(repeats=1)
    stage.doctor()


@SEEDS
def test_2_a_process_of_the_pool_is_killed(stage: Stage, seed: int) -> None:
    worker = stage.parts["worker"].pid
    upload = stage.send("Kai Kind", more_rows=LONG)
    being_read(stage, upload)
    after(seed, 0.3)
    for child in stage.parts["worker"].children():
        with suppress(psutil.NoSuchProcess):
            child.kill()
    stage.time_passes()
    stage.settled()
    assert stage.parts["worker"].pid == worker
    stage.ledger_agrees(repeats=1)
    stage.doctor()


@SEEDS
@pytest.mark.parametrize("moment", ["at_taken", "at_recipient"], ids=["3 after 250", "4 before DATA"])
def test_3_and_4_a_sender_is_killed(stage: Stage, moment: str, seed: int) -> None:
    killed = threading.Event()

    def kill() -> None:
        stage.kill_part("worker")
        killed.set()

    setattr(stage.sink, moment, kill)
    stage.send(f"Sonja Sender {moment}")
    assert killed.wait(60.0)
    after(seed, 0.2)
    stage.run("worker")
    stage.time_passes()
    stage.settled()
    stage.ledger_agrees(repeats=1 if moment == "at_taken" else 0)
    stage.doctor()


@SEEDS
def test_5_redis_is_killed_and_comes_back_empty(stage: Stage, seed: int) -> None:
    stage.parts["worker"].send_signal(signal.SIGSTOP)  # so that the hint is still in Redis when it dies
    stage.send("Rita Rot")
    stage.kill_redis()
    after(seed, 0.5)
    assert stage.ask("patients/")[0] == 200
    upload = stage.send("Rosa Rot")
    assert stage.rows("SELECT state FROM patients_upload WHERE id = %s", upload) == [("received",)]
    stage.start_redis()
    stage.parts["worker"].send_signal(signal.SIGCONT)
    stage.time_passes()
    stage.settled()
    stage.ledger_agrees()
    stage.doctor()


@SEEDS
def test_6_redis_is_silent(stage: Stage, seed: int) -> None:
    (redis,) = stage.servers("redis-server")
    patient, identifier = stage.new_patient(f"Stella Still {seed}")
    redis.suspend()
    try:
        answers: list[Any] = []
        seconds = how_long(lambda: answers.append(stage.send_file(identifier, laboratory_file(yesterday()))))
        assert answers[0][0] == 202
        assert seconds < 2.0
        assert stage.ask("patients/")[0] == 200
    finally:
        redis.resume()
    stage.taken[answers[0][1]["id"]] = patient
    stage.time_passes()
    stage.settled()
    stage.ledger_agrees()
    stage.doctor()


@SEEDS
def test_15_the_mail_server_is_down_for_a_day(stage: Stage, seed: int) -> None:
    stage.sink.usual = "451 come again"
    upload = stage.send("Dora Tag")
    wait_for(lambda: stage.alert_of(upload), 60.0)
    wait_for(lambda: stage.rows(TRIED), 60.0)
    stage.rows(A_DAY_AGO)
    stage.sink.usual = "250 OK"
    before = len(stage.sink.kept)
    stage.time_passes()
    stage.settled()
    stage.ledger_agrees()
    late = [message for message in stage.sink.messages[before:] if stage.is_about(message, upload)]
    assert late
    assert all("This message was delayed." in plain(message) for message in late)
    stage.doctor()


@SEEDS
def test_17_one_recipient_is_refused_and_the_others_are_not(stage: Stage, seed: int) -> None:
    (address,) = stage.called_first()
    stage.sink.recipients[address] = "550 no such user"
    stage.send("Rainer Riegel")
    stage.settled()
    failed = stage.rows(
        "SELECT u.email FROM alerts_notification n JOIN patients_user u ON u.id = n.recipient_id WHERE n.failed_at IS NOT NULL"
    )
    assert {email for (email,) in failed} == {address}
    stage.doctor("D17")
    stage.rows(FORGOTTEN)
    stage.rows("UPDATE patients_user SET mail_refused_at = NULL, mail_refused_code = NULL")


@SEEDS
def test_18_a_clock_that_was_a_day_ahead_keeps_nothing_from_being_done(stage: Stage, seed: int) -> None:
    stage.parts["worker"].send_signal(signal.SIGSTOP)
    upload = stage.send("Uwe Uhr")
    stage.rows("UPDATE patients_upload SET lease_until = now() + interval '1 day' WHERE id = %s", upload)
    stage.parts["worker"].send_signal(signal.SIGCONT)
    assert stage.manage("sweep").returncode == 0
    wait_for(lambda: stage.report(upload), 60.0)
    stage.rows(
        "UPDATE alerts_watchstate SET lease_until = now() + interval '1 day' WHERE patient_id = %s", stage.taken[upload]
    )
    assert stage.manage("sweep").returncode == 0
    stage.settled()
    stage.ledger_agrees()
    stage.doctor()


@SEEDS
def test_20_beat_was_down_for_a_day(stage: Stage, seed: int) -> None:
    stage.rows(
        "DELETE FROM alerts_incident"
    )  # what comes and goes is told each half hour at most: another seed, another day
    stage.kill_part("beat")
    upload = stage.send("Berta Bett")
    stage.settled()
    stage.rows("UPDATE alerts_heartbeat SET beat_at = beat_at - interval '1 day'")
    assert stage.ask_health("watch") == 503
    before = stage.came()
    stage.run("beat")
    wait_for(lambda: stage.ask_health("watch") == 200, 90.0, every=1.0)
    stage.settled()
    assert (stage.came() - before).total() <= 3, "no storm"
    assert len(stage.alert_of(upload)) == 1
    stage.ledger_agrees()
    stage.doctor()


@SEEDS
def test_21_two_beats_and_more_workers_do_everything_once(stage: Stage, seed: int) -> None:
    more = ["worker-2", "worker-3", "beat-2"]
    for name in more:
        stage.run(name)
    for number in range(3):
        stage.send(f"Viele {seed} {number}")
    for _ in range(3):
        assert stage.manage("sweep").returncode == 0
    stage.settled()
    stage.ledger_agrees()
    for name in more:
        stage.kill_part(name)
    stage.time_passes()
    stage.doctor()


@SEEDS
def test_25_the_same_file_twenty_times_at_once(stage: Stage, seed: int) -> None:
    patient, identifier = stage.new_patient(f"Zwanzig {seed}")
    content, barrier = laboratory_file(yesterday()), threading.Barrier(20)

    def send(_: int) -> tuple[int, Any]:
        barrier.wait()
        return stage.send_file(identifier, content)

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(send, range(20)))
    assert {status for status, _ in answers} <= {200, 202}
    (upload,) = {answer["id"] for _, answer in answers}
    stage.taken[upload] = patient
    stage.settled()
    stage.ledger_agrees()
    stage.doctor()


@SEEDS
def test_26_of_two_who_acknowledge_at_once_one_is_told_of_the_other(stage: Stage, seed: int) -> None:
    upload = stage.send("Anton Annehmer")
    stage.settled()
    ((alert, _),) = stage.alert_of(upload)
    barrier = threading.Barrier(2)

    def take(_: int) -> tuple[int, Any]:
        barrier.wait()
        return stage.post(f"alerts/{alert}/acknowledge/", {})

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(take, range(2)), key=lambda one: one[0])
    assert [status for status, _ in answers] == [200, 409]
    steps = stage.rows("SELECT count(*) FROM alerts_transition WHERE alert_id = %s AND verb = 'acknowledged'", alert)
    assert steps == [(1,)]
    stage.ledger_agrees()
    stage.doctor()
