"""Says how often a file of laboratory results is expected for a patient. The only writer of that.

It is known by revision, as facts are: a rule reads it, so that a judgment of then can be made again after it was changed.
"""

from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from patients.models import Patient, User
from patients.models.patient import UPLOAD_LEAST, UPLOAD_MOST
from patients.recording import announce
from patients.revisions import Revisions

REACH: Final = timedelta(days=UPLOAD_MOST)
"""How far from today the day may lie from which files are expected: one interval, the longest."""
OUT_OF_BOUNDS: Final = f"Enter a whole number of days from {UPLOAD_LEAST} to {UPLOAD_MOST}."
OUT_OF_REACH: Final = f"Choose a day within {UPLOAD_MOST} days of today."


def refusal(every: int, first: date, *, today: date) -> dict[str, str]:
    """Return what is wrong, by the column it is wrong in; nothing where that can be expected."""
    found = {}
    if not UPLOAD_LEAST <= every <= UPLOAD_MOST:
        found["upload_every_days"] = OUT_OF_BOUNDS
    if abs(first - today) > REACH:
        found["upload_expected_from"] = OUT_OF_REACH
    return found


def expect(patient_id: UUID, every: int | None, first: date, *, by: User | None, at: datetime) -> bool:
    """Expect a file every so many days, counted from a day on; None: none any more. Return whether that is anything new.

    The patient is due from then on. ValueError for what cannot be expected, Patient.DoesNotExist for who is not there or not in
    sight. Call within `acting_as` or `working_on`.
    """
    says: dict[str, Any] = {"upload_every_days": every, "upload_expected_from": first}
    with transaction.atomic():
        revisions = Revisions([patient_id])
        patient = Patient.objects.get(pk=patient_id)
        if every is not None and (wrong := refusal(every, first, today=local_day(patient, at))):
            raise ValueError(" ".join(wrong.values()))
        if every == patient.upload_every_days and (every is None or first == patient.upload_expected_from):
            return False
        revisions.need(patient_id, at, **says)
        Patient.objects.filter(pk=patient_id).update(**says)
        announce(revisions.write(by=by, at=at, why=_words(every, first)))
    return True


def local_day(patient: Patient, moment: datetime) -> date:
    """Return the date on the patient's calendar at a moment."""
    return moment.astimezone(ZoneInfo(patient.time_zone or "UTC")).date()


def _words(every: int | None, first: date) -> str:
    """Return the reason that the history shows."""
    if every is None:
        return "no file is expected any more"
    return f"a file is expected every {every} day{'' if every == 1 else 's'}, counted from {first.isoformat()}"
