"""How hemoglobin runs over the last weeks: its robust slope, with the chance that it only looks like a fall. Pure.

Clinical specification, B1, rule R3. Of one day the lowest result counts; results before a transfusion do not: it only hides a fall.
"""

from dataclasses import dataclass
from typing import Final

from alerts import slopes
from alerts.rules.circumstances import transfusions
from alerts.rules.results import DAY, Results
from alerts.rules.rule import Setting, Settings
from alerts.rules.wording import NBSP, grams

SETTINGS: Final = (
    Setting("slope_days", 28, "d", "clinical specification B1 (R3), working value", 14, 90),
    Setting("slope_span_days", 14, "d", "clinical specification B1 (R3), working value", 7, 28),
    Setting("slope_least", 4, "1", "clinical specification B1 (R3); of fewer no order is rarer than 1 in 20", 4, 10),
    Setting("slope_fall", 8, "g/L", "clinical specification B1 (R3), working value: in 28 days", 4, 20),
    Setting("slope_p", 0.05, "1", "clinical specification B1 (R3): exact Kendall test", 0.001, 0.2),
)
PER_DAYS: Final = 28.0
"""A slope is said per this many days, whatever the window."""


@dataclass(frozen=True, slots=True)
class Slope:
    """The slope of the results at `members`, g/L per 28 days, with the exact chance of an order that falls as much."""

    members: tuple[int, ...]
    per_28_days: float
    p_falling: float

    def falls(self, settings: Settings) -> bool:
        """Whether it is a fall: steep enough, and hardly by chance."""
        return self.per_28_days <= -settings["slope_fall"] + 1e-9 and self.p_falling <= settings["slope_p"]

    def words(self, settings: Settings) -> str:
        """Return it as a line of arithmetic."""
        span = f"{settings['slope_days']:.0f}{NBSP}days"
        return (
            f"Theil–Sen slope of {len(self.members)} results within {span}: {grams(self.per_28_days)} per 28{NBSP}days, "
            f"Kendall p = {self.p_falling:.2g}"
        )


def slope_at(results: Results, index: int, settings: Settings) -> Slope | None:
    """Return the slope that ends with a result; None where the results are too few or too close in time."""
    members = _window(results, index, settings)
    if len(members) < settings["slope_least"]:
        return None
    span = results.local(members[-1]).date() - results.local(members[0]).date()
    if span.days < settings["slope_span_days"]:
        return None
    days = [(results.times[member] - results.times[members[0]]) / DAY for member in members]
    values = [results.values[member] for member in members]
    per_day = slopes.theil_sen(days, values)
    if per_day is None:
        return None
    return Slope(members, PER_DAYS * per_day, float(slopes.kendall(values).p_falling))


def _window(results: Results, index: int, settings: Settings) -> tuple[int, ...]:
    """Return the results of the days up to one, a day its lowest: confirmed ones, and that one, since the last transfusion."""
    last = results.local(index).date()
    given = [one.effective_at.timestamp() for one in transfusions(results.history, results.times[index])]
    since = max(given, default=results.times[0])
    lowest = {last: index}
    for place in range(index - 1, -1, -1):
        day = results.local(place).date()
        if (last - day).days > settings["slope_days"] or results.times[place] < since:
            break
        best = lowest.get(day)
        if results.confirmed[place] and day != last and (best is None or results.values[place] < results.values[best]):
            lowest[day] = place
    return tuple(sorted(lowest.values()))
