"""Files are kept whole, sealed and once, whoever sends them how often."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from celery import current_app
from django.db import Error, transaction
from kombu.exceptions import OperationalError
from pytest_django import Settings
from structlog.testing import capture_logs

from patients import sealing, uploading
from patients.models import DataKey, Patient, Upload, UploadOriginal, User
from patients.uploading import ErasedError, TooLargeError, find, original, receive, report
from tests import factories
from tests.patients.files import NOW, table

pytestmark = pytest.mark.django_db
Capture = Callable[..., AbstractContextManager[list]]


@pytest.fixture
def patient() -> Patient:
    return factories.patient()


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple]:
    """Keep messages from the broker, and return what would have been sent."""
    messages: list[tuple] = []
    monkeypatch.setattr(current_app, "send_task", lambda *arguments: messages.append(arguments))
    return messages


def take(patient: Patient | None, content: bytes = b"a,b\n1,2\n", **fields: Any) -> Upload:
    """Receive a file."""
    usual = {"name": "labs.csv", "patient_id": patient.pk if patient else None, "by": None, "at": NOW}
    return receive(content=content, **{**usual, **fields})


def test_a_file_is_kept_with_who_sent_it_when(patient: Patient) -> None:
    nurse = factories.account()
    upload = take(patient, by=nurse, name="../März.csv")
    upload.refresh_from_db()
    assert (upload.patient, upload.by, upload.received_at, upload.state) == (patient, nurse, NOW, "received")
    assert (upload.file_name, upload.size, upload.attempts) == ("März.csv", 8, 0)


@pytest.mark.parametrize("content", [b"", b"\x00\xff\xfe", bytes(range(256)) * 400, "Hämoglobin".encode("utf-16")])
def test_the_original_comes_back_byte_for_byte(patient: Patient, content: bytes) -> None:
    assert original(take(patient, content)) == content


def test_the_original_is_nowhere_in_clear(patient: Patient) -> None:
    kept = UploadOriginal.objects.get(upload=take(patient, b"Hemoglobin 98 g/L of Anna Example"))
    assert b"Anna" not in bytes(kept.ciphertext)


def test_the_same_file_again_is_the_upload_that_is_there(patient: Patient) -> None:
    first = take(patient)
    again = take(patient, name="copy.csv", at=NOW + timedelta(days=1))
    assert again.pk == first.pk
    assert (again.received_at, again.file_name) == (NOW, "labs.csv")
    assert (Upload.objects.count(), UploadOriginal.objects.count(), DataKey.objects.count()) == (1, 1, 1)


def test_another_file_or_patient_is_another_upload(patient: Patient) -> None:
    uploads = {take(patient).pk, take(patient, b"other").pk, take(factories.patient()).pk}
    assert len(uploads) == 3


def test_files_of_one_patient_share_a_key_others_do_not(patient: Patient) -> None:
    for one, content in ((patient, b"a"), (patient, b"b"), (factories.patient(), b"c")):
        take(one, content)
    assert DataKey.objects.count() == 2


def test_a_teams_file_has_a_key_of_its_own_and_is_kept_once() -> None:
    team = factories.team()
    first, again = take(None, team_id=team.pk), take(None, team_id=team.pk)
    other = take(None, b"other", team_id=team.pk)
    assert first.pk == again.pk != other.pk
    assert (first.patient_id, first.team_id) == (None, team.pk)
    assert DataKey.objects.filter(patient=None).count() == 2
    assert original(first) == b"a,b\n1,2\n"


def test_the_same_file_of_another_team_or_of_a_patient_is_another(patient: Patient) -> None:
    uploads = {take(None, team_id=patient.team_id).pk, take(None, team_id=factories.team().pk).pk, take(patient).pk}
    assert len(uploads) == 3


def test_a_teams_file_with_rows_held_is_read_anew() -> None:
    team = factories.team()
    first = take(None, team_id=team.pk)
    Upload.objects.filter(pk=first.pk).update(state="held")
    assert take(None, team_id=team.pk).pk != first.pk


def test_a_file_of_nobody_is_refused() -> None:
    with pytest.raises(ValueError, match="belongs to a patient or to a team"):
        take(None)
    assert not Upload.objects.exists()


def test_a_file_above_the_limit_is_refused(patient: Patient, settings: Settings) -> None:
    settings.UPLOAD_BYTES = 10
    take(patient, b"x" * 10)
    with pytest.raises(TooLargeError):
        take(patient, b"x" * 11)
    assert Upload.objects.count() == 1


def test_a_file_that_could_not_be_read_is_tried_once_more(patient: Patient, sent: list, settings: Settings) -> None:
    upload = take(patient, wake=False)
    failed = {"state": "failed", "attempts": 5, "reason": "r", "finished_at": NOW, "file_issues": [{"code": "x"}]}
    Upload.objects.filter(pk=upload.pk).update(**failed)
    again = take(patient, wanted="csv")
    assert (again.pk, again.state, again.attempts, again.reason) == (upload.pk, "received", 0, "")
    again.refresh_from_db()
    assert (again.format, again.file_issues, again.finished_at) == ("csv", [], None)


@pytest.mark.parametrize("state", ["reading", "held", "done"])
def test_a_file_on_its_way_or_read_is_left_alone(patient: Patient, state: str) -> None:
    upload = take(patient)
    Upload.objects.filter(pk=upload.pk).update(state=state, attempts=2)
    again = take(patient)
    assert (again.state, again.attempts) == (state, 2)


def test_a_failure_midway_leaves_neither_row_nor_bytes(patient: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise sealing.SealError("no key")

    monkeypatch.setattr(sealing, "seal", broken)
    with pytest.raises(sealing.SealError):
        take(patient)
    assert [model.objects.count() for model in (Upload, UploadOriginal, DataKey)] == [0, 0, 0]


def test_a_row_rolled_back_takes_its_bytes_along(patient: Patient) -> None:
    with transaction.atomic():
        take(patient)
        transaction.set_rollback(True)
    assert [model.objects.count() for model in (Upload, UploadOriginal)] == [0, 0]


def test_who_reads_is_woken_after_commit(
    patient: Patient, sent: list, django_capture_on_commit_callbacks: Capture
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        upload = take(patient)
        assert sent == []
    assert sent == [("patients.tasks.read_uploads", [[str(upload.pk)]])]


def test_nobody_is_woken_for_what_was_read(
    patient: Patient, sent: list, django_capture_on_commit_callbacks: Capture
) -> None:
    Upload.objects.filter(pk=take(patient, wake=False).pk).update(state="done")
    with django_capture_on_commit_callbacks(execute=True):
        take(patient)
        take(patient, b"other", wake=False)
    assert sent == []


def test_a_broker_that_fails_is_logged_without_the_file(
    patient: Patient, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Capture
) -> None:
    def broken(*_: object) -> None:
        raise OperationalError("redis://secret@host is gone")

    monkeypatch.setattr(current_app, "send_task", broken)
    with capture_logs() as logs, django_capture_on_commit_callbacks(execute=True):
        take(patient)
    (line,) = logs
    assert (line["event"], line["error_type"]) == ("hint_lost", "OperationalError")
    assert "secret" not in str(line)


def test_an_erased_original_is_told(patient: Patient) -> None:
    upload = take(patient)
    DataKey.objects.all().delete()
    with pytest.raises(ErasedError):
        original(upload)


def test_a_file_of_which_nothing_is_kept_is_told(patient: Patient) -> None:
    with pytest.raises(ErasedError):
        original(factories.upload(patient))


def test_bytes_moved_to_another_upload_do_not_open(patient: Patient) -> None:
    one, two = take(patient, b"one"), take(patient, b"two")
    kept = UploadOriginal.objects.get(upload=one)
    UploadOriginal.objects.filter(upload=two).update(nonce=kept.nonce, ciphertext=kept.ciphertext)
    with pytest.raises(sealing.SealError):
        original(two)


def test_finding_tells_what_sending_would_find(patient: Patient) -> None:
    assert find(content=b"a", patient_id=patient.pk) is None
    upload = take(patient, b"a")
    assert find(content=b"a", patient_id=patient.pk) == upload
    assert find(content=b"b", patient_id=patient.pk) is None
    assert find(content=b"a", patient_id=None, team_id=patient.team_id) is None


def test_a_report_costs_one_query(patient: Patient, django_assert_num_queries) -> None:
    rows: list[Any] = [
        {"state": "accepted", "reading": {"code": "HGB"}},
        {"state": "held", "issues": [{"code": "x"}]},
    ] * 40
    upload = factories.upload(patient, rows=rows, format="csv", file_issues=[{"code": "f"}])
    with django_assert_num_queries(1):
        found = report(upload)
    assert (found["format"], found["rows"], found["accepted"], found["held"]) == ("csv", 80, 40, 40)
    assert [one["code"] for one in found["issues"]] == ["f", *["x"] * 40]
    assert report(upload, again=True)["duplicates"] == 40


def test_the_web_receives_for_whom_it_may(patient: Patient, as_web: Callable[[User], AbstractContextManager]) -> None:
    nurse = factories.member(patient.team, "nurse")
    with as_web(nurse):
        upload = take(patient, table(), by=nurse)
        assert original(upload) == table()
        assert take(patient, table(), by=nurse).pk == upload.pk


def test_the_web_receives_for_nobody_else(patient: Patient, as_web: Callable[[User], AbstractContextManager]) -> None:
    stranger = factories.member(factories.team(), "nurse")
    with pytest.raises(Error, match="row-level security"), as_web(stranger):
        take(patient, by=stranger)


def test_the_worker_receives_without_a_context(patient: Patient, as_role: Callable) -> None:
    with as_role("iph_worker"):
        assert original(take(patient)) == b"a,b\n1,2\n"
        assert original(take(None, team_id=patient.team_id)) == b"a,b\n1,2\n"


def test_the_digest_is_of_the_bytes(patient: Patient) -> None:
    """SHA-256 of "abc": FIPS 180-2, appendix B.1."""
    upload = take(patient, b"abc")
    assert upload.sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_the_task_that_is_woken_exists() -> None:
    from patients import tasks

    assert tasks.read_uploads.name == uploading.READ
