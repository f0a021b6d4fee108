"""A file is read to its end: facts, rows and counts in one transaction, or nothing at all. As the worker, whose walls stand."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from structlog.testing import capture_logs

from patients import claiming_uploads, intake, keeping, recording, sandbox, uploading
from patients.models import DataKey, Event, Observation, Patient, PatientRevision, Upload, UploadRow
from patients.sandbox import Unreadable
from tests import factories
from tests.patients.files import LONG, NOW, TWO, table

pytestmark = pytest.mark.django_db


@pytest.fixture
def patient() -> Patient:
    return factories.patient(identifier="MRN-1", time_zone="Europe/Berlin", birth_date=date(2015, 5, 17))


@pytest.fixture
def worker(patient: Patient, as_role: Callable[[str], AbstractContextManager[None]]) -> Iterator[None]:
    """Run a whole test with the worker's log-in, once the patient is there."""
    with as_role("iph_worker"):
        yield


def take(patient: Patient, content: bytes, **fields: Any) -> Upload:
    """Receive a file, read it, and return what became of it."""
    usual = {"name": "labs.csv", "patient_id": patient.pk, "by": None, "at": NOW, "wake": False}
    upload = uploading.receive(content=content, **{**usual, **fields})
    assert intake.read_upload(upload.pk, at=NOW)
    upload.refresh_from_db()
    return upload


def seen(model: type) -> list[Any]:
    """Return all rows as somebody who sees them."""
    from patients.context import ALL, working_on

    with working_on(ALL):
        return list(model.objects.order_by("pk"))  # type: ignore[attr-defined] # every model has one


def codes(upload: Upload) -> list[list[str]]:
    """Return the codes of the issues of each row."""
    return [[issue["code"] for issue in row.issues] for row in upload.row_results.order_by("position")]


def test_a_file_becomes_facts_and_one_revision(worker: None, patient: Patient) -> None:
    upload = take(patient, table())
    assert (upload.state, upload.format, upload.rows, upload.accepted) == ("done", "csv", 2, 2)
    assert [(one.code, one.value, one.unit) for one in seen(Observation)] == [
        ("HGB", 121.0, "g/L"),
        ("HGB", 98.0, "g/L"),
    ]
    assert {(one.upload_id, one.recorded_revision) for one in seen(Observation)} == {(upload.pk, 1)}
    (revision,) = seen(PatientRevision)
    assert (revision.n, revision.at, revision.why) == (1, NOW, "file")


def test_who_sent_a_file_made_the_revision(patient: Patient) -> None:
    nurse = factories.member(patient.team, "nurse")
    take(patient, table(), by=nurse)
    assert PatientRevision.objects.get().by == nurse


def test_each_row_is_kept_with_its_fact(worker: None, patient: Patient) -> None:
    upload = take(patient, table())
    kept = list(upload.row_results.order_by("position"))
    facts = seen(Observation)
    assert [(row.position, row.row, row.state) for row in kept] == [(0, "2", "accepted"), (1, "3", "accepted")]
    assert [(row.fact_kind, row.fact_id) for row in kept] == [("observation", fact.pk) for fact in facts]
    assert kept[1].original == "2026-03-03,Hemoglobin,9.8,g/dL"
    assert kept[1].patient_id == patient.pk


def test_a_day_is_the_patients_day(worker: None, patient: Patient) -> None:
    upload = take(patient, table())
    first = seen(Observation)[0]
    assert first.effective_at == datetime(2026, 3, 2, tzinfo=ZoneInfo("Europe/Berlin"))
    assert (first.precision, uploading.report(upload)["results"][0]["effective_at"]) == ("day", "2026-03-02")


def test_a_read_file_lets_go_of_its_lease(worker: None, patient: Patient) -> None:
    upload = take(patient, table())
    assert (upload.finished_at, upload.lease_until, upload.attempts) == (NOW, None, 1)
    assert not intake.read_upload(upload.pk, at=NOW + timedelta(days=1))


def test_the_same_rows_in_another_file_are_duplicates(worker: None, patient: Patient) -> None:
    take(patient, table())
    facts = [fact.pk for fact in seen(Observation)]
    again = take(patient, table() + b"\n")
    assert (again.state, again.accepted, again.duplicates) == ("done", 0, 2)
    assert [row.fact_id for row in again.row_results.order_by("position")] == facts
    assert (len(seen(Observation)), len(seen(PatientRevision))) == (2, 2)  # that it came is known, too


