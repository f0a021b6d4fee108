"""How the demo comes by its states: alerts judged on what was known then, files read as a worker does, an event taken back."""

import csv
import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from alerts import watching
from alerts.models import Alert, Notification, WatchState
from alerts.rules import RULESET_VERSION
from monitor import demo_cases, demo_stages
from monitor.demo_accounts import Staff, staff
from monitor.demo_cohort import COHORT, facts
from monitor.demo_patient import DemoPatient
from monitor.demo_stages import FILES, STAGES, TAKEN_BACK, File, Stage, record, send, take_back
from patients.facts import NewObservation
from patients.models import Event, Observation, Patient, PatientIdentifier, PatientRevision, UploadRow

pytestmark = pytest.mark.django_db
NAMED = {one.number: one for one in COHORT}


@pytest.fixture
def at() -> datetime:
    """Now."""
    return timezone.now()


@pytest.fixture
def people(at: datetime) -> Staff:
    """Both teams."""
    return staff(at)


def registered(number: int, people: Staff, at: datetime) -> DemoPatient:
    """Register a patient of the cohort of whom nothing is known yet."""
    one = NAMED[number]
    Patient.objects.create(
        id=one.id, team=people.team_of(one), changed_at=at, sex=one.sex, birth_date=one.birth_date(at), time_zone="Europe/Berlin",
        clinician=people.of("physician", one),
    )  # fmt: skip
    PatientIdentifier.objects.create(patient_id=one.id, value=one.identifier)
    return one


def recorded(number: int, people: Staff, at: datetime) -> DemoPatient:
    """Record a patient of the cohort, stage by stage."""
    one = registered(number, people, at)
    record(one, facts(one, at), people, at)
    return one


def verbs(alert: Alert) -> list[tuple[str, str]]:
    """Return what happened to an alert, and by whom."""
    return [(one.verb, one.by.email if one.by else "") for one in alert.transitions.select_related("by").order_by("id")]


def test_the_acknowledged_alert_has_an_owner(people: Staff, at: datetime) -> None:
    one = recorded(35, people, at)
    alert = Alert.objects.get(patient_id=one.id, rule="hemoglobin_fall")
    assert (alert.rule, alert.state, alert.owner) == ("hemoglobin_fall", "acknowledged", people.users["nurse"])
    assert verbs(alert) == [("raised", ""), ("acknowledged", "nurse@demo.example")]
    assert (at - alert.raised_at).days == 5


def test_the_snoozed_alert_sleeps_for_some_days_more(people: Staff, at: datetime) -> None:
    one = recorded(44, people, at)
    alert = Alert.objects.get(patient_id=one.id, rule="hemoglobin_fall")
    assert (alert.rule, alert.state, alert.owner) == ("hemoglobin_fall", "snoozed", people.users["nurse"])
    assert alert.snoozed_until is not None
    assert timedelta(days=4) < alert.snoozed_until - at < timedelta(days=6)
    watching.sweep(patients=[one.id], at=at)  # what came since is no worse
    assert verbs(alert)[:2] == [("raised", ""), ("snoozed", "nurse@demo.example")]
    alert.refresh_from_db()
    assert alert.state == "snoozed"


def test_the_assigned_alert_is_the_physicians(people: Staff, at: datetime) -> None:
    one = recorded(39, people, at)
    alerts = Alert.objects.filter(patient_id=one.id, owner__isnull=False)
    assert "hemoglobin_fall" in {alert.rule for alert in alerts}
    for alert in alerts:
        assert (alert.state, alert.owner) == ("acknowledged", people.users["physician"])
        assert verbs(alert) == [("raised", ""), ("assigned", "nurse@demo.example")]


def test_the_commented_alert_was_found_useful_and_waits(people: Staff, at: datetime) -> None:
    one = recorded(23, people, at)
    alerts = Alert.objects.filter(patient_id=one.id, transitions__verb="commented")
    assert "hemoglobin_fall" in {alert.rule for alert in alerts}
    for alert in alerts:
        assert verbs(alert)[1:] == [("commented", "nurse@demo.example"), ("rated", "physician@demo.example")]
        assert alert.transitions.latest("id").detail == {"useful": True}


def test_the_resolved_alert_has_a_reason_and_a_note(people: Staff, at: datetime) -> None:
    one = recorded(36, people, at)
    (alert,) = Alert.objects.filter(patient_id=one.id)
    assert (alert.rule, alert.state) == ("hemoptysis", "resolved")
    assert verbs(alert) == [("raised", ""), ("resolved", "physician@demo.example")]
    last = alert.transitions.latest("id")
    assert (last.reason, last.at - alert.raised_at) == ("explained", timedelta(hours=2))
    assert "Called" in last.detail["note"]


def test_the_recovered_alert_recovered_by_itself(people: Staff, at: datetime) -> None:
    one = recorded(37, people, at)
    others = Alert.objects.filter(patient_id=one.id).exclude(rule="tests_overdue")
    assert {alert.state for alert in others} == {"recovered"}
    fall = Alert.objects.get(patient_id=one.id, rule="hemoglobin_fall")
    assert verbs(fall) == [("raised", ""), ("recovered", "")]


@pytest.mark.parametrize("number", STAGES)
def test_everything_is_recorded_in_the_end(number: int, people: Staff, at: datetime) -> None:
    one = recorded(number, people, at)
    wanted = [fact for fact in facts(one, at) if isinstance(fact, NewObservation)]
    assert Observation.objects.filter(patient_id=one.id).count() == len(wanted)
    assert WatchState.objects.get(patient_id=one.id).evaluated_ruleset == RULESET_VERSION


