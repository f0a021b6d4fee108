"""Writes to patients and caregivers who asked for it: that the plan changes, that a test is due. No mail says which, or to what.

From seven in the patient's morning on each is looked at once that day, by each process; the outbox holds a piece of news once a
person and day. When it is about to be sent everything is asked again: consent, access, the plan, and that it is still that day.
What cannot be asked is tried again until its day is over, and then given up in sight. What is to be said of a test on a day on
which nothing ran, nothing could be asked or no server took it, is said on the next.
"""

import hashlib
import time
from collections.abc import Collection, Iterator
from datetime import date, datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q, QuerySet

from alerts import unsubscribing
from alerts.alone import alone
from alerts.due import reached
from alerts.hours import instant
from alerts.models import MailChoice, Notification
from alerts.patient_news import LATE, News, due_news
from alerts.routing_patients import HOUR, Household, Person, ToldOfOwn, listeners, route
from patients import timeline
from patients.consenting import said_of_email
from patients.context import ALL, working_on
from patients.models import CaregiverLink, Patient

KIND: Final = "patient"
NOT_JUDGED: Final = "not_judged"
"""Why a mail failed that could not be asked about on its whole day: nobody was told by it."""
LAST_ZONE: Final = "Etc/GMT+12"
"""Where a day ends last."""
SECONDS: Final = 5.0
"""A pass ends after so long; the next goes on."""
ADULT_YEARS: Final = 18
_LOOKED: Final[dict[UUID, date]] = {}
"""The day on which this process last looked at a patient: a sweep a minute costs what is new."""


def write(*, at: datetime, patients: Collection[UUID] | None = None, seconds: float = SECONDS) -> int:
    """Write what is to be told, each patient in a transaction of their own; return how many mails. As the worker.

    `patients` narrows it; it ends with the patient at whom its time is up. One with whom it fails stops nobody else, and is tried
    again.
    """
    written, started = 0, time.monotonic()
    for patient_id, day in _due(at, patients):
        with alone("patient_mail_failed", patient_id=str(patient_id)):
            written += _write(patient_id, day, at)
            _LOOKED[patient_id] = day
        if time.monotonic() - started >= seconds:
            break
    return written


def needless(row: Notification, *, at: datetime) -> str | None:
    """Return why a mail that is about to be sent no longer holds, "" where it does. What cannot be asked is not sent: None asks to
    try again, until the mail's day is over where the patient lives.
    """
    if row.patient_id is None:
        return "patient_unknown"
    why: str | None = None
    zone = LAST_ZONE
    with alone("patient_mail_failed", patient_id=str(row.patient_id)), transaction.atomic():
        patient = Patient.objects.select_related("user").get(pk=row.patient_id)
        zone = patient.time_zone or "UTC"
        why = _needless(row, patient, at)
    is_over = _today(zone, at).isoformat() > row.detail.get("day", "")
    return (NOT_JUDGED if is_over else None) if why is None else why


def household(patient: Patient, *, at: datetime) -> Household:
    """Return who could be written to, as they stand."""
    holds = Q(starts_at__lte=at) & (Q(ends_at=None) | Q(ends_at__gt=at))
    links = list(CaregiverLink.objects.filter(holds, patient=patient).select_related("user").order_by("pk"))
    users = [one.user_id for one in links] + ([patient.user_id] if patient.user_id is not None else [])
    said = unsubscribing.choices(users, KIND)
    own = None
    if patient.user is not None:
        own = Person(patient.user.pk, stopped=_stopped(said.get(patient.user.pk)), active=patient.user.is_active)
    return Household(
        own=own,
        caregivers=tuple(_caregiver(link, said.get(link.user_id)) for link in links),
        agreed=said_of_email(patient),
        adult=_is_adult(patient, at),
    )


def _due(at: datetime, patients: Collection[UUID] | None) -> Iterator[tuple[UUID, date]]:
    """Yield whose morning has come and who was not looked at today, of those about whom somebody may be written to.

    It begins elsewhere each second, so that processes that remember nothing do not all look at the same few.
    """
    with working_on(ALL):
        found = _concerned() if patients is None else _concerned().filter(pk__in=patients)
        rows = list(found.order_by("pk").values_list("pk", "time_zone"))
    first = int(at.timestamp()) % max(len(rows), 1)
    for patient_id, zone in rows[first:] + rows[:first]:
        day = at.astimezone(ZoneInfo(zone or "UTC")).date()
        begins = instant(day, HOUR, zone or "UTC")
        if begins is not None and at >= begins and _LOOKED.get(patient_id) != day:
            yield patient_id, day


