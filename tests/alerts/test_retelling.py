"""One mail a story: what joins what was told already, what does not, and that it is called about with the rest."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from alerts import calling, handling, notifying, retelling
from alerts.models import Alert, Notification
from tests.alerts.scenes import FALL, MORNING, SEVERE, Scene, clear, finding, high, scene, urgent
from tests.alerts.test_notifying import HOUR, changed, mails, tell

pytestmark = pytest.mark.django_db
FOCI, IRON, WORSE_FILM = "film_new_foci", "iron_deficiency", "film_stage_worse"
NEXT = MORNING + timedelta(minutes=20)


@pytest.fixture
def stage(db: None) -> Scene:
    return scene()


def channels(rows: list[Notification]) -> set[tuple[int, str, str]]:
    """Return (recipient, channel, reason) of rows."""
    return {(row.recipient_id, row.channel, row.reason) for row in rows}


def alert(rule: str) -> Alert:
    """Return the alert of a rule."""
    return Alert.objects.get(rule=rule)


def test_foci_after_a_severe_fall_are_told_by_the_digest_and_called_about_with_it(stage: Scene) -> None:
    tell(stage, high(SEVERE))
    rows = tell(stage, high(SEVERE), high(FOCI), at=NEXT)
    assert channels(rows) == {(stage.nurse.pk, "digest", "story")}
    assert (alert(FOCI).next_call_at, alert(FOCI).calls) == (MORNING + HOUR / 2, 0)


def test_both_are_one_mail_when_they_are_called_about(stage: Scene) -> None:
    tell(stage, high(SEVERE))
    tell(stage, high(SEVERE), high(FOCI), at=NEXT)
    known = set(Notification.objects.values_list("pk", flat=True))
    for after, people in ((0.5, [stage.nurse.pk]), (1, [stage.physician.pk])):
        assert calling.call_due(at=MORNING + after * HOUR) == 2
        rows = list(Notification.objects.exclude(pk__in=known))
        assert [row.recipient_id for row in rows if row.carried_by is None] == people
        known |= {row.pk for row in rows}
    assert {one.calls for one in Alert.objects.all()} == {2}


def test_a_part_that_is_worse_is_a_mail(stage: Scene) -> None:
    tell(stage, finding(FALL))
    assert mails(tell(stage, finding(FALL), high(FOCI), at=NEXT)) == [(stage.nurse.pk, "first")]


def test_another_moderate_part_is_no_mail_and_waits_with_the_first(stage: Scene) -> None:
    assert mails(tell(stage, finding(FALL))) == [(stage.physician.pk, "first")]
    rows = tell(stage, finding(FALL), finding(WORSE_FILM), at=NEXT)
    assert channels(rows) == {(stage.physician.pk, "digest", "story")}
    assert alert(WORSE_FILM).next_call_at == alert(FALL).next_call_at == MORNING + 72 * HOUR


def test_what_is_no_part_of_it_is_a_mail(stage: Scene) -> None:
    tell(stage, high(SEVERE))
    assert mails(tell(stage, high(SEVERE), high("pneumothorax"), at=NEXT)) == [(stage.nurse.pk, "first")]


def test_iron_that_is_lacking_beside_a_fall_is_a_part_and_alone_is_none(stage: Scene) -> None:
    assert mails(tell(stage, finding(IRON))) == [(stage.physician.pk, "first")]
    tell(stage, clear(IRON), high(SEVERE), at=MORNING + timedelta(days=9))
    later = MORNING + timedelta(days=9, minutes=10)
    rows = tell(stage, high(SEVERE), finding(IRON, at=later), at=later)
    assert channels(rows) == {(stage.nurse.pk, "digest", "story")}


def take(stage: Scene, rule: str) -> None:
    """Let the physician take an alert on."""
    handling.acknowledge(alert(rule).pk, by=stage.physician, at=NEXT)


def test_once_somebody_took_it_on_a_further_high_part_is_a_mail_to_who_is_on_duty(stage: Scene) -> None:
    tell(stage, high(SEVERE))
    take(stage, SEVERE)
    assert mails(tell(stage, high(SEVERE), high(FOCI), at=NEXT + HOUR)) == [(stage.nurse.pk, "first")]


def test_whoever_took_it_on_finds_a_moderate_part_in_the_digest_and_is_called_after_three_days(stage: Scene) -> None:
    tell(stage, high(SEVERE))
    take(stage, SEVERE)
    rows = tell(stage, high(SEVERE), finding(WORSE_FILM), at=NEXT + HOUR)
    assert channels(rows) == {(stage.physician.pk, "digest", "story")}
    assert alert(WORSE_FILM).next_call_at == NEXT + 73 * HOUR


def test_what_was_put_off_carries_nothing(stage: Scene) -> None:
    tell(stage, finding(FALL))
    handling.snooze(alert(FALL).pk, by=stage.physician, at=NEXT, until=NEXT + timedelta(days=3), reason="on leave")
    rows = tell(stage, finding(FALL), finding(WORSE_FILM), at=NEXT + HOUR)
    assert mails(rows) == [(stage.physician.pk, "first")]


def test_what_only_the_digest_told_carries_nothing(stage: Scene) -> None:
    night = MORNING - 5 * HOUR
    assert {row.channel for row in tell(stage, finding(FALL), at=night)} == {"digest"}
    assert mails(tell(stage, finding(FALL), finding(WORSE_FILM))) == [(stage.physician.pk, "first")]


def test_a_mail_that_failed_told_nobody(stage: Scene) -> None:
    tell(stage, finding(FALL))
    Notification.objects.update(failed_at=timezone.now())
    assert mails(tell(stage, finding(FALL), finding(WORSE_FILM), at=NEXT)) == [(stage.physician.pk, "first")]


def test_what_its_rule_wants_told_now_is_told_by_a_mail_of_today(stage: Scene) -> None:
    tell(stage, finding(WORSE_FILM))
    assert channels(tell(stage, finding(WORSE_FILM), urgent(), at=NEXT)) == {(stage.physician.pk, "digest", "story")}


def test_what_its_rule_wants_told_now_is_a_mail_where_the_last_is_of_yesterday(stage: Scene) -> None:
    tell(stage, finding(WORSE_FILM))
    rows = tell(stage, finding(WORSE_FILM), urgent(at=MORNING), at=MORNING + 25 * HOUR)
    assert mails(rows) == [(stage.physician.pk, "first")]


def test_who_left_the_team_is_not_told_of_the_part(stage: Scene) -> None:
    tell(stage, finding(FALL))
    stage.team.memberships.filter(user=stage.physician).update(ends_at=NEXT)
    rows = tell(stage, finding(FALL), finding(WORSE_FILM), at=NEXT + HOUR)
    assert channels(rows) == {(stage.nurse.pk, "digest", "story")}


def test_a_part_that_is_worse_than_it_was_is_a_mail(stage: Scene) -> None:
    tell(stage, high(SEVERE))
    tell(stage, high(SEVERE), finding(FALL), at=NEXT)
    rows = tell(stage, high(SEVERE), finding(FALL, level=1), at=NEXT + HOUR / 6)
    assert {reason for _, reason in mails(rows)} == {"worse"}


def test_grouping_and_asking_are_two_queries_however_many_are_open(
    stage: Scene, django_assert_num_queries: Any
) -> None:
    tell(stage, high(SEVERE), finding(FALL), finding(WORSE_FILM))
    news = changed(stage, high(FOCI), at=NEXT)
    with django_assert_num_queries(2):
        (group,) = retelling.grouped(news, stage.pk)
        assert len(retelling.standing(group.others)) == 3
    assert group.joins


def test_what_is_over_is_told_apart_and_joins_nothing(stage: Scene) -> None:
    tell(stage, high(SEVERE), finding(FALL))
    news = [one for one in changed(stage, clear(SEVERE), high(FOCI), at=NEXT) if one.verb in notifying.CAUSES]
    groups = retelling.grouped(news, stage.pk)
    assert {(group.changes[0].verb, group.joins) for group in groups} == {("recovered", False), ("raised", True)}
    assert [len(group.changes) for group in groups] == [1, 1]
