"""What a patient agrees to, and whose access they end: the few things of their own record that they change by themselves."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from patients.models import CaregiverLink, Patient, User

EMAIL = "email"


def said_of_email(patient: Patient) -> bool | None:
    """Return the patient's word on being written to by e-mail: yes or no, None where nobody asked them yet."""
    said = patient.consents.get(EMAIL) if isinstance(patient.consents, dict) else None
    given = said.get("given") if isinstance(said, dict) else None
    return given if isinstance(given, bool) else None


def consents_to_email(patient: Patient) -> bool:
    """Whether the patient agreed to be written to by e-mail; nobody did so unasked."""
    return said_of_email(patient) is True


def consent_to_email(patient_id: UUID, *, given: bool, by: User, at: datetime) -> None:
    """Write down that a patient agrees to e-mail, or no longer does: who said so, and when. Said again, it stays as it was."""
    with transaction.atomic():
        patient = Patient.objects.select_for_update(no_key=True).get(pk=patient_id)
        if consents_to_email(patient) is given:
            return
        patient.consents = {**patient.consents, EMAIL: {"given": given, "at": at.isoformat(), "by": by.pk}}
        patient.save(update_fields=["consents"])


def links_of(patient: Patient, *, at: datetime) -> QuerySet[CaregiverLink]:
    """Return the caregivers' links that hold, the oldest first."""
    holds = Q(starts_at__lte=at) & (Q(ends_at=None) | Q(ends_at__gt=at))
    return CaregiverLink.objects.filter(holds, patient=patient).select_related("user").order_by("starts_at", "pk")


def end_link(patient: Patient, link_id: int, *, at: datetime) -> bool:
    """End a caregiver's access now; return False where there is no such link, or it is over."""
    return links_of(patient, at=at).filter(pk=link_id, starts_at__lt=at).update(ends_at=at) == 1
