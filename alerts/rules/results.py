"""The hemoglobin results that rules may judge, oldest first, and what every rule about them asks first. Pure."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Final, Literal
from zoneinfo import ZoneInfo

import numpy as np

from alerts.rules.rule import Answer, CannotJudge, Evidence, Judgment, Setting, Settings
from alerts.rules.wording import NBSP, day, number
from patients.history import EventRecord, History

HEMOGLOBIN: Final = "HGB"
UNIT: Final = "g/L"
DAY: Final = 86400.0
ADULT_YEARS: Final = 18
"""From this age on a result keeps its meaning longer (clinical specification, B1: children 180 days)."""
SIGNS: Final = {"": "", "<": "<", "<=": "≤"}
"""How a comparator is shown; results with any other are left out."""
MORE: Final = {"": "", "<": "more than ", "≤": "at least "}
"""What a fall is, where the result is known only by a limit."""
EQUALS: Final = {"": "=", "<": "<", "≤": "≤"}
"""What stands between a difference and its value then."""
AGES: Final = (
    Setting("result_age_days", 365, "d", "clinical specification B1, working value", 28, 1095),
    Setting("result_age_child_days", 180, "d", "clinical specification B1, working value", 28, 730),
)
"""How old a result may be to say anything: of an adult, and of a child below 18 years."""


@dataclass(frozen=True, slots=True)
class Results:
    """Usable hemoglobin results up to the moment of judging; lists of one length, g/L, seconds since the epoch.

    Of equal times the lower value is the newer. `confirmed` is False for values that a person has yet to confirm (`pending`) and
    for those given as "less than": these may show harm, never its absence. Values given as "more than" are left out.
    """

    history: History
    at: float
    ids: list[int]
    times: list[float]
    values: list[float]
    confirmed: list[bool]
    pending: list[bool]
    signs: list[str]
    """The comparator of each: empty, < or ≤."""
    performers: list[str]
    """The laboratory of each, empty where it is not known."""
    oldest: list[float]
    """How old in seconds a result may be beside each of these, by the patient's age then."""
    recheck: float | None
    """When the next known fact becomes true: facts dated after the moment of judging are not seen before."""

    def __len__(self) -> int:
        """Return the number of results."""
        return len(self.times)

    def when(self, index: int) -> datetime:
        """Return the time of a result."""
        return moment(self.times[index])

    def local(self, index: int) -> datetime:
        """Return the time of a result on the patient's clock."""
        return self.when(index).astimezone(ZoneInfo(self.history.patient.time_zone or "UTC"))

    def text(self, index: int) -> str:
        """Return a value as it was given: 98, <70."""
        return f"{self.signs[index]}{number(self.values[index])}"

    def said(self, index: int) -> str:
        """Return a result as a sentence begins with it: value, unit and the patient's date."""
        return f"Hb {self.text(index)}{NBSP}{UNIT} on {self.date(index)}"

    def date(self, index: int) -> str:
        """Return the local date of a result in words."""
        return day(self.when(index), self.history.patient.time_zone)

    def beside(self, last: int, worst: int) -> tuple[str, ...]:
        """Return lines of arithmetic beside a result that is not the newest, or not the worst of its condition."""
        newest = len(self) - 1
        return (
            *((f"Worst: {self.said(worst)}",) if worst != last else ()),
            *((f"Newest: {self.said(newest)}",) if newest != last else ()),
        )

    def caution(self, index: int) -> str:
        """Return the sentence that a result which a person has yet to confirm ends with; empty for others."""
        return " The result is not confirmed yet." if self.pending[index] else ""

    def evidence(self, index: int, role: Literal["result", "baseline", "support"]) -> Evidence:
        """Return a result as a row of evidence."""
        value = self.text(index) if self.signs[index] else round(self.values[index], 6)
        return Evidence(role, "observation", self.ids[index], HEMOGLOBIN, self.when(index), value, UNIT)


