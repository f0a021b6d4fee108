"""What every figure shares: its colors and the tokens that replace them, its letters, the own-baseline band, the clock. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

HEMOGLOBIN: Final = "HGB"
INK, MUTED, GRID, SURFACE = "#12202a", "#556672", "#e6ecf0", "#ffffff"
LINE, BAND, REFERENCE = "#17468f", "rgba(23, 70, 143, 0.15)", "rgba(85, 102, 114, 0.11)"
HIGH, AMBER, AMBER_EDGE, BLUE, MARK = "#b3261a", "#f0a132", "#7a4300", "#1d4c9e", "#3d4e5a"
TOKENS: Final[Mapping[str, str]] = {
    INK: "--ink",
    MUTED: "--d-axis",
    GRID: "--d-grid",
    SURFACE: "--surface",
    LINE: "--d-hb",
    BAND: "--d-band",
    REFERENCE: "--d-ref",
    HIGH: "--high-fill",
    AMBER: "--mod-fill",
    AMBER_EDGE: "--mod",
    BLUE: "--low",
    MARK: "--d-mark",
}
"""Color of the figure: the style sheet's token that replaces it."""
FONT: Final = 'Inter, system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif'


@dataclass(frozen=True, slots=True)
class Band:
    """The own baseline while it held: the steady state and its lower and upper limit, g/L."""

    start: datetime
    end: datetime
    baseline: float
    lower: float
    upper: float


def local(moment: datetime, zone: ZoneInfo) -> str:
    """Return an aware moment as the patient's clock shows it: Plotly knows no zones."""
    return moment.astimezone(zone).replace(tzinfo=None).isoformat(timespec="minutes")
