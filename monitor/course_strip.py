"""One strip of the course figure: its place in the stack, what is drawn in it, how its axis fits. Pure, as `monitor.course`."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any, Final
from zoneinfo import ZoneInfo

from monitor.chart_frame import LINE, TOKENS, local
from patients.history import Series

IRON, FERRITIN, SATURATION, FVC, DOSE, DOSE_FILL = (
    "#7a5200", "#65408f", "#0d6672", "#a34a00", "#a34a01", "rgba(224, 128, 32, 0.24)",
)  # fmt: skip
PLAN, REMISSION, REMISSION_EDGE, EPISODE, PALE, FEV1 = (
    "#556673", "#bfe0e4", "#0d6673", "rgba(179, 38, 26, 0.08)", "#d5dde3", LINE,
)  # fmt: skip
COLORS: Final[Mapping[str, str]] = {
    **TOKENS,
    IRON: "--d-iron",
    FERRITIN: "--d-ferritin",
    SATURATION: "--d-sat",
    FVC: "--d-fvc",
    DOSE: "--d-pred",
    DOSE_FILL: "--d-pred-fill",
    PLAN: "--d-plan",
    REMISSION: "--d-remission",
    REMISSION_EDGE: "--d-sat",
    EPISODE: "--d-episode",
    PALE: "--line",
}
"""Color of the figure: the style sheet's token that replaces it. One color has one token, so some differ by a shade."""

Trace = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Strip:
    """A pane with what it shows. Traces and notes name no axis yet: which one it is, the stack decides.

    `axis` are settings of the y axis; `limits` are dotted lines; `fit` says how the range follows what is in sight: from zero,
    or with room on both sides, and which values stay in it. Lanes have no fit.
    """

    id: str
    height: int
    name: str
    unit: str = ""
    traces: tuple[Trace, ...] = ()
    axis: Mapping[str, Any] = field(default_factory=dict)
    limits: tuple[float, ...] = ()
    notes: tuple[Mapping[str, Any], ...] = ()
    fit: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """How one analyte is drawn."""

    name: str
    unit: str
    color: str
    symbol: str = "circle"
    width: float = 1.8
    size: int = 5


def line(series: Series, zone: ZoneInfo, look: Look, *, words: Mapping[int, str] | None = None) -> Trace:
    """Return the line of an analyte's results; those that no rule may use are hollow.

    Where a result is more than its number (less than 5, preliminary, computed: `words` by place), every point says its text.
    """
    notes = _notes(series, words or {})
    values = [short(value) for value in series.values.tolist()]
    trace: Trace = {
        "type": "scatter",
        "name": look.name,
        "x": moments(series, zone),
        "y": values,
        "mode": "lines+markers",
        "line": {"color": look.color, "width": look.width},
        "marker": {"size": look.size, "color": look.color, "symbol": symbols(series, look.symbol)},
        "hovertemplate": f"{look.name} %{{y}} {look.unit}<extra></extra>",
    }
    if notes or series.comparators:
        signs = series.comparators or ("",) * len(series)
        both = zip(signs, values, strict=True)
        said = [f"{sign}{value:g} {look.unit}{notes.get(place, '')}" for place, (sign, value) in enumerate(both)]
        trace |= {"text": said, "hovertemplate": f"{look.name} %{{text}}<extra></extra>"}
    return trace


def _notes(series: Series, words: Mapping[int, str]) -> dict[int, str]:
    """Return what is said after a value, by place, each part led by a comma."""
    notes: dict[int, str] = {place: f", {text}" for place, text in words.items() if text}
    for flags, text in ((~series.usable, "preliminary"), (series.unconfirmed, "unconfirmed")):
        for place in flags.nonzero()[0].tolist():
            notes[place] = f"{notes.get(place, '')}, {text}"
    return notes


def symbols(series: Series, symbol: str) -> str | list[str]:
    """Return the shape of the points: one for all, or one each where some are hollow."""
    if bool(series.usable.all()):
        return symbol
    return [symbol if usable else f"{symbol}-open" for usable in series.usable.tolist()]


def moments(series: Series, zone: ZoneInfo) -> list[str]:
    """Return the times of results as the patient's clock shows them."""
    return [local(series.at(place), zone) for place in range(len(series))]


def midnight(day: date) -> str:
    """Return the start of a day, as every other moment of the figure is written."""
    return datetime.combine(day, time()).isoformat(timespec="minutes")


def short(value: float) -> float:
    """Return a number to four decimals, whole ones as such: what travels is shown, and no more."""
    rounded = round(float(value), 4)
    return int(rounded) if rounded.is_integer() else rounded


def plain(text: object) -> str:
    """Return a text that Plotly reads as text alone: markup in a label becomes a style attribute, which the policy refuses."""
    return str(text).replace("<", "‹").replace(">", "›").replace("%{", "% {")


def from_zero(values: Iterable[float], keep: Sequence[float] = ()) -> dict[str, Any]:
    """Return a range from zero to above the highest of the values and of what must stay in sight."""
    top = max([*values, *keep], default=1.0)
    return {"range": [0, short((top if top >= 0.01 else 1.0) * 1.15)]}
