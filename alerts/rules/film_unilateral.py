"""A chest film that shows one side only: look again. Clinical specification, B6 and S22. Pure.

Inputs: chest films and CT of which the reader says that the change is one-sided.
"""

from datetime import datetime
from typing import Final

from alerts.rules.films import SETTINGS, SOURCE, Reading, Says, Spell, evidence, judged, readings, said, spells
from alerts.rules.rule import Finding, Judgment, Rule, Settings, Severity
from patients.history import History

NAME: Final = "film_unilateral"
VERSION: Final = 1
CITATION: Final = f"Changes are usually on both sides, very rarely on one: {SOURCE} (S22)."


def judge(history: History, settings: Settings, at: datetime) -> Judgment:
    """Return whether the newest film that says so is one-sided."""
    films = readings(history, at.timestamp(), settings["conflict_hours"])
    return judged(NAME, spells(films, _says), history, settings, at, lambda spell: _finding(spell, history))


def _says(film: Reading, _: Spell | None) -> Says:
    """Return what a film says of its sides; zones of both sides are both sides, whatever else is said."""
    sides = {zone.split("_")[0] for zone in film.zones}
    stated = film.event.findings.get("unilateral")
    if film.clear or stated is False or len(sides) > 1:
        return "over"
    return "seen" if stated is True else "nothing"


def _finding(spell: Spell, history: History) -> Finding:
    """Return the finding of a one-sided film."""
    return Finding(
        rule=NAME,
        rule_version=VERSION,
        subject=str(spell.first.event.origin),
        severity=Severity.LOW,
        sentence=(
            f"One-sided change on {said(spell.last.event, history)}. Hemosiderosis is very rarely one-sided: have the film read "
            "again."
        ),
        arithmetic=(),
        clears_when="A film without foci, or one that shows both sides.",
        evidence=tuple(evidence(film.event, "one-sided") for film in spell.seen),
        threshold="A film that its reader calls one-sided",
        citation=CITATION,
        since=spell.since.event.effective_at,
    )


RULE: Final = Rule(
    name=NAME,
    title="One-sided film",
    version=VERSION,
    thresholds=("Low: a film that its reader calls one-sided.",),
    rationale="A change of one lung only makes pneumonia, cancer or a foreign body more likely: the film is worth a second look.",
    citation=CITATION,
    settings=SETTINGS,
    judge=judge,
)
