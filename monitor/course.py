"""The whole course of one patient as one Plotly figure with a shared time axis. Pure: no Django, no I/O, no clock.

Built as plain data: Plotly's own objects would cost every process that draws a second and 60 MB to load. The tests read each
figure back through them. Colors are the light theme's; the page repaints them for dark and print.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from alerts.recurrence import episodes, remissions
from alerts.remission_trends import remission_trend
from monitor.chart_frame import Band, local
from monitor.charts import BASELINE, AlertMark, hemoglobin_strip, reference_area
from monitor.course_doses import dose_strip
from monitor.course_episodes import remission_strip, shading
from monitor.course_frame import TODAY, axis_of, meta, stack
from monitor.course_labs import iron_strips, spirometry_strip
from monitor.course_lanes import lanes
from monitor.course_strip import Strip
from patients.history import History

CONFIG: Final = {"displayModeBar": False, "responsive": False, "doubleClick": "reset"}
AHEAD, AHEAD_OF_PLAN = timedelta(days=14), timedelta(days=46)
"""How far beyond today the figure reaches; further where a dose is planned."""
LEGEND: Final = frozenset(
    {
        "episode",
        "proposed",
        "reference",
        "Taken",
        "Planned",
        f"{BASELINE}, upper",
        "High alert",
        "Moderate alert",
        "Low alert",
    }
)
"""What the page explains beside the figure, where it is drawn."""
FORESEEN: Final = frozenset({"Planned", "Next exacerbation"})
"""What lies ahead of today and is worth the room."""
BEFORE: Final = timedelta(days=7)
WITHOUT_DATA: Final = timedelta(days=365)


def course_figure(
    history: History,
    bands: Sequence[Band] = (),
    marks: Iterable[AlertMark] = (),
    *,
    normal_from: float | None = None,
    today_is: str = TODAY,
) -> dict[str, Any]:
    """Return the course as {"data", "layout", "config"}, over the patient's local time.

    Strips without data are left out, but hemoglobin. `normal_from` is the lower limit of hemoglobin's reference range;
    `today_is` names the day of the history's moment where that is not today.
    """
    zone = ZoneInfo(history.patient.time_zone or "UTC")
    spells = episodes(history)
    today = local(history.at, zone)
    optional = (
        *iron_strips(history, zone),
        spirometry_strip(history, zone),
        dose_strip(history, [one.start for one in spells]),
        *lanes(history, zone),
        remission_strip(remissions(history), remission_trend(history).coming),
    )
    strips = [hemoglobin_strip(history, bands, list(marks), normal_from, zone), *(one for one in optional if one)]
    shapes = [*reference_area(strips[0], normal_from), *shading(spells, today)]
    layout = stack(strips, today=today, shapes=shapes, today_is=today_is)
    legend = sorted(
        {name for name in (*_names(strips), *(shape["name"] for shape in layout["shapes"])) if name in LEGEND}
    )
    layout["meta"] = meta(strips, today=today, legend=legend, **_ends(history, strips, today, zone))
    return {"data": _traces(strips), "layout": layout, "config": dict(CONFIG)}


def _names(strips: Sequence[Strip]) -> list[str]:
    """Return the names of everything drawn."""
    return [trace["name"] for strip in strips for trace in strip.traces]


def _traces(strips: Sequence[Strip]) -> list[dict[str, Any]]:
    """Return every trace, each on the axis of its strip."""
    return [
        {**trace, "yaxis": axis_of(place)} if place else trace
        for place, strip in enumerate(strips)
        for trace in strip.traces
    ]


def _ends(history: History, strips: Sequence[Strip], today: str, zone: ZoneInfo) -> dict[str, Any]:
    """Return where time begins and ends: a week before the first thing drawn, a while after today; and the last thing drawn."""
    drawn = [trace for strip in strips for trace in strip.traces if not trace["name"].startswith(BASELINE)]
    moments = [x for trace in drawn for x in (trace["base"] if trace["type"] == "bar" else trace["x"])]
    past = [x for x in moments if x <= today]
    planned = any(trace["name"] in FORESEEN and trace["x"][-1] > today for trace in drawn)
    first = datetime.fromisoformat(min(past)) - BEFORE if past else None
    start = first.isoformat(timespec="minutes") if first else local(history.at - WITHOUT_DATA, zone)
    ahead = local(history.at + (AHEAD_OF_PLAN if planned else AHEAD), zone)
    return {"first": start, "last": max(past) if past else None, "ahead": ahead}
