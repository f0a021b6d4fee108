"""What else it could be: the seed's table, each feature with what the record says and which disease that speaks for. Pure.

Seed article, S31–S33: disseminated tuberculosis, cancer, congestive hemosiderosis, pneumonia, Goodpasture syndrome. A row speaks
for a disease or for none; the table weighs nothing and decides nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from alerts.recurrence import local_day
from alerts.rules import film_foci_persist
from alerts.rules.films import CONFLICT, KINDS, Spell, readings, spells
from alerts.rules.hemoptysis import AMOUNTS
from alerts.rules.rule import Evidence, Setting, number_of
from alerts.rules.sputa import is_negative, is_positive, siderophage_words
from alerts.summaries import rows
from patients.amounts import STEROIDS, drug_name
from patients.history import EventRecord, History

TABLE: Final = "Seed article, iLive, hemosiderosis, reviewed 2025-07-04 (S31–S33)"
URINE_CELLS: Final = Setting("urine_red_cells", 5, "/[HPF]", "clinical specification B14: above 5 in a field", 2, 20)
URINE_PROTEIN: Final = Setting("urine_protein", 0.3, "g/L", "clinical specification B14: 0.3 g/L or more", 0.1, 1)
SETTINGS: Final = (URINE_CELLS, URINE_PROTEIN)


class Disease(StrEnum):
    """The columns of the table."""

    HEMOSIDEROSIS = "hemosiderosis"
    TUBERCULOSIS = "tuberculosis"
    CANCER = "cancer"
    CONGESTION = "congestive hemosiderosis"
    PNEUMONIA = "pneumonia"
    GOODPASTURE = "Goodpasture syndrome"


@dataclass(frozen=True, slots=True)
class Feature:
    """One row: what is looked at, what the diseases show, what the record says ("" for nothing), which it speaks for, the rows."""

    name: str
    expected: str
    said: str
    speaks_for: tuple[Disease, ...]
    evidence: tuple[Evidence, ...] = ()


_Said = tuple[str, tuple[Disease, ...], tuple[Evidence, ...]]
NOTHING: Final[_Said] = ("", (), ())


@dataclass(frozen=True, slots=True)
class Differential:
    """The whole table."""

    features: tuple[Feature, ...]

    @property
    def tally(self) -> Mapping[Disease, int]:
        """How many rows speak for each disease, in the order of the columns; none: left out."""
        counts = {one: sum(one in each.speaks_for for each in self.features) for one in Disease}
        return {disease: count for disease, count in counts.items() if count}


def differential(history: History) -> Differential:
    """Return the table as the record at `history.at` fills it."""
    asked: tuple[tuple[str, str, Callable[[History], _Said]], ...] = (
        ("Bleeding", "Frequent and severe; in tuberculosis streaks", _bleeding),
        ("Siderophages", "Many; in tuberculosis rare", _siderophages),
        ("Mycobacteria", "None; in tuberculosis found", _bacilli),
        ("Foci", "Gone within three weeks; in tuberculosis and cancer they stay", _foci),
        ("Cavities", "None; in tuberculosis they are there", _cavities),
        ("Atypical cells", "None; in cancer found", _cells),
        ("Root of the lung", "Not changed; in central cancer widened and blurred", _root),
        ("Biopsy", "Siderophages and fibrosis", _biopsy),
        ("Treatment", "Steroids help; in tuberculosis they harm", _treatment),
        ("Heart", "Healthy; in congestion diseased", _heart),
        ("Airway infection", "None; in pneumonia it goes before", _infection),
        ("Kidneys", "Healthy; in Goodpasture syndrome blood and protein in urine", _kidneys),
    )
    return Differential(tuple(Feature(name, expected, *fill(history)) for name, expected, fill in asked))


def _bleeding(history: History) -> _Said:
    """Frequent, or a teaspoon and more; streaks on two days; streaks once are too little to speak for anything."""
    found = rows.events(history, "hemoptysis", said="amount")
    if not found:
        return NOTHING
    largest = max((str(row.value) for row in found if row.value in AMOUNTS), key=AMOUNTS.index, default=AMOUNTS[0])
    days = len({local_day(history, row.effective_at) for row in found})
    severe = largest != AMOUNTS[0] or days > 2
    words = f"On {days} {'day' if days == 1 else 'days'}, at most {largest}"
    streaks = (Disease.TUBERCULOSIS,) if days > 1 else ()
    return words, (Disease.HEMOSIDEROSIS,) if severe else streaks, found[: rows.SHOWN]


def _siderophages(history: History) -> _Said:
    """Found in sputum or lavage; looked for and never found speaks for nothing: one study may say nothing (S15)."""
    found = rows.events(
        history, "sputum", "lavage", said=lambda one: siderophage_words(one) if is_positive(one) else ""
    )
    if found:
        return f"Found {len(found)} time{'' if len(found) == 1 else 's'}", (Disease.HEMOSIDEROSIS,), found[: rows.SHOWN]
    without = rows.events(history, "sputum", "lavage", said=lambda one: "none" if is_negative(one.findings) else "")
    return (f"Not found in {len(without)}", (), without[: rows.SHOWN]) if without else NOTHING


def _bacilli(history: History) -> _Said:
    """Any acid-fast bacilli speak for tuberculosis; none found so far for hemosiderosis."""
    return _seen(history, "acid_fast_bacilli", Disease.TUBERCULOSIS)


def _cells(history: History) -> _Said:
    """Atypical cells, suspected or found."""
    return _seen(history, "atypical_cells", Disease.CANCER)


def _seen(history: History, name: str, disease: Disease) -> _Said:
    """Return what samples say of something that one disease has and hemosiderosis has not."""

    def stated(one: EventRecord, *, found: bool) -> object:
        value = one.findings.get(name)
        return value if value is not None and (value != "absent") is found else None

    positive = rows.events(history, "sputum", "lavage", said=lambda one: stated(one, found=True))
    if positive:
        return "Found", (disease,), positive[: rows.SHOWN]
    negative = rows.events(history, "sputum", "lavage", said=lambda one: stated(one, found=False))
    said = f"None in {len(negative)} sample{'' if len(negative) == 1 else 's'}"
    return (said, (Disease.HEMOSIDEROSIS,), negative[: rows.SHOWN]) if negative else NOTHING


def _foci(history: History) -> _Said:
    """Foci that stayed for more than three weeks, unless they have gone since; foci that went."""
    films = readings(history, history.at.timestamp(), number_of(history, CONFLICT))
    limit = number_of(history, film_foci_persist.PERSIST)
    bouts: list[Spell] = spells(films, lambda one, _: "seen" if one.shows else "over" if one.clear else "nothing")
    if not bouts:
        return NOTHING
    last = bouts[-1]
    shown = (*((last.ended.event,) if last.ended else ()), last.last.event, last.first.event)
    words = ("gone", "foci", "first seen") if last.ended else ("foci", "first seen")
    found = tuple(dict.fromkeys(rows.event(one, word) for one, word in zip(shown, words, strict=True)))
    oldest = last.last.oldest or last.first.event
    if (last.last.event.effective_at - oldest.effective_at).days > limit:
        return f"There for more than {limit:.0f} days", (Disease.TUBERCULOSIS, Disease.CANCER), found
    return ("Went", (Disease.HEMOSIDEROSIS,), found) if last.ended else ("There, not old yet", (), found)


def _cavities(history: History) -> _Said:
    """A cavity on any film."""
    found = rows.events(history, *KINDS, said="cavity")
    if found:
        return "Seen", (Disease.TUBERCULOSIS,), found[: rows.SHOWN]
    none = rows.events(history, *KINDS, said=lambda one: "no" if one.findings.get("cavity") is False else "")
    return ("None", (Disease.HEMOSIDEROSIS,), none[: rows.SHOWN]) if none else NOTHING


def _root(history: History) -> _Said:
    """A widened root on a film."""
    found = rows.events(history, *KINDS, said="root_widened")
    return ("Widened", (Disease.CANCER,), found[: rows.SHOWN]) if found else NOTHING


def _biopsy(history: History) -> _Said:
    """Siderophages and fibrosis in tissue."""
    found = rows.events(history, "biopsy", said=_in_tissue)
    both = any(row.value == "siderophages, fibrosis" for row in found)
    said = "Siderophages and fibrosis" if both else "Not both"
    return (said, (Disease.HEMOSIDEROSIS,) if both else (), found[: rows.SHOWN]) if found else NOTHING


def _in_tissue(event: EventRecord) -> str:
    """Return what a biopsy found of the two."""
    names = [name for name in ("siderophages", "fibrosis") if event.findings.get(name) is True]
    stated = any(name in event.findings for name in ("siderophages", "fibrosis"))
    return ", ".join(names) or ("neither" if stated else "")


def _treatment(history: History) -> _Said:
    """Whether steroids are taken: how they helped is for a person to say."""
    taken = [one for one in history.treatments if one.intent == "taken" and drug_name(one.drug) in STEROIDS]
    today = local_day(history, history.at)
    begun = [one for one in taken if one.started_on <= today and one.dose]
    if not begun:
        return NOTHING
    first = min(begun, key=lambda one: (one.started_on, one.id))
    return f"Steroids since {first.started_on:%Y-%m-%d}", (), ()


def _heart(history: History) -> _Said:
    """A heart disease that is known, congestion on a film, or an enlarged heart."""
    found = (
        *rows.events(history, *KINDS, said=lambda one: "congestion" if one.findings.get("congestion") is True else ""),
        *rows.events(history, "ultrasound", said=_large_heart),
    )
    known = "heart_disease" in history.patient.comorbidities
    if known or found:
        said = "Heart disease is known" if known else "Signs of it"
        return said, (Disease.CONGESTION,), found[: rows.SHOWN]
    return NOTHING


def _large_heart(event: EventRecord) -> str:
    """Return that an ultrasound saw an enlarged heart."""
    large = event.findings.get("organ") == "heart" and event.findings.get("enlarged") is True
    return "enlarged heart" if large else ""


def _infection(history: History) -> _Said:
    """An infection of the lower airways."""
    lower = rows.events(
        history, "infection", said=lambda one: "lower airway" if one.findings.get("site") == "lower_airway" else ""
    )
    return ("Lower airway", (Disease.PNEUMONIA,), lower[: rows.SHOWN]) if lower else NOTHING


def _kidneys(history: History) -> _Said:
    """Red cells or protein in urine, twice at least (clinical specification B14); strips are not read as numbers."""
    limits = {"U_RBC": number_of(history, URINE_CELLS), "U_PROT": number_of(history, URINE_PROTEIN)}
    found = {code: rows.results(history, code) for code in limits}
    above = [
        tuple(row for row in found[code] if _passes(code, rows.number_of(row), limit)) for code, limit in limits.items()
    ]
    twice = tuple(row for each in above if len(each) > 1 for row in each[: rows.SHOWN])
    if twice:
        return "Blood or protein in urine, twice", (Disease.GOODPASTURE,), twice
    once = tuple(row for each in above for row in each)
    if once:
        return "Once raised", (), once
    newest = tuple(row for code in limits for row in rows.newest(history, code))
    return ("Not raised", (Disease.HEMOSIDEROSIS,), newest) if newest else NOTHING


def _passes(code: str, value: float, limit: float) -> bool:
    """Whether a urine value is past its limit: red cells above it, protein at it or above."""
    return value > limit if code == "U_RBC" else value >= limit
