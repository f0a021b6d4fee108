"""The form of muting: which rule of a patient, up to which severity, until which morning of the team, and why."""

from datetime import datetime
from typing import Any, Final

from django import forms

from alerts import muting
from alerts.muting import LONGEST, LONGEST_DAYS
from alerts.rules.rule import Severity
from monitor.alert_forms import reason_field
from monitor.mornings import Offer
from monitor.record_forms import OnceForm

UP_TO: Final = {Severity.MODERATE: "Low and moderate", Severity.LOW: "Low only"}
"""What is put off, in words; high never is."""


class MuteForm(OnceForm):
    """Mute one rule. `ends_at` once it is clean: when the team begins to work on the day that was chosen."""

    rule = forms.ChoiceField(label="Rule", error_messages={"required": "Choose the rule."})
    severity = forms.TypedChoiceField(
        label="What is put off",
        coerce=int,
        choices=[(int(one), words) for one, words in UP_TO.items()],
        help_text="What is more severe, or grows worse, ends the mute and is told at once. High is never muted.",
    )
    until = forms.DateField(
        label="Until the morning of",
        help_text=f"At most {LONGEST_DAYS} days ahead; what was put off returns then.",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": "Choose a day: a mute always ends."},
    )
    reason = reason_field("Why")

    def __init__(self, data: Any = None, *, offered: Offer, rule: str = "") -> None:
        super().__init__(data, auto_id="mute-%s", initial={"rule": rule, "severity": int(muting.MUTABLE[0])})
        self.offered = offered
        self.ends_at: datetime | None = None
        self.fields["rule"].choices = [("", "Choose"), *muting.titles().items()]  # type: ignore[attr-defined] # a ChoiceField
        self.fields["reason"].error_messages["required"] = "Say why: the team sees it on what is put off."
        days = offered.mornings(LONGEST)
        if days:
            self.fields["until"].widget.attrs.update(min=days[0].isoformat(), max=days[-1].isoformat())

    @property
    def opened(self) -> bool:
        """Whether it is shown at once: it was sent, or asked for with its rule."""
        return self.is_bound or bool(self.initial["rule"])

    def clean(self) -> dict[str, Any]:
        """Find the moment; refuse one that is past or too far ahead."""
        data = super().clean() or self.cleaned_data
        if "until" in data:
            self.ends_at = self.offered.morning(data["until"], LONGEST)
            if self.ends_at is None:
                self.add_error("until", f"Choose a morning to come, {LONGEST_DAYS} days ahead at most.")
        return data
