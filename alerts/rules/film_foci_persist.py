"""Foci that do not go away: still on a film more than three weeks after they were first seen. Clinical specification, B6. Pure.

Inputs: chest films and CT. Each zone counts from the film that first showed foci there (S19, S31).
"""

from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from alerts.rules.films import SETTINGS as FILMS
from alerts.rules.films import SOURCE, Reading, Says, Spell, evidence, judged, readings, said, spells, zone_words
from alerts.rules.rule import Finding, Judgment, Rule, Setting, Settings, Severity
from alerts.rules.wording import MINUS, NBSP
from patients.history import EventRecord, History

NAME: Final = "film_foci_persist"
VERSION: Final = 1
CITATION: Final = (
    f"Foci of hemosiderosis are gone within 1–3 weeks, those of tuberculosis are not: {SOURCE} (S19, S31)."
)
PERSIST: Final = Setting(
    "persist_days", 21, "d", "clinical specification S19, B6: foci are gone within 1–3 weeks", 14, 60
)
SETTINGS: Final = (PERSIST, *FILMS)


def judge(history: History, settings: Settings, at: datetime) -> Judgment:
    """Return the foci that are older than they should be on the newest film that speaks of them."""
    films = readings(history, at.timestamp(), settings["conflict_hours"])

    def says(film: Reading, _: Spell | None) -> Says:
        if not film.shows:
            return "over" if film.clear else "nothing"
        return "seen" if _age(film, history) > settings[PERSIST.name] else "over"

    found = spells(films, says)
    return judged(NAME, found, history, settings, at, lambda spell: _finding(spell, history, settings), _subject)


def _age(film: Reading, history: History) -> int:
    """Return the days from the first sight of the oldest foci of a film to it."""
    oldest = film.oldest
    return (_day(film.event, history) - _day(oldest, history)).days if oldest else 0


def _day(film: EventRecord, history: History) -> date:
    """Return the patient's day of a film."""
    return film.effective_at.astimezone(ZoneInfo(history.patient.time_zone or "UTC")).date()


def _first(spell: Spell) -> EventRecord:
    """Return the film that first showed what persists."""
    return spell.first.oldest or spell.first.event


def _subject(spell: Spell) -> str:
    """Return the subject: the film that first showed the foci."""
    return str(_first(spell).origin)


def _finding(spell: Spell, history: History, settings: Settings) -> Finding:
    """Return the finding of foci that persist."""
    first, last = _first(spell), spell.last
    old = last.oldest or first
    zones = zone_words(frozenset(zone for zone, film in last.since.items() if film is old) & last.zones)
    days = (_day(last.event, history) - _day(old, history)).days
    limit = f"{settings[PERSIST.name]:.0f}{NBSP}days"
    doubt = "Not resolving: tuberculosis, cancer, pneumonia or fibrosis?"
    place = f" ({zones})" if zones else ""
    return Finding(
        rule=NAME,
        rule_version=VERSION,
        subject=str(first.origin),
        severity=Severity.MODERATE,
        sentence=f"Foci{place} still on {said(last.event, history)}, first seen on {said(old, history)}. {doubt}",
        arithmetic=(f"{said(last.event, history)} {MINUS} {said(old, history)} = {days}{NBSP}days, more than {limit}",),
        clears_when="A film without foci, or without those that are older.",
        evidence=(evidence(old, "first seen", "baseline"), *(evidence(film.event, "foci") for film in spell.seen)),
        threshold=f"Foci on a film more than {limit} after they were first seen",
        citation=CITATION,
        numbers={"days": float(days), "limit": settings[PERSIST.name]},
        since=spell.since.event.effective_at,
    )


RULE: Final = Rule(
    name=NAME,
    title="Foci that persist",
    version=VERSION,
    thresholds=("Moderate: foci on a film of day 22 or later after the film that first showed them there.",),
    rationale=(
        "Blood in the alveoli is cleared within three weeks. What stays longer may be tuberculosis, cancer, pneumonia or scarring, "
        "and needs another look at the diagnosis."
    ),
    citation=CITATION,
    settings=SETTINGS,
    judge=judge,
)
