"""The walls around incidents: the web writes them with no person and for all, the worker reads them, and nobody deletes one."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.db import Error, IntegrityError, connection, transaction

from alerts.models import Incident
from patients.models import User
from tests.alerts.scenes import MORNING
from tests.factories import account

pytestmark = pytest.mark.django_db
AsRole = Callable[[str], AbstractContextManager[None]]
AsWeb = Callable[[User], AbstractContextManager[None]]


def open_one(kind: str = "sweep") -> Incident:
    """Open an incident."""
    return Incident.objects.create(kind=kind, began_at=MORNING)


def test_the_web_opens_tells_and_ends_with_nobody_logged_in(as_role: AsRole) -> None:
    with as_role("iph_web"):
        row = open_one()
        Incident.objects.update(told_at=MORNING)
        Incident.objects.update(ended_at=MORNING)
        row.refresh_from_db()
    assert (row.told_at, row.ended_at) == (MORNING, MORNING)


def test_whoever_is_logged_in_sees_them_for_a_page_shows_them(as_web: AsWeb) -> None:
    open_one()
    with as_web(account()):
        assert Incident.objects.count() == 1


def test_the_worker_reads_and_does_not_write(as_role: AsRole) -> None:
    open_one()
    with as_role("iph_worker"):
        assert Incident.objects.count() == 1
    with pytest.raises(Error, match="permission denied"), as_role("iph_worker"):
        open_one("mail")
    with pytest.raises(Error, match="permission denied"), as_role("iph_worker"):
        Incident.objects.update(ended_at=MORNING)


@pytest.mark.parametrize("role", ["iph_web", "iph_worker", "iph_operator"])
def test_nobody_deletes_one(as_role: AsRole, role: str) -> None:
    open_one()
    with pytest.raises(Error, match="permission denied"), as_role(role):
        Incident.objects.all()._raw_delete("default")


def test_the_owner_sees_none_unless_maintaining(as_role: AsRole) -> None:
    open_one()
    with as_role("iph_owner"):
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('app.maintaining', '', true)")
        assert not Incident.objects.exists()


def test_one_of_a_kind_is_open_and_none_ends_before_it_began() -> None:
    open_one()
    with pytest.raises(IntegrityError, match="incident_one_open"), transaction.atomic():
        open_one()
    open_one("mail")
    Incident.objects.filter(kind="sweep").update(ended_at=MORNING)
    open_one()
    with pytest.raises(IntegrityError, match="incident_ends_after_start"), transaction.atomic():
        Incident.objects.filter(kind="mail").update(ended_at=MORNING.replace(year=2025))
