"""Forms of a team's page: a year that was mistyped is refused beside its field, whatever the team's zone."""

from datetime import timedelta

import pytest
from django.utils import timezone

from monitor.team_forms import DutyForm
from monitor.team_page import desk_of
from patients.models import Absence, CareTeam, Duty, User
from tests.factories import browser, member, team

pytestmark = pytest.mark.django_db


@pytest.fixture
def north() -> CareTeam:
    return team("north")


@pytest.fixture
def carla(north: CareTeam) -> User:
    return member(north, "coordinator")


@pytest.mark.parametrize("act", ["duty", "absence"])
@pytest.mark.parametrize("zone", ["America/New_York", "Pacific/Auckland"])
@pytest.mark.parametrize("year", [2062, 9999])
def test_a_year_that_was_mistyped_is_said_beside_the_field(
    north: CareTeam, carla: User, act: str, zone: str, year: int
) -> None:
    """The last minute of 9999 west of UTC is in a year that cannot be read again."""
    CareTeam.objects.update(time_zone=zone)
    ends = f"{year}-12-31T23:59"
    nurse = member(north, "nurse")
    fields = {"person": nurse.pk, "level": "1", "stand_in": "", "begins": "0001-01-01T00:00", "ends": ends}
    page = browser(carla).post(f"/settings/{north.pk}/people/", {"act": act, **fields})
    assert page.status_code == 400
    assert page.context["form"].errors == {
        "begins": ["It begins more than a year ago. Is the year right?"],
        "ends": ["It ends more than two years from now. Is the year right?"],
    }
    assert f'value="{ends}"' in page.content.decode()
    assert not Duty.objects.exists()
    assert not Absence.objects.exists()


@pytest.mark.parametrize(
    ("begins", "ends", "wrong"),
    [
        (-364, 1, []),
        (-366, 1, ["begins"]),
        (1, 729, []),
        (1, 731, ["ends"]),
        (-300, 500, ["ends"]),
        (2, 1, ["ends"]),
        (None, 1, ["begins"]),
        (1, None, ["ends"]),
    ],
)
def test_each_end_of_a_span_has_its_own_words(
    north: CareTeam, carla: User, begins: int | None, ends: int | None, wrong: list[str]
) -> None:
    nurse, at = member(north, "nurse"), timezone.now()
    days = {"begins": begins, "ends": ends}
    said = {name: "" if one is None else f"{at + timedelta(days=one):%Y-%m-%dT%H:%M}" for name, one in days.items()}
    desk = desk_of(north, carla, arranges=True, at=at)
    form = DutyForm({"person": str(nurse.pk), "level": "1", **said}, desk=desk)
    assert list(form.errors) == wrong
