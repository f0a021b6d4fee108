"""A form for every kind of event, made from its fields: choices, numbers, yes or no, prose, dates, and states by place."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django import forms
from django.forms import BoundField

from monitor import record_words
from monitor.record_forms import NumberField, OccasionForm
from patients.event_kinds import TEXT_LENGTH, Field, Kind, completed, problems

UNSAID: Final = [("", "not stated")]
TRUTHS: Final = [*UNSAID, ("yes", "yes"), ("no", "no")]
MOST: Final = 999_999
SHORT: Final = frozenset({"reader", "agent"})
"""Prose that is a name."""
DATED: Final = frozenset({"infection", "remission"})
"""Kinds that say something by their date alone; of every other one thing at least is stated."""
NOTHING_SAID: Final = "State one finding at least."


@dataclass(frozen=True, slots=True)
class Group:
    """Fields that belong together on the page."""

    legend: str
    fields: tuple[BoundField, ...]


class EventForm(OccasionForm):
    """An event of one kind. `findings` once it is clean."""

    def __init__(self, *args: Any, kind: Kind, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        self.findings: dict[str, Any] = {}
        for field in kind.fields.values():
            usual = "Needed." if field.name in kind.required else ""
            hint = record_words.HINTS.get((kind.name, field.name), usual)
            for name, made in _controls(field):
                made.help_text = hint
                self.fields[name] = made

    def groups(self) -> list[Group]:
        """Return the fields as they stand on the page: when, what, and each map under its own name."""
        single = tuple(self[name] for name, one in self.kind.fields.items() if one.type != "map")
        found = [Group("When", (self["on"], self["clock"])), Group("Findings", single)]
        for name, one in self.kind.fields.items():
            if one.type == "map":
                found.append(Group(record_words.label(name), tuple(self[f"{name}-{key}"] for key in one.keys)))
        return [group for group in found if group.fields]

    def clean(self) -> dict[str, Any]:
        """Gather the findings and let the catalogue say what is wrong with them."""
        data = super().clean()
        said: dict[str, Any] = {}
        for name, field in self.kind.fields.items():
            value = _map(field, data) if field.type == "map" else data.get(name)
            if value not in (None, "", {}):
                said[name] = value
        self.findings = completed(self.kind.name, said)
        for issue in problems(self.kind.name, self.findings):
            if issue.column in self.fields and issue.column not in self.errors:
                needed = issue.code == "missing_field"
                self.add_error(issue.column, "This is needed." if needed else issue.message)
        if not said and not self.errors and self.kind.name not in DATED:
            self.add_error(self.groups()[1].fields[0].name, NOTHING_SAID)
        self._check_end()
        return data

    def _check_end(self) -> None:
        """Refuse an end before the beginning."""
        until, day = self.cleaned_data.get("until"), self.cleaned_data.get("on")
        if until and day and date.fromisoformat(until) < day:
            self.add_error("until", "The end is before the beginning.")


def initial_of(findings: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the form of an event is filled with for findings that are recorded."""
    found: dict[str, Any] = {}
    for name, value in findings.items():
        if isinstance(value, Mapping):
            found |= {f"{name}-{key}": state for key, state in value.items()}
        else:
            found[name] = "yes" if value is True else "no" if value is False else value
    return found


def _controls(field: Field) -> list[tuple[str, forms.Field]]:
    """Return the controls of a field of the catalogue, by name; a map has one a place."""
    if field.type == "map":
        return [(f"{field.name}-{key}", _choice(field, record_words.plain(key))) for key in field.keys]
    label = record_words.label(field.name)
    if field.type == "choice":
        return [(field.name, _choice(field, label))]
    if field.type == "boolean":
        made: forms.Field = forms.TypedChoiceField(
            label=label, required=False, choices=TRUTHS, coerce=lambda text: text == "yes", empty_value=None
        )
    elif field.type == "number":
        made = NumberField(label=label, required=False, most=MOST)
    elif field.type == "date":
        made = DayField(label=label, required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    else:
        widget = forms.TextInput() if field.name in SHORT else forms.Textarea(attrs={"rows": 3})
        made = forms.CharField(label=label, required=False, max_length=TEXT_LENGTH, widget=widget)
    return [(field.name, made)]


def _choice(field: Field, label: str) -> forms.TypedChoiceField:
    """Return a choice among what is allowed; what comes out is what the catalogue holds, a number where it is one."""
    by_text = {str(one): one for one in field.allowed}
    choices = [*UNSAID, *((text, record_words.state(field.name, text)) for text in by_text)]
    return forms.TypedChoiceField(
        label=label, required=False, choices=choices, coerce=by_text.__getitem__, empty_value=None
    )


def _map(field: Field, data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the places of a map for which something is stated."""
    stated = {key: data.get(f"{field.name}-{key}") for key in field.keys}
    return {key: state for key, state in stated.items() if state}


class DayField(forms.DateField):
    """A day, kept as findings keep it: YYYY-MM-DD."""

    def clean(self, value: Any) -> Any:
        """Return the day as text, None for none."""
        found = super().clean(value)
        return found.isoformat() if isinstance(found, date) else None
