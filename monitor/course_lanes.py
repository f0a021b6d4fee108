"""Lanes of the course: hemoptysis, sputum, films and transfusions, each event a mark on a line of its own. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from zoneinfo import ZoneInfo

from monitor.chart_frame import HIGH, INK, MARK, SURFACE, local
from monitor.course_strip import PALE, Strip, Trace, plain, short
from patients.history import EventRecord, History

AMOUNTS: Final[Mapping[str, int]] = {"streaks": 9, "teaspoon": 11, "moderate": 13, "massive": 16}
"""Pixels of a hemoptysis by its amount; one of unknown amount stands between."""
UNKNOWN_AMOUNT: Final = 10
STAGES: Final = ("0", "I", "II", "III", "IV")
FOUND: Final = frozenset({"few", "moderate", "many"})
"""Siderophages were found: the mark is filled."""
WORDS: Final[Mapping[str, str]] = {"absent": "no siderophages", "few": "few siderophages"}
OTHER_SIGNS: Final = (
    ("erythrocytes", "red cells"), ("acid_fast_bacilli", "acid-fast bacilli"), ("atypical_cells", "atypical cells"),
)  # fmt: skip
LANE: Final[Mapping[str, Any]] = {"range": [-1, 1], "showticklabels": False, "showgrid": False}


def lanes(history: History, zone: ZoneInfo) -> list[Strip]:
    """Return the lanes that hold something, from the top down."""
    found = (
        _lane("hemo", "Hemoptysis", 22, _hemoptysis(history.events_of("hemoptysis"), zone)),
        _lane("sput", "Sputum", 22, _sputum(history.events_of("sputum"), zone)),
        _lane("film", "Chest film", 26, _films(history.events_of("chest_xray", "chest_ct"), zone), unit="stage"),
        _lane("blood", "Transfusion", 22, _transfusions(history.events_of("transfusion"), zone)),
    )
    return [strip for strip in found if strip is not None]


def _lane(name: str, title: str, height: int, traces: Sequence[Trace], unit: str = "") -> Strip | None:
    """Return a lane, None where it is empty."""
    drawn = tuple(trace for trace in traces if trace["x"])
    return Strip(name, height, title, unit, traces=drawn, axis=LANE) if drawn else None


def marks(events: Sequence[EventRecord], zone: ZoneInfo, name: str, **fields: Any) -> Trace:
    """Return a trace of marks on one line."""
    x = [local(event.effective_at, zone) for event in events]
    return {"type": "scatter", "name": name, "x": x, "y": [0] * len(x), "mode": "markers", **fields}


def _hemoptysis(events: Sequence[EventRecord], zone: ZoneInfo) -> list[Trace]:
    """Return hemoptysis, larger by amount."""
    sizes = [AMOUNTS.get(str(event.findings.get("amount")), UNKNOWN_AMOUNT) for event in events]
    look = {"symbol": "triangle-down", "size": sizes, "color": HIGH}
    said = [amount(event) for event in events]
    return [
        marks(events, zone, "Hemoptysis", marker=look, text=said, hovertemplate="Hemoptysis: %{text}<extra></extra>")
    ]


def amount(event: EventRecord) -> str:
    """Return how much blood was coughed up, in words."""
    volume = event.findings.get("volume_ml")
    said = plain(event.findings.get("amount") or "amount unknown")
    return f"{said}, {short(volume):g} mL" if isinstance(volume, int | float) else said


def _sputum(events: Sequence[EventRecord], zone: ZoneInfo) -> list[Trace]:
    """Return sputum in three traces: siderophages found, none found, not looked for or unfit."""
    kinds = {"found": "circle", "none": "circle-open", "unknown": "x-thin"}
    found = []
    for kind, symbol in kinds.items():
        those = [event for event in events if looked(event) == kind]
        look = {
            "symbol": symbol,
            "size": 10 if kind != "unknown" else 8,
            "color": MARK,
            "line": {"width": 2, "color": MARK},
        }
        said = [sputum_words(event) for event in those]
        found.append(
            marks(those, zone, "Sputum", marker=look, text=said, hovertemplate="Sputum: %{text}<extra></extra>")
        )
    return found


def looked(event: EventRecord) -> str:
    """Return what a sputum says of siderophages: "found", "none", or "unknown" where nobody looked or the sample is unfit."""
    if event.findings.get("adequate") is False:
        return "unknown"
    state = event.findings.get("siderophages")
    return "found" if state in FOUND else "none" if state == "absent" else "unknown"


def sputum_words(event: EventRecord) -> str:
    """Return what a sputum showed, in words."""
    if event.findings.get("adequate") is False:
        return "sample unfit"
    state = str(event.findings.get("siderophages", ""))
    first = WORDS.get(state, f"{plain(state)} siderophages") if state else "siderophages not examined"
    others = [f"{words} {plain(event.findings[key])}" for key, words in OTHER_SIGNS if event.findings.get(key)]
    return ", ".join([first, *(other.replace("_", " ") for other in others)])


def _films(events: Sequence[EventRecord], zone: ZoneInfo) -> list[Trace]:
    """Return films and CTs as squares and circles that hold their stage, darker from the second on."""
    numerals = [stage(event) for event in events]
    look = {
        "symbol": ["square" if event.kind == "chest_xray" else "circle" for event in events],
        "size": 17,
        "color": [_shade(numeral) for numeral in numerals],
        "line": {"width": 1.2, "color": MARK},
    }
    ink = [SURFACE if _shade(numeral) == MARK else INK for numeral in numerals]
    return [
        marks(
            events, zone, "Chest film", marker=look, text=numerals, textfont={"size": 10, "color": ink},
            customdata=[film_words(event) for event in events], hovertemplate="%{customdata}<extra></extra>",
        )
        | {"mode": "markers+text"}
    ]  # fmt: skip


def stage(event: EventRecord) -> str:
    """Return the stage of a film as a numeral, a dash where nobody gave one."""
    number = event.findings.get("stage")
    return STAGES[number] if isinstance(number, int) and not isinstance(number, bool) and 0 <= number <= 4 else "–"


def _shade(numeral: str) -> str:
    """Return the color of a film's mark."""
    return {"II": MARK, "III": MARK, "IV": MARK, "I": PALE}.get(numeral, SURFACE)


