"""Who asks, for pages: a log-in, one clock reading a request in the person's own time zone, and the same 404 for what is
missing and what is another's.
"""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Concatenate, ParamSpec
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone

from patients import seen
from patients.access import Asker, asker
from patients.models import Patient, User, What

P = ParamSpec("P")
SAFE = frozenset({"GET", "HEAD"})


class AskedRequest(HttpRequest):
    """A request of someone who is logged in."""

    user: User
    asker: Asker
    at: datetime


def asked(
    view: Callable[Concatenate[AskedRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Let only people who are logged in through; others are sent to log in, and come back."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        at = timezone.now()
        who = asker(request.user, at=at)
        if who is None:
            return redirect_to_login(request.get_full_path())
        request.asker, request.at = who, at  # type: ignore[attr-defined] # this is what makes it an AskedRequest
        with timezone.override(zone_of(who.user)):
            return view(request, *args, **kwargs)  # type: ignore[arg-type] # the line above

    return guarded


def zone_of(user: User) -> ZoneInfo:
    """Return the time zone in which a person reads times; UTC where the account names none that exists."""
    try:
        return ZoneInfo(user.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: a folder of the zone data, as "Europe"
        return ZoneInfo("UTC")


def patient_or_404(
    request: AskedRequest, patient_id: UUID, resource: str, action: str, what: What = What.PAGE
) -> Patient:
    """Return a patient for one action. Who may not even see the patient gets a 404; who sees but may not act, a 403.

    That the person saw `what` of the record is kept; what is sent to the record keeps who sent it by itself.
    """
    patient = request.asker.patients().select_related("team", "identity").filter(pk=patient_id).first()
    if patient is None or not request.asker.may("patient", "read", patient):
        raise Http404
    if not request.asker.may(resource, action, patient):
        raise PermissionDenied
    if request.method in SAFE:
        seen.note(request.user.pk, [patient.pk], what, at=request.at)
    return patient
