"""Atypical cells in sputum or lavage fluid, suspected or found. Clinical specification, B7 and S32. A person closes it. Pure."""

from datetime import datetime
from typing import Final

from alerts.rules.films import SOURCE
from alerts.rules.results import known
from alerts.rules.rule import Finding, Judgment, Rule, Settings
from alerts.rules.sightings import SEEN, judged, seen_in_samples
from alerts.rules.sputa import KINDS, sample_words
from alerts.rules.wording import day
from patients.history import EventRecord, History

NAME: Final = "sputum_atypical_cells"
VERSION: Final = 1
LEVELS: Final = {"suspicious": 0, "present": 1}
"""What a sample may say that counts; certainty is worse than suspicion."""
WORDS: Final = {"suspicious": "Cells suspicious of cancer", "present": "Atypical cells"}
CITATION: Final = f"Atypical cells, and foci that do not go away by themselves, belong to cancer: {SOURCE} (S32)."


def judge(history: History, settings: Settings, at: datetime) -> Judgment:
    """Return whether atypical cells were found or suspected of late."""
    found = [one for one in known(history, at.timestamp(), *KINDS) if _said(one) in LEVELS]
    return judged(NAME, found, history, settings, at, lambda run: _finding(run, history))


def _said(event: EventRecord) -> str:
    """Return what a sample says of cells."""
    return str(event.findings.get("atypical_cells", ""))


def _finding(run: list[EventRecord], history: History) -> Finding:
    """Return the finding of cells, as often as they were found."""
    first, zone = run[0], history.patient.time_zone
    again = f" {WORDS[_said(run[-1])]} again on {day(run[-1].effective_at, zone)}." if len(run) > 1 else ""
    return seen_in_samples(
        run,
        history,
        rule=NAME,
        version=VERSION,
        sentence=(
            f"{WORDS[_said(first)]} in {sample_words(first)} of {day(first.effective_at, zone)}. "
            f"They are no part of hemosiderosis: cancer must be excluded.{again}"
        ),
        said=_said,
        level=max(LEVELS[_said(one)] for one in run),
        threshold="Atypical cells suspected or found",
        citation=CITATION,
    )


RULE: Final = Rule(
    name=NAME,
    title="Atypical cells",
    version=VERSION,
    thresholds=(
        "High: atypical cells suspected or found in sputum or lavage fluid.",
        "Found counts as worse than suspected.",
    ),
    rationale="Cancer can bleed and cast shadows like hemosiderosis. A suspicion in cytology cannot wait for the next visit.",
    citation=CITATION,
    settings=(SEEN,),
    judge=judge,
)
