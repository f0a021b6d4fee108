"""Where a physician decides on a proposed exacerbation: the decision is recorded as an event, the proposal never stored."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from alerts.episodes import Proposal
from alerts.recurrence import Episode, episodes, local_day
from alerts.remission_trends import rule_words
from monitor.asking import AskedRequest, asked, patient_or_404
from monitor.episode_forms import CONFIRM, MERGE, REJECT, EpisodeForm, mark_of
from monitor.episode_offers import offer, proposed_from
from monitor.record_views import shown_and_sent
from patients import timeline
from patients.correcting import correct
from patients.facts import NewEvent
from patients.history import EventRecord, History
from patients.instants import read_instant
from patients.models import Patient
from patients.recording import FactNotFoundError, record

GONE = "This exacerbation is proposed no longer: it was decided, or its signs were corrected."
CHANGED = "Not recorded: the signs changed a moment ago. Look at them again."
SAID: Mapping[str, str] = {
    CONFIRM: "Exacerbation confirmed.",
    MERGE: "Joined to the exacerbation before.",
    REJECT: "Exacerbation rejected. Its signs stay, and propose it no longer.",
}


@shown_and_sent
@asked
def decide(request: AskedRequest, patient_id: UUID, day: int) -> HttpResponse:
    """Show a proposed exacerbation with its signs, and take the decision."""
    patient = patient_or_404(request, patient_id, "episode", "confirm")
    history = timeline.read(patient.pk, at=request.at)
    proposal = proposed_from(history, day)
    if proposal is None:
        messages.info(request, GONE)
        return redirect("patient", patient.pk)
    before = _before(history, proposal)
    sent = request.POST if request.method == "POST" else None
    form = EpisodeForm(
        sent, proposal=proposal, today=local_day(history, request.at), born=patient.birth_date, joins=before is not None
    )
    if form.is_valid():
        if form.cleaned_data["seen"] != mark_of(proposal):
            messages.error(request, CHANGED)
            return redirect(request.path)
        try:
            _record(request, patient, history, proposal, before, form.cleaned_data)
        except FactNotFoundError:  # somebody corrected the one before meanwhile
            messages.error(request, CHANGED)
            return redirect(request.path)
        messages.success(request, SAID[form.cleaned_data["act"]])
        return redirect("patient", patient.pk)
    context = {
        "patient": patient,
        "offer": offer(proposal, history),
        "before": before,
        "form": form,
        "rule": rule_words(history),
        "nav": "patients",
    }
    return render(request, "episode.html", context, status=400 if form.is_bound else 200)


def _before(history: History, proposal: Proposal) -> Episode | None:
    """Return the exacerbation before a proposed one: of those that are one with it, what is confirmed already."""
    earlier = [one for one in episodes(history) if one.start < proposal.start]
    return earlier[-1] if earlier else None


def _record(
    request: AskedRequest,
    patient: Patient,
    history: History,
    proposal: Proposal,
    before: Episode | None,
    decided: Mapping[str, Any],
) -> None:
    """Record a decision: as an event of its own, or as the longer days of the confirmed exacerbation before."""
    why, zone = decided["reason"].strip() or "typed", ZoneInfo(patient.time_zone or "UTC")
    start, until, act = decided["start"], decided["until"], decided["act"]
    if act == REJECT:  # to the last sign only: a later one is another matter
        fact = _event(patient, zone, proposal.start, proposal.last_sign, "rejected")
    elif act == MERGE and before is not None:
        fact = _event(patient, zone, before.start, until, "confirmed")
        stated = _stated(history, before)
        if stated is not None:
            correct(stated.id, fact, by=request.user, at=request.at, why=why)
            return
    else:
        fact = _event(patient, zone, start, until, "confirmed")
    record([fact], by=request.user, at=request.at, why=why)


def _stated(history: History, before: Episode) -> EventRecord | None:
    """Return the physician's word that an exacerbation begins with; None where it is proposed only."""
    found = [
        event
        for event in history.events_of("exacerbation")
        if event.findings.get("status") == "confirmed" and local_day(history, event.effective_at) == before.start
    ]
    return found[-1] if found else None


def _event(patient: Patient, zone: ZoneInfo, first: date, last: date | None, status: str) -> NewEvent:
    """Return a decision as an event of the patient's local days."""
    instant = read_instant(first.isoformat(), zone)
    if instant is None:
        raise ValueError("a day of the calendar")
    findings = {"status": status} | ({} if last is None else {"until": last.isoformat()})
    return NewEvent(patient.pk, "exacerbation", instant.at, "day", findings)
