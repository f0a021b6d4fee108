"""What a clinic's own remissions say: which count, what is kept as numbers of the team, and by whom."""

import json
import math
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import Error
from django.utils import timezone

from alerts.calibrating import Calibrated, calibrate_all, numbers
from alerts.remission_window import Calibration
from alerts.tasks import calibrate
from patients import choosing
from patients.models import CareTeam, Patient, SettingChange
from tests.factories import event, member, patient, team

pytestmark = pytest.mark.django_db
AsWorker = Callable[[str], AbstractContextManager[None]]
DAYS = 7
"""How long each exacerbation of these patients lasts."""


@pytest.fixture
def north() -> CareTeam:
    return team("north")


def ill(there: CareTeam, *lengths: int, status: str = "confirmed") -> Patient:
    """Return a patient whose closed remissions had these lengths, the newest exacerbation a month ago."""
    made = patient(there)
    start = 30 + sum(lengths) + (len(lengths)) * DAYS
    for length in (0, *lengths):
        start -= length
        until = (timezone.now() - timedelta(days=start - DAYS)).date().isoformat()
        event(made, "exacerbation", days_ago=start, status=status, until=until)
        start -= DAYS
    return made


def found(**fields: Any) -> list[Calibrated]:
    """Compute all teams' numbers now."""
    return list(calibrate_all(at=timezone.now(), **fields))


def kept(there: CareTeam) -> dict[str, float | None]:
    """Return the numbers of a team."""
    return {name: change.value for name, change in choosing.chosen(there).items()}


def test_without_a_remission_nothing_is_known_and_nothing_kept(north: CareTeam) -> None:
    patient(north)
    (one,) = found()
    assert (one.patients, one.clinic, one.changed) == (0, Calibration(), ())
    assert not SettingChange.objects.exists()


def test_the_median_of_first_remissions_is_kept(north: CareTeam) -> None:
    for lengths in ([200, 150], [100], [140, 90, 60]):
        ill(north, *lengths)
    (one,) = found()
    assert (one.patients, one.clinic.first_median) == (3, 140)
    assert kept(north) == {"clinic_first_remission_days": 140}


def test_what_a_physician_has_not_confirmed_is_not_counted(north: CareTeam) -> None:
    ill(north, 200, 150, status="rejected")
    assert found()[0].patients == 0


def test_each_last_remission_is_tried_on_those_before_it(north: CareTeam) -> None:
    steady = [120, 118, 122, 119, 121]
    ill(north, *steady)
    ill(north, *steady[:-1], 600)
    (one,) = found()
    assert (one.clinic.intervals, one.clinic.covered) == (2, 1)
    assert not one.clinic.holds
    assert kept(north) == {"clinic_first_remission_days": 120, "clinic_tried_windows": 2, "clinic_held_windows": 1}


def test_twenty_patients_of_whom_four_in_five_are_right_make_it_calibrated(north: CareTeam) -> None:
    for number in range(20):
        ill(north, 120, 118, 122, 119, 121 if number % 5 else 900)
    (one,) = found()
    assert (one.clinic.intervals, one.clinic.covered, one.clinic.holds) == (20, 16, True)


def test_each_team_has_its_own(north: CareTeam) -> None:
    south = team("south")
    ill(north, 200)
    ill(south, 100)
    assert [one.clinic.first_median for one in found()] == [200, 100]
    assert kept(south) == {"clinic_first_remission_days": 100}


def test_only_what_changed_is_chosen_anew_and_makes_patients_due(north: CareTeam) -> None:
    one = ill(north, 200)
    found()
    before = Patient.objects.get(pk=one.pk).settings_version
    assert before == SettingChange.objects.get().pk
    assert found()[0].changed == ()
    assert Patient.objects.get(pk=one.pk).settings_version == before
    ill(north, 100)
    assert found()[0].changed == ("clinic_first_remission_days",)
    newest = SettingChange.objects.latest("pk")
    assert (newest.value, newest.by, newest.reason) == (150, None, "computed from closed remissions of 2 patients")
    assert Patient.objects.get(pk=one.pk).settings_version == newest.pk


def test_what_a_person_chose_stays(north: CareTeam) -> None:
    ill(north, 200)
    physician = member(north, "physician")
    choosing.choose(
        north, "clinic_first_remission_days", 90, by=physician, at=timezone.now(), reason="of the whole country"
    )
    assert found()[0].changed == ()
    assert kept(north) == {"clinic_first_remission_days": 90}


def test_a_dry_run_says_it_and_keeps_nothing(north: CareTeam) -> None:
    ill(north, 200)
    assert found(write=False)[0].changed == ("clinic_first_remission_days",)
    assert not SettingChange.objects.exists()


def told(*words: str) -> str:
    """Return what the command prints."""
    out = StringIO()
    call_command("calibrate", *words, stdout=out)
    return out.getvalue()


def test_the_command_says_what_it_found(north: CareTeam) -> None:
    ill(north, 200)
    needed = "windows are withheld: tried on 0 closed remissions of the clinic, of 20 needed"
    usual = f"team {north.pk}: 1 patients with a closed remission; first remission 200 days; {needed}"
    assert told("--dry-run") == f"{usual}; changed: clinic_first_remission_days\n"
    assert json.loads(told("--json"))["teams"] == [
        {
            "team": north.pk, "patients": 1, "first_remission_days": 200, "tried": 0, "held": 0, "calibrated": False,
            "changed": ["clinic_first_remission_days"],
        }
    ]  # fmt: skip
    assert told() == f"{usual}\n"


def test_the_worker_does_it_with_its_own_log_in_and_may_choose_no_other_number(
    north: CareTeam, as_worker: AsWorker
) -> None:
    ill(north, 200)
    with as_worker("*"):
        calibrate()
    assert kept(north) == {"clinic_first_remission_days": 200}
    for name, fields in (("cva_percent", {}), ("clinic_held_windows", {"by": member(north)})):
        with pytest.raises(Error, match="row-level security"), as_worker("*"):
            SettingChange.objects.create(team=north, name=name, value=1, at=timezone.now(), reason="no", **fields)


@pytest.mark.parametrize(("first", "kept_as"), [(None, 0), (140.5, 140), (141.5, 142), (28, 28)])
def test_a_median_is_kept_in_whole_days(first: float | None, kept_as: float) -> None:
    found_numbers: Sequence[float] = list(numbers(Calibration(first, 3, 2)).values())
    assert found_numbers == [kept_as, 3, 2]
    assert all(math.isclose(one, round(one)) for one in found_numbers)
