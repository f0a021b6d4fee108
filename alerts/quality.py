"""How the rules of a team do: how much each tells, how soon it is answered, how useful it was. Counts and times, of nobody by name.

Told are alerts raised in a span; closings and ratings are counted by when they were made. Times run from the raising, of what was
acknowledged, resolved or recovered: what still waits is not in them. Row-level security shows what a person may see.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection

from alerts import rules
from alerts.changes import Verb

MONTH: Final = timedelta(days=30.4375)
"""A twelfth of a Julian year."""
REVIEW_DAYS: Final = 30
REVIEW_RATINGS: Final = 5
"""Clinical specification G: over half dismissed within 30 days asks for a review of the rule; of fewer ratings nothing is said."""

RAISED: Final = """
SELECT a.rule,
  count(*) FILTER (WHERE a.raised_at > %(since)s),
  count(*) FILTER (WHERE a.raised_at > %(since)s AND a.severity = 3),
  count(*) FILTER (WHERE a.raised_at > %(since)s AND a.severity = 2),
  count(*) FILTER (WHERE a.raised_at > %(since)s AND a.severity = 1),
  count(*) FILTER (WHERE p.active AND a.state IN ('raised', 'acknowledged', 'snoozed')),
  count(t.taken) FILTER (WHERE a.raised_at > %(since)s),
  percentile_cont(ARRAY[0.25, 0.5, 0.75]) WITHIN GROUP (ORDER BY t.taken - a.raised_at) FILTER (WHERE a.raised_at > %(since)s),
  count(*) FILTER (WHERE a.raised_at > %(since)s AND a.state = 'resolved'),
  percentile_cont(ARRAY[0.25, 0.5, 0.75]) WITHIN GROUP (ORDER BY a.closed_at - a.raised_at)
    FILTER (WHERE a.raised_at > %(since)s AND a.state = 'resolved'),
  count(*) FILTER (WHERE a.raised_at > %(since)s AND a.state = 'recovered'),
  percentile_cont(ARRAY[0.25, 0.5, 0.75]) WITHIN GROUP (ORDER BY a.closed_at - a.raised_at)
    FILTER (WHERE a.raised_at > %(since)s AND a.state = 'recovered')
FROM alerts_alert a JOIN patients_patient p ON p.id = a.patient_id
LEFT JOIN LATERAL (
  SELECT min(s.at) AS taken FROM alerts_transition s
  WHERE s.alert_id = a.id AND s.verb IN ('acknowledged', 'assigned') AND s.after = 'acknowledged'
) t ON a.raised_at > %(since)s
WHERE p.team_id = %(team)s AND a.raised_at <= %(at)s
  AND (a.raised_at > %(since)s OR a.state IN ('raised', 'acknowledged', 'snoozed'))
GROUP BY GROUPING SETS ((a.rule), ())
"""
"""A line a rule, and one of all without a rule's name: how many, and quartiles of the times."""

SAID: Final = """
WITH said AS (
  SELECT a.rule, s.verb, s.reason, s.detail, s.at,
    row_number() OVER (PARTITION BY s.alert_id, s.verb, s.by_id ORDER BY s.id DESC) AS newest
  FROM alerts_transition s JOIN alerts_alert a ON a.id = s.alert_id JOIN patients_patient p ON p.id = a.patient_id
  WHERE p.team_id = %(team)s AND s.verb IN ('rated', 'resolved') AND s.at > %(since)s AND s.at <= %(at)s
)
SELECT rule, verb, CASE verb WHEN 'rated' THEN detail ->> 'useful' ELSE reason END,
  count(*), count(*) FILTER (WHERE at > %(lately)s)
FROM said WHERE verb = 'resolved' OR newest = 1
GROUP BY 1, 2, 3
"""
"""What people said: why they closed, and whether an alert was useful, of which the newest word of each person counts."""

