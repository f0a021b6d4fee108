"""What is asked once more when a mail is about to be sent: whether its recipient is still of the team, and the patient followed."""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.mail import EmailMessage
from django.utils import timezone

from alerts import handling, sending
from alerts.models import Alert, Delivery, Notification
from alerts.rules.rule import Severity
from alerts.sending import claim, send_due
from alerts.smtp import Outcome, Result
from patients.context import ALL, working_on
from patients.models import Membership, Patient
from tests.alerts.scenes import MORNING, Scene, scene
from tests.factories import alert

pytestmark = pytest.mark.django_db
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def stage(db: None) -> Scene:
    return scene()


def row(stage: Scene, about: Alert | None = None, **fields: object) -> Notification:
    """Put a mail of the team into the outbox."""
    usual: dict[str, object] = {
        "recipient": stage.nurse,
        "team": stage.team,
        "kind": "alert" if about else "digest",
        "reason": "first",
        "dedup_key": str(uuid4()),
        "created_at": MORNING,
        "due_at": MORNING,
    }
    return Notification.objects.create(alert=about, **{**usual, **fields})


def dropped(one: Notification) -> str:
    """Claim what is due; return why a mail was dropped, "" where it was not."""
    claim(MORNING)
    one.refresh_from_db()
    return one.dropped_reason


@pytest.mark.parametrize("kind", ["alert", "digest", "weekly"])
def test_who_left_the_team_gets_no_mail_of_it(stage: Scene, kind: str) -> None:
    one = row(stage, alert(stage.patient) if kind == "alert" else None, kind=kind)
    Membership.objects.filter(user=stage.nurse).update(ends_at=MORNING)
    assert dropped(one) == "recipient_left"
    assert one.dropped_at == MORNING


def test_mails_that_nobody_needs_hold_up_none_that_somebody_does(stage: Scene) -> None:
    for _ in range(2 * sending.PLACES):
        row(stage)
    Membership.objects.filter(user=stage.nurse).update(ends_at=MORNING)
    wanted = row(stage, recipient=stage.physician, due_at=MORNING + MINUTE)
    assert [one.notification for one in claim(MORNING + MINUTE)] == [wanted]
    assert claim(MORNING + MINUTE) == []
    assert Notification.objects.filter(dropped_reason="recipient_left").count() == 2 * sending.PLACES


@pytest.mark.parametrize("ends", [None, MORNING + HOUR])
def test_who_is_still_there_gets_it(stage: Scene, ends: object) -> None:
    one = row(stage, alert(stage.patient))
    Membership.objects.filter(user=stage.nurse).update(ends_at=ends)
    assert dropped(one) == ""


def test_who_has_a_place_in_another_team_alone_left(stage: Scene) -> None:
    one = row(stage, alert(stage.patient))
    Membership.objects.filter(user=stage.nurse).update(team=scene("south").team)
    assert dropped(one) == "recipient_left"


def test_a_mail_of_no_team_asks_for_no_place(stage: Scene) -> None:
    assert dropped(row(stage, recipient=stage.administrator, team=None, kind="operator")) == ""


@pytest.mark.parametrize("reason", ["first", "worse", "recovered", "reminder", "next_in_chain"])
def test_nothing_is_told_of_who_is_no_longer_followed(stage: Scene, reason: str) -> None:
    one = row(stage, alert(stage.patient), reason=reason)
    Patient.objects.update(active=False)
    assert dropped(one) == "patient_not_followed"


def still_yours(stage: Scene, **fields: object) -> Notification:
    """Ask the nurse of what she has taken on."""
    about = alert(stage.patient, state="acknowledged", owner=stage.nurse)
    return row(stage, about, reason="still_yours", **fields)


def test_what_is_still_theirs_is_asked(stage: Scene) -> None:
    assert dropped(still_yours(stage)) == ""


@pytest.mark.parametrize("state", ["resolved", "recovered"])
def test_of_what_is_over_nobody_is_asked(stage: Scene, state: str) -> None:
    one = still_yours(stage)
    Alert.objects.update(state=state, closed_at=MORNING)
    assert dropped(one) == state


def test_who_gave_it_away_since_is_not_asked_and_who_took_it_again_is(stage: Scene) -> None:
    given, kept = still_yours(stage), still_yours(stage)
    assert given.alert
    assert kept.alert
    for about in (given.alert, kept.alert):
        handling.assign(about.pk, by=stage.nurse, at=MORNING + MINUTE, to=stage.physician)
    handling.assign(kept.alert.pk, by=stage.physician, at=MORNING + 2 * MINUTE, to=stage.nurse)
    assert (dropped(given), dropped(kept)) == ("has_another_owner", "")


def test_who_stands_in_is_asked_unless_somebody_took_it_since(stage: Scene) -> None:
    one, other = (still_yours(stage, recipient=stage.physician) for _ in range(2))
    assert other.alert
    handling.snooze(other.alert.pk, by=stage.nurse, at=MORNING + MINUTE, until=MORNING + HOUR, reason="rounds")
    assert (dropped(one), dropped(other)) == ("", "has_another_owner")


