"""Acid-fast bacilli in sputum or lavage fluid, in whatever number. Clinical specification, B7 and S31. A person closes it. Pure."""

from datetime import datetime
from typing import Final

from alerts.rules.films import SOURCE
from alerts.rules.results import known
from alerts.rules.rule import Finding, Judgment, Rule, Settings
from alerts.rules.sightings import SEEN, judged, seen_in_samples
from alerts.rules.sputa import KINDS, sample_words
from alerts.rules.wording import day
from patients.history import EventRecord, History

NAME: Final = "sputum_acid_fast"
VERSION: Final = 1
LEVELS: Final = {"scanty": 0, "present": 0, "pcr_positive": 0, "1+": 1, "2+": 2, "3+": 3}
"""By how much each grade of the event catalogue is worse than few; a grade without a number counts as few."""
CITATION: Final = f"Mycobacteria are absent in hemosiderosis, present in disseminated tuberculosis: {SOURCE} (S31)."


def judge(history: History, settings: Settings, at: datetime) -> Judgment:
    """Return whether acid-fast bacilli were found of late, by microscope or by PCR."""
    found = [one for one in known(history, at.timestamp(), *KINDS) if _grade(one) in LEVELS]
    return judged(NAME, found, history, settings, at, lambda run: _finding(run, history))


def _grade(event: EventRecord) -> str:
    """Return what was found, as the event states it."""
    return str(event.findings.get("acid_fast_bacilli", ""))


def _words(event: EventRecord) -> str:
    """Return what was found, in words."""
    return _grade(event).replace("pcr_positive", "PCR positive")


def _finding(run: list[EventRecord], history: History) -> Finding:
    """Return the finding of bacilli, as often as they were found."""
    first, zone = run[0], history.patient.time_zone
    again = f" Found again on {day(run[-1].effective_at, zone)} ({_words(run[-1])})." if len(run) > 1 else ""
    when = day(first.effective_at, zone)
    return seen_in_samples(
        run,
        history,
        rule=NAME,
        version=VERSION,
        sentence=(
            f"Acid-fast bacilli ({_words(first)}) in {sample_words(first)} of {when}. Tuberculosis until shown otherwise, "
            f"more so under steroids.{again}"
        ),
        said=_words,
        level=max(LEVELS[_grade(one)] for one in run),
        threshold="Acid-fast bacilli of any grade, or a positive PCR",
        citation=CITATION,
    )


RULE: Final = Rule(
    name=NAME,
    title="Acid-fast bacilli",
    version=VERSION,
    thresholds=(
        "High: acid-fast bacilli of any grade, or a positive PCR, in sputum or lavage fluid.",
        "Each higher grade (1+, 2+, 3+) counts as worse.",
    ),
    rationale=(
        "Disseminated tuberculosis looks like hemosiderosis on the film, is treated otherwise, and spreads under steroids."
    ),
    citation=CITATION,
    settings=(SEEN,),
    judge=judge,
)
