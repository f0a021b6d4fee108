"""A cohort folder meets patients who are followed already: the same changes nothing, more is added, another is refused."""

from pathlib import Path

import pytest

from patients.facts import NewObservation
from patients.interchange import registered
from patients.models import (
    CareTeam,
    Observation,
    Patient,
    PatientIdentifier,
    PatientRevision,
)
from patients.recording import record
from tests.patients.cohort_folders import NOW, SMALL, changed
from tests.patients.cohort_imports import counts, issues, person, stored, take

pytestmark = pytest.mark.django_db


@pytest.fixture
def team(db: None) -> CareTeam:
    return CareTeam.objects.create(name="north", time_zone="Europe/Paris")


def test_the_same_folder_again_changes_nothing(team: CareTeam, tmp_path: Path) -> None:
    take(tmp_path, team)
    before = stored()
    report = take(tmp_path, team)
    assert report.ok
    assert report.as_json()["patients"]["unchanged"] == 2
    assert counts(report, "patients.csv") == {"rows": 2, "duplicates": 2}
    assert counts(report, "results.csv") == {"rows": 5, "duplicates": 5}
    assert counts(report, "treatments.csv") == {"rows": 2, "duplicates": 2}
    assert stored() == before


def test_more_of_a_known_patient_is_added(team: CareTeam, tmp_path: Path) -> None:
    take(tmp_path, team)
    line = "C-2,HGB,141,g/L,2026-04-07,2026-04-08T09:00:00+00:00,final,,,\r\n"
    report = take(tmp_path, team, {**SMALL, "results.csv": SMALL["results.csv"] + line})
    assert report.ok
    assert report.as_json()["patients"] == {"created": 0, "updated": 1, "unchanged": 1, "refused": 0}
    assert counts(report, "results.csv") == {"rows": 6, "accepted": 1, "duplicates": 5}
    assert person("C-2").revision == 2


def test_what_was_not_known_here_then_is_known_from_the_last_change(team: CareTeam, tmp_path: Path) -> None:
    take(tmp_path, team)
    line = "C-2,HGB,141,g/L,2026-01-07,2026-01-08T09:00:00+00:00,final,,,\r\n"
    report = take(tmp_path, team, {**SMALL, "results.csv": SMALL["results.csv"] + line})
    assert issues(report) == [("patients.csv", "3", "patient", "known_later")]
    assert "1 of the facts" in report.issues[0].issue.message
    assert not report.ok
    assert PatientRevision.objects.get(patient=person("C-2"), n=2).at.isoformat() == "2026-03-02T18:00:00+00:00"


def test_a_contradiction_of_what_is_known_rolls_the_patient_back(team: CareTeam, tmp_path: Path) -> None:
    take(tmp_path, team)
    before = stored()
    files = changed("C-1,HGB,104,g/L", "C-1,HGB,99,g/L")
    files["results.csv"] += "C-1,HGB,120,g/L,2026-05-01,2026-05-01T12:00:00+00:00,final,,,\r\n"
    report = take(tmp_path, team, files)
    assert issues(report) == [("results.csv", "3", "value", "contradicts")]
    assert stored() == before
    assert report.as_json()["patients"] == {"created": 0, "updated": 0, "unchanged": 1, "refused": 1}


def test_two_values_of_one_sample_are_a_contradiction_in_a_new_patient_too(team: CareTeam, tmp_path: Path) -> None:
    line = "C-2,FVC,2.4,L,2026-03-02,2026-03-02T18:00:00+00:00,final,,,\r\n"
    report = take(tmp_path, team, {**SMALL, "results.csv": SMALL["results.csv"] + line})
    assert issues(report) == [("results.csv", "7", "value", "contradicts")]
    assert [one.value for one in PatientIdentifier.objects.all()] == ["C-1"]


def test_the_same_line_twice_is_a_duplicate(team: CareTeam, tmp_path: Path) -> None:
    line = "C-2,FVC,3.1,L,2026-03-02,2026-03-02T18:00:00+00:00,final,,,\r\n"
    report = take(tmp_path, team, {**SMALL, "results.csv": SMALL["results.csv"] + line})
    assert report.ok
    assert counts(report, "results.csv") == {"rows": 6, "accepted": 5, "duplicates": 1}


def test_somebody_elses_sex_or_birth_date_is_refused(team: CareTeam, tmp_path: Path) -> None:
    take(tmp_path, team)
    report = take(tmp_path, team, changed("C-1,female,1990-05-17", "C-1,male,1991-05-17", "patients.csv"))
    assert issues(report) == [("patients.csv", "2", "sex", "differs"), ("patients.csv", "2", "birth_date", "differs")]
    assert counts(report, "patients.csv") == {"rows": 2, "duplicates": 1, "rejected": 1}


def test_a_person_known_otherwise_stays_as_known(team: CareTeam, tmp_path: Path) -> None:
    take(tmp_path, team)
    report = take(tmp_path, team, changed("C-2,,,", "C-2,male,,150", "patients.csv"))
    assert [one[2:] for one in issues(report)] == [("sex", "not_changed"), ("height_cm", "not_changed")]
    assert report.ok
    assert (person("C-2").sex, person("C-2").height_cm) == ("", None)


def test_another_teams_patient_is_not_touched(team: CareTeam, tmp_path: Path) -> None:
    take(tmp_path, team)
    before = stored()
    report = take(tmp_path, CareTeam.objects.create(name="south"))
    assert [one[3] for one in issues(report)] == ["identifier_taken", "identifier_taken"]
    assert stored() == before
    assert counts(report, "patients.csv") == {"rows": 2, "rejected": 2}


def test_a_patient_is_found_by_our_id_and_by_any_issuers_identifier(team: CareTeam, tmp_path: Path) -> None:
    one = Patient.objects.create(team=team, changed_at=NOW)
    two = Patient.objects.create(team=team, changed_at=NOW)
    PatientIdentifier.objects.create(patient=two, issuer="hospital", value="C-2")
    report = take(tmp_path, team, {name: text.replace("C-1", str(one.pk)) for name, text in SMALL.items()})
    assert report.as_json()["patients"]["updated"] == 2
    assert {row.patient_id for row in Observation.objects.all()} == {one.pk, two.pk}


def test_an_identifier_of_two_patients_is_ambiguous(team: CareTeam, tmp_path: Path) -> None:
    for issuer in ("a", "b"):
        patient = Patient.objects.create(team=team, changed_at=NOW)
        PatientIdentifier.objects.create(patient=patient, issuer=issuer, value="C-2")
    assert issues(take(tmp_path, team)) == [("patients.csv", "3", "patient", "ambiguous_patient")]
    assert len(registered(["C-2"], team)["C-2"]) == 2


def test_facts_recorded_otherwise_meet_the_folder_as_duplicates(team: CareTeam, tmp_path: Path) -> None:
    patient = Patient.objects.create(team=team, changed_at=NOW, time_zone="America/Chicago")
    PatientIdentifier.objects.create(patient=patient, value="C-2")
    day = NOW.replace(month=3, day=2, hour=6)  # midnight in Chicago
    record([NewObservation(patient.pk, "FVC", day, value=3.1, unit="L")], by=None, at=NOW, why="typed")
    report = take(tmp_path, team)
    assert counts(report, "results.csv") == {"rows": 5, "accepted": 4, "duplicates": 1}
    assert report.as_json()["patients"]["unchanged"] == 1
