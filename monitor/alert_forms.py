"""Forms of what is done with an alert, the same on its card, on a page of their own, and in the worklist's dialog.

A snooze ends at the hour at which the responsible team begins to work, so that an alert returns when somebody looks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, ClassVar, Final
from zoneinfo import ZoneInfo

from django import forms
from django.urls import reverse
from django.utils import timezone

from alerts import handling, hours
from alerts.changes import ResolveReason
from alerts.models import Alert, Transition
from monitor.patient_cards import RESOLVE_WORDS
from monitor.record_forms import OnceForm
from monitor.templatetags.showing import NO_BREAK
from patients.access import Asker
from patients.models import CareTeam, Patient, User

DAYS: Final[Mapping[int, str]] = {1: "Tomorrow", 3: "In 3 days", 7: "In 7 days"}
ON_A_DAY: Final = "day"


@dataclass(frozen=True, slots=True)
class Offer:
    """What the forms of a patient's alerts may choose from: the team's mornings from now on, and colleagues."""

    at: datetime
    team: CareTeam
    colleagues: Sequence[User] = ()

    def morning(self, day: date) -> datetime | None:
        """Return when the team begins to work on a day of its calendar, if a snooze may end then; else None.

        A zone may leave a day out, as Pacific/Apia did 30 December 2011.
        """
        if not self.after(0) <= day <= self.after(handling.LONGEST_SNOOZE.days):
            return None
        found = hours.instant(day, self.team.working_from, self.team.time_zone)
        return found if found and self.at < found <= self.at + handling.LONGEST_SNOOZE else None

    def after(self, days: int) -> date:
        """Return the day so many days from today, where the team is."""
        return self.at.astimezone(ZoneInfo(self.team.time_zone)).date() + timedelta(days=days)


def offer(patient: Patient, *, at: datetime) -> Offer:
    """Return what may be chosen for a patient's alerts: a query for the colleagues."""
    return Offer(at, patient.team, tuple(handling.assignees(patient, at=at)))


def _soon(then: datetime) -> str:
    """Write a moment of the next weeks in the reader's zone: "24 Nov, 08:00"."""
    local = timezone.localtime(then)
    return f"{local.day}{NO_BREAK}{local:%b}, {local:%H:%M}"


def reason_field(label: str, *, required: bool = True) -> forms.CharField:
    """Return a field for words that stand in the trail."""
    attrs = {"autocomplete": "off"}
    return forms.CharField(
        label=label, required=required, max_length=handling.REASON_LENGTH, widget=forms.TextInput(attrs=attrs)
    )


class ActForm(OnceForm):
    """What every one has: the alert as the person saw it, and what may be chosen. `action` is its row of the matrix."""

    action: ClassVar[str]
    title: ClassVar[str]
    verb: ClassVar[str]
    """What its button says; `title` heads it, and opens it on a card."""
    said: ClassVar[str]
    """What the person is told when it is done."""
    repeatable: ClassVar[bool] = False
    """Whether a second sending would do it again: then the form's mark is asked."""
    seen = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)

    def __init__(self, *args: Any, offered: Offer, alert: Alert, **kwargs: Any) -> None:
        super().__init__(*args, auto_id=f"{self.action}-{alert.pk}-%s", **kwargs)
        self.offered, self.alert = offered, alert
        self.fields["seen"].initial = alert.changed_at.isoformat()

    @property
    def address(self) -> str:
        """Where it is sent to."""
        return reverse(next(name for name, kind in FORMS.items() if isinstance(self, kind)), args=[self.alert.pk])

    @property
    def as_seen(self) -> datetime | None:
        """How the alert stood on the page that the form was sent from; None where it does not say."""
        try:
            return datetime.fromisoformat(self.cleaned_data["seen"])
        except ValueError:
            return None

    def act(self, alert: Alert, *, by: User, at: datetime) -> Transition:
        """Do it, once the form is clean."""
        raise NotImplementedError


