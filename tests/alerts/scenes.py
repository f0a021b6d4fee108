"""A team, its people, a patient, and rules that answer as told: the stage of every test of the watch."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from alerts import rules
from alerts.judging import Verdict
from alerts.lifecycle import Basis
from alerts.rules.rule import (
    Answer,
    CannotJudge,
    Clear,
    Evidence,
    Finding,
    Judgment,
    Rule,
    Setting,
    Settings,
    Severity,
    Telling,
)
from patients.history import History
from patients.models import CareTeam, Membership, Patient, PatientRevision, User

MORNING = datetime(2026, 11, 24, 9, tzinfo=UTC)
"""A Tuesday, ten o'clock in Berlin."""
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
FALL, ACUTE, SEVERE = "hemoglobin_fall", "hemoglobin_acute", "hemoglobin_severe"


@dataclass
class Scene:
    """One team with a nurse on call first, a physician second, and a patient of that physician."""

    team: CareTeam
    nurse: User
    physician: User
    patient: Patient
    administrator: User

    @property
    def pk(self) -> UUID:
        """Return the patient's id."""
        return self.patient.pk


def scene(name: str = "north", **team: Any) -> Scene:
    """Set the stage."""
    hours = {"time_zone": "Europe/Berlin", "digest_hour": 7, "working_from": 8, "working_until": 17, **team}
    care = CareTeam.objects.create(name=name, **hours)
    nurse, physician = (User.objects.create_user(f"{name}.{role}@example.org") for role in ("nurse", "physician"))
    administrator = User.objects.create_user(f"{name}.admin@example.org", is_staff=True)
    join(care, nurse, "nurse", order=1)
    join(care, physician, "physician", order=2)
    return Scene(care, nurse, physician, person(care, clinician=physician), administrator)


def join(team: CareTeam, user: User, role: str, *, order: int = 0) -> Membership:
    """Give somebody a place in a team."""
    return Membership.objects.create(user=user, team=team, role=role, starts_at=LONG_AGO, on_call_order=order)


def person(team: CareTeam, *, clinician: User | None = None, at: datetime = LONG_AGO) -> Patient:
    """Register a patient with nothing known."""
    return Patient.objects.create(team=team, clinician=clinician, changed_at=at)


def learn(patient: Patient, *, at: datetime | None = None) -> int:
    """Record that something new is known of a patient; return the revision."""
    patient.refresh_from_db()
    patient.revision, patient.changed_at = patient.revision + 1, at or timezone.now()
    patient.save(update_fields=["revision", "changed_at"])
    PatientRevision.objects.create(patient=patient, n=patient.revision, at=patient.changed_at)
    return patient.revision


def finding(rule: str = FALL, **fields: Any) -> Finding:
    """Return a finding of a moderate fall, unless told otherwise; `at` is when its result was true."""
    at = fields.pop("at", MORNING - timedelta(hours=2))
    evidence = Evidence("result", "observation", fields.pop("row", 1), "HGB", at, 98.0, "g/L")
    usual: dict[str, Any] = {
        "rule": rule,
        "rule_version": 1,
        "subject": "",
        "severity": Severity.MODERATE,
        "sentence": "Hb 98 g/L, 21 % below own baseline of 124.",
        "arithmetic": ("124 → 98",),
        "clears_when": "two results at or above 120 g/L",
        "evidence": (evidence,),
        "threshold": "below 115 g/L",
        "citation": "clinical B1",
    }
    return Finding(**{**usual, **fields})


def urgent(rule: str = FALL, **fields: Any) -> Finding:
    """Return a moderate finding that its rule wants told at once (R2+)."""
    return finding(rule, telling=Telling.AT_ONCE, **fields)


def high(rule: str = SEVERE, **fields: Any) -> Finding:
    """Return a high finding."""
    return finding(rule, severity=Severity.HIGH, **fields)


@dataclass
class Script:
    """Rules that answer what the test last put here; an exception as answer is raised."""

    lines: dict[str, Sequence[Answer] | Exception] = field(default_factory=dict)
    recheck_at: datetime | None = None
    asked: list[tuple[str, UUID]] = field(default_factory=list)
    only_for: dict[str, UUID] = field(default_factory=dict)

    def judge(self, name: str, history: History) -> Judgment:
        """Answer for one rule."""
        self.asked.append((name, history.patient.id))
        line = self.lines.get(name, ())
        if name in self.only_for and self.only_for[name] != history.patient.id:
            line = ()
        if isinstance(line, Exception):
            raise line
        return Judgment(tuple(line), self.recheck_at)

    def says(self, *answers: Answer) -> None:
        """Let every rule answer this from now on, grouped by rule."""
        self.lines = {name: [one for one in answers if one.rule == name] for name in {one.rule for one in answers}}


def scripted(monkeypatch: pytest.MonkeyPatch, *names: str, version: str = "test-1") -> Script:
    """Put scripted rules of these names in the place of the real ones."""
    script = Script()
    monkeypatch.setattr(rules, "RULES", tuple(rule(name, script) for name in names or (FALL, ACUTE, SEVERE)))
    monkeypatch.setattr(rules, "RULESET_VERSION", version)
    return script


def rule(name: str, script: Script, *settings: Setting) -> Rule:
    """Return a rule that answers by the script."""

    def judge(history: History, _settings: Settings, _at: datetime) -> Judgment:
        return script.judge(name, history)

    return Rule(name, name, 1, ("t",), "why", "clinical B1", settings, judge)


def clear(rule: str = FALL, subject: str = "") -> Clear:
    """Return the answer that recovers."""
    return Clear(rule, subject)


def unknown(rule: str = FALL, subject: str = "") -> CannotJudge:
    """Return the answer that changes nothing."""
    return CannotJudge(rule, subject, "no baseline")


def basis(patient: Patient, *, at: datetime = MORNING, revision: int = 1) -> Basis:
    """Return what a verdict rests on."""
    return Basis(patient.pk, revision, "test-1", 0, at)


def verdict(*answers: Answer) -> Verdict:
    """Return a verdict of these answers."""
    return Verdict(
        findings=tuple(one for one in answers if isinstance(one, Finding)),
        clears=tuple(one for one in answers if isinstance(one, Clear)),
        cannot_judge=tuple(one for one in answers if isinstance(one, CannotJudge)),
    )
