"""One patient with a canary in every column, through everything that is ever mailed or logged: none sings outside the database."""

import logging
import re
from collections.abc import Iterator
from datetime import date, timedelta
from io import StringIO
from typing import Final

import pytest
from pytest_django import Settings
from structlog.stdlib import ProcessorFormatter

from alerts import calling, digests, lifecycle, notifying, sending, watching
from alerts.management.commands import sweep
from alerts.models import Alert, Notification
from alerts.rules.rule import Answer, Finding, Severity
from alerts.watching import evaluate
from patients import timeline, uploading
from patients.context import ALL, working_on
from patients.facts import Fact, NewEvent, NewObservation, NewTreatment
from patients.models import CareTeam, Patient, PatientIdentifier, PatientIdentity
from patients.recording import record
from tests.alerts.scenes import FALL, MORNING, Scene, Script, clear, finding, learn, scene, scripted
from tests.alerts.sink import DROP, Sink, plain, running
from tests.alerts.test_emails import FORBIDDEN

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
VALUE: Final = 61.25
CANARIES: Final = (
    "Wilhelmina", "Canarienvogel", "canary.person", "+49 30 5550199", "Kanarienweg", "MRN-CANARY-7", "61.25", "6.125", "HGB", "Hb",
    "g/L", "hemoglobin", "prednisolone", "37.5", "hemoptysis", "streaks", "hemosiderosis", "baseline", "canary-laboratory",
    "canary-file", "1987-06-05", "canary-specimen", "clinical B1", "canary-subject", "why it was closed",
)  # fmt: skip
"""What is known of the patient, and what rules say of it."""


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Script:
    return scripted(monkeypatch, FALL, "film", "iron")


@pytest.fixture
def stage(db: None) -> Scene:
    """Set a stage whose patient has a canary in every column."""
    one = scene()
    CareTeam.objects.update(name="Wilhelmina Hb prednisolone")
    Patient.objects.filter(pk=one.pk).update(
        birth_date=date(1987, 6, 5), course="chronic", usual_laboratory="canary-laboratory"
    )
    PatientIdentity.objects.create(
        patient=one.patient, name="Wilhelmina Canarienvogel", email="canary.person@example.org",
        telephone="+49 30 5550199", address="Kanarienweg 1",
    )  # fmt: skip
    PatientIdentifier.objects.create(patient=one.patient, value="MRN-CANARY-7")
    facts: list[Fact] = [
        NewObservation(
            one.pk, "HGB", MORNING - HOUR, "minute", "canary-specimen", "canary-laboratory", VALUE, unit="g/L"
        ),
        NewEvent(one.pk, "hemoptysis", MORNING - HOUR, findings={"amount": "streaks"}),
        NewTreatment(one.pk, "prednisolone", date(2026, 11, 1), "taken", 37.5, "mg"),
    ]
    with working_on(ALL):
        record(facts, by=one.nurse, at=MORNING - HOUR, why="typed")
    one.patient.refresh_from_db()
    return one


@pytest.fixture
def sink(settings: Settings) -> Iterator[Sink]:
    with running() as one:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", one.port, 5
        settings.BASE_URL = "https://watch.example.org"
        yield one


def found(rule: str = FALL, severity: Severity = Severity.HIGH, **fields: object) -> Finding:
    """Return a finding full of canaries."""
    said = f"Hb {VALUE} g/L, far below the own baseline, on prednisolone 37.5 mg: hemosiderosis, streaks."
    subject = "canary-subject"
    return finding(rule, severity=severity, sentence=said, subject=subject, numbers={"last": VALUE}, **fields)


class Course:
    """Two weeks in which everything happens that is ever mailed."""

    def __init__(self, stage: Scene, script: Script) -> None:
        self.stage, self.script, self.at = stage, script, MORNING

    def look(self, *answers: Answer) -> None:
        """Judge, with these answers, and send what is due."""
        self.script.says(*answers)
        learn(self.stage.patient, at=self.at)
        watching.sweep(at=self.at)
        self.send()

    def send(self, after: timedelta = HOUR * 0) -> None:
        """Let time pass, write digests, and send what is due then."""
        self.at += after
        calling.call_due(at=self.at)
        digests.write_due(at=self.at)
        sending.send_due(at=self.at)

    def run(self, sink: Sink) -> None:
        """Raise, remind, call the chain, worsen, recover, return, tell in digests, repeat and be late."""
        evaluate(self.stage.pk, at=MORNING - DAY)
        self.look(found())
        self.send(HOUR / 2)
        self.send(HOUR)
        self.look(found(level=1))
        self.at += HOUR / 4
        self.look(clear(FALL, "canary-subject"))
        self.send(HOUR)
        self.look(found(level=1))
        self.close()
        self.at += 12 * HOUR
        self.look(found("film", Severity.MODERATE), found("iron", Severity.LOW))
        self.send(DAY)
        self.send(6 * DAY)
        notifying.tell_operators("rule_failed", at=self.at)
        sink.contents[self.stage.administrator.email] = DROP
        self.send()
        sink.contents.clear()
        self.send(HOUR)

    def close(self) -> None:
        """Close the alert, with a word."""
        alert = Alert.objects.get(rule=FALL)
        reason = lifecycle.ResolveReason.TREATED
        lifecycle.resolve(alert.pk, by=self.stage.physician, at=self.at, reason=reason, note="why it was closed")


