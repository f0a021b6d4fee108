"""The outbox emptied through a real mail server: claim, send, mark, as the worker."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from alerts import lifecycle, sending
from alerts.models import Alert, Delivery, Notification
from alerts.sending import FIRST_WAIT, LONGEST_WAIT, claim, send_due, wait
from patients.context import ALL, working_on
from patients.models import User
from tests.alerts.scenes import FALL, MORNING, Scene, finding, scene
from tests.alerts.sink import DROP, Sink, plain, running

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def stage(db: None) -> Scene:
    return scene()


@pytest.fixture
def worker(stage: Scene, as_role: Callable[[str], AbstractContextManager[None]]) -> Iterator[None]:
    """Run a whole test with the worker's log-in, once the stage is set."""
    with as_role("iph_worker"):
        yield


@pytest.fixture
def sink(settings: Settings) -> Iterator[Sink]:
    with running() as one:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", one.port, 5
        settings.BASE_URL = "https://watch.example.org"
        yield one


def alert(stage: Scene, state: str = "raised") -> Alert:
    """Raise an alert."""
    over = {"closed_at": MORNING} if state in {"resolved", "recovered"} else {}
    over |= {"snoozed_until": MORNING + timedelta(days=1)} if state == "snoozed" else {}
    return Alert.objects.create(
        patient=stage.patient,
        rule=FALL,
        rule_version=1,
        ruleset="test-1",
        subject=str(uuid4()),
        severity=3,
        state=state,
        finding={"sentence": finding().sentence},
        revision=1,
        evaluated_at=MORNING,
        raised_at=MORNING,
        changed_at=MORNING,
        **over,
    )


def row(to: User, about: Alert | None = None, **fields: object) -> Notification:
    """Put one mail into the outbox."""
    usual: dict[str, object] = {
        "kind": "alert",
        "reason": "first",
        "dedup_key": str(uuid4()),
        "detail": {"severity": "high"},
        "created_at": MORNING,
        "due_at": MORNING,
    }
    return Notification.objects.create(recipient=to, alert=about, **{**usual, **fields})


def outcomes(one: Notification) -> list[tuple[int, str, bool]]:
    """Return (attempt, outcome, marked as a repeat) of every delivery."""
    return list(one.deliveries.order_by("attempt").values_list("attempt", "outcome", "marked_repeat"))


def test_what_is_due_is_sent_once(worker: None, stage: Scene, sink: Sink) -> None:
    one = row(stage.nurse)
    assert send_due(at=MORNING).accepted == 1
    assert send_due(at=MORNING + MINUTE).accepted == 0
    one.refresh_from_db()
    assert (one.sent_at, one.attempts, one.lease_until) == (MORNING, 1, None)
    assert sink.addresses == [stage.nurse.email]
    assert outcomes(one) == [(1, "accepted", False)]


def test_what_is_not_due_yet_waits(stage: Scene, sink: Sink) -> None:
    row(stage.nurse, due_at=MORNING + MINUTE)
    assert send_due(at=MORNING).accepted == 0
    assert send_due(at=MORNING + MINUTE).accepted == 1


def test_the_mail_links_to_its_alert_and_says_nothing_of_it(stage: Scene, sink: Sink) -> None:
    about = alert(stage)
    row(stage.nurse, about)
    send_due(at=MORNING)
    (message,) = sink.messages
    assert f"https://watch.example.org/alerts/{about.pk}/" in plain(message)
    for canary in (str(stage.pk), "hemoglobin", "98 g/L", "baseline", FALL):
        assert canary not in message.as_string()


def test_a_refused_recipient_fails_alone(stage: Scene, sink: Sink) -> None:
    bad, good = row(stage.nurse), row(stage.physician)
    sink.recipients[stage.nurse.email] = "550 no such mailbox"
    done = send_due(at=MORNING)
    assert (done.accepted, done.failed) == (1, 1)
    bad.refresh_from_db()
    good.refresh_from_db()
    assert (bad.failed_at, bad.sent_at, good.sent_at) == (MORNING, None, MORNING)
    assert Delivery.objects.get(notification=bad).smtp_code == 550


