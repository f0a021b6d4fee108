"""The record: who, what happened, and what was taken in. Columns and constraints only; `patients.recording` is the only writer."""

from .account import AccessToken, Scope, User
from .calendar import CalendarLink
from .event import Event
from .idempotency import IdempotencyKey
from .observation import Observation
from .patient import (
    CaregiverLink,
    CareTeam,
    Membership,
    Patient,
    PatientIdentifier,
    PatientIdentity,
    PatientRevision,
    PregnancyPeriod,
    Role,
    TeamAccess,
)
from .rota import Absence, Duty, TeamChange
from .seen import Seen, What
from .setting import SettingChange
from .treatment import Treatment
from .upload import DataKey, Upload, UploadOriginal, UploadRow, UploadState

__all__ = [
    "Absence",
    "AccessToken",
    "CalendarLink",
    "CareTeam",
    "CaregiverLink",
    "DataKey",
    "Duty",
    "Event",
    "IdempotencyKey",
    "Membership",
    "Observation",
    "Patient",
    "PatientIdentifier",
    "PatientIdentity",
    "PatientRevision",
    "PregnancyPeriod",
    "Role",
    "Scope",
    "Seen",
    "SettingChange",
    "TeamAccess",
    "TeamChange",
    "Treatment",
    "Upload",
    "UploadOriginal",
    "UploadRow",
    "UploadState",
    "User",
    "What",
]
