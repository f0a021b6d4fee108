"""Proposed exacerbations as the patient page lists them."""

from datetime import date
from typing import Any

import pytest
from django.utils import timezone

from monitor.episode_offers import address, offer, offers, proposed_from
from patients.access import asker
from patients.models import Patient, User
from tests.alerts.rules.histories import history
from tests.alerts.test_recurrence_proposals import signs
from tests.factories import caregiver, member, patient

KNOWN = history(events=[*signs(30), *signs(100)], at=110)


def test_an_offer_lists_its_signs() -> None:
    (one,) = [offer(each, KNOWN) for each in (proposed_from(KNOWN, 20240131),) if each]
    assert one.signs == (
        (date(2024, 1, 31), "chest film", "new foci", 3),
        (date(2024, 1, 31), "hemoptysis", "hemoptysis, teaspoon", 2),
    )
    assert (one.sources, one.proposal.points, one.going_on, one.href) == (2, 5, False, "")


def test_one_whose_last_day_is_ahead_goes_on() -> None:
    newest = proposed_from(KNOWN, 20240410)
    assert newest is not None
    assert offer(newest, KNOWN).going_on


@pytest.mark.parametrize("day", [20240130, 0, 2024, 99999999])
def test_a_day_from_which_nothing_is_proposed_finds_nothing(day: int) -> None:
    assert proposed_from(KNOWN, day) is None


@pytest.mark.django_db
class TestWhoMayDecide:
    """Only a physician is led to where it is decided."""

    @pytest.fixture
    def ill(self) -> Patient:
        return patient()

    def listed(self, ill: Patient, user: User, **fields: Any) -> list[str]:
        """Return the addresses that somebody is offered, the newest first."""
        who = asker(user, at=timezone.now())
        assert who is not None
        return [one.href for one in offers(ill, who, KNOWN, **{"past": False, **fields})]

    def test_a_physician_is_led_there_newest_first(self, ill: Patient) -> None:
        hrefs = self.listed(ill, member(ill.team))
        assert hrefs == [address(ill, date(2024, 4, 10)), address(ill, date(2024, 1, 31))]
        assert hrefs[0] == f"/patients/{ill.pk}/episodes/20240410/"

    def test_others_only_see_them(self, ill: Patient) -> None:
        assert self.listed(ill, member(ill.team, "nurse")) == ["", ""]
        assert self.listed(ill, caregiver(ill)) == ["", ""]

    def test_in_the_past_nothing_can_be_decided(self, ill: Patient) -> None:
        assert self.listed(ill, member(ill.team), past=True) == ["", ""]
