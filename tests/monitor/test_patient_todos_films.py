"""Where a person does what films and the screening ask for: the film's page, the list of what can be recorded."""

from datetime import timedelta

import pytest
from django.utils import timezone

from monitor.held_rows import Held
from monitor.patient_todos import Item, listed
from patients import timeline
from patients.access import asker
from patients.models import Event
from tests.factories import event
from tests.monitor.recording_desk import Desk, desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def at() -> Desk:
    """A patient with a stage that goes back, and two readings of one film."""
    found = desk()
    for days, findings in (
        (400, {"stage": 2}),
        (300, {"stage": 4}),
        (20, {"stage": 1, "reader": "A"}),
        (19, {"stage": 3, "reader": "B"}),
    ):
        event(found.ill, "chest_xray", days_ago=days, **findings)
    found.ill.diagnosis_date = (timezone.now() - timedelta(days=500)).date()
    found.ill.save(update_fields=["diagnosis_date"])
    return found


def items(at: Desk, role: str, *, past: bool = False) -> dict[str, Item]:
    """Return what is due as somebody sees it, by kind."""
    now = timezone.now()
    who = asker(at.people[role], at=now)
    assert who is not None
    found = listed(at.ill, who, timeline.read(at.ill.pk, at=now), Held(), past=past)
    return {one.todo.kind: one for one in found}


def film(stage: int) -> int:
    """Return the film of a stage."""
    return Event.objects.get(findings__stage=stage).pk


def test_each_leads_to_where_it_is_done(at: Desk) -> None:
    found = items(at, "nurse")
    assert (found["film_conflict"].href, found["film_conflict"].act) == (
        at.path(f"facts/event/{film(3)}/"),
        "Look at it",
    )
    assert found["confirm_stage"].href == at.path(f"facts/event/{film(1)}/")
    assert (found["screening"].href, found["screening"].act) == (at.path("record/"), "Record what was done")
    assert (found["lung_volumes"].href, found["lung_volumes"].act) == (at.path("record/results/"), "Record results")


@pytest.mark.parametrize("kind", ["film_conflict", "confirm_stage", "screening", "lung_volumes"])
def test_the_address_is_a_page(at: Desk, kind: str) -> None:
    assert at.visitor("nurse").get(items(at, "nurse")[kind].href).status_code == 200


def test_who_may_not_and_the_past_have_no_address(at: Desk) -> None:
    for found in (items(at, "patient"), items(at, "nurse", past=True)):
        assert {found[kind].href for kind in ("film_conflict", "confirm_stage", "screening", "lung_volumes")} == {""}
