"""What every page shows beside its own: the demo's notice, and whether the watch still watches."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from monitor.health import watch_state
from patients.models import User


def service(request: HttpRequest) -> dict[str, Any]:
    """Return the state of the service; it is asked, by one query, only where a page for someone logged in shows it."""
    found: dict[str, Any] = {"demo": settings.DEMO, "watching": None}
    user = getattr(request, "user", None)
    if isinstance(user, User):
        found["watching"] = SimpleLazyObject(lambda: watch_state(getattr(request, "at", None) or timezone.now()))
    return found
