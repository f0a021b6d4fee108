"""Addresses that mail comes back from: marked by what the server says while sending, or by a report that comes later (RFC 3464).

A mark is taken away when the address changes, or when mail is taken again. A server that takes everything and reports later proves
nothing by taking: a mark from a report outlives what is taken within a day of it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import Message
from email.utils import parseaddr
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

import structlog
from django.conf import settings
from django.db.models import Q
from django.db.models.signals import post_save, pre_save
from django.dispatch import receiver

from alerts.models import Notification
from alerts.smtp import NO_SUCH_ADDRESS, STATUS, Outcome, Result, is_bad_address
from patients.models import User

LOG = structlog.get_logger(__name__)
REPORT_STANDS: Final = timedelta(days=1)
"""How long a report outweighs that a server took a later mail. Working value."""


@dataclass(frozen=True, slots=True)
class Bounce:
    """That a mail to an address came back for good: `code` is the status without its dots, 5.1.1 as 511."""

    message: UUID
    address: str
    code: int


def note(user_id: int, result: Result, *, at: datetime) -> None:
    """Write down what an attempt to send says of the recipient's address."""
    if result.bad_address:
        _mark(user_id, result.code, at)
    elif result.outcome is Outcome.ACCEPTED:
        known = (
            Q(mail_refused_code=None)
            | Q(mail_refused_code__in=NO_SUCH_ADDRESS)
            | Q(mail_refused_at__lte=at - REPORT_STANDS)
        )
        User.objects.filter(known, pk=user_id, mail_refused_at__isnull=False).update(**CLEAR)


def take_in(report: Message, *, at: datetime) -> int:
    """Mark the addresses that a report says are none; return how many. What is not about a mail of ours to that address is left.

    A mail's id is known to its recipient and the servers on its way alone, so that nobody else can mark an address.
    """
    marked = 0
    for bounce in bounces(report):
        row = Notification.objects.select_related("recipient").filter(pk=bounce.message).first()
        if row is None or row.recipient.email.casefold() != bounce.address.casefold():
            continue
        _mark(row.recipient_id, bounce.code, at)
        LOG.info("mail_bounced", notification_id=str(row.pk), status=bounce.code)
        marked += 1
    return marked


def bounces(report: Message) -> Iterator[Bounce]:
    """Yield what a report says of addresses that do not exist; nothing where it is no report, or about no mail of ours."""
    original = _original(report)
    if original is None:
        return
    for part in report.walk():
        if part.get_content_type() != "message/delivery-status":
            continue
        for fields in part.walk():
            bounce = _bounce(fields, original)
            if bounce is not None:
                yield bounce


def is_report(message: Message) -> bool:
    """Whether a message is a report on delivery."""
    return any(part.get_content_type() == "message/delivery-status" for part in message.walk())


def _bounce(fields: Message, original: UUID) -> Bounce | None:
    """Return what the fields of one recipient say, None where the address is not the matter."""
    status = STATUS.match(str(fields.get("Status", "")))
    if str(fields.get("Action", "")).strip().casefold() != "failed" or status is None or not is_bad_address(status):
        return None
    address = _address(fields.get("Original-Recipient")) or _address(fields.get("Final-Recipient"))
    return Bounce(original, address, int(f"5{int(status[2])}{int(status[3])}")) if address else None


def _address(field: object) -> str:
    """Return the address of a field such as "rfc822; somebody@example.org"."""
    kind, _, address = str(field or "").partition(";")
    return parseaddr(address.strip())[1] if kind.strip().casefold() in {"rfc822", "utf-8"} else ""


def _original(report: Message) -> UUID | None:
    """Return the notification that a report is about: it encloses our mail, or its headers."""
    for part in report.walk():
        if part.get_content_type() == "text/rfc822-headers":
            found = re.search(r"^message-id:\s*(<[^>]*>)", str(part.get_payload()), re.IGNORECASE | re.MULTILINE)
            text = found[1] if found else ""
        elif part is report:
            continue
        else:
            text = str(part.get("Message-ID", ""))
        if (named := _ours(text)) is not None:
            return named
    return None


def _ours(message_id: str) -> UUID | None:
    """Return the notification that a Message-ID of ours names."""
    name, _, host = message_id.strip().strip("<>").partition("@")
    if host != (urlsplit(settings.BASE_URL).hostname or "localhost"):
        return None
    try:
        return UUID(name)
    except ValueError:
        return None


CLEAR: Final[dict[str, Any]] = {"mail_refused_at": None, "mail_refused_code": None}


def _mark(user_id: int, code: int | None, at: datetime) -> None:
    """Mark an address; one that is marked keeps since when it is, and gets the newest code."""
    mine = User.objects.filter(pk=user_id)
    mine.filter(mail_refused_at=None).update(mail_refused_at=at)
    mine.update(mail_refused_code=code)


@receiver(pre_save, sender=User)
def _see_the_address(instance: User, update_fields: frozenset[str] | None = None, **_: Any) -> None:
    """Note whether an account is about to get another address."""
    about = instance.pk is not None and (update_fields is None or "email" in update_fields)
    instance._moves = about and User.objects.filter(pk=instance.pk).exclude(email=instance.email).exists()  # type: ignore[attr-defined] # noqa: SLF001 - ours, between two signals


@receiver(post_save, sender=User)
def _forget_the_old_address(instance: User, **_: Any) -> None:
    """Take the mark from an account whose address is another now."""
    if instance._moves:  # type: ignore[attr-defined] # noqa: SLF001 - the same
        User.objects.filter(pk=instance.pk).update(**CLEAR)
        instance.mail_refused_at = instance.mail_refused_code = None
