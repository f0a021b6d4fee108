"""A cohort folder goes in whole patients, and the same folder again changes nothing."""

from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from patients import timeline
from patients.context import ALL, working_on
from patients.interchange import NoCohortError, import_folder
from patients.models import (
    CareTeam,
    Event,
    Observation,
    Patient,
    PatientIdentity,
    PatientRevision,
)
from patients.signals import recorded
from tests.patients.cohort_folders import NOW, SMALL, changed, folder
from tests.patients.cohort_imports import counts, issues, person, stored, take

pytestmark = pytest.mark.django_db


@pytest.fixture
def team(db: None) -> CareTeam:
    return CareTeam.objects.create(name="north", time_zone="Europe/Paris")


def test_every_line_is_accepted(team: CareTeam, tmp_path: Path) -> None:
    report = take(tmp_path, team)
    assert report.ok
    assert report.issues == []
    assert report.as_json()["patients"] == {"created": 2, "updated": 0, "unchanged": 0, "refused": 0}
    assert counts(report, "patients.csv") == {"rows": 2, "accepted": 2}
    assert counts(report, "results.csv") == {"rows": 5, "accepted": 5}
    assert counts(report, "events.csv") == {"rows": 2, "accepted": 2}
    assert counts(report, "treatments.csv") == {"rows": 2, "accepted": 2}


def test_the_person_is_registered_without_a_name(team: CareTeam, tmp_path: Path) -> None:
    take(tmp_path, team)
    one, two = person("C-1"), person("C-2")
    assert (one.team, one.sex, str(one.birth_date), one.height_cm) == (team, "female", "1990-05-17", 168)
    assert (one.time_zone, two.time_zone) == ("Europe/Berlin", "America/Chicago")
    assert (two.sex, two.birth_date, two.height_cm) == ("", None, None)
    assert not PatientIdentity.objects.exists()


def test_a_person_without_a_zone_has_the_teams(team: CareTeam, tmp_path: Path) -> None:
    take(tmp_path, team, changed(",,,,America/Chicago".removeprefix(","), ",,,", "patients.csv"))
    assert person("C-2").time_zone == "Europe/Paris"


def test_values_are_kept_canonical_beside_what_was_written(team: CareTeam, tmp_path: Path) -> None:
    take(tmp_path, team)
    row = Observation.objects.get(performer="City laboratory")
    assert (row.value, row.unit, row.original_value, row.original_unit) == (128.0, "g/L", "12.8", "g/dL")
    assert (row.precision, row.effective_at.isoformat()) == ("day", "2026-01-11T23:00:00+00:00")  # midnight in Berlin


def test_when_something_became_known_orders_the_revisions(team: CareTeam, tmp_path: Path) -> None:
    take(tmp_path, team)
    revisions = PatientRevision.objects.filter(patient=person("C-1")).order_by("n").values_list("n", "at", "why")
    assert [(n, at.isoformat()[:16]) for n, at, _ in revisions] == [
        (1, "2026-01-13T07:30"),
        (2, "2026-02-09T12:00"),
        (3, "2026-02-10T10:00"),
        (4, "2026-02-10T12:00"),
        (5, "2026-02-11T09:00"),
    ]
    assert {why for *_, why in revisions} == {"cohort import"}
    assert person("C-1").revision == 5


def test_the_past_can_be_seen_as_it_was_known(team: CareTeam, tmp_path: Path) -> None:
    take(tmp_path, team)
    one = person("C-1")
    then = timeline.revision_at(one.pk, NOW.replace(month=2, day=9, hour=11))
    assert timeline.read(one.pk, at=NOW, revision=then).get("HGB").values.tolist() == [128]
    assert timeline.read(one.pk, at=NOW).get("HGB").values.tolist() == [128, 104]


def test_what_was_taken_back_is_known_until_then(team: CareTeam, tmp_path: Path) -> None:
    results = (
        "patient,code,value,unit,effective_at,recorded_at,status,retracted_at\r\n"
        "C-1,HGB,52,g/L,2026-01-12,2026-01-13T07:30:00+00:00,final,2026-01-15T08:00:00+00:00\r\n"
        "C-1,HGB,125,g/L,2026-01-12,2026-01-15T08:00:00+00:00,corrected,\r\n"
    )
    assert take(tmp_path, team, {**SMALL, "results.csv": results}).ok
    wrong, right = Observation.objects.order_by("value")
    assert (wrong.recorded_revision, wrong.retracted_revision) == (1, 2)
    assert (right.recorded_revision, right.retracted_revision) == (2, None)
    one = person("C-1").pk
    assert timeline.read(one, at=NOW, revision=1).get("HGB").values.tolist() == [52]
    assert timeline.read(one, at=NOW).get("HGB").values.tolist() == [125]


def test_a_later_correction_ends_what_it_corrects(team: CareTeam, tmp_path: Path) -> None:
    line = "C-1,HGB,125,g/L,2026-01-12,2026-01-15T08:00:00+00:00,corrected,,,City laboratory\r\n"
    files = {**SMALL, "results.csv": SMALL["results.csv"] + line}
    assert take(tmp_path, team, files).ok
    wrong, right = Observation.objects.filter(performer="City laboratory").order_by("recorded_revision")
    assert wrong.retracted_revision == right.recorded_revision
    before = stored()
    assert counts(take(tmp_path, team, files), "results.csv") == {"rows": 6, "duplicates": 6}
    assert stored() == before