def test_4xx_is_tried_again_later_and_is_no_repeat(stage: Scene, sink: Sink) -> None:
    one = row(stage.nurse)
    sink.recipients[stage.nurse.email] = "450 later"
    assert send_due(at=MORNING).deferred == 1
    assert send_due(at=MORNING).deferred == 0
    sink.recipients.clear()
    assert send_due(at=MORNING + 2 * MINUTE).accepted == 1
    assert outcomes(one) == [(1, "deferred", False), (2, "accepted", False)]
    assert "repeat" not in plain(sink.messages[0])


def test_after_an_unclear_end_the_repeat_says_so_and_has_the_same_message_id(stage: Scene, sink: Sink) -> None:
    one = row(stage.nurse)
    sink.contents[stage.nurse.email] = DROP
    assert send_due(at=MORNING).deferred == 1
    sink.contents.clear()
    assert send_due(at=MORNING + 2 * MINUTE).accepted == 1
    first, second = sink.messages
    assert first["Message-ID"] == second["Message-ID"] == f"<{one.pk}@watch.example.org>"
    assert ("repeat" in plain(first), "This may be a repeat." in plain(second)) == (False, True)
    assert outcomes(one) == [(1, "unclear", False), (2, "accepted", True)]


def test_a_sender_killed_after_its_claim_leaves_a_repeat_that_says_so(stage: Scene, sink: Sink) -> None:
    one = row(stage.nurse)
    assert len(claim(MORNING)) == 1  # and the process is gone
    assert send_due(at=MORNING + MINUTE).accepted == 0
    assert send_due(at=MORNING + 3 * MINUTE).accepted == 1
    assert outcomes(one) == [(1, "unclear", False), (2, "accepted", True)]
    assert "This may be a repeat." in plain(sink.messages[0])


def test_after_five_unclear_ends_it_is_failed_visibly(stage: Scene, sink: Sink) -> None:
    one = row(stage.nurse)
    sink.contents[stage.nurse.email] = DROP
    for hour in range(7):
        send_due(at=MORNING + hour * timedelta(hours=1))
    one.refresh_from_db()
    assert (one.attempts, one.failed_at) == (5, MORNING + timedelta(hours=4))


def test_after_three_days_it_is_failed_visibly(stage: Scene, sink: Sink) -> None:
    one = row(stage.nurse)
    sink.recipients[stage.nurse.email] = "450 later"
    send_due(at=MORNING + timedelta(hours=71))
    send_due(at=MORNING + timedelta(hours=72))
    one.refresh_from_db()
    assert one.failed_at == MORNING + timedelta(hours=72)


def test_a_slow_recipient_does_not_block_others(stage: Scene, sink: Sink, settings: Settings) -> None:
    settings.EMAIL_TIMEOUT = 1
    row(stage.nurse, due_at=MORNING - MINUTE, created_at=MORNING - MINUTE)
    sink.contents[stage.nurse.email] = 3.0
    for _ in range(3):
        row(stage.physician)
    started = time.monotonic()
    done = send_due(at=MORNING)
    assert (done.accepted, done.deferred) == (3, 1)
    assert time.monotonic() - started < 3


def test_the_oldest_is_sent_first_and_lateness_is_stated(stage: Scene, sink: Sink) -> None:
    for hours, to in ((1, stage.physician), (24, stage.nurse)):
        due = MORNING - timedelta(hours=hours)
        row(to, created_at=due, due_at=due)
    assert [one.letter.address for one in claim(MORNING, 1)] == [stage.nurse.email]
    send_due(at=MORNING)
    assert "This message was delayed." in plain(sink.messages[0])


@pytest.mark.parametrize(
    ("state", "sent"), [("raised", 1), ("acknowledged", 0), ("snoozed", 0), ("resolved", 0), ("recovered", 0)]
)
def test_a_reminder_is_sent_only_while_nobody_has_acknowledged(
    worker: None, stage: Scene, sink: Sink, state: str, sent: int
) -> None:
    with working_on(ALL):
        one = row(stage.nurse, alert(stage, state), reason="reminder")
    assert send_due(at=MORNING).accepted == sent
    one.refresh_from_db()
    assert (one.dropped_at, one.dropped_reason) == ((None, "") if sent else (MORNING, state))


@pytest.mark.parametrize("state", ["acknowledged", "snoozed", "resolved", "recovered"])
def test_first_news_is_always_sent(stage: Scene, sink: Sink, state: str) -> None:
    row(stage.nurse, alert(stage, state))
    assert send_due(at=MORNING).accepted == 1


