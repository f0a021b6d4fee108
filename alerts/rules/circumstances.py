"""What keeps a hemoglobin result out of the steady state: transfusion, iron by vein, exacerbation, pregnancy. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

import numpy as np

from alerts import anemia
from alerts.rules.results import DAY, Results, known, moment
from alerts.rules.rule import Settings
from patients.history import EventRecord, FloatArray, History, IntArray

NEVER: Final = -np.inf
BY_VEIN: Final = frozenset({"iv", "intravenous"})
OPEN_EPISODE: Final = timedelta(days=14)
"""An exacerbation whose end nobody stated ends this long after it began (clinical specification, B3)."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """One value a result. `unsteady`: left out of the baseline for sure; `episode_end`: end of the exacerbation whose recovery
    the result may still belong to, else minus infinity; `since_transfusion` in seconds; `epoch` keeps trimesters apart."""

    unsteady: list[bool]
    episode_end: list[float]
    since_transfusion: list[float]
    epoch: list[int]


def circumstances(results: Results, settings: Settings) -> Circumstances:
    """Return the circumstances of every result."""
    times = np.array(results.times)
    given = [event.effective_at.timestamp() for event in transfusions(results.history, results.at)]
    transfused = since(times, given)
    iron = since(times, infusions(results.history, results.at))
    unsteady = (transfused <= settings["transfusion_days"] * DAY) | (iron <= settings["iv_iron_days"] * DAY)
    ends = np.full(len(times), NEVER)
    for start, end in exacerbations(results.history, results.at):
        unsteady |= (times >= start - settings["before_start_days"] * DAY) & (times <= end)
        ends[(times > end) & (times <= end + settings["recovery_days"] * DAY)] = end
    return Circumstances(unsteady.tolist(), ends.tolist(), transfused.tolist(), _epochs(results).tolist())


def transfusions(history: History, at: float) -> list[EventRecord]:
    """Return transfusions of red cells, oldest first; one whose product nobody named counts."""
    return [event for event in known(history, at, "transfusion") if event.findings.get("product") != "other"]


def infusions(history: History, at: float) -> list[float]:
    """Return when iron was given by vein: as a procedure, or every start of a treatment taken."""
    events = [
        event.effective_at.timestamp()
        for event in known(history, at, "procedure")
        if event.findings.get("name") == "intravenous_iron"
    ]
    treatments = [
        day
        for one in history.treatments
        if one.intent == "taken" and one.route.lower() in BY_VEIN and is_iron(one.drug)
        for day in _days(one.started_on, one.ended_on, one.every_days, at)
    ]
    return sorted(events + treatments)


def exacerbations(history: History, at: float) -> list[tuple[float, float]]:
    """Return start and end of the exacerbations that a physician confirmed."""
    found = []
    for event in known(history, at, "exacerbation"):
        if event.findings.get("status") == "confirmed":
            start = event.effective_at
            stated = event.findings.get("until")
            end = end_of_day(date.fromisoformat(stated)) if stated else start + OPEN_EPISODE
            found.append((start.timestamp(), max(start, end).timestamp()))
    return found


def since(times: FloatArray, marks: Sequence[float]) -> FloatArray:
    """Return for each time the seconds since the newest mark up to then, infinity before the first."""
    ordered = np.array([NEVER, *sorted(marks)])
    return np.asarray(times - ordered[np.searchsorted(ordered, times, side="right") - 1], dtype=np.float64)


def _epochs(results: Results) -> IntArray:
    """Return 0 outside pregnancy, else a number of its own for each trimester of each pregnancy."""
    epochs = np.zeros(len(results), dtype=np.int64)
    for number, pregnancy in enumerate(results.history.patient.pregnancies):
        for index, time_ in enumerate(results.times):
            trimester = anemia.trimester((pregnancy,), moment(time_).date())
            if trimester is not None:
                epochs[index] = number * len(anemia.PREGNANT) + trimester
    return epochs


def is_iron(drug: str) -> bool:
    """Whether a drug is an iron preparation, by its name."""
    return any(word in drug.lower() for word in ("iron", "ferr", "ferumoxytol"))


def _days(start: date, end: date | None, every_days: float, at: float) -> Iterable[float]:
    """Yield the days of a course up to a moment, at most one dose a day, none after a year."""
    step = max(every_days, 1.0) * DAY
    first = end_of_day(start).timestamp() - DAY
    last = min(first if end is None else end_of_day(end).timestamp(), at, first + 365 * DAY)
    count = int((last - first) // step) + 1 if last >= first else 0
    return (first + number * step for number in range(count))


def end_of_day(day: date) -> datetime:
    """Return the end of a day, UTC."""
    return datetime.combine(day, time(), tzinfo=UTC) + timedelta(days=1)
