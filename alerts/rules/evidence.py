"""The signs that propose an exacerbation, dated, with their points: clinical specification, B3. Pure.

All but a hemoglobin below the own baseline, which only the walk of the steady state sees (`alerts.rules.proposing`). Each sign
speaks of its own time by what was known up to then: nothing later changes it.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

import numpy as np

from alerts.episodes import Sign, Source, Span
from alerts.rules import hemoglobin_acute, hemoptysis, support
from alerts.rules.circumstances import OPEN_EPISODE
from alerts.rules.films import KINDS, has_new_foci, stage_of
from alerts.rules.hemoptysis import AMOUNTS, amount_of
from alerts.rules.results import DAY, Results, known, moment
from alerts.rules.rule import Setting, Settings, number_of
from patients.amounts import LOCAL_ROUTES, STEROIDS, average, drug_name
from patients.dosing import step_on, taken_rows
from patients.history import BoolArray, EventRecord, History, Series, TreatmentRecord

STAGE_III: Final = 3
OXYGEN: Final = Setting(
    "oxygen_fall_points", 4, "%", "clinical specification B3: oxygen saturation down by 4 points", 2, 10
)
RAISED: Final = Setting(
    "steroid_raised_mg", 5, "mg", "working value for B3: a steroid increased for disease, prednisone a day", 2.5, 20
)
RATIO: Final = Setting(
    "steroid_raised_ratio", 1.5, "1", "working value for B3: a steroid increased for disease", 1.1, 3
)
FLAT: Final = Setting(
    "hemoglobin_flat_percent",
    1.4,
    "%",
    "B2: reticulocytes with falling or flat hemoglobin; within CVa it is flat",
    0,
    5,
)
COMPARED: Final = Setting(
    "hemoglobin_flat_days", 14, "d", "working value for B2: how old the hemoglobin beside reticulocytes may be", 3, 42
)
SETTINGS: Final = (OXYGEN, RAISED, RATIO, FLAT, COMPARED)
"""What only the signs read."""
ALL: Final = (*support.SETTINGS, *hemoptysis.SETTINGS, *hemoglobin_acute.SETTINGS, *SETTINGS)
"""What they read of others, too."""


def signs(results: Results) -> list[Sign]:
    """Return every sign up to the moment of the results, oldest first, whatever a physician decided of its days."""
    history = results.history
    settings = {setting.name: number_of(history, setting) for setting in ALL}
    if not history.events and not history.treatments and not any(code in history.series for code in support.CODES):
        return []
    found = [
        *_events(history, results.at, settings),
        *_reticulocytes(results, settings),
        *_saturation(history, results.at, settings),
        *_steroids(history, results.at, settings),
    ]
    if found:  # one source alone proposes nothing
        found += _sharp_falls(results, settings)
    return sorted(found, key=lambda sign: (sign.at, sign.source, sign.id))


def decided(history: History, at: float) -> list[Span]:
    """Return the days that a physician decided about: those of exacerbations confirmed with both ends, and of rejected ones."""
    found = []
    for event in known(history, at, "exacerbation"):
        until, rejected = event.findings.get("until"), event.findings.get("status") == "rejected"
        first = local_day(history, event.effective_at)
        if until:
            found.append(Span(first, max(first, date.fromisoformat(until))))
        elif rejected:
            found.append(Span(first, first + OPEN_EPISODE))
    return found


def local_day(history: History, when: datetime) -> date:
    """Return the date on the patient's calendar at a moment."""
    return when.astimezone(ZoneInfo(history.patient.time_zone or "UTC")).date()


def sign(
    history: History,
    at: datetime,
    points: int,
    source: Source,
    words: str,
    kind: Literal["observation", "event"],
    row: int,
) -> Sign:
    """Return a sign on its local day."""
    return Sign(at, local_day(history, at), points, source, words, kind, row)


def _events(history: History, at: float, settings: Settings) -> Iterator[Sign]:
    """Yield what events say: hemoptysis, films, sputum, lavage, oxygen, a physician's word."""
    events = [event for event in history.events if event.effective_at.timestamp() <= at]
    yield from _hemoptysis(history, [event for event in events if event.kind == "hemoptysis"], settings)
    yield from _films(history, [event for event in events if event.kind in KINDS])
    yield from _sputum(history, [event for event in events if event.kind in ("sputum", "lavage")])
    for event in events:
        said = event.findings
        if event.kind == "lavage" and said.get("hemorrhagic") is True:
            yield _of(history, event, 3, "lavage", "hemorrhagic lavage")
        elif event.kind == "procedure" and said.get("name") == "oxygen_started":
            yield _of(history, event, 1, "oxygen", "oxygen started")
        elif event.kind == "exacerbation" and said.get("status") == "confirmed" and not said.get("until"):
            yield _of(history, event, 4, "physician", "exacerbation recorded by a physician")


def _hemoptysis(history: History, events: Sequence[EventRecord], settings: Settings) -> Iterator[Sign]:
    """Yield hemoptysis of a teaspoon and more, or of a larger measured volume than the one before."""
    before: float | None = None
    for event in events:
        amount, volume = amount_of(event, settings), _number(event.findings.get("volume_ml"))
        if amount != AMOUNTS[0]:
            yield _of(history, event, 2, "hemoptysis", f"hemoptysis, {amount}")
        elif volume is not None and before is not None and volume > before:
            yield _of(history, event, 2, "hemoptysis", "hemoptysis, increased")
        before = volume if volume is not None else before


