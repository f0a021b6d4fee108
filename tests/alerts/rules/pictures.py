"""Films and samples by day of the story, and what rules say of them: each event's id is a thousand and its day, unless told."""

from datetime import datetime
from typing import Any

from alerts.rules.rule import Answer, CannotJudge, Clear, Finding, Rule
from patients.history import EventRecord, PatientFacts, Series
from tests.alerts.rules.histories import WOMAN, event, history, on
from tests.alerts.rules.whole import whole

NB = "\u00a0"
RIGHT, LEFT, LOW = "right_upper", "left_upper", "right_lower"


def film(day: float, *, id: int = 0, kind: str = "chest_xray", **findings: Any) -> EventRecord:  # noqa: A002
    """Return a film."""
    return event(day, kind, id=id or 1000 + int(day), **findings)


def foci(day: float, **findings: Any) -> EventRecord:
    """Return a film with new foci."""
    return film(day, **{"new_foci": True, "foci_present": True, **findings})


def bare(day: float, **findings: Any) -> EventRecord:
    """Return a film without foci."""
    return film(day, foci_present=False, **findings)


def sample(day: float, *, id: int = 0, kind: str = "sputum", **findings: Any) -> EventRecord:  # noqa: A002
    """Return a sputum."""
    return event(day, kind, id=id or 2000 + int(day), **findings)


def answers(
    rule: Rule,
    *events: EventRecord,
    at: float,
    several: tuple[Series, ...] = (),
    patient: PatientFacts = WOMAN,
    **chosen: float,
) -> tuple[Answer, ...]:
    """Return all answers of a rule on a day."""
    seen = history(*several, events=events, at=at, patient=patient)
    return whole(rule, rule.judge(seen, rule.resolved(chosen), seen.at).answers)


def found(rule: Rule, *events: EventRecord, at: float, **more: Any) -> list[Finding]:
    """Return the findings of a rule on a day."""
    return [one for one in answers(rule, *events, at=at, **more) if isinstance(one, Finding)]


def only(rule: Rule, *events: EventRecord, at: float, **more: Any) -> Finding:
    """Return the one finding of a rule on a day."""
    (one,) = found(rule, *events, at=at, **more)
    return one


def cleared(rule: Rule, *events: EventRecord, at: float, **more: Any) -> list[str]:
    """Return the subjects that a rule clears on a day."""
    return [one.subject for one in answers(rule, *events, at=at, **more) if isinstance(one, Clear)]


def unjudged(rule: Rule, *events: EventRecord, at: float, **more: Any) -> list[tuple[str, str]]:
    """Return the subjects that a rule cannot judge on a day, and why."""
    told = answers(rule, *events, at=at, **more)
    return [(one.subject, one.reason) for one in told if isinstance(one, CannotJudge)]


def asked_again(rule: Rule, *events: EventRecord, at: float, several: tuple[Series, ...] = ()) -> datetime | None:
    """Return when a rule wants to be asked again."""
    seen = history(*several, events=events, at=at)
    return rule.judge(seen, rule.resolved({}), seen.at).recheck_at


def date(day: float) -> str:
    """Return a day of the story in words: 1 Jan 2024 is day 0."""
    when = on(day)
    return f"{when.day}{NB}{when:%b}{NB}{when.year}"


def rows(finding: Finding) -> list[tuple[str, int]]:
    """Return role and id of each row of evidence."""
    return [(row.role, row.id) for row in finding.evidence]
