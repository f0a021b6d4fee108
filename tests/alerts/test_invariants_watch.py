"""D22: what is wrong with the service and was told to nobody."""

from datetime import timedelta
from typing import Any

import pytest

from alerts.invariants import Check, examine
from alerts.models import Incident
from tests.alerts.scenes import MORNING

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def found() -> Check:
    """Return how D22 comes out in the morning."""
    (check,) = [one for one in examine(at=MORNING) if one.id == "D22"]
    return check


def incident(kind: str, **fields: Any) -> None:
    """Let something be wrong since two hours."""
    Incident.objects.create(**{"kind": kind, "began_at": MORNING - 2 * HOUR, **fields})


def test_a_service_of_which_nothing_is_wrong() -> None:
    assert found().ok


def test_what_was_told_to_nobody_for_an_hour_is_named_by_its_kind() -> None:
    incident("sweep")
    incident("mail")
    assert (found().count, found().message.endswith("mail, sweep")) == (2, True)


@pytest.mark.parametrize(
    "fields", [{"told_at": MORNING}, {"ended_at": MORNING}, {"began_at": MORNING - HOUR + timedelta(seconds=1)}]
)
def test_what_was_told_is_over_or_is_new_is_well(fields: dict[str, Any]) -> None:
    incident("sweep", **fields)
    assert found().ok
