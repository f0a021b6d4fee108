"""What the patient's page says of steroids beside the figure: now and next, the sum, doses at relapses, the adrenal risk. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from alerts.adrenal import SICK_DAYS, Risk, risk
from alerts.recurrence import episodes
from alerts.rules import steroid_relapse_after_step
from alerts.rules.doses import mg, on
from alerts.rules.rule import Finding
from alerts.rules.wording import NBSP
from alerts.steroid_todos import unreliable_tuberculin
from alerts.steroids import Cumulative, cumulative, relapse_doses, today_of
from patients.dosing import now_and_next
from patients.history import History

HOLDING: Final = steroid_relapse_after_step.NAME


@dataclass(frozen=True, slots=True)
class Relapse:
    """A relapse with the dose at which it began; `proposed` where no physician has confirmed it."""

    on: date
    mg: float
    proposed: bool


@dataclass(frozen=True, slots=True)
class Panel:
    """The panel. `hold` is why the next step is to wait, `tuberculin` why the skin test says little; empty where nothing does."""

    now: str
    total: str
    relapses: tuple[Relapse, ...]
    risk: Risk | None
    hold: str
    tuberculin: str
    sick_days: str = SICK_DAYS


def panel(history: History, findings: Iterable[Finding] = ()) -> Panel | None:
    """Return the panel at `history.at`, None where no dose of a steroid was ever known. `findings` are those of open alerts."""
    total = cumulative(history)
    course = now_and_next(history, today_of(history))
    if total is None and course.next_on is None:
        return None
    spells = {one.start: one.proposed for one in episodes(history)}
    return Panel(
        now=course.words,
        total="" if total is None else total_words(total),
        relapses=tuple(Relapse(day, dose, spells[day]) for day, dose in relapse_doses(history, spells)),
        risk=risk(history),
        hold=hold_of(findings),
        tuberculin=unreliable_tuberculin(history),
    )


def hold_of(findings: Iterable[Finding]) -> str:
    """Return why the plan is to wait: the sentence of an open relapse after a step, empty for none."""
    return next((one.sentence for one in findings if one.rule == HOLDING), "")


def total_words(total: Cumulative) -> str:
    """Return the sum in words: 3.2 g of prednisone since 3 Mar 2025; 3 g were full on 1 Nov 2026."""
    size = f"{total.mg / 1000:.1f}{NBSP}g" if total.mg >= 1000 else mg(round(total.mg))
    words = f"{size} of prednisone since {on(total.since)}"
    if total.last_gram_on is not None:
        words += f"; {total.grams}{NBSP}g were full on {on(total.last_gram_on)}"
    if total.assumed_mg:
        words += f"; {mg(round(total.assumed_mg))} of it as planned, not confirmed"
    if total.unknown_days:
        words += f"; {total.unknown_days}{NBSP}days are not known and not counted"
    return words
