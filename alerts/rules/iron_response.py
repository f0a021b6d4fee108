"""Anemia that does not get better on iron: clinical specification, B2 (iron non-response). Pure.

Inputs: courses of iron by mouth as taken and planned, hemoglobin, transfusions; age, sex, pregnancy, altitude and smoking, which
say whether there is anemia. Who is not anemic, or was back from it, has no rise to show.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

from alerts import anemia
from alerts.rules.circumstances import transfusions
from alerts.rules.iron_courses import Course, course_on
from alerts.rules.results import AGES, Results, about_newest
from alerts.rules.rule import Answer, CannotJudge, Clear, Evidence, Finding, Judgment, Rule, Setting, Settings, Severity
from alerts.rules.standing import SETTINGS as RECOVERY
from alerts.rules.standing import Place, missing, place_of
from alerts.rules.wording import MINUS, NBSP, grams, number, percent
from patients.history import History

NAME: Final = "iron_response"
VERSION: Final = 1
CITATION: Final = (
    "Response to iron by mouth, about 10 g/L in 2 weeks and 20 g/L in 3 to 4: Medscape, iron deficiency anemia, read through a "
    "secondary source. Limits: clinical specification B2."
)
SETTINGS: Final = (
    Setting("response_days", 21, "d", "clinical specification B2, working value", 14, 56),
    Setting("response_rise", 10, "g/L", "Medscape: expected by 2 weeks", 5, 20),
    Setting("response_adherence_percent", 80, "%", "clinical specification B2, working value", 50, 100),
    Setting("response_before_days", 28, "d", "working value: how old the hemoglobin at the start may be", 7, 60),
)
SOON: Final = timedelta(days=7)
"""So long after the start a result still says where it began: iron has done nothing yet (working value)."""


@dataclass(frozen=True, slots=True)
class Response:
    """How hemoglobin went on iron: `start` and `index` are places of results, `target` the hemoglobin that would be a response.

    `reason` says why nothing can be said; then the rest may be unknown. Without a course there is nothing to judge.
    """

    course: Course | None = None
    start: int = -1
    target: float = 0.0
    adherence: float = 1.0
    reached: bool = False
    reason: str = ""

    @property
    def fails(self) -> bool:
        """Whether a response is missing."""
        return self.course is not None and not self.reason and not self.reached


def judge(history: History, settings: Settings, at: datetime) -> Judgment:
    """Return whether hemoglobin did not rise on iron by mouth."""
    return about_newest(NAME, _answer, history, settings, at)


def _answer(results: Results, settings: Settings) -> Answer:
    """Return the answer: the last result that should have been higher, until two others have shown a response."""

    @cache
    def response(index: int) -> Response:
        return response_at(results, index, settings)

    place = place_of(
        results, settings, lambda index: response(index).fails, shows=lambda index: not response(index).reason
    )
    if place.held:
        return _finding(results, place, response(place.held[-1]), settings)
    reason = response(len(results) - 1).reason
    return CannotJudge(NAME, "", reason) if reason else Clear(NAME, "")


def response_at(results: Results, index: int, settings: Settings) -> Response:
    """Return how hemoglobin went from the start of the course of iron, that a result lies in, up to it."""
    on = results.local(index).date()
    course = course_on(results.history, on)
    if course is None:
        return Response()
    start = _start(results, course.first, index, settings)
    if start is None:
        return Response(course, reason=f"no hemoglobin result around the start of iron on {_said(course.first)}")
    limit = _not_anemic_from(results, start)
    if limit is None:
        return Response(course, reason="whether there was anemia needs a birth date and a sex")
    target = min(results.values[start] + settings["response_rise"], max(limit, results.values[start]))
    if results.values[start] >= limit or _reached(results, start, index, target):
        return Response(course, start, target, reached=True)
    due = course.first + timedelta(days=settings["response_days"])
    if on < due:
        return Response(course, reason=f"iron by mouth since {_said(course.first)}: judged from {_said(due)} on")
    adherence = course.adherence(on)
    if adherence < settings["response_adherence_percent"] / 100:
        share = percent(100 * adherence)
        return Response(course, reason=f"iron by mouth was taken on {share} of the days since {_said(course.first)}")
    if results.values[index] >= target:
        return Response(course, reason="the rise of hemoglobin on iron may be due to a transfusion")
    return Response(course, start, target, adherence)


def _start(results: Results, first: date, index: int, settings: Settings) -> int | None:
    """Return the confirmed result where a course began: the newest up to its first day, or a lower one of the week after, for a
    bleed may have gone on."""
    before: int | None = None
    after: list[int] = []
    for place in range(index + 1):
        day = results.local(place).date()
        if not results.confirmed[place] or (first - day).days > settings["response_before_days"]:
            continue
        if day <= first:
            before = place
        elif day <= first + SOON:
            after.append(place)
    known = after if before is None else [before, *after]
    return min(known, key=lambda place: results.values[place], default=None)


def _not_anemic_from(results: Results, index: int) -> float | None:
    """Return the measured hemoglobin from which on the person is not anemic, g/L; None where age or sex is missing."""
    judged = anemia.judged(results.values[index], results.history.patient, results.when(index).date())
    if judged.group is None:
        return None
    none, *_ = anemia.BANDS[judged.group]
    return none + results.values[index] - judged.adjusted


def _reached(results: Results, start: int, index: int, target: float) -> bool:
    """Whether a confirmed result since the start shows a response, before any transfusion."""
    given = [one.effective_at.timestamp() for one in transfusions(results.history, results.times[index])]
    first = min((one for one in given if one >= results.times[start]), default=results.times[index] + 1)
    after = range(start + 1, index + 1)
    return any(results.values[one] >= target and results.confirmed[one] and results.times[one] < first for one in after)


def _said(day: date) -> str:
    """Return a day in words."""
    return f"{day.day}{NBSP}{day:%b}{NBSP}{day.year}"


def _finding(results: Results, place: Place, response: Response, settings: Settings) -> Finding:
    """Return the finding of a missing response."""
    last, start, course = place.held[-1], response.start, response.course
    value, began = results.values[last], results.values[start]
    first = course.first if course is not None else results.local(start).date()
    rise = settings["response_rise"]
    return Finding(
        rule=NAME,
        rule_version=VERSION,
        subject="",
        severity=Severity.MODERATE,
        sentence=(
            f"{results.said(last)}, {_risen(value - began)} {grams(began)} on {results.date(start)}, though iron has been taken by "
            f"mouth since {_said(first)}. {grams(rise)} were to be expected: is blood being lost?{results.caution(last)}"
        ),
        arithmetic=(
            f"{results.text(last)} {MINUS} {number(began)} = {grams(value - began)}",
            f"Taken on {percent(100 * response.adherence)} of the days",
            f"A response: {grams(response.target)} or more",
            *results.beside(last, last),
        ),
        clears_when=missing(place, f"at or above {grams(response.target)}", results, settings),
        evidence=(
            results.evidence(last, "result"),
            results.evidence(start, "baseline"),
            *_tablets(results, course),
        ),
        threshold=f"Risen by less than {grams(rise)} after {settings['response_days']:.0f}{NBSP}days of iron by mouth",
        citation=CITATION,
        numbers={
            "result": value,
            "start": began,
            "rise": value - began,
            "target": response.target,
            "adherence_percent": 100 * response.adherence,
        },
        since=results.when(place.since),
    )


def _tablets(results: Results, course: Course | None) -> tuple[Evidence, ...]:
    """Return what was taken as rows of evidence, each at the start of its first day."""
    zone = ZoneInfo(results.history.patient.time_zone or "UTC")
    return tuple(
        Evidence("support", "treatment", row.id, "iron", datetime.combine(row.started_on, time(), zone), None, "")
        for row in (course.taken if course is not None else ())
    )


def _risen(rise: float) -> str:
    """Return how hemoglobin changed, in words that a hemoglobin follows."""
    if rise > 0:
        return f"only {grams(rise)} above"
    return f"{grams(-rise)} below" if rise < 0 else "no more than"


RULE: Final = Rule(
    name=NAME,
    title="No response to iron",
    version=VERSION,
    thresholds=(
        (
            "Moderate: anemia (WHO 2024) at the start of iron by mouth, and after 21 days or more, 80 % of them with iron taken, "
            "hemoglobin neither 10 g/L higher nor out of anemia since."
        ),
    ),
    rationale=(
        "Iron by mouth lifts the hemoglobin of an iron deficient person by 10 g/L in two weeks. Where it does not, blood is lost "
        "as fast as it is made, or the iron is not taken up."
    ),
    citation=CITATION,
    settings=(*SETTINGS, *RECOVERY, *AGES),
    judge=judge,
)