def test_a_patient_with_a_wrong_line_is_refused_and_others_go_in(team: CareTeam, tmp_path: Path) -> None:
    report = take(tmp_path, team, changed("C-1,HGB,104,g/L", "C-1,HGB,a hundred,g/L"))
    assert issues(report) == [("results.csv", "3", "value", "invalid_number")]
    assert report.issues[0].issue.original.startswith("C-1,HGB,a hundred,g/L,2026-02-09T08:15")
    assert [one.identifiers.get().value for one in Patient.objects.all()] == ["C-2"]
    assert report.as_json()["patients"] == {"created": 1, "updated": 0, "unchanged": 0, "refused": 1}
    assert counts(report, "results.csv") == {"rows": 5, "accepted": 1, "rejected": 1, "skipped": 3}
    assert counts(report, "events.csv") == {"rows": 2, "skipped": 2}
    assert counts(report, "patients.csv") == {"rows": 2, "accepted": 1, "skipped": 1}


def test_results_that_are_findings_become_one_event(team: CareTeam, tmp_path: Path) -> None:
    results = "patient,code,value,unit,effective_at,recorded_at,status\r\n" + "".join(
        f"C-1,{code},{value},,2026-01-12,2026-01-13T07:30:00+00:00,final\r\n"
        for code, value in (("SP_SIDERO", "many"), ("SP_AFB", "not examined"), ("SP_RBC", "moderate"))
    )
    report = take(tmp_path, team, {"patients.csv": SMALL["patients.csv"], "results.csv": results})
    assert Event.objects.get().findings == {"siderophages": "many", "erythrocytes": "present"}
    assert counts(report, "results.csv") == {"rows": 3, "accepted": 2, "skipped": 1}
    assert report.ok
    assert issues(report) == [("results.csv", "3", "value", "nothing_examined")]


def test_a_late_line_is_recorded_now(team: CareTeam, tmp_path: Path) -> None:
    take(tmp_path, team, changed("C-2,FVC,3.1,L,2026-03-02,2026-03-02T18:00:00+00:00", "C-2,FVC,3.1,L,2026-03-02,"))
    assert PatientRevision.objects.get(patient=person("C-2")).at == NOW


def test_a_folder_without_patients_is_none(team: CareTeam, tmp_path: Path) -> None:
    with pytest.raises(NoCohortError, match=r"is no cohort: it has no patients\.csv"):
        import_folder(tmp_path, team=team, by=None, at=NOW)


def test_an_unreadable_file_stops_everything(team: CareTeam, tmp_path: Path) -> None:
    with pytest.raises(NoCohortError, match=r"events\.csv, line 1: The heading lacks findings\.") as caught:
        take(tmp_path, team, {**SMALL, "events.csv": "patient,kind,effective_at,recorded_at\r\n"})
    assert caught.value.issue is not None
    assert caught.value.issue.file == "events.csv"
    assert not Patient.objects.exists()


def test_a_folder_in_the_place_of_a_file_is_a_sentence(team: CareTeam, tmp_path: Path) -> None:
    (folder(tmp_path) / "events.csv").unlink()
    (tmp_path / "events.csv").mkdir()
    with pytest.raises(NoCohortError, match=r"events\.csv cannot be read"):
        import_folder(tmp_path, team=team, by=None, at=NOW)


def test_issues_stand_in_the_files_order(team: CareTeam, tmp_path: Path) -> None:
    files = changed("C-1,hemoptysis", "C-1,cough", "events.csv")
    files["results.csv"] = files["results.csv"].replace("C-2,FVC,3.1,L", "C-2,FVC,3.1,g").replace("12.8", "1280")
    report = take(tmp_path, team, files)
    assert [(file, row) for file, row, *_ in issues(report)] == [
        ("results.csv", "2"),
        ("results.csv", "6"),
        ("events.csv", "2"),
    ]


def test_who_listens_hears_of_each_patient_after_commit(
    team: CareTeam, tmp_path: Path, django_capture_on_commit_callbacks: Any
) -> None:
    heard: list[object] = []

    def listen(patient_ids: tuple[object, ...], **_: object) -> None:
        heard.extend(patient_ids)

    recorded.connect(listen)
    with django_capture_on_commit_callbacks(execute=True):
        take(tmp_path, team, changed("C-1,HGB,104,g/L", "C-1,HGB,?,g/L"))
    recorded.disconnect(listen)
    assert set(heard) == {person("C-2").pk}


def test_queries_do_not_grow_with_the_lines_of_a_patient(team: CareTeam, tmp_path: Path) -> None:
    def asked(name: str, lines: int) -> int:
        results = "patient,code,value,unit,effective_at,recorded_at,status\r\n" + "".join(
            f"{name},HGB,120,g/L,2026-01-{day:02},2026-01-31T08:00:00+00:00,final\r\n" for day in range(1, lines + 1)
        )
        patients = f"patient,sex,birth_date,height_cm,time_zone\r\n{name},,,,UTC\r\n"
        with CaptureQueriesContext(
            connection,
        ) as queries:
            take(tmp_path, team, {"patients.csv": patients, "results.csv": results})
        return len(queries)

    assert asked("Q-1", 2) == asked("Q-2", 20)


def test_the_workers_log_in_is_enough(team: CareTeam, tmp_path: Path, as_role: Any) -> None:
    with as_role("iph_worker"):
        assert take(tmp_path, team).ok
        with working_on(ALL):
            assert Observation.objects.count() == 5
        assert Observation.objects.count() == 0
