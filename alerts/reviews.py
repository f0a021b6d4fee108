"""What a person is to look at again: two readings of one film that differ, a stage below fibrosis, lung function after it. Pure.

Clinical specification, B6 and S21. Each is open until a later fact answers it; none has a day of its own but the last.
"""

from typing import Final

from alerts.due import Due, Todo, on
from alerts.recurrence import local_day
from alerts.rules.films import CONFLICT, FIBROSIS, KINDS, STAGES, Reading, contradicts, readings, stage_of
from alerts.rules.results import known
from alerts.rules.rule import Setting, number_of
from alerts.rules.vitals import between
from alerts.rules.wording import listed
from patients.history import EventRecord, History

VOLUMES: Final = ("DLCO", "TLC")
NAMES: Final = {"DLCO": "diffusing capacity", "TLC": "total lung capacity"}
LATE: Final = Setting(
    "fibrosis_volumes_days",
    28,
    "d",
    "working value: how late lung function after the first film of stage IV is overdue",
    7,
    90,
)
SETTINGS: Final = (LATE,)


def film_conflict(history: History) -> Todo | None:
    """Return the newest film that another reader read differently, until a later film, or a correction, ends the doubt."""
    films = _readings(history)
    if not films or not films[-1].contested:
        return None
    last = films[-1].event
    other = next(one.event for one in reversed(films[:-1]) if not one.contested and _apart(last, one.event, history))
    readers = [str(one.findings.get("reader", "")).strip() for one in (other, last)]
    days = " and ".join(dict.fromkeys(on(local_day(history, one.effective_at)) for one in (other, last)))
    words = (
        f"Decide: {listed(readers)} read the film of {days} differently; until then the second reading changes nothing"
    )
    return Todo("film_conflict", str(last.origin), words, None, overdue=False)


def stage_to_confirm(history: History) -> Todo | None:
    """Return a stage below IV after a film of stage IV: fibrosis does not go back, so one of the two is wrong (S21)."""
    staged = [one.event for one in _readings(history) if one.stage is not None and not one.contested]
    scarred = [one for one in staged if stage_of(one) == FIBROSIS]
    stage = stage_of(staged[-1]) if staged else None
    if not scarred or stage is None or stage == FIBROSIS:
        return None
    last = staged[-1]
    below, first = on(local_day(history, last.effective_at)), on(local_day(history, scarred[-1].effective_at))
    words = f"Confirm stage {STAGES[stage]} of {below}: stage IV on {first}, and fibrosis does not go back"
    return Todo("confirm_stage", str(last.origin), words, None, overdue=False)


def lung_function_after_fibrosis(history: History) -> Due | None:
    """Return diffusing capacity and total lung capacity that were not measured since stage IV was seen for the first time."""
    staged = [one.event for one in _readings(history) if one.stage is not None and not one.contested]
    first = next((one for one in staged if stage_of(one) == FIBROSIS), None)
    if first is None or staged[0] is first:
        return None
    since, now = first.effective_at.timestamp(), history.at.timestamp()
    missing = [NAMES[code] for code in VOLUMES if not between(history, code, since, now)]
    if not missing:
        return None
    seen, what = local_day(history, first.effective_at), listed(missing)
    why = f"stage IV for the first time on {on(seen)}"
    grace = int(number_of(history, LATE))
    return Due("lung_volumes", str(first.origin), f"{what[:1].upper()}{what[1:]},", why, seen, grace)


def _readings(history: History) -> list[Reading]:
    """Return the films known at the moment of a history."""
    if not known(history, history.at.timestamp(), *KINDS):
        return []
    return readings(history, history.at.timestamp(), number_of(history, CONFLICT))


def _apart(last: EventRecord, other: EventRecord, history: History) -> bool:
    """Whether a film is the one that another contradicts."""
    return contradicts(last, other, number_of(history, CONFLICT))
