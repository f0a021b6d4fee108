"""Who asks for a patient's own pages: the patient, or a caregiver whose link holds; everybody else has pages of their own."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from zoneinfo import ZoneInfo

from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from monitor.asking import SAFE, AskedRequest, asked
from monitor.me_words import emergency
from patients import seen
from patients.models import Patient, What

P = ParamSpec("P")


def own(
    view: Callable[Concatenate[AskedRequest, Patient, P], HttpResponse],
) -> Callable[..., HttpResponse]:
    """Hand a view the patient whom its address names, and read days in the patient's time zone.

    A team is led to the page that it works with.
    """

    @wraps(view)
    @asked
    def guarded(request: AskedRequest, /, *args: Any, **kwargs: Any) -> HttpResponse:
        wanted = kwargs.pop("patient_id")
        found = request.asker.patients().select_related("team", "identity").filter(pk=wanted).first()
        if found is None or not request.asker.may("patient", "read", found):
            raise Http404
        if not is_own(request, found):
            if request.method in SAFE:
                return redirect("patient", found.pk)
            raise PermissionDenied
        if request.method in SAFE:
            seen.note(request.user.pk, [found.pk], What.OWN, at=request.at)
        with timezone.override(ZoneInfo(found.time_zone)):
            return view(request, found, *args, **kwargs)

    return guarded


def is_own(request: AskedRequest, patient: Patient) -> bool:
    """Whether the pages are the person's: their own, or those of somebody they care for."""
    return patient.user_id == request.user.pk or patient.pk in request.asker.cared_for


def own_patients(request: AskedRequest) -> QuerySet[Patient]:
    """Return whose pages are the person's, by name."""
    mine = Q(user_id=request.user.pk) | Q(pk__in=list(request.asker.cared_for))
    return request.asker.patients().filter(mine).select_related("identity").order_by("identity__name", "pk")


def allow(request: AskedRequest, resource: str, action: str, patient: Patient) -> None:
    """Refuse what the matrix does not name."""
    if not request.asker.may(resource, action, patient):
        raise PermissionDenied


def shown(request: AskedRequest, patient: Patient, nav: str, **more: Any) -> dict[str, Any]:
    """Return what every page of a patient shows: whose it is, and what the team wants done when blood is coughed up."""
    caring = patient.user_id != request.user.pk
    several = bool(request.asker.cared_for) and own_patients(request).count() > 1
    identity = getattr(patient, "identity", None)
    return {
        "patient": patient,
        "name": identity.name if identity else "Name removed",
        "caring": caring,
        "several": several,
        "emergency": emergency(patient.team.emergency_text),
        "nav": nav,
        "at": request.at,
        **more,
    }