def test_another_value_for_a_known_test_is_held_beside_it(worker: None, patient: Patient) -> None:
    take(patient, table())
    other = take(
        patient, table([("2026-03-02", "Hemoglobin", "10.0", "g/dL"), ("2026-03-09", "Hemoglobin", "11", "g/dL")])
    )
    assert (other.state, other.accepted, other.held) == ("held", 1, 1)
    assert codes(other)[0] == ["contradicts"]
    assert other.row_results.get(position=0).fact_id == seen(Observation)[0].pk
    assert [one.value for one in seen(Observation)] == [121.0, 98.0, 110.0]


def test_the_same_value_minutes_later_is_held(worker: None, patient: Patient) -> None:
    take(patient, table([("2026-03-02 08:00", "Hemoglobin", "12.1", "g/dL")]))
    near = take(patient, table([("2026-03-02 08:20", "Hemoglobin", "12.1", "g/dL")]))
    assert (near.held, codes(near)) == (1, [["near_duplicate"]])


def test_a_corrected_result_replaces_what_was_known(worker: None, patient: Patient) -> None:
    heading = LONG + ",Status"
    take(patient, table([(*TWO[0], "final")], heading))
    fixed = take(patient, table([("2026-03-02", "Hemoglobin", "11.2", "g/dL", "corrected")], heading))
    assert (fixed.state, fixed.accepted) == ("done", 1)
    old, new = seen(Observation)
    assert (old.value, old.retracted_revision, new.value, new.retracted_revision) == (121.0, 2, 112.0, None)


def test_rows_end_each_in_their_own_way(worker: None, patient: Patient) -> None:
    upload = take(
        patient,
        table(
            [
                *TWO,
                TWO[0],
                ("2026-03-04", "Hemoglobin", "", "g/dL"),
                ("2026-03-05", "Hemoglobin", "12.1", "furlong"),
                ("2026-03-06", "Hemoglobin", "99999", "g/dL"),
                ("", "Hemoglobin", "12.1", "g/dL"),
            ]
        ),
    )
    states = list(upload.row_results.order_by("position").values_list("state", flat=True))
    assert states[:4] == ["accepted", "accepted", "duplicate", "skipped"]
    assert set(states[4:]) <= {"held", "rejected"}
    assert (upload.rows, upload.accepted, upload.duplicates, upload.skipped) == (7, 2, 1, 1)
    assert upload.held + upload.rejected == 3
    assert all(codes(upload)[4:])


def test_findings_of_a_sample_become_one_event(worker: None, patient: Patient) -> None:
    rows = [("2026-03-02", "SP_SIDERO", "many", ""), ("2026-03-02", "SP_RBC", "single", ""), TWO[0]]
    upload = take(patient, table(rows))
    (event,) = seen(Event)
    assert (event.kind, event.findings) == ("sputum", {"siderophages": "many", "erythrocytes": "present"})
    assert (upload.accepted, len(seen(Observation)), event.upload_id) == (3, 1, upload.pk)
    kinds = [(row.fact_kind, row.fact_id) for row in upload.row_results.order_by("position")]
    assert kinds[:2] == [("event", event.pk)] * 2


def test_an_event_that_corrects_a_known_one_waits_for_a_person(worker: None, patient: Patient) -> None:
    heading = LONG + ",Status"
    take(patient, table([("2026-03-02", "SP_SIDERO", "many", "", "final")], heading))
    for word, state in (("many", "duplicate"), ("not found", "held")):
        content = table([("2026-03-02", "SP_SIDERO", word, "", "corrected")], heading)
        (row,) = take(patient, content).row_results.all()
        assert row.state == state
    assert row.issues[-1]["code"] == "corrects"
    assert len(seen(Event)) == 1


def test_a_corrected_event_that_nothing_contradicts_is_recorded(worker: None, patient: Patient) -> None:
    take(patient, table([("2026-03-02", "SP_SIDERO", "many", "", "corrected")], LONG + ",Status"))
    assert len(seen(Event)) == 1


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (b"", "labs.csv", "empty_file"),
        (b"\n\n", "labs.csv", "empty_file"),
        (b"one,two\nthree,four\n", "labs.csv", "no_heading"),
        (b"%PDF-1.7\x00\x01\x02" + bytes(range(256)) * 20, "labs.pdf", "unknown_format"),
    ],
)
def test_a_file_that_says_nothing_is_failed_with_a_reason(
    worker: None, patient: Patient, content: bytes, name: str, code: str
) -> None:
    upload = take(patient, content, name=name)
    assert (upload.state, upload.rows, upload.finished_at) == ("failed", 0, NOW)
    assert upload.reason.endswith(".")
    assert code in [issue["code"] for issue in uploading.report(upload)["issues"]]
    assert (seen(Observation), seen(PatientRevision)) == ([], [])


