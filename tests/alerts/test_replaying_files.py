"""A file that does not come, from the expectation to replay: raised, ended by a file without news, the same bytes after all."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta

import pytest

from alerts.models import Alert, WatchState
from alerts.replaying import replay
from alerts.rules import upload_missing
from alerts.watching import evaluate, sweep
from patients import intake, uploading
from patients.context import ALL, working_on
from patients.expecting import expect
from patients.models import Patient, Upload
from tests.alerts.commands import document
from tests.alerts.scenes import MORNING
from tests.factories import patient
from tests.patients.files import table

pytestmark = pytest.mark.django_db
AsRole = Callable[[str], AbstractContextManager[None]]
DAY = timedelta(days=1)
BEGUN = MORNING.date()
WEEKLY = 7
"""Counted from the morning: due on day 7, missing from day 9 (20 % of 7 are 1.4 days)."""


@pytest.fixture
def ill() -> Patient:
    return patient(birth_date=date(2015, 5, 17))


def send(of: Patient, content: bytes, at: datetime) -> Upload:
    """Let a file be sent and read."""
    upload = uploading.receive(content=content, name="labs.csv", patient_id=of.pk, by=None, at=at, wake=False)
    assert intake.read_upload(upload.pk, at=at)
    upload.refresh_from_db()
    return upload


def missing(of: Patient) -> list[tuple[str, datetime]]:
    """Return the alerts about files: state, and when each was raised."""
    rows = Alert.objects.filter(patient=of, rule=upload_missing.NAME).order_by("raised_at")
    return list(rows.values_list("state", "raised_at"))


def test_it_is_raised_when_it_is_missing_and_not_before(ill: Patient) -> None:
    expect(ill.pk, WEEKLY, BEGUN, by=None, at=MORNING)
    evaluate(ill.pk, at=MORNING)
    due = WatchState.objects.get(pk=ill.pk).recheck_at
    assert due is not None
    assert due.date() == BEGUN + 9 * DAY
    assert sweep(patients=[ill.pk], at=due - timedelta(minutes=1)).evaluated == 0
    assert missing(ill) == []
    assert sweep(patients=[ill.pk], at=due).alerts == 1
    assert missing(ill) == [("raised", due)]


def test_a_file_without_news_ends_it_and_all_is_replayed(ill: Patient, as_role: AsRole) -> None:
    expect(ill.pk, WEEKLY, BEGUN, by=None, at=MORNING)
    send(ill, table(), MORNING + DAY)
    evaluate(ill.pk, at=MORNING + 11 * DAY)
    (raised,) = missing(ill)
    assert raised == ("raised", MORNING + 11 * DAY)
    again = send(ill, table() + b"\n", MORNING + 12 * DAY)
    assert (again.accepted, again.duplicates) == (0, 2)
    assert sweep(patients=[ill.pk], at=MORNING + 12 * DAY).evaluated == 1
    assert [state for state, _ in missing(ill)] == ["recovered"]
    with as_role("iph_operator"):
        status, found = document("replay", "--all")
    assert (status, found["ok"]) == (0, True)
    assert str(Alert.objects.get(rule=upload_missing.NAME).pk) in {one["alert"] for one in found["alerts"]}


def test_what_is_expected_later_changes_no_judgment_of_then(ill: Patient) -> None:
    expect(ill.pk, WEEKLY, BEGUN, by=None, at=MORNING)
    evaluate(ill.pk, at=MORNING + 20 * DAY)
    alert = Alert.objects.get(patient=ill, rule=upload_missing.NAME)
    for every, first in ((90, BEGUN + 21 * DAY), (None, BEGUN + 22 * DAY)):
        expect(ill.pk, every, first, by=None, at=MORNING + 21 * DAY)
        assert replay(alert).differences == ()


def test_it_is_over_when_no_file_is_expected_any_more(ill: Patient) -> None:
    expect(ill.pk, WEEKLY, BEGUN, by=None, at=MORNING)
    evaluate(ill.pk, at=MORNING + 20 * DAY)
    expect(ill.pk, None, BEGUN + 20 * DAY, by=None, at=MORNING + 20 * DAY)
    assert sweep(patients=[ill.pk], at=MORNING + 20 * DAY).evaluated == 1
    assert [state for state, _ in missing(ill)] == ["recovered"]


def test_a_file_that_was_rejected_ends_nothing(ill: Patient) -> None:
    expect(ill.pk, WEEKLY, BEGUN, by=None, at=MORNING)
    evaluate(ill.pk, at=MORNING + 20 * DAY)
    send(ill, table([("2026-13-45", "Hemoglobin", "12.1", "g/dL")]), MORNING + 21 * DAY)
    send(ill, b"\x00\x01 no table", MORNING + 21 * DAY)
    assert sweep(patients=[ill.pk], at=MORNING + 21 * DAY).evaluated == 0
    assert [state for state, _ in missing(ill)] == ["raised"]


def test_the_worker_does_all_of_it(ill: Patient, as_role: AsRole) -> None:
    expect(ill.pk, WEEKLY, BEGUN, by=None, at=MORNING)
    with as_role("iph_worker"):
        evaluate(ill.pk, at=MORNING + 20 * DAY)
        send(ill, table(), MORNING + 21 * DAY)
        sweep(patients=[ill.pk], at=MORNING + 21 * DAY)
        with working_on(ALL):
            assert [state for state, _ in missing(ill)] == ["recovered"]


def test_the_next_one_that_is_missing_is_another_alert(ill: Patient) -> None:
    expect(ill.pk, WEEKLY, BEGUN, by=None, at=MORNING)
    evaluate(ill.pk, at=MORNING + 20 * DAY)
    send(ill, table(), MORNING + 21 * DAY)
    sweep(patients=[ill.pk], at=MORNING + 21 * DAY)
    evaluate(ill.pk, at=MORNING + 60 * DAY)
    assert [state for state, _ in missing(ill)] == ["recovered", "raised"]
