"""What is done about an alert: by a button, a form on its card, the worklist's dialog, or a page of its own."""

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
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from alerts.api import alerts_for
from alerts.changes import ConflictError
from alerts.models import Alert
from monitor import filters
from monitor.alert_conflicts import over, since
from monitor.alert_forms import FORMS, AcknowledgeForm, ActForm
from monitor.asking import AskedRequest, asked
from monitor.mornings import Offer, offer
from monitor.record_forms import remember, was_sent
from patients import seen
from patients.models import What

PARTIAL: Final = "HX-Request"
CHANGED: Final = "worklist-changed"
"""The event by which the worklist fetches itself anew."""
ASKED: Final = "X-Asks"
shown_and_sent = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
@asked
def alert(request: AskedRequest, alert_id: UUID) -> HttpResponse:
    """Lead from the link of a mail to the alert's card."""
    return _to_card(_alert_or_404(request, alert_id))


@require_POST
@asked
def acknowledge(request: AskedRequest, alert_id: UUID) -> HttpResponse:
    """Take an alert on."""
    found = _alert_or_404(request, alert_id, "acknowledge")
    form = AcknowledgeForm(request.POST, offered=Offer(request.at, found.patient.team), alert=found)
    if not form.is_valid():
        said = " ".join(str(error) for errors in form.errors.values() for error in errors)
        return _told(request, found, f"Not acknowledged: mend the reason. {said}", failed=True)
    try:
        form.act(found, by=request.user, at=request.at)
    except ConflictError as error:
        if not form.is_done(error.last, by=request.user):
            found = _alert_or_404(request, alert_id, "acknowledge")
            words = f"{since(found, error, by=request.user)} Here it is as it stands now."
            return _told(request, found, words, failed=True)
    return _told(request, found, form.said)


@shown_and_sent
@asked
def act(request: AskedRequest, alert_id: UUID, name: str) -> HttpResponse:
    """Show or take one of the forms: what was typed stands in it until it is done."""
    kind = FORMS[name]
    found = _alert_or_404(request, alert_id, kind.action)
    offered = offer(found.patient, at=request.at)
    if request.method != "POST":
        if found.state not in Alert.OPEN_STATES and not kind.repeatable:
            return _told(request, found, over(found), failed=True)
        return _shown(request, found, kind(offered=offered, alert=found))
    if was_sent(request):
        return _told(request, found, kind.said)
    form = kind(request.POST, offered=offered, alert=found)
    if not form.is_valid():
        return _refused(request, found, form)
    try:
        form.act(found, by=request.user, at=request.at)
    except ConflictError as error:
        if not form.is_done(error.last, by=request.user):
            return _conflicting(request, _alert_or_404(request, alert_id, kind.action), kind, error)
    remember(request)
    return _told(request, found, kind.said)


def _conflicting(request: AskedRequest, found: Alert, kind: type[ActForm], error: ConflictError) -> HttpResponse:
    """Ask again, with what was typed, what was decided on an alert that has changed since."""
    again = {**request.POST.dict(), "seen": found.changed_at.isoformat()}  # who sends it again has seen this
    form = kind(again, offered=offer(found.patient, at=request.at), alert=found)
    form.add_error(None, f"{since(found, error, by=request.user)} What you wrote is kept below.")
    return _refused(request, found, form)


def _alert_or_404(request: AskedRequest, alert_id: UUID, action: str = "read") -> Alert:
    """Return an alert for one action: the same 404 for what is missing and what is another team's; else 403."""
    found = (
        alerts_for(request.asker)
        .select_related("patient__team", "patient__identity", "owner")
        .filter(pk=alert_id)
        .first()
    )
    if found is None:
        raise Http404
    if not request.asker.may("alert", action, found.patient):
        raise PermissionDenied
    return found


def _to_card(found: Alert) -> HttpResponseRedirect:
    """Lead to the card on the patient's page."""
    return redirect(f"{reverse('patient', args=[found.patient_id])}#alert-{found.pk}")


def _shown(request: AskedRequest, found: Alert, form: ActForm, *, status: HTTPStatus = HTTPStatus.OK) -> HttpResponse:
    """Show a form: alone to the worklist's dialog, else on a page of its own."""
    given = request.POST if request.method == "POST" else request.GET
    seen.note(request.user.pk, [found.patient_id], What.PAGE, at=request.at)
    alone = bool(request.headers.get(PARTIAL))
    context = {"form": form, "alert": found, "patient": found.patient, "nav": "patients", "alone": alone}
    back = {"source": given.get("from", ""), "list": given.get("list", "")}
    response = render(request, "_act.html" if alone else "alert_act.html", {**context, **back}, status=status)
    response.headers[ASKED] = form.action  # tells a script that this is no log-in page it was led to
    return response


def _refused(request: AskedRequest, found: Alert, form: ActForm) -> HttpResponse:
    """Say what needs mending, beside what was typed."""
    status = HTTPStatus.UNPROCESSABLE_ENTITY if request.headers.get(PARTIAL) else HTTPStatus.BAD_REQUEST
    return _shown(request, found, form, status=status)


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
