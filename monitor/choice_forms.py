"""The form by which a number of the watches is chosen, for a team or for one patient, with a reason."""

from collections.abc import Mapping
from typing import Any, Final

from django import forms

from alerts.choices import Choice, refusal
from monitor.record_forms import REASON, NumberField
from monitor.templatetags.showing import unit as written

MOST: Final = 100_000.0
GIVE_UP: Final = "give_up"
"""The button that gives a choice up: the team's number again, or the default."""
PREVIEW: Final = "preview"
"""The button that only shows what the number would have done."""


class ChoiceForm(forms.Form):
    """A number and why; `seen` is the version that the person saw. Given up, no number is asked."""

    name = forms.CharField(widget=forms.HiddenInput, max_length=60)
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0)
    value = NumberField(most=MOST, label="New number", required=False)
    reason = forms.CharField(
        label="Why", max_length=REASON, widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "Say why: the team sees it beside the number."},
    )  # fmt: skip

    def __init__(self, data: Any = None, *, choice: Choice, numbers: Mapping[str, float], version: int) -> None:
        super().__init__(data, auto_id=f"{choice.setting.name}-%s")
        self.choice, self.numbers = choice, numbers
        self.fields["reason"].required = not self.previewed
        self.fields["name"].initial, self.fields["seen"].initial = choice.setting.name, version
        setting = choice.setting
        unit = f" {written(setting.unit)}".rstrip()
        self.fields[
            "value"
        ].help_text = f"{setting.low:g} to {setting.high:g}{unit}; the default is {setting.default:.4g}{unit}."

    @property
    def given_up(self) -> bool:
        """Whether the choice is given up."""
        return GIVE_UP in self.data

    @property
    def previewed(self) -> bool:
        """Whether the number is only to be tried."""
        return self.is_bound and PREVIEW in self.data

    def clean(self) -> dict[str, Any]:
        """Refuse a number that is out of bounds, or that crosses another."""
        data = super().clean() or self.cleaned_data
        if self.given_up or "value" in self.errors:
            return data
        if data.get("value") is None:
            self.add_error("value", "Enter the new number.")
        elif words := refusal(self.choice.setting.name, data["value"], self.numbers):
            self.add_error("value", words)
        return data