class SnoozeForm(ActForm):
    """Until when an alert is put off, and why."""

    action, title, verb = "snooze", "Snooze until", "Snooze"
    said = "Snoozed. It returns at its time, or as soon as it is worse."
    until = forms.ChoiceField(label="Until")
    on = forms.DateField(
        label="Day",
        help_text="Only for a day that you choose yourself.",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    reason = reason_field("Why it can wait")
    field_order = ("until", "on", "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, days in (("min", 0), ("max", handling.LONGEST_SNOOZE.days)):
            self.fields["on"].widget.attrs[name] = self.offered.after(days).isoformat()
        mornings = ((str(days), words, self.offered.morning(self.offered.after(days))) for days, words in DAYS.items())
        said = [(value, f"{words}, {_soon(found)}") for value, words, found in mornings if found]
        self.fields["until"].choices = [*said, (ON_A_DAY, "A day that I choose")]  # type: ignore[attr-defined] # a ChoiceField

    def clean(self) -> dict[str, Any]:
        """Find the moment; refuse one that is past or too far ahead, beside the field where it was chosen."""
        data = super().clean() or self.cleaned_data
        chosen = data.get("until")
        if not chosen or "on" in self.errors:
            return data
        day = data.get("on") if chosen == ON_A_DAY else self.offered.after(int(chosen))
        data["moment"] = self.offered.morning(day) if day else None
        if data["moment"] is None:
            self.add_error("on", f"Choose a day to come, {handling.LONGEST_SNOOZE.days} days ahead at most.")
        return data

    def act(self, alert: Alert, *, by: User, at: datetime) -> Transition:
        """Snooze."""
        data = self.cleaned_data
        until, reason = data["moment"], data["reason"]
        return handling.snooze(alert.pk, by=by, at=at, until=until, reason=reason, seen=self.as_seen)


class AssignForm(ActForm):
    """To whom an alert is handed."""

    action, title, verb = "assign", "Assign to", "Assign"
    said = "Assigned. It is theirs now, and stays open."
    to = forms.TypedChoiceField(label="To", coerce=int)
    reason = reason_field("A word to it", required=False)
    field_order = ("to", "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = [(str(one.pk), str(one)) for one in self.offered.colleagues]
        self.fields["to"].choices = [("", "Choose"), *people]  # type: ignore[attr-defined] # a ChoiceField

    def act(self, alert: Alert, *, by: User, at: datetime) -> Transition:
        """Assign."""
        to = next(one for one in self.offered.colleagues if one.pk == self.cleaned_data["to"])
        return handling.assign(alert.pk, by=by, at=at, to=to, reason=self.cleaned_data["reason"], seen=self.as_seen)


class ResolveForm(ActForm):
    """Why an alert is closed."""

    action, title, verb = "close", "Resolve", "Resolve"
    said = "Resolved. It comes back if a result is worse."
    reason = forms.ChoiceField(
        label="Reason",
        choices=[("", "Choose"), *RESOLVE_WORDS.items()],
        error_messages={
            "required": "Not resolved: choose a reason. The team sees it.",
            "invalid_choice": "Not resolved: choose a reason. The team sees it.",
        },
    )
    note = reason_field("In your words", required=False)
    field_order = ("reason", "note")

    def act(self, alert: Alert, *, by: User, at: datetime) -> Transition:
        """Resolve."""
        data = self.cleaned_data
        reason = ResolveReason(data["reason"])
        return handling.resolve(alert.pk, by=by, at=at, reason=reason, note=data["note"], seen=self.as_seen)


class CommentForm(ActForm):
    """What is said about an alert."""

    action, title, verb, repeatable = "comment", "Comment", "Comment", True
    said = "Comment kept. The alert is as it was."
    text = reason_field("Comment")

    def act(self, alert: Alert, *, by: User, at: datetime) -> Transition:
        """Comment."""
        return handling.comment(alert.pk, by=by, at=at, text=self.cleaned_data["text"])


class FeedbackForm(ActForm):
    """Whether an alert was useful, and why not."""

    action, title, verb, repeatable = "feedback", "Feedback", "Send", True
    said = "Thank you. It counts when rules are reviewed."
    useful = forms.ChoiceField(
        label="This alert was", choices=[("", "Choose"), ("yes", "Useful"), ("no", "Not useful")]
    )
    because = reason_field("Because", required=False)
    field_order = ("useful", "because")

    def clean(self) -> dict[str, Any]:
        """Ask why it was not useful."""
        data = super().clean() or self.cleaned_data
        if data.get("useful") == "no" and not data.get("because"):
            self.add_error("because", "Say why it was not useful: only so can the rule become better.")
        return data

    def act(self, alert: Alert, *, by: User, at: datetime) -> Transition:
        """Rate."""
        useful, because = self.cleaned_data["useful"] == "yes", self.cleaned_data["because"]
        return handling.feedback(alert.pk, by=by, at=at, useful=useful, because=because)


FORMS: Final[dict[str, type[ActForm]]] = {
    "snooze": SnoozeForm,
    "assign": AssignForm,
    "resolve": ResolveForm,
    "comment": CommentForm,
    "feedback": FeedbackForm,
}
"""By the name of their address."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What a person may do about the alerts of a patient: rows of the matrix, and what the forms choose from."""

    offered: Offer
    may: frozenset[str]

    def forms_of(self, alert: Alert) -> list[ActForm]:
        """Return the forms that an alert takes as it stands: of what is over, only words."""
        kinds = [kind for kind in FORMS.values() if kind.action in self.may]
        return [kind(offered=self.offered, alert=alert) for kind in kinds if self._fits(kind, alert)]

    def _fits(self, kind: type[ActForm], alert: Alert) -> bool:
        """Whether something can be done now: what sleeps is not snoozed, and where nobody is, nobody is assigned."""
        if kind.repeatable:
            return True
        if kind is SnoozeForm and handling.is_asleep(alert, self.offered.at):
            return False
        return alert.state in Alert.OPEN_STATES and (kind is not AssignForm or bool(self.offered.colleagues))


def desk(patient: Patient, asker: Asker) -> Desk:
    """Return what a person may do about the alerts of a patient."""
    may = frozenset(kind.action for kind in FORMS.values() if asker.may("alert", kind.action, patient))
    return Desk(offer(patient, at=asker.at), may)
