"""Forms that correct or retract one fact, each with its reason."""

from datetime import date
from typing import Any, Final

from django import forms

from monitor.record_events import EventForm
from monitor.record_forms import REASON, NumberField, OccasionForm, OnceForm
from monitor.record_results import units_of
from monitor.templatetags.showing import unit as shown_unit
from patients.analytes import analyte
from patients.entering import Answer, Typed, read
from patients.models import Observation
from patients.validation import Frame

WHY: Final = "Shown in the history for good."
MOST_DOSE: Final = 10_000


def reason_field() -> forms.CharField:
    """Return the field for why a fact is changed."""
    return forms.CharField(
        label="Reason", max_length=REASON, help_text=WHY, widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Say why. The reason stays in the history."},
    )  # fmt: skip


class RetractForm(OnceForm):
    """Takes a fact back."""

    reason = reason_field()


class ResultForm(OccasionForm):
    """One result, read again. `answer` once it is clean."""

    value = forms.CharField(max_length=60, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    performer = forms.CharField(label="Laboratory", required=False, max_length=120)
    specimen = forms.CharField(label="Specimen", required=False, max_length=80)

    def __init__(self, *args: Any, row: Observation, frame: Frame, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.row, self.frame = row, frame
        self.answer: Answer | None = None
        known = analyte(row.code)
        self.fields["value"].label = known.name
        if known.allowed:
            self.fields["value"] = forms.ChoiceField(label=known.name, choices=[(one, one) for one in known.allowed])
        if known.value_type == "number" and (units := units_of(known)):
            choices = [(one, shown_unit(one)) for one in units]
            self.fields["unit"] = forms.ChoiceField(label="Unit", choices=choices)
        self.fields["reason"] = reason_field()
        self.order_fields(["value", "unit", "on", "clock", "performer", "specimen", "reason"])

    @property
    def said(self) -> str:
        """Return what a person says is right: this value at this time."""
        return " ".join(self.data.get(name, "").strip() for name in ("on", "clock", "value", "unit"))

    def clean(self) -> dict[str, Any]:
        """Understand the value; a question or a mistake becomes its error."""
        data = super().clean()
        day, value = data.get("on"), data.get("value")
        if not isinstance(day, date) or not value or {"on", "clock"} & set(self.errors):
            return data
        typed = Typed(self.row.code, value, data.get("unit", ""), right=self.data.get("right") == self.said)
        when = self.when(day, data.get("clock"))
        (self.answer,) = read(
            [typed], self.frame, when=when, performer=data.get("performer", ""), specimen=data.get("specimen", "")
        )
        if not self.answer.stands:
            self.add_error("value", self.answer.words or "Is this right?")
        return data


class EventCorrectionForm(EventForm):
    """An event, stated again."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"] = reason_field()


class TreatmentForm(OnceForm):
    """A dose by interval, planned or taken."""

    drug = forms.CharField(max_length=60)
    dose = NumberField(required=False, most=MOST_DOSE, label="Dose")
    unit = forms.CharField(required=False, max_length=24, label="Unit")
    route = forms.CharField(required=False, max_length=24, label="Route")
    every_days = NumberField(most=366, label="Every so many days", help_text="1 is daily, 2 every other day.")
    started_on = forms.DateField(label="From", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    ended_on = forms.DateField(
        label="To (last day)", required=False, help_text="Leave it empty while it goes on.",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )  # fmt: skip
    reason = reason_field()

    def __init__(self, *args: Any, planned: bool, today: date, born: date | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.planned, self.today, self.born = planned, today, born

    def clean(self) -> dict[str, Any]:
        """Refuse an interval that cannot be."""
        data = super().clean() or self.cleaned_data
        start, end = data.get("started_on"), data.get("ended_on")
        if start and end and end < start:
            self.add_error("ended_on", "The end is before the beginning.")
        if start and not self.planned and start > self.today:
            self.add_error("started_on", "What lies in the future is planned, not taken.")
        if start and ((self.born and start < self.born) or start.year < 1900):
            self.add_error("started_on", "This is before the patient’s birth.")
        if data.get("every_days") == 0:
            self.add_error("every_days", "Enter a number above 0.")
        if data.get("dose") and not data.get("unit"):
            self.add_error("unit", "A dose needs its unit.")
        return data
