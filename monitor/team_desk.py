"""What every form of a team's page has: the team as the person sees it, the row it is about, and its fields."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Final

from django import forms

from monitor.record_forms import REASON
from patients import teams
from patients.models import Absence, CareTeam, Duty, Membership, Role, User

GONE: Final = "It is not there any more: the page shows what is."
LEVELS: Final = [(level, f"Level {level}") for level in range(1, teams.LAST_LEVEL + 1)]
DIGITS: Final = 18
"""The most digits of a row's number: fewer than a bigint has, and than Python reads (4300)."""
PLACES: Final = [(0, "Not in the chain"), *LEVELS]


@dataclass(frozen=True, slots=True)
class Desk:
    """A team as one person sees it at one moment; `arranges`: they may change it."""

    team: CareTeam
    by: User
    at: datetime
    arranges: bool
    places: tuple[Membership, ...]
    duties: tuple[Duty, ...]
    absences: tuple[Absence, ...]

    def person(self, key: str) -> User | None:
        """Return a member by the id that a form sent, None for nobody."""
        return next((one.user for one in self.places if str(one.user_id) == key), None)

    def names(self, *, but: int | None = None, told: bool = False) -> list[tuple[str, str]]:
        """Return the members to choose from; `told` are those who may act on alerts."""
        chosen = [one for one in self.places if one.user_id != but and not (told and one.role == Role.COORDINATOR)]
        return [(str(one.user_id), str(one.user)) for one in chosen]


class TeamForm(forms.Form):
    """What every one has: an act, what the person is told when it is done, and the row that it is about, where there is one."""

    act: ClassVar[str]
    said: ClassVar[str] = "Saved."
    row = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, desk: Desk, row: Any = None) -> None:
        super().__init__(data, auto_id=f"{self.act}-%s")
        self.desk = desk
        self.fields["row"].initial = getattr(row, "pk", None)
        self.fill(row)

    @classmethod
    def allowed(cls, desk: Desk) -> bool:
        """Whether the person may send it at all."""
        return desk.arranges

    @classmethod
    def rows(cls, desk: Desk) -> tuple[Any, ...]:
        """Return what it may be about."""
        return desk.places

    @property
    def about(self) -> int | None:
        """The row that it is about, as it was sent or opened."""
        said = str(self["row"].value() or "")
        return int(said) if said.isdecimal() and len(said) <= DIGITS else None

    def fill(self, row: Any) -> None:
        """Set what may be chosen, and what holds now."""

    def save(self) -> None:
        """Do it, once the form is clean. ValueError with what is wrong, in words for the person."""
        raise NotImplementedError

    def one(self) -> Any:
        """Return the row that the form is about."""
        found = next((row for row in self.rows(self.desk) if row.pk == self.cleaned_data["row"]), None)
        if found is None:
            raise ValueError(GONE)
        return found


def why(*, required: bool) -> forms.CharField:
    """Return the field for a reason that the team reads."""
    widget = forms.TextInput(attrs={"autocomplete": "off"})
    message = {"required": "Say why: the team sees it below."}
    return forms.CharField(label="Why", max_length=REASON, required=required, widget=widget, error_messages=message)


def clock(label: str) -> forms.DateTimeField:
    """Return a field for a moment, read in the team's zone."""
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    return forms.DateTimeField(label=label, widget=widget)


def hour(label: str, last: int, help_text: str = "") -> forms.IntegerField:
    """Return a field for a full hour of the team's clock."""
    return forms.IntegerField(label=label, min_value=0, max_value=last, help_text=help_text)