FOLLOWED: Final = """
SELECT coalesce(sum(greatest(extract(epoch FROM
  least(%(at)s, coalesce(p.death_date::timestamptz, CASE WHEN p.active THEN NULL ELSE p.changed_at END))
  - greatest(%(since)s, coalesce((SELECT min(r.at) FROM patients_patientrevision r WHERE r.patient_id = p.id), p.changed_at))
), 0)), 0)::float
FROM patients_patient p WHERE p.team_id = %(team)s
"""
"""Seconds of following: from the first thing known of each, until death, or the last change of who is not followed."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Times of `count` alerts: the median, and the quartiles between which half of them lie."""

    count: int
    low: timedelta
    median: timedelta
    high: timedelta


@dataclass(slots=True)
class Quality:
    """How one rule did, or all of them together: `rule` is empty then. `open_now` counts patients who are followed."""

    rule: str = ""
    raised: int = 0
    high: int = 0
    moderate: int = 0
    low: int = 0
    open_now: int = 0
    acknowledged: Spread | None = None
    resolved: Spread | None = None
    recovered: Spread | None = None
    reasons: dict[str, int] = field(default_factory=dict)
    useful: int = 0
    rated: int = 0
    lately_rated: int = 0
    lately_not: int = 0

    @property
    def title(self) -> str:
        """What the rule is called; of one that is no more its name."""
        return next((one.title for one in rules.RULES if one.name == self.rule), self.rule) or "All rules"

    @property
    def useful_percent(self) -> float | None:
        """Which share of ratings says useful; None without any."""
        return 100 * self.useful / self.rated if self.rated else None

    @property
    def to_review(self) -> bool:
        """Whether over half of enough ratings of the last 30 days say that this rule is not useful."""
        return bool(self.rule) and self.lately_rated >= REVIEW_RATINGS and 2 * self.lately_not > self.lately_rated


@dataclass(frozen=True, slots=True)
class Review:
    """A team's rules over a span: those that told or were spoken of, the most frequent first, and all together."""

    months: int
    since: datetime
    patient_months: float
    rules: tuple[Quality, ...]
    total: Quality

    def rate(self, one: Quality) -> float | None:
        """Return alerts a patient-month; None where nobody was followed."""
        return one.raised / self.patient_months if self.patient_months else None


def review(team_id: int, *, months: int, at: datetime) -> Review:
    """Return how the rules of a team did in the last months: three queries."""
    since = at - months * MONTH
    asked: dict[str, int | datetime] = {
        "team": team_id,
        "since": since,
        "lately": at - timedelta(days=REVIEW_DAYS),
        "at": at,
    }
    found: dict[str, Quality] = {"": Quality()}
    with connection.cursor() as cursor:
        cursor.execute(RAISED, asked)
        for row in cursor.fetchall():
            found[row[0] or ""] = _counted(row)
        cursor.execute(SAID, asked)
        for rule, verb, word, count, lately in cursor.fetchall():
            for one in (found.setdefault(rule, Quality(rule)), found[""]):
                _hear(one, verb, word, count, lately)
        cursor.execute(FOLLOWED, asked)
        (seconds,) = cursor.fetchone() or (0.0,)
    total = found.pop("")
    ordered = tuple(sorted(found.values(), key=lambda one: (-one.raised, one.title)))
    return Review(months, since, seconds / MONTH.total_seconds(), ordered, total)


def _counted(row: tuple[Any, ...]) -> Quality:
    """Return a line of counts and times as what it is."""
    rule, raised, high, moderate, low, open_now, *times = row
    acknowledged, resolved, recovered = (
        Spread(count, *quartiles) if count else None for count, quartiles in zip(times[::2], times[1::2], strict=True)
    )
    return Quality(rule or "", raised, high, moderate, low, open_now, acknowledged, resolved, recovered)


def _hear(one: Quality, verb: str, word: str, count: int, lately: int) -> None:
    """Add what was said so many times, and so many of them lately."""
    if verb == Verb.RESOLVED:
        one.reasons[word] = one.reasons.get(word, 0) + count
        return
    useful = word == "true"
    one.useful, one.rated = one.useful + count * useful, one.rated + count
    one.lately_rated, one.lately_not = one.lately_rated + lately, one.lately_not + lately * (not useful)
