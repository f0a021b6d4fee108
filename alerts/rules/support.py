"""What makes a small fall of hemoglobin more likely a bleed: hemoptysis, new foci, siderophages, reticulocytes, KCO, SpO2. Pure.

Clinical specification, B1 (rule R2), with the windows of B3 (14 days) and B7 (siderophages are seen for up to 8 weeks).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from alerts import trends
from alerts.rules.results import DAY, known, moment
from alerts.rules.rule import Evidence, Setting, Settings
from alerts.rules.sputa import POSITIVE
from patients.history import EventRecord, History, Series

RETICULOCYTES, KCO, SATURATION = "RETIC", "KCO", "SPO2"
CODES: Final = (RETICULOCYTES, KCO, SATURATION)
UNITS: Final[Mapping[str, str]] = {RETICULOCYTES: "%", KCO: "mmol/min/kPa/L", SATURATION: "%"}
LEAST: Final[Mapping[str, int]] = {RETICULOCYTES: 3, KCO: 2, SATURATION: 5}
"""Earlier results that an own median needs: B0 (baselines 3), B9 (KCO 2), B10 (SpO2 5)."""
TIE: Final = 1e-9
"""A value that is at a limit is not below it because of its last bit."""

RETICULOCYTES_RAISED: Final = (
    Setting("reticulocyte_percent", 2, "%", "clinical specification B1, working value", 1, 10),
    Setting("reticulocyte_ratio", 1.5, "1", "clinical specification B1, working value", 1.1, 5),
)
SETTINGS: Final = (
    Setting("support_days", 14, "d", "clinical specification B3: evidence within 14 days", 1, 42),
    Setting(
        "siderophage_days", 56, "d", "StatPearls, idiopathic pulmonary hemorrhage: seen for up to 8 weeks", 14, 120
    ),
    *RETICULOCYTES_RAISED,
    Setting("kco_rise_percent", 30, "%", "ERJ table of causes of high KCO; Dobrota et al. 2020", 10, 100),
    Setting("spo2_fall_points", 3, "%", "clinical specification B10, working value", 2, 10),
)


@dataclass(frozen=True, slots=True)
class Support:
    """One supporting fact in words, with its row."""

    words: str
    evidence: Evidence


def support(history: History, time: float, at: float, settings: Settings) -> list[Support]:
    """Return what supports a fall of hemoglobin at a time, oldest first: facts within the window around it, true by `at`."""
    if not history.events and not any(code in history.series for code in CODES):
        return []
    reach = settings["support_days"] * DAY
    first, last = time - reach, min(time + reach, at)
    found = [
        *_hemoptysis(history, first, last),
        *_new_foci(history, first, last),
        *_siderophages(history, first, last, settings["siderophage_days"] * DAY),
        *_reticulocytes(history, first, last, settings),
        *_kco(history, first, last, settings),
        *_saturation(history, first, last, settings),
    ]
    return sorted(found, key=lambda one: (one.evidence.effective_at, one.evidence.code, str(one.evidence.value)))


def _between(history: History, first: float, last: float, *kinds: str) -> list[EventRecord]:
    """Return events of these kinds within a window."""
    return [event for event in known(history, last, *kinds) if event.effective_at.timestamp() >= first]


def _of_event(words: str, event: EventRecord, value: str) -> Support:
    """Return an event as support."""
    return Support(words, Evidence("support", "event", event.id, event.kind, event.effective_at, value, ""))


def _hemoptysis(history: History, first: float, last: float) -> Iterator[Support]:
    """Yield blood that was coughed up, in whatever amount."""
    for event in _between(history, first, last, "hemoptysis"):
        yield _of_event("hemoptysis", event, str(event.findings.get("amount", "")))


def _new_foci(history: History, first: float, last: float) -> Iterator[Support]:
    """Yield films with new foci or a newly involved zone."""
    for event in _between(history, first, last, "chest_xray", "chest_ct"):
        zones = event.findings.get("zones")
        new_zone = isinstance(zones, Mapping) and "new" in zones.values()
        if event.findings.get("new_foci") is True or new_zone:
            yield _of_event("new foci", event, "new")


def _siderophages(history: History, first: float, last: float, remembered: float) -> Iterator[Support]:
    """Yield sputum or lavage in which siderophages are found, with none found in the weeks before: those may be of an old bleed."""
    earlier: float | None = None
    for event in known(history, last, "sputum", "lavage"):
        time = event.effective_at.timestamp()
        share = event.findings.get("siderophages_percent")
        amount = event.findings.get("siderophages")
        if amount not in POSITIVE and not (isinstance(share, int | float) and share > 0):
            continue
        if time >= first and (earlier is None or time - earlier > remembered):
            yield _of_event("siderophages newly found", event, str(amount if amount in POSITIVE else share))
        earlier = time


def _reticulocytes(history: History, first: float, last: float, settings: Settings) -> Iterator[Support]:
    """Yield reticulocytes above the limit, or well above the person's own."""
    series = history.get(RETICULOCYTES)
    for index, own in with_median(series, first, last):
        value = float(series.values[index])
        if value > settings["reticulocyte_percent"] or (own and value >= settings["reticulocyte_ratio"] * own - TIE):
            yield _of_result("reticulocytes raised", series, index)


def _kco(history: History, first: float, last: float, settings: Settings) -> Iterator[Support]:
    """Yield a transfer coefficient well above the person's own: fresh blood in the alveoli takes up the gas."""
    series = history.get(KCO)
    for index, own in with_median(series, first, last):
        if own and series.values[index] >= (1 + settings["kco_rise_percent"] / 100) * own - TIE:
            yield _of_result("KCO raised", series, index)


def _saturation(history: History, first: float, last: float, settings: Settings) -> Iterator[Support]:
    """Yield an oxygen saturation some points below the person's own."""
    series = history.get(SATURATION)
    for index, own in with_median(series, first, last):
        if own and own - series.values[index] >= settings["spo2_fall_points"] - TIE:
            yield _of_result("oxygen saturation fallen", series, index)


def with_median(series: Series, first: float, last: float) -> Iterator[tuple[int, float | None]]:
    """Yield usable results within a window, each with the median of those before the window; None where these are too few."""
    start, end = np.searchsorted(series.times, first, side="left"), np.searchsorted(series.times, last, side="right")
    if start == end:
        return
    before = series.values[:start][series.usable[:start] & ~series.unconfirmed[:start]]
    least = LEAST[series.code]
    own = trends.median(before[-max(least, 6) :].tolist()) if len(before) >= least else None
    for index in range(int(start), int(end)):
        if series.usable[index]:
            yield index, own


def _of_result(words: str, series: Series, index: int) -> Support:
    """Return a result as support."""
    value, when = float(series.values[index]), moment(float(series.times[index]))
    unit = UNITS[series.code]
    return Support(words, Evidence("support", "observation", int(series.ids[index]), series.code, when, value, unit))
