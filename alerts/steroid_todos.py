"""What a steroid plan asks to be done before or beside it: a tuberculin test before the start, a decision on the cortisol. Pure.

Clinical specification, B4: informative, no alert. Regular tests under steroids are in `alerts.monitoring`.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from alerts.adrenal import risk
from alerts.due import Todo, on
from alerts.rules.doses import TIE, actual_on, doses, local_day, mg
from alerts.rules.results import known
from alerts.rules.rule import Setting, number_of
from patients.dosing import step_on, steps
from patients.history import EventRecord, History

TEST_WITHIN: Final = Setting(
    "tuberculin_days", 28, "d", "working value: after it a missed test before the start is history", 0, 90
)
UNRELIABLE: Final = Setting(
    "tuberculin_mg", 15, "mg/d", "clinical specification B4: a negative skin test is unreliable from here on", 5, 30
)
BELOW: Final = Setting("physiologic_mg", 5, "mg/d", "clinical specification B4: below physiologic", 2.5, 7.5)
AROUND: Final = Setting("physiologic_days", 14, "d", "working value: one usual step before and after", 7, 28)
SETTINGS: Final = (TEST_WITHIN, UNRELIABLE, BELOW, AROUND)


def steroid_todos(history: History) -> Iterator[Todo]:
    """Yield what is to be done at `history.at`."""
    found = doses(history, history.at, days=0)
    if found is None:
        return
    test = _tuberculin(history, found.today)
    if test is not None:
        yield test
    yield from _cortisol(history, found.today)


def unreliable_tuberculin(history: History) -> str:
    """Return that the newest skin test was negative under a dose at which that says little; empty where it was not."""
    tests = known(history, history.at.timestamp(), "tuberculin")
    if not tests or not _is_negative(tests[-1]):
        return ""
    day = local_day(history, tests[-1].effective_at)
    dose = actual_on(history, day)
    if dose is None or dose < number_of(history, UNRELIABLE) - TIE:
        return ""
    return f"The tuberculin test of {on(day)} was negative under {mg(dose)} a day: that says little."


def _is_negative(event: EventRecord) -> bool:
    """Whether a skin test was read as negative, or had no induration."""
    return event.findings.get("negative") is True or event.findings.get("induration_mm") == 0


def _tuberculin(history: History, today: date) -> Todo | None:
    """Return the test that belongs before the first steroid, while that is ahead or hardly begun."""
    if known(history, history.at.timestamp(), "tuberculin"):
        return None
    found = doses(history, history.at, days=None)
    if found is None or not found.edges:
        return None
    first = found.edges[0]
    if (today - first).days > number_of(history, TEST_WITHIN):
        return None
    words = f"Tuberculin test before steroids, which begin on {on(first)}"
    return Todo("tuberculin", "", words, _reached(first, today), overdue=today > first)


def _cortisol(history: History, today: date) -> Iterator[Todo]:
    """Yield the decision on a morning cortisol at the first step below the body's own amount, after long use."""
    around = timedelta(days=number_of(history, AROUND))
    least = number_of(history, BELOW) - TIE
    near = [step for step in steps(history) if today - around <= step.start <= today + around]
    for step in near:
        before = actual_on(history, step.start - timedelta(days=1))
        low = step.mg is not None and step.mg < least
        if low and step_on(history, step.start) is step and before is not None and before >= least and risk(history):
            words = f"Decide on a morning cortisol: {step.words} from {on(step.start)} is below {mg(number_of(history, BELOW))}"
            yield Todo("decide_cortisol", str(step.id), words, _reached(step.start, today), overdue=False)


def _reached(day: date, today: date) -> date | None:
    """Return a day as that on which something fell due, None while it lies ahead."""
    return day if day <= today else None
