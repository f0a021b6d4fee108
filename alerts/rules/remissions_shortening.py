"""Remissions that grow shorter after each exacerbation: clinical specification, B3. Pure.

Inputs: exacerbations, confirmed and proposed, and so the remissions between them. Closed ones of 28 days and more are tested from
four on, again with each that closes; the open one can only end the finding. Never high.
"""

import math
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from alerts import (
    recurrence,
)  # by name: it reads rules itself, so that nothing of it is there while these are being made
from alerts.recurrence_tests import LEAST_FOR_TEST, Decision, Limits, decide, geometric_process, mann_kendall
from alerts.rules import evidence, proposing, support
from alerts.rules.results import HEMOGLOBIN, known, moment, next_fact
from alerts.rules.rule import Answer, CannotJudge, Clear, Evidence, Finding, Judgment, Rule, Setting, Settings, Severity
from alerts.rules.wording import MINUS, NBSP, listed, percent
from alerts.trends import median
from patients.history import History

NAME: Final = "remissions_shortening"
VERSION: Final = 1
CODES: Final = (HEMOGLOBIN, *support.CODES, "WEIGHT")
"""Analytes by which exacerbations are proposed."""
LAST: Final = 3
"""Closed remissions whose median the open one must outlast (B3)."""
CITATION: Final = (
    "Remissions shrink, as a rule, after each exacerbation: iLive, hemosiderosis, reviewed 2025-07-04. Geometric process: Lam, Adv "
    "Appl Probab 1988;20:479. Limits and false warnings: clinical specification B3, by simulation."
)
P: Final = Setting("shortening_p", 0.025, "1", "clinical specification B3: one-sided t test", 0.001, 0.1)
RATIO: Final = Setting("shortening_ratio", 0.90, "1", "clinical specification B3", 0.5, 1)
LOW_P: Final = Setting("shortening_low_p", 0.20, "1", "clinical specification B3: low severity", 0.05, 0.3)
FIRST: Final = Setting(
    "clinic_first_remission_days",
    0,
    "d",
    "clinical specification B3: median first remission of the clinic's patients; 0: not known",
    0,
    3650,
)
TRIED: Final = Setting(
    "clinic_tried_windows",
    0,
    "1",
    "clinical specification B3: closed remissions on which windows were tried",
    0,
    100000,
)
HELD: Final = Setting(
    "clinic_held_windows", 0, "1", "clinical specification B3: of these, how many ended within their window", 0, 100000
)
OWN: Final = (P, RATIO, LOW_P)
CLINIC: Final = (FIRST, TRIED, HELD)


@dataclass(frozen=True, slots=True)
class Course:
    """What is tested: the exacerbations with the closed remissions between them, and since when the newest one is over."""

    episodes: tuple["recurrence.Episode", ...]
    closed: tuple["recurrence.Remission", ...]
    open_days: int | None

    @property
    def lengths(self) -> list[float]:
        """The closed remissions in days, oldest first."""
        return [float(one.days) for one in self.closed]

    @property
    def to_outlast(self) -> float:
        """The median of the last closed remissions: an open one that is longer ends the finding."""
        return median(self.lengths[-LAST:])

    @property
    def outlasted_on(self) -> date:
        """The day on which the remission after the last exacerbation would be longer than that."""
        return self.episodes[-1].end + timedelta(days=int(self.to_outlast) + 1)


def judge(history: History, settings: Settings, at: datetime) -> Judgment:
    """Return whether the closed remissions grow shorter and the open one does not say otherwise."""
    seen = replace(history, at=at)
    found = recurrence.remissions(seen)
    closed = tuple(one for one in found if not one.open)
    course = Course(recurrence.episodes(seen), closed, next((one.days for one in found if one.open), None))
    return Judgment((_answer(seen, course, settings),), _recheck(seen, course))


def limits_of(settings: Settings) -> Limits:
    """Return from when the test counts."""
    return Limits(*(settings[setting.name] for setting in OWN))


def _answer(history: History, course: Course, settings: Settings) -> Answer:
    """Return the answer."""
    n = len(course.closed)
    if n < LEAST_FOR_TEST:
        return CannotJudge(NAME, "", too_few(course.lengths))
    decision = decide(course.lengths, limits_of(settings))
    outlasted = course.open_days is not None and course.open_days > course.to_outlast
    longest_last = course.lengths[-1] >= max(course.lengths)
    if decision.outcome == "none" or outlasted or longest_last:
        return Clear(NAME, "")
    return _finding(history, course, decision, settings)


def too_few(lengths: list[float]) -> str:
    """Return why fewer than four closed remissions are not tested."""
    if decide(lengths).outcome == "note":
        return "each of the last two remissions was shorter than the one before: three are too few to test"
    few = {0: "no closed remission is", 1: "one closed remission is"}
    return f"{few.get(len(lengths), f'{len(lengths)} closed remissions are')} known; a test needs {LEAST_FOR_TEST}"


def _finding(history: History, course: Course, decision: Decision, settings: Settings) -> Finding:
    """Return the finding of a test that counts."""
    line, warns = geometric_process(course.lengths), decision.outcome == "warning"
    began = course.episodes[-1].start
    return Finding(
        rule=NAME,
        rule_version=VERSION,
        subject="",
        severity=Severity.MODERATE if warns else Severity.LOW,
        sentence=_sentence(course, line.ratio, line.p, warns=warns),
        arithmetic=_arithmetic(course),
        clears_when=(
            f"A remission longer than {course.to_outlast:g}{NBSP}days, the median of the last {LAST}: the present one "
            f"from {_on(course.outlasted_on)} on. Or a later one after which the test counts no more."
        ),
        evidence=_evidence(history, course),
        threshold=_threshold(settings, warns=warns),
        citation=CITATION,
        numbers={
            "n": line.n,
            "slope": line.slope,
            "scatter": line.scatter,
            "ratio": line.ratio,
            "p": line.p,
            "to_outlast_days": course.to_outlast,
            "proposed": sum(one.proposed for one in course.episodes),
            **{f"length_{place}_days": length for place, length in enumerate(course.lengths, start=1)},
        },
        since=_midnight(history, began),
    )


