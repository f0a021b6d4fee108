"""The eight criteria of the diagnosis, each met, not met or unknown, with its rows. A count and no verdict. Pure.

Seed article, S29. That something was never recorded does not show that it was not there: then a criterion is unknown.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from alerts import anemia, iron
from alerts.recurrence import local_day
from alerts.repeats import NEGATIVES
from alerts.rules import film_foci_persist
from alerts.rules.films import CONFLICT, FIBROSIS, Reading, readings
from alerts.rules.results import known
from alerts.rules.rule import Evidence, Setting, number_of
from alerts.rules.sputa import is_negative, is_positive, siderophage_words
from alerts.saturation import LOW_SATURATION
from alerts.summaries import rows
from alerts.summaries.diagnosis import saturations_of
from patients.dosing import dose_on
from patients.history import EventRecord, History

CRITERIA_OF: Final = "Seed article, iLive, hemosiderosis, reviewed 2025-07-04 (S29)"
BESIDE: Final = Setting("criteria_beside_days", 30, "d", "working value: blood and iron that belong together", 3, 90)
INDURATION: Final = Setting(
    "tuberculin_mm", 5, "mm", "CDC: from 5 mm on a tuberculin test is positive under immunosuppression", 5, 15
)
UNRELIABLE: Final = Setting("tuberculin_steroid_mg", 15, "mg", "clinical specification B4", 10, 30)
SETTINGS: Final = (BESIDE, INDURATION, UNRELIABLE)


class State(StrEnum):
    """What is known of a criterion."""

    MET = "met"
    NOT_MET = "not met"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Criterion:
    """One criterion: its number and words in the seed, its state, the rows it rests on (newest first), and what is missing."""

    number: int
    words: str
    state: State
    evidence: tuple[Evidence, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Criteria:
    """All eight."""

    each: tuple[Criterion, ...]

    @property
    def words(self) -> str:
        """How many are met and unknown: "5 of 8 met, 2 unknown"."""
        met, unknown = (sum(one.state is state for one in self.each) for state in (State.MET, State.UNKNOWN))
        return f"{met} of {len(self.each)} met, {unknown} unknown"


_Known = tuple[State, tuple[Evidence, ...], str]
Lists = Mapping[str, tuple[Evidence, ...]]
"""Results by analyte, the newest first."""


def criteria(history: History) -> Criteria:
    """Return the criteria as the record at `history.at` fills them."""
    asked: tuple[tuple[str, Callable[[History], _Known]], ...] = (
        ("Repeated hemoptysis", _hemoptysis),
        ("Progressive dyspnea", _dyspnea),
        ("Diffuse fine rales", _rales),
        ("Sudden multiple foci that vanish in 1–3 weeks, then fibrosis", _foci),
        ("Siderophages in sputum", _sputum),
        ("Hypochromic anemia with low iron", _anemia),
        ("Siderophages and fibrosis in biopsy", _biopsy),
        ("Negative tuberculin test", _tuberculin),
    )
    return Criteria(
        tuple(Criterion(place, words, *fill(history)) for place, (words, fill) in enumerate(asked, start=1))
    )


def _decided(met: tuple[Evidence, ...], against: tuple[Evidence, ...], note: str) -> _Known:
    """Return met, not met, or unknown with what is missing, by the rows for and against."""
    if met:
        return State.MET, met[: rows.SHOWN], ""
    return (State.NOT_MET, against[: rows.SHOWN], "") if against else (State.UNKNOWN, (), note)


def _hemoptysis(history: History) -> _Known:
    """Coughed up on two days or more; once is not repeated, and never recorded is unknown."""
    found = rows.events(history, "hemoptysis", said="amount")
    if len({local_day(history, row.effective_at) for row in found}) > 1:
        return State.MET, found[: rows.SHOWN], ""
    return (State.NOT_MET, found, "Recorded on one day.") if found else (State.UNKNOWN, (), "None recorded.")


def _dyspnea(history: History) -> _Known:
    """Worse at the last entry than at the first; entries without a severity say nothing of its course."""
    entries = [
        one
        for one in known(history, history.at.timestamp(), "symptom")
        if one.findings.get("name") == "dyspnea" and isinstance(one.findings.get("severity"), int)
    ]
    found = tuple(rows.event(one, f"severity {one.findings['severity']}") for one in (*entries[-1:], *entries[:1]))
    days = {local_day(history, one.effective_at) for one in entries}
    if len(days) < 2:
        return State.UNKNOWN, found[:1], "Needs a severity on two days."
    worse = entries[-1].findings["severity"] > entries[0].findings["severity"]
    return (State.MET if worse else State.NOT_MET), found, ""


def _rales(history: History) -> _Known:
    """Crepitation or moist rales at an examination."""
    heard = rows.events(history, "examination", said=lambda one: _heard(one, wanted=True))
    silent = rows.events(history, "examination", said=lambda one: _heard(one, wanted=False))
    return _decided(heard, silent, "No examination says so.")


def _heard(event: EventRecord, *, wanted: bool) -> str:
    """Return which rales an examination heard, or that both were looked for and not heard; empty for neither."""
    names = ("crepitation", "moist_rales")
    heard = [name for name in names if event.findings.get(name) is True]
    if wanted:
        return ", ".join(heard)
    return "no rales" if all(event.findings.get(name) is False for name in names) else ""


def _foci(history: History) -> _Known:
    """New foci, a film without them within three weeks, and fibrosis later. Foci that stayed longer speak against it."""
    films = readings(history, history.at.timestamp(), number_of(history, CONFLICT))
    limit = timedelta(days=number_of(history, film_foci_persist.PERSIST))
    gone = [(one, after) for one in films if one.new and (after := _cleared(one, films, limit))]
    scarred = [
        one
        for one in films
        if one.stage == FIBROSIS and (not gone or one.event.effective_at > gone[0][0].event.effective_at)
    ]
    shown = [
        *(rows.event(one.event, "fibrosis") for one in scarred[:1]),
        *(rows.event(after.event, "gone") for _, after in gone[-1:]),
        *(rows.event(one.event, "new foci") for one, _ in gone[-1:]),
    ]
    if gone and scarred:
        return State.MET, tuple(shown), ""
    stayed = [
        one for one in films if one.shows and one.oldest and one.event.effective_at - one.oldest.effective_at > limit
    ]
    if stayed and not gone:
        return State.NOT_MET, (rows.event(stayed[-1].event, "foci still there"),), ""
    missing = ["foci that vanished in 1–3 weeks"] if not gone else []
    missing += ["fibrosis"] if not scarred else []
    return State.UNKNOWN, tuple(shown), f"Not seen so far: {', '.join(missing)}."


def _cleared(film: Reading, films: list[Reading], limit: timedelta) -> Reading | None:
    """Return the first later film without foci, where it was made within the limit."""
    later = (one for one in films if one.clear and one.event.effective_at > film.event.effective_at)
    first = next(later, None)
    return first if first and first.event.effective_at - film.event.effective_at <= limit else None


def _sputum(history: History) -> _Known:
    """Found once is met; three fit samples without are not; fewer say nothing (S15)."""
    found = rows.events(history, "sputum", said=lambda one: siderophage_words(one) if is_positive(one) else "")
    without = rows.events(history, "sputum", said=lambda one: "none" if is_negative(one.findings) else "")
    enough = len(without) >= number_of(history, NEGATIVES)
    return _decided(found, without if enough else (), f"{len(without)} without, too few to say.")


def _anemia(history: History) -> _Known:
    """An anemia by WHO whose cells are pale and whose iron is low, all within a month."""
    against, unjudged = None, False
    lists = {code: rows.results(history, code) for code in ("RBC", "MCH", "FE")} | {"TSAT": saturations_of(history)}
    for row in rows.results(history, "HGB"):
        grade = anemia.judged(rows.number_of(row), history.patient, row.effective_at.date()).grade
        if grade is None:
            continue
        against = against or row
        if grade is anemia.Grade.NONE:
            continue
        pale, iron_low = _pale(history, row, lists), _iron(history, row, lists)
        if pale and pale[0] and iron_low and iron_low[0]:
            return State.MET, (row, pale[1], iron_low[1]), ""
        unjudged = unjudged or not (pale and iron_low)
    note = (
        "An anemia without red-cell indices and iron of the same days."
        if unjudged
        else "No hemoglobin that can be graded."
    )
    return _decided((), (against,) if against and not unjudged else (), note)


def _pale(history: History, row: Evidence, lists: Lists) -> tuple[bool, Evidence] | None:
    """Return whether the cells beside a hemoglobin are pale, by color index, or by MCH against its range."""
    cells = rows.beside(lists["RBC"], row, 0)
    index = iron.color_index(rows.number_of(row), rows.number_of(cells)) if cells else None
    if cells and index is not None:
        return iron.color(index) is iron.Color.HYPOCHROMIC, cells
    mch = rows.beside(lists["MCH"], row, number_of(history, BESIDE))
    low = rows.below_range(history, mch) if mch else None
    return None if mch is None or low is None else (low, mch)


def _iron(history: History, row: Evidence, lists: Lists) -> tuple[bool, Evidence] | None:
    """Return whether iron beside a hemoglobin is low, by itself or by its saturation."""
    full, level = (rows.beside(lists[code], row, number_of(history, BESIDE)) for code in ("TSAT", "FE"))
    if full and rows.number_of(full) < LOW_SATURATION:
        return True, full
    low = rows.below_range(history, level) if level else None
    if level is not None and low is not None:
        return low, level
    return (False, full) if full else None


def _biopsy(history: History) -> _Known:
    """Both in one biopsy. None is asked for because of this (S28)."""
    both = rows.events(history, "biopsy", said=lambda one: _in_tissue(one, met=True))
    against = rows.events(history, "biopsy", said=lambda one: _in_tissue(one, met=False))
    return _decided(both, against, "No biopsy. It is done only where the diagnosis is impossible otherwise.")


def _in_tissue(event: EventRecord, *, met: bool) -> str:
    """Return what a biopsy showed where that meets the criterion, or where it speaks against it."""
    seen = [event.findings.get(name) for name in ("siderophages", "fibrosis")]
    if met:
        return "siderophages and fibrosis" if seen == [True, True] else ""
    return "without" if False in seen else ""


def _tuberculin(history: History) -> _Known:
    """Negative at the last test. Under 15 mg of prednisone a day and more that says little."""
    tests = known(history, history.at.timestamp(), "tuberculin")
    told = [(one, _is_negative(one, number_of(history, INDURATION))) for one in tests]
    said = [(one, negative) for one, negative in told if negative is not None]
    if not said:
        return State.UNKNOWN, (), "No test recorded."
    last, negative = said[-1]
    day = last.effective_at.astimezone(ZoneInfo(history.patient.time_zone or "UTC")).date()
    dose, limit = dose_on(history, day).mg, number_of(history, UNRELIABLE)
    doubt = f"Under {dose:g} mg of prednisone a day: unreliable." if negative and dose and dose >= limit else ""
    return (
        (State.MET if negative else State.NOT_MET),
        (rows.event(last, "negative" if negative else "positive"),),
        doubt,
    )


def _is_negative(event: EventRecord, limit: float) -> bool | None:
    """Return what a tuberculin test says: as stated, else by its induration; None where neither is known."""
    stated, induration = event.findings.get("negative"), event.findings.get("induration_mm")
    if isinstance(stated, bool):
        return stated
    return induration < limit if isinstance(induration, int | float) else None
