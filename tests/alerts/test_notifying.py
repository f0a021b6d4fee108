"""The outbox: which rows an evaluation writes, and which of them one mail tells."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from alerts import notifying
from alerts.lifecycle import Change, Verb, settle
from alerts.models import Alert, Notification
from alerts.rules.rule import Answer
from patients.models import Absence, Duty, User
from tests import factories
from tests.alerts.scenes import (
    ACUTE,
    LONG_AGO,
    MORNING,
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
    assert mails(rows) == [(stage.nurse.pk, "first")]


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
    change.alert.owner = stage.administrator  # of no team
    rows = notifying.tell(given, patient_id=stage.pk, at=MORNING, first_look=False)
    assert mails(rows) == [(stage.nurse.pk, "assigned")]
    assert Alert.objects.get().silenced_reason == ""


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


def test_a_coordinator_who_may_not_act_on_alerts_is_never_told(stage: Scene) -> None:
    stage.team.memberships.all().delete()
    join(stage.team, stage.administrator, "coordinator", order=1)
    assert notifying.team_of(stage.patient, at=MORNING).members == ()
    assert tell(stage, high()) == []
    assert Alert.objects.get().silenced_reason == "nobody_to_tell"


def test_who_is_away_is_not_told_and_who_stands_in_has_their_patients(stage: Scene) -> None:
    chief = factories.account()
    join(stage.team, chief, "physician")
    Absence.objects.create(user=stage.physician, stand_in=chief, starts_at=MORNING - HOUR, ends_at=MORNING + HOUR)
    team = notifying.team_of(stage.patient, at=MORNING)
    assert (team.clinician, dict(team.instead)) == (chief.pk, {stage.physician.pk: chief.pk})
    assert mails(tell(stage, finding())) == [(chief.pk, "first")]
    assert notifying.team_of(stage.patient, at=MORNING + HOUR).clinician == stage.physician.pk


def test_who_has_a_duty_now_is_called_first(stage: Scene) -> None:
    Duty.objects.create(team=stage.team, user=stage.physician, level=1, starts_at=MORNING, ends_at=MORNING + HOUR)
    stage.team.memberships.filter(user=stage.nurse).update(on_call_order=2)
    assert mails(tell(stage, high())) == [(stage.physician.pk, "first")]


def test_whose_mail_comes_back_is_skipped(stage: Scene) -> None:
    User.objects.filter(pk=stage.nurse.pk).update(mail_refused_at=LONG_AGO)
    assert mails(tell(stage, high())) == [(stage.physician.pk, "first")]


def test_a_team_is_read_by_as_many_queries_however_large(stage: Scene, django_assert_num_queries: Any) -> None:
    for _ in range(10):
        join(stage.team, factories.account(), "nurse")
    with django_assert_num_queries(3):
        notifying.team_of(stage.patient, at=MORNING)


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
