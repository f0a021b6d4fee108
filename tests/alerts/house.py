"""A whole and healthy service at one morning: facts recorded, a patient judged, an alert told, mail sent, all parts alive."""

from datetime import timedelta

import pytest

from alerts import sending, tasks
from alerts.models import Alert
from alerts.watching import evaluate
from patients.context import ALL, working_on
from patients.facts import NewObservation
from patients.models import PatientIdentifier, PatientIdentity
from patients.recording import record
from tests.alerts.scenes import FALL, MORNING, Scene, Script, high, scene, scripted

NAME, IDENTIFIER = "Wilhelmina Canary", "MRN-CANARY-7"
VALUE = 61.25
"""A hemoglobin that nothing else in the tests has."""


def healthy(monkeypatch: pytest.MonkeyPatch) -> tuple[Scene, Script]:
    """Set the stage and let the service do its work up to `MORNING`."""
    script, stage = scripted(monkeypatch), scene()
    PatientIdentity.objects.create(patient=stage.patient, name=NAME, email="canary.person@example.org")
    PatientIdentifier.objects.create(patient=stage.patient, value=IDENTIFIER)
    script.says(high(FALL, row=recorded(stage), sentence=f"Hb {VALUE} g/L, far below the own baseline."))
    evaluate(stage.pk, at=MORNING)
    sending.send_due(at=MORNING)
    for part in ("sweep", "mail"):
        tasks.beat(part, at=MORNING)
    stage.patient.refresh_from_db()
    return stage, script


def recorded(stage: Scene, value: float = VALUE, *, days_ago: float = 0.1) -> int:
    """Record one hemoglobin of the patient; return the row."""
    at = MORNING - timedelta(days=days_ago)
    fact = NewObservation(stage.pk, "HGB", at, "minute", value=value, unit="g/L")
    with working_on(ALL):
        (outcome,) = record([fact], by=stage.nurse, at=MORNING - timedelta(minutes=1), why="typed")
    stage.patient.refresh_from_db()
    assert outcome.fact_id is not None
    return outcome.fact_id


def the_alert() -> Alert:
    """Return the only alert."""
    return Alert.objects.get()
