"""Which files are expected of a patient: the panel of their page with its form, and the page where one to be mended is shown."""

from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from alerts.due import Due
from alerts.next_file import next_file
from monitor.alert_views import shown_and_sent
from monitor.asking import AskedRequest, asked, patient_or_404
from monitor.expected_forms import ExpectedForm
from patients.access import Asker
from patients.expecting import expect, local_day
from patients.history import History, PatientFacts
from patients.models import Patient, PatientRevision

MAY: Final = ("patient", "edit")
SEES: Final = ("upload", "read")
STOP: Final = "stop"
"""The button by which none is expected any more: what stands in the fields does not matter then."""
EXPECTED: Final = "Saved. The patient is judged by it within a minute."
ENDED: Final = "Saved. No file is expected any more."
SAME: Final = "Nothing was changed: that is what is expected already."


def panel(patient: Patient, asker: Asker, form: ExpectedForm | None = None) -> Mapping[str, Any]:
    """Return what the panel shows: what is expected, when a file was last read, when the next is due; a form to who may say it."""
    may, read_at = asker.may(*MAY, patient), last_read(patient)
    return {
        "patient": patient,
        "read_at": read_at,
        "due": due_of(patient, read_at, asker.at),
        "today": local_day(patient, asker.at),
        "expected_form": (form or _form(patient, asker.at)) if may else None,
    }


def last_read(patient: Patient) -> datetime | None:
    """Return when a file was last read for a patient, None for never."""
    files = PatientRevision.objects.filter(patient=patient, upload__isnull=False)
    return files.order_by("-n").values_list("at", flat=True).first()


def due_of(patient: Patient, read_at: datetime | None, at: datetime) -> Due | None:
    """Return when the next file is due, by the row of a patient; None where none is expected."""
    facts = PatientFacts(
        patient.pk, "", None, patient.time_zone, upload_every_days=patient.upload_every_days,
        upload_expected_from=patient.upload_expected_from,
    )  # fmt: skip
    return next_file(History(facts, patient.revision, at, {}, files=(read_at,) if read_at else ()))


@shown_and_sent
@asked
def files(request: AskedRequest, patient_id: UUID) -> HttpResponse:
    """Show which files are expected, and change it."""
    posted = request.method == "POST"
    patient = patient_or_404(request, patient_id, *(MAY if posted else SEES))
    if not posted:
        return _shown(request, patient)
    if STOP in request.POST:
        changed, said = expect(patient.pk, None, local_day(patient, request.at), by=request.user, at=request.at), ENDED
    else:
        form = _form(patient, request.at, request.POST)
        if not form.is_valid():
            return _shown(request, patient, form, status=HTTPStatus.BAD_REQUEST)
        every, first = form.cleaned_data["upload_every_days"], form.cleaned_data["upload_expected_from"]
        changed, said = expect(patient.pk, every, first, by=request.user, at=request.at), EXPECTED
    messages.success(request, said if changed else SAME)
    return redirect(f"{reverse('patient', args=[patient.pk])}#files")


def _form(patient: Patient, at: datetime, data: Any = None) -> ExpectedForm:
    """Return the form of a patient, with what holds in it."""
    today = local_day(patient, at)
    return ExpectedForm(data, every=patient.upload_every_days, first=patient.upload_expected_from, today=today)


def _shown(
    request: AskedRequest, patient: Patient, form: ExpectedForm | None = None, *, status: HTTPStatus = HTTPStatus.OK
) -> HttpResponse:
    """Show the panel on a page of its own."""
    return render(request, "expected.html", {"patient": patient, "form": form, "nav": "patients"}, status=status)
