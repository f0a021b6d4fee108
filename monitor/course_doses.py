"""Prednisolone, planned and taken, as steps; and the dose at which each relapse began. Pure."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import groupby
from typing import Any, Final
from zoneinfo import ZoneInfo

from monitor.chart_frame import INK, SURFACE
from monitor.course_strip import DOSE, DOSE_FILL, PLAN, Strip, Trace, from_zero, midnight, short
from patients import amounts, dosing
from patients.history import History, TreatmentRecord

BEYOND: Final = timedelta(days=60)
"""How far a plan without end is drawn beyond its last step."""
PULSE_MG: Final = 200.0
"""From here on a dose is a pulse of days: it is drawn up to the edge and named, so that the taper beside it stays to be seen."""
DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Level:
    """A dose from a day on, mg of prednisone a day; None: from here on nothing is known."""

    day: date
    mg: float | None


def taken_levels(history: History) -> list[Level]:
    """Return what was taken, step by step, oldest first, up to today."""
    thin = thinned(history)
    today = _today(history)
    days = {day for row in thin.treatments if row.intent == "taken" for day in _edges(row)}
    days |= {step.start for step in dosing.steps(thin)}  # an open record is outlived by the next step of a plan

    def mg(day: date) -> float | None:
        rows = dosing.taken_rows(thin, day)
        return amounts.average(rows) if rows else None

    return _levels({day for day in days if day <= today}, mg)


def planned_levels(history: History) -> list[Level]:
    """Return what was and is planned, step by step, oldest first: on each day the plan in force."""
    thin = thinned(history)
    days = {day for step in dosing.steps(thin) for day in (step.start, *([step.end + DAY] if step.end else []))}
    days |= {row.started_on for row in thin.treatments if row.intent == "taken" and row.dose == 0}  # a stop ends plans

    def mg(day: date) -> float | None:
        step = dosing.step_on(thin, day)
        return step.mg if step else None

    return _levels(days, mg)


def _levels(days: set[date], of: Callable[[date], float | None]) -> list[Level]:
    """Return the doses of days on which one may change, without those on which it does not."""
    found: list[Level] = []
    for day in sorted(days):
        mg = of(day)
        if found and found[-1].mg == mg:
            continue
        if found or mg is not None:
            found.append(Level(day, mg))
    return found


def thinned(history: History) -> History:
    """Return a history whose records of the same dose, day after day, are one each: who taps "I took it" makes one a day."""
    planned = [row for row in history.treatments if row.intent != "taken"]
    taken = sorted((row for row in history.treatments if row.intent == "taken"), key=_bundle)
    chains: list[list[TreatmentRecord]] = []
    latest: dict[tuple[str, str], list[TreatmentRecord]] = {}
    for (drug, route, _, _), rows in groupby(taken, key=_bundle):
        bundle = list(rows)
        before = latest.get((drug, route))
        if before is not None and _follows(before, bundle):
            before[:] = [replace(row, ended_on=bundle[0].ended_on) for row in before]
        else:
            chains.append(bundle)
            latest[(drug, route)] = bundle
    merged = [row for chain in chains for row in chain]
    return replace(history, treatments=tuple(sorted([*planned, *merged], key=lambda row: (row.started_on, row.id))))


def _bundle(row: TreatmentRecord) -> tuple[str, str, date, date]:
    """Return what doses given together share: drug, route, first and last day."""
    return amounts.drug_name(row.drug), row.route.casefold(), row.started_on, row.ended_on or date.max


def _follows(before: Sequence[TreatmentRecord], after: Sequence[TreatmentRecord]) -> bool:
    """Whether doses go on the day after others end, the same ones, and end themselves."""
    end = before[0].ended_on
    if end is None or after[0].ended_on is None or after[0].started_on != end + DAY:
        return False
    signs = (sorted((str(row.dose), row.unit, row.every_days) for row in rows) for rows in (before, after))
    return next(signs) == next(signs)


def _edges(row: TreatmentRecord) -> list[date]:
    """Return the days on which a record begins to count and ceases to."""
    return [row.started_on] if row.ended_on is None else [row.started_on, row.ended_on + DAY]


def _today(history: History) -> date:
    """Return the patient's day from which the history is seen."""
    return history.at.astimezone(ZoneInfo(history.patient.time_zone or "UTC")).date()


def at(levels: Sequence[Level], day: date) -> float | None:
    """Return the dose on a day, None where it is unknown."""
    past = [level for level in levels if level.day <= day]
    return past[-1].mg if past else None


def before(taken: Sequence[Level], planned: Sequence[Level], day: date) -> float | None:
    """Return the dose at which what began on a day began: that of the day before, or a step down on the day itself.

    What nobody recorded was taken as planned. A restart on the day is the answer to it. None where nothing is known of the day
    before: then it was the first, no relapse.
    """
    earlier, now = (
        at(planned, one) if at(taken, one) is None else at(taken, one) for one in (day - timedelta(days=1), day)
    )
    return earlier if earlier is None or now is None else min(earlier, now)


