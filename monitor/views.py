"""The care team's pages: the worklist, and one patient."""

from dataclasses import replace
from http import HTTPStatus
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from monitor import as_known, filters
from monitor.alert_forms import desk
from monitor.alert_views import PARTIAL
from monitor.asking import AskedRequest, asked, patient_or_404
from monitor.dashboard import worklist
from monitor.me_asking import own_patients
from monitor.patient_page import patient_page


@require_safe
@asked
def home(request: AskedRequest) -> HttpResponse:
    """Show the worklist to who reads alerts; send everybody else where they can do something."""
    if not request.asker.may("alert", "read"):
        return _elsewhere(request)
    wanted, refreshed = filters.read(request.GET.dict()), bool(request.headers.get(PARTIAL))
    listed = worklist(request.asker, wanted)
    if listed.last_page is not None:  # the list has shrunk since, as when its last row was snoozed
        if not refreshed:
            return redirect(reverse("home") + wanted.address(page=listed.last_page).removesuffix("?"))
        listed = worklist(request.asker, replace(wanted, page=listed.last_page))
    context = {"list": listed, "at": request.at, "nav": "worklist", "refreshed": refreshed}
    response = render(request, "_worklist.html" if refreshed else "worklist.html", context)
    response.headers["X-List"] = "worklist"  # tells a script that this is no log-in page it was led to
    return response


def _elsewhere(request: AskedRequest) -> HttpResponse:
    """Send a coordinator to the patients, a patient or caregiver to their own page, an administrator to the service; tell others
    that nothing is theirs.
    """
    if request.asker.may("patient", "list"):
        return redirect("patients")
    if own_patients(request).exists():
        return redirect("me")
    if request.asker.may("service", "read"):
        return redirect("operations")
    return render(request, "nothing.html", {"at": request.at}, status=HTTPStatus.OK)


@require_safe
@asked
def patient(request: AskedRequest, patient_id: UUID) -> HttpResponse:
    """Show one patient: identity, alerts, course, results; `known` names a past moment as of which all of it is shown."""
    found = patient_or_404(request, patient_id, "patient", "read")
    past = as_known.asked_for(request.GET.get("known", ""), now=request.at)
    page = patient_page(found, request.asker, all_results="all" in request.GET, past=past)
    context = {"page": page, "at": past.at if past else request.at, "now": as_known.written(request.at)}
    if page.may["alerts"] and past is None:
        context["desk"] = desk(found, request.asker)
    return render(request, "patient.html", {**context, "nav": "patients"})
