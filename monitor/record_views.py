"""Pages on which a person records: what there is to record, a grid of results, a form for each kind of event."""

from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from monitor import fact_words, record_words
from monitor.asking import AskedRequest, asked, patient_or_404
from monitor.record_events import EventForm
from monitor.record_forms import remember, was_sent
from monitor.record_results import ResultsForm
from monitor.summaries import proposed_findings
from patients import timeline
from patients.access import adding
from patients.chains import latest
from patients.entering import Mark, enter
from patients.event_kinds import kinds
from patients.facts import NewEvent
from patients.framing import frames
from patients.models import Patient
from patients.readings import RowState
from patients.recording import record

SENT_BEFORE = "This form was recorded before. Nothing was changed."
LATEST: Final = 6
shown_and_sent = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
@asked
def choose(request: AskedRequest, patient_id: UUID) -> HttpResponse:
    """Show what the person may record of a patient."""
    patient = patient_or_404(request, patient_id, "diary", "add")
    offered = [
        (heading, [(kind, record_words.title(kind)) for kind in listed if _may_add(request, patient, kind)])
        for heading, listed in record_words.GROUPS.items()
    ]
    context = {
        "patient": patient,
        "latest": _latest(request, patient),
        "groups": [(heading, listed) for heading, listed in offered if listed],
        "results": request.asker.may("observation", "add", patient),
        "taper": request.asker.may("treatment", "change", patient),
        "dose": request.asker.may("dose", "add", patient),
        "nav": "patients",
    }
    return render(request, "record_choose.html", context)


def _latest(request: AskedRequest, patient: Patient) -> list[tuple[str, str, list[tuple[int, str, str]]]]:
    """Return what was recorded last and the person may read: heading, kind, and of each row what it is about and says."""
    found = []
    for heading, kind in fact_words.KINDS.items():
        if request.asker.may(kind, "read", patient):
            rows = latest(kind, patient_id=patient.pk)[:LATEST]
            said = [(row.pk, fact_words.title(row), fact_words.short(row, patient.time_zone)) for row in rows]
            found.append((heading, kind, said))
    return [one for one in found if one[2]]


def _may_add(request: AskedRequest, patient: Patient, kind: str) -> bool:
    return request.asker.may(*adding(kind), patient)


@shown_and_sent
@asked
def results(request: AskedRequest, patient_id: UUID) -> HttpResponse:
    """Take several results of one time."""
    patient = patient_or_404(request, patient_id, "observation", "add")
    frame = frames([patient.pk], at=request.at)[patient.pk]
    sent = request.POST if request.method == "POST" else None
    form = ResultsForm(
        sent,
        frame=frame,
        confirming=request.asker.may("upload", "confirm", patient),
        adding="add" in request.POST,
        **occasion(request, patient),
    )
    if was_sent(request):
        return before(request, patient)
    if sent is not None and not form.adding and form.is_valid() and _enter(request, patient, form):
        remember(request)
        return redirect("patient", patient.pk)
    context = {"form": form, "patient": patient, "nav": "patients", "correcting": _correcting(form)}
    return render(request, "record_results.html", context, status=400 if form.is_bound and form.errors else 200)


def _enter(request: AskedRequest, patient: Patient, form: ResultsForm) -> bool:
    """Record what the grid holds; say whether it was, else the form says what is to be answered."""
    reason = form.cleaned_data["reason"].strip()
    answers = enter(form.typed(), form.answers, patient_id=patient.pk, by=request.user, at=request.at, why=reason)
    form.show(answers)
    if not all(one.stands for one in answers):
        return False
    marks = [one.mark for one in answers]
    new, known = marks.count(Mark.RECORDED), marks.count(Mark.KNOWN)
    said = [ngettext("%d result recorded.", "%d results recorded.", new) % new] if new else []
    if known:
        said.append(ngettext("%d was recorded before.", "%d were recorded before.", known) % known)
    messages.success(request, " ".join(said))
    return True


def _correcting(form: ResultsForm) -> bool:
    """Say whether the page asks for the reason of a correction."""
    return "reason" in form.errors or any(row.contradicts for row in form.rows())


@shown_and_sent
@asked
def event(request: AskedRequest, patient_id: UUID, kind: str) -> HttpResponse:
    """Take an event of one kind."""
    patient = patient_or_404(request, patient_id, "patient", "read")
    if not _may_add(request, patient, kind):
        raise PermissionDenied
    if was_sent(request):
        return before(request, patient)
    sent = request.POST if request.method == "POST" else None
    form = EventForm(sent, kind=kinds()[kind], initial=_begun(request, patient, kind), **occasion(request, patient))
    if form.is_valid() and form.instant is not None:
        fact = NewEvent(patient.pk, kind, form.instant.at, form.instant.precision, form.findings)
        (outcome,) = record([fact], by=request.user, at=request.at, why="typed")
        remember(request)
        _say(request, patient, kind, new=outcome.state is RowState.ACCEPTED)
        return redirect("patient", patient.pk)
    context = {"form": form, "patient": patient, "title": record_words.title(kind), "nav": "patients"}
    return render(request, "record_event.html", context, status=400 if form.is_bound else 200)


def _begun(request: AskedRequest, patient: Patient, kind: str) -> dict[str, Any]:
    """Return how a form begins: the time now for what is written down when it happens; a diagnosis as the record proposes it."""
    if kind == "diagnosis":
        return proposed_findings(timeline.read(patient.pk, at=request.at))
    if adding(kind)[0] != "diary":
        return {}
    return {"clock": request.at.astimezone(ZoneInfo(patient.time_zone)).time().replace(second=0, microsecond=0)}


def _say(request: AskedRequest, patient: Patient, kind: str, *, new: bool) -> None:
    """Say that an event was recorded; to who coughed up blood, or cares for them, the team's words at once."""
    if not new:
        messages.info(request, f"{record_words.title(kind)}: recorded before. Nothing was changed.")
        return
    messages.success(request, f"{record_words.title(kind)} recorded.")
    if kind == "hemoptysis" and not request.asker.may("event", "add", patient) and patient.team.emergency_text:
        messages.error(request, patient.team.emergency_text)


def occasion(request: AskedRequest, patient: Patient) -> dict[str, Any]:
    """Return what a form must know of when something can have been."""
    return {"zone": ZoneInfo(patient.time_zone), "at": request.at, "born": patient.birth_date}


def before(request: AskedRequest, patient: Patient) -> HttpResponseRedirect:
    """Lead back from a form that was sent twice."""
    messages.info(request, SENT_BEFORE)
    return redirect("patient", patient.pk)
