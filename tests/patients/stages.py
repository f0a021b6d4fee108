"""A patient, an account, and rows of the record that are right but for what a test changes."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from patients.models import (
    Absence,
    AccessToken,
    CalendarLink,
    CaregiverLink,
    Duty,
    Event,
    IdempotencyKey,
    Membership,
    Observation,
    PatientIdentifier,
    PatientRevision,
    PregnancyPeriod,
    Seen,
    SettingChange,
    TeamAccess,
    TeamChange,
    Treatment,
    Upload,
    UploadRow,
)
from tests import factories
from tests.patients.files import NOW

BEFORE, DAY = NOW - timedelta(days=1), date(2026, 3, 3)


class Stage:
    """A patient, an account, and rows that are right but for what a test changes."""

    def __init__(self) -> None:
        self.patient = factories.patient()
        self.team, self.user = self.patient.team, factories.account()

    def upload(self, **fields: Any) -> Upload:
        usual = {"patient": self.patient, "received_at": NOW, "file_name": "f", "sha256": "0" * 64, "size": 1}
        return Upload.objects.create(**{**usual, **fields})

    def observation(self, **fields: Any) -> Observation:
        usual = {"code": "HGB", "effective_at": NOW, "value": 120.0, "unit": "g/L", "recorded_revision": 1}
        return Observation.objects.create(patient=self.patient, **{**usual, **fields})

    def event(self, **fields: Any) -> Event:
        usual = {"kind": "sputum", "effective_at": NOW, "recorded_revision": 1}
        return Event.objects.create(patient=self.patient, **{**usual, **fields})

    def treatment(self, **fields: Any) -> Treatment:
        usual = {"drug": "prednisolone", "dose": 5.0, "started_on": DAY, "intent": "taken", "recorded_revision": 1}
        return Treatment.objects.create(patient=self.patient, **{**usual, **fields})

    def row(self, **fields: Any) -> UploadRow:
        upload = fields.pop("upload", None) or self.upload()
        return UploadRow.objects.create(upload=upload, **{"position": 0, "row": "2", "state": "held", **fields})

    def access(self, **fields: Any) -> TeamAccess:
        return TeamAccess.objects.create(patient=self.patient, team=factories.team(), starts_at=NOW, **fields)

    def link(self, **fields: Any) -> CaregiverLink:
        return CaregiverLink.objects.create(patient=self.patient, user=self.user, starts_at=NOW, **fields)

    def member(self, **fields: Any) -> Membership:
        usual = {"user": self.user, "team": self.team, "role": "nurse", "starts_at": NOW}
        return Membership.objects.create(**{**usual, **fields})

    def duty(self, **fields: Any) -> Duty:
        usual = {"team": self.team, "user": self.user, "starts_at": NOW, "ends_at": NOW + timedelta(days=1)}
        return Duty.objects.create(**{**usual, **fields})

    def absence(self, **fields: Any) -> Absence:
        usual = {"user": self.user, "starts_at": NOW, "ends_at": NOW + timedelta(days=1)}
        return Absence.objects.create(**{**usual, **fields})

    def change(self, **fields: Any) -> TeamChange:
        return TeamChange.objects.create(**{"team": self.team, "by": self.user, "at": NOW, "what": "hours", **fields})

    def revision(self, n: int, **fields: Any) -> PatientRevision:
        return PatientRevision.objects.create(patient=self.patient, n=n, at=NOW, **fields)

    def pregnancy(self, **fields: Any) -> PregnancyPeriod:
        return PregnancyPeriod.objects.create(patient=self.patient, started_on=DAY, **fields)

    def identifier(self, **fields: Any) -> PatientIdentifier:
        return PatientIdentifier.objects.create(**{"patient": self.patient, "value": "MRN-1", **fields})

    def token(self, **fields: Any) -> AccessToken:
        usual = {"user": self.user, "digest": "0" * 64, "label": "l", "created_at": NOW}
        return AccessToken.objects.create(**{**usual, **fields})

    def key(self, **fields: Any) -> IdempotencyKey:
        usual = {"user": self.user, "key": "k-1", "request": "0" * 64, "created_at": NOW}
        return IdempotencyKey.objects.create(**{**usual, **fields})

    def calendar(self, **fields: Any) -> CalendarLink:
        usual = {"digest": str(next(factories.NUMBERS)), "created_at": NOW}
        return CalendarLink.objects.create(patient=self.patient, user=self.user, **{**usual, **fields})

    def setting(self, **fields: Any) -> SettingChange:
        usual = {"patient": self.patient, "name": "z99", "value": 2.5, "at": NOW, "reason": "trial"}
        return SettingChange.objects.create(**{**usual, **fields})

    def seen(self, **fields: Any) -> Seen:
        return Seen.objects.create(patient=self.patient, user=self.user, **{"what": "page", "at": NOW, **fields})

    def twice(self, make: Callable[..., object], **fields: Any) -> None:
        make(**fields)
        make(**fields)
