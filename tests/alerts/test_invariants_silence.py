"""What doctor checks, when nothing is broken: silence, on one snapshot, with a log-in that only reads, and no word of a patient."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection

from alerts import invariants
from alerts.invariants import SHOWN, Check, Invariant, examine
from alerts.models import Delivery, Notification, WatchState
from patients.models import Patient
from tests import factories
from tests.alerts.house import IDENTIFIER, NAME, VALUE, healthy, the_alert
from tests.alerts.scenes import MORNING, Scene, learn, person
from tests.alerts.test_invariants import VIOLATIONS, broken

AsRole = Callable[[str], AbstractContextManager[None]]
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
TOO_LATE = 3 * MINUTE
"""Two sweeps, and one that is late."""


@pytest.fixture
def stage(db: None, monkeypatch: pytest.MonkeyPatch) -> Scene:
    return healthy(monkeypatch)[0]


def test_a_healthy_service_breaks_nothing(stage: Scene) -> None:
    checks = examine(at=MORNING)
    assert [one.message for one in checks] == ["holds"] * len(checks)
    assert all(one.ok for one in checks)


def test_every_check_has_a_violation_that_proves_it(stage: Scene) -> None:
    proven = {name for name, _ in VIOLATIONS} | {"D16"}
    assert {one.id for one in examine(at=MORNING)} == proven


def test_every_check_has_a_number_of_its_own(stage: Scene) -> None:
    names = [one.id for one in examine(at=MORNING)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("role", ["iph_operator", "iph_owner"])
def test_the_operator_sees_what_the_owner_sees(stage: Scene, as_role: AsRole, role: str) -> None:
    person(stage.team, at=MORNING - 4 * MINUTE)
    with as_role(role):
        assert list(broken()) == ["D2"]


def test_what_has_waited_for_less_than_two_sweeps_is_no_fault(stage: Scene) -> None:
    learn(stage.patient, at=MORNING - TOO_LATE)
    person(stage.team, at=MORNING - TOO_LATE)
    factories.alive(at=MORNING - TOO_LATE)
    WatchState.objects.update(recheck_at=MORNING - TOO_LATE)
    assert broken() == {}


def test_a_recheck_to_come_is_no_fault(stage: Scene) -> None:
    WatchState.objects.update(recheck_at=MORNING + DAY)
    assert broken() == {}


def test_who_is_no_longer_followed_need_not_be_judged(stage: Scene) -> None:
    learn(stage.patient, at=MORNING - DAY)
    person(stage.team, at=MORNING - DAY)
    Patient.objects.update(active=False)
    assert broken() == {}


def test_an_alert_that_says_why_nobody_was_told_is_no_fault(stage: Scene) -> None:
    Notification.objects.all().delete()
    type(the_alert()).objects.update(silenced_reason="nobody_to_tell")
    assert broken() == {}


@pytest.mark.parametrize("end", ["sent_at", "failed_at", "dropped_at"])
def test_an_old_mail_that_has_ended_is_not_overdue(stage: Scene, end: str) -> None:
    old = MORNING - 30 * DAY
    Notification.objects.update(created_at=old, due_at=old, **{"sent_at": None, end: old})
    assert broken() == {}


def test_a_failure_is_shown_for_a_week(stage: Scene) -> None:
    Notification.objects.update(sent_at=None, failed_at=MORNING - 7 * DAY)
    assert broken() == {}


@pytest.mark.parametrize(
    ("first", "marked", "faults"),
    [
        ("accepted", True, []),
        ("unclear", True, []),
        ("deferred", False, []),  # it never left: the second is no repeat
        ("refused", False, []),
        ("unclear", False, ["D5"]),
        ("started", False, ["D5"]),
    ],
)
def test_only_what_may_have_come_twice_must_say_so(stage: Scene, first: str, marked: bool, faults: list[str]) -> None:
    Delivery.objects.update(outcome=first)
    notification = Notification.objects.get(deliveries__attempt=1)
    Delivery.objects.create(
        notification=notification, attempt=2, started_at=MORNING, outcome="accepted", marked_repeat=marked
    )
    assert list(broken()) == faults


def test_closed_alerts_of_one_subject_may_be_many(stage: Scene) -> None:
    alert = the_alert()
    for state in ("resolved", "recovered"):
        factories.alert(stage.patient, rule=alert.rule, state=state, silenced_reason="a test", found={"evidence": ()})
    assert broken() == {}


def test_a_file_under_way_has_promised_nothing(stage: Scene) -> None:
    for state in ("received", "reading", "failed"):
        factories.upload(stage.patient, state=state)
    assert broken() == {}


def test_a_file_with_a_held_row_keeps_its_promise(stage: Scene) -> None:
    row = the_alert().finding["evidence"][0]
    kept = {"state": "accepted", "fact_kind": row["kind"], "fact_id": row["id"]}
    factories.upload(stage.patient, rows=[kept, {"state": "held"}, {"state": "duplicate"}], state="held")
    assert broken() == {}


def test_at_most_twenty_are_named_and_all_are_counted(stage: Scene) -> None:
    for _ in range(SHOWN + 3):
        person(stage.team, at=MORNING - DAY)
    check = broken()["D2"]
    assert check.count == SHOWN + 3
    assert check.message.endswith(" …")
    assert len(re.findall(r"[0-9a-f]{8}-", check.message)) == SHOWN


def test_no_message_says_anything_of_a_patient(stage: Scene) -> None:
    for (name, kind), seed in VIOLATIONS.items():
        if name in {"D2", "D4", "D17", "D18"} or kind == "rows":
            seed(stage)
    said = " ".join(check.message for check in broken().values())
    assert list(broken()) == ["D2", "D4", "D17", "D18", "D7"]
    for canary in (NAME, IDENTIFIER, str(VALUE), "HGB", "g/L", "north", "example.org", "@"):
        assert canary not in said


def test_as_many_questions_however_much_is_stored(
    stage: Scene, django_assert_max_num_queries: Callable[[int], AbstractContextManager[object]]
) -> None:
    for _ in range(20):
        person(stage.team, at=MORNING - DAY)
    with django_assert_max_num_queries(28):  # one a check, the savepoint, and three about migrations
        examine(at=MORNING)


@pytest.mark.django_db(transaction=True)
def test_all_checks_see_one_snapshot_and_cannot_write(monkeypatch: pytest.MonkeyPatch) -> None:
    writing = Invariant("W", "DELETE FROM alerts_heartbeat RETURNING name", "lost", "never")
    level = Invariant("L", "SELECT current_setting('transaction_isolation')", "is the level", "leave it")
    monkeypatch.setattr(invariants, "WATCH", (level,))
    assert next(one.message for one in examine(at=MORNING) if one.id == "L").endswith("repeatable read")
    monkeypatch.setattr(invariants, "WATCH", (writing,))
    with pytest.raises(DatabaseError, match="read-only"):
        examine(at=MORNING)
    assert not connection.in_atomic_block


def test_a_check_is_told_as_the_product_lists_it() -> None:
    assert Check("D9", 2, "2 results …").as_json() == {"id": "D9", "ok": False, "count": 2, "message": "2 results …"}
    assert Check("D9", 0, "holds").as_json()["ok"] is True
