"""A file that is expected of a patient and does not come: clinical specification B13, taken over from tests to files. Pure.

Inputs: how often a file is expected, and from which day on; when files were read, those without anything new among them; the phase
of the disease and the doses of steroids, which say whether it matters more.
"""

from dataclasses import replace
from datetime import date, datetime
from typing import Final

import numpy as np

from alerts.rules.doses import later, local_day, midnight, on
from alerts.rules.grace import grace_of
from alerts.rules.lateness import Look, around
from alerts.rules.rule import Clear, Evidence, Finding, Judgment, Rule, Settings, Severity
from alerts.rules.uploads import LONG_MISSING, MISSING, Expected, expected
from alerts.rules.wording import NBSP
from patients.analytes import catalogue
from patients.history import History

NAME: Final = "upload_missing"
VERSION: Final = 1
CITATION: Final = "Clinical specification B13, working values, taken over from tests to the files that bring them."


def judge(history: History, settings: Settings, at: datetime) -> Judgment:
    """Return whether a file that is expected is missing; clear where none is expected, and of who has died."""
    seen = replace(history, at=at)
    one = expected(seen)
    if one is None:
        return Judgment((Clear(NAME, ""),))
    missing_on = one.missing_on(settings[MISSING.name])
    if local_day(seen, at) < missing_on:
        return Judgment((Clear(NAME, ""),), _sooner(seen, midnight(seen, missing_on)))
    look = around(seen, at)
    if look.died:
        return Judgment((Clear(NAME, ""),))
    long_on = max(missing_on, later(one.due_on, grace_of(one.every, settings[LONG_MISSING.name]) + 1))
    return Judgment((_finding(look, one, settings, missing_on, long_on),), _sooner(seen, look.ahead(long_on)))


def _sooner(history: History, moment: datetime | None) -> datetime | None:
    """Return a moment, or that of a file dated before it and ahead: a clock was put back since it was read."""
    ahead = [one for one in history.files if one > history.at]
    return min([*ahead, *([] if moment is None else [moment])], default=None)


def _finding(look: Look, one: Expected, settings: Settings, missing_on: date, long_on: date) -> Finding:
    """Return the finding: low, and moderate where it matters more and whoever sends has let a whole interval more pass."""
    urgent = bool(look.closely) and long_on <= look.today
    since = f"No file has come since {on(one.last or one.first)}"
    share = settings[LONG_MISSING.name if urgent else MISSING.name]
    return Finding(
        rule=NAME,
        rule_version=VERSION,
        subject="",
        severity=Severity.MODERATE if urgent else Severity.LOW,
        sentence=f"{since}{f', during {look.closely}' if urgent else ''}: one was due on {on(one.due_on)}.",
        arithmetic=(
            f"File: {one.why()}; due on {on(one.due_on)}, missing from {on(missing_on)}",
            *([f"Told as such from {on(long_on)}"] if urgent else []),
        ),
        clears_when="A file is read for the patient, also one without anything new, or none is expected any more.",
        evidence=_brought(look.history),
        threshold=f"{'In active disease or during a taper late' if urgent else 'Late'} by {'more than ' if urgent else ''}"
        f"{share:g}{NBSP}% of the interval{'' if urgent else ', one day at least'}",
        citation=CITATION,
        numbers={"interval_days": one.every},
        since=midnight(look.history, missing_on),
    )


def _brought(history: History) -> tuple[Evidence, ...]:
    """Return the newest result that the last file brought: what the finding does not fall with. Nothing where it brought none."""
    last = max((one for one in history.files if one <= history.at), default=None)
    made = [number for number, moment in history.revision_times.items() if moment == last]
    found: list[Evidence] = []
    for code, series in sorted(history.series.items()):
        may = np.isin(series.recorded_revision, made) & series.usable & (series.times <= history.at.timestamp())
        for place in np.flatnonzero(may)[-1:].tolist():
            unit = known.unit if (known := catalogue().get(code)) else ""
            value = round(float(series.values[place]), 6)
            found.append(
                Evidence("support", "observation", int(series.ids[place]), code, series.at(place), value, unit)
            )
    return tuple(sorted(found, key=lambda row: (row.effective_at, row.code))[-1:])


RULE: Final = Rule(
    name=NAME,
    title="Expected file missing",
    version=VERSION,
    thresholds=(
        "Low: a file that is expected is late by 20 % of the interval, one day at least.",
        "Moderate: in active disease or during a steroid taper it is late by more than 100 % of the interval.",
    ),
    rationale=(
        "Where results come by file, a laboratory or a program that stops sending looks like a patient of whom there is nothing "
        "new. Tests that are overdue say so only later, and only of tests."
    ),
    citation=CITATION,
    settings=(MISSING, LONG_MISSING),
    judge=judge,
)
