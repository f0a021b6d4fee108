"""manage.py seed_demo: everything once, for the right people, and nothing a second time."""

import io
import json
import shutil
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.core.management import call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext, override_settings
from django.utils import timezone

import manage
from alerts import judging, rules
from alerts.judging import Verdict
from monitor import demo
from monitor.demo_cohort import COHORT
from monitor.supervising import STEPS
from patients import timeline
from patients.access import asker
from patients.context import acting_as
from patients.facts import NewObservation
from patients.models import (
    AccessToken,
    CaregiverLink,
    CareTeam,
    Event,
    Membership,
    Observation,
    Patient,
    PatientIdentity,
    PatientRevision,
    Treatment,
    User,
)
from patients.recording import record

QUICK = ["django.contrib.auth.hashers.MD5PasswordHasher"]
"""Nothing is asked of hashing here."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, django_db_setup: None, django_db_blocker: Any) -> Iterator[Path]:
    """One demo for all tests of this module, rolled back after them; each test undoes only what it did itself."""
    local = tmp_path_factory.mktemp("demo")
    with django_db_blocker.unblock(), override_settings(PASSWORD_HASHERS=QUICK), transaction.atomic():
        assert demo.seed(local, at=timezone.now())
        yield local
        transaction.set_rollback(True)


@pytest.fixture
def seeded(made: Path, db: None, tmp_path: Path, settings: Any) -> Path:
    """A folder of its own for each test, beside the one demo."""
    settings.LOCAL_DIR = tmp_path
    shutil.copy2(made / "demo-users.json", tmp_path)
    return tmp_path


def seed() -> str:
    """Run the command and return what it printed."""
    out = io.StringIO()
    call_command("seed_demo", stdout=out)
    return out.getvalue()


def told(local: Path) -> dict[str, Any]:
    """Return what the file says."""
    found: dict[str, Any] = json.loads((local / "demo-users.json").read_text())
    return found


def stored() -> list[object]:
    """Return everything that a second run could change."""
    models = (Patient, PatientRevision, Observation, Event, Treatment, CareTeam, Membership, CaregiverLink, AccessToken)
    return [*(model.objects.count() for model in models), *sorted(User.objects.values_list("email", "password"))]


def verdict(identifier: str) -> Verdict:
    """Return what the rules say of a patient now."""
    patient = Patient.objects.get(identifiers__value=identifier)
    at = timezone.now()
    return judging.judge(timeline.read(patient.pk, at=at), at, rules=rules.RULES)


def found_by(identifier: str) -> set[str]:
    """Return the rules that have a finding of a patient now."""
    return {one.rule for one in verdict(identifier).findings}


def test_there_is_one_team_in_berlin_with_its_chain(seeded: Path) -> None:
    team = CareTeam.objects.get()
    assert (team.name, team.time_zone) == ("Lung bleeding clinic", "Europe/Berlin")
    assert "not watched around the clock" in team.emergency_text
    chain = Membership.objects.exclude(on_call_order=0).order_by("on_call_order").values_list("role", flat=True)
    assert list(chain) == ["nurse", "physician"]


def test_six_people_can_log_in(seeded: Path) -> None:
    people = told(seeded)["users"]
    assert [one["role"] for one in people] == ["nurse", "physician", "coordinator", "patient", "caregiver", "admin"]
    for one in people:
        user = authenticate(None, username=one["email"], password=one["password"])
        assert user == User.objects.get(email=one["email"])
    assert len({one["password"] for one in people}) == 6


def test_the_file_is_for_its_owner_only(seeded: Path) -> None:
    assert (seeded / "demo-users.json").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in seeded.iterdir()] == ["demo-users.json"]


def test_the_token_is_the_physicians_and_only_its_digest_is_kept(seeded: Path) -> None:
    token = told(seeded)["api_token"]
    row = AccessToken.objects.get(digest=AccessToken.digest_of(token))
    assert row.user.email == "physician@demo.example"
    assert token not in str(AccessToken.objects.values())


def test_everybody_sees_whom_they_should(seeded: Path, as_role: Any) -> None:
    expected = {"nurse": 14, "physician": 14, "coordinator": 14, "patient": 1, "caregiver": 1, "admin": 0}
    assert len(COHORT) == 14
    for role, count in expected.items():
        user = User.objects.get(email=f"{role}@demo.example")
        who = asker(user, at=timezone.now())
        assert who is not None
        assert who.patients().count() == count, role
        with as_role("iph_web"), acting_as(user.pk):
            assert Patient.objects.count() == count, role


def test_the_administrator_reads_nothing_clinical(seeded: Path) -> None:
    admin = User.objects.get(email="admin@demo.example")
    assert (admin.is_staff, admin.is_superuser) == (True, True)
    assert User.objects.filter(is_staff=True).count() == 1


def test_every_patient_is_the_physicians_and_has_a_name(seeded: Path) -> None:
    assert PatientIdentity.objects.count() == len(COHORT)
    assert set(Patient.objects.values_list("clinician__email", flat=True)) == {"physician@demo.example"}
    assert set(Patient.objects.values_list("time_zone", flat=True)) == {"Europe/Berlin"}


def test_the_child_has_a_caregiver_until_it_is_grown_up(seeded: Path) -> None:
    link = CaregiverLink.objects.select_related("patient").get()
    born = link.patient.birth_date
    assert link.ends_at is not None
    assert born is not None
    assert (link.ends_at.year - born.year, link.ends_at.month) == (18, born.month)


def test_revisions_look_as_if_time_had_passed(seeded: Path) -> None:
    patient = Patient.objects.get(identifiers__value="DEMO-1")
    times = list(PatientRevision.objects.filter(patient=patient).order_by("n").values_list("at", flat=True))
    assert patient.revision == len(times) > 20
    assert times == sorted(times)
    assert (times[-1] - times[0]).days > 600
    assert max(times) <= timezone.now()


def test_the_past_was_known_as_it_was(seeded: Path) -> None:
    patient = Patient.objects.get(identifiers__value="DEMO-14")
    wrong = Observation.objects.get(patient=patient, retracted_revision__isnull=False)
    before = timeline.read(patient.pk, at=timezone.now(), revision=wrong.recorded_revision)
    assert wrong.value in before.get("HGB").values
    assert wrong.value not in timeline.read(patient.pk, at=timezone.now()).get("HGB").values


def test_the_stories_are_what_the_rules_say(seeded: Path) -> None:
    assert found_by("DEMO-1") == set()
    assert {"hemoglobin_fall", "hemoglobin_acute"} <= found_by("DEMO-2")
    assert found_by("DEMO-3") == {"hemoglobin_fall"}
    assert found_by("DEMO-4") == {"hemoptysis"}
    assert "hemoglobin_severe" in found_by("DEMO-5")
    assert "hemoglobin_fall" not in found_by("DEMO-6")
    assert all(found_by(f"DEMO-{number}") == set() for number in (8, 10, 11, 12, 13, 14))


def test_the_file_that_the_demo_offers_is_a_fall_of_the_first_patient(seeded: Path) -> None:
    patient, now = Patient.objects.get(identifiers__value="DEMO-1"), timezone.now()
    values = ((129.0, now - timedelta(days=3, hours=1)), (104.0, now - timedelta(hours=1)))  # as of monitor.demo_views
    record([NewObservation(patient.pk, "HGB", when, "minute", value=value, unit="g/L") for value, when in values],
           by=None, at=now, why="file")  # fmt: skip
    assert {"hemoglobin_fall", "hemoglobin_acute"} <= found_by("DEMO-1")


def test_a_second_run_changes_nothing_and_is_quick(seeded: Path) -> None:
    before, file = stored(), (seeded / "demo-users.json").read_bytes()
    began = time.perf_counter()
    with CaptureQueriesContext(connection) as queries:
        assert seed() == "The demo was there already.\n"
    assert time.perf_counter() - began < 1
    assert len(queries) <= 6
    assert stored() == before
    assert (seeded / "demo-users.json").read_bytes() == file


def test_a_lost_file_gives_new_passwords_and_a_new_token_but_no_new_patient(seeded: Path) -> None:
    before, token = stored(), told(seeded)["api_token"]
    (seeded / "demo-users.json").unlink()
    assert seed() == "The demo is there.\n"
    again = told(seeded)
    assert again["api_token"] != token
    assert AccessToken.objects.count() == 1
    assert stored()[:9] == before[:9]
    assert authenticate(None, username="nurse@demo.example", password=again["users"][0]["password"]) is not None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"users": []}', '{"people": 1}'])
def test_a_broken_file_is_made_anew(seeded: Path, text: str) -> None:
    (seeded / "demo-users.json").write_text(text)
    assert seed() == "The demo is there.\n"
    assert len(told(seeded)["users"]) == 6


def test_the_start_of_the_demo_seeds_as_the_owner() -> None:
    assert ("seed_demo",) in STEPS
    assert manage.role_of(["seed_demo"]) == "owner"
