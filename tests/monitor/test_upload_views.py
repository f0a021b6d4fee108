"""Pages of files: send one, see the queue, see what became of it."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from monitor.upload_views import PAGE, SHOWN_ROWS
from patients import uploading
from patients.models import CareTeam, Patient, Seen, Upload, User
from tests.factories import account, browser, caregiver, member, patient, team, upload

pytestmark = pytest.mark.django_db
CONTENT = b"Patient ID;Sampling date;Test;Value;Unit\nC03;2026-11-23 08:00;Hemoglobin;9,8;g/dL\n"
REASON = {
    "code": "unit_missing",
    "severity": "warning",
    "message": "No unit: is it g/L?",
    "row": "4",
    "column": "",
    "original": "",
}


@pytest.fixture
def north() -> CareTeam:
    return team("north")


@pytest.fixture
def ill(north: CareTeam) -> Patient:
    return patient(north, "Mara Veit", identifier="C03")


@pytest.fixture
def nurse(north: CareTeam) -> User:
    return member(north, "nurse", first_name="Rita", last_name="Kern")


def send(user: User, of: Patient, content: bytes = CONTENT, name: str = "laboratory.csv") -> Any:
    """Send a file for a patient."""
    file = SimpleUploadedFile(name, content, "text/csv")
    return browser(user).post(f"/patients/{of.pk}/upload/", {"file": file})


def result(user: User, of: Upload, **headers: str) -> str:
    """Return the page of what became of a file, its spaces made plain."""
    response = browser(user).get(f"/uploads/{of.pk}/", headers=headers)
    assert response.status_code == 200
    return response.content.decode().replace("\u00a0", " ")


def test_the_page_names_whose_file_it_will_be(ill: Patient, nurse: User) -> None:
    body = browser(nurse).get(f"/patients/{ill.pk}/upload/").content.decode().replace("\u00a0", " ")
    assert "Mara Veit" in body
    assert "born 17 May 2015" in body
    assert 'enctype="multipart/form-data"' in body


def test_a_file_is_kept_and_its_page_shown(ill: Patient, nurse: User) -> None:
    response = send(nurse, ill)
    kept = Upload.objects.get()
    assert response["Location"] == f"/uploads/{kept.pk}/"
    assert (kept.patient, kept.by, kept.file_name, kept.state) == (ill, nurse, "laboratory.csv", "received")
    assert uploading.original(kept) == CONTENT


def test_the_same_file_again_is_the_same_upload_and_says_so(ill: Patient, nurse: User) -> None:
    first = send(nurse, ill)["Location"]
    visitor = browser(nurse)
    file = SimpleUploadedFile("renamed.csv", CONTENT)
    response = visitor.post(f"/patients/{ill.pk}/upload/", {"file": file}, follow=True)
    assert response.redirect_chain == [(first, 302)]
    assert "This file was sent before. Nothing was changed" in response.content.decode()
    assert Upload.objects.count() == 1


def test_a_first_time_says_nothing_of_before(ill: Patient, nurse: User) -> None:
    file = SimpleUploadedFile("a.csv", CONTENT)
    page = browser(nurse).post(f"/patients/{ill.pk}/upload/", {"file": file}, follow=True)
    assert "sent before" not in page.content.decode()


@pytest.mark.parametrize(("content", "words"), [(None, "Choose a file first."), (b"", "This file is empty")])
def test_no_file_is_asked_for_again(ill: Patient, nurse: User, content: bytes | None, words: str) -> None:
    sent: dict[str, Any] = {} if content is None else {"file": SimpleUploadedFile("a.csv", content)}
    response = browser(nurse).post(f"/patients/{ill.pk}/upload/", sent)
    assert response.status_code == 400
    assert words in response.content.decode()
    assert not Upload.objects.exists()


@pytest.mark.parametrize("beyond", [1, 5000])
def test_a_file_too_large_is_refused_whole(ill: Patient, nurse: User, settings: Any, beyond: int) -> None:
    settings.UPLOAD_BYTES = settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 2000
    response = send(nurse, ill, b"x" * (2000 + beyond))
    assert response.status_code == 413
    assert "The file is too large" in response.content.decode()
    assert not Upload.objects.exists()
    assert send(nurse, ill, b"x" * 2000).status_code == 302


@pytest.mark.parametrize("role", ["nurse", "physician", "coordinator"])
def test_every_member_may_send(ill: Patient, role: str) -> None:
    assert send(member(ill.team, role), ill).status_code == 302


def test_patient_and_caregiver_may_send_too(ill: Patient) -> None:
    ill.user = account()
    ill.save()
    assert send(ill.user, ill).status_code == send(caregiver(ill), ill, CONTENT + b"\n").status_code == 302
    assert Upload.objects.count() == 2


def test_nobody_sends_for_another_teams_patient(ill: Patient) -> None:
    for stranger in (member(team("south")), account(is_staff=True)):
        assert send(stranger, ill).status_code == 404
    assert send(member(ill.team), Patient(pk=uuid4())).status_code == 404
    assert not Upload.objects.exists()


def test_the_webs_log_in_may_keep_a_file(
    ill: Patient, nurse: User, as_web: Callable[[User], AbstractContextManager[None]]
) -> None:
    visitor = browser(nurse)
    with as_web(nurse):
        response = visitor.post(f"/patients/{ill.pk}/upload/", {"file": SimpleUploadedFile("a.csv", CONTENT)})
        assert visitor.get(response["Location"]).status_code == 200
    assert uploading.original(Upload.objects.get()) == CONTENT


@pytest.mark.parametrize("state", ["received", "reading"])
def test_while_it_is_read_the_page_asks_again(ill: Patient, nurse: User, state: str) -> None:
    body = result(nurse, made := upload(ill, state=state, by=nurse))
    assert f'hx-get="/uploads/{made.pk}/" hx-trigger="load delay:1s"' in body
    assert "from Rita Kern" in body
    assert 'aria-live="polite"' in body


@pytest.mark.parametrize("state", ["done", "held", "failed"])
def test_once_it_is_read_the_page_rests(ill: Patient, nurse: User, state: str) -> None:
    assert "hx-get=" not in result(nurse, upload(ill, state=state)).split('id="result"')[1]


def test_htmx_is_given_the_part_alone(ill: Patient, nurse: User) -> None:
    made = upload(ill, state="done", rows=[{"state": "accepted"}])
    part = result(nurse, made, **{"HX-Request": "true"})
    assert part.lstrip().startswith('<div id="result"')
    assert "<html" not in part


def test_what_was_not_accepted_is_listed_with_reason_and_original(ill: Patient, nurse: User) -> None:
    rows: list[dict[str, Any]] = [
        {"state": "accepted", "row": "2", "original": "canary"},
        {"state": "duplicate", "row": "3"},
        {"state": "held", "row": "4", "column": "Value", "issues": [REASON], "original": "C03;<b>98</b>"},
        {"state": "rejected", "row": "5", "issues": [{**REASON, "message": "A date is needed."}]},
        {"state": "skipped", "row": "6"},
    ]
    body = result(nurse, upload(ill, state="held", rows=rows, format="csv"))
    assert re.findall(r'<th scope="row" data-label="Row">(\d)</th>', body) == ["3", "4", "5", "6"]
    assert all(
        words in body for words in ("known already", "No unit: is it g/L?", "A date is needed.", "nothing in it")
    )
    assert "C03;&lt;b&gt;98&lt;/b&gt;" in body
    assert "canary" not in body
    assert "<b>5</b> rows" in body
    assert "1 held for a person, 1 rejected" in body


def test_a_file_that_could_not_be_read_says_why(ill: Patient, nurse: User) -> None:
    issue = {**REASON, "message": "No heading row was found.", "row": "9"}
    body = result(
        nurse, upload(ill, state="failed", reason="This is no format that is read here.", file_issues=[issue])
    )
    assert "This file could not be read." in body
    assert "This is no format that is read here." in body
    assert "Row 9: No heading row was found." in body


def test_a_file_all_read_says_that_nothing_waits(ill: Patient, nurse: User) -> None:
    rows = [{"state": "accepted"}, {"state": "accepted"}, {"state": "duplicate"}]
    body = result(nurse, upload(ill, state="done", rows=rows))
    assert "<strong>2 rows accepted.</strong> 1 known already. Nothing waits for a person." in body


def test_a_long_report_is_cut_and_says_so(ill: Patient, nurse: User) -> None:
    body = result(nurse, upload(ill, state="held", rows=[{"state": "held"}] * (SHOWN_ROWS + 1)))
    assert body.count('<th scope="row"') == SHOWN_ROWS
    assert f"Only the first {SHOWN_ROWS} rows are shown" in body


def test_a_hundred_rows_cost_as_many_queries_as_one(ill: Patient, nurse: User) -> None:
    visitor = browser(nurse)

    def cost(rows: int) -> int:
        made = upload(ill, state="held", rows=[{"state": "held", "issues": [REASON]}] * rows)
        with CaptureQueriesContext(connection) as asked:
            visitor.get(f"/uploads/{made.pk}/")
        return len(asked)

    assert cost(100) == cost(1)


def test_a_strangers_file_is_not_there(ill: Patient) -> None:
    made = upload(ill)
    for stranger in (member(team("south")), account(is_staff=True)):
        assert browser(stranger).get(f"/uploads/{made.pk}/").status_code == 404
    assert browser(member(ill.team)).get(f"/uploads/{uuid4()}/").status_code == 404


def test_the_queue_shows_ones_own_files_the_newest_first(ill: Patient, nurse: User, north: CareTeam) -> None:
    upload(ill, file_name="older.csv", received_at="2026-11-01T08:00Z")
    upload(ill, file_name="newer.csv", state="held", rows=[{"state": "held"}])
    upload(team=north, file_name="nobody yet.csv", received_at="2026-10-01T08:00Z")
    upload(patient(team("south")), file_name="canary.csv")
    upload(team=team("west"), file_name="canary.csv")
    body = browser(nurse).get("/uploads/").content.decode()
    assert body.index("newer.csv") < body.index("older.csv") < body.index("nobody yet.csv")
    assert "not yet known" in body
    assert "canary" not in body


def test_an_empty_queue_says_what_to_do(nurse: User, ill: Patient) -> None:
    assert "Open a patient and choose" in browser(nurse).get("/uploads/").content.decode()
    assert "Nobody has sent a file" in browser(account()).get("/uploads/").content.decode()


def test_sixty_files_cost_as_many_queries_as_two(nurse: User, ill: Patient) -> None:
    visitor = browser(nurse)

    def cost() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert visitor.get("/uploads/").status_code == 200
        return len(asked)

    for _ in range(2):
        upload(ill, by=nurse)
    few = cost()
    for _ in range(PAGE + 8):
        upload(patient(ill.team), by=member(ill.team))
    assert cost() == few


@pytest.mark.parametrize(("role", "reads"), [("nurse", True), ("physician", True), ("coordinator", False)])
@pytest.mark.parametrize("of_team", [False, True])
def test_rows_are_shown_to_those_who_may_read_results(ill: Patient, role: str, reads: bool, of_team: bool) -> None:
    issue = {**REASON, "message": "98 g/L is unusual."}
    rows = [{"state": "held", "row": "4", "column": "Hemoglobin", "issues": [issue], "original": "C03;98"}]
    made = upload(None if of_team else ill, team=ill.team if of_team else None, state="held", rows=rows)
    body = result(member(ill.team, role), made)
    assert [words in body for words in ("98 g/L is unusual.", "C03;98", "Hemoglobin")] == [reads] * 3
    assert ("unit_missing" in body, "for those who may read results" in body) == (not reads, not reads)
    assert "1 held for a person" in body
    assert 'data-label="Row">4<' in body


@pytest.mark.parametrize("of_team", [False, True])
def test_who_opens_a_file_has_seen_whom_it_is_about(ill: Patient, nurse: User, of_team: bool) -> None:
    made = upload(None if of_team else ill, team=ill.team if of_team else None, state="held")
    made.row_results.create(position=0, row="2", state="held", patient=ill)
    for _ in range(2):
        result(nurse, made)
    assert [(one.user, one.patient, one.what) for one in Seen.objects.all()] == [(nurse, ill, "file")]


def test_a_row_can_be_led_to(ill: Patient, nurse: User) -> None:
    made = upload(ill, state="held", rows=[{"state": "accepted"}, {"state": "held"}, {"state": "rejected"}])
    body = result(nurse, made)
    assert re.findall(r'<tr id="(row-\d+)">', body) == ["row-1", "row-2"]
