"""The walls around what is muted: no mute is long, and who ends one does so under their own name."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from alerts import muting
from alerts.models import Mute
from patients.context import acting_as
from tests.alerts.scenes import FALL, MORNING, Scene, scene
from tests.factories import mute

pytestmark = pytest.mark.django_db
AsRole = Callable[[str], AbstractContextManager[None]]
DAY = timedelta(days=1)


@pytest.fixture
def stage(db: None) -> Scene:
    return scene()


@pytest.mark.parametrize("begins", [0, 400])
def test_the_database_takes_no_longer_mute(stage: Scene, as_role: AsRole, begins: int) -> None:
    """Nor one that begins a year from now, and so holds until then."""
    at, by = timezone.now() + begins * DAY, stage.physician
    days = 90 if begins else 91
    with as_role("iph_web"), acting_as(by.pk), pytest.raises(DatabaseError), transaction.atomic():
        mute(stage.patient, by=by, at=at, until=at + days * DAY)
    assert mute(stage.patient, at=at, until=at + 90 * DAY).pk


def test_a_mute_is_ended_under_the_own_name(stage: Scene, as_role: AsRole) -> None:
    row = mute(stage.patient, by=stage.physician)
    for other in (stage.nurse, None):
        with as_role("iph_web"), acting_as(stage.physician.pk), pytest.raises(DatabaseError), transaction.atomic():
            Mute.objects.filter(pk=row.pk).update(ended_at=MORNING, ended_by=other, ended_why="person")
    assert Mute.objects.get().ended_at is None


def test_who_mutes_anew_ends_what_is_over(stage: Scene, as_role: AsRole) -> None:
    first = mute(stage.patient, at=MORNING, until=MORNING + DAY)
    with as_role("iph_web"), acting_as(stage.physician.pk):
        muting.mute(
            stage.patient, FALL, by=stage.physician, at=MORNING + 2 * DAY, until=MORNING + 3 * DAY, reason="known"
        )
    first.refresh_from_db()
    assert (first.ended_why, first.ended_by) == ("over", stage.physician)