def dose_strip(history: History, relapses: Sequence[date]) -> Strip | None:
    """Return prednisolone as taken (filled) and planned (dashed), with the dose at each relapse; None without any."""
    taken, planned = taken_levels(history), planned_levels(history)
    if not taken and not planned:
        return None
    traces = [
        *_planned(planned, _today(history)),
        *_taken(taken, _today(history)),  # on top: what was taken as planned is one line
        _relapses(taken, planned, relapses),
    ]
    doses = [level.mg for level in (*taken, *planned) if level.mg is not None]
    usual = [mg for mg in doses if mg < PULSE_MG]
    axis = from_zero(usual or doses)
    return Strip(
        id="pred",
        height=96,
        name="Prednisolone",
        unit="mg a day" if _only_prednisone(history) else "mg a day, equivalent",
        traces=tuple(trace for trace in traces if trace["x"]),
        axis={**axis, "showgrid": True, "nticks": 4},
        notes=tuple(_pulse(level, axis["range"][1]) for level in taken if usual and (level.mg or 0) >= PULSE_MG),
        fit={"zero": True, "keep": [], "below": PULSE_MG} if usual else {"zero": True, "keep": []},
    )


def _only_prednisone(history: History) -> bool:
    """Whether no other steroid is among what was taken or planned, so that milligrams are what they say."""
    rows = (row for row in history.treatments if row.route.casefold() not in amounts.LOCAL_ROUTES)
    names = {amounts.drug_name(row.drug) for row in rows}
    return all(amounts.FACTORS[name] == 1 for name in names & amounts.STEROIDS)


def _taken(levels: Sequence[Level], today: date) -> list[Trace]:
    """Return what was taken, up to today, filled down to zero; a trace for each time without a gap."""
    look = {"color": DOSE, "width": 2.2, "shape": "hv"}
    fill = {"fill": "tozeroy", "fillcolor": DOSE_FILL}
    return [_steps("Taken", run, look) | fill for run in _runs(levels, today)]


def _planned(levels: Sequence[Level], today: date) -> list[Trace]:
    """Return what is planned, the last step beyond where the figure ends."""
    look = {"color": PLAN, "width": 1.8, "dash": "dash", "shape": "hv"}
    last = max([today, *(level.day for level in levels)]) + BEYOND
    return [_steps("Planned", run, look) for run in _runs(levels, last)]


def _steps(name: str, run: Sequence[tuple[date, float]], look: Mapping[str, Any]) -> Trace:
    """Return doses that follow each other without a gap as a line."""
    return {
        "type": "scatter",
        "name": name,
        "x": [midnight(day) for day, _ in run],
        "y": [short(mg) for _, mg in run],
        "mode": "lines",
        "line": dict(look),
        "hovertemplate": f"{name.lower()} %{{y}} mg<extra></extra>",
    }


def _runs(levels: Sequence[Level], last: date) -> Iterator[list[tuple[date, float]]]:
    """Yield doses with their days, up to the end of each time in which they are known; the last goes on to `last`."""
    run: list[tuple[date, float]] = []
    for level in [*levels, Level(last, None)]:
        if level.mg is not None:
            run.append((level.day, level.mg))
        elif run:
            yield [*run, (level.day, run[-1][1])] if level.day > run[-1][0] else run
            run = []


def _pulse(level: Level, top: float) -> dict[str, Any]:
    """Return the number of a pulse, at the edge that hides its height."""
    return {
        "name": "edge", "text": f"↑ {short(level.mg or 0):g}", "x": midnight(level.day), "y": top, "xanchor": "left",
        "yanchor": "top", "showarrow": False, "font": {"size": 11, "color": INK},
    }  # fmt: skip


def _relapses(taken: Sequence[Level], planned: Sequence[Level], relapses: Sequence[date]) -> Trace:
    """Return a diamond with the dose at which each relapse began, where it is known."""
    known = [(day, mg) for day in relapses if (mg := before(taken, planned, day)) is not None]
    look: dict[str, Any] = {"symbol": "diamond", "size": 9, "color": SURFACE, "line": {"width": 2, "color": INK}}
    return {
        "type": "scatter",
        "name": "Dose at relapse",
        "x": [midnight(day) for day, _ in known],
        "y": [short(mg) for _, mg in known],
        "mode": "markers+text",
        "text": [f"{short(mg):g}" for _, mg in known],
        "textposition": "top left",
        "textfont": {"size": 11, "color": INK},
        "marker": look,
        "hovertemplate": "relapse at %{y} mg<extra></extra>",
        "cliponaxis": False,
    }
