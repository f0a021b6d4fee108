"""The frame of the course: strips stacked on one time axis, their names, today's line. Pure, as `monitor.course`."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from monitor.chart_frame import FONT, GRID, INK, MUTED, SURFACE
from monitor.course_strip import COLORS, Strip

GAP, TOP, BOTTOM, GUTTER, RIGHT = 15, 12, 34, 150, 26
"""Pixels between strips, above and below all of them, and left and right of them."""
NARROW_GAP, NARROW_TOP = 34, 28
"""On a phone the names stand above the strips: pixels that they need."""
TALL: Final = 80
"""From this height on a strip's name stands at its top, its unit below; in lower ones in the middle."""
LOW: Final = 40
"""Up to this height the unit stands beside the name."""
RULE_FROM: Final = -0.19
TODAY: Final = "today"
Layout = dict[str, Any]


def axis_of(place: int, letter: str = "y") -> str:
    """Return how traces call the y axis of the strip at a place: y, y2, y3 …"""
    return letter if place == 0 else f"{letter}{place + 1}"


def stack(strips: Sequence[Strip], *, today: str, shapes: Sequence[Mapping[str, Any]], today_is: str = TODAY) -> Layout:
    """Return the layout: one time axis, a y axis a strip, names and units in the gutter. `shapes` lie on the whole figure.

    `today_is` stands beside the line of the moment from which the history is seen: another day's name where that is past.
    """
    total = sum(strip.height for strip in strips) + GAP * (len(strips) - 1)
    layout: Layout = {
        "height": total + TOP + BOTTOM,
        "margin": {"l": GUTTER, "r": RIGHT, "t": TOP, "b": BOTTOM, "pad": 0},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": FONT, "size": 12, "color": MUTED},
        "hovermode": "x",
        "hoverdistance": 12,
        "hoversubplots": "axis",
        "dragmode": "zoom",
        "barmode": "overlay",
        "bargap": 0,
        "uniformtext": {"minsize": 11, "mode": "hide"},
        "showlegend": False,
        "hoverlabel": {"bgcolor": SURFACE, "bordercolor": MUTED, "font": {"size": 12, "color": INK}},
        "xaxis": _time_axis(axis_of(len(strips) - 1)),
        "shapes": [*shapes, _today(today)],
        "annotations": [],
    }
    top = total
    for place, strip in enumerate(strips):
        middle, low = (top - strip.height / 2) / total, (top - strip.height) / total
        layout[axis_of(place, "yaxis")] = {
            "domain": [round(max(0.0, low), 5), round(top / total, 5)],
            "fixedrange": True,
            "zeroline": False,
            "anchor": "x",
            "ticks": "",
            "tickfont": {"size": 11, "color": MUTED},
            "gridcolor": GRID,
            **strip.axis,
        }
        layout["annotations"] += _labels(strip, round(top / total, 5), round(middle, 5))
        layout["annotations"] += [{**note, "xref": "x", "yref": axis_of(place)} for note in strip.notes]
        layout["shapes"] += [_limit(axis_of(place), value) for value in strip.limits]
        if place:
            layout["shapes"].append(_rule(strip.id, round((top + GAP / 2) / total, 5)))
        top -= strip.height + GAP
    layout["annotations"].append(_today_word(today, today_is))
    return layout


def meta(strips: Sequence[Strip], **more: Any) -> dict[str, Any]:
    """Return what the page needs: which color is which token, the strips, how each fits, and how a phone stacks them."""
    panes: list[dict[str, Any]] = [
        {
            "id": strip.id, "axis": axis_of(place, "yaxis"), "name": strip.name, "px": strip.height,
            "narrow": strip.height + (2 if strip.height <= LOW else 18), "fit": strip.fit,
        }
        for place, strip in enumerate(strips)
    ]  # fmt: skip
    tall = sum(pane["narrow"] for pane in panes) + NARROW_GAP * (len(panes) - 1) + NARROW_TOP + BOTTOM
    narrow = {"gap": NARROW_GAP, "pad": {"t": NARROW_TOP, "b": BOTTOM}, "height": tall}
    return {"tokens": dict(COLORS), "panes": panes, "narrow": narrow, **more}


def _time_axis(anchor: str) -> dict[str, Any]:
    """Return the shared axis, below the last strip."""
    stops = ((None, 604800000, "%-d %b"), (604800000, "M1", "%-d %b"), ("M1", None, "%b %Y"))
    return {
        "type": "date",
        "anchor": anchor,
        "hoverformat": "%-d %b %Y",
        "gridcolor": GRID,
        "zeroline": False,
        "ticks": "",
        "tickfont": {"size": 12, "color": MUTED},
        "showspikes": True,
        "spikemode": "across",
        "spikethickness": 1,
        "spikedash": "solid",
        "spikecolor": MUTED,
        "spikesnap": "hovered data",
        "tickformatstops": [{"dtickrange": [low, high], "value": text} for low, high, text in stops],
    }


def _labels(strip: Strip, top: float, middle: float) -> list[dict[str, Any]]:
    """Return a strip's name and unit, in the left gutter."""
    tall, low = strip.height >= TALL, strip.height <= LOW
    place: dict[str, Any] = {
        "xref": "paper",
        "yref": "paper",
        "x": 0,
        "xanchor": "left",
        "showarrow": False,
        "xshift": 6 - GUTTER,
    }
    place |= {"y": top, "yanchor": "top"} if tall else {"y": middle, "yanchor": "middle"}
    name = {"name": f"label:{strip.id}", "text": strip.name, "font": {"size": 13, "color": INK, "weight": 600}}
    if not strip.unit:
        return [place | name]
    unit = {"name": f"unit:{strip.id}", "text": strip.unit, "font": {"size": 11, "color": MUTED}}
    if tall:
        return [place | name, place | unit | {"yshift": -17}]
    if low:
        return [place | name, place | unit | {"xshift": place["xshift"] + round(8.2 * len(strip.name)) + 6}]
    return [place | name | {"yshift": 8}, place | unit | {"yshift": -8}]


def _limit(axis: str, value: float) -> dict[str, Any]:
    """Return the dotted line of a limit, across its strip."""
    return {
        "name": "limit", "type": "line", "xref": "paper", "x0": 0, "x1": 1, "yref": axis, "y0": value, "y1": value,
        "line": {"width": 1, "color": MUTED, "dash": "dot"}, "layer": "below",
    }  # fmt: skip


def _rule(strip: str, y: float) -> dict[str, Any]:
    """Return the line above a strip, from the gutter to the right edge."""
    return {
        "name": f"rule:{strip}", "type": "line", "xref": "paper", "x0": RULE_FROM, "x1": 1, "yref": "paper", "y0": y, "y1": y,
        "line": {"width": 1, "color": GRID}, "layer": "below",
    }  # fmt: skip


def _today(now: str) -> dict[str, Any]:
    """Return the line of the moment from which the history is seen."""
    return {
        "name": "today", "type": "line", "x0": now, "x1": now, "xref": "x", "y0": 0, "y1": 1, "yref": "paper",
        "line": {"width": 1.5, "color": INK}, "layer": "below",
    }  # fmt: skip


def _today_word(now: str, word: str) -> dict[str, Any]:
    """Return the word beside that line."""
    return {
        "name": "today", "text": word, "x": now, "xref": "x", "y": 1, "yref": "paper", "xanchor": "left", "yanchor": "top",
        "xshift": 2, "showarrow": False, "font": {"size": 11, "color": INK},
    }  # fmt: skip
