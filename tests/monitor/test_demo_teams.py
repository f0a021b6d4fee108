"""Who sees whom in the demo, asked of the pages: two teams apart, guests, who moved, caregivers, and patients themselves."""

from pathlib import Path

import pytest
from django.test import Client

from monitor.demo_accounts import ACCOUNTS
from monitor.demo_cohort import COHORT
from monitor.demo_patient import id_of
from patients.models import User
from tests.factories import browser

pytestmark = pytest.mark.django_db
SECOND = [one for one in COHORT if one.elsewhere and one.identifier != "DEMO-57"]


@pytest.fixture(autouse=True)
def seeded(made_demo: Path, db: None) -> None:
    """The one demo of this module."""


def signed_in(address: str) -> Client:
    """Open a browser as somebody of the demo."""
    return browser(User.objects.get(email=f"{address}@demo.example"))


def status(address: str, identifier: str) -> int:
    """Return what a patient's page answers somebody."""
    return signed_in(address).get(f"/patients/{id_of(identifier)}/").status_code


@pytest.mark.parametrize("one", SECOND, ids=lambda one: one.identifier)
def test_the_first_team_does_not_find_the_seconds_patients(one: object) -> None:
    identifier = str(getattr(one, "identifier", ""))
    assert status("nurse", identifier) == status("physician", identifier) == 404
    assert status("nurse2", identifier) == 200


@pytest.mark.parametrize("identifier", ["DEMO-1", "DEMO-2", "DEMO-5", "DEMO-22", "CASE-C01"])
def test_the_second_team_does_not_find_the_firsts_patients(identifier: str) -> None:
    assert status("nurse2", identifier) == status("physician2", identifier) == 404
    assert status("nurse", identifier) == 200


@pytest.mark.parametrize(
    ("identifier", "first", "second"), [("DEMO-57", 200, 200), ("DEMO-12", 200, 200), ("DEMO-58", 404, 200)]
)
def test_guests_are_found_by_both_and_who_moved_by_the_new_team(identifier: str, first: int, second: int) -> None:
    assert (status("physician", identifier), status("physician2", identifier)) == (first, second)


def test_lists_of_patients_name_nobody_of_the_other_team() -> None:
    first = signed_in("coordinator").get("/patients/").content.decode()
    second = signed_in("nurse2").get("/patients/").content.decode()
    assert all(one.name not in first for one in SECOND)
    assert all(one.name in second for one in SECOND)
    assert all(name not in second for name in ("Anna Sommer", "Mia Winter", "Case C01"))


def test_a_caregiver_finds_both_children_and_nobody_else() -> None:
    found = {one.identifier for one in COHORT if status("caregiver", one.identifier) == 200}
    assert found == {"DEMO-2", "DEMO-15"}


def test_a_caregiver_whose_link_has_ended_finds_nobody() -> None:
    assert status("caregiver2", "DEMO-8") == 404
    assert "Paul Sander" not in signed_in("caregiver2").get("/", follow=True).content.decode()


@pytest.mark.parametrize(("address", "own"), [("patient", "DEMO-1"), ("patient2", "DEMO-44")])
def test_patients_find_themselves_alone(address: str, own: str) -> None:
    assert status(address, own) == 200
    assert status(address, "DEMO-2") == 404


def test_the_administrator_finds_nobody() -> None:
    assert {status("admin", identifier) for identifier in ("DEMO-1", "DEMO-53", "CASE-C01")} == {404}


def test_everybody_of_the_list_can_open_a_first_page() -> None:
    for account in ACCOUNTS:
        assert signed_in(account.address).get("/", follow=True).status_code == 200, account.role
