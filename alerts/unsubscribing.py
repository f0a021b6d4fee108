"""What people want to have by mail, and the one click by which they want it no longer (RFC 8058). Alerts are no choice.

A mail's address to stop holds who, what, and the service's signature: nobody else makes one, and it does nothing but this.
"""

import re
from collections.abc import Collection
from datetime import datetime
from typing import Final

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

from alerts.models import MailChoice

EDITIONS: Final = ("digest", "weekly", "patient")
"""What can be left: the morning digest, the weekly mail, mails about the own plan. An address names them by their first letters."""
SALT: Final = "alerts.unsubscribing"
TOKEN: Final = re.compile(r"([a-z])([1-9][0-9]{0,18})-([0-9a-f]{64})")


def token(user_id: int, edition: str) -> str:
    """Return what stops one edition for one person. It never expires: an old mail's button works, too."""
    return f"{edition[0]}{user_id}-{_signature(user_id, edition, settings.SECRET_KEY)}"


def read(text: str) -> tuple[int, str] | None:
    """Return whom and what a token stops, None for any text that is none of ours."""
    found = TOKEN.fullmatch(text)
    edition = next((one for one in EDITIONS if found is not None and one[0] == found[1]), None)
    if found is None or edition is None:
        return None
    user_id, signature = int(found[2]), found[3]
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    good = any(constant_time_compare(signature, _signature(user_id, edition, key)) for key in keys)
    return (user_id, edition) if good else None


def _signature(user_id: int, edition: str, key: str) -> str:
    """Return the signature of an address in hexadecimal digits: no mail must hold letters that happen to read as a word."""
    return salted_hmac(SALT, f"{edition}-{user_id}", secret=key, algorithm="sha256").hexdigest()


def address(user_id: int, edition: str) -> str:
    """Return where a mail of an edition is stopped, "" for one that cannot be."""
    if edition not in EDITIONS:
        return ""
    return f"{settings.BASE_URL.rstrip('/')}/mail/stop/{token(user_id, edition)}/"


def choose(user_id: int, edition: str, *, wanted: bool, at: datetime, empty: bool | None = None) -> MailChoice:
    """Write down what a person wants; `empty` (None: as it was) asks for a digest also where there is nothing new."""
    said = {"wanted": wanted, "at": at, **({} if empty is None else {"empty": empty})}
    choice, _ = MailChoice.objects.update_or_create(user_id=user_id, edition=edition, defaults=said)
    return choice


def choices(users: Collection[int], edition: str) -> dict[int, MailChoice]:
    """Return who of these people chose something about an edition, and what."""
    return {one.user_id: one for one in MailChoice.objects.filter(user_id__in=users, edition=edition)}
