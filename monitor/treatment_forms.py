"""Forms of treatment: a dose that was taken, and a taper from start to target, previewed before it is saved."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from django import forms

from monitor.record_forms import REASON, NumberField, OnceForm
from patients.amounts import STEROIDS
from patients.facts import NewTreatment
from patients.tapering import (
    CHILD_MG_PER_KG,
    CHILD_MOST_MG,
    MOST_MG,
    STEP_DAYS,
    UNIT_MG,
    Step,
    plan,
    treatments,
)

DRUG: Final = "prednisolone"
MOST_WEEKS: Final = 520
SHAPES: Final = [("equal", "Equal steps"), ("proportional", "Steps in proportion to the dose")]
UNITS: Final = [("mg", "mg"), ("g", "g"), ("ug", "µg")]
PLAN: Final = ("drug", "start_on", "start_mg", "target_mg", "weeks", "by", "step_days", "unit_mg", "shape")
PILLS: Final = [("0.5", "0.5 mg"), ("1", "1 mg"), ("1.25", "1.25 mg"), ("2.5", "2.5 mg"), ("5", "5 mg")]


def day_field(label: str, **kwargs: Any) -> forms.DateField:
    """Return a field for a day of the patient's calendar."""
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **kwargs)


class DoseForm(OnceForm):
    """What was taken on one day."""

    drug = forms.CharField(max_length=60, label="Medicine", widget=forms.TextInput(attrs={"list": "drugs"}))
    dose = NumberField(most=10 * MOST_MG, label="Dose", help_text="0 where it was not taken.")
    unit = forms.ChoiceField(choices=UNITS, label="Unit")
    on = day_field("Day")

    def __init__(self, *args: Any, today: date, born: date | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today, self.born = today, born
        self.fields["on"].initial = today
        self.fields["on"].widget.attrs["max"] = today.isoformat()

    @property
    def said(self) -> str:
        """Return what a person says is right: this dose on this day."""
        return " ".join(self.data.get(name, "").strip() for name in ("on", "drug", "dose", "unit"))

    @property
    def insisted(self) -> bool:
        """Whether the person says that it was taken beside what is recorded."""
        return self.data.get("right") == self.said

    def clean_on(self) -> date:
        """Refuse a day to come, or before the patient was born."""
        day: date = self.cleaned_data["on"]
        if day > self.today:
            raise forms.ValidationError("This day is still to come.")
        if day.year < 1900 or (self.born and day < self.born):
            raise forms.ValidationError("This is before the patient’s birth.")
        return day

    def fact(self, patient_id: UUID) -> NewTreatment:
        """Return the dose as recorded."""
        data = self.cleaned_data
        return NewTreatment(
            patient_id, data["drug"].strip(), data["on"], "taken", dose=data["dose"], unit=data["unit"], route="oral",
            ended_on=data["on"],
        )  # fmt: skip


class TaperForm(OnceForm):
    """A taper. `steps` once it is clean."""

    drug = forms.ChoiceField(choices=[(one, one) for one in sorted(STEROIDS)], label="Medicine", initial=DRUG)
    start_mg = NumberField(most=MOST_MG, label="Start, mg a day")
    target_mg = NumberField(most=MOST_MG, label="Target, mg a day")
    weeks = NumberField(most=MOST_WEEKS, label="Weeks to the target", initial="16", required=False)
    by = NumberField(
        most=MOST_MG, label="Or: each step takes off", required=False, help_text="mg; in proportion: % of the dose."
    )
    step_days = forms.IntegerField(min_value=1, max_value=366, label="Days a step", initial=STEP_DAYS)
    unit_mg = forms.ChoiceField(choices=PILLS, label="Smallest part of a tablet", initial=f"{UNIT_MG:g}")
    shape = forms.ChoiceField(choices=SHAPES, label="Shape")
    start_on = day_field("First day")
    reason = forms.CharField(
        label="Reason", required=False, max_length=REASON, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["start_on"].initial = today
        self.steps: tuple[Step, ...] = ()
        self.plan_name = ""

    def weigh(self, weight_kg: float) -> None:
        """Say beside the start what it usually is for a child of this weight (clinical specification, B4)."""
        low, high = (min(CHILD_MOST_MG, share * weight_kg) for share in CHILD_MG_PER_KG)
        ratio = f"{CHILD_MG_PER_KG[0]:g} to {CHILD_MG_PER_KG[1]:g} mg/kg"
        self.fields[
            "start_mg"
        ].help_text = (
            f"Weight {weight_kg:.3g} kg: {ratio} are {low:.3g} to {high:.3g} mg, {CHILD_MOST_MG:g} mg at most."
        )

    def asked(self) -> list[forms.BoundField]:
        """Return the fields that make the plan, in order."""
        return [self[name] for name in PLAN]

    @property
    def said(self) -> str:
        """Return what a preview was shown of."""
        return " ".join(self.data.get(name, "").strip() for name in PLAN)

    @property
    def previewed(self) -> bool:
        """Whether exactly this plan was shown before."""
        return self.data.get("previewed") == self.said

    def clean(self) -> dict[str, Any]:
        """Lay out the steps; what makes no taper is said at its start."""
        data = super().clean() or self.cleaned_data
        if data.get("start_on") and abs((data["start_on"] - self.today).days) > 366:
            self.add_error("start_on", "Enter a day within a year of today.")
        if not self.errors and (data["weeks"] is None) == (data["by"] is None):
            self.add_error("weeks", "Say how long the taper is, or how much each step takes off: one of both.")
        if self.errors:
            return data
        self.plan_name = _name(data)
        decrement_mg, fraction = _size(data)
        try:
            self.steps = plan(
                data["start_mg"], data["target_mg"], start_on=data["start_on"], weeks=data["weeks"],
                step_days=data["step_days"], unit_mg=float(data["unit_mg"]), shape=data["shape"],
                decrement_mg=decrement_mg, fraction=fraction,
            )  # fmt: skip
        except ValueError as error:
            reason = str(error)
            self.add_error("start_mg", f"{reason[:1].upper()}{reason[1:]}.")
        return data

    def facts(self, patient_id: UUID) -> list[NewTreatment]:
        """Return the plan as recorded."""
        drug = self.cleaned_data["drug"]
        return treatments(self.steps, patient_id=patient_id, plan_name=self.plan_name, drug=drug)


def _size(data: Mapping[str, Any]) -> tuple[float | None, float | None]:
    """Return how much each step takes off, in mg or as a share of the dose; neither where the taper's length says so."""
    if data["by"] is None:
        return None, None
    return (data["by"], None) if data["shape"] == "equal" else (None, data["by"] / 100)


def _name(data: Mapping[str, Any]) -> str:
    """Return what a plan is called."""
    first = data["start_on"]
    when = f"{first.day} {first:%b} {first.year}"
    unit = "mg" if data["shape"] == "equal" else "%"
    how = f"in {data['weeks']:g} weeks" if data["by"] is None else f"by {data['by']:g} {unit}"
    return f"{data['start_mg']:g} to {data['target_mg']:g} mg {how} from {when}"[:60]


class EndForm(OnceForm):
    """Ends what is planned from a day on."""

    drug = forms.ChoiceField(label="Medicine")
    end_on = day_field("No more planned doses from")
    reason = forms.CharField(
        label="Reason", max_length=REASON, widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Say why. The reason stays in the history."},
    )  # fmt: skip

    def __init__(self, *args: Any, drugs: Sequence[str], today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["drug"] = forms.ChoiceField(label="Medicine", choices=[(one, one) for one in drugs])
        self.fields["end_on"].initial = today + timedelta(days=1)

    def clean_end_on(self) -> date:
        """Refuse to change what is over."""
        day: date = self.cleaned_data["end_on"]
        if day < self.today:
            raise forms.ValidationError("Enter today or a later day: what was planned before stays.")
        return day
