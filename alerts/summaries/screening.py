"""The screening program of ten items: what was done and when, what is open, what is not asked for. Pure.

Seed article, S27. Biopsy is never due: it bleeds, and is done only where the diagnosis is impossible otherwise (S28).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from alerts.due import Todo, on, reached
from alerts.monitoring import SPIROMETRY_FROM
from alerts.recurrence import local_day
from alerts.repeats import SPUTUM_FROM
from alerts.rules.results import known
from alerts.rules.rule import Evidence, Setting, number_of
from alerts.rules.sputa import is_unfit
from alerts.rules.wording import listed
from alerts.summaries import rows
from patients.history import EventRecord, History

PROGRAM: Final = "Seed article, iLive, hemosiderosis, reviewed 2025-07-04 (S27)"
BIOPSY_WARNING: Final = "A biopsy bleeds: only where the diagnosis is impossible otherwise. It is never overdue."
AFTER: Final = Setting(
    "screening_days", 30, "d", "clinical specification B13: items never done 30 days after the diagnosis", 7, 180
)
BACILLI: Final = Setting("acid_fast_samples", 3, "1", "clinical specification B7: three samples at diagnosis", 1, 5)
MILK_UNTIL: Final = Setting(
    "milk_trial_until_years", 3, "a", "clinical specification B13: Heiner syndrome, age below 3", 1, 6
)
SETTINGS: Final = (AFTER, BACILLI, MILK_UNTIL)


class State(StrEnum):
    """What is known of an item: done as a whole, partly, never; not asked for at this age, or never asked for."""

    DONE = "done"
    PARTLY = "partly done"
    DUE = "due"
    OPEN = "not done yet"
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True, slots=True)
class Part:
    """One part of an item: any of these analytes, or an event of these kinds with one of these findings, counts as done."""

    name: str
    codes: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()
    value: str = ""
    """Where given, a finding must be this."""


@dataclass(frozen=True, slots=True)
class Item:
    """One item of the program: its state, the newest row of each part that was done, the parts that were not, a note."""

    number: int
    name: str
    state: State
    evidence: tuple[Evidence, ...] = ()
    missing: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Screening:
    """All ten items, and what is advised once beside them."""

    items: tuple[Item, ...]
    advice: tuple[str, ...]

    @property
    def words(self) -> str:
        """How many of those that are asked for are done."""
        asked = [one for one in self.items if one.state is not State.NOT_APPLICABLE]
        return f"{sum(one.state is State.DONE for one in asked)} of {len(asked)} done"


PROGRAM_ITEMS: Final[tuple[tuple[str, tuple[Part, ...]], ...]] = (
    ("Blood and urine", (Part("blood count", ("HGB",)), Part("urine", ("U_PROT", "U_RBC")))),
    (
        "Biochemistry",
        (
            Part("total protein", ("PROT_T",)),
            Part("protein fractions", ("ALB", "GLOB_A2", "GLOB_G")),
            Part("bilirubin", ("BILI_T",)),
            Part("aminotransferases", ("ALT", "AST")),
            Part("seromucoid", ("SEROMUCOID", "AGP")),
            Part("fibrinogen", ("FIBRINOGEN",)),
            Part("haptoglobin", ("HAPTO",)),
            Part("iron", ("FE",)),
        ),
    ),
    (
        "Immunology",
        (
            Part("immunoglobulins", ("IGG", "IGA", "IGM")),
            Part("immune complexes", ("CIC",)),
            Part("T cells", ("T_CD3",)),
        ),
    ),
    (
        "Sputum",
        (
            Part("siderophages", kinds=("sputum",), findings=("siderophages",)),
            Part("mycobacteria", kinds=("sputum", "lavage"), findings=("acid_fast_bacilli",)),
            Part("atypical cells", kinds=("sputum", "lavage"), findings=("atypical_cells",)),
        ),
    ),
    ("Chest X-ray", (Part("chest X-ray", kinds=("chest_xray", "chest_ct")),)),
    ("ECG", (Part("ECG", kinds=("ecg",)),)),
    ("Spirometry", (Part("spirometry", ("FVC", "VC", "FEV1")),)),
    (
        "Ultrasound",
        tuple(
            Part(one, kinds=("ultrasound",), findings=("organ",), value=one)
            for one in ("heart", "liver", "spleen", "kidneys")
        ),
    ),
    ("Lavage", (Part("lavage", kinds=("lavage",)),)),
    ("Biopsy", (Part("biopsy", kinds=("biopsy",)),)),
)
SPUTUM, SPIROMETRY, BIOPSY = 4, 7, 10
FROM_YEARS: Final = {SPUTUM: SPUTUM_FROM, SPIROMETRY: SPIROMETRY_FROM}
"""Items that small children cannot do."""


def screening(history: History) -> Screening:
    """Return the program as the record at `history.at` fills it."""
    items = tuple(_item(place, name, parts, history) for place, (name, parts) in enumerate(PROGRAM_ITEMS, start=1))
    return Screening(items, tuple(_advice(history)))


def never_done(history: History) -> Todo | None:
    """Return the items of which nothing was ever done, once the diagnosis is so many days old; biopsy is never among them."""
    due_on = _due_on(history)
    if due_on is None or local_day(history, history.at) < due_on:
        return None
    names = [one.name for one in screening(history).items if one.state is State.DUE]
    if not names:
        return None
    words = listed([names[0], *(one if one.isupper() else one[:1].lower() + one[1:] for one in names[1:])])
    why = (
        f"never done, and the diagnosis is of {on(history.patient.diagnosis_date)}"
        if history.patient.diagnosis_date
        else ""
    )
    return Todo("screening", "", f"Screening: {words} {why}", due_on, overdue=False)


def _due_on(history: History) -> date | None:
    """Return the day from which what was never done is due; None where no diagnosis has a date."""
    made = history.patient.diagnosis_date
    return None if made is None else made + timedelta(days=int(number_of(history, AFTER)))


def _item(number: int, name: str, parts: tuple[Part, ...], history: History) -> Item:
    """Return one item."""
    found = [(part, _newest(part, history)) for part in parts]
    done = tuple(row for _, row in found if row is not None)
    missing = tuple(part.name for part, row in found if row is None)
    note = BIOPSY_WARNING if number == BIOPSY else _samples(history) if number == SPUTUM else ""
    return Item(number, name, _state(number, done, missing, history), done, missing if done else (), note)


def _state(number: int, done: tuple[Evidence, ...], missing: tuple[str, ...], history: History) -> State:
    """Return the state of an item."""
    if done:
        return State.PARTLY if missing else State.DONE
    if number == BIOPSY or _too_young(number, history):
        return State.NOT_APPLICABLE
    due_on = _due_on(history)
    return State.DUE if due_on is not None and local_day(history, history.at) >= due_on else State.OPEN


def _too_young(number: int, history: History) -> bool:
    """Whether a patient is too young for an item; one of unknown age is not."""
    born, age = history.patient.birth_date, FROM_YEARS.get(number)
    if born is None or age is None:
        return False
    return local_day(history, history.at) < reached(born, int(number_of(history, age)))


def _newest(part: Part, history: History) -> Evidence | None:
    """Return the newest row by which a part was done."""
    found = [row for code in part.codes for row in rows.newest(history, code)]
    if part.kinds:
        found += rows.events(history, *part.kinds, said=lambda one: _shown(part, one))[:1]
    return max(found, key=lambda row: row.effective_at, default=None)


def _shown(part: Part, event: EventRecord) -> object:
    """Return what an event shows for a part; nothing where it says nothing of it, or was unfit."""
    if is_unfit(event.findings):
        return None
    if not part.findings:
        return "done"
    stated = next((event.findings[name] for name in part.findings if event.findings.get(name) is not None), None)
    return stated if not part.value or stated == part.value else None


def _samples(history: History) -> str:
    """Return how many samples were examined for mycobacteria: three belong to the first work-up."""
    least = int(number_of(history, BACILLI))
    count = sum(
        one.findings.get("acid_fast_bacilli") is not None
        for one in known(history, history.at.timestamp(), "sputum", "lavage")
    )
    return "" if count >= least else f"{count} of {least} samples examined for mycobacteria"


def _advice(history: History) -> Iterator[str]:
    """Yield what is advised once: celiac disease and, in the very young, milk (Lane–Hamilton, Heiner)."""
    asked = rows.newest(history, "TTG_IGA")
    if not asked and "celiac" not in history.patient.comorbidities:
        yield "Tissue transglutaminase IgA once: celiac disease may go with it (Lane–Hamilton syndrome)."
    born, today = history.patient.birth_date, local_day(history, history.at)
    young = born is not None and today < reached(born, int(number_of(history, MILK_UNTIL)))
    if young and "milk_protein" not in history.patient.comorbidities:
        yield "Below three years, consider a trial without cow's milk (Heiner syndrome)."
