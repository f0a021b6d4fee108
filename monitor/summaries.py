"""Diagnosis, criteria, screening and differential diagnosis as the patient page shows them: made of the history alone, no query."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from alerts.summaries.criteria import CRITERIA_OF, Criteria, criteria
from alerts.summaries.diagnosis import Diagnosis, diagnosis
from alerts.summaries.differential import TABLE, Differential, differential
from alerts.summaries.screening import PROGRAM, Screening, screening
from patients.access import Asker, adding
from patients.history import History
from patients.models import Patient


@dataclass(frozen=True, slots=True)
class Summaries:
    """The four of them, their sources, and where a physician confirms the diagnosis ("" for who may not, and in the past)."""

    diagnosis: Diagnosis
    criteria: Criteria
    screening: Screening
    differential: Differential
    confirm_href: str = ""
    criteria_of: str = CRITERIA_OF
    program: str = PROGRAM
    table: str = TABLE

    @property
    def line(self) -> str:
        """The diagnosis as the head of the page has it: what a physician confirmed, else what is proposed."""
        confirmed = self.diagnosis.confirmed
        return confirmed.text if confirmed is not None else self.diagnosis.text

    @property
    def is_confirmed(self) -> bool:
        """Whether a physician wrote it."""
        return self.diagnosis.confirmed is not None


def summaries(patient: Patient, asker: Asker, history: History, *, past: bool) -> Summaries:
    """Return the summaries of a history; in the past nothing can be confirmed."""
    may = not past and asker.may(*adding("diagnosis"), patient)
    return Summaries(
        diagnosis=diagnosis(history),
        criteria=criteria(history),
        screening=screening(history),
        differential=differential(history),
        confirm_href=reverse("record-event", args=[patient.pk, "diagnosis"]) if may else "",
    )


def proposed_findings(history: History) -> dict[str, Any]:
    """Return the proposed diagnosis as the form for it begins: choices as text."""
    return {name: str(value) for name, value in diagnosis(history).findings.items()}
