"""The diagnosis in the seed's words, made of the record: phase, stage of the film, respiratory failure, anemia. Pure.

Seed article, S30: "Idiopathic pulmonary hemosiderosis, acute phase, stage II radiographic, stage II respiratory failure. Chronic
iron deficiency anemia of moderate severity." It is proposed; a physician confirms it as an event. What is unknown is said to be so.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from alerts import anemia, iron, recurrence
from alerts.recurrence import DIED, UNKNOWN, Phase, phase
from alerts.rules.films import AGE, CONFLICT, FIBROSIS, STAGES, readings, stage_of
from alerts.rules.results import known
from alerts.rules.rule import Evidence, Setting, number_of
from alerts.saturation import LOW_SATURATION, saturation
from alerts.summaries import rows
from patients.history import History

NAME: Final = "Idiopathic pulmonary hemosiderosis"
GASES: Final = Setting(
    "blood_gas_days", 90, "d", "working value: how old a blood gas may be to say what respiration is like now", 7, 365
)
CHRONIC: Final = Setting("chronic_days", 90, "d", "working value: an anemia that lasts so long is chronic", 28, 365)
IRON: Final = Setting("diagnosis_iron_days", 90, "d", "clinical specification B13: iron every 90 days", 14, 180)
BLOOD: Final = Setting(
    "anemia_days", 90, "d", "working value: how old a hemoglobin may be to grade anemia now", 14, 365
)
SETTINGS: Final = (GASES, CHRONIC, IRON, BLOOD)
DEGREES: Final = ((80.0, 0), (60.0, 1), (40.0, 2))
"""PaO2 in mmHg from which the degree of respiratory failure is this; below the last it is 3 (clinical specification B10, working
value)."""
ROMAN: Final = ("", "I", "II", "III")
PHASES: Final = {
    "acute": "acute",
    recurrence.EXACERBATION: "exacerbation",
    recurrence.PARTIAL: "incomplete_remission",
    recurrence.REMISSION: "remission",
}
"""A phase as the event catalogue names it."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the diagnosis: its name, its words, what it is as the event catalogue names it (None: unknown), its rows."""

    name: str
    words: str
    code: str | int | None
    evidence: tuple[Evidence, ...] = ()

    @property
    def label(self) -> str:
        """Its name as a reader has it."""
        return self.name.replace("_", " ").replace("xray", "X-ray")


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What a physician wrote: words, when, in which event, and which parts are no longer what the record says."""

    text: str
    at: datetime
    event_id: int
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The diagnosis as proposed, its parts with what they rest on, and what was confirmed last."""

    text: str
    parts: tuple[Part, ...]
    confirmed: Confirmed | None = None

    @property
    def findings(self) -> dict[str, Any]:
        """The proposal as findings of an event of kind diagnosis; unknown parts are left out."""
        coded = {part.name: part.code for part in self.parts if part.code is not None}
        return {"text": self.text, **{name: code for name, code in coded.items() if (name, code) != ("xray_stage", 0)}}


def diagnosis(history: History) -> Diagnosis:
    """Return the diagnosis that the record proposes at `history.at`."""
    now = phase(history)
    parts = (_phase(now, history), _stage(history), _respiration(history), _anemia(history))
    first = ", ".join((NAME, *(part.words for part in parts[:-1])))
    last = parts[-1].words
    text = f"{first}. {last[:1].upper()}{last[1:]}."
    return Diagnosis(text, parts, _confirmed(history, parts))


def _confirmed(history: History, parts: tuple[Part, ...]) -> Confirmed | None:
    """Return the newest diagnosis that a physician wrote, and what has changed since."""
    written = known(history, history.at.timestamp(), "diagnosis")
    if not written:
        return None
    said = written[-1].findings
    changed = tuple(
        part.label for part in parts if part.code is not None and said.get(part.name) not in (None, part.code)
    )
    return Confirmed(str(said.get("text", "")), written[-1].effective_at, written[-1].id, changed)


def _phase(now: Phase, history: History) -> Part:
    """Return the phase with the events that say so."""
    stated = rows.events(history, "exacerbation", "remission", "diagnosis", said=_stated)[: rows.SHOWN]
    if now.name in {UNKNOWN, DIED}:
        return Part("phase", "phase unknown" if now.name == UNKNOWN else now.words, None, stated)
    words = "acute phase" if now.name == "acute" else f"in {now.name}"
    return Part("phase", words, PHASES[now.name], stated)


def _stated(event: Any) -> object:
    """Return what an event says of the phase."""
    complete = "incomplete" if event.findings.get("complete") is False else "complete"
    by_kind = {"exacerbation": event.findings.get("status"), "remission": complete}
    return by_kind.get(event.kind, event.findings.get("phase"))


