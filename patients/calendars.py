"""Secret addresses of a plan for calendar programs: made, found and revoked. Only the digest of a secret is stored."""

import secrets
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from patients.models import CalendarLink, Patient, User

SECRET_BYTES = 32


def share(patient_id: UUID, *, by: User, at: datetime) -> str:
    """Make a new secret address for a person, in place of the one before, and return its secret: it is told this once."""
    secret = secrets.token_urlsafe(SECRET_BYTES)
    with transaction.atomic():
        Patient.objects.select_for_update(no_key=True).get(pk=patient_id)
        _open(patient_id).filter(user=by).update(revoked_at=at)
        CalendarLink.objects.create(
            patient_id=patient_id, user=by, digest=CalendarLink.digest_of(secret), created_at=at
        )
    return secret


def revoke(patient_id: UUID, link_id: int, *, at: datetime) -> bool:
    """End an address now; return False where there is no such address, or it has ended."""
    return _open(patient_id).filter(pk=link_id).update(revoked_at=at) == 1


def links_of(patient_id: UUID) -> QuerySet[CalendarLink]:
    """Return the addresses that are open and in sight, the oldest first: one's own, and for a patient every one of theirs."""
    return _open(patient_id).select_related("user").order_by("created_at", "pk")


def found(secret: str) -> CalendarLink | None:
    """Return the open address of a secret, None for any other text. Asked while nobody is known."""
    return CalendarLink.objects.filter(digest=CalendarLink.digest_of(secret), revoked_at=None).first()


def _open(patient_id: UUID) -> QuerySet[CalendarLink]:
    return CalendarLink.objects.filter(patient_id=patient_id, revoked_at=None)
