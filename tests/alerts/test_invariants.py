"""What doctor checks: every check is silent on a healthy database, and alone in speaking when what it watches is broken."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Final
from uuid import uuid4

import pytest
from django.db import connection

from alerts import notifying
from alerts.invariants import Check, examine
from alerts.models import Alert, Delivery, Heartbeat, Incident, Notification, RuleFailure, WatchState
from patients.models import Observation, Patient, PatientRevision, User
from tests import factories
from tests.alerts.house import healthy, recorded, the_alert
from tests.alerts.scenes import FALL, MORNING, Scene, learn, person

pytestmark = pytest.mark.django_db
AsRole = Callable[[str], AbstractContextManager[None]]
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
LATER: Final = MORNING + 4 * MINUTE


@pytest.fixture
def stage(db: None, monkeypatch: pytest.MonkeyPatch) -> Scene:
    return healthy(monkeypatch)[0]


def execute(*statements: str) -> None:
    """Run statements as the owner; constraints checked at the end of a transaction are checked before."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for statement in statements:
            cursor.execute(statement)


def broken() -> dict[str, Check]:
    """Return the checks that do not hold."""
    return {one.id: one for one in examine(at=MORNING) if not one.ok}


def unevaluated(stage: Scene) -> object:
    learn(stage.patient, at=MORNING - 4 * MINUTE)
    return stage.pk


def recheck_missed(stage: Scene) -> object:
    WatchState.objects.update(recheck_at=MORNING - 4 * MINUTE)
    return stage.pk


def never_judged(stage: Scene) -> object:
    return person(stage.team, at=MORNING - 4 * MINUTE).pk


def told_nobody(_: Scene) -> object:
    Notification.objects.all().delete()
    return the_alert().pk


def mail_overdue(_: Scene) -> object:
    one = Notification.objects.exclude(sent_at=None)[0]
    Notification.objects.filter(pk=one.pk).update(sent_at=None, due_at=MORNING - 11 * MINUTE, created_at=MORNING - DAY)
    return one.pk


def repeat_unmarked(_: Scene) -> object:
    (first,) = Delivery.objects.all()
    Delivery.objects.create(notification=first.notification, attempt=2, started_at=MORNING, outcome="accepted")
    return first.notification_id


def two_open(stage: Scene) -> object:
    execute("DROP INDEX alert_one_open")
    second = the_alert()
    second.pk, second.silenced_reason = uuid4(), "a copy"
    second.save(force_insert=True)
    return min(str(one) for one in Alert.objects.values_list("pk", flat=True))


def rows_lost(stage: Scene) -> object:
    upload = factories.upload(stage.patient, rows=[{"state": "rejected"}], state="done")
    upload.row_results.all().delete()
    type(upload).objects.filter(pk=upload.pk).update(rows=1, accepted=1, rejected=0)
    return upload.pk


def fact_lost(kind: str) -> Callable[[Scene], object]:
    def seed(stage: Scene) -> object:
        row = {"state": "accepted", "fact_kind": kind, "fact_id": 987_654_321}
        return factories.upload(stage.patient, rows=[row], state="held").pk

    return seed


def read_by_half(stage: Scene) -> object:
    upload = factories.upload(stage.patient, state="reading")
    factories.result(stage.patient, 120, effective_at=MORNING - DAY, upload=upload, performer="elsewhere")
    judged_again(stage)
    return upload.pk


def of_no_upload(stage: Scene) -> object:
    nothing = uuid4()
    factories.result(stage.patient, 120, effective_at=MORNING - DAY, upload_id=nothing, performer="elsewhere")
    judged_again(stage)
    return nothing


def two_current(stage: Scene) -> object:
    execute("DROP INDEX observation_key")
    first = Observation.objects.get()
    factories.result(stage.patient, 99, effective_at=first.effective_at)
    judged_again(stage)
    return first.pk


def no_such_revision(stage: Scene) -> object:
    Observation.objects.create(
        patient=stage.patient, code="FE", effective_at=MORNING, value=9, unit="umol/L", recorded_revision=7
    )
    return stage.pk


def foreign_evidence(stage: Scene) -> object:
    alert, other = the_alert(), person(stage.team)
    row = factories.result(other, 120, effective_at=MORNING - DAY)
    WatchState.objects.create(patient=other, evaluated_revision=1)
    alert.finding["evidence"][0]["id"] = row.pk
    alert.save(update_fields=["finding"])
    return alert.pk


def evidence_of(kind: str) -> Callable[[Scene], object]:
    def seed(_: Scene) -> object:
        alert = the_alert()
        alert.finding["evidence"][0]["kind"] = kind  # there is no event or treatment of this number
        alert.save(update_fields=["finding"])
        return alert.pk

    return seed


def unforced(table: str) -> Callable[[Scene], object]:
    def seed(_: Scene) -> object:
        execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        return table

    return seed


def log_ins(named: str, change: str) -> Callable[[Scene], object]:
    def seed(
        _: Scene,
    ) -> object:  # the owner may not change log-ins, so a table of that name stands before the real one
        execute("CREATE TEMP TABLE pg_roles AS SELECT * FROM pg_catalog.pg_roles", change)
        return named

    return seed