def _stage(history: History) -> Part:
    """Return the stage of the newest film that states one; fibrosis, once seen, does not go back."""
    films = readings(history, history.at.timestamp(), number_of(history, CONFLICT))
    staged = [one.event for one in films if one.stage is not None and not one.contested]
    fresh = [one for one in staged if history.at - one.effective_at < timedelta(days=number_of(history, AGE))]
    scarred = [one for one in staged if stage_of(one) == FIBROSIS]
    shown = [*scarred[-1:], *fresh[-1:]][:1]
    if not shown:
        old = tuple(rows.event(one, f"stage {STAGES[stage_of(one) or 0]}") for one in staged[-1:])
        return Part("xray_stage", "radiographic stage unknown", None, old)
    stage = stage_of(shown[0]) or 0
    words = f"stage {STAGES[stage]} radiographic" if stage else "no radiographic changes"
    return Part("xray_stage", words, stage, tuple(rows.event(one, f"stage {STAGES[stage]}") for one in shown))


def _respiration(history: History) -> Part:
    """Return the degree of respiratory failure by the newest arterial oxygen pressure."""
    gases = rows.results(history, "PAO2", days=number_of(history, GASES))[:1]
    if not gases:
        return Part("respiratory_failure", "respiratory failure unknown", None)
    degree = degree_of(rows.number_of(gases[0]))
    words = f"stage {ROMAN[degree]} respiratory failure" if degree else "no respiratory failure"
    return Part("respiratory_failure", words, degree, gases)


def degree_of(pao2_mmhg: float) -> int:
    """Return the degree of respiratory failure, 0 to 3, of an arterial oxygen pressure in mmHg."""
    return next((degree for limit, degree in DEGREES if pao2_mmhg >= limit), 3)


def _anemia(history: History) -> Part:
    """Return the anemia by the newest hemoglobin: chronic or not, by lack of iron or not, and its severity."""
    values = rows.results(history, "HGB", days=number_of(history, BLOOD))
    if not values:
        return Part("anemia", "anemia unknown", None)
    newest = _grade(values[0], history)
    if newest is None:
        return Part("anemia", "anemia of unknown severity", None, values[:1])
    if newest is anemia.Grade.NONE:
        return Part("anemia", "no anemia", newest.value, values[:1])
    lacks, beside = lack_of_iron(history)
    kind = {True: "iron deficiency anemia", False: "anemia without lack of iron", None: "anemia (iron unknown)"}[lacks]
    first = _first(values[0], history)
    chronic = values[0].effective_at - first.effective_at >= timedelta(days=number_of(history, CHRONIC))
    words = f"{'chronic ' if chronic else ''}{kind} of {newest.value} severity"
    rest = (first,) if first.id != values[0].id else ()
    return Part("anemia", words, newest.value, (values[0], *rest, *beside))


def _grade(row: Evidence, history: History) -> anemia.Grade | None:
    """Return the WHO grade of a hemoglobin on its day."""
    return anemia.judged(rows.number_of(row), history.patient, row.effective_at.date()).grade


def _first(newest: Evidence, history: History) -> Evidence:
    """Return the first hemoglobin of the present anemia: none from it to the newest was without."""
    first = newest
    for row in rows.results(history, "HGB"):
        if _grade(row, history) in (None, anemia.Grade.NONE):
            break
        first = row
    return first


def lack_of_iron(history: History) -> tuple[bool | None, tuple[Evidence, ...]]:
    """Return whether iron is lacking by saturation or ferritin, None where neither says, with the rows that do.

    A saturation below 16 % or a deficient ferritin shows it; a normal ferritin alone excludes nothing (clinical specification, B2).
    """
    days = number_of(history, IRON)
    saturations = saturations_of(history, days=days)[:1]
    ferritins = rows.results(history, "FERRITIN", days=days)[:1]
    if saturations and rows.number_of(saturations[0]) < LOW_SATURATION:
        return True, (*saturations, *ferritins)
    if ferritins and _is_deficient(ferritins[0], history):
        return True, (*ferritins, *saturations)
    return (False, (*saturations, *ferritins)) if saturations else (None, ferritins)


def saturations_of(history: History, *, days: float | None = None) -> tuple[Evidence, ...]:
    """Return the transferrin saturations that are known or follow, the newest first."""
    found = saturation(history).series
    held = History(history.patient, history.revision, history.at, {found.code: found})
    return rows.results(held, found.code, days=days)


def _is_deficient(row: Evidence, history: History) -> bool:
    """Whether a ferritin shows empty stores, by age, pregnancy and inflammation of the days around it."""
    on = row.effective_at.date()
    limits = iron.cutoffs(history.patient.age_years(on), anemia.trimester(history.patient.pregnancies, on))
    crp, agp = (rows.beside(rows.results(history, code), row, 3) for code in ("CRP", "AGP"))
    inflamed = iron.inflamed(rows.number_of(crp) if crp else None, rows.number_of(agp) if agp else None)
    return limits is not None and iron.stores(rows.number_of(row), limits, inflamed) is iron.Stores.DEFICIENT
