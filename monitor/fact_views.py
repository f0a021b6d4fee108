"""One fact: what is recorded, by whom and why, and how it is corrected or retracted. Nothing is overwritten."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from monitor import fact_words
from monitor.asking import AskedRequest, asked, patient_or_404
from monitor.fact_forms import EventCorrectionForm, ResultForm, RetractForm, TreatmentForm
from monitor.record_events import initial_of
from monitor.record_forms import initial_instant
from monitor.record_views import occasion, shown_and_sent
from patients.access import OWN_FOR, changing
from patients.chains import Link, latest, read
from patients.correcting import correct
from patients.entering import fact_of
from patients.event_kinds import kinds
from patients.facts import Fact, FactKind, NewEvent, NewTreatment, Outcome
from patients.framing import frames
from patients.models import Event, Observation, Patient, Treatment, What
from patients.readings import RowState
from patients.recording import FactNotFoundError, retract

PAGE: Final = 50
CHANGED: Final = "Not saved: somebody changed this a moment ago. Here it is as it stands now."


@dataclass(frozen=True, slots=True)
class Forms:
    """The two forms of the page; the one that was sent holds what was typed."""

    correct: forms.Form
    retract: RetractForm

    @property
    def sent(self) -> forms.Form | None:
        """Return the form with errors, whose summary stands at the top."""
        return next((one for one in (self.correct, self.retract) if one.is_bound), None)


@require_safe
@asked
def listing(request: AskedRequest, patient_id: UUID) -> HttpResponse:
    """List the facts of one kind that hold, the one recorded last first, each with its page."""
    patient = patient_or_404(request, patient_id, "patient", "read")
    offered = {name: kind for name, kind in fact_words.KINDS.items() if request.asker.may(kind, "read", patient)}
    if not offered:
        raise PermissionDenied
    heading = request.GET.get("kind", "")
    heading = heading if heading in offered else next(iter(offered))
    page = Paginator(latest(offered[heading], patient_id=patient.pk), PAGE).get_page(request.GET.get("page"))
    rows = [(row.pk, fact_words.title(row), fact_words.short(row, patient.time_zone)) for row in page]
    context = {
        "patient": patient,
        "headings": list(offered),
        "heading": heading,
        "kind": offered[heading],
        "rows": rows,
    }
    return render(request, "facts.html", {**context, "page": page, "nav": "patients"})


@shown_and_sent
@asked
def fact(request: AskedRequest, patient_id: UUID, fact_kind: str, fact_id: int) -> HttpResponse:
    """Show a fact, and take a correction or a retraction from who may."""
    patient = patient_or_404(request, patient_id, fact_kind, "read", What.FACT)
    link = read(cast("FactKind", fact_kind), fact_id, patient_id=patient.pk)
    if link is None:
        raise Http404
    may = may_change(request, patient, link)
    if request.method == "POST" and not may:
        raise PermissionDenied
    if request.method == "POST" and not link.current:
        messages.error(request, CHANGED)
        return redirect("fact", patient.pk, fact_kind, fact_id)
    shown = _forms(request, patient, link) if may and link.current else None
    if shown is not None and shown.sent is not None and shown.sent.is_valid():
        response = _change(request, patient, link, shown)
        if response is not None:
            return response
    context = {
        "patient": patient,
        "link": link,
        "words": fact_words.of(link, patient.time_zone),
        "neighbors": fact_words.neighbors(link, patient.time_zone),
        "forms": shown,
        "title": fact_words.title(link.row),
        "nav": "patients",
    }
    failed = shown is not None and shown.sent is not None
    return render(request, "record_fact.html", context, status=400 if failed else 200)


def may_change(request: AskedRequest, patient: Patient, link: Link) -> bool:
    """Return whether the person may correct or retract a fact: by the matrix, or as their own entry of the last day."""
    if request.asker.may(*changing(link.kind, link.what), patient):
        return True
    own = link.recorded is not None and link.recorded.by_id == request.user.pk
    fresh = link.recorded is not None and request.at - link.recorded.at < OWN_FOR
    entry = link.kind == "event" or (link.kind == "treatment" and link.what == "taken")
    return own and fresh and entry and request.asker.may("entry", "correct", patient)


def _forms(request: AskedRequest, patient: Patient, link: Link) -> Forms:
    """Return both forms, filled with what is recorded or what was sent."""
    sent = request.POST if request.method == "POST" else None
    retracting = sent is not None and "retract" in sent
    correction = _correction_form(None if retracting else sent, request, patient, link)
    return Forms(correction, RetractForm(sent if retracting else None, prefix="back"))


def _correction_form(sent: Any, request: AskedRequest, patient: Patient, link: Link) -> forms.Form:
    """Return the form of a fact of this kind."""
    row, zone = link.row, ZoneInfo(patient.time_zone)
    if isinstance(row, Treatment):
        names = ("drug", "dose", "unit", "route", "every_days", "started_on", "ended_on")
        initial: dict[str, Any] = {name: getattr(row, name) for name in names}
        return TreatmentForm(
            sent, initial=_plain(initial), planned=row.intent == "planned", today=timezone.localdate(request.at, zone),
            born=patient.birth_date,
        )  # fmt: skip
    when = initial_instant(row.effective_at, row.precision, zone)
    if isinstance(row, Event):
        filled = {**when, **_plain(initial_of(row.findings))}
        return EventCorrectionForm(sent, kind=kinds()[row.kind], initial=filled, **occasion(request, patient))
    frame = frames([patient.pk], at=request.at)[patient.pk]
    written = row.value_text or f"{row.comparator}{row.value:.9g}" if row.value is not None else row.value_text
    filled = {**when, "value": written, "unit": row.unit, "performer": row.performer, "specimen": row.specimen}
    return ResultForm(sent, row=row, frame=frame, initial=filled, **occasion(request, patient))


def _plain(initial: Mapping[str, Any]) -> dict[str, Any]:
    """Return what forms are filled with, numbers as people write them."""
    return {name: f"{value:.9g}" if isinstance(value, float) else value for name, value in initial.items()}


def _change(request: AskedRequest, patient: Patient, link: Link, shown: Forms) -> HttpResponse | None:
    """Correct or retract; None where the form has something to ask."""
    sent = shown.sent
    reason = sent.cleaned_data["reason"].strip() if sent is not None else ""
    try:
        if sent is shown.retract:
            retract(link.kind, link.row.pk, by=request.user, at=request.at, why=reason)
            messages.success(request, "Retracted. It stays in the history, with your reason.")
            return redirect("patient", patient.pk)
        outcome = correct(link.row.pk, _fact(patient, link, shown.correct), by=request.user, at=request.at, why=reason)
    except FactNotFoundError:
        messages.error(request, CHANGED)
        return redirect("fact", patient.pk, link.kind, link.row.pk)
    return _told(request, patient, link, shown.correct, outcome)


def _told(
    request: AskedRequest, patient: Patient, link: Link, form: forms.Form, outcome: Outcome
) -> HttpResponse | None:
    """Say how a correction ended."""
    if outcome.state is RowState.HELD:
        form.add_error("on", "Another result is recorded for this time. Correct or retract that one first.")
        return None
    if outcome.state is RowState.DUPLICATE:
        messages.info(request, "Nothing was changed: this is what is recorded.")
    else:
        messages.success(request, "Corrected. What stood there stays in the history, with your reason.")
    return redirect("fact", patient.pk, link.kind, outcome.fact_id)


def _fact(patient: Patient, link: Link, form: forms.Form) -> Fact:
    """Return the fact that a valid form states."""
    row, data = link.row, form.cleaned_data
    if isinstance(form, ResultForm) and isinstance(row, Observation):
        stated = fact_of(form.answer.reading if form.answer else None, patient.pk)
        same_method = (stated.performer, stated.specimen) == (row.performer, row.specimen)
        low, high = (row.reference_low, row.reference_high) if same_method else (None, None)
        return replace(
            stated, status="corrected", reference_low=low, reference_high=high, issued_at=row.issued_at,
        )  # fmt: skip
    if isinstance(form, EventCorrectionForm) and form.instant is not None:
        return NewEvent(patient.pk, form.kind.name, form.instant.at, form.instant.precision, form.findings)
    if not isinstance(row, Treatment):
        raise TypeError(link.kind)
    names = ("drug", "dose", "unit", "route", "every_days", "started_on", "ended_on")
    return NewTreatment(
        patient.pk, **{name: data[name] for name in names}, intent=row.intent, plan=row.plan  # type: ignore[arg-type] # a check constraint holds the two intents
    )  # fmt: skip
