"""Severe bleeding from the lung: by its amount, or by what it does to oxygen and pressure. Clinical specification, B11. Pure.

Inputs: hemoptysis with amount or volume; complications as recorded; weight and age; oxygen saturation; systolic pressure.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from alerts import anemia
from alerts.rules.hemoptysis import SETTINGS as AMOUNTS
from alerts.rules.hemoptysis import amount_of
from alerts.rules.results import DAY, known, moment, next_fact
from alerts.rules.rule import Answer, Clear, Evidence, Finding, Judgment, Rule, Setting, Settings, Severity, Telling
from alerts.rules.sightings import CLOSED, runs
from alerts.rules.standing import HOUR
from alerts.rules.vitals import between, lowest, newest_before
from alerts.rules.wording import MINUS, NBSP, day, number
from patients.history import EventRecord, History

NAME: Final = "severe_bleeding"
VERSION: Final = 1
ADULT_MONTHS: Final = 18 * 12
CODES: Final = ("SPO2", "SBP", "WEIGHT")
CITATION: Final = (
    "Definitions of massive hemoptysis: 100–600 mL in 24 hours, doi 10.1183/09031936.00080108; 8 mL/kg in children is not checked "
    "against its source. Oxygen saturation and pressure: clinical specification B11, working values."
)
SETTINGS: Final = (
    Setting("severe_ml", 100, "mL", "clinical specification B11: 100 mL in 24 hours (100–600 in use)", 50, 600),
    Setting("severe_hours", 24, "h", "clinical specification B11: in 24 hours", 6, 48),
    Setting("severe_child_ml_per_kg", 8, "mL/kg", "clinical specification B11, to be checked", 2, 20),
    Setting("severe_spo2", 90, "%", "clinical specification B11, working value", 80, 95),
    Setting("severe_systolic_fall", 20, "mm[Hg]", "clinical specification B11, working value", 10, 50),
    Setting("pressure_days", 90, "d", "working value: how old a pressure may be to be compared with", 1, 365),
    Setting("weight_days", 90, "d", "clinical specification B4: weight age at most 90 days", 14, 365),
    Setting("severe_apart_days", 3, "d", "working value: severe again within 72 hours is one bleeding", 1, 14),
    *AMOUNTS,
)


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a bleeding is severe: in words, by which arithmetic, on which rows, past which limit."""

    words: str
    arithmetic: str
    rows: tuple[Evidence, ...]
    limit: str


def judge(history: History, settings: Settings, at: datetime) -> Judgment:
    """Return each severe bleeding of the last weeks; what is severe again within days is one."""
    now = at.timestamp()
    seen = [one for one in known(history, now, "hemoptysis", "complication") if _causes(one, history, settings, now)]
    reach = settings["recent_days"] * DAY
    found = [run for run in runs(seen, settings["severe_apart_days"]) if run[-1].effective_at.timestamp() + reach > now]
    answers: tuple[Answer, ...] = tuple(_finding(run, history, settings, now) for run in found)
    changes = [run[-1].effective_at.timestamp() + reach for run in found]
    coming = next_fact(history, now, CODES)
    changes += [] if coming is None else [coming]
    return Judgment(answers or (Clear(NAME, ""),), moment(min(changes)) if changes else None)


def _causes(event: EventRecord, history: History, settings: Settings, now: float) -> list[Cause]:
    """Return why an event is a severe bleeding; empty where it is none."""
    if event.kind == "complication":
        stated = event.findings.get("name") == NAME
        return [Cause("recorded as a complication", "", (), "Recorded as severe")] if stated else []
    found = [*_by_volume(event, history, settings), *_by_signs(event, history, settings, now)]
    return [one for one in found if one is not None]


def _by_volume(event: EventRecord, history: History, settings: Settings) -> list[Cause | None]:
    """Return what the amount of the hours up to an event says, by itself and for a child's weight."""
    time, hours = event.effective_at.timestamp(), f"{settings['severe_hours']:.0f}{NBSP}hours"
    counted = [
        one
        for one in known(history, time, "hemoptysis")
        if time - one.effective_at.timestamp() < settings["severe_hours"] * HOUR
    ]
    volumes = [volume_of(one, settings) for one in counted]
    total = sum(volumes)
    rows = tuple(_row(one) for one in counted if one is not event)
    sum_words = f"{' + '.join(number(one) for one in volumes)} = {number(total)}{NBSP}mL within {hours}"
    limit = f"{number(settings['severe_ml'])}{NBSP}mL or more within {hours}"
    large = total >= settings["severe_ml"]
    whole = Cause(f"at least {number(total)}{NBSP}mL within {hours}", sum_words, rows, limit) if large else None
    return [whole, _by_weight(event, total, rows, history, settings)]