def test_what_came_after_a_stage_is_still_to_be_judged(people: Staff, at: datetime) -> None:
    one = recorded(22, people, at)
    state = WatchState.objects.get(patient_id=one.id)
    assert 0 < state.evaluated_revision < Patient.objects.get(pk=one.id).revision


@pytest.mark.parametrize("number", STAGES)
def test_its_mails_are_dropped_with_the_reason(number: int, people: Staff, at: datetime) -> None:
    one = recorded(number, people, at)
    found = set(Notification.objects.filter(alert__patient_id=one.id).values_list("sent_at", "dropped_reason"))
    assert found == {(None, "before_the_demo")}


def test_a_stage_knows_no_fact_of_later(people: Staff, at: datetime) -> None:
    one = recorded(37, people, at)
    alert = Alert.objects.get(patient_id=one.id, rule="hemoglobin_fall")
    then = PatientRevision.objects.get(patient_id=one.id, n=alert.transitions.earliest("id").detail["revision"])
    assert then.at <= alert.raised_at
    following = PatientRevision.objects.get(patient_id=one.id, n=then.n + 1)
    assert following.at > alert.raised_at


@pytest.mark.parametrize(("number", "days"), [(22, 2), (23, 5), (45, 9)])
def test_some_alerts_have_waited_for_days(number: int, days: int, people: Staff, at: datetime) -> None:
    one = recorded(number, people, at)
    alerts = Alert.objects.filter(patient_id=one.id)
    assert {(at - alert.raised_at).days for alert in alerts} == {days}
    assert {(alert.state, alert.owner) for alert in alerts} == {("raised", None)}


def test_without_stages_nothing_is_judged(people: Staff, at: datetime) -> None:
    one = recorded(8, people, at)
    assert not WatchState.objects.filter(patient_id=one.id).exists()
    assert not Alert.objects.exists()


def test_an_act_meets_every_alert_that_is_raised(people: Staff, at: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    met: list[str] = []
    act = Stage(1, lambda alert, *_: met.append(alert.rule))
    monkeypatch.setattr(demo_stages, "STAGES", {22: (act,)})
    recorded(22, people, at)
    story = {"hemoglobin_acute", "hemoglobin_fall", "hemoptysis", "film_new_foci", "steroid_relapse_after_step"}
    assert story <= set(met)
    assert len(met) == len(set(met))


def test_an_event_of_somebody_else_is_taken_back_the_day_after(people: Staff, at: datetime) -> None:
    one = recorded(TAKEN_BACK, people, at)
    take_back(one, people, at)
    event = Event.objects.get(patient_id=one.id, kind="infection")
    revisions = {
        row.n: row for row in PatientRevision.objects.filter(patient_id=one.id, n__gte=event.recorded_revision)
    }
    made, ended = revisions[event.recorded_revision], revisions[event.retracted_revision or 0]
    assert (made.why, ended.why) == ("visit", "Entered for the wrong patient.")
    assert made.by == ended.by == people.users["nurse"]


FILE_ENDS = {
    "results-week.csv": ("done", 3, 0),
    "unit.csv": ("held", 1, 1),
    "scan.jpg": ("failed", 0, 0),
    "from-home.csv": ("done", 1, 0),
    "ward-list.csv": ("held", 1, 1),
    "case-C11.csv": ("held", 0, 1),
}
"""How each file ends: state, rows accepted, rows held."""


@pytest.fixture
def sent(people: Staff, at: datetime, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The files of the demo as they were read, by name."""
    for number in (21, 26, 44, 48, 49):
        recorded(number, people, at)
    case = next(one for one in demo_cases.cases() if one.number == "C11")
    Patient.objects.create(id=case.id, team=people.first, changed_at=at, time_zone="Europe/Berlin")
    PatientIdentifier.objects.create(patient_id=case.id, value=case.identifier)
    return {upload.file_name: upload for upload in send(people, at)}


def test_every_file_ends_as_it_should(sent: dict[str, Any], at: datetime) -> None:
    assert {name: (one.state, one.accepted, one.held) for name, one in sent.items()} == FILE_ENDS
    assert all(one.finished_at == one.received_at < at for one in sent.values())
    assert "not known" in sent["scan.jpg"].reason
    held = UploadRow.objects.filter(state="held").order_by("upload__file_name")
    assert [row.issues[0]["code"] for row in held] == ["implausible", "unit_mixup", "unknown_patient"]
    assert {name: one.by.email.split("@")[0] for name, one in sent.items()} == {
        **{file.name: file.by for file in FILES}, "case-C11.csv": "nurse",
    }  # fmt: skip


def test_files_sent_again_are_the_ones_there(sent: dict[str, Any], people: Staff, at: datetime) -> None:
    again = {one.file_name: one.pk for one in send(people, at)}
    belongs = {name: one.pk for name, one in sent.items() if one.state == "done" or one.patient_id}
    assert {name: again[name] for name in belongs} == belongs


@pytest.mark.parametrize("file", [file for file in FILES if file.rows], ids=lambda file: file.name)
def test_a_file_is_a_table_of_the_day_it_was_sent(file: File, at: datetime) -> None:
    rows: Sequence[dict[str, str]] = list(
        csv.DictReader(io.StringIO(demo_stages._content(file, at).decode()), delimiter=";")
    )
    assert [(row["Patient ID"], row["Test"], row["Value"], row["Unit"]) for row in rows] == [
        tuple(row) for row in file.rows
    ]
    assert len({row["Sampling date"] for row in rows}) == 1


def test_a_picture_is_no_table(at: datetime) -> None:
    content = demo_stages._content(replace(FILES[0], rows=()), at)
    assert content.startswith(b"\xff\xd8")
    assert b"\x00" in content
