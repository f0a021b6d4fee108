"""The plan as a calendar: to print, for the team and on the patient's own pages; and the secret address for calendar programs."""

from datetime import date, datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from monitor.asking import AskedRequest, asked, patient_or_404
from monitor.errors import not_found
from monitor.limits import allowed
from monitor.me_asking import allow, own, shown
from monitor.plan_calendar import feed as as_events
from monitor.plan_calendar import months
from patients import timeline
from patients.access import asker
from patients.calendars import found, links_of, revoke, share
from patients.context import acting_as
from patients.models import CalendarLink, Patient

TYPE: Final = "text/calendar; charset=utf-8"
TOO_MANY: Final = 429


@require_safe
@asked
def plan(request: AskedRequest, patient_id: UUID) -> HttpResponse:
    """Show what is planned, month by month, to be printed and given along."""
    patient = patient_or_404(request, patient_id, "treatment", "read")
    history, today = timeline.read(patient.pk, at=request.at), _today(patient)
    context = {"patient": patient, "months": months(history, today), "today": today, "nav": "patients"}
    return render(request, "plan.html", context)


@require_safe
@own
def own_plan(request: AskedRequest, patient: Patient) -> HttpResponse:
    """Show the own plan, month by month, and the addresses by which it is fetched."""
    return _own_plan(request, patient)


@require_POST
@own
def share_plan(request: AskedRequest, patient: Patient) -> HttpResponse:
    """Make a secret address, and show it this once."""
    allow(request, "calendar", "share", patient)
    secret = share(patient.pk, by=request.user, at=request.at)
    return _own_plan(request, patient, f"{settings.BASE_URL}{reverse('calendar', args=[secret])}")


@require_POST
@own
def revoke_plan(request: AskedRequest, patient: Patient, link_id: int) -> HttpResponse:
    """End an address: the program that used it finds nothing any more."""
    allow(request, "calendar", "share", patient)
    if not revoke(patient.pk, link_id, at=request.at):
        raise Http404
    messages.success(request, "The address has ended. Calendars that used it find nothing any more.")
    return redirect("me-plan", patient.pk)


@require_safe
def feed(request: HttpRequest, secret: str) -> HttpResponse:
    """Answer a calendar program, which has no log-in: 404, the same for what never was, what ended and what is not open."""
    at = timezone.now()
    if not allowed(request, "calendar", at=at):
        return HttpResponse(status=TOO_MANY, headers={"Retry-After": "60"})
    link = found(secret)
    content = None
    if link is not None:
        with acting_as(link.user_id):
            content = _content(link, at)
    if content is None:  # answered, not raised: the count of questions must stay
        return not_found(request)
    return HttpResponse(content, content_type=TYPE, headers={"Content-Disposition": 'inline; filename="plan.ics"'})


def _content(link: CalendarLink, at: datetime) -> bytes | None:
    """Return the plan for whoever made the address, None where they may not read it any more."""
    who = asker(link.user, at=at)
    patient = who.patients().filter(pk=link.patient_id).first() if who is not None else None
    if who is None or patient is None or not who.may("treatment", "read", patient):
        return None
    return as_events(timeline.read(patient.pk, at=at), at, at.astimezone(ZoneInfo(patient.time_zone)).date())


def _own_plan(request: AskedRequest, patient: Patient, address: str = "") -> HttpResponse:
    """Return the own plan; `address` where one was just made."""
    allow(request, "treatment", "read", patient)
    history, today = timeline.read(patient.pk, at=request.at), _today(patient)
    links = [(link, str(link.user), link.user_id == request.user.pk) for link in links_of(patient.pk)]
    more = {"months": months(history, today), "today": today, "links": links, "address": address}
    return render(request, "me_plan.html", shown(request, patient, "today", **more))


def _today(patient: Patient) -> date:
    return timezone.now().astimezone(ZoneInfo(patient.time_zone)).date()
