"""When somebody is told again of what is news, and what becomes of reminders that were not sent in time."""

from dataclasses import replace
from datetime import timedelta

import pytest

from alerts import calling, handling, notifying, sending
from alerts.lifecycle import Verb
from alerts.models import Alert, Notification
from alerts.routing import CONDITIONAL
from alerts.rules.rule import Answer, Severity
from tests.alerts.scenes import ACUTE, FALL, LONG_AGO, MORNING, SEVERE, Scene, clear, finding, high, scene
from tests.alerts.test_notifying import HOUR, changed, tell

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage(db: None) -> Scene:
    return scene()


def due(rule: str = SEVERE) -> tuple[timedelta | None, int]:
    """Return how long after the morning somebody is to be told again of an alert, and how often somebody was."""
    alert = Alert.objects.get(rule=rule)
    return None if alert.next_call_at is None else alert.next_call_at - MORNING, alert.calls


@pytest.mark.parametrize(
    ("answer", "first_look", "after"),
    [
        (high(), False, HOUR / 2),
        (high(), True, HOUR / 2),
        (high(at=LONG_AGO), True, 72 * HOUR),
        (finding(SEVERE), False, 72 * HOUR),
        (finding(SEVERE), True, 72 * HOUR),
        (finding(SEVERE, severity=Severity.LOW), False, None),
    ],
)
def test_news_says_when_somebody_is_told_again_however_it_was_first_told(
    stage: Scene, answer: Answer, first_look: bool, after: timedelta | None
) -> None:
    tell(stage, answer, first_look=first_look)
    assert due() == (after, 0)


def test_what_is_raised_at_night_and_waits_for_the_digest_is_called_about_too(stage: Scene) -> None:
    night = MORNING + 13 * HOUR
    assert {row.channel for row in tell(stage, finding(SEVERE), at=night)} == {"digest"}
    assert due() == (85 * HOUR, 0)


def test_each_of_a_family_is_called_about_by_its_own_severity(stage: Scene) -> None:
    tell(stage, finding(), high())
    assert (due(FALL), due(SEVERE)) == ((72 * HOUR, 0), (HOUR / 2, 0))


def test_what_is_worse_after_it_was_taken_on_begins_its_chain_again(stage: Scene) -> None:
    tell(stage, high())
    handling.acknowledge(Alert.objects.get().pk, by=stage.nurse, at=MORNING + HOUR / 6)
    assert due() == (24 * HOUR + HOUR / 6, 0)
    tell(stage, high(level=1), at=MORNING + HOUR / 4)
    assert due() == (HOUR * 3 / 4, 0)


def test_what_is_worse_while_nobody_has_it_keeps_its_chain(stage: Scene) -> None:
    """Else a value that falls hour by hour would never reach the second level."""
    tell(stage, high())
    calling.call_due(at=MORNING + HOUR / 2)
    tell(stage, high(level=1), at=MORNING + HOUR * 3 / 4)
    assert due() == (HOUR, 1)


def test_a_moderate_one_that_becomes_high_waits_no_longer(stage: Scene) -> None:
    tell(stage, finding(SEVERE))
    tell(stage, high(), at=MORNING + HOUR)
    assert due() == (HOUR * 3 / 2, 0)


def test_of_what_is_over_nobody_is_told_again(stage: Scene) -> None:
    tell(stage, high())
    tell(stage, clear(high().rule), at=MORNING + HOUR / 12)
    assert due() == (None, 0)


def test_newer_evidence_and_what_a_colleague_is_given_move_no_call(stage: Scene) -> None:
    (change,) = changed(stage, high())
    notifying.tell([change], patient_id=stage.pk, at=MORNING, first_look=False)
    tell(stage, high(sentence="Hb 60 g/L."), at=MORNING + HOUR / 4)
    given = [replace(change, verb=Verb.ASSIGNED)]
    notifying.tell(given, patient_id=stage.pk, at=MORNING + HOUR / 4, first_look=False)
    assert due() == (HOUR / 2, 0)


def waiting() -> list[str]:
    """Return why reminders that nobody has sent were dropped, the oldest first."""
    rows = Notification.objects.filter(reason__in=CONDITIONAL).order_by("created_at", "alert__rule")
    return [row.dropped_reason for row in rows]


def reminded(stage: Scene, *answers: Answer) -> None:
    """Tell, and remind half an hour later, while the mail server is away."""
    tell(stage, *answers)
    calling.call_due(at=MORNING + HOUR / 2)


def test_a_reminder_that_was_not_sent_in_time_is_dropped_for_the_new_chain(stage: Scene) -> None:
    reminded(stage, high())
    handling.acknowledge(Alert.objects.get().pk, by=stage.nurse, at=MORNING + HOUR)
    tell(stage, high(level=1), at=MORNING + 2 * HOUR)
    assert waiting() == ["acknowledged"]


def test_a_dropped_reminder_leaves_its_mail_to_those_it_carried(stage: Scene) -> None:
    reminded(stage, high(), high(ACUTE))
    first = Notification.objects.get(reason="reminder", carried_by=None)
    assert first.alert is not None
    handling.acknowledge(first.alert.pk, by=stage.nurse, at=MORNING + HOUR)
    other = ACUTE if first.alert.rule != ACUTE else SEVERE
    tell(stage, high(first.alert.rule, level=1), high(other), at=MORNING + HOUR * 5 / 4)
    left = Notification.objects.filter(reason="reminder").exclude(pk=first.pk).get()
    assert (left.carried_by, left.dropped_at) == (None, None)
    claimed = sending.claim(MORNING + HOUR * 5 / 4)
    assert [one.letter.alerts for one in claimed if one.notification == left] == [1]


def test_a_reminder_under_way_is_left_to_who_sends_it(stage: Scene) -> None:
    reminded(stage, high())
    claimed = sending.claim(MORNING + HOUR / 2, limit=99)
    handling.acknowledge(Alert.objects.get().pk, by=stage.nurse, at=MORNING + HOUR / 2)
    tell(stage, high(level=1), at=MORNING + HOUR * 2 / 3)
    assert [one.notification.reason for one in claimed] == ["first", "reminder"]
    assert waiting() == [""]
