"""What is muted for a patient: the panel of their settings with its form, and the page where one that needs mending is shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from alerts import muting
from alerts.models import Alert, Mute
from alerts.muting import MuteConflictError
from alerts.rules.rule import Severity
from monitor.alert_views import shown_and_sent
from monitor.asking import AskedRequest, asked, patient_or_404
from monitor.mornings import Offer
from monitor.mute_forms import UP_TO, MuteForm
from monitor.record_forms import remember, was_sent
from patients.access import Asker
from patients.models import Patient

MUTED = "Muted. What is worse ends it, and is told at once."
ENDED = "Ended. What was put off returns within a minute, and is told."


@dataclass(frozen=True, slots=True)
class Muted:
    """One mute as it is shown: the row, its rule's title, and what is put off in words."""

    row: Mute
    title: str
    up_to: str


def muted(patient: Patient, asker: Asker) -> tuple[Muted, ...]:
    """Return what is muted for a patient now."""
    titles = muting.titles()
    rows = muting.current(patient, at=asker.at)
    return tuple(Muted(row, titles.get(row.rule, row.rule), UP_TO[Severity(row.severity)]) for row in rows)


def panel(patient: Patient, asker: Asker, form: MuteForm | None = None) -> Mapping[str, Any]:
    """Return what the panel shows: nothing to who reads no alerts, no form to who may not mute."""
    may = muting.may(asker, patient)
    shown = asker.may("alert", "read", patient)
    blank = MuteForm(offered=Offer(asker.at, patient.team)) if may else None
    return {
        "patient": patient, "shown": shown, "may_mute": may, "mutes": muted(patient, asker) if shown else (),
        "mute_form": form or blank,
    }  # fmt: skip


@shown_and_sent
@asked
def mutes(request: AskedRequest, patient_id: UUID) -> HttpResponse:
    """Show what is muted, and mute another rule; `?alert=` names one whose rule the form is to be about."""
    patient = patient_or_404(request, patient_id, "alert", "read")
    if request.method != "POST":
        return _shown(request, patient, _asked_for(request, patient))
    if not muting.may(request.asker, patient):
        raise PermissionDenied
    if was_sent(request):
        return _done(request, patient, MUTED)
    form = MuteForm(request.POST, offered=Offer(request.at, patient.team))
    if not form.is_valid() or not _muted(request, patient, form):
        return _shown(request, patient, form, status=HTTPStatus.BAD_REQUEST)
    remember(request)
    return _done(request, patient, MUTED)


@require_POST
@asked
def end(request: AskedRequest, patient_id: UUID, mute_id: int) -> HttpResponse:
    """End a mute before its time."""
    patient = patient_or_404(request, patient_id, "alert", "read")
    if not muting.may(request.asker, patient):
        raise PermissionDenied
    if not Mute.objects.filter(pk=mute_id, patient=patient).exists():
        raise Http404
    try:
        muting.end(mute_id, by=request.user, at=request.at)
    except MuteConflictError as error:
        return _done(request, patient, str(error))
    return _done(request, patient, ENDED)


def _asked_for(request: AskedRequest, patient: Patient) -> MuteForm | None:
    """Return the form with the rule of the alert that is named. The address holds no rule: that would say what the patient has."""
    try:
        named = UUID(request.GET.get("alert", ""))
    except ValueError:
        return None
    found = Alert.objects.filter(pk=named, patient=patient).first() if muting.may(request.asker, patient) else None
    return MuteForm(offered=Offer(request.at, patient.team), rule=found.rule) if found is not None else None


def _muted(request: AskedRequest, patient: Patient, form: MuteForm) -> bool:
    """Mute what the form says; say so on it where that cannot be any more."""
    data = form.cleaned_data
    if form.ends_at is None:
        return False
    try:
        muting.mute(
            patient, data["rule"], by=request.user, at=request.at, until=form.ends_at, reason=data["reason"],
            severity=Severity(data["severity"]),
        )  # fmt: skip
    except MuteConflictError as error:
        form.add_error(None, f"Not muted. {error}")
        return False
    return True


def _shown(
    request: AskedRequest, patient: Patient, form: MuteForm | None = None, *, status: HTTPStatus = HTTPStatus.OK
) -> HttpResponse:
    """Show the panel on a page of its own."""
    context = {"patient": patient, "form": form, "nav": "patients"}
    return render(request, "mutes.html", context, status=status)


def _done(request: AskedRequest, patient: Patient, words: str) -> HttpResponseRedirect:
    """Say what became of it, where the panel stands."""
    messages.success(request, words)
    return redirect(f"{reverse('patient-settings', args=[patient.pk])}#muted")