def _films(history: History, films: Sequence[EventRecord]) -> Iterator[Sign]:
    """Yield films with new foci, and those of stage III after one of another stage."""
    before: int | None = None
    for film in films:
        stage = stage_of(film)
        if has_new_foci(film.findings):
            yield _of(history, film, 3, "film", "new foci")
        elif stage == STAGE_III and before != STAGE_III:
            yield _of(history, film, 3, "film", "radiographic stage III")
        before = stage if stage is not None else before


def _sputum(history: History, events: Sequence[EventRecord]) -> Iterator[Sign]:
    """Yield sputum with many siderophages after an examination without any, or with red cells."""
    negative = False
    for event in events:
        amount, share = event.findings.get("siderophages"), _number(event.findings.get("siderophages_percent"))
        if event.kind == "sputum":
            if negative and amount in ("moderate", "many"):
                yield _of(history, event, 1, "sputum", "siderophages after none")
            elif event.findings.get("erythrocytes") in ("present", "many"):
                yield _of(history, event, 1, "sputum", "red cells in sputum")
        if event.findings.get("adequate") is not False and (amount is not None or share is not None):
            negative = amount == "absent" or (amount is None and share == 0)


def _reticulocytes(results: Results, settings: Settings) -> Iterator[Sign]:
    """Yield raised reticulocytes while hemoglobin falls or stays: with a rise they are the marrow's answer to iron."""
    series = results.history.get(support.RETICULOCYTES)
    lowest = np.minimum.accumulate(series.values)
    may = (series.values > settings["reticulocyte_percent"]) | (
        series.values >= settings["reticulocyte_ratio"] * lowest
    )
    for index, own in _each(series, may, results.at):
        value = float(series.values[index])
        high = value > settings["reticulocyte_percent"] or (own and value >= settings["reticulocyte_ratio"] * own)
        if high and _is_flat(results, float(series.times[index]), settings):
            yield _result(results.history, series, index, "reticulocytes", "reticulocytes raised, hemoglobin not")


def _is_flat(results: Results, at: float, settings: Settings) -> bool:
    """Whether the newest hemoglobin at a time is not above the one before it; unknown, and so no, without two or of old ones."""
    place = int(np.searchsorted(results.times, at, side="right")) - 1
    if place < 1 or at - results.times[place] > settings["hemoglobin_flat_days"] * DAY:
        return False
    return results.values[place] <= results.values[place - 1] * (1 + settings["hemoglobin_flat_percent"] / 100)


def _saturation(history: History, at: float, settings: Settings) -> Iterator[Sign]:
    """Yield oxygen saturations some points below the person's own median."""
    series = history.get(support.SATURATION)
    may = np.maximum.accumulate(series.values) - series.values >= settings["oxygen_fall_points"] - support.TIE
    for index, own in _each(series, may, at):
        if own and own - float(series.values[index]) >= settings["oxygen_fall_points"] - support.TIE:
            yield _result(history, series, index, "oxygen", "oxygen saturation fallen")


def _steroids(history: History, at: float, settings: Settings) -> Iterator[Sign]:
    """Yield the days on which a known dose of steroid became so much more: an unknown dose before is no lower one."""
    today = local_day(history, moment(at))
    seen: set[date] = set()
    last: float | None = None
    for row in _steroid_rows(history):
        mg, day = average([row]), row.started_on
        rising = mg is not None and last is not None and mg >= last + settings["steroid_raised_mg"]
        last = mg
        if not rising or day > today or day in seen:
            continue
        seen.add(day)
        before, after = _level(history, day - timedelta(days=1)), _level(history, day)
        if before is None or after is None:
            continue
        if after >= before + settings["steroid_raised_mg"] and after >= before * settings["steroid_raised_ratio"]:
            start = datetime.combine(day, time(), tzinfo=ZoneInfo(history.patient.time_zone or "UTC")).astimezone(UTC)
            yield Sign(start, day, 2, "steroid", "steroid dose raised", "treatment", row.id)


def _steroid_rows(history: History) -> list[TreatmentRecord]:
    """Return the records of steroids that reach the whole body, planned and taken, by their first day."""
    rows = [one for one in history.treatments if drug_name(one.drug) in STEROIDS]
    whole = [one for one in rows if one.route.casefold() not in LOCAL_ROUTES]
    return sorted(whole, key=lambda one: (one.started_on, one.id))


def _level(history: History, day: date) -> float | None:
    """Return mg of prednisone a day on average that are known for a day: taken, else planned."""
    rows: Sequence[TreatmentRecord] = taken_rows(history, day)
    step = None if rows else step_on(history, day)
    rows = rows or (step.rows if step else ())
    return average(rows) if rows else None


def _sharp_falls(results: Results, settings: Settings) -> Iterator[Sign]:
    """Yield hemoglobin that fell sharply, or that a transfusion did not lift."""
    for index in hemoglobin_acute.sharp_falls(results, settings):
        when = results.when(index)
        yield sign(
            results.history, when, 3, "hemoglobin", "hemoglobin sharply fallen", "observation", results.ids[index]
        )


def _each(series: Series, may: BoolArray, at: float) -> Iterator[tuple[int, float | None]]:
    """Yield the usable results up to a moment that `may` count, with the median of those before; None where these are too few."""
    for index in np.flatnonzero(may & (series.times <= at)).tolist():
        time_ = float(series.times[index])
        yield from (one for one in support.with_median(series, time_, time_) if one[0] == index)


def _of(history: History, event: EventRecord, points: int, source: Source, words: str) -> Sign:
    """Return a sign of an event."""
    return sign(history, event.effective_at, points, source, words, "event", event.id)


def _result(history: History, series: Series, index: int, source: Source, words: str) -> Sign:
    """Return a sign of a result."""
    return sign(history, moment(float(series.times[index])), 1, source, words, "observation", int(series.ids[index]))


def _number(value: Any) -> float | None:
    """Return a number, None for anything else."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
