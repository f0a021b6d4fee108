"""What every form of recording has: when it was, in the patient's zone, a number as written, and a mark against sending twice."""

import hashlib
import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final
from uuid import uuid4
from zoneinfo import ZoneInfo

from django import forms
from django.http import HttpRequest

from patients.instants import Instant, read_instant
from patients.parsers.numbers import parse_number

FIRST_DAY: Final = date(1900, 1, 1)
SENT: Final = "sent_forms"
REMEMBERED: Final = 50
"""Forms whose sending a session remembers."""
UNSENT: Final = ("csrfmiddlewaretoken",)
"""Fields that say nothing of what was typed."""
REASON: Final = 200
"""Characters of a reason (column of patients.models.PatientRevision)."""


class NumberField(forms.CharField):
    """A number with a dot or a comma; one that could be read in two ways is asked again."""

    def __init__(self, *, most: float, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
        super().__init__(max_length=40, widget=widget, **kwargs)
        self.most = most

    def clean(self, value: Any) -> float | None:
        """Return the number, None for nothing."""
        text = super().clean(value)
        if not text:
            return None
        number = parse_number(text, "" if "," in text else ".")
        if number is None or number.doubt or number.comparator or number.unit:
            raise forms.ValidationError("Enter a number, as 12 or 12.5.")
        if not 0 <= number.value <= self.most:
            raise forms.ValidationError(f"Enter a number from 0 to {self.most:g}.")
        return float(number.value)


class OnceForm(forms.Form):
    """A form with a mark of its own, by which a second sending of the same is known."""

    mark = forms.CharField(required=False, max_length=32, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["mark"].initial = uuid4().hex


class OccasionForm(OnceForm):
    """When something was: a day of the patient's calendar, and the time where it is known. `instant` once it is clean."""

    on = forms.DateField(label="Date", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    clock = forms.TimeField(
        label="Time",
        required=False,
        input_formats=["%H:%M", "%H:%M:%S"],
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )

    def __init__(self, *args: Any, zone: ZoneInfo, at: datetime, born: date | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone, self.at, self.born = zone, at, born
        self.instant: Instant | None = None
        today = at.astimezone(zone).date()
        self.fields["on"].widget.attrs["max"] = today.isoformat()
        self.fields["on"].initial = today
        self.fields["on"].help_text = f"In {zone.key}, the patient’s time zone."
        self.fields["clock"].help_text = "Leave it empty where only the day is known."

    def clean(self) -> dict[str, Any]:
        """Find the instant; refuse one that cannot be."""
        data = super().clean() or self.cleaned_data
        day, clock = data.get("on"), data.get("clock")
        if not isinstance(day, date) or "clock" in self.errors:
            return data
        self.instant = read_instant(self.when(day, clock), self.zone)
        if message := self._impossible(day):
            self.add_error("on", message)
        return data

    @staticmethod
    def when(day: date, clock: Any) -> str:
        """Return date and time as the validation of files takes them."""
        return f"{day.isoformat()}T{clock:%H:%M}" if clock else day.isoformat()

    def _impossible(self, day: date) -> str:
        """Return why it cannot have been then, "" where it can."""
        if day < FIRST_DAY or self.instant is None:
            return "Enter a date after 1900."
        if self.instant.at > self.at:
            return "This lies in the future."
        if self.born and day < self.born:
            return "This is before the patient’s birth."
        return ""


def was_sent(request: HttpRequest) -> bool:
    """Say whether this very form, filled in the same, was sent and recorded before in this session."""
    sent = _sent(request)
    return bool(sent) and sent in request.session.get(SENT, ())


def remember(request: HttpRequest) -> None:
    """Keep that this form was recorded as it was filled in."""
    sent = _sent(request)
    if sent:
        request.session[SENT] = [*request.session.get(SENT, ()), sent][-REMEMBERED:]


def _sent(request: HttpRequest) -> str:
    """Return what one sending is known by: its mark, address and fields, hashed; "" for a form without a mark.

    Who goes back and writes something else into the same form sends something else.
    """
    mark = request.POST.get("mark", "")
    fields = sorted((name, values) for name, values in request.POST.lists() if name not in UNSENT)
    said = json.dumps([mark, request.path, fields])
    return hashlib.sha256(said.encode("ascii")).hexdigest() if mark else ""


def initial_instant(at: datetime, precision: str, zone: ZoneInfo) -> Mapping[str, Any]:
    """Return what an occasion's form is filled with for an instant that is recorded."""
    local = at.astimezone(zone)
    return {
        "on": local.date(),
        "clock": local.time().replace(second=0, microsecond=0) if precision == "minute" else None,
    }
