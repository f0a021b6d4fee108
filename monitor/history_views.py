"""The history of a record as a page: who recorded, corrected or saw what."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from monitor import fact_words
from monitor.asking import AskedRequest, asked, patient_or_404
from patients.annals import Annals, Deed, Entry, Told, annals
from patients.facts import FactKind
from patients.models import Patient, What
from patients.settling import WHY as FILE

SAW_WORDS: Final[dict[str, str]] = {
    What.PAGE: "the patient’s pages",
    What.OWN: "the patient’s own pages",
    What.FACT: "an entry",
    What.HISTORY: "the history",
    What.FLOWSHEET: "the flowsheet as a file",
    What.FILE: "a file",
    What.API: "the record, through a program",
}
NO_NEWS: Final = "a file that brought nothing new"
WORDS: Final[dict[Deed, str]] = {Deed.RECORDED: "Recorded", Deed.CORRECTED: "Corrected", Deed.SAW: "Saw"}
LAST_PAGE: Final = 10_000
"""Pages further back are not asked of the database."""
DIGITS: Final = 30
"""A number of more is not meant."""


@dataclass(frozen=True, slots=True)
class Named:
    """A fact in one line, with where it is."""

    kind: FactKind
    id: int
    words: str


@dataclass(frozen=True, slots=True)
class Line:
    """One entry in words; what is left out of the facts is counted."""

    entry: Entry
    title: str
    words: str
    recorded: tuple[Named, ...]
    retracted: tuple[Named, ...]

    @property
    def more_recorded(self) -> int:
        """How many facts it recorded that are not named."""
        return self.entry.made - len(self.recorded)

    @property
    def more_retracted(self) -> int:
        """How many facts it took back that are not named."""
        return self.entry.undone - len(self.retracted)


@require_safe
@asked
def history(request: AskedRequest, patient_id: UUID) -> HttpResponse:
    """Show who recorded, corrected or saw what, the newest first; `show` narrows it to one of them."""
    patient = patient_or_404(request, patient_id, "patient", "read", What.HISTORY)
    offered = open_to(request, patient)
    if not offered:
        raise PermissionDenied
    wanted = request.GET.get("show", "")
    shown = [deed for deed in offered if deed == wanted] or offered
    found = annals(patient.pk, shown, page=page_of(request.GET.get("page", "")))
    context = {
        "patient": patient,
        "tabs": [("", "All"), *((deed.value, WORDS[deed]) for deed in offered)] if len(offered) > 1 else [],
        "saw": Deed.SAW in offered,
        "wanted": shown[0].value if len(shown) == 1 and len(offered) > 1 else "",
        "lines": lines(found, patient),
        "page": found,
        "nav": "patients",
    }
    return render(request, "history.html", context)


def open_to(request: AskedRequest, patient: Patient) -> list[Deed]:
    """Return what the person may know of: what was recorded where results are theirs to read, who saw it where that is."""
    reads = all(request.asker.may(kind, "read", patient) for kind in fact_words.KINDS.values())
    known = [Deed.RECORDED, Deed.CORRECTED] if reads else []
    return [*known, Deed.SAW] if request.asker.may("audit", "read", patient) else known


def page_of(text: str) -> int:
    """Return the page asked for, the first where that is none."""
    if not (text.isascii() and text.isdigit() and len(text) <= DIGITS):
        return 1
    return min(max(int(text), 1), LAST_PAGE)


def lines(found: Annals, patient: Patient) -> list[Line]:
    """Return entries in words."""
    return [
        Line(
            entry,
            WORDS[entry.deed],
            words(entry),
            tuple(named(entry.recorded, patient.time_zone)),
            tuple(named(entry.retracted, patient.time_zone)),
        )
        for entry in found.entries
    ]


def words(entry: Entry) -> str:
    """Return why something was done, or what was seen."""
    if entry.deed is Deed.SAW:
        return SAW_WORDS.get(entry.why, entry.why)
    return NO_NEWS if entry.why == FILE and not entry.made and not entry.undone else entry.why


def named(facts: Iterable[Told], zone: str) -> list[Named]:
    """Return facts in one line each."""
    return [
        Named(one.kind, one.row.pk, f"{fact_words.title(one.row)}: {fact_words.short(one.row, zone)}") for one in facts
    ]
