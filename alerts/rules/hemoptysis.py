"""Blood coughed up: clinical specification S4 and B11, and who is told. Each event is a finding of its own. Pure.

Inputs: hemoptysis events. Streaks are moderate; the first hemoptysis ever, or a teaspoon and more, is high. A person closes it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from alerts.rules.results import DAY, moment
from alerts.rules.rule import Answer, Clear, Evidence, Finding, Judgment, Rule, Setting, Settings, Severity
from alerts.rules.wording import NBSP, day, number
from patients.history import EventRecord, History

NAME: Final = "hemoptysis"
VERSION: Final = 2
AMOUNTS: Final = ("streaks", "teaspoon", "moderate", "massive")
WORDS: Final = {
    "streaks": "streaks of blood",
    "teaspoon": "a teaspoon of blood or more",
    "moderate": f"30 to 100{NBSP}mL of blood",
    "massive": f"100{NBSP}mL of blood or more",
}
CITATION: Final = (
    "Hemoptysis is a leading sign, seen in 44–61 % of children: Taytard et al., Orphanet J Rare Dis 2013;8:161; Wang et al., BMC "
    "Pulm Med 2024;24:461. Massive: definitions from 100 mL in 24 hours, doi 10.1183/09031936.00080108."
)
SETTINGS: Final = (
    Setting(
        "recent_days", 28, "d", "clinical specification B3: starts closer than 28 days are one; working value", 7, 90
    ),
    Setting("teaspoon_ml", 5, "mL", "amounts of the event catalogue, working value", 2, 10),
    Setting("moderate_ml", 30, "mL", "amounts of the event catalogue, working value", 15, 50),
    Setting("massive_ml", 100, "mL", "definitions of massive hemoptysis: 100–600 mL in 24 hours", 50, 600),
)


def judge(history: History, settings: Settings, at: datetime) -> Judgment:
    """Return a finding for each recent hemoptysis; Clear where there is none."""
    everything = history.events_of("hemoptysis")
    known = [event for event in everything if event.effective_at <= at]
    reach = settings["recent_days"] * DAY
    recent = [event for event in known if event.effective_at.timestamp() + reach > at.timestamp()]
    answers: tuple[Answer, ...] = tuple(_finding(event, known, history, settings) for event in recent)
    changes = [moment(event.effective_at.timestamp() + reach) for event in recent]
    changes += [event.effective_at for event in everything if event.effective_at > at]
    return Judgment(answers or (Clear(NAME, ""),), min(changes, default=None))


def amount_of(event: EventRecord, settings: Settings) -> str:
    """Return the amount of an event: as recorded, else by its volume, else the least that it can be."""
    stated = event.findings.get("amount")
    if stated in AMOUNTS:
        return str(stated)
    volume = event.findings.get("volume_ml")
    if not isinstance(volume, int | float):
        return AMOUNTS[0]
    return AMOUNTS[sum(volume >= settings[name] for name in ("teaspoon_ml", "moderate_ml", "massive_ml"))]


def _finding(event: EventRecord, known: Sequence[EventRecord], history: History, settings: Settings) -> Finding:
    """Return the finding of one event."""
    amount = amount_of(event, settings)
    first = all(other.effective_at >= event.effective_at for other in known)
    level = AMOUNTS.index(amount)
    high = first or level > 0
    when = day(event.effective_at, history.patient.time_zone)
    volume = event.findings.get("volume_ml")
    measured = f" ({number(volume)}{NBSP}mL)" if isinstance(volume, int | float) else ""
    beside = " It is the first one known of this patient." if first else ""
    return Finding(
        rule=NAME,
        rule_version=VERSION,
        subject=str(event.origin),
        severity=Severity.HIGH if high else Severity.MODERATE,
        sentence=f"Coughed up {WORDS[amount]}{measured} on {when}.{beside}",
        arithmetic=(),
        clears_when="A person closes it, with a reason.",
        evidence=(Evidence("result", "event", event.id, NAME, event.effective_at, amount, ""),),
        threshold=_threshold(first=first, level=level),
        citation=CITATION,
        latching=True,
        level=level,
        numbers={"volume_ml": float(volume)} if isinstance(volume, int | float) else {},
        since=event.effective_at,
    )


def _threshold(*, first: bool, level: int) -> str:
    """Return which limit was passed."""
    if level:
        return "A teaspoon or more"
    return "The first hemoptysis ever, in whatever amount" if first else "Hemoptysis in whatever amount"


RULE: Final = Rule(
    name=NAME,
    title="Hemoptysis",
    version=VERSION,
    thresholds=(
        "Moderate: streaks.",
        "High: the first hemoptysis ever, or a teaspoon and more.",
        "Each larger amount counts as worse.",
    ),
    rationale=(
        "Blood that is coughed up is a leading sign of a new bleed, and its amount the first measure of danger. Its absence says "
        "nothing: no other rule needs it."
    ),
    citation=CITATION,
    settings=SETTINGS,
    judge=judge,
)
