"""Forms of a team's page: its hours, who belongs to it, on which place, duties and absences. Times are the team's own."""

from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo, available_timezones

from django import forms

from monitor.team_desk import GONE, LEVELS, PLACES, Desk, TeamForm, clock, hour, why
from patients import teams
from patients.models import Role, User


class HoursForm(TeamForm):
    """When a team works, and what its patients read in an emergency."""

    act = "hours"
    time_zone = forms.CharField(label="Time zone", max_length=64, help_text="As Europe/Berlin.")
    digest_hour = hour("Hour of the digest", 23, "0 to 23, by the team’s clock.")
    working_from = hour("Works from", 23)
    working_until = hour("Works until", 24, "Monday to Friday.")
    emergency_text = forms.CharField(
        label="What patients read in an emergency",
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    reason = why(required=False)

    def fill(self, row: Any) -> None:
        """Show what holds."""
        self.initial = {name: getattr(self.desk.team, name) for name in teams.HOURS}

    def clean_time_zone(self) -> str:
        """Refuse a zone that there is not."""
        name = str(self.cleaned_data["time_zone"]).strip()
        if name not in available_timezones():
            raise forms.ValidationError("There is no such time zone. They are named as Europe/Berlin.")
        return ZoneInfo(name).key

    def clean(self) -> dict[str, Any]:
        """Refuse hours of no length."""
        data = super().clean() or self.cleaned_data
        begins, ends = data.get("working_from"), data.get("working_until")
        if begins is not None and ends is not None and begins >= ends:
            self.add_error("working_until", "It ends before it begins.")
        return data

    def save(self) -> None:
        """Change them."""
        values = {name: self.cleaned_data[name] for name in teams.HOURS}
        teams.set_hours(self.desk.team, values, by=self.desk.by, at=self.desk.at, reason=self.cleaned_data["reason"])


class AddForm(TeamForm):
    """Who is to belong to the team: an account that there is."""

    act = "add"
    said = "Added. They see the team’s patients from now on."
    email = forms.EmailField(
        label="E-mail address of the account", widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )
    role = forms.ChoiceField(label="Role", choices=Role.choices)
    order = forms.TypedChoiceField(label="Place in the chain", choices=PLACES, coerce=int)

    def clean_email(self) -> User:
        """Find the account."""
        user = User.objects.filter(email=str(self.cleaned_data["email"]).lower()).first()
        if user is None:
            raise forms.ValidationError("There is no account of this address. An administrator makes one.")
        return user

    def save(self) -> None:
        """Give the place."""
        data = self.cleaned_data
        desk = self.desk
        teams.add_member(desk.team, data["email"], data["role"], order=data["order"], by=desk.by, at=desk.at)


class PlaceForm(TeamForm):
    """Which place of the chain somebody has when no duty says another."""

    act = "place"
    order = forms.TypedChoiceField(label="Place in the chain", choices=PLACES, coerce=int)
    reason = why(required=False)

    def fill(self, row: Any) -> None:
        """Show the place that holds."""
        self.fields["order"].initial = getattr(row, "on_call_order", 0)

    def save(self) -> None:
        """Change it."""
        data, desk = self.cleaned_data, self.desk
        teams.set_place(self.one(), data["order"], by=desk.by, at=desk.at, reason=data["reason"])


class EndForm(TeamForm):
    """That somebody belongs to the team no more."""

    act = "end"
    said = "Ended. They no longer see the team’s patients."
    reason = why(required=True)

    def save(self) -> None:
        """End it."""
        desk = self.desk
        teams.end_member(self.one(), by=desk.by, at=desk.at, reason=self.cleaned_data["reason"])


class SpanForm(TeamForm):
    """From when until when."""

    begins = clock("From")
    ends = clock("Until")

    def clean(self) -> dict[str, Any]:
        """Say beside each end what is wrong with it."""
        data = super().clean() or self.cleaned_data
        begins, ends = data.get("begins"), data.get("ends")
        wrong = teams.wrong_span(begins, ends, self.desk.at) if begins and ends else {}
        for name, message in wrong.items():
            self.add_error("begins" if name == "starts_at" else "ends", message)
        return data

    @property
    def span(self) -> dict[str, datetime]:
        """The span, once it is clean."""
        return {"starts_at": self.cleaned_data["begins"], "ends_at": self.cleaned_data["ends"]}


class DutyForm(SpanForm):
    """Who stands on which level of the chain for a time."""

    act = "duty"
    person = forms.ChoiceField(label="Who")
    level = forms.TypedChoiceField(label="Level", choices=LEVELS, coerce=int)
    field_order = ("person", "level", "begins", "ends")

    def fill(self, row: Any) -> None:
        """Offer whom alerts are told."""
        self.fields["person"].choices = self.desk.names(told=True)  # type: ignore[attr-defined] # a choice field

    def save(self) -> None:
        """Put them on duty."""
        data, desk = self.cleaned_data, self.desk
        person = desk.person(data["person"])
        if person is None:
            raise ValueError(GONE)
        teams.put_on_duty(desk.team, person, data["level"], **self.span, by=desk.by, at=desk.at)


class DutyEndForm(TeamForm):
    """That a duty is not, or ends now."""

    act = "duty-end"
    said = "Ended."
    reason = why(required=True)

    @classmethod
    def rows(cls, desk: Desk) -> tuple[Any, ...]:
        """Return the duties."""
        return desk.duties

    def save(self) -> None:
        """End it."""
        desk = self.desk
        teams.end_duty(self.one(), by=desk.by, at=desk.at, reason=self.cleaned_data["reason"])


class AbsenceForm(SpanForm):
    """Who is away, and who is told in their place."""

    act = "absence"
    person = forms.ChoiceField(label="Who is away")
    stand_in = forms.ChoiceField(label="Who stands in", required=False)
    field_order = ("person", "stand_in", "begins", "ends")

    @classmethod
    def allowed(cls, desk: Desk) -> bool:
        """A member says their own absence."""
        return desk.arranges or any(one.user_id == desk.by.pk for one in desk.places)

    def fill(self, row: Any) -> None:
        """Offer oneself, and everybody to who arranges."""
        desk = self.desk
        mine = [one for one in desk.names() if desk.arranges or one[0] == str(desk.by.pk)]
        self.fields["person"].choices, self.fields["person"].initial = mine, str(desk.by.pk)  # type: ignore[attr-defined] # a choice field
        self.fields["stand_in"].choices = [("", "Nobody"), *desk.names(told=True)]  # type: ignore[attr-defined] # the same

    def save(self) -> None:
        """Say it."""
        data, desk = self.cleaned_data, self.desk
        person = desk.person(data["person"])
        if person is None:
            raise ValueError(GONE)
        other = desk.person(data["stand_in"])
        teams.say_absent(desk.team, person, **self.span, stand_in=other, by=desk.by, at=desk.at)


class AbsenceEndForm(TeamForm):
    """That somebody is there after all, or again."""

    act = "absence-end"
    said = "Ended: they are told again."

    @classmethod
    def allowed(cls, desk: Desk) -> bool:
        """A member ends their own."""
        return AbsenceForm.allowed(desk)

    @classmethod
    def rows(cls, desk: Desk) -> tuple[Any, ...]:
        """Return the absences that the person may end."""
        return tuple(one for one in desk.absences if desk.arranges or one.user_id == desk.by.pk)

    def save(self) -> None:
        """End it."""
        desk = self.desk
        teams.end_absence(desk.team, self.one(), by=desk.by, at=desk.at)


FORMS: Final[dict[str, type[TeamForm]]] = {
    form.act: form
    for form in (HoursForm, AddForm, PlaceForm, EndForm, DutyForm, DutyEndForm, AbsenceForm, AbsenceEndForm)
}
