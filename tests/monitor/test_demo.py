"""What the making of the demo meets: a file that outlived its database, a failure in the middle, a service that is none."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from monitor import demo
from monitor.demo_accounts import ACCOUNTS
from patients import recording
from patients.models import CareTeam, Patient, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def local(tmp_path: Path, settings: Any) -> Path:
    """A folder in which nothing was made yet."""
    settings.LOCAL_DIR = tmp_path
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    return tmp_path


def test_a_file_of_a_forgotten_database_is_made_anew(local: Path) -> None:
    people = [{"role": one.role, "email": one.email, "password": "old"} for one in ACCOUNTS]
    (local / "demo-users.json").write_text(json.dumps({"users": people, "api_token": "old"}))
    assert demo.seed(local, at=timezone.now())
    assert json.loads((local / "demo-users.json").read_text())["api_token"] != "old"


def test_a_failing_patient_leaves_nothing_half_made(local: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the third patient")

    monkeypatch.setattr(recording, "record", broken)
    with pytest.raises(RuntimeError, match="third"):
        demo.seed(local, at=timezone.now())
    assert not User.objects.exists()
    assert not CareTeam.objects.exists()
    assert not Patient.objects.exists()
    assert not (local / "demo-users.json").exists()


def test_production_gets_no_invented_patients(local: Path, settings: Any) -> None:
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="in production nothing is made") as caught:
        call_command("seed_demo")
    assert caught.value.returncode == 2
    assert not User.objects.exists()
