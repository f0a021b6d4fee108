"""The outbox: which rows an evaluation writes, and which of them one mail tells."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from alerts import handling, notifying, sending
from alerts.lifecycle import Change, Verb, settle
from alerts.models import Alert, Notification
from alerts.routing import CONDITIONAL
from alerts.rules.rule import Answer
from tests.alerts.scenes import (
    ACUTE,
    LONG_AGO,
    MORNING,
    SEVERE,
    Scene,
    basis,
    clear,
    finding,
    high,
    join,
    scene,
    urgent,
    verdict,
)

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def stage(db: None) -> Scene:
    return scene()


def tell(stage: Scene, *answers: Answer, at: datetime = MORNING, first_look: bool = False) -> list[Notification]:
    """Settle and tell one evaluation."""
    return notifying.tell(changed(stage, *answers, at=at), patient_id=stage.pk, at=at, first_look=first_look)


def changed(stage: Scene, *answers: Answer, at: datetime = MORNING) -> tuple[Change, ...]:
    """Settle one evaluation."""
    return settle(basis(stage.patient, at=at), verdict(*answers))


def mails(rows: list[Notification]) -> list[tuple[int, str]]:
    """Return (recipient, reason) of every mail of its own."""
    return [(row.recipient_id, row.reason) for row in rows if row.carried_by is None and row.channel == "email"]


def test_a_high_alert_is_told_to_whoever_is_on_call(stage: Scene) -> None:
    rows = tell(stage, high())
    assert mails(rows) == [
        (stage.nurse.pk, "first"),
        (stage.nurse.pk, "reminder"),
        (stage.physician.pk, "next_in_chain"),
    ]


def test_a_row_names_alert_team_and_severity_and_nothing_else(stage: Scene) -> None:
    row = tell(stage, high())[0]
    assert (row.alert_id, row.team_id, row.kind) == (Alert.objects.get().pk, stage.team.pk, "alert")
    assert (row.detail, row.created_at, row.due_at) == ({"severity": "high"}, MORNING, MORNING)


def test_fall_acute_and_severe_of_one_evaluation_are_one_mail(stage: Scene) -> None:
    rows = tell(stage, finding(), high(ACUTE), high())
    first = [row for row in rows if row.reason == "first"]
    assert len(first) == 3
    assert [row.carried_by for row in first] == [None, first[0], first[0]]
    assert {row.recipient_id for row in first} == {stage.nurse.pk}
    assert first[0].alert is not None
    assert first[0].alert.severity == 3


def test_other_rules_are_routed_by_their_own_severity(stage: Scene) -> None:
    rows = tell(stage, high(), finding("film"))
    assert (stage.physician.pk, "first") in mails(rows)
    assert (stage.nurse.pk, "first") in mails(rows)


def test_two_rules_told_to_one_person_at_once_are_one_mail(stage: Scene) -> None:
    rows = tell(stage, urgent(), urgent("film"))
    assert mails(rows).count((stage.physician.pk, "first")) == 1
    assert sum(row.recipient_id == stage.physician.pk and row.reason == "first" for row in rows) == 2


def test_newer_evidence_is_no_mail(stage: Scene) -> None:
    tell(stage, high())
    assert tell(stage, high(sentence="Hb 60 g/L."), at=MORNING + HOUR) == []


def test_worse_is_a_mail_again(stage: Scene) -> None:
    tell(stage, high())
    assert (stage.nurse.pk, "worse") in mails(tell(stage, high(level=1), at=MORNING + HOUR))


@pytest.mark.parametrize("verb", ["commented", "rated", "snoozed", "acknowledged", "resolved"])
def test_what_people_do_is_no_mail(stage: Scene, verb: str) -> None:
    (change,) = changed(stage, high())
    assert notifying.tell([replace(change, verb=Verb(verb))], patient_id=stage.pk, at=MORNING, first_look=False) == []


def test_what_woke_is_a_mail_again(stage: Scene) -> None:
    (change,) = changed(stage, high())
    woken = [replace(change, verb=Verb.WOKEN)]
    rows = notifying.tell(woken, patient_id=stage.pk, at=MORNING, first_look=False)
    assert mails(rows)[0] == (stage.nurse.pk, "woken")


def test_who_was_given_a_high_alert_is_mailed_and_another_not_silenced(stage: Scene) -> None:
    (change,) = changed(stage, high())
    change.alert.owner = stage.physician
    given = [replace(change, verb=Verb.ASSIGNED)]
    rows = notifying.tell(given, patient_id=stage.pk, at=MORNING, first_look=False)
    assert mails(rows) == [(stage.physician.pk, "assigned")]
    change.alert.owner = stage.administrator
    assert notifying.tell(given, patient_id=stage.pk, at=MORNING, first_look=False) == []
    assert Alert.objects.get().silenced_reason == ""


def waiting() -> list[tuple[str, int, str]]:
    """Return rule, recipient and dropped reason of what is due only while nobody has acknowledged, in order."""
    rows = Notification.objects.filter(reason__in=CONDITIONAL).order_by("created_at", "due_at", "alert__rule")
    return [(row.alert.rule, row.recipient_id, row.dropped_reason) for row in rows if row.alert]


def test_what_is_worse_after_it_was_taken_on_has_one_chain(stage: Scene) -> None:
    tell(stage, high())
    handling.acknowledge(Alert.objects.get().pk, by=stage.nurse, at=MORNING + HOUR / 6)
    tell(stage, high(level=1), at=MORNING + HOUR / 4)
    assert [reason for _, _, reason in waiting()] == ["acknowledged", "acknowledged", "", ""]


def test_what_is_worse_while_nobody_has_it_keeps_its_chain(stage: Scene) -> None:
    """Else a value that falls hour by hour would never reach the second level."""
    tell(stage, high())
    tell(stage, high(level=1), at=MORNING + HOUR / 4)
    assert [reason for _, _, reason in waiting()] == [""] * 4


def test_a_dropped_reminder_leaves_its_mail_to_those_it_carried(stage: Scene) -> None:
    tell(stage, high(), high(ACUTE))
    first = Notification.objects.get(reason="reminder", carried_by=None)
    assert first.alert is not None
    handling.acknowledge(first.alert.pk, by=stage.nurse, at=MORNING + HOUR / 6)
    tell(
        stage,
        high(first.alert.rule, level=1),
        high(ACUTE if first.alert.rule != ACUTE else SEVERE),
        at=MORNING + HOUR / 4,
    )
    left = Notification.objects.filter(created_at=MORNING, reason="reminder").exclude(pk=first.pk).get()
    assert (left.carried_by, left.dropped_at) == (None, None)
    claimed = sending.claim(MORNING + HOUR / 2)
    assert [one.letter.alerts for one in claimed if one.notification == left] == [1]


def test_a_reminder_under_way_is_left_to_who_sends_it(stage: Scene) -> None:
    tell(stage, high())
    claimed = sending.claim(MORNING + HOUR / 2, limit=99)
    handling.acknowledge(Alert.objects.get().pk, by=stage.nurse, at=MORNING + HOUR / 2)
    tell(stage, high(level=1), at=MORNING + HOUR * 2 / 3)
    assert [one.notification.reason for one in claimed] == ["first", "reminder"]
    assert [reason for _, _, reason in waiting()] == ["", "acknowledged", "", ""]


def test_who_was_mailed_hears_that_a_high_alert_recovered(stage: Scene) -> None:
    tell(stage, high())
    rows = tell(stage, clear(high().rule), at=MORNING + HOUR / 12)
    assert mails(rows) == [(stage.nurse.pk, "recovered")]


def test_nobody_hears_that_a_moderate_alert_recovered(stage: Scene) -> None:
    tell(stage, finding())
    assert tell(stage, clear(), at=MORNING + HOUR) == []
    assert Alert.objects.get().silenced_reason == ""


def test_an_alert_of_a_team_of_nobody_says_so(stage: Scene) -> None:
    stage.team.memberships.all().delete()
    assert tell(stage, high()) == []
    assert Alert.objects.get().silenced_reason == "nobody_to_tell"


def test_a_first_look_waits_for_the_digest(stage: Scene) -> None:
    rows = tell(stage, finding(), high(at=LONG_AGO), first_look=True)
    assert {row.channel for row in rows} == {"digest"}
    assert {row.due_at.isoformat() for row in rows} == {"2026-11-25T06:00:00+00:00"}


def test_a_first_look_still_tells_at_once_what_is_urgent_and_fresh(stage: Scene) -> None:
    assert (stage.nurse.pk, "first") in mails(tell(stage, high(), first_look=True))


def test_who_left_or_may_not_log_in_is_not_told(stage: Scene) -> None:
    stage.team.memberships.filter(user=stage.nurse).update(ends_at=MORNING - HOUR)
    stage.physician.is_active = False
    stage.physician.save()
    late = join(stage.team, stage.administrator, "physician")
    team = notifying.team_of(stage.patient, at=MORNING)
    assert [member.user_id for member in team.members] == [late.user_id]
    assert team.clinician is None


def test_who_has_not_begun_yet_is_not_told(stage: Scene) -> None:
    stage.team.memberships.update(starts_at=MORNING + HOUR)
    assert notifying.team_of(stage.patient, at=MORNING).members == ()


def test_telling_the_same_change_twice_is_refused(stage: Scene) -> None:
    changes = changed(stage, high())
    notifying.tell(changes, patient_id=stage.pk, at=MORNING, first_look=False)
    with pytest.raises(Exception, match="dedup_key"):
        notifying.tell(changes, patient_id=stage.pk, at=MORNING, first_look=False)


def test_administrators_are_told_once_a_day_and_topic(stage: Scene) -> None:
    for hours in (0, 1, 24):
        notifying.tell_operators("watch_failed", at=MORNING + hours * HOUR)
    rows = Notification.objects.filter(kind="operator")
    assert rows.count() == 2
    assert {row.recipient for row in rows} == {stage.administrator}
