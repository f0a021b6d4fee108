"""The form of expected files: every how many days one is, counted from which day on."""

from datetime import date
from typing import Any

from django import forms

from patients.expecting import OUT_OF_BOUNDS, OUT_OF_REACH, REACH
from patients.models.patient import UPLOAD_LEAST, UPLOAD_MOST


class ExpectedForm(forms.Form):
    """Expect a file every so many days. `today` is the patient's; what holds stands in it, or else that day."""

    upload_every_days = forms.IntegerField(
        label="Days between two files",
        min_value=UPLOAD_LEAST,
        max_value=UPLOAD_MOST,
        help_text=f"{UPLOAD_LEAST} to {UPLOAD_MOST}: as many as usually lie between two, or a few more.",
        error_messages={
            "required": "Enter every how many days a file is expected.",
            **dict.fromkeys(("invalid", "min_value", "max_value"), OUT_OF_BOUNDS),
        },
    )
    upload_expected_from = forms.DateField(
        label="Counted from",
        help_text="The first file is due so many days after this day, unless one comes before.",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": "Choose the day from which it is counted."},
    )

    def __init__(self, data: Any = None, *, every: int | None, first: date | None, today: date) -> None:
        held = {"upload_every_days": every, "upload_expected_from": today if every is None else first}
        super().__init__(data, auto_id="expected-%s", initial=held)
        self.first, self.last = today - REACH, today + REACH
        days = {"min": self.first.isoformat(), "max": self.last.isoformat()}
        self.fields["upload_expected_from"].widget.attrs.update(days)

    def clean_upload_expected_from(self) -> date:
        """Refuse a day that is too far away."""
        day: date = self.cleaned_data["upload_expected_from"]
        if not self.first <= day <= self.last:
            raise forms.ValidationError(OUT_OF_REACH)
        return day
