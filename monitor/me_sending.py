"""How a patient sends a result: chosen or typed, looked at as it was understood, then sent. Nothing is kept before that."""

import hashlib
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from monitor.asking import AskedRequest
from monitor.errors import too_large
from monitor.me_asking import allow, own, shown
from monitor.me_forms import FileForm, Sent, TypedForm
from monitor.me_preview import Fate, Preview, fate, preview_of, send_words, unread
from monitor.record_views import occasion
from monitor.uploading import was_refused
from patients import uploading
from patients.models import Patient, Upload
from patients.previewing import preview
from patients.sandbox import Unreadable

BEFORE: Final = 8
"""Files sent before that are listed."""
OTHER: Final = "This is not what you looked at. Look at it first."
shown_and_sent = require_http_methods(["GET", "HEAD", "POST"])


@shown_and_sent
@own
def send(request: AskedRequest, patient: Patient) -> HttpResponse:
    """Take a file or a photo: show what is understood of it, and keep it only when the person says so."""
    allow(request, "upload", "create", patient)
    form = FileForm(request.POST, request.FILES) if request.method == "POST" else FileForm()
    if was_refused(request):
        return too_large(request)
    return _step(request, patient, "me_send.html", form)


@shown_and_sent
@own
def typed(request: AskedRequest, patient: Patient) -> HttpResponse:
    """Take values typed from a paper, in the same steps."""
    allow(request, "upload", "create", patient)
    form = TypedForm(request.POST if request.method == "POST" else None, **occasion(request, patient))
    return _step(request, patient, "me_typed.html", form)


def _step(request: AskedRequest, patient: Patient, template: str, form: FileForm | TypedForm) -> HttpResponse:
    """Show the form, then what was understood; send what was looked at."""
    if not form.is_valid() or form.sent is None:
        status = HTTPStatus.BAD_REQUEST if form.is_bound else HTTPStatus.OK
        return _shown(request, patient, template, form, status=status)
    if len(form.sent.content) > settings.UPLOAD_BYTES:
        return too_large(request)
    seen = hashlib.sha256(form.sent.content).hexdigest()
    if request.POST.get("step") != "send":
        return _shown(request, patient, template, form, seen=seen)
    if request.POST.get("seen") != seen:
        messages.error(request, OTHER)
        return _shown(request, patient, template, form, seen=seen)
    upload = uploading.receive(
        content=form.sent.content, name=form.sent.name, patient_id=patient.pk, by=request.user, at=request.at
    )
    if upload.received_at != request.at:
        messages.info(request, "You sent this before. Nothing was changed.")
    return redirect("me-sent", patient.pk, upload.pk)


def _shown(
    request: AskedRequest,
    patient: Patient,
    template: str,
    form: forms.Form,
    *,
    seen: str = "",
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    """Show the form, with what was understood where something was chosen."""
    more: dict[str, Any] = {"form": form, "before": _before(request, patient)}
    sent = getattr(form, "sent", None)
    if seen and sent is not None:
        found = understood(sent, patient, request)
        more |= {"preview": found, "button": send_words(found), "seen": seen, "sent": sent}
    return render(request, template, shown(request, patient, "send", **more), status=status)


def understood(sent: Sent, patient: Patient, request: AskedRequest) -> Preview:
    """Return what would become of a file; nothing of it is kept."""
    try:
        return preview_of(preview(sent.content, sent.name, at=request.at, patient_id=patient.pk))
    except Unreadable as error:
        return unread(error.code)


@require_safe
@own
def sent(request: AskedRequest, patient: Patient, upload_id: UUID) -> HttpResponse:
    """Show what became of a file that came from home; while it is being read, the page looks again."""
    allow(request, "upload", "read", patient)
    upload = _from_home(request, patient).filter(pk=upload_id).first()
    if upload is None:
        raise Http404
    return render(request, "me_sent.html", shown(request, patient, "send", upload=upload, fate=_fate(upload)))


def _from_home(request: AskedRequest, patient: Patient) -> Any:
    """Return the files that the patient or this caregiver sent: what the team took in is the team's to show."""
    mine = Q(by_id=request.user.pk) | (Q(by_id=patient.user_id) if patient.user_id else Q())
    return Upload.objects.filter(mine, patient=patient).order_by("-received_at", "-pk")


def _before(request: AskedRequest, patient: Patient) -> list[tuple[Upload, Fate]]:
    """Return what was sent before, and what became of it."""
    if not request.asker.may("upload", "read", patient):
        return []
    return [(upload, _fate(upload)) for upload in _from_home(request, patient)[:BEFORE]]


def _fate(upload: Upload) -> Fate:
    """Return what became of a file in words."""
    return fate(upload.state, accepted=upload.accepted, known=upload.duplicates, waiting=upload.held + upload.rejected)