def _concerned() -> QuerySet[Patient]:
    """Return patients who agreed and have an account, or whose caregiver asked for mail."""
    asked = MailChoice.objects.filter(edition=KIND, wanted=True).values("user_id")
    links = CaregiverLink.objects.filter(user_id__in=asked).values("patient_id")
    agreed = Q(user__isnull=False, consents__email__given=True)
    return Patient.objects.filter(agreed | Q(pk__in=links), active=True, death_date=None)


def _write(patient_id: UUID, day: date, at: datetime) -> int:
    """Write the news of one patient."""
    with working_on([patient_id]):
        patient = Patient.objects.select_related("user").get(pk=patient_id)
        home = household(patient, at=at)
        if not listeners(home):
            return 0
        news = due_news(timeline.read(patient_id, at=at), day)
        told = _told(patient_id, [user for user, _ in listeners(home)], day) if news else {}
        rows = [_row(one, patient_id, day, at) for one in route(news, home, told)]
        known = set(
            Notification.objects.filter(dedup_key__in=[row.dedup_key for row in rows]).values_list(
                "dedup_key", flat=True
            )
        )
        Notification.objects.bulk_create(rows, ignore_conflicts=True)
        return sum(row.dedup_key not in known for row in rows)


def _told(patient_id: UUID, people: Collection[int], today: date) -> dict[tuple[int, News], date]:
    """Return on which day each person was last told of each kind of news; a mail that was dropped, that could not be asked about or
    that still waits told nothing.
    """
    mails = Notification.objects.filter(kind=KIND, patient_id=patient_id, recipient__in=people, dropped_at=None)
    mails = mails.filter(detail__day__gte=(today - LATE).isoformat()).exclude(dropped_reason=NOT_JUDGED)
    ended = mails.exclude(sent_at=None, failed_at=None) | mails.filter(detail__day=today.isoformat())
    found: dict[tuple[int, News], date] = {}
    for person, reason, day in ended.values_list("recipient_id", "reason", "detail__day"):
        key = person, News(reason)
        found[key] = max(date.fromisoformat(day), found.get(key, date.min))
    return found


def _row(told: ToldOfOwn, patient_id: UUID, day: date, at: datetime) -> Notification:
    """Return the outbox row of one mail. Its key does not hold the patient's id, and nobody finds that from it."""
    whose = hashlib.sha256(patient_id.bytes).hexdigest()[:16]
    return Notification(
        recipient_id=told.recipient,
        patient_id=patient_id,
        kind=KIND,
        reason=told.news,
        dedup_key=f"{KIND}:{told.recipient}:{told.news}:{whose}:{day.isoformat()}",
        detail={"day": day.isoformat(), "because": told.because},
        created_at=at,
        due_at=at,
    )


def _needless(row: Notification, patient: Patient, at: datetime) -> str:
    """Return why a mail does not hold any more. The plan is read in any case: what cannot be read must not end as a day gone by."""
    day = _today(patient.time_zone or "UTC", at)
    if not patient.active or patient.death_date is not None:
        return "patient_not_followed"
    if row.recipient_id not in dict(listeners(household(patient, at=at))):
        return "not_wanted"
    news = due_news(timeline.read(patient.pk, at=at), day)
    if day.isoformat() != row.detail.get("day"):
        return "day_is_over"
    return "" if News(row.reason) in news else "no_longer_so"


def _today(zone: str, at: datetime) -> date:
    """Return the day that it is in a time zone."""
    return at.astimezone(ZoneInfo(zone)).date()


def _caregiver(link: CaregiverLink, said: MailChoice | None) -> Person:
    """Return a caregiver with what they said of these mails."""
    asked = said.at if said is not None and said.wanted else None
    return Person(link.user_id, asked, link.starts_at, stopped=_stopped(said), active=link.user.is_active)


def _stopped(said: MailChoice | None) -> bool:
    """Whether somebody left these mails."""
    return said is not None and not said.wanted


def _is_adult(patient: Patient, at: datetime) -> bool:
    """Whether a patient is of age; one whose birth date is unknown is taken to be."""
    today = at.astimezone(ZoneInfo(patient.time_zone or "UTC")).date()
    return patient.birth_date is None or reached(patient.birth_date, ADULT_YEARS) <= today