def _by_weight(
    event: EventRecord, total: float, rows: tuple[Evidence, ...], history: History, settings: Settings
) -> Cause | None:
    """Return what an amount is for a child's weight; None for adults, where age or weight is unknown, and where it is little."""
    born, time = history.patient.birth_date, event.effective_at
    if born is None or anemia.age_months(born, time.date()) >= ADULT_MONTHS:
        return None
    weight = newest_before(history, "WEIGHT", time.timestamp() + 1, settings["weight_days"])
    if weight is None or weight.value <= 0 or total / weight.value < settings["severe_child_ml_per_kg"]:
        return None
    share = f"{number(total / weight.value)}{NBSP}mL/kg"
    limit = f"{number(settings['severe_child_ml_per_kg'])}{NBSP}mL/kg or more in a child"
    arithmetic = f"{number(total)}{NBSP}mL / {weight.text} = {share}"
    return Cause(f"at least {share}", arithmetic, (*rows, weight.evidence()), limit)


def _by_signs(event: EventRecord, history: History, settings: Settings, now: float) -> list[Cause | None]:
    """Return what oxygen saturation and pressure of the hours around an event say."""
    time, reach = event.effective_at.timestamp(), settings["severe_hours"] * HOUR
    first, last = time - reach, min(time + reach, now)
    low = lowest(between(history, "SPO2", first, last))
    oxygen = None
    if low is not None and low.value < settings["severe_spo2"]:
        limit = f"below {number(settings['severe_spo2'])}{NBSP}%"
        said = f"with an oxygen saturation of {low.text}{low.caution}"
        oxygen = Cause(said, f"{low.text} < {number(settings['severe_spo2'])}{NBSP}%", (low.evidence(),), limit)
    return [oxygen, _by_pressure(history, settings, first, last)]


def _by_pressure(history: History, settings: Settings, first: float, last: float) -> Cause | None:
    """Return how far the systolic pressure of these hours lies below the newest one before."""
    before = newest_before(history, "SBP", first, settings["pressure_days"])
    low = lowest(between(history, "SBP", first, last))
    if before is None or low is None or before.value - low.value < settings["severe_systolic_fall"]:
        return None
    fall = f"{number(before.value - low.value)}{NBSP}mmHg"
    limit = f"a systolic fall of {number(settings['severe_systolic_fall'])}{NBSP}mmHg or more"
    arithmetic = f"{number(before.value)} {MINUS} {number(low.value)} = {fall}"
    said = f"with a systolic pressure {fall} lower than before{low.caution}"
    return Cause(said, arithmetic, (low.evidence(), before.evidence("baseline")), limit)


def volume_of(event: EventRecord, settings: Settings) -> float:
    """Return the volume of a hemoptysis in mL, the least that it can be where only its amount is stated; streaks are none."""
    volume = event.findings.get("volume_ml")
    if isinstance(volume, int | float):
        return float(volume)
    least = {"teaspoon": "teaspoon_ml", "moderate": "moderate_ml", "massive": "massive_ml"}
    amount = amount_of(event, settings)
    return float(settings[least[amount]]) if amount in least else 0.0


def _row(event: EventRecord) -> Evidence:
    """Return an event as the row that a finding rests on."""
    said = event.findings.get("amount") or event.findings.get("name") or ""
    return Evidence("result", "event", event.id, event.kind, event.effective_at, str(said), "")


def _finding(run: list[EventRecord], history: History, settings: Settings, now: float) -> Finding:
    """Return the finding of one bleeding, by its newest severe event, at the level of the worst."""
    causes = [_causes(one, history, settings, now) for one in run]
    newest, when = causes[-1], day(run[-1].effective_at, history.patient.time_zone)
    rows = [_row(one) for one in run]
    rows += [
        row for cause in newest for row in cause.rows if row.id not in {one.id for one in rows if one.kind == row.kind}
    ]
    blood = "Severe bleeding" if run[-1].kind == "complication" else "Severe bleeding: blood coughed up"
    return Finding(
        rule=NAME,
        rule_version=VERSION,
        subject=str(run[0].origin),
        severity=Severity.HIGH,
        sentence=f"{blood} on {when}, {'; '.join(one.words for one in newest)}. Phone the patient or the ward now.",
        arithmetic=tuple(one.arithmetic for one in newest if one.arithmetic),
        clears_when=CLOSED,
        evidence=tuple(dict.fromkeys(rows)),
        threshold="; ".join(one.limit for one in newest),
        citation=CITATION,
        telling=Telling.AT_ONCE,
        latching=True,
        level=max(len(one) for one in causes) - 1,
        numbers={"volume_ml": max(volume_of(one, settings) if one.kind == "hemoptysis" else 0.0 for one in run)},
        since=run[0].effective_at,
    )


RULE: Final = Rule(
    name=NAME,
    title="Severe bleeding",
    version=VERSION,
    thresholds=(
        "High, by phone: 100 mL of blood or more coughed up within 24 hours.",
        "High, by phone: 8 mL/kg or more within 24 hours in a child below 18 years.",
        (
            "High, by phone: hemoptysis in whatever amount, with an oxygen saturation below 90 % or a systolic pressure 20 mmHg or "
            "more below the last one, within 24 hours before or after it."
        ),
        "High, by phone: severe bleeding that somebody recorded as a complication.",
        "Each further one of these counts as worse.",
    ),
    rationale=(
        "A bleed of this size, or one that the body no longer makes up for, may kill within hours. Little blood coughed up with a "
        "low saturation means that much stays in the lung."
    ),
    citation=CITATION,
    settings=SETTINGS,
    judge=judge,
)
