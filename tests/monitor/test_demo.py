"""What the making of the demo meets: a file that outlived its database, a failure in the middle, a service that is none."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from monitor import demo, demo_cases, demo_stages
from monitor.demo_accounts import ACCOUNTS
from monitor.demo_cohort import COHORT
from monitor.demo_patient import ZONE
from patients import recording
from patients.models import CareTeam, Patient, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def local(tmp_path: Path, settings: Any) -> Path:
    """A folder in which nothing was made yet."""
    settings.LOCAL_DIR = tmp_path
    return tmp_path


def test_a_file_of_a_forgotten_database_is_made_anew(local: Path) -> None:
    people = [{"role": one.role, "email": one.email, "password": "old"} for one in ACCOUNTS]
    (local / "demo-users.json").write_text(json.dumps({"users": people, "api_token": "old"}))
    assert demo.seed(local, at=timezone.now(), empty=True)
    assert json.loads((local / "demo-users.json").read_text())["api_token"] != "old"


def test_an_empty_one_has_people_and_no_patient_and_can_be_filled(local: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    call_command("seed_demo", "--empty")
    assert (User.objects.count(), CareTeam.objects.count()) == (len(ACCOUNTS), 2)
    assert not Patient.objects.exists()
    before = (local / "demo-users.json").read_bytes()
    assert not demo.seed(local, at=timezone.now(), empty=True)
    assert (local / "demo-users.json").read_bytes() == before
    monkeypatch.setattr(demo, "COHORT", COHORT[:2])
    monkeypatch.setattr(demo_cases, "cases", lambda: ())
    monkeypatch.setattr(demo_stages, "FILES", ())
    assert demo.seed(local, at=timezone.now())
    assert {one.pk for one in Patient.objects.all()} == {one.id for one in COHORT[:2]}


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


def test_an_older_demo_is_completed_and_what_was_there_stays(local: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "COHORT", COHORT[:2])
    monkeypatch.setattr(demo_cases, "cases", lambda: ())
    monkeypatch.setattr(demo_stages, "FILES", ())
    assert demo.seed(local, at=timezone.now())
    before = dict(Patient.objects.values_list("pk", "revision"))
    monkeypatch.setattr(demo, "COHORT", COHORT[:4])
    assert demo.seed(local, at=timezone.now())
    after = dict(Patient.objects.values_list("pk", "revision"))
    assert set(after) - set(before) == {one.id for one in COHORT[2:4]}
    assert {pk: after[pk] for pk in before} == before


def test_who_died_is_followed_no_more(local: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (died,) = [one for one in COHORT if one.died is not None]
    monkeypatch.setattr(demo, "COHORT", (died,))
    monkeypatch.setattr(demo_cases, "cases", lambda: ())
    monkeypatch.setattr(demo_stages, "FILES", ())
    at = timezone.now()
    demo.seed(local, at=at)
    patient = Patient.objects.get()
    assert (patient.active, patient.death_date) == (False, at.astimezone(ZONE).date() - timedelta(days=41))


def test_a_published_case_is_registered_with_what_is_printed_and_no_more(
    local: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "COHORT", ())
    monkeypatch.setattr(demo_stages, "FILES", ())
    demo.seed(local, at=timezone.now())
    patient = Patient.objects.get(identifiers__value="CASE-C09")
    assert (patient.identity.name, patient.sex, patient.comorbidities) == ("Case C09", "male", ["celiac"])
    assert (patient.diagnosis_date, patient.height_cm, patient.course, patient.user) == (None, None, "", None)
    assert patient.source.startswith("Published case C09, facts only, at their published dates.")
    assert str(patient.birth_date) == "1980-11-13"  # 36.5 years before 15 May 2017


def test_production_gets_no_invented_patients(local: Path, settings: Any) -> None:
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="in production nothing is made") as caught:
        call_command("seed_demo")
    assert caught.value.returncode == 2
    assert not User.objects.exists()
