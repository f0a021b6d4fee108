"""The panel of expected files: who sees and changes it, what it says of the last and the next, and that nothing typed is lost."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from monitor.expected_views import due_of, last_read
from patients import intake, uploading
from patients.models import Patient, PatientRevision, User
from patients.recording import record
from tests.factories import browser, caregiver, guest, member, patient, team
from tests.monitor.test_views import text as words
from tests.patients.files import table
from tests.patients.records import result

pytestmark = pytest.mark.django_db
AsRole = Callable[[str], AbstractContextManager[None]]
DAY = timedelta(days=1)


@pytest.fixture
def ill() -> Patient:
    return patient(team("north"), "Mara Veit")


@pytest.fixture
def keeper(ill: Patient) -> User:
    return member(ill.team, "coordinator", first_name="Rosa", last_name="Lind")


def page(who: User, ill: Patient) -> str:
    """Return what the patient page says."""
    return words(browser(who).get(f"/patients/{ill.pk}/"))


def send(who: User, ill: Patient, *, days: int = 0, **changes: str) -> Any:
    """Send the form: every two weeks, counted from so many days ahead."""
    first = (timezone.now() + days * DAY).date().isoformat()
    sent = {"upload_every_days": "14", "upload_expected_from": first, **changes}
    return browser(who).post(f"/patients/{ill.pk}/files/", sent, follow=True)


def date_of(days: int) -> str:
    """Return a day so many days ahead, as pages write it."""
    day = (timezone.now() + days * DAY).date()
    return f"{day.day} {day:%b} {day.year}"


def test_a_coordinator_says_it_and_the_page_says_so(ill: Patient, keeper: User) -> None:
    assert "No file is expected" in page(keeper, ill)
    said = words(send(keeper, ill))
    assert "Saved. The patient is judged by it within a minute." in said
    assert f"14 days, counted from {date_of(0)}" in said
    assert f"Last read none yet Next due on {date_of(14)}" in said
    row = PatientRevision.objects.get(patient=ill)
    assert (row.by, row.upload_every_days) == (keeper, 14)


def test_what_has_not_come_is_marked_and_a_file_without_news_counts(ill: Patient, keeper: User) -> None:
    send(keeper, ill, days=-20)
    assert "has not come" in page(keeper, ill)
    now = timezone.now()
    for content in (table(), table() + b"\n"):
        upload = uploading.receive(content=content, name="l.csv", patient_id=ill.pk, by=None, at=now, wake=False)
        assert intake.read_upload(upload.pk)
    said = page(keeper, ill)
    assert "has not come" not in said
    assert f"due on {date_of(14)}" in said
    assert last_read(ill) == PatientRevision.objects.get(patient=ill, n=3).at


def test_none_is_expected_any_more_whatever_stands_in_the_fields(ill: Patient, keeper: User) -> None:
    send(keeper, ill)
    said = words(send(keeper, ill, upload_every_days="x", stop="1"))
    assert "Saved. No file is expected any more." in said
    assert "No file is expected Where results come by file" in said
    ill.refresh_from_db()
    assert (ill.upload_every_days, ill.revision) == (None, 2)


def test_the_same_again_is_no_change(ill: Patient, keeper: User) -> None:
    send(keeper, ill)
    assert "Nothing was changed: that is what is expected already." in words(send(keeper, ill))
    assert PatientRevision.objects.count() == 1


def test_what_needs_mending_is_shown_beside_its_field_with_what_was_typed(ill: Patient, keeper: User) -> None:
    answer = send(keeper, ill, upload_every_days="400")
    assert answer.status_code == 400
    said = words(answer)
    assert "Not saved yet. Something needs mending: Days between two files" in said
    assert "Enter a whole number of days from 1 to 365." in said
    assert 'value="400"' in answer.content.decode()
    assert PatientRevision.objects.count() == 0


@pytest.mark.parametrize("role", ["nurse", "physician"])
def test_a_member_who_may_not_say_it_sees_it_on_a_page_of_its_own(ill: Patient, keeper: User, role: str) -> None:
    who = member(ill.team, role)
    send(keeper, ill)
    assert "Expected files" not in page(who, ill)
    shown = browser(who).get(f"/patients/{ill.pk}/files/")
    assert f"due on {date_of(14)}" in words(shown)
    assert "Save" not in words(shown)
    assert send(who, ill, stop="1").status_code == 403
    assert PatientRevision.objects.count() == 1


def test_others(ill: Patient) -> None:
    visiting = team("south")
    guest(ill, visiting)
    assert send(member(visiting, "coordinator"), ill).status_code == 200
    assert send(caregiver(ill), ill).status_code == 403
    assert send(member(team("east"), "coordinator"), ill).status_code == 404


def test_a_patient_of_whom_more_is_known_costs_no_more(ill: Patient, keeper: User) -> None:
    counts = []
    for _ in range(2):
        client = browser(keeper)
        client.get(f"/patients/{ill.pk}/")
        with CaptureQueriesContext(connection) as asked:
            client.get(f"/patients/{ill.pk}/")
        counts.append(len(asked))
        send(keeper, ill)
        record([result(ill)], by=None, at=timezone.now(), why="typed in")
    assert counts[0] == counts[1]


def test_the_past_shows_no_panel(ill: Patient, keeper: User) -> None:
    send(keeper, ill)
    known = browser(keeper).get(f"/patients/{ill.pk}/", {"known": timezone.now().strftime("%Y-%m-%dT%H:%M")})
    assert "Expected files" not in words(known)


def test_when_the_next_is_due_is_asked_of_the_row_alone(ill: Patient) -> None:
    now = timezone.now()
    assert due_of(ill, None, now) is None
    ill.upload_every_days, ill.upload_expected_from = 7, (now - 30 * DAY).date()
    first, later = due_of(ill, None, now), due_of(ill, now - 3 * DAY, now)
    assert first is not None
    assert later is not None
    assert (first.due_on, later.due_on) == ((now - 23 * DAY).date(), (now + 4 * DAY).date())


def test_the_web_s_own_log_in_does_all_of_it(ill: Patient, keeper: User, as_role: AsRole) -> None:
    client = browser(keeper)
    first = timezone.now().date().isoformat()
    with as_role("iph_web"):
        answer = client.post(f"/patients/{ill.pk}/files/", {"upload_every_days": "30", "upload_expected_from": first})
        assert answer.status_code == 302
    assert PatientRevision.objects.get(patient=ill).upload_every_days == 30