def test_a_reminder_of_several_is_sent_while_one_of_them_is_open(stage: Scene, sink: Sink) -> None:
    carrier = row(stage.nurse, alert(stage, "recovered"), reason="reminder")
    carried = row(stage.nurse, alert(stage), reason="reminder", carried_by=carrier)
    assert send_due(at=MORNING).accepted == 1
    carried.refresh_from_db()
    assert carried.sent_at == MORNING


def test_one_mail_ends_all_the_rows_it_carries(stage: Scene, sink: Sink) -> None:
    carrier = row(stage.nurse, alert(stage))
    for _ in range(2):
        row(stage.nurse, alert(stage), carried_by=carrier)
    assert send_due(at=MORNING).accepted == 1
    assert Notification.objects.filter(sent_at=MORNING).count() == 3
    assert [message["Subject"] for message in sink.messages] == ["3 alerts need attention"]


def test_who_may_no_longer_log_in_gets_no_mail(stage: Scene, sink: Sink) -> None:
    one = row(stage.nurse)
    User.objects.filter(pk=stage.nurse.pk).update(is_active=False)
    send_due(at=MORNING)
    one.refresh_from_db()
    assert (one.dropped_reason, sink.kept) == ("recipient_inactive", [])


def test_a_mail_that_cannot_be_written_fails_alone(stage: Scene, sink: Sink) -> None:
    User.objects.filter(pk=stage.nurse.pk).update(email="two\nlines@example.org")
    bad, _ = row(stage.nurse), row(stage.physician)
    done = send_due(at=MORNING)
    assert (done.accepted, done.failed) == (1, 1)
    bad.refresh_from_db()
    assert bad.failed_at == MORNING


def test_a_claim_holds_against_other_senders_until_its_lease_ends(stage: Scene) -> None:
    row(stage.nurse)
    assert [len(claim(MORNING + minutes * MINUTE)) for minutes in (0, 1, 2)] == [1, 0, 1]


def test_a_clock_set_back_does_not_hold_a_mail(stage: Scene) -> None:
    row(stage.nurse, lease_until=MORNING + timedelta(hours=5))
    assert len(claim(MORNING)) == 1


def test_a_day_without_a_server_loses_nothing(stage: Scene, sink: Sink, settings: Settings) -> None:
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, 1
    for _ in range(3):
        row(stage.nurse)
    at = MORNING
    for _ in range(30):
        send_due(at=at)
        at += timedelta(minutes=48)
    assert Notification.objects.filter(sent_at=None, failed_at=None, attempts=30).count() == 3
    settings.EMAIL_PORT = port
    assert send_due(at=at).accepted == 3


def test_a_pass_ends_when_its_time_is_up(stage: Scene, sink: Sink) -> None:
    for _ in range(sending.PLACES + 1):
        row(stage.nurse)
    assert send_due(at=MORNING, seconds=0.0).accepted == sending.PLACES


@given(attempts=st.integers(1, 200), key=st.uuids())
def test_waits_grow_to_a_quarter_of_an_hour_and_spread(attempts: int, key: UUID) -> None:
    one = Notification(pk=key, attempts=attempts)
    plain_wait = FIRST_WAIT * 2 ** (attempts - 1) if attempts < 5 else LONGEST_WAIT
    assert 0.8 * plain_wait <= wait(one) <= 1.2 * plain_wait
    assert wait(one) == wait(Notification(pk=key, attempts=attempts))


def test_acknowledging_between_reminder_and_chain_ends_the_chain(stage: Scene, sink: Sink) -> None:
    about = alert(stage)
    row(stage.nurse, about, reason="reminder", due_at=MORNING + 30 * MINUTE)
    row(stage.physician, about, reason="next_in_chain", due_at=MORNING + 60 * MINUTE)
    send_due(at=MORNING + 30 * MINUTE)
    lifecycle.acknowledge(about.pk, by=stage.nurse, at=MORNING + 40 * MINUTE)
    send_due(at=MORNING + 60 * MINUTE)
    assert sink.addresses == [stage.nurse.email]
    assert Notification.objects.filter(dropped_reason="acknowledged", attempts=0).count() == 1
