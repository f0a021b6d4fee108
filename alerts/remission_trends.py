"""What screens say of a patient's remissions: whether they shorten, every test beside it, when the next exacerbation may come.

Pure. The sentences claim no more than the tests allow (clinical specification, B3): three closed remissions are described, four and
more are tested, and only the t test on their logarithms decides. A window of dates is shown only where it is calibrated.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate
from typing import Final

from alerts.due import on
from alerts.episodes import Terms
from alerts.recurrence import Remission, episodes, phase, remissions
from alerts.recurrence_tests import (
    LEAST_FOR_GROWTH,
    LEAST_FOR_TEST,
    Decision,
    crow_amsaa,
    decide,
    laplace,
    mann_kendall,
    mil_hdbk_189,
)
from alerts.remission_window import Calibration, Window, expected
from alerts.rules.proposing import terms_of
from alerts.rules.remissions_shortening import CLINIC, LAST, RULE, counted_words, limits_of
from alerts.rules.rule import number_of
from alerts.rules.wording import MINUS, NBSP, percent
from alerts.trends import median
from patients.history import History

SMALLEST_P: Final = 1e-4
"""Below this a probability is written as less."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One test as the page lists it: shown, never decisive."""

    name: str
    words: str


@dataclass(frozen=True, slots=True)
class NextOne:
    """When the next exacerbation may begin: 80 % of remissions would end between two days. `pooled`: mostly from other patients."""

    first: date
    middle: date
    last: date
    pooled: bool


@dataclass(frozen=True, slots=True)
class RemissionTrend:
    """What the page says: sentences, the tests beside them, the window of the next exacerbation (None where it is withheld, which a
    sentence says), and the rule by which exacerbations are proposed, where one is."""

    sentences: tuple[str, ...]
    tests: tuple[Shown, ...]
    coming: NextOne | None
    rule: str


def remission_trend(history: History) -> RemissionTrend:
    """Return what can be said of a patient's remissions at `history.at`."""
    found, bouts = remissions(history), episodes(history)
    closed = [float(one.days) for one in found if not one.open]
    still = next((one for one in found if one.open), None)
    decision = decide(closed, limits_of(RULE.resolved(history.settings)))
    coming, withheld = _coming(history, closed, still)
    sentences = [*_decided(decision, closed, still), counted_words(bouts).strip(), _when(coming) or withheld]
    return RemissionTrend(
        sentences=tuple(one for one in sentences if one),
        tests=tuple(_tests(closed, still)),
        coming=coming,
        rule=terms_of(history).words if any(one.proposed for one in bouts) else "",
    )


def rule_words(history: History) -> str:
    """Return the rule by which exacerbations are proposed for a patient."""
    terms: Terms = terms_of(history)
    return terms.words


def calibration_of(history: History) -> Calibration:
    """Return what is known of the clinic's remissions: numbers of the team, none where nobody set them."""
    first, tried, held = (number_of(history, setting) for setting in CLINIC)
    return Calibration(first or None, int(tried), int(held))


def _decided(decision: Decision, closed: list[float], still: Remission | None) -> list[str]:
    """Return what the deciding test allows to be said."""
    if decision.outcome == "note":
        return ["Each of the last two closed remissions was shorter than the one before (too few to test)."]
    if decision.p is None or decision.ratio is None:
        return []
    share = percent(100 * decision.ratio)
    test = f"t test, one-sided p{NBSP}{p_words(decision.p)}"
    said = f"Closed remissions lasted on average {share} as long as the one before ({test})."
    if decision.outcome == "none":
        return [said, "No shortening beyond chance."]
    if still is not None and still.days > median(closed[-LAST:]):
        return [said, f"The open one is longer than the median of the last {LAST}: it does not go on."]
    if closed[-1] >= max(closed):
        return [said, "The last closed one is the longest: no shortening is claimed."]
    return [
        said,
        "They grow shorter." if decision.outcome == "warning" else "They may be growing shorter; this is weak.",
    ]


def _tests(closed: list[float], still: Remission | None) -> list[Shown]:
    """Return the tests that are shown, each with what it needs."""
    found = []
    if len(closed) >= LEAST_FOR_TEST:
        counts = still is not None and still.days > closed[-1]  # it can only argue against shortening
        ranked = mann_kendall([*closed, float(still.days)] if still is not None and counts else closed)
        s, beside = str(ranked.s).replace("-", MINUS), ", the open one counted" if counts else ""
        p = p_words(float(ranked.p_shortening))
        found.append(Shown("Mann–Kendall", f"S{NBSP}{s}, exact p{NBSP}{p} of shortening{beside}"))
    if len(closed) >= LEAST_FOR_GROWTH:
        found += _of_rates(closed, still)
    return found


def _of_rates(closed: list[float], still: Remission | None) -> list[Shown]:
    """Return the tests on a Poisson process, on a clock that runs in remission only and starts at the first exacerbation."""
    events = list(accumulate(closed))
    end, ends_with_event = events[-1] + (still.days if still else 0), still is None
    trend = laplace(events, end, ends_with_event=ends_with_event)
    chi = mil_hdbk_189(events, end, ends_with_event=ends_with_event)
    p = trend.p if trend.p_exact is None else trend.p_exact
    u = f"{trend.u:.2f}".replace("-", MINUS)
    found = [
        Shown(
            "Laplace",
            f"U{NBSP}{u}, {'exact ' if trend.p_exact is not None else ''}p{NBSP}{p_words(p)} of coming faster",
        ),
        Shown(
            "MIL-HDBK-189",
            f"χ²{NBSP}{chi.chi2:.2f}, {chi.df} degrees of freedom, p{NBSP}{p_words(chi.p)} of coming faster",
        ),
    ]
    growth = crow_amsaa(events, end, ends_with_event=ends_with_event)
    if growth is not None:
        words = f"β{NBSP}{growth.beta_unbiased:.2f} (95{NBSP}% {growth.lower:.2f} to {growth.upper:.2f}; 1: steady, above: faster)"
        found.append(Shown("Crow–AMSAA", words))
    return found


def _coming(history: History, closed: list[float], still: Remission | None) -> tuple[NextOne | None, str]:
    """Return the window of the next exacerbation, or why none is given."""
    if still is None or not closed or phase(history).since is None or phase(history).day is None:
        return None, ""
    found = expected(closed, still.days, calibration_of(history))
    if not isinstance(found, Window):
        return None, f"No window is given for the next exacerbation: {found}."
    days = (found.lower, found.estimate, found.upper)
    first, middle, last = (still.start + timedelta(days=round(one)) for one in days)
    return NextOne(first, middle, last, found.pooled), ""


def _when(coming: NextOne | None) -> str:
    """Return the window in words, empty for none."""
    if coming is None:
        return ""
    source = "mostly from other patients, " if coming.pooled else ""
    return (
        f"The next exacerbation may begin between {on(coming.first)} and {on(coming.last)}, as in 4 of 5 remissions "
        f"({source}median {on(coming.middle)})."
    )


def p_words(p: float) -> str:
    """Return a probability with two digits."""
    return f"below{NBSP}{SMALLEST_P:.4f}" if p < SMALLEST_P else f"{p:.2g}"
