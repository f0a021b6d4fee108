"""Pages of files sent in: choose one, see the queue, see what became of it."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from monitor.asking import AskedRequest, asked, patient_or_404
from monitor.errors import too_large
from monitor.uploading import UploadForm, was_refused
from patients import seen, uploading, withholding
from patients.models import Upload, UploadState, What
from patients.reach import patients_for
from patients.upload_api import uploads_for

PAGE = 50
UNDER_WAY = {UploadState.RECEIVED, UploadState.READING}
SHOWN_ROWS = 500
"""Rows that were not accepted, on one page; the whole report is at the API."""


@require_http_methods(["GET", "HEAD", "POST"])
@asked
def send(request: AskedRequest, patient_id: UUID) -> HttpResponse:
    """Take a file for a patient, then show what becomes of it."""
    patient = patient_or_404(request, patient_id, "upload", "create")
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    if was_refused(request):
        return too_large(request)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        if file.size > settings.UPLOAD_BYTES:
            return too_large(request)
        upload = uploading.receive(
            content=file.read(), name=file.name, patient_id=patient.pk, by=request.user, at=request.at
        )
        if upload.received_at != request.at:
            messages.info(request, "This file was sent before. Nothing was changed; this is what became of it.")
        return redirect("upload", upload.pk)
    context = {"form": form, "patient": patient, "nav": "uploads"}
    return render(request, "upload.html", context, status=400 if form.is_bound else 200)


@require_safe
@asked
def queue(request: AskedRequest) -> HttpResponse:
    """List files, the newest first."""
    found = uploads_for(request.asker).select_related("patient__identity", "team", "by").order_by("-received_at", "-pk")
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    sendable = patients_for(request.asker, "upload", "create").exists()
    return render(request, "uploads.html", {"page": page, "sendable": sendable, "nav": "uploads"})


@require_safe
@asked
def result(request: AskedRequest, upload_id: UUID) -> HttpResponse:
    """Show what became of a file; while it is being read, the page asks again by itself."""
    found = uploads_for(request.asker).select_related("patient__identity", "patient__team", "by")
    upload = found.filter(pk=upload_id).first()
    if upload is None:
        raise Http404
    seen.note(request.user.pk, seen.patients_of(upload), What.FILE, at=request.at)
    template = "_upload.html" if request.headers.get("HX-Request") else "upload_result.html"
    may_read = withholding.may_read(request.asker, upload)
    context = {"upload": upload, "nav": "uploads", "at": request.at, "may_read": may_read, **_outcome(upload)}
    return render(request, template, context)


def _outcome(upload: Upload) -> dict[str, Any]:
    """Return whether a file is still under way, and each row that was not accepted, with what is odd about it."""
    rows = upload.row_results.exclude(state="accepted").order_by("position")[: SHOWN_ROWS + 1]
    listed = list(rows)
    return {
        "under_way": upload.state in UNDER_WAY,
        "rows": listed[:SHOWN_ROWS],
        "more": len(listed) > SHOWN_ROWS,
        "zone": upload.patient.time_zone if upload.patient else "UTC",
    }
