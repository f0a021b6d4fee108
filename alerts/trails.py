"""What the steps of an alert name: the people to whom it was assigned, read once for all of them."""

from collections.abc import Iterable, Mapping

from alerts.models import Transition
from patients.models import User


def people_of(steps: Iterable[Transition]) -> Mapping[int, User]:
    """Return, by id, to whom these steps assigned an alert; a query only where there is such a step."""
    ids = {step.detail["to"] for step in steps if isinstance(step.detail, dict) and "to" in step.detail}
    return User.objects.in_bulk(ids) if ids else {}
