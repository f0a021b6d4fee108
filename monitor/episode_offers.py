"""Exacerbations that are proposed, as the patient page lists them: with their signs, and for physicians where they are decided."""

from dataclasses import dataclass
from datetime import date

from django.urls import reverse

from alerts.episodes import NAMES, Proposal
from alerts.recurrence import local_day, proposals
from patients.access import Asker
from patients.history import History
from patients.models import Patient


@dataclass(frozen=True, slots=True)
class Offer:
    """A proposed exacerbation; `href` is where it is decided, "" for who may not, and in the past. More signs may come of one that
    is `going_on`."""

    proposal: Proposal
    going_on: bool
    href: str = ""

    @property
    def signs(self) -> tuple[tuple[date, str, str, int], ...]:
        """Return day, source, words and points of each sign, oldest first."""
        return tuple((one.day, NAMES[one.source], one.words, one.points) for one in self.proposal.signs)

    @property
    def sources(self) -> int:
        """How many sources speak for it."""
        return len({one.source for one in self.proposal.signs})


def offers(patient: Patient, asker: Asker, history: History, *, past: bool) -> tuple[Offer, ...]:
    """Return what waits for a decision, the newest first; in the past nothing can be done about it."""
    may = not past and asker.may("episode", "confirm", patient)
    found = reversed(proposals(history))
    return tuple(offer(one, history, address(patient, one.start) if may else "") for one in found)


def offer(one: Proposal, history: History, href: str = "") -> Offer:
    """Return a proposal as it is shown at the moment of a history."""
    return Offer(one, local_day(history, history.at) <= one.end, href)


def address(patient: Patient, start: date) -> str:
    """Return where the exacerbation proposed from a day on is decided; the day is a number: 20260303."""
    return reverse("episode", args=[patient.pk, int(f"{start:%Y%m%d}")])


def proposed_from(history: History, day: int) -> Proposal | None:
    """Return what is proposed from a day on, as the address names it; None where it no longer is."""
    return next((one for one in proposals(history) if int(f"{one.start:%Y%m%d}") == day), None)
