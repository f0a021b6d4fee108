"""Suspicion of infarction pneumonia: several signs of it within three days. Clinical specification, B11, S8 and S10. Pure.

Inputs: leukocytes, band neutrophils, sedimentation rate, temperature; chest pain; dense shadows on chest films; steroid dose. On
20 mg of prednisone or more, leukocytes up to 15 without a left shift are no sign (B5).
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from alerts.rules.films import KINDS, SOURCE
from alerts.rules.results import DAY, known, moment, next_fact
from alerts.rules.rule import Answer, CannotJudge, Clear, Evidence, Finding, Judgment, Rule, Setting, Settings, Severity
from alerts.rules.standing import HOUR, Place, Standing, standing
from alerts.rules.support import TIE
from alerts.rules.vitals import Value, between, usual
from alerts.rules.wording import NBSP, day, listed, number
from patients.dosing import dose_on
from patients.history import EventRecord, History

NAME: Final = "infarction_pneumonia"
VERSION: Final = 1
WBC, BANDS, ESR, TEMPERATURE = "WBC", "NEUT_BAND", "ESR", "TEMP"
CODES: Final = (WBC, BANDS, ESR, TEMPERATURE)
LEAST: Final = 3
"""Earlier results that an own median needs (clinical specification, B0)."""
CITATION: Final = (
    f"Marked leukocytosis, left shift and a raised ESR in infarction pneumonia: {SOURCE} (S8, S10). Limits: clinical "
    "specification B11, working values."
)
REACH: Final = 120 * DAY
"""How far back from the newest look signs are read: longer than any suspicion goes on."""
B11: Final = "clinical specification B11, working value"
SETTINGS: Final = (
    Setting("infarction_signs", 3, "1", "clinical specification B11: three or more", 2, 6),
    Setting("infarction_hours", 72, "h", "clinical specification B11: within 72 hours", 24, 168),
    Setting("infarction_wbc", 12, "10*9/L", B11, 9, 20),
    Setting("infarction_wbc_rise_percent", 50, "%", "clinical specification B11: or +50 %", 20, 200),
    Setting("infarction_bands", 6, "%", B11, 3, 15),
    Setting("infarction_esr", 30, "mm/h", B11, 15, 80),
    Setting("infarction_esr_rise_percent", 100, "%", "clinical specification B11: or doubled", 50, 400),
    Setting("infarction_temperature", 38, "Cel", B11, 37.5, 39),
    Setting("steroid_wbc", 15, "10*9/L", "clinical specification B5: on 20 mg or more, up to 15 is no sign", 12, 20),
    Setting("steroid_mg", 20, "mg", "clinical specification B5", 10, 60),
    Setting("recovery_hours", 24, "h", "clinical specification B0, working value", 1, 168),
    Setting("infarction_days", 28, "d", "working value: how long signs without a later result are told", 7, 90),
)


@dataclass(frozen=True, slots=True)
class Look:
    """A result or an event that says something: which `sign`, in words; "" where it says that there is none."""

    time: float
    sign: str
    words: str
    evidence: Evidence
    confirmed: bool = True


def judge(history: History, settings: Settings, at: datetime) -> Judgment:
    """Return whether enough signs came together, until results show that it is over."""
    now = at.timestamp()
    looks = _looks(history, settings, now)
    coming = next_fact(history, now, CODES)
    changes = [] if coming is None else [coming]
    place = _place(looks, settings)
    answer: Answer = Clear(NAME, "")
    if place.held:
        until = looks[-1].time + settings["infarction_days"] * DAY
        answer = _finding(looks, place, history, settings) if now < until else _unseen(looks[-1], history)
        changes += [until] if now < until else []
    return Judgment((answer,), moment(min(changes)) if changes else None)


def _place(looks: list[Look], settings: Settings) -> Place:
    """Return where the suspicion stands: it is over when results so far apart no longer have signs enough around them."""
    if not looks:
        return Place(Standing.OVER)
    return standing(
        [one.time for one in looks],
        [one.confirmed and not one.sign for one in looks],
        holds=lambda index: len(_signs(looks, index, settings)) >= settings["infarction_signs"],
        apart=settings["recovery_hours"] * HOUR,
    )


def _signs(looks: list[Look], index: int, settings: Settings) -> dict[str, Look]:
    """Return the signs of the hours up to a look, the newest of each kind."""
    first = looks[index].time - settings["infarction_hours"] * HOUR
    return {one.sign: one for one in looks[: index + 1] if one.sign and one.time >= first}


def _looks(history: History, settings: Settings, now: float) -> list[Look]:
    """Return the newest results and events that speak for or against, oldest first."""
    values = [value for code in CODES for value in between(history, code, -math.inf, now)]
    events = list(_events(history, now))
    first = max([*(one.time for one in values), *(one.time for one in events)], default=0.0) - REACH
    found = [_of_value(one, history, settings) for one in values if one.time >= first]
    found += [one for one in events if one.time >= first]
    return sorted(found, key=lambda one: (one.time, one.evidence.code, one.evidence.id))


def _of_value(value: Value, history: History, settings: Settings) -> Look:
    """Return a result as a look."""
    sign = _sign_of(value, history, settings)
    code, row = value.series.code, value.evidence("result")
    return Look(value.time, code if sign else "", f"{sign or value.text}{value.caution}", row, value.confirmed)


def _events(history: History, now: float) -> Iterator[Look]:
    """Yield chest pain, and dense shadows that were not on the film before."""
    dense = False
    for event in known(history, now, "symptom", *KINDS):
        if event.kind == "symptom":
            if event.findings.get("name") == "chest_pain" and event.findings.get("severity") != 0:
                yield _of_event(event, "chest_pain", "chest pain")
        elif "dense_shadow" in event.findings:
            if event.findings["dense_shadow"] is True and not dense:
                yield _of_event(event, "dense_shadow", "a new dense shadow")
            dense = event.findings["dense_shadow"] is True


def _of_event(event: EventRecord, sign: str, words: str) -> Look:
    """Return an event as a look."""
    row = Evidence("result", "event", event.id, event.kind, event.effective_at, words, "")
    return Look(event.effective_at.timestamp(), sign, words, row)


def _sign_of(value: Value, history: History, settings: Settings) -> str:
    """Return what a result is as a sign, in words; empty where it is none."""
    code = value.series.code
    if code == BANDS:
        return f"bands {value.text}" if value.value > settings["infarction_bands"] else ""
    if code == TEMPERATURE:
        return f"temperature {value.text}" if value.value >= settings["infarction_temperature"] else ""
    if code == WBC and _by_steroids(value, history, settings):
        return ""
    name, limit = ("leukocytes", "infarction_wbc") if code == WBC else ("ESR", "infarction_esr")
    if value.value > settings[limit]:
        return f"{name} {value.text}"
    own = usual(history, code, value.time - settings["infarction_hours"] * HOUR, least=LEAST)
    risen = own is not None and value.value >= (1 + settings[f"{limit}_rise_percent"] / 100) * own - TIE
    return f"{name} {value.text} against a usual {number(own)}" if risen and own is not None else ""


def _by_steroids(value: Value, history: History, settings: Settings) -> bool:
    """Whether the dose of that day explains a raised count: enough of a steroid, not too many cells, no left shift beside it."""
    if value.value > settings["steroid_wbc"]:
        return False
    on = moment(value.time).astimezone(ZoneInfo(history.patient.time_zone or "UTC")).date()
    dose = dose_on(history, on).mg
    reach = settings["infarction_hours"] * HOUR
    shifted = any(
        one.value > settings["infarction_bands"] for one in between(history, BANDS, value.time - reach, value.time)
    )
    return dose is not None and dose >= settings["steroid_mg"] and not shifted


def _unseen(look: Look, history: History) -> CannotJudge:
    """Return that nothing was measured since."""
    when = day(moment(look.time), history.patient.time_zone)
    return CannotJudge(NAME, "", f"nothing since {when} says whether the signs are gone")


def _finding(looks: list[Look], place: Place, history: History, settings: Settings) -> Finding:
    """Return the finding of the last time that enough signs came together, at the level of the most."""
    last = place.held[-1]
    signs = _signs(looks, last, settings)
    zone, hours = history.patient.time_zone, f"{settings['infarction_hours']:.0f}{NBSP}hours"
    least = f"{settings['infarction_signs']:.0f}"
    said = listed([one.words for one in signs.values()])
    when = day(moment(looks[last].time), zone)
    most = max(len(_signs(looks, index, settings)) for index in place.held)
    return Finding(
        rule=NAME,
        rule_version=VERSION,
        subject="",
        severity=Severity.HIGH,
        sentence=f"{said[:1].upper()}{said[1:]} within {hours}, up to {when}. {least} signs or more: infarction pneumonia?",
        arithmetic=(
            *(f"{day(moment(one.time), zone)}: {one.words}" for one in signs.values()),
            f"{len(signs)} of 6 signs",
        ),
        clears_when=(
            f"Two results, at least {settings['recovery_hours']:.0f}{NBSP}hours apart, with fewer than {least} signs in the "
            f"{hours} up to them."
        ),
        evidence=tuple(one.evidence for one in signs.values()),
        threshold=f"{least} of 6 signs or more within {hours}",
        citation=CITATION,
        level=most - int(settings["infarction_signs"]),
        numbers={"signs": float(len(signs))},
        since=moment(looks[place.since].time),
    )


RULE: Final = Rule(
    name=NAME,
    title="Infarction pneumonia suspected",
    version=VERSION,
    thresholds=(
        (
            "High: three or more within 72 hours of: leukocytes above 12 or 1.5 times the own median, bands above 6 %, ESR above "
            "30 mm/h or twice the own median, chest pain, a new dense shadow, temperature from 38 °C on."
        ),
        "On 20 mg of prednisone or more, leukocytes up to 15 without a left shift are no sign.",
        "Each further sign counts as worse.",
    ),
    rationale=(
        "Infarction pneumonia is one of the complications that kill. Each sign alone is common in this disease; together they are "
        "not."
    ),
    citation=CITATION,
    settings=SETTINGS,
    judge=judge,
)
