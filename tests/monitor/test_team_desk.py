"""What every form of a team's page has: the row that it is about, whatever was sent for it."""

import pytest
from django.utils import timezone

from monitor.team_desk import DIGITS
from monitor.team_forms import EndForm
from monitor.team_page import desk_of
from patients.models import TeamChange
from tests.factories import browser, member, team

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("digits", [19, 4301])
def test_a_row_of_too_many_digits_is_none(digits: int) -> None:
    """Python refuses to read more than 4300 digits."""
    north = team("north")
    carla = member(north, "coordinator")
    form = {"act": "end", "row": "9" * digits, "reason": "moved"}
    page = browser(carla).post(f"/settings/{north.pk}/people/", form)
    assert page.status_code == 400
    assert page.context["form"].about is None
    assert not TeamChange.objects.exists()


@pytest.mark.parametrize(
    ("row", "about"),
    [("7", 7), ("9" * DIGITS, 10**DIGITS - 1), ("9" * (DIGITS + 1), None), ("-7", None), ("x", None), ("", None)],
)
def test_a_form_is_about_the_row_that_was_sent(row: str, about: int | None) -> None:
    north = team("north")
    desk = desk_of(north, member(north, "coordinator"), arranges=True, at=timezone.now())
    assert EndForm({"row": row, "reason": "moved"}, desk=desk).about == about
