"""When a patient was last heard of, and from when on the silence is too long: what long lists read instead of histories. Pure.

The watch writes it at each judgment. It holds until a new fact comes, which is judged again; a phase that changes by the
calendar alone is seen at the next judgment.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from alerts.due import Due
from alerts.monitoring import TESTS, schedule
from alerts.recurrence import DIED, phase
from alerts.repeats import control_film, repeat_hemoglobin, repeat_sputum
from alerts.reviews import lung_function_after_fibrosis
from alerts.rules.results import moment
from patients.history import History

HEMOGLOBIN: Final = "HGB"
BLOOD_COUNT: Final = TESTS[0].subject


@dataclass(frozen=True, slots=True)
class Heard:
    """The newest usable hemoglobin (None: there is none), when its successor is overdue, and when the first test of all is.

    A patient without any hemoglobin is silent from the first look on; one who has died never is.
    """

    at: datetime | None = None
    silent_from: datetime | None = None
    overdue_from: datetime | None = None


def heard(history: History) -> Heard:
    """Return what was last heard of a patient, as seen at `history.at`."""
    last = _newest(history)
    if phase(history).name == DIED:
        return Heard(last)
    regular = schedule(history)
    blood = next((due for due in regular if due.subject == BLOOD_COUNT), None)
    repeats = (
        repeat_hemoglobin(history),
        control_film(history),
        repeat_sputum(history),
        lung_function_after_fibrosis(history),
    )
    late = [_overdue(due, history) for due in (*regular, *repeats) if due is not None]
    silent_from = history.at if blood is None else _overdue(blood, history)
    return Heard(last, silent_from, min(late, default=None))


def _newest(history: History) -> datetime | None:
    """Return when the newest hemoglobin that a watch may use was taken."""
    series = history.get(HEMOGLOBIN)
    times = series.times[series.usable & (series.times <= history.at.timestamp())]
    return moment(float(times[-1])) if len(times) else None


def _overdue(due: Due, history: History) -> datetime:
    """Return the first moment of the patient's day on which something counts as overdue."""
    day = due.due_on + timedelta(days=due.grace)
    return datetime.combine(day, time.min, ZoneInfo(history.patient.time_zone or "UTC")).astimezone(UTC)