@pytest.mark.parametrize(("carrier", "carried"), [("still_yours", "reminder"), ("reminder", "still_yours")])
def test_a_mail_that_asks_of_several_is_sent_while_one_of_them_holds(stage: Scene, carrier: str, carried: str) -> None:
    for holds in ("still_yours", "reminder"):
        Notification.objects.all().delete()
        states = {"still_yours": "acknowledged", "reminder": "raised"}
        states = {reason: state if reason == holds else "recovered" for reason, state in states.items()}
        first, other = (alert(stage.patient, state=states[one], owner=stage.nurse) for one in (carrier, carried))
        one = row(stage, first, reason=carrier)
        row(stage, other, reason=carried, carried_by=one)
        assert dropped(one) == ""


def test_a_digest_speaks_of_nobody_alone(stage: Scene) -> None:
    Patient.objects.update(active=False)
    assert dropped(row(stage)) == ""


def test_what_a_dropped_mail_carries_ends_with_it(stage: Scene) -> None:
    carrier = row(stage, alert(stage.patient))
    carried = row(stage, alert(stage.patient), carried_by=carrier)
    Membership.objects.filter(user=stage.nurse).update(ends_at=MORNING)
    assert (dropped(carrier), dropped(carried)) == ("recipient_left", "recipient_left")


def test_the_worker_sees_enough_to_ask(stage: Scene, as_role: Callable[[str], AbstractContextManager[None]]) -> None:
    one, other = row(stage, alert(stage.patient)), row(stage, recipient=stage.physician)
    Patient.objects.update(active=False)
    with as_role("iph_worker"):
        assert [attempt.notification for attempt in claim(MORNING)] == [other]
    with working_on(ALL):
        one.refresh_from_db()
    assert one.dropped_reason == "patient_not_followed"


def test_the_clock_of_the_outbox_is_the_databases(stage: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process whose clock is a day behind sends what is due all the same, and marks it with the database's time."""
    one = row(stage, created_at=timezone.now() - HOUR, due_at=timezone.now() - HOUR)
    monkeypatch.setattr(timezone, "now", lambda: MORNING - 24 * HOUR)
    assert send_due().accepted == 1
    monkeypatch.undo()
    one.refresh_from_db()
    assert one.sent_at is not None
    assert abs(one.sent_at - timezone.now()) < HOUR


def test_a_clock_ahead_sends_nothing_early(stage: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    row(stage, due_at=timezone.now() + HOUR)
    monkeypatch.setattr(timezone, "now", lambda: MORNING + 9999 * HOUR)
    assert sending.send_due().accepted == 0


def test_a_place_that_is_free_is_taken_while_slow_ones_are_waited_for(
    stage: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, order = threading.Event(), []

    def hand_over(message: EmailMessage) -> Result:
        (address,) = message.to
        if address == stage.nurse.email:
            assert slow.wait(30.0), "the others went first"
            return Result(Outcome.UNCLEAR)
        order.append(address)
        if len(order) == 3 * sending.PLACES:
            slow.set()
        return Result(Outcome.ACCEPTED, 250)

    monkeypatch.setattr(sending, "hand_over", hand_over)
    for _ in range(sending.PLACES - 1):
        row(stage, due_at=MORNING - HOUR, created_at=MORNING - HOUR)
    for _ in range(3 * sending.PLACES):
        row(stage, recipient=stage.physician)
    done = send_due(at=MORNING)
    assert (done.accepted, done.deferred) == (3 * sending.PLACES, sending.PLACES - 1)


@pytest.mark.parametrize(
    ("outcome", "code", "first"),
    [("unclear", None, "physician"), ("deferred", None, "physician"), ("deferred", 451, "nurse")],
)
def test_who_once_got_no_answer_comes_after_the_others(
    stage: Scene, outcome: str, code: int | None, first: str
) -> None:
    older = row(stage, due_at=MORNING - HOUR, created_at=MORNING - HOUR, attempts=1)
    Delivery.objects.create(notification=older, attempt=1, started_at=MORNING - HOUR, ended_at=MORNING - HOUR,
                            outcome=outcome, smtp_code=code)  # fmt: skip
    row(stage, recipient=stage.physician)
    assert [one.letter.address for one in claim(MORNING, 1)] == [getattr(stage, first).email]
    assert len(claim(MORNING)) == 1, "it is not left out"


@pytest.mark.parametrize(("severity", "place"), [(1, 12), (2, 12), (3, 0)])
def test_after_a_connection_refused_a_high_alert_waits_behind_nobody(stage: Scene, severity: int, place: int) -> None:
    """A dozen digests are due later: of what got no answer only a high alert's mail stays before them."""
    older = row(stage, alert(stage.patient, Severity(severity)), due_at=MORNING - HOUR, created_at=MORNING - HOUR)
    Delivery.objects.create(notification=older, attempt=9, started_at=MORNING - HOUR, outcome="deferred")
    for _ in range(12):
        row(stage)
    assert [one.notification.pk for one in claim(MORNING, 13)].index(older.pk) == place


def test_among_high_alerts_the_oldest_comes_first_answered_or_not(stage: Scene) -> None:
    mails = [
        row(stage, alert(stage.patient, Severity.HIGH, subject=str(n)), due_at=MORNING + n * MINUTE) for n in range(4)
    ]
    for one in mails[::2]:
        Delivery.objects.create(notification=one, attempt=9, started_at=MORNING, outcome="unclear")
    assert [one.notification for one in claim(MORNING + HOUR)] == mails
