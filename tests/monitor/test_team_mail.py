"""A team's page says whose mail fails, when last and why in words: to members and administrators, of this team's mail alone."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from alerts import sending
from alerts.models import Delivery, Notification
from alerts.smtp import Outcome, Result
from monitor.team_mail import Failed, failed_mail
from monitor.templatetags.showing import moment
from patients.models import CareTeam, Membership, User
from tests.factories import account, browser, caregiver, member, patient, team
from tests.monitor.recording_desk import words

pytestmark = pytest.mark.django_db
AsWeb = Callable[[User], AbstractContextManager[None]]
NOW = timezone.now().replace(second=0, microsecond=0)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def north() -> CareTeam:
    return team("north")


@pytest.fixture
def nora(north: CareTeam) -> User:
    return member(north, "nurse", first_name="Nora", last_name="Reyes")


def failed(to: User, of: CareTeam | None, at: datetime, *codes: int | None, **fields: Any) -> Notification:
    """Let a mail have failed after attempts that were answered so."""
    usual = {
        "kind": "alert",
        "reason": "first",
        "dedup_key": str(uuid4()),
        "created_at": at - HOUR,
        "due_at": at - HOUR,
    }
    row = Notification.objects.create(recipient=to, team=of, failed_at=at, **{**usual, **fields})
    for number, code in enumerate(codes, 1):
        Delivery.objects.create(notification=row, attempt=number, started_at=at, outcome="refused", smtp_code=code)
    return row


def address(of: CareTeam) -> str:
    """Return the page."""
    return f"/settings/{of.pk}/people/"


@pytest.mark.parametrize(
    ("outcome", "code", "said"),
    [
        ("refused", 550, "the mail server takes nothing for this recipient (550)"),
        ("refused", 552, "the mailbox is full, or the mail too large (552)"),
        ("refused", 554, "the mail server refused it for good (554)"),
        ("refused", None, "the mail could not be written"),
        ("deferred", 450, "for three days no mail server took it (450)"),
        (
            "deferred",
            550,
            "for three days no mail server took it (550)",
        ),  # of the sender: it is not the recipient's fault
        ("deferred", None, "for three days no mail server was reached"),
        ("unclear", None, "the mail server never answered clearly"),
        ("", None, "the mail server never answered clearly"),
    ],
)
def test_why_is_said_in_words_with_the_code(outcome: str, code: int | None, said: str) -> None:
    assert Failed(1, NOW, outcome, code).words == said


def test_the_page_says_how_many_when_last_and_why(north: CareTeam, nora: User) -> None:
    failed(nora, north, NOW - 3 * DAY, 450, 550)
    failed(nora, north, NOW - DAY, 450, 552)
    page = browser(member(north, first_name="Ada")).get(address(north))
    said = f"2 mails failed in 30 days, the last {moment(NOW - DAY)}: the mailbox is full, or the mail too large (552)."
    assert said.replace("\u00a0", " ") in words(page).replace("\u00a0", " ")
    assert words(page).count("failed in 30 days") == 1
    assert nora.email not in page.content.decode()


def test_what_the_sender_gave_up_is_what_the_page_says(
    north: CareTeam, nora: User, monkeypatch: pytest.MonkeyPatch, as_web: AsWeb
) -> None:
    row = failed(nora, north, NOW)
    Notification.objects.filter(pk=row.pk).update(failed_at=None)
    monkeypatch.setattr(sending, "hand_over", lambda _: Result(Outcome.REFUSED, 553))
    assert sending.send_due(at=NOW).failed == 1
    with as_web(nora):
        assert failed_mail(north.pk, at=NOW + HOUR) == {nora.pk: Failed(1, NOW, "refused", 553)}


def test_members_and_administrators_are_told_and_nobody_else(north: CareTeam, nora: User, as_web: AsWeb) -> None:
    failed(nora, north, NOW - HOUR, 550)
    ill = patient(north, user=account())
    assert ill.user
    insiders = [nora, member(north, "coordinator"), member(north), account(is_staff=True)]
    outsiders = [member(team("south")), ill.user, caregiver(ill), account(),
                 member(north, ends_at=NOW - HOUR), account(is_staff=True, is_active=False)]  # fmt: skip
    for who, told in [(one, True) for one in insiders] + [(one, False) for one in outsiders]:
        with as_web(who):
            assert bool(failed_mail(north.pk, at=NOW)) is told


@pytest.mark.parametrize("at", [NOW - 30 * MINUTE, NOW, NOW + DAY])
def test_whatever_time_is_named_only_who_is_a_member_now_is_told(
    north: CareTeam, nora: User, as_web: AsWeb, at: datetime
) -> None:
    failed(nora, north, NOW - 2 * HOUR, 550)
    gone, coming, ending = member(north, ends_at=NOW - 10 * MINUTE), account(), member(north, ends_at=NOW + HOUR)
    Membership.objects.create(user=coming, team=north, role="nurse", starts_at=NOW + HOUR)
    for who, told in ((gone, False), (coming, False), (ending, True)):
        with as_web(who):
            assert bool(failed_mail(north.pk, at=at)) is told


def test_what_somebody_gets_elsewhere_or_as_a_patient_stays_theirs(north: CareTeam, nora: User, as_web: AsWeb) -> None:
    south = team("south")
    Membership.objects.create(user=nora, team=south, role="nurse", starts_at=NOW - DAY)
    failed(nora, south, NOW - HOUR, 550)
    failed(nora, None, NOW - HOUR, 550, kind="patient", reason="test_due", patient=patient(north, user=nora))
    failed(nora, None, NOW - HOUR, 550, kind="operator", reason="watch_failed")
    with as_web(nora):
        assert failed_mail(north.pk, at=NOW) == {}
        assert failed_mail(south.pk, at=NOW)[nora.pk].count == 1


def test_a_mail_counts_once_whatever_it_tells_and_for_thirty_days(north: CareTeam, nora: User, as_web: AsWeb) -> None:
    first = failed(nora, north, NOW - DAY, 550)
    for _ in range(3):
        failed(nora, north, NOW - DAY, carried_by=first)
    failed(nora, north, NOW - 31 * DAY, 550)
    with as_web(nora):
        assert failed_mail(north.pk, at=NOW) == {nora.pk: Failed(1, NOW - DAY, "refused", 550)}
        assert failed_mail(north.pk, at=NOW + 30 * DAY) == {}


def test_one_that_was_never_tried_is_told_too(north: CareTeam, nora: User, as_web: AsWeb) -> None:
    failed(nora, north, NOW - DAY)
    with as_web(nora):
        assert failed_mail(north.pk, at=NOW) == {nora.pk: Failed(1, NOW - DAY, "", None)}


def test_the_database_keeps_the_rows_themselves_from_others(north: CareTeam, nora: User, as_web: AsWeb) -> None:
    """Having asked does not open the outbox: what the function sets for itself ends with it."""
    failed(nora, north, NOW - DAY, 550)
    with as_web(member(north)):
        assert failed_mail(north.pk, at=NOW)
        assert not Notification.objects.exists()
        assert not Delivery.objects.exists()


def test_more_people_and_mails_cost_no_more_queries(north: CareTeam, nora: User) -> None:
    def cost() -> int:
        visitor = browser(nora)
        with CaptureQueriesContext(connection) as asked:
            visitor.get(address(north))
        return len(asked)

    failed(nora, north, NOW - DAY, 550)
    few = cost()
    for _ in range(5):
        other = member(north, "nurse")
        for hours in range(3):
            failed(other, north, NOW - hours * HOUR, 450, 552)
    assert cost() == few