def film_words(event: EventRecord) -> str:
    """Return what a film showed, in words."""
    said = ["Film" if event.kind == "chest_xray" else "CT"]
    numeral = stage(event)
    said.append("no stage given" if numeral == "–" else f"stage {numeral}")
    signs = ("new_foci", "dense_shadow", "cavity", "pneumothorax")
    said += [sign.replace("_", " ") for sign in signs if event.findings.get(sign) is True]
    return ", ".join(said)


def _transfusions(events: Sequence[EventRecord], zone: ZoneInfo) -> list[Trace]:
    """Return transfusions with their units; what is no red cells is hollow."""
    look = {
        "symbol": ["square-open" if event.findings.get("product") == "other" else "square" for event in events],
        "size": 10,
        "color": MARK,
    }
    said = [given(event) for event in events]
    return [
        marks(
            events, zone, "Transfusion", marker=look, text=said, textposition="middle right",
            textfont={"size": 11, "color": INK}, customdata=[transfusion_words(event) for event in events],
            hovertemplate="%{customdata}<extra></extra>", cliponaxis=False,
        )
        | {"mode": "markers+text"}
    ]  # fmt: skip


def given(event: EventRecord) -> str:
    """Return how much was transfused, as short as can be: units, else milliliters, else nothing."""
    units, volume = event.findings.get("units"), event.findings.get("volume_ml")
    if isinstance(units, int | float):
        return f"{short(units):g} unit{'' if units == 1 else 's'}"
    return f"{short(volume):g} mL" if isinstance(volume, int | float) else ""


def transfusion_words(event: EventRecord) -> str:
    """Return what was transfused, in words."""
    product = "Other blood product" if event.findings.get("product") == "other" else "Red cells"
    return ", ".join(part for part in (product, given(event)) if part)
