"""manage.py doctor: one document, three exit statuses, and it only reads."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone

from alerts import invariants
from alerts.invariants import Check
from alerts.management.commands import doctor
from alerts.models import Heartbeat
from manage import role_of
from tests.alerts.commands import document, run
from tests.alerts.scenes import person, scene

AsRole = Callable[[str], AbstractContextManager[None]]


@pytest.fixture
def examined(monkeypatch: pytest.MonkeyPatch) -> list[Check]:
    """Checks that come out as a test says, at the moment of asking."""
    checks: list[Check] = []

    def examine(*, at: datetime) -> list[Check]:
        assert abs(at - timezone.now()) < timedelta(minutes=1)
        return checks

    monkeypatch.setattr(doctor, "examine", examine)
    return checks


def test_all_well_is_0(examined: list[Check]) -> None:
    examined[:] = [Check("D1", 0, "holds"), Check("D2", 0, "holds")]
    assert document("doctor") == (
        0,
        {
            "checks": [
                {"id": "D1", "ok": True, "count": 0, "message": "holds"},
                {"id": "D2", "ok": True, "count": 0, "message": "holds"},
            ],
            "ok": True,
        },
    )


def test_something_broken_is_1_and_named(examined: list[Check]) -> None:
    examined[:] = [Check("D1", 0, "holds"), Check("D9", 2, "results have two current versions (2): retract one. 7, 8")]
    status, found = document("doctor")
    assert (status, found["ok"]) == (1, False)
    assert [one["id"] for one in found["checks"] if not one["ok"]] == ["D9"]


def test_a_database_that_does_not_answer_is_2(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_: Any) -> list[Check]:
        raise OperationalError("connection to server at 10.0.0.1, password secret")

    monkeypatch.setattr(doctor, "examine", fail)
    assert run("doctor") == (2, "The database could not be asked: OperationalError.")


def test_a_line_a_check_for_a_person(examined: list[Check]) -> None:
    examined[:] = [Check("D1", 0, "holds"), Check("D2", 1, "patients were never judged (1): run it. x")]
    assert run("doctor") == (1, "ok     D1: holds\nBROKEN D2: patients were never judged (1): run it. x\n")


@pytest.mark.django_db
def test_on_a_fresh_service_it_finds_nothing() -> None:
    status, found = document("doctor")
    assert (status, found["ok"]) == (0, True)
    assert len(found["checks"]) == len((*invariants.WATCH, *invariants.RECORD, *invariants.SETUP)) + 1


@pytest.mark.django_db
def test_as_the_log_in_it_has_it_finds_what_is_broken(as_role: AsRole) -> None:
    person(scene().team)
    Heartbeat.objects.create(name="mail", beat_at=timezone.now() - timedelta(hours=1))
    with as_role(f"iph_{role_of(['doctor'])}"):
        status, found = document("doctor")
    assert (role_of(["doctor"]), status) == ("operator", 1)
    assert {one["id"] for one in found["checks"] if not one["ok"]} == {"D2", "D15"}
