"""The form by which a physician decides on a proposed exacerbation: confirms it, joins it to the one before, or rejects it."""

from datetime import date
from typing import Any, Final

from django import forms

from alerts.episodes import Proposal
from monitor.fact_forms import WHY
from monitor.record_forms import REASON, OnceForm

CONFIRM, MERGE, REJECT = "confirm", "merge", "reject"
ACTS: Final = ((CONFIRM, "Confirm"), (MERGE, "Join to the one before"), (REJECT, "Reject"))


class EpisodeForm(OnceForm):
    """A decision. `seen` says which signs stood on the page: with others it is looked at again."""

    act = forms.ChoiceField(choices=ACTS, widget=forms.HiddenInput, error_messages={"required": "Choose what to do."})
    seen = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)
    start = forms.DateField(label="First day", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    until = forms.DateField(
        label="Last day",
        required=False,
        help_text="Leave it empty while it goes on: then it ends by itself after two weeks without a sign.",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    reason = forms.CharField(
        label="Reason", required=False, max_length=REASON, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=f"Needed to reject. {WHY}",
    )  # fmt: skip

    def __init__(
        self, *args: Any, proposal: Proposal, today: date, born: date | None, joins: bool, **kwargs: Any
    ) -> None:
        over = proposal.end <= today
        initial = {"start": proposal.start, "until": proposal.end if over else None, "seen": mark_of(proposal)}
        super().__init__(*args, initial=initial, **kwargs)
        self.proposal, self.today, self.born, self.joins = proposal, today, born, joins
        for name in ("start", "until"):
            self.fields[name].widget.attrs["max"] = today.isoformat()

    def clean(self) -> dict[str, Any]:
        """Refuse days that cannot be, a rejection without a reason, and to join where there is nothing before."""
        data = super().clean() or self.cleaned_data
        act, start, until = data.get("act"), data.get("start"), data.get("until")
        if act == REJECT and not str(data.get("reason", "")).strip():
            self.add_error("reason", "Say why. The reason stays in the history.")
        if act == MERGE and not self.joins:
            self.add_error("act", "There is no exacerbation before this one.")
        if act == MERGE and until is None and "until" not in self.errors:
            self.add_error("until", "To join two, give the last day: today where it goes on.")
        if act == REJECT:
            return data
        if isinstance(start, date) and (message := self._impossible(start)):
            self.add_error("start", message)
        if isinstance(until, date) and until > self.today:
            self.add_error("until", "This lies in the future. Leave it empty while it goes on.")
        elif isinstance(start, date) and isinstance(until, date) and until < start:
            self.add_error("until", "The end is before the beginning.")
        return data

    def _impossible(self, start: date) -> str:
        """Return why an exacerbation cannot have begun on a day, "" where it can."""
        if start > self.today:
            return "This lies in the future."
        if self.born and start < self.born:
            return "This is before the patient’s birth."
        if not self.proposal.span.holds(start):
            return "Choose a day of the proposed exacerbation. One of other days is recorded as an event."
        return ""


def mark_of(proposal: Proposal) -> str:
    """Return what tells a proposal from itself with other signs."""
    return f"{proposal.start} {proposal.last_sign} {len(proposal.signs)} {proposal.points}"
