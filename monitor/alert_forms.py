"""Forms of what is done with an alert, the same on its card, on a page of their own, and in the worklist's dialog."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar, Final

from django import forms
from django.urls import reverse
from django.utils import timezone

from alerts import handling
from alerts.changes import ResolveReason, Verb
from alerts.models import Alert, Transition
from monitor.mornings import DAYS, Offer, offer
from monitor.patient_cards import RESOLVE_WORDS
from monitor.record_forms import OnceForm
from monitor.templatetags.showing import NO_BREAK
from patients.access import Asker
from patients.models import Patient, User

ON_A_DAY: Final = "day"


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

    name: ClassVar[str]
    """Of its address."""
    action: ClassVar[str]
    step: ClassVar[Verb]
    """What the trail then says."""
    title: ClassVar[str]
    verb: ClassVar[str]
    """What its button says; `title` heads it, and opens it on a card."""
    said: ClassVar[str]
    """What the person is told when it is done."""
    repeatable: ClassVar[bool] = False
    """Whether it is words, which are taken of what is over, too."""
    seen = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)

    def __init__(self, *args: Any, offered: Offer, alert: Alert, **kwargs: Any) -> None:
        super().__init__(*args, auto_id=f"{self.action}-{alert.pk}-%s", **kwargs)
        self.offered, self.alert = offered, alert
        self.fields["seen"].initial = alert.changed_at.isoformat()

    @property
    def address(self) -> str:
        """Where it is sent to."""
        return reverse(self.name, args=[self.alert.pk])

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

    def written(self) -> Mapping[str, Any]:
        """Return what the trail keeps of a clean form: its `reason`, and what stands beside it."""
        return {}

    def is_done(self, last: Transition | None, *, by: User) -> bool:
        """Whether the newest change is this very one by the same person: then it was sent twice, and is no conflict."""
        if last is None or (last.by_id, last.verb) != (by.pk, self.step):
            return False
        kept = {**last.detail, "reason": last.reason}
        return all(kept.get(name, "") == value for name, value in self.written().items())


class AcknowledgeForm(ActForm):
    """That somebody takes an alert on; a word may be said to it."""

    name, action, step = "acknowledge", "acknowledge", Verb.ACKNOWLEDGED
    title = verb = "Acknowledge"
    said = "Acknowledged. The alert stays open; nobody further is called."
    reason = reason_field("Reason", required=False)

    def act(self, alert: Alert, *, by: User, at: datetime) -> Transition:
        """Acknowledge."""
        return handling.acknowledge(alert.pk, by=by, at=at, reason=self.cleaned_data["reason"], seen=self.as_seen)


class MorningField(forms.ChoiceField):
    """One of the mornings offered, a day of the team's calendar in ISO form; one offered earlier is that same day still."""

    def valid_value(self, value: Any) -> bool:
        """Return whether it is a day, or stands for one that is chosen beside it."""
        return value == ON_A_DAY or as_day(value) is not None


def as_day(text: object) -> date | None:
    """Return the day that a choice names, None where it names none."""
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        return None


class SnoozeForm(ActForm):
    """Until when an alert is put off, and why."""

    name, action, step, title, verb = "snooze", "snooze", Verb.SNOOZED, "Snooze until", "Snooze"
    said = "Snoozed. It returns at its time, or as soon as it is worse."
    until = MorningField(label="Until")
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
        self.within = handling.longest_snooze(self.alert)
        possible = self.offered.mornings(self.within)
        if possible:
            self.fields["on"].widget.attrs.update(min=possible[0].isoformat(), max=possible[-1].isoformat())
        days = {self.offered.after(count): f"{words}, " for count, words in DAYS.items()}
        chosen = as_day(self.data.get("until"))
        if chosen and chosen not in days:
            days[chosen] = ""  # offered yesterday: what was chosen stays chosen
        said = [(day, words, self.offered.morning(day, self.within)) for day, words in sorted(days.items())]
        listed = [(day.isoformat(), words + _soon(found)) for day, words, found in said if found]
        self.fields["until"].choices = [*listed, (ON_A_DAY, "A day that I choose")]  # type: ignore[attr-defined] # a ChoiceField

    def clean(self) -> dict[str, Any]:
        """Find the moment; refuse one that is past or too far ahead, beside the field where it was chosen."""
        data = super().clean() or self.cleaned_data
        chosen = data.get("until")
        if not chosen or "on" in self.errors:
            return data
        day = data.get("on") if chosen == ON_A_DAY else as_day(chosen)
        data["moment"] = self.offered.morning(day, self.within) if day else None
        if data["moment"] is None:
            beside = "on" if chosen == ON_A_DAY else "until"
            self.add_error(beside, f"Choose a morning to come, {handling.longest_words(self.alert)} ahead at most.")
        return data

    def act(self, alert: Alert, *, by: User, at: datetime) -> Transition:
        """Snooze."""
        data = self.cleaned_data
        until, reason = data["moment"], data["reason"]
        return handling.snooze(alert.pk, by=by, at=at, until=until, reason=reason, seen=self.as_seen)

    def written(self) -> Mapping[str, Any]:
        """Return the end and the reason."""
        return {"until": self.cleaned_data["moment"].isoformat(), "reason": self.cleaned_data["reason"]}


class AssignForm(ActForm):
    """To whom an alert is handed."""

    name, action, step, title, verb = "assign", "assign", Verb.ASSIGNED, "Assign to", "Assign"
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

    def written(self) -> Mapping[str, Any]:
        """Return to whom, and the word to it."""
        return {"to": self.cleaned_data["to"], "reason": self.cleaned_data["reason"]}


class ResolveForm(ActForm):
    """Why an alert is closed."""

    name, action, step, title, verb = "resolve", "close", Verb.RESOLVED, "Resolve", "Resolve"
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

    def written(self) -> Mapping[str, Any]:
        """Return the reason, and the note beside it."""
        return {"reason": self.cleaned_data["reason"], "note": self.cleaned_data["note"]}


class CommentForm(ActForm):
    """What is said about an alert."""

    name, action, step = "comment", "comment", Verb.COMMENTED
    title, verb, repeatable = "Comment", "Comment", True
    said = "Comment kept. The alert is as it was."
    text = reason_field("Comment")

    def act(self, alert: Alert, *, by: User, at: datetime) -> Transition:
        """Comment."""
        return handling.comment(alert.pk, by=by, at=at, text=self.cleaned_data["text"])


class FeedbackForm(ActForm):
    """Whether an alert was useful, and why not."""

    name, action, step = "feedback", "feedback", Verb.RATED
    title, verb, repeatable = "Feedback", "Send", True
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
    kind.name: kind for kind in (SnoozeForm, AssignForm, ResolveForm, CommentForm, FeedbackForm)
}
"""Those that are shown, by the name of their address."""


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