def no_life(_: Scene) -> object:
    Heartbeat.objects.filter(name="mail").update(beat_at=MORNING - 4 * MINUTE)
    return "mail"


def undeliverable(_: Scene) -> object:
    one = Notification.objects.latest("due_at")
    one.pk, one.dedup_key, one.sent_at, one.failed_at = uuid4(), "another", None, MORNING - 6 * DAY
    one.save(force_insert=True)
    return one.pk


def rule_given_up(stage: Scene) -> object:
    fields = {"rule": FALL, "error_type": "ValueError", "attempts": 5, "first_at": MORNING, "last_at": MORNING}
    RuleFailure.objects.create(patient=stage.patient, **fields)
    return stage.pk


def never_to_be_called(_: Scene) -> object:
    Alert.objects.update(next_call_at=None)
    return the_alert().pk


def call_missed(_: Scene) -> object:
    Alert.objects.update(next_call_at=MORNING - 4 * MINUTE)
    return the_alert().pk


def revision_gap(stage: Scene) -> object:
    recorded(stage, 120, days_ago=9)
    PatientRevision.objects.filter(patient=stage.patient, n=1).delete()
    factories.result(stage.patient, 120, effective_at=MORNING - DAY)
    Observation.objects.filter(recorded_revision=1).update(retracted_revision=2)
    judged_again(stage)
    return stage.pk


def revision_ahead(stage: Scene) -> object:
    Patient.objects.filter(pk=stage.pk).update(revision=2)
    judged_again(stage)
    return stage.pk


def migration_missing(_: Scene) -> object:
    execute("DELETE FROM django_migrations WHERE app = 'alerts' AND name = '0004_carried_by'")
    return "alerts.0004_carried_by"


def judged_again(stage: Scene) -> None:
    """Let the patient have been judged as it stands, so that only what a test broke is broken."""
    stage.patient.refresh_from_db()
    factories.judged(stage.patient, at=MORNING)


def nobody_reached(stage: Scene) -> object:
    User.objects.update(mail_refused_at=MORNING)
    return stage.team.pk


def incident_untold(stage: Scene) -> object:
    """Something of the service has been wrong for longer than an hour, and nobody was told."""
    return Incident.objects.create(kind="queue", began_at=MORNING - 61 * MINUTE).kind


VIOLATIONS: Final[Mapping[tuple[str, str], Callable[[Scene], object]]] = {
    ("D1", "facts"): unevaluated,
    ("D1", "time"): recheck_missed,
    ("D2", ""): never_judged,
    ("D3", ""): told_nobody,
    ("D4", ""): mail_overdue,
    ("D5", ""): repeat_unmarked,
    ("D6", ""): two_open,
    ("D7", "rows"): rows_lost,
    ("D7", "observation"): fact_lost("observation"),
    ("D7", "event"): fact_lost("event"),
    ("D7", "treatment"): fact_lost("treatment"),
    ("D8", "reading"): read_by_half,
    ("D8", "nowhere"): of_no_upload,
    ("D9", ""): two_current,
    ("D10", ""): no_such_revision,
    ("D11", "another's"): foreign_evidence,
    ("D11", "event"): evidence_of("event"),
    ("D11", "treatment"): evidence_of("treatment"),
    ("D13", "patients"): unforced("patients_patient"),
    ("D13", "alerts"): unforced("alerts_alert"),
    ("D13", "outbox"): unforced("alerts_delivery"),
    ("D14", "superuser"): log_ins("iph_web", "UPDATE pg_roles SET rolsuper = true WHERE rolname = 'iph_web'"),
    ("D14", "bypass"): log_ins("iph_worker", "UPDATE pg_roles SET rolbypassrls = true WHERE rolname = 'iph_worker'"),
    ("D14", "bound"): log_ins(
        "iph_operator", "UPDATE pg_roles SET rolbypassrls = false WHERE rolname = 'iph_operator'"
    ),
    ("D14", "missing"): log_ins("iph_worker", "DELETE FROM pg_roles WHERE rolname = 'iph_worker'"),
    ("D15", ""): no_life,
    ("D17", ""): undeliverable,
    ("D18", "rule"): rule_given_up,
    ("D21", ""): nobody_reached,
    ("D20", "late"): call_missed,
    ("D20", "never"): never_to_be_called,
    ("D22", ""): incident_untold,
    ("D19", "gap"): revision_gap,
    ("D19", "ahead"): revision_ahead,
    ("migrations", ""): migration_missing,
}


@pytest.mark.parametrize(("name", "kind"), VIOLATIONS, ids=[" ".join(one) for one in VIOLATIONS])
def test_a_violation_is_found_named_and_nothing_else_is(stage: Scene, name: str, kind: str) -> None:
    guilty = VIOLATIONS[name, kind](stage)
    found = broken()
    assert list(found) == [name]
    assert found[name].count == 1
    assert str(guilty) in found[name].message
    assert ": " in found[name].message  # what is wrong, and how to mend it


def test_a_patient_given_up_is_found_until_an_administrator_was_told(stage: Scene) -> None:
    WatchState.objects.update(failed_at=MORNING)
    assert list(broken()) == ["D16", "D18"]
    notifying.tell_operators("watch_failed", at=MORNING)
    assert list(broken()) == ["D18"]
