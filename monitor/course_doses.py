"""Prednisolone, planned and taken, as steps; and the dose at which each relapse began. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final

from alerts.steroids import Level, before, planned_levels, taken_levels, today_of
from monitor.chart_frame import INK, SURFACE
from monitor.course_strip import DOSE, DOSE_FILL, PLAN, Strip, Trace, from_zero, midnight, short
from patients import amounts
from patients.history import History

BEYOND: Final = timedelta(days=60)
"""How far a plan without end is drawn beyond its last step."""
PULSE_MG: Final = 200.0
"""From here on a dose is a pulse of days: it is drawn up to the edge and named, so that the taper beside it stays to be seen."""


def dose_strip(history: History, relapses: Sequence[date]) -> Strip | None:
    """Return prednisolone as taken (filled) and planned (dashed), with the dose at each relapse; None without any."""
    taken, planned = taken_levels(history), planned_levels(history)
    if not taken and not planned:
        return None
    traces = [
        *_planned(planned, today_of(history)),
        *_taken(taken, today_of(history)),  # on top: what was taken as planned is one line
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
