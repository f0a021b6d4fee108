"""Pages of a patient, for a phone: whose, today, the own course. What is sent and written down from them: me_acts, me_sending."""

from typing import Final

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from monitor.asking import AskedRequest, asked
from monitor.me_asking import allow, own, own_patients, shown
from monitor.me_curve import TWO_YEARS
from monitor.me_page import Taken, hemoglobin_of, today_of
from patients import timeline
from patients.models import Patient, PatientRevision

LISTED: Final = 60
"""Results in the list of the own course."""


@require_safe
@asked
def choose(request: AskedRequest) -> HttpResponse:
    """Lead to the one patient whose pages these are; who cares for several chooses, who has none is led to the start."""
    found = list(own_patients(request))
    if not found:
        return redirect("home")
    if len(found) == 1:
        return redirect("me-today", found[0].pk)
    rows = [(one.pk, one.identity.name if hasattr(one, "identity") else "Name removed") for one in found]
    return render(request, "me_choose.html", {"rows": rows, "at": request.at})


@require_safe
@own
def today(request: AskedRequest, patient: Patient) -> HttpResponse:
    """Show today: dose, what is next, how the own hemoglobin stands."""
    allow(request, "treatment", "read", patient)
    allow(request, "observation", "read", patient)
    page = today_of(timeline.read(patient.pk, at=request.at))
    return render(
        request, "me_today.html", shown(request, patient, "today", page=page, undo=_undo(request, patient, page.taken))
    )


def _undo(request: AskedRequest, patient: Patient, taken: Taken | None) -> bool:
    """Whether it was this person who said that today's dose was taken, and may take that back."""
    if taken is None or not request.asker.may("dose", "undo", patient):
        return False
    mine = PatientRevision.objects.filter(patient=patient, n__in=taken.revisions, by=request.user)
    return mine.exists()


@require_safe
@own
def course(request: AskedRequest, patient: Patient) -> HttpResponse:
    """Show the own hemoglobin of two years, as a curve and as a list."""
    allow(request, "observation", "read", patient)
    found = hemoglobin_of(timeline.read(patient.pk, at=request.at), TWO_YEARS)
    listed = found.points[: -LISTED - 1 : -1]
    return render(
        request,
        "me_course.html",
        shown(request, patient, "course", hemoglobin=found, listed=listed, all=len(found.points)),
    )
