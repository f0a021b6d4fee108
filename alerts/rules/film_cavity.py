"""A cavity on a chest film. Clinical specification, B6 and S31: tuberculosis until shown otherwise. A person closes it. Pure.

Inputs: chest films and CT. A cavity is told whoever read the film: another reader's other word is for a person to weigh.
"""

from datetime import datetime
from typing import Final

from alerts.rules.films import KINDS, SOURCE, evidence, said
from alerts.rules.results import known
from alerts.rules.rule import Finding, Judgment, Rule, Settings, Severity
from alerts.rules.sightings import CLOSED, SEEN, judged
from patients.history import EventRecord, History

NAME: Final = "film_cavity"
VERSION: Final = 1
CITATION: Final = f"Cavities belong to tuberculosis, not to hemosiderosis: {SOURCE} (S31)."


def judge(history: History, settings: Settings, at: datetime) -> Judgment:
    """Return whether a cavity was seen of late."""
    films = [film for film in known(history, at.timestamp(), *KINDS) if film.findings.get("cavity") is True]
    return judged(NAME, films, history, settings, at, lambda run: _finding(run, history))


def _finding(run: list[EventRecord], history: History) -> Finding:
    """Return the finding of a cavity, as often as it was seen."""
    again = f" Seen again on {said(run[-1], history)}." if len(run) > 1 else ""
    return Finding(
        rule=NAME,
        rule_version=VERSION,
        subject=str(run[0].origin),
        severity=Severity.HIGH,
        sentence=f"Cavity on {said(run[0], history)}. Hemosiderosis makes none: tuberculosis or cancer must be excluded.{again}",
        arithmetic=(f"Films with a cavity: {len(run)}",),
        clears_when=CLOSED,
        evidence=tuple(evidence(film, "cavity") for film in run),
        threshold="A cavity on a film",
        citation=CITATION,
        latching=True,
        numbers={"films": float(len(run))},
        since=run[0].effective_at,
    )


RULE: Final = Rule(
    name=NAME,
    title="Cavity on the film",
    version=VERSION,
    thresholds=("High: a cavity on a film.",),
    rationale="The disease makes no cavities. Under steroids a tuberculosis spreads, so a cavity cannot wait for the next visit.",
    citation=CITATION,
    settings=(SEEN,),
    judge=judge,
)
