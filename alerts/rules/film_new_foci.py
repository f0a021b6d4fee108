"""New foci, or a newly involved zone, on a chest film: an exacerbation. Clinical specification, B6 and S19. Pure.

Inputs: chest films and CT. What is new within `merged_days` of the last new foci is the same exacerbation: one alert with more
evidence.
"""

from datetime import datetime
from typing import Final

from alerts.rules.films import SETTINGS as FILMS
from alerts.rules.films import SOURCE, Reading, Says, Spell, evidence, judged, readings, said, spells, zone_words
from alerts.rules.results import DAY
from alerts.rules.rule import Finding, Judgment, Rule, Setting, Settings, Severity
from alerts.rules.wording import NBSP
from patients.history import History

NAME: Final = "film_new_foci"
VERSION: Final = 1
CITATION: Final = f"Round foci that are gone within 1–3 weeks; new ones mean an exacerbation: {SOURCE} (S19)."
MERGED: Final = Setting(
    "merged_foci_days", 28, "d", "clinical specification B6: high if none was open within 28 days", 14, 60
)
SETTINGS: Final = (MERGED, *FILMS)


def judge(history: History, settings: Settings, at: datetime) -> Judgment:
    """Return the new foci that no later film has shown to be gone; clear of those that are."""
    films = readings(history, at.timestamp(), settings["conflict_hours"])
    found = spells(films, _says, settings[MERGED.name] * DAY)
    return judged(NAME, found, history, settings, at, lambda spell: _finding(spell, history, settings))


def _says(film: Reading, _: Spell | None) -> Says:
    """Return what a film says of new foci."""
    return "seen" if film.new else "over" if film.clear else "nothing"


def _finding(spell: Spell, history: History, settings: Settings) -> Finding:
    """Return the finding of one exacerbation on film."""
    first = spell.first
    zones = zone_words(first.new_zones)
    before = f" They were not on {said(first.earlier, history)}." if first.earlier else " No film before is known."
    days = f"{settings[MERGED.name]:.0f}{NBSP}days"
    seen = (
        f"New: {zone_words(film.new_zones) or 'no zone named'}, on {said(film.event, history)}" for film in spell.seen
    )
    return Finding(
        rule=NAME,
        rule_version=VERSION,
        subject=str(first.event.origin),
        severity=Severity.HIGH,
        sentence=f"New foci on {said(first.event, history)}{f' ({zones})' if zones else ''}.{before}",
        arithmetic=(
            *seen,
            f"Within {days} of the last ones new foci are the same exacerbation: {len(spell.seen) - 1} later",
        ),
        clears_when="A film without foci.",
        evidence=(
            *((evidence(first.earlier, "before", "baseline"),) if first.earlier else ()),
            *(evidence(film.event, "new foci") for film in spell.seen),
        ),
        threshold="New foci or a newly involved zone against the last film",
        citation=CITATION,
        numbers={"films": float(len(spell.seen)), "zones": float(len(first.new_zones))},
        since=spell.since.event.effective_at,
    )


RULE: Final = Rule(
    name=NAME,
    title="New foci on the film",
    version=VERSION,
    thresholds=(
        "High: new foci, or a newly involved zone, against the last film, if none was new in the 28 days before.",
        "New foci within 28 days of the last ones belong to the same alert.",
    ),
    rationale=(
        "Foci are fresh blood in the lung. They come with an exacerbation, often before hemoglobin has fallen, and are gone within "
        "one to three weeks."
    ),
    citation=CITATION,
    settings=SETTINGS,
    judge=judge,
)
