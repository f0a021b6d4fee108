"""A stage of the chest film above that of the film before; fibrosis seen for the first time. Clinical specification, B6. Pure.

Inputs: chest films and CT that state a stage: I haze, II foci, III dense shadows, IV fibrosis (S18–S21).
"""

from datetime import datetime
from typing import Final

from alerts.rules.films import (
    FIBROSIS,
    KINDS,
    SOURCE,
    STAGES,
    Reading,
    Says,
    Spell,
    evidence,
    judged,
    readings,
    said,
    spells,
    stage_of,
)
from alerts.rules.films import SETTINGS as FILMS
from alerts.rules.results import known, moment, next_fact
from alerts.rules.rule import CannotJudge, Finding, Judgment, Rule, Settings, Severity
from patients.history import EventRecord, History

NAME: Final = "film_stage_worse"
VERSION: Final = 1
CITATION: Final = (
    f"Stages I (haze), II (round foci), III (dense shadows), IV (interstitial fibrosis): {SOURCE} (S18–S21)."
)
SETTINGS: Final = FILMS


def judge(history: History, settings: Settings, at: datetime) -> Judgment:
    """Return a rise of the stage that no later film took back; two films with a stage are needed."""
    films = readings(history, at.timestamp(), settings["conflict_hours"])
    found = spells(films, _says)
    if not found and sum(film.stage is not None for film in films) < 2:
        return _too_few(history, at, films)
    return judged(NAME, found, history, settings, at, lambda spell: _finding(spell, history))


def _too_few(history: History, at: datetime, films: list[Reading]) -> Judgment:
    """Return that nothing can be compared."""
    coming = next_fact(history, at.timestamp(), ())
    reason = "no film states a stage" if all(film.stage is None for film in films) else "only one film states a stage"
    if not known(history, at.timestamp(), *KINDS):
        reason = "no chest film is recorded"
    return Judgment((CannotJudge(NAME, "", reason),), None if coming is None else moment(coming))


def _says(film: Reading, going: Spell | None) -> Says:
    """Return what a film says of a rise: that it is there, or that it is over."""
    stage, base = film.stage, _base(going.first if going else film)
    if going is None:
        return "seen" if stage is not None and base is not None and stage > base else "nothing"
    if base is None or film.clear or (stage is not None and stage <= base < _top(going) < FIBROSIS):
        return "over"
    return "seen" if stage is not None and stage > base else "nothing"


def _base(film: Reading) -> int | None:
    """Return the stage before a film."""
    return stage_of(film.staged) if film.staged else None


def _top(spell: Spell) -> int:
    """Return the highest stage of a rise."""
    return max(film.stage or 0 for film in spell.seen)


def _finding(spell: Spell, history: History) -> Finding:
    """Return the finding of a rise."""
    first, base, top = spell.first, _base(spell.first) or 0, _top(spell)
    reached = next(film for film in spell.seen if film.stage == top)
    fibrosis = top == FIBROSIS
    beside = " Fibrosis for the first time: diffusing capacity and total lung capacity are due." if fibrosis else ""
    before: EventRecord = first.staged or first.event
    above = f"stage {STAGES[base]}"
    return Finding(
        rule=NAME,
        rule_version=VERSION,
        subject=str(first.event.origin),
        severity=Severity.MODERATE,
        sentence=f"Stage {STAGES[top]} on {said(reached.event, history)}, up from {above} on {said(before, history)}.{beside}",
        arithmetic=(f"{STAGES[top]} is above {STAGES[base]}",),
        clears_when="A later film without foci." if fibrosis else f"A later film without foci, or of {above} or below.",
        evidence=(
            evidence(before, above, "baseline"),
            *(evidence(film.event, f"stage {STAGES[film.stage or 0]}") for film in spell.seen),
        ),
        threshold="A stage above that of the film before",
        citation=CITATION,
        level=top - base - 1,
        numbers={"stage": float(top), "earlier": float(base)},
        since=spell.since.event.effective_at,
    )


RULE: Final = Rule(
    name=NAME,
    title="Stage of the film is worse",
    version=VERSION,
    thresholds=(
        "Moderate: a stage above that of the last film that states one.",
        "Moderate: stage IV for the first time; diffusing capacity and total lung capacity are due.",
        "Each further stage counts as worse.",
    ),
    rationale=(
        "Haze, foci and dense shadows are more and more blood in the lung; fibrosis is what each exacerbation leaves behind, and "
        "does not go back."
    ),
    citation=CITATION,
    settings=SETTINGS,
    judge=judge,
)
