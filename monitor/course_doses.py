"""Prednisolone, planned and taken, as steps; and the dose at which each relapse began. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from monitor.chart_frame import INK, SURFACE
from monitor.course_strip import DOSE, DOSE_FILL, PLAN, Strip, Trace, from_zero, short
from patients.history import History, TreatmentRecord

FACTORS: Final[Mapping[str, float]] = {
    "prednisolone": 1.0, "prednisone": 1.0, "methylprednisolone": 1.25, "hydrocortisone": 0.25, "cortisone": 0.2,
    "triamcinolone": 1.25, "dexamethasone": 6.667, "betamethasone": 6.667, "deflazacort": 0.833,
}  # fmt: skip
"""Milligrams of prednisolone that a milligram does as much as (clinical specification, B4)."""
MILLIGRAMS: Final[Mapping[str, float]] = {"mg": 1.0, "g": 1000.0}
BEYOND: Final = timedelta(days=60)
"""How far a plan without end is drawn beyond its last step."""
Intent = Literal["planned", "taken"]


@dataclass(frozen=True, slots=True)
class Level:
    """A dose from a day on, mg of prednisolone a day; None: from here on nothing is known."""

    day: date
    mg: float | None


def levels(treatments: Iterable[TreatmentRecord], intent: Intent) -> list[Level]:
    """Return the steps of what was planned or taken, oldest first.

    Of records of one drug that cover a day the one begun last counts: a step that nobody ended is ended by the next. Several
    drugs add up. What is given every other day counts by half a day.
    """
    known = [(one, per_day(one)) for one in treatments if one.intent == intent]
    counted = [(one, mg) for one, mg in known if mg is not None]
    days = sorted({day for one, _ in counted for day in _edges(one)})
    found: list[Level] = []
    for day in days:
        mg = _on(counted, day)
        if not found or found[-1].mg != mg:
            found.append(Level(day, mg))
    return found


def per_day(one: TreatmentRecord) -> float | None:
    """Return a steroid's dose in mg of prednisolone a day; None for another drug, an unknown dose or another unit."""
    factor, milligrams = FACTORS.get(one.drug.strip().lower()), MILLIGRAMS.get(one.unit)
    if factor is None or milligrams is None or one.dose is None:
        return None
    return one.dose * milligrams * factor / max(one.every_days, 1.0)


def _edges(one: TreatmentRecord) -> list[date]:
    """Return the days on which a treatment begins to count and ceases to."""
    return [one.started_on] if one.ended_on is None else [one.started_on, one.ended_on + timedelta(days=1)]


def _on(counted: Sequence[tuple[TreatmentRecord, float]], day: date) -> float | None:
    """Return the dose of a day, None where no record covers it."""
    newest: dict[str, tuple[tuple[date, int], float]] = {}
    for one, mg in counted:
        if one.started_on <= day and (one.ended_on is None or day <= one.ended_on):
            drug, rank = one.drug.strip().lower(), (one.started_on, one.id)
            if drug not in newest or newest[drug][0] < rank:
                newest[drug] = (rank, mg)
    return sum(mg for _, mg in newest.values()) if newest else None


def at(steps: Sequence[Level], day: date) -> float | None:
    """Return the dose on a day, None where it is unknown."""
    past = [step for step in steps if step.day <= day]
    return past[-1].mg if past else None


def before(steps: Sequence[Level], day: date) -> float | None:
    """Return the dose at which what began on a day began: that of the day before, or a step down on the day itself.

    A restart on the day is the answer to it. None where nothing was known the day before: then it was the first, no relapse.
    """
    earlier, now = at(steps, day - timedelta(days=1)), at(steps, day)
    return earlier if earlier is None or now is None else min(earlier, now)


def dose_strip(history: History, relapses: Sequence[datetime], zone: ZoneInfo) -> Strip | None:
    """Return prednisolone as taken (filled) and planned (dashed), with the dose at each relapse; None without any."""
    taken, planned = (levels(history.treatments, intent) for intent in ("taken", "planned"))
    if not taken and not planned:
        return None
    today = history.at.astimezone(zone).date()
    traces = [*_taken(taken, today), *_planned(planned, today), _relapses(taken, relapses, zone)]
    top = [step.mg for step in (*taken, *planned) if step.mg is not None]
    return Strip(
        id="pred",
        height=96,
        name="Prednisolone",
        unit="mg a day",
        traces=tuple(trace for trace in traces if trace["x"]),
        axis={**from_zero(top), "showgrid": True, "nticks": 4},
        fit={"zero": True, "keep": []},
    )


def _taken(steps: Sequence[Level], today: date) -> list[Trace]:
    """Return what was taken, up to today, filled down to zero; a trace for each time without a gap."""
    look = {"color": DOSE, "width": 2.2, "shape": "hv"}
    fill = {"fill": "tozeroy", "fillcolor": DOSE_FILL}
    past = [step for step in steps if step.day <= today]
    return [_steps("Taken", run, look) | fill for run in _runs(past, today)]


def _planned(steps: Sequence[Level], today: date) -> list[Trace]:
    """Return what is planned, the last step beyond where the figure ends."""
    look = {"color": PLAN, "width": 1.8, "dash": "dash", "shape": "hv"}
    last = max([today, *(step.day for step in steps)]) + BEYOND
    return [_steps("Planned", run, look) for run in _runs(steps, last)]


def _steps(name: str, run: Sequence[tuple[date, float]], look: Mapping[str, Any]) -> Trace:
    """Return doses that follow each other without a gap as a line."""
    return {
        "type": "scatter",
        "name": name,
        "x": [_midnight(day) for day, _ in run],
        "y": [short(mg) for _, mg in run],
        "mode": "lines",
        "line": dict(look),
        "hovertemplate": f"{name.lower()} %{{y}} mg<extra></extra>",
    }


def _runs(steps: Sequence[Level], last: date) -> Iterator[list[tuple[date, float]]]:
    """Yield doses day by day of change, up to the end of each time in which they are known; the last goes on to `last`."""
    run: list[tuple[date, float]] = []
    for step in [*steps, Level(last, None)]:
        if step.mg is not None:
            run.append((step.day, step.mg))
        elif run:
            yield [*run, (step.day, run[-1][1])] if step.day > run[-1][0] else run
            run = []


def _midnight(day: date) -> str:
    """Return the start of a day, as every other moment of the figure is written."""
    return datetime.combine(day, time()).isoformat(timespec="minutes")


def _relapses(taken: Sequence[Level], relapses: Sequence[datetime], zone: ZoneInfo) -> Trace:
    """Return a diamond with the dose at which each relapse began, where it is known."""
    days = [moment.astimezone(zone).date() for moment in relapses]
    known = [(day, mg) for day in days if (mg := before(taken, day)) is not None]
    look: dict[str, Any] = {"symbol": "diamond", "size": 9, "color": SURFACE, "line": {"width": 2, "color": INK}}
    return {
        "type": "scatter",
        "name": "Dose at relapse",
        "x": [_midnight(day) for day, _ in known],
        "y": [short(mg) for _, mg in known],
        "mode": "markers+text",
        "text": [f"{short(mg):g}" for _, mg in known],
        "textposition": "top left",
        "textfont": {"size": 11, "color": INK},
        "marker": look,
        "hovertemplate": "relapse at %{y} mg<extra></extra>",
        "cliponaxis": False,
    }
