"""Pages of treatment: a dose taken, and taper plans: made, looked at before they are saved, replaced, ended."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from alerts.models import Alert
from alerts.rules.findings import from_json
from monitor.asking import AskedRequest, asked, patient_or_404
from monitor.record_forms import remember, was_sent
from monitor.record_views import before, shown_and_sent
from monitor.steroid_panel import HOLDING
from monitor.treatment_forms import DRUG, DoseForm, EndForm, TaperForm
from patients import timeline
from patients.amounts import STEROIDS, drug_name
from patients.correcting import replace_treatments
from patients.history import History, TreatmentRecord
from patients.models import Patient
from patients.readings import RowState
from patients.recording import FactNotFoundError, record
from patients.replanning import Replacement, covering, replacement
from patients.tapering import Remark, remarks

ADULT_YEARS: Final = 18
WEIGHT_DAYS: Final = 90
CHANGED: Final = "Not saved: somebody changed the plan a moment ago. Here it is as it stands now."


@shown_and_sent
@asked
def dose(request: AskedRequest, patient_id: UUID) -> HttpResponse:
    """Take what was taken on one day."""
    patient = patient_or_404(request, patient_id, "dose", "add")
    if was_sent(request):
        return before(request, patient)
    history, today = timeline.read(patient.pk, at=request.at), _today(request, patient)
    sent = request.POST if request.method == "POST" else None
    form = DoseForm(sent, initial=_planned_dose(history, today), today=today, born=patient.birth_date)
    beside: Sequence[TreatmentRecord] = ()
    if form.is_valid():
        beside = _others(history, form)
        if not beside or form.insisted:
            (outcome,) = record([form.fact(patient.pk)], by=request.user, at=request.at, why="dose taken")
            remember(request)
            new = outcome.state is RowState.ACCEPTED
            messages.success(request, "Dose recorded." if new else "This dose was recorded before.")
            return redirect("patient", patient.pk)
        form.add_error("dose", "Another dose is recorded for this day.")
    context = {"form": form, "patient": patient, "beside": beside, "drugs": sorted(STEROIDS), "nav": "patients"}
    return render(request, "record_dose.html", context, status=400 if form.is_bound else 200)


def _today(request: AskedRequest, patient: Patient) -> date:
    return request.at.astimezone(ZoneInfo(patient.time_zone)).date()


def _planned_dose(history: History, today: date) -> dict[str, Any]:
    """Return what is planned for today, to be confirmed or changed."""
    planned = [row for row in covering(history.treatments, today, "planned") if drug_name(row.drug) in STEROIDS]
    if not planned or planned[-1].dose is None:
        return {"drug": DRUG, "unit": "mg"}
    row = planned[-1]
    return {"drug": row.drug, "dose": f"{row.dose:.9g}", "unit": row.unit}


def _others(history: History, form: DoseForm) -> list[TreatmentRecord]:
    """Return what is recorded as taken of the same medicine on the same day, and says something else."""
    data = form.cleaned_data
    said = (data["dose"], data["unit"])
    return [
        row
        for row in covering(history.treatments, data["on"], "taken")
        if drug_name(row.drug) == drug_name(data["drug"])
        if (row.dose, row.unit) != said or row.started_on != row.ended_on
    ]


@shown_and_sent
@asked
def taper(request: AskedRequest, patient_id: UUID) -> HttpResponse:
    """Lay out a taper, show it, save it in place of what was planned; or end what is planned."""
    patient = patient_or_404(request, patient_id, "treatment", "change")
    if was_sent(request):
        return before(request, patient)
    history, today = timeline.read(patient.pk, at=request.at), _today(request, patient)
    sent = request.POST if request.method == "POST" else None
    ending = sent is not None and "end" in sent
    form = TaperForm(None if ending else sent, today=today)
    weight = _weight(history) if _is_child(history, today) else None
    if weight is not None:
        form.weigh(weight)
    planned = _planned(history, today)
    drugs = list(dict.fromkeys(row.drug for row in planned))
    if ending and not drugs:
        return _replaced(request, patient, Replacement(), "", "")
    end = EndForm(sent if ending else None, prefix="end", drugs=drugs, today=today)
    change = Replacement()
    if form.is_valid():
        change = _change(history, patient, form)
        if "save" in request.POST and _may_save(form, change, history):
            return _replaced(request, patient, change, form.cleaned_data["reason"], "Plan saved.")
    if end.is_valid():
        data = end.cleaned_data
        ended = replacement(history.treatments, (), patient_id=patient.pk, drug=data["drug"], start_on=data["end_on"])
        return _replaced(request, patient, ended, data["reason"], "The plan ends.")
    context = {
        "form": form,
        "end": end,
        "patient": patient,
        "change": change,
        "remarks": _remarks(history, form) if form.steps else (),
        "planned": planned,
        "hold": _hold(patient),
        "nav": "patients",
    }
    failed = (form.is_bound and bool(form.errors)) or end.is_bound
    return render(request, "record_taper.html", context, status=400 if failed else 200)


def _change(history: History, patient: Patient, form: TaperForm) -> Replacement:
    """Return what the plan would change."""
    data = form.cleaned_data
    return replacement(
        history.treatments, form.facts(patient.pk), patient_id=patient.pk, drug=data["drug"], start_on=data["start_on"]
    )


def _may_save(form: TaperForm, change: Replacement, history: History) -> bool:
    """Say whether the plan was seen, its oddities were confirmed, and what it replaces has a reason; else the form asks."""
    if not form.previewed:
        return False
    if change.taken_back and not change.changes_nothing and not form.cleaned_data["reason"].strip():
        form.add_error("reason", "It replaces a plan: say why. The reason stays in the history.")
    if any(one.confirm for one in _remarks(history, form)) and form.data.get("meant") != form.said:
        form.add_error("start_mg", "Look at the remarks below, and say that this is meant.")
    return not form.errors


def _replaced(request: AskedRequest, patient: Patient, change: Replacement, reason: str, said: str) -> HttpResponse:
    """Record one plan in place of another; where it stands already, change nothing."""
    if change.changes_nothing or not (change.taken_back or change.recorded):
        messages.info(request, "Nothing was changed: this is what is planned.")
        return redirect("record-taper", patient.pk)
    try:
        replace_treatments(
            patient.pk, [row.id for row in change.taken_back], change.recorded,
            by=request.user, at=request.at, why=reason.strip() or "taper plan",
        )  # fmt: skip
    except FactNotFoundError:
        messages.error(request, CHANGED)
        return redirect("record-taper", patient.pk)
    remember(request)
    messages.success(request, said)
    return redirect("record-taper", patient.pk)


def _remarks(history: History, form: TaperForm) -> tuple[Remark, ...]:
    """Return what is unusual about the plan for this patient."""
    child = _is_child(history, form.cleaned_data["start_on"])
    return remarks(form.steps, child=child, weight_kg=_weight(history))


def _is_child(history: History, day: date) -> bool:
    """Whether the patient is a child on a day; one of unknown age is none."""
    age = history.patient.age_years(day)
    return age is not None and age < ADULT_YEARS


def _hold(patient: Patient) -> str:
    """Return why the next step is to wait: the sentence of an open relapse after a step."""
    found = Alert.objects.filter(patient=patient, rule=HOLDING, state__in=Alert.OPEN_STATES).first()
    return from_json(found.finding).sentence if found is not None else ""


def _weight(history: History) -> float | None:
    """Return the last weight of 90 days in kg."""
    weights = history.get("WEIGHT")
    recent = [
        float(weights.values[index])
        for index in range(len(weights))
        if weights.usable[index] and weights.at(index) > history.at - timedelta(days=WEIGHT_DAYS)
    ]
    return recent[-1] if recent else None


def _planned(history: History, today: date) -> list[TreatmentRecord]:
    """Return what is planned from today on, each of which can be corrected or taken back by itself."""
    return [
        row for row in history.treatments if row.intent == "planned" and (row.ended_on is None or row.ended_on >= today)
    ]