def _sentence(course: Course, ratio: float, p: float, *, warns: bool) -> str:
    """Return what the lengths are, and no more than the test allows."""
    lengths = listed([f"{length:g}" for length in course.lengths])
    first = "Remissions grow shorter" if warns else "Remissions may be growing shorter"
    share = f"each on average {percent(100 * ratio)} as long as the one before"
    looks = len(course.lengths) - LEAST_FOR_TEST + 1
    chance = f"Where nothing shortens, a fall as steady is seen {_odds(p)} by chance"
    often = f", at each look; this is look {looks}" if looks > 1 else ""
    return f"{first}: {lengths}{NBSP}days, {share}. {chance}{often}.{counted_words(course.episodes)} Not adjusted for treatment."


def counted_words(found: tuple["recurrence.Episode", ...]) -> str:
    """Return how many exacerbations are proposed only, as a sentence with a space before it; empty for none."""
    proposed = sum(one.proposed for one in found)
    verb = "is" if proposed == 1 else "are"
    return f" Of {len(found)} exacerbations {proposed} {verb} proposed, not confirmed." if proposed else ""


def _odds(p: float) -> str:
    """Return a probability in words."""
    return f"once in {round(1 / p):,}" if p >= 1e-4 else "less than once in 10,000"


def _arithmetic(course: Course) -> tuple[str, ...]:
    """Return the numbers, a step a line."""
    line, kendall = geometric_process(course.lengths), mann_kendall(course.lengths)
    error = line.scatter / (line.n * (line.n**2 - 1) / 12) ** 0.5
    logs = ", ".join(f"{math.log(length):.3f}" for length in course.lengths)
    slope = f"{line.slope:.4f}".replace("-", MINUS)
    test = (
        f"t = {slope} / {error:.4f} with {line.n - 2} degrees of freedom: p = {line.p:.2g}, one-sided"
        if error
        else "no scatter"
    )
    return (
        f"Logarithms of the days: {logs}",
        f"Slope of their line = {slope} from one to the next; ratio = exp({slope}) = {line.ratio:.3f}",
        test,
        f"Mann–Kendall, shown: S = {str(kendall.s).replace('-', MINUS)}, p = {kendall.p_shortening} of all orders",
        f"Median of the last {LAST}: {course.to_outlast:g}{NBSP}days",
    )


def _threshold(settings: Settings, *, warns: bool) -> str:
    """Return the limit that was passed."""
    p, ratio = settings[P.name], settings[RATIO.name]
    beside = f"p ≤ {p:g} and ratio ≤ {ratio:g}" if warns else f"p ≤ {settings[LOW_P.name]:g} and ratio below 1"
    return f"One-sided t test on the logarithms of {LEAST_FOR_TEST} or more closed remissions: {beside}"


def _evidence(history: History, course: Course) -> tuple[Evidence, ...]:
    """Return what each exacerbation rests on: the physician's word, which the finding falls with, or the signs of a proposal."""
    days = {one.start for one in course.episodes}
    stated = [
        Evidence("result", "event", event.id, event.kind, event.effective_at, "confirmed", "")
        for event in known(history, history.at.timestamp(), "exacerbation")
        if event.findings.get("status") == "confirmed" and recurrence.local_day(history, event.effective_at) in days
    ]
    signs = [
        Evidence("support", sign.kind, sign.id, sign.source, sign.at, sign.words, "")
        for one in recurrence.proposals(history)
        for sign in one.signs
        if one.start in days
    ]
    return (*stated, *signs)


def _recheck(history: History, course: Course) -> datetime | None:
    """Return when the answer could change with no new fact: by one dated ahead, or when the open remission is long enough."""
    now, today = history.at.timestamp(), recurrence.local_day(history, history.at)
    coming = next_fact(history, now, CODES)
    ahead = [] if coming is None else [moment(coming)]
    ahead += [_midnight(history, one.started_on) for one in history.treatments if one.started_on > today]
    if len(course.closed) >= LEAST_FOR_TEST and course.outlasted_on > today:
        ahead.append(_midnight(history, course.outlasted_on))
    return min(ahead, default=None)


def _midnight(history: History, day: date) -> datetime:
    """Return the moment at which a day begins for the patient, UTC."""
    return datetime.combine(day, time(), tzinfo=ZoneInfo(history.patient.time_zone or "UTC")).astimezone(UTC)


def _on(day: date) -> str:
    """Return a date in words."""
    return f"{day.day}{NBSP}{day:%b}{NBSP}{day.year}"


RULE: Final = Rule(
    name=NAME,
    title="Remissions grow shorter",
    version=VERSION,
    thresholds=(
        "Moderate: four closed remissions or more, one-sided t test on their logarithms p ≤ 0.025 and a ratio of 0.90 at most.",
        "Low: the same test p ≤ 0.20 and a ratio below 1.",
        "Neither where the last closed remission is the longest, or the open one is longer than the median of the last three.",
    ),
    rationale=(
        "Remissions that shrink from one exacerbation to the next say that the disease escapes its treatment. Lengths scatter, so "
        "only a fall that is steadier than chance counts; three remissions are too few to tell."
    ),
    citation=CITATION,
    settings=(*OWN, *CLINIC, *proposing.SETTINGS, *evidence.SETTINGS),
    judge=judge,
)
