"""manage.py watch: judges now and writes, or as it stood at another time and never writes; the product's document."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from alerts import rules
from alerts.models import Alert, Notification, Transition, WatchState
from alerts.rules.rule import Judgment, Rule, Settings
from manage import role_of
from patients.history import History
from patients.models import PatientIdentifier
from tests.alerts.commands import document, run
from tests.alerts.house import recorded
from tests.alerts.scenes import ACUTE, FALL, MORNING, Scene, Script, finding, person, scene, scripted, unknown

pytestmark = pytest.mark.django_db
AsRole = Callable[[str], AbstractContextManager[None]]
DAY = timedelta(days=1)


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Script:
    return scripted(monkeypatch)


@pytest.fixture
def stage(db: None) -> Scene:
    return scene()


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[History]:
    """Put a rule in force that finds something always, and keep the histories it was asked about."""
    kept: list[History] = []

    def judge(history: History, _settings: Settings, _at: datetime) -> Judgment:
        kept.append(history)
        return Judgment((finding(),))

    monkeypatch.setattr(rules, "RULES", (Rule(FALL, FALL, 1, ("t",), "why", "clinical B1", (), judge),))
    return kept


def written() -> tuple[int, ...]:
    """Count what an evaluation writes."""
    return tuple(model.objects.count() for model in (Alert, Transition, WatchState, Notification))


def test_a_finding_is_told_as_the_product_lists_it(stage: Scene, script: Script) -> None:
    script.says(finding())
    status, found = document("watch", "--patient", str(stage.pk), "--at", "2026-11-24T09:00:00Z")
    assert (status, found["cannot_judge"], found["recheck_at"]) == (0, [], {str(stage.pk): None})
    (one,) = found["findings"]
    evidence = {"role": "result", "kind": "observation", "id": 1, "code": "HGB", "value": 98.0, "unit": "g/L"}
    assert one == {
        "patient": str(stage.pk),
        "rule": FALL,
        "rule_version": 1,
        "subject": "",
        "severity": "moderate",
        "at": "2026-11-24T09:00:00+00:00",
        "sentence": "Hb 98 g/L, 21 % below own baseline of 124.",
        "evidence": [{**evidence, "effective_at": "2026-11-24T07:00:00+00:00"}],
        "threshold": "below 115 g/L",
        "citation": "clinical B1",
    }


def test_what_cannot_be_judged_and_when_to_look_again_are_told(stage: Scene, script: Script) -> None:
    script.says(unknown())
    script.recheck_at = MORNING + DAY
    _, found = document("watch")
    assert found["cannot_judge"] == [{"patient": str(stage.pk), "rule": FALL, "subject": "", "reason": "no baseline"}]
    assert found["recheck_at"] == {str(stage.pk): "2026-11-25T09:00:00+00:00"}
    assert set(found) == {"findings", "cannot_judge", "recheck_at"}


def test_without_a_time_it_writes(stage: Scene, script: Script, as_role: AsRole) -> None:
    script.says(finding(at=timezone.now()))
    with as_role(f"iph_{role_of(['watch'])}"):
        assert document("watch")[0] == 0
    assert written()[:3] == (1, 1, 1)


def test_twice_is_once(stage: Scene, script: Script) -> None:
    script.says(finding())
    document("watch")
    before = written()
    document("watch")
    assert written() == before


@pytest.mark.parametrize(
    "given",
    [
        ["--at", "2026-11-24T09:00Z"],
        ["--at", "1999-01-01"],
        ["--at", "2999-01-01T00:00+02:00"],
        ["--known-at", "2026-11-24"],
        ["--at", "2026-11-24", "--known-at", "2026-11-24"],
        ["--dry-run"],
    ],
)
def test_another_time_or_a_dry_run_never_writes(
    stage: Scene, script: Script, given: list[str], as_role: AsRole
) -> None:
    script.says(finding())
    with as_role("iph_operator"):  # which only reads
        status, found = document("watch", *given)
    assert (status, len(found["findings"])) == (0, 1)
    assert written() == (0, 0, 0, 0)


def test_at_sees_what_was_true_by_then(stage: Scene, seen: list[History]) -> None:
    recorded(stage, 120.0, days_ago=3)
    recorded(stage, 90.0, days_ago=1)
    document("watch", "--at", (MORNING - 2 * DAY).isoformat())
    assert (list(seen[0].get("HGB").values), seen[0].at) == ([120.0], MORNING - 2 * DAY)


def test_known_at_sees_what_was_recorded_by_then_and_defaults_to_now(stage: Scene, seen: list[History]) -> None:
    recorded(stage, 120.0, days_ago=3)
    before = (MORNING - timedelta(minutes=2)).isoformat()
    document("watch", "--at", MORNING.isoformat(), "--known-at", before)
    document("watch", "--at", MORNING.isoformat(), "--known-at", MORNING.isoformat())
    document("watch", "--at", MORNING.isoformat())
    assert [(one.revision, len(one.get("HGB"))) for one in seen] == [(0, 0), (1, 1), (1, 1)]


def test_a_time_without_offset_is_utc(stage: Scene, seen: list[History]) -> None:
    document("watch", "--at", "2026-11-24T09:00")
    document("watch", "--at", "2026-11-24T10:00+01:00")
    assert [one.at for one in seen] == [MORNING, MORNING]


@pytest.mark.parametrize("text", ["yesterday", "24.11.2026", "2026-02-30", "", "2026-11-24T25:00"])
@pytest.mark.parametrize("option", ["--at", "--known-at"])
def test_what_is_no_time_is_2(stage: Scene, script: Script, option: str, text: str) -> None:
    assert run("watch", option, text) == (2, f"{text} is not a time of ISO 8601, like 2026-03-03T08:00Z.")


def test_patients_are_named_by_id_and_identifier_each_once(stage: Scene, script: Script) -> None:
    PatientIdentifier.objects.create(patient=stage.patient, value="MRN 7")
    other, _ = person(stage.team), person(stage.team)
    _, found = document("watch", "--patient", "MRN 7", str(stage.pk), "--patient", str(other.pk), "--dry-run")
    assert list(found["recheck_at"]) == [str(stage.pk), str(other.pk)]


def test_without_a_name_all_who_are_followed_are_judged(stage: Scene, script: Script) -> None:
    other, past = person(stage.team), person(stage.team)
    type(past).objects.filter(pk=past.pk).update(active=False)
    _, found = document("watch", "--dry-run")
    assert set(found["recheck_at"]) == {str(stage.pk), str(other.pk)}


@pytest.mark.parametrize("name", ["nobody", str(UUID(int=7))])
def test_a_name_of_nobody_is_2_and_nobody_is_judged(stage: Scene, script: Script, name: str) -> None:
    script.says(finding())
    status, said = run("watch", "--patient", str(stage.pk), name)
    assert (status, said) == (2, f"{name} names no patient: give our id or an unambiguous identifier.")
    assert written() == (0, 0, 0, 0)


def test_a_name_of_two_is_2(stage: Scene, script: Script) -> None:
    for issuer, owner in (("one", stage.patient), ("other", person(stage.team))):
        PatientIdentifier.objects.create(patient=owner, issuer=issuer, value="MRN 7")
    assert run("watch", "--patient", "MRN 7")[0] == 2


def test_a_rule_that_raises_is_1_and_stops_no_other(stage: Scene, script: Script) -> None:
    script.lines = {FALL: RuntimeError("Hb 61.25"), ACUTE: [finding(ACUTE)]}
    status, found = document("watch")
    assert (status, [one["rule"] for one in found["findings"]]) == (1, [ACUTE])
    assert found["cannot_judge"] == [
        {"patient": str(stage.pk), "rule": FALL, "subject": "", "reason": "failed: RuntimeError"}
    ]


def test_a_patient_who_cannot_be_judged_stops_no_other(
    stage: Scene, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = person(stage.team)
    judged: list[Any] = []

    def evaluate(patient_id: Any, *, at: datetime) -> Any:
        judged.append(patient_id)
        raise MemoryError("Hb 61.25")

    monkeypatch.setattr("alerts.watching.evaluate", evaluate)
    status, found = document("watch")
    assert (status, set(judged)) == (1, {stage.pk, other.pk})
    assert {one["reason"] for one in found["cannot_judge"]} == {"failed: MemoryError"}


def test_a_line_a_finding_for_a_person(stage: Scene, script: Script) -> None:
    script.says(finding(), unknown(ACUTE))
    status, said = run("watch", "--dry-run")
    assert (status, said.splitlines()) == (
        0,
        [
            f"{stage.pk} moderate {FALL}: Hb 98 g/L, 21 % below own baseline of 124.",
            f"{stage.pk} cannot judge {ACUTE}: no baseline",
            "1 patients, 1 findings",
        ],
    )


def test_the_time_of_a_finding_is_now(stage: Scene, script: Script) -> None:
    script.says(finding())
    (one,) = document("watch", "--dry-run")[1]["findings"]
    assert abs(datetime.fromisoformat(one["at"]) - datetime.now(tz=UTC)) < timedelta(minutes=1)
