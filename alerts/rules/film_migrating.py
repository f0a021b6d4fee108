"""Shadows that move from zone to zone within days. Clinical specification, B6 and S20. Pure.

Inputs: the zones that chest films and CT name as new, persisting or resolved.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from alerts.rules.films import SETTINGS as FILMS
from alerts.rules.films import SOURCE, Reading, Says, Spell, evidence, judged, readings, said, spells, zone_words
from alerts.rules.results import DAY
from alerts.rules.rule import Finding, Judgment, Rule, Setting, Settings, Severity
from alerts.rules.wording import NBSP
from patients.history import History

NAME: Final = "film_migrating"
VERSION: Final = 1
CITATION: Final = f"Dense shadows that vanish quickly and come again elsewhere: {SOURCE} (S20)."
SETTINGS: Final = (
    Setting("migrating_zones", 2, "1", "clinical specification B6: two zones or more", 2, 6),
    Setting("migrating_days", 7, "d", "clinical specification B6: within 7 days", 2, 14),
    *FILMS,
)


def judge(history: History, settings: Settings, at: datetime) -> Judgment:
    """Return shadows that moved and that no later film has shown to be gone."""
    films = readings(history, at.timestamp(), settings["conflict_hours"])

    def says(film: Reading, _: Spell | None) -> Says:
        moved = _before(film, films, settings) is not None
        return "seen" if moved else "over" if film.clear else "nothing"

    found = spells(films, says)
    return judged(NAME, found, history, settings, at, lambda spell: _finding(spell, films, history, settings))


def _before(film: Reading, films: Sequence[Reading], settings: Settings) -> Reading | None:
    """Return the film of the days before against which most zones changed, where these are enough; None for none.

    Both show something in a zone, and at least one zone is newly involved: what only resolves does not move.
    """
    when, reach = film.event.effective_at.timestamp(), settings["migrating_days"] * DAY
    found = [
        one
        for one in films
        if not one.contested
        and 0 < when - one.event.effective_at.timestamp() <= reach
        and len(one.zones ^ film.zones) >= settings["migrating_zones"]
        and one.zones
        and film.zones - one.zones
    ]
    return max(found, key=lambda one: len(one.zones ^ film.zones), default=None)


def _finding(spell: Spell, films: Sequence[Reading], history: History, settings: Settings) -> Finding:
    """Return the finding of shadows that move, as the newest film shows it."""
    last = spell.last
    before = _before(last, films, settings) or last
    left, come = zone_words(before.zones - last.zones), zone_words(last.zones - before.zones)
    gone = f", gone from {left}" if left else ""
    count, days = len(before.zones ^ last.zones), f"{settings['migrating_days']:.0f}{NBSP}days"
    return Finding(
        rule=NAME,
        rule_version=VERSION,
        subject=str(spell.first.event.origin),
        severity=Severity.HIGH,
        sentence=(
            f"Shadows moved: new in {come}{gone} on {said(last.event, history)}, against {said(before.event, history)}. "
            f"{settings['migrating_zones']:.0f} zones or more within {days} count."
        ),
        arithmetic=(
            f"Zones before: {zone_words(before.zones)}",
            f"Zones after: {zone_words(last.zones)}",
            f"Changed: {count}",
        ),
        clears_when="A film without foci.",
        evidence=(
            evidence(before.event, zone_words(before.zones), "baseline"),
            *(evidence(film.event, zone_words(film.zones)) for film in spell.seen),
        ),
        threshold=f"{settings['migrating_zones']:.0f} zones or more changed within {days}, one at least newly involved",
        citation=CITATION,
        numbers={"changed": float(count)},
        since=spell.since.event.effective_at,
    )


RULE: Final = Rule(
    name=NAME,
    title="Shadows that move",
    version=VERSION,
    thresholds=("High: two zones or more changed within 7 days, at least one of them newly involved.",),
    rationale=(
        "Shadows that vanish in one zone and come in another within days are bleeding that goes on, and are easily taken for "
        "pneumonia."
    ),
    citation=CITATION,
    settings=SETTINGS,
    judge=judge,
)
