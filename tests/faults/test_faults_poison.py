"""27: one patient with whom the watch fails each time. Others are on time, it is given up visibly, told once, and mended."""

import json
from typing import Any
from uuid import UUID

import pytest

from tests.alerts.sink import plain
from tests.demos import laboratory_file, wait_for, yesterday
from tests.faults.seeds import MARKS, SEEDS, after
from tests.faults.stage import Stage

pytestmark = MARKS

BROKEN_RECORD = "UPDATE patients_patient SET comorbidities = '5' WHERE id = %s"
MENDED_RECORD = "UPDATE patients_patient SET comorbidities = '[]' WHERE id = %s"
CHOOSE = """
WITH made AS (INSERT INTO patients_settingchange (patient_id, name, value, at, reason)
  VALUES (%s, 'baseline_results', {value}, now(), 'test') RETURNING id, patient_id)
UPDATE patients_patient p SET settings_version = made.id FROM made WHERE p.id = made.patient_id
"""
"""A number that no page would take."""
SOONER = """
UPDATE alerts_watchstate SET lease_until = NULL, recheck_at = CASE WHEN failed_at IS NULL THEN now() END WHERE patient_id = %s
"""
WATCH = "SELECT attempts, failed_at IS NOT NULL FROM alerts_watchstate WHERE patient_id = %s"
RULES = "SELECT DISTINCT attempts, retry_at IS NULL FROM alerts_rulefailure WHERE patient_id = %s"
TOLD_TODAY = "SELECT id::text, detail ->> 'about' FROM alerts_notification WHERE kind = 'operator' AND dedup_key LIKE 'operator:%%'"
ANOTHER_DAY = "UPDATE alerts_notification SET dedup_key = md5(dedup_key || id::text) WHERE kind = 'operator'"
"""An administrator is told once a day of a topic: what former faults told is of a day before."""


class Poison:
    """What makes the watch fail for one patient, what shows that it was given up, and what the administrators are told."""

    def __init__(self, broken: str, mended: str, given_up: str, about: str, trouble: str) -> None:
        self.broken, self.mended, self.given_up, self.about, self.trouble = broken, mended, given_up, about, trouble


POISONS = {
    "a record that cannot be read": Poison(BROKEN_RECORD, MENDED_RECORD, WATCH, "watch_failed", "given_up"),
    "a number that a rule cannot take": Poison(
        CHOOSE.format(value="'NaN'"), CHOOSE.format(value="NULL"), RULES, "rule_failed", "rules"
    ),
}


def poisoned(stage: Stage, poison: Poison, name: str) -> tuple[UUID, str]:
    """Make a patient of whom a file tells of a fall, and with whom the watch fails; return patient and file."""
    patient, identifier = stage.new_patient(name)
    stage.rows(poison.broken, patient)
    status, answer = stage.send_file(identifier, laboratory_file(yesterday()))
    assert status == 202, answer
    return patient, str(answer["id"])


def tried_until_given_up(stage: Stage, poison: Poison, patient: UUID) -> None:
    """Let the waits between attempts pass until there is no further one: after five."""
    wait_for(lambda: stage.rows(poison.given_up, patient), 60.0)
    seen = []
    while (found := stage.rows(poison.given_up, patient)) != [(5, True)]:
        seen.append(found[0])
        assert len(seen) < 10, seen
        stage.rows(SOONER, patient)
        assert stage.manage("sweep").returncode == 0
    assert all(not given_up for _, given_up in seen)
    for _ in range(2):
        stage.rows(SOONER, patient)
        assert stage.manage("sweep").returncode == 0
    assert stage.rows(poison.given_up, patient) == [(5, True)], "given up is given up"


def told_once(stage: Stage, poison: Poison) -> None:
    """Each administrator was told of it by one mail that names nobody."""
    admins = {email for (email,) in stage.rows("SELECT email FROM patients_user WHERE is_staff AND is_active")}
    wait_for(lambda: admins <= stage.addresses({one for one, _ in stage.rows(TOLD_TODAY)}), 60.0)
    told = stage.rows(TOLD_TODAY)
    assert [about for _, about in told] == [poison.about] * len(admins)
    assert [stage.came()[one] for one, _ in told] == [1] * len(admins)
    assert not any("Paula" in plain(message) for message in stage.sink.messages)


def mend(stage: Stage, poison: Poison, patient: UUID) -> None:
    """Put right what was wrong; what nobody changes by a page an administrator has judged again."""
    stage.rows(poison.mended, patient)
    if poison.given_up == WATCH:
        done = stage.manage("watch", "--patient", str(patient), "--json")
        assert done.returncode == 0, done.stdout + done.stderr
        assert json.loads(done.stdout)["findings"]
    else:
        assert stage.manage("sweep").returncode == 0


@SEEDS
@pytest.mark.parametrize("poison", POISONS.values(), ids=POISONS)
def test_27_one_patient_with_whom_the_watch_fails(stage: Stage, poison: Poison, seed: int) -> None:
    stage.rows(ANOTHER_DAY)
    patient, upload = poisoned(stage, poison, f"Paula Gift {seed}")
    after(seed, 0.5)
    stage.send(f"Otto Ohne {seed}")
    stage.settled()
    assert stage.rows("SELECT 1 FROM alerts_alert WHERE patient_id = %s", patient) == []
    tried_until_given_up(stage, poison, patient)
    told_once(stage, poison)
    status, body = stage.health("watch")
    assert (status, poison.trouble in body["troubles"]) == (503, True)
    mend(stage, poison, patient)
    stage.taken[upload] = patient
    stage.settled()
    stage.ledger_agrees()
    assert stage.rows(poison.given_up, patient) in ([], [(0, False)])
    health: tuple[int, Any] = stage.health("watch")
    assert poison.trouble not in health[1]["troubles"]
    stage.doctor()
