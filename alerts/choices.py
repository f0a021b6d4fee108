"""Every number of the watches that may be chosen: who uses it, within which bounds, and what must not cross. Pure.

A number is known by its name. Rules that share a name share the number, with one default and one source (a test holds them to it),
so that a change reaches all of them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from alerts import adrenal, due, monitoring, recurrence, repeats, reviews, rules, steroid_todos
from alerts.rules.rule import Setting
from alerts.setting_titles import title_of
from alerts.summaries import criteria, diagnosis, differential, screening

OTHERS: Final[Sequence[tuple[str, Sequence[Setting]]]] = (
    ("Exacerbations and remissions", recurrence.SETTINGS),
    ("To-dos: repeats and controls", repeats.SETTINGS),
    ("To-dos: regular tests", (*monitoring.SETTINGS, due.OVERDUE)),
    ("Steroids beside the plan", (*adrenal.SETTINGS, *steroid_todos.SETTINGS)),
    ("To-dos: films and screening", (*reviews.SETTINGS, *screening.SETTINGS)),
    ("Diagnosis, criteria, differential", (*diagnosis.SETTINGS, *criteria.SETTINGS, *differential.SETTINGS)),
)
"""What has numbers and is no rule, in reading order."""
ORDERED: Final = (
    ("z95", "z99"),
    ("cvi_percent", "cvi_cap_percent"),
    ("baseline_least", "baseline_results"),
    ("teaspoon_ml", "moderate_ml"),
    ("moderate_ml", "massive_ml"),
    ("control_film_days", "control_film_late_days"),
    ("siderophage_days", "silent_from_days"),
    ("infarction_wbc", "steroid_wbc"),
    ("relapse_strong_days", "relapse_after_days"),
    ("adherence_least_days", "adherence_days"),
    ("upload_missing_percent", "upload_long_missing_percent"),
)
"""Pairs whose first is never above the second: a limit that is passed less often is not the higher one."""

COUNTED: Final = frozenset({"1", "h", "d", "a"})


@dataclass(frozen=True, slots=True)
class Choice:
    """A number that may be chosen, under the watch that names it first; `shared` are the titles of the others that use it."""

    setting: Setting
    group: str
    shared: tuple[str, ...] = field(default=())

    @property
    def words(self) -> str:
        """Return what it is called."""
        return title_of(self.setting.name)

    @property
    def whole(self) -> bool:
        """Whether it counts things or calendar units, and is a whole number."""
        return self.setting.unit in COUNTED and float(self.setting.default).is_integer()


def declared() -> Iterator[tuple[str, Setting]]:
    """Yield every number with the title of who uses it, those of the rules first."""
    for rule in rules.RULES:
        for setting in rule.settings:
            yield rule.title, setting
    for title, settings in OTHERS:
        for setting in settings:
            yield title, setting


def catalogue() -> Mapping[str, Choice]:
    """Return every number by name, in reading order."""
    found: dict[str, Choice] = {}
    for title, setting in declared():
        known = found.get(setting.name)
        if known is None:
            found[setting.name] = Choice(setting, title)
        elif title not in (known.group, *known.shared):
            found[setting.name] = Choice(known.setting, known.group, (*known.shared, title))
    return found


def refusal(name: str, value: float, numbers: Mapping[str, float]) -> str:
    """Return why a number cannot be chosen, "" where it can. `numbers` are those that hold now, for all that is not its default.

    KeyError for a name that there is not.
    """
    known = catalogue()
    setting = known[name].setting
    if not setting.low <= value <= setting.high:
        return f"Choose a number from {setting.low:g} to {setting.high:g}."
    if known[name].whole and not float(value).is_integer():
        return "Choose a whole number."
    after = {**{one: choice.setting.default for one, choice in known.items()}, **numbers, name: value}
    for lower, upper in ORDERED:
        if name in (lower, upper) and lower in after and upper in after and after[lower] > after[upper]:
            other = upper if name == lower else lower
            side = "above" if name == lower else "below"
            return f"It must not be {side} “{known[other].words}”, which is {after[other]:g}."
    return ""
