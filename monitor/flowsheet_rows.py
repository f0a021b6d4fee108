"""The results of a flowsheet from the record: with the range each carries and what was corrected, in one query."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
from django.db.models import Exists, OuterRef, Q, QuerySet

from alerts.rules.rule import Severity
from alerts.saturation import SATURATION_CODE, saturation
from monitor.flowsheet import Range, Result, Sheet, flowsheet
from patients.history import USABLE_STATUSES, History
from patients.models import Observation

SHOWN_DAYS: Final = 30
"""Days that the page shows unless all are asked for; the file always has all."""
CORRECTED: Final = frozenset({"corrected", "amended"})


def sheet(
    history: History,
    grades: Mapping[int, Severity],
    *,
    days: int | None = SHOWN_DAYS,
    held: Sequence[Result] = (),
) -> Sheet:
    """Return the flowsheet of a history, its newest days or all. `grades` are alerts by the result that they rest on.

    `held` are results of rows that wait for a person; they stand in the sheet beside what is recorded.
    """
    zone = ZoneInfo(history.patient.time_zone or "UTC")
    known = _days(history, held, zone)
    whole = days is None or len(known) <= days
    since = None if whole or days is None else datetime.combine(known[days - 1], time(), tzinfo=zone)
    results = [*recorded(history, grades, since=since), *computed(history), *held]
    results += _before(history, since) if since else []
    today = history.at.astimezone(zone).date()
    found = flowsheet(results, history.patient, today=today, days=days)
    return replace(found, days=max(found.days, len(known)))


def _days(history: History, held: Sequence[Result], zone: ZoneInfo) -> list[date]:
    """Return the days on which a number was measured, or something is held of, newest first."""
    times = [one.times for one in history.series.values() if len(one)]
    moments = np.unique(np.concatenate(times)).tolist() if times else []
    days = {datetime.fromtimestamp(one, tz=UTC).astimezone(zone).date() for one in moments}
    return sorted(days | {one.at.astimezone(zone).date() for one in held}, reverse=True)


def _before(history: History, since: datetime) -> list[Result]:
    """Return the last number of each analyte before a moment: what an arrow compares with."""
    found = []
    for series in history.series.values():
        place = int(np.searchsorted(series.times, since.timestamp())) - 1
        if place >= 0:
            sign = series.comparators[place] if series.comparators else ""
            value = float(series.values[place])
            found.append(Result(int(series.ids[place]), series.code, series.at(place), value, comparator=sign))
    return found


def recorded(history: History, grades: Mapping[int, Severity], *, since: datetime | None = None) -> list[Result]:
    """Return the results known at the revision of a history, words too, from a moment on."""
    found = _known(history)
    if since is not None:
        found = found.filter(effective_at__gte=since)
    rows = found.values_list(
        "id", "code", "effective_at", "value", "value_text", "comparator", "reference_low", "reference_high",
        "interpretation", "status", "unconfirmed", "replaces",
    )  # fmt: skip
    return [
        Result(
            id=id_,
            code=code,
            at=at,
            value=value,
            text=text or ("" if value is not None else "no result"),
            comparator=comparator,
            range=Range(low, high),
            interpretation=interpretation,
            usable=status in USABLE_STATUSES,
            unconfirmed=unconfirmed,
            corrected=replaces or status in CORRECTED,
            severity=grades.get(id_),
        )
        for id_, code, at, value, text, comparator, low, high, interpretation, status, unconfirmed, replaces in rows
    ]


def _known(history: History) -> QuerySet[Any]:
    """Return the rows that held at the revision of a history, each with whether it replaces one of the same key."""
    same = {name: OuterRef(name) for name in ("patient_id", "code", "effective_at", "specimen", "performer")}
    replaced = Observation.objects.filter(**same, retracted_revision=OuterRef("recorded_revision"))
    held = Q(retracted_revision=None) | Q(retracted_revision__gt=history.revision)
    return Observation.objects.filter(
        held, patient_id=history.patient.id, recorded_revision__lte=history.revision, effective_at__lte=history.at
    ).annotate(replaces=Exists(replaced))


def computed(history: History) -> list[Result]:
    """Return the saturations that follow from iron and TIBC of the same sample."""
    known = saturation(history)
    series = known.series
    return [
        Result(
            id=-int(series.ids[place]),
            code=SATURATION_CODE,
            at=series.at(place),
            value=round(float(series.values[place]), 1),
            usable=bool(series.usable[place]),
            unconfirmed=bool(series.unconfirmed[place]),
            computed=True,
        )
        for place in sorted(known.computed)
    ]
