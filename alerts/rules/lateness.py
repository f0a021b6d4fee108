"""Which regular tests are late, and when that could next change with no new fact: what the rules of overdue tests share. Pure.

When a test is due is the schedule's to say (`alerts.monitoring`); here is only from which day on it is overdue, and on what that
rests. The schedule reads rules itself, so it is asked for when it is needed, not while these modules are being made.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from alerts.rules.doses import edges_of, evidence_of, later, local_day, midnight, on
from alerts.rules.grace import BLOOD_OVERDUE, OVERDUE, grace_of
from alerts.rules.remembering import REMEMBERED, Remembered
from alerts.rules.results import known, moment, next_fact
from alerts.rules.rule import Evidence, Settings, number_of
from patients.analytes import catalogue
from patients.history import History

if TYPE_CHECKING:
    from alerts.monitoring import Care, Regular

BLOOD_COUNT: Final = "blood_count"


@dataclass(frozen=True, slots=True)
class Awaited:
    """A regular test that was done before or is asked for by a treatment: when it is due, and from which day on it is overdue."""

    subject: str
    name: str
    why: str
    due_on: date
    overdue_on: date
    interval: int
    evidence: tuple[Evidence, ...]

    def line(self) -> str:
        """Return its dates in words."""
        return f"{self.name}: {self.why}; due on {on(self.due_on)}, overdue from {on(self.overdue_on)}"


@dataclass(frozen=True, slots=True)
class Look:
    """What is awaited of a patient on `today`, soonest first; `closely` says why blood counts matter more now, empty where not.

    `turns` are days to come on which another interval may hold.
    """

    history: History
    today: date
    died: bool
    closely: str
    awaited: tuple[Awaited, ...]
    turns: tuple[date, ...]

    def urgent_on(self, settings: Settings) -> tuple[Awaited, date] | None:
        """Return the blood count where it matters more, with the day from which its lack is told as such; None elsewhere.

        With weekly counts a missed one is late by its whole interval on the very day of the next: that day is left for it to come.
        """
        blood = next((one for one in self.awaited if one.subject == BLOOD_COUNT), None)
        if blood is None or not self.closely:
            return None
        return blood, later(blood.due_on, grace_of(blood.interval, settings[BLOOD_OVERDUE.name]) + 1)

    def recheck(self, settings: Settings) -> datetime | None:
        """Return when an answer could change with no new fact: a fact dated ahead, a turn, a test that is overdue then."""
        urgent = self.urgent_on(settings)
        return self.ahead(*(one.overdue_on for one in self.awaited), *([urgent[1]] if urgent else []))

    def ahead(self, *days: date) -> datetime | None:
        """Return the earliest to come of these days, of turns, and of facts dated ahead."""
        ahead = [midnight(self.history, day) for day in {*self.turns, *days} if day > self.today]
        coming = next_fact(self.history, self.history.at.timestamp(), tuple(self.history.series))
        return min([*ahead, *([] if coming is None else [moment(coming)])], default=None)


def look(history: History, settings: Settings, at: datetime) -> Look:
    """Return what is awaited at a moment; `settings` hold the share of an interval from which on a test is overdue."""
    seen, percent = replace(history, at=at), settings[OVERDUE.name]
    if number_of(history, OVERDUE) != percent:
        seen = replace(seen, settings={**history.settings, OVERDUE.name: percent})
    return _look(Remembered(seen))


@lru_cache(maxsize=REMEMBERED)
def _look(one: Remembered) -> Look:
    """Look once for both rules."""
    from alerts import monitoring  # it reads rules: see above

    history = one.history
    look, care = _around(history)
    if care is None:
        return look
    tests = {test.subject: test for test in monitoring.TESTS}
    awaited = tuple(
        Awaited(
            subject=due.subject,
            name=due.what,
            why=due.why,
            due_on=due.due_on,
            overdue_on=later(due.due_on, due.grace),
            interval=_interval(history, tests[due.subject], care),
            evidence=_evidence(history, tests[due.subject], care),
        )
        for due in monitoring.schedule(history, by=care)
    )
    return replace(look, awaited=awaited)


def around(history: History, at: datetime) -> Look:
    """Return what a look at a moment is without the tests: whether it matters more, and when that may change."""
    return _around(replace(history, at=at))[0]


def _around(history: History) -> "tuple[Look, Care | None]":
    """Return a look without the tests, with the circumstances; none of who has died."""
    from alerts import monitoring, recurrence  # they read rules: see above

    today = local_day(history, history.at)
    if recurrence.phase(history).name == recurrence.DIED:
        return Look(history, today, died=True, closely="", awaited=(), turns=()), None
    care = monitoring.care(history)
    closely = "active disease" if care.active else "a steroid taper" if care.taper else ""
    turns = tuple(sorted(_turns(history, today)))
    return Look(history, today, died=False, closely=closely, awaited=(), turns=turns), care


def _interval(history: History, test: "Regular", care: "Care") -> int:
    """Return how many days lie between two of a test; 0 where it is not asked for."""
    every = test.every(care)
    return 0 if every is None else int(number_of(history, every))


def _evidence(history: History, test: "Regular", care: "Care") -> tuple[Evidence, ...]:
    """Return the newest time a test was done, else the treatment that asks for it: neither is what the finding falls with."""
    done = max((*_results(history, test), *_events(history, test)), key=_by_time, default=None)
    since = test.since(care)
    if since is not None and (done is None or local_day(history, done.effective_at) < since):
        return evidence_of(history, since, "support") or (() if done is None else (done,))
    return () if done is None else (done,)


def _by_time(row: Evidence) -> tuple[datetime, str, float]:
    """Return what rows are ordered by: of one moment the lower value is the newer, as everywhere."""
    return row.effective_at, row.code, -row.value if isinstance(row.value, float) else 0.0


def _results(history: History, test: "Regular") -> Iterator[Evidence]:
    """Yield the newest usable result of each analyte that counts as a test done."""
    now = history.at.timestamp()
    for code in test.codes:
        series = history.get(code)
        places = [int(one) for one in (series.usable & (series.times <= now)).nonzero()[0]]
        if places:
            place = min(places, key=lambda one: (-series.times[one], series.values[one]))
            unit = analyte.unit if (analyte := catalogue().get(code)) else ""
            value = round(float(series.values[place]), 6)
            yield Evidence("support", "observation", int(series.ids[place]), code, series.at(place), value, unit)


def _events(history: History, test: "Regular") -> Iterator[Evidence]:
    """Yield the events that count as a test done."""
    for event in known(history, history.at.timestamp(), *test.kinds) if test.kinds else ():
        if test.procedure in ("", event.findings.get("name")):
            yield Evidence("support", "event", event.id, event.kind, event.effective_at, test.procedure or "done", "")


def _turns(history: History, today: date) -> Iterator[date]:
    """Yield the days to come on which another interval may hold: of a phase, a dose, a taper that is over, a birthday."""
    from alerts import monitoring, recurrence  # they read rules: see above
    from alerts.due import reached

    days = [one.end + timedelta(days=1) for one in recurrence.episodes(history)[-1:]]
    days += [history.patient.death_date] if history.patient.death_date else []
    over = int(number_of(history, monitoring.TAPER_AFTER)) + 1
    days += [later(edge, offset) for edge in edges_of(history) for offset in (0, over)]
    born = history.patient.birth_date
    if born is not None:
        ages = (monitoring.SPIROMETRY_FROM, monitoring.DLCO_FROM, monitoring.ADULT_FROM)
        days += [reached(born, int(number_of(history, age))) for age in ages]
    yield from {day for day in days if day > today}
