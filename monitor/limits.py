"""How often one address may ask for something without a log-in, a minute at a time. The count lies in the shared cache."""

import hashlib
from datetime import datetime
from typing import Final

from allauth.account.adapter import get_adapter
from django.core.cache import cache
from django.http import HttpRequest

MINUTE: Final = 60
PER_MINUTE: Final = 120
"""A ward or a household asks from one address: it is given room."""


def allowed(request: HttpRequest, action: str, *, at: datetime, per_minute: int = PER_MINUTE) -> bool:
    """Count a question, and return whether its address may still ask in this minute. No address is kept, only its digest."""
    address = hashlib.sha256(str(get_adapter().get_client_ip(request)).encode()).hexdigest()[:32]
    key = f"limit:{action}:{int(at.timestamp()) // MINUTE}:{address}"
    cache.add(key, 0, 2 * MINUTE)
    try:
        return int(cache.incr(key)) <= per_minute
    except ValueError:  # the cache was emptied between the two
        return True