def ids(patient: Patient) -> tuple[str, ...]:
    """Return the patient's id in every form."""
    return str(patient.pk), patient.pk.hex, str(patient.pk).upper()


def test_no_part_of_any_mail_says_anything_of_a_patient(stage: Scene, script: Script, sink: Sink) -> None:
    Course(stage, script).run(sink)
    reasons = set(Notification.objects.exclude(sent_at=None).values_list("reason", flat=True))
    assert reasons == {
        "first", "reminder", "next_in_chain", "worse", "returned", "recovered", "digest", "weekly", "operator",
    }  # fmt: skip
    assert any("This may be a repeat." in plain(message) for message in sink.messages)
    assert any("This message was delayed." in plain(message) for message in sink.messages)
    for message in sink.messages:
        headers = "\n".join(f"{name}: {value}" for name, value in message.items())
        parts = {
            "whole": message.as_string(),
            "headers": headers,
            "text": plain(message),
            "html": plain(message, "html"),
        }
        for name, part in parts.items():
            assert part
            assert not [canary for canary in (*CANARIES, *ids(stage.patient)) if canary.lower() in part.lower()], name
            assert not FORBIDDEN.search(part), name


def test_every_mail_has_one_link_and_an_id_that_names_the_mail_alone(stage: Scene, script: Script, sink: Sink) -> None:
    Course(stage, script).run(sink)
    rows = {f"<{pk}@watch.example.org>" for pk in Notification.objects.values_list("pk", flat=True)}
    alerts = {f"https://watch.example.org/alerts/{pk}/" for pk in Alert.objects.values_list("pk", flat=True)}
    for message in sink.messages:
        assert message["Message-ID"] in rows
        links = set(re.findall(r"https?://[^\s\"<>]+", plain(message) + plain(message, "html")))
        assert len(links) == 1
        assert links <= {*alerts, "https://watch.example.org/"}
    for row in Notification.objects.all():  # nor does the outbox hold what a later template might tell
        said = f"{row.detail} {row.dedup_key} {row.kind} {row.reason} {row.channel}".lower()
        assert not [canary for canary in (*CANARIES, *ids(stage.patient)) if canary.lower() in said]


@pytest.fixture
def log() -> Iterator[StringIO]:
    """Keep what every logger writes, down to the finest, as the service's own handler writes it."""
    written, root = StringIO(), logging.getLogger()
    (formatter,) = {one.formatter for one in root.handlers if isinstance(one.formatter, ProcessorFormatter)}
    handler = logging.StreamHandler(written)
    handler.setFormatter(formatter)
    levels = {name: logging.getLogger(name).level for name in ("", "patients", "alerts", "monitor")}
    root.addHandler(handler)
    for name in levels:
        logging.getLogger(name).setLevel(logging.DEBUG)
    yield written
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)
    root.removeHandler(handler)


def lines(log: StringIO) -> str:
    """Return what was logged, without the times (whose digits may be anything) and the names of rules."""
    return re.sub(r'"timestamp": "[^"]*"', "", log.getvalue()).replace(FALL, "")


def sent_in(stage: Scene) -> None:
    """Send in a file whose name and content are canaries; one line cannot be read."""
    rows = "date,test,value,unit\n2026-11-23,HGB,61.25,g/L\n2026-11-23,HGB,Canarienvogel,g/L\n"
    uploading.receive(
        content=rows.encode(), name="canary-file Wilhelmina.csv", patient_id=stage.pk, by=stage.nurse, at=MORNING
    )


def test_no_log_of_a_sweep_names_a_patient_or_a_value(stage: Scene, script: Script, sink: Sink, log: StringIO) -> None:
    sent_in(stage)
    script.lines = {FALL: ValueError(f"Hb {VALUE} of Wilhelmina"), "film": [found("film")]}
    sink.recipients[stage.nurse.email] = "550 Wilhelmina is not here"
    assert sweep.one_pass()
    said = lines(log)
    assert '"event": "rule_failed"' in said
    assert '"event": "mail"' in said
    assert not [canary for canary in CANARIES if canary in said]
    assert stage.nurse.email not in said


def test_no_log_of_what_fails_names_a_patient_or_a_value(
    stage: Scene, script: Script, log: StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError(f"Hb {VALUE} of Wilhelmina Canarienvogel, prednisolone")

    with monkeypatch.context() as patched:
        patched.setattr(timeline, "read", fail)
        patched.setattr(sending, "send_due", fail)
        assert not sweep.one_pass()
    said = lines(log)
    assert '"event": "evaluation_failed"' in said
    assert '"event": "sweep_step_failed"' in said
    assert said.count('"error_type": "RuntimeError"') == 2
    assert not [canary for canary in CANARIES if canary in said]


def test_no_log_of_the_whole_course_names_anybody(stage: Scene, script: Script, sink: Sink, log: StringIO) -> None:
    Course(stage, script).run(sink)
    said = lines(log)
    assert said.count("\n") > 10
    assert not [canary for canary in (*CANARIES, "example.org") if canary in said]
