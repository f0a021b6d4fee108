"""What a patient writes down from a phone: that a dose was taken, that blood was coughed up. Each once, whoever presses twice."""

from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from monitor.asking import AskedRequest
from monitor.me_asking import allow, own, shown
from monitor.record_forms import OccasionForm, remember, was_sent
from monitor.record_views import occasion
from patients import timeline
from patients.facts import NewEvent
from patients.models import Patient, PatientRevision
from patients.recording import FactNotFoundError, record, retract
from patients.taking import dose_of, taken_on, taking

TAKEN: Final = "said by the patient: dose taken"
UNDONE: Final = "said by the patient: not taken after all"
COUGHED: Final = "told by the patient"
FOR_THEM: Final = {
    TAKEN: "said by a caregiver: dose taken",
    UNDONE: "said by a caregiver: not taken after all",
    COUGHED: "told by a caregiver",
}
"""The same by somebody who cares for the patient."""
AMOUNTS: Final = [
    ("streaks", "A few streaks"),
    ("teaspoon", "About a teaspoon"),
    ("moderate", "More than that"),
]


class BloodForm(OccasionForm):
    """How much blood, and when."""

    amount = forms.ChoiceField(
        label="How much?",
        choices=AMOUNTS,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose how much.", "invalid_choice": "Choose how much."},
    )
    field_order = ("amount", "on", "clock")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["on"].label, self.fields["on"].help_text = "Day", ""
        self.fields["clock"].help_text = "Leave it empty if you do not know."
        now = self.at.astimezone(self.zone)
        self.fields["clock"].initial = now.time().replace(second=0, microsecond=0)


def _why(said: str, request: AskedRequest, patient: Patient) -> str:
    """Return the mark that stays beside a fact: it comes from the patient, or from who cares for them."""
    return said if patient.user_id == request.user.pk else FOR_THEM[said]


@require_POST
@own
def dose(request: AskedRequest, patient: Patient) -> HttpResponse:
    """Write down that today's dose was taken: the one that the button showed, on the day that it showed."""
    allow(request, "dose", "add", patient)
    history, day = timeline.read(patient.pk, at=request.at), timezone.localdate(request.at)
    due = dose_of(history, day)
    if request.POST.get("day") != day.isoformat() or request.POST.get("said") != due.said:
        messages.error(request, "Not written down: the day or the dose has changed. Look at it, and press again.")
    elif not due.parts:
        messages.error(request, "There is no dose to write down for today.")
    elif not taken_on(history, day):
        facts = taking(due, day, patient_id=patient.pk)
        record(facts, by=request.user, at=request.at, why=_why(TAKEN, request, patient))
    return redirect("me-today", patient.pk)


@require_POST
@own
def undo_dose(request: AskedRequest, patient: Patient) -> HttpResponse:
    """Take back what this person said of today's dose."""
    allow(request, "dose", "undo", patient)
    rows = taken_on(timeline.read(patient.pk, at=request.at), timezone.localdate(request.at))
    numbers = {row.recorded_revision for row in rows}
    mine = PatientRevision.objects.filter(patient=patient, n__in=numbers, by=request.user).values_list("n", flat=True)
    own_rows = [row for row in rows if row.recorded_revision in set(mine)]
    for row in own_rows:
        try:
            retract("treatment", row.id, by=request.user, at=request.at, why=_why(UNDONE, request, patient))
        except FactNotFoundError:  # pressed twice: it is taken back already
            continue
    if own_rows:
        messages.success(request, "Taken back. Nothing is written down for today.")
    return redirect("me-today", patient.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@own
def blood(request: AskedRequest, patient: Patient) -> HttpResponse:
    """Write down that blood was coughed up; the team's text stands above the form, and large on the page after it."""
    allow(request, "diary", "add", patient)
    if was_sent(request):
        return redirect("me-call", patient.pk)
    sent = request.POST if request.method == "POST" else None
    form = BloodForm(sent, **occasion(request, patient))
    if form.is_valid() and form.instant is not None:
        fact = NewEvent(
            patient.pk, "hemoptysis", form.instant.at, form.instant.precision, {"amount": form.cleaned_data["amount"]}
        )
        record([fact], by=request.user, at=request.at, why=_why(COUGHED, request, patient))
        remember(request)
        messages.success(request, "It is written down. Your team can see it.")
        return redirect("me-call", patient.pk)
    status = 400 if form.is_bound else 200
    return render(request, "me_blood.html", shown(request, patient, "today", form=form), status=status)


@require_safe
@own
def call(request: AskedRequest, patient: Patient) -> HttpResponse:
    """Show what the team wants done, and nothing else."""
    return render(request, "me_call.html", shown(request, patient, "today"))