def hemoglobin(history: History, settings: Settings, at: datetime, *, also: Iterable[str] = ()) -> Results:
    """Return the results to judge at a moment. `also` are other analytes that the rule reads: their future counts, too."""
    series = history.get(HEMOGLOBIN)
    now = at.timestamp()
    signs = np.array(series.comparators or ("",) * len(series), dtype="U2")
    keep = series.usable & (series.times <= now) & ~np.isin(signs, (">", ">="))
    values = np.where(signs == "<", np.nextafter(series.values, 0), series.values)
    order = np.lexsort((-values, series.times))
    order = order[keep[order]]
    times = series.times[order]
    performers = series.performers or ("",) * len(series)
    child, adult = (settings[name] * DAY for name in ("result_age_child_days", "result_age_days"))
    return Results(
        history=history,
        at=now,
        ids=series.ids[order].tolist(),
        times=times.tolist(),
        values=values[order].tolist(),
        pending=series.unconfirmed[order].tolist(),
        signs=[SIGNS.get(str(sign), "") for sign in signs[order]],
        confirmed=(~series.unconfirmed & ~np.isin(signs, ("<", "<=")))[order].tolist(),
        performers=[performers[place] for place in order.tolist()],
        oldest=np.where(times < _adult_from(history), child, adult).tolist(),
        recheck=next_fact(history, now, (HEMOGLOBIN, *also)),
    )


def until(results: Results) -> datetime | None:
    """Return the earliest moment at which an answer about the newest result could change with no new fact."""
    waits = [] if results.recheck is None else [results.recheck]
    if len(results):
        waits += [_too_old_from(results)] if _too_old_from(results) > results.at else []
    return moment(min(waits)) if waits else None


def silence(results: Results) -> str:
    """Return why nothing can be said about the present, empty where something can."""
    if not len(results):
        return "no hemoglobin result yet"
    if results.at >= _too_old_from(results):
        days = results.oldest[-1] / DAY
        newest = results.date(len(results) - 1)
        return f"the newest hemoglobin result, of {newest}, is more than {days:.0f}{NBSP}days old"
    return ""


def about_newest(
    name: str,
    answer: Callable[[Results, Settings], Answer],
    history: History,
    settings: Settings,
    at: datetime,
    *,
    also: Iterable[str] = (),
) -> Judgment:
    """Return the judgment of a rule about the newest hemoglobin: why nothing can be said of the present, else its answer."""
    results = hemoglobin(history, settings, at, also=also)
    reason = silence(results)
    return Judgment((CannotJudge(name, "", reason) if reason else answer(results, settings),), until(results))


def moment(time: float) -> datetime:
    """Return seconds since the epoch as an aware datetime in UTC."""
    return datetime.fromtimestamp(time, tz=UTC)


def known(history: History, at: float, *kinds: str) -> list[EventRecord]:
    """Return the events of these kinds that were true at a moment, oldest first."""
    return [event for event in history.events_of(*kinds) if event.effective_at.timestamp() <= at]


def _too_old_from(results: Results) -> float:
    """Return from when the newest result says nothing about the present."""
    return results.times[-1] + results.oldest[-1]


def _adult_from(history: History) -> float:
    """Return when the patient comes of age, minus infinity where the birth date is unknown: then nobody is taken for a child."""
    born = history.patient.birth_date
    if born is None:
        return -np.inf
    leap_day = (born.month, born.day) == (2, 29)
    birthday = date(born.year + ADULT_YEARS, 3 if leap_day else born.month, 1 if leap_day else born.day)
    return datetime.combine(birthday, time(), tzinfo=UTC).timestamp()


def next_fact(history: History, now: float, codes: tuple[str, ...]) -> float | None:
    """Return when the next fact becomes true that is known but lies in the future; None where there is none."""
    ahead = [time for event in history.events if (time := event.effective_at.timestamp()) > now]
    for code in codes:
        times = history.get(code).times
        place = int(np.searchsorted(times, now, side="right"))
        ahead += [float(times[place])] if place < len(times) else []
    return min(ahead, default=None)