def test_a_file_of_headings_only_is_done_with_nothing(worker: None, patient: Patient) -> None:
    upload = take(patient, table([]))
    assert (upload.state, upload.rows) == ("done", 0)


@pytest.mark.parametrize("code", ["too_large", "too_slow", "crashed", "unknown_format"])
def test_what_no_reader_survives_is_failed_at_once(
    worker: None, patient: Patient, code: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise Unreadable(code, "A plain sentence.")

    monkeypatch.setattr(sandbox, "parse", refuse)
    upload = take(patient, table())
    assert (upload.state, upload.reason, upload.attempts) == ("failed", "A plain sentence.", 1)
    assert [issue["code"] for issue in upload.file_issues] == [code]


def test_a_file_without_its_original_is_failed(patient: Patient, worker: None) -> None:
    upload = uploading.receive(content=table(), name="labs.csv", patient_id=patient.pk, by=None, at=NOW, wake=False)
    DataKey.objects.all().delete()
    intake.read_upload(upload.pk, at=NOW)
    upload.refresh_from_db()
    assert (upload.state, upload.file_issues[0]["code"]) == ("failed", "original_gone")


def test_a_wanted_format_is_asked_for(worker: None, patient: Patient) -> None:
    upload = take(patient, table(), wanted="semaphore")
    assert (upload.state, upload.file_issues[0]["code"]) == ("failed", "unknown_format")
    assert take(patient, table(), wanted="csv").state == "done"


@pytest.mark.parametrize("step", ["record", "rows"])
def test_a_failure_midway_records_nothing_and_is_tried_again(
    worker: None, patient: Patient, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("Anna Example, 98 g/L")

    with monkeypatch.context() as patch, capture_logs() as logs:
        patch.setattr(*((recording, "record") if step == "record" else (keeping, "keep")), broken)
        upload = take(patient, table())
    assert (upload.state, upload.attempts, upload.lease_until) == ("received", 1, NOW + timedelta(seconds=30))
    assert (seen(Observation), seen(UploadRow)) == ([], [])
    assert [line["event"] for line in logs] == ["upload_not_read"]
    assert intake.sweep(at=NOW + timedelta(seconds=30)) == 1
    upload.refresh_from_db()
    assert (upload.state, upload.accepted, upload.attempts) == ("done", 2, 2)


def test_a_claim_that_passed_on_writes_nothing(worker: None, patient: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    parse = sandbox.parse

    def overtaken(*given: Any) -> sandbox.Parsed:
        monkeypatch.setattr(sandbox, "parse", parse)
        later = NOW + claiming_uploads.LEASE
        assert intake.read_upload(Upload.objects.get().pk, at=later)
        return parse(*given)

    monkeypatch.setattr(sandbox, "parse", overtaken)
    upload = take(patient, table())
    assert (upload.state, upload.attempts, upload.accepted) == ("done", 2, 2)
    assert (len(seen(Observation)), upload.row_results.count()) == (2, 2)


def test_a_sweep_reads_all_the_longest_waiting_first(worker: None, patient: Patient) -> None:
    for hours in (1, 3, 2):
        fields: dict[str, Any] = {
            "patient_id": patient.pk,
            "by": None,
            "at": NOW - timedelta(hours=hours),
            "wake": False,
        }
        uploading.receive(content=table([(f"2026-03-0{hours}", *TWO[0][1:])]), name=f"{hours}.csv", **fields)
    assert intake.sweep(at=NOW) == 3
    assert [revision.n for revision in seen(PatientRevision)] == [1, 2, 3]
    assert [one.effective_at.day for one in seen(Observation)] == [2, 1, 28]
    assert intake.sweep(at=NOW) == 0


def test_a_sweep_begins_nothing_when_its_time_is_used_up(worker: None, patient: Patient) -> None:
    uploading.receive(content=table(), name="a.csv", patient_id=patient.pk, by=None, at=NOW, wake=False)
    assert intake.sweep(at=NOW, seconds=0.0) == 0
    assert intake.sweep(at=NOW, seconds=60.0) == 1
