"""The care team's pages: the worklist, one patient, and what is done about an alert."""

import json
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qsl
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from alerts import lifecycle
from alerts.api import alerts_for
from alerts.models import Alert
from monitor import as_known, filters
from monitor.asking import AskedRequest, asked, patient_or_404
from monitor.dashboard import worklist
from monitor.me_asking import own_patients
from monitor.patient_page import RESOLVE_WORDS, patient_page

PARTIAL: Final = "HX-Request"
CHANGED: Final = "worklist-changed"
"""The event by which the worklist fetches itself anew."""


@require_safe
@asked
def home(request: AskedRequest) -> HttpResponse:
    """Show the worklist to who reads alerts; send everybody else where they can do something."""
    if not request.asker.may("alert", "read"):
        return _elsewhere(request)
    wanted, refreshed = filters.read(request.GET.dict()), bool(request.headers.get(PARTIAL))
    listed = worklist(request.asker, wanted)
    if wanted.page > 1 and not listed.groups and not refreshed:  # a list that shrank meanwhile is empty, not missing
        raise Http404
    context = {"list": listed, "at": request.at, "nav": "worklist", "refreshed": refreshed}
    response = render(request, "_worklist.html" if refreshed else "worklist.html", context)
    response.headers["X-List"] = "worklist"  # tells a script that this is no log-in page it was led to
    return response


def _elsewhere(request: AskedRequest) -> HttpResponse:
    """Send a coordinator to the patients, a patient or caregiver to their own page; tell others that nothing is theirs."""
    if request.asker.may("patient", "list"):
        return redirect("patients")
    if own_patients(request).exists():
        return redirect("me")
    return render(request, "nothing.html", {"at": request.at}, status=HTTPStatus.OK)


@require_safe
@asked
def patient(request: AskedRequest, patient_id: UUID) -> HttpResponse:
    """Show one patient: identity, alerts, course, results; `known` names a past moment as of which all of it is shown."""
    found = patient_or_404(request, patient_id, "patient", "read")
    past = as_known.asked_for(request.GET.get("known", ""), now=request.at)
    page = patient_page(found, request.asker, all_results="all" in request.GET, past=past)
    context = {"page": page, "at": past.at if past else request.at, "now": as_known.written(request.at)}
    return render(request, "patient.html", {**context, "nav": "patients"})


@require_safe
@asked
def alert(request: AskedRequest, alert_id: UUID) -> HttpResponse:
    """Lead from the link of a mail to the alert's card."""
    return _to_card(_alert_or_404(request, alert_id))


@require_POST
@asked
def acknowledge(request: AskedRequest, alert_id: UUID) -> HttpResponse:
    """Take an alert on."""
    found = _alert_or_404(request, alert_id)
    if not request.asker.may("alert", "acknowledge", found.patient):
        raise PermissionDenied
    reason = request.POST.get("reason", "").strip()[:300]
    try:
        lifecycle.acknowledge(found.pk, by=request.user, at=request.at, reason=reason)
    except lifecycle.ConflictError as error:
        return _told(request, found, _who_was_first(error), failed=True)
    return _told(request, found, "Acknowledged. The alert stays open; nobody further is called.")


@require_POST
@asked
def resolve(request: AskedRequest, alert_id: UUID) -> HttpResponse:
    """Close an alert for a stated reason."""
    found = _alert_or_404(request, alert_id)
    if not request.asker.may("alert", "close", found.patient):
        raise PermissionDenied
    reason, note = request.POST.get("reason", ""), request.POST.get("note", "").strip()[:300]
    if reason not in RESOLVE_WORDS:
        messages.error(request, "Not resolved: choose a reason. The team sees it.")
        return _to_card(found)
    try:
        lifecycle.resolve(found.pk, by=request.user, at=request.at, reason=lifecycle.ResolveReason(reason), note=note)
    except lifecycle.ConflictError as error:
        return _told(request, found, _who_was_first(error), failed=True)
    return _told(request, found, "Resolved. It comes back if a result is worse.")


def _alert_or_404(request: AskedRequest, alert_id: UUID) -> Alert:
    """Return an alert the person may read: the same 404 for what is missing and what is another team's."""
    found = alerts_for(request.asker).filter(pk=alert_id).first()
    if found is None:
        raise Http404
    return found


def _who_was_first(error: lifecycle.ConflictError) -> str:
    """Say that somebody else changed the alert, and who."""
    who = str(error.last.by) if error.last is not None and error.last.by is not None else "The watch"
    return f"Not saved: {who} changed this alert a moment ago. Here it is as it stands now."


def _to_card(found: Alert) -> HttpResponseRedirect:
    """Lead to the card on the patient's page."""
    return redirect(f"{reverse('patient', args=[found.patient_id])}#alert-{found.pk}")


def _told(request: AskedRequest, found: Alert, words: str, *, failed: bool = False) -> HttpResponse:
    """Say what became of an action: in place to a script, which then fetches the list anew; else where the button was."""
    if request.headers.get(PARTIAL):
        toast = {"words": words, "failed": failed, "href": reverse("alert", args=[found.pk])}
        return HttpResponse(
            status=HTTPStatus.NO_CONTENT, headers={"HX-Trigger": json.dumps({"toast": toast, CHANGED: {}})}
        )
    (messages.error if failed else messages.success)(request, words)
    if request.POST.get("from") != "worklist":
        return _to_card(found)
    wanted = filters.read(dict(parse_qsl(request.POST.get("list", "").removeprefix("?"))))
    return redirect(f"{reverse('home')}{wanted.address(page=wanted.page).removesuffix('?')}")
