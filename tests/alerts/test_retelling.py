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


def test_another_moderate_part_is_no_mail_and_has_its_own_call(stage: Scene) -> None:
    assert mails(tell(stage, finding(FALL))) == [(stage.physician.pk, "first")]
    rows = tell(stage, finding(FALL), finding(WORSE_FILM), at=NEXT)
    assert channels(rows) == {(stage.physician.pk, "digest", "story")}
    assert (alert(WORSE_FILM).next_call_at, alert(FALL).next_call_at) == (NEXT + 72 * HOUR, MORNING + 72 * HOUR)
    assert calling.call_due(at=NEXT + 72 * HOUR) == 2
    assert mailed_since(rows) == {(stage.nurse.pk, "next_in_chain")}


def mailed_since(rows: list[Notification]) -> set[tuple[int, str]]:
    """Return (recipient, reason) of mails written after some rows."""
    later = Notification.objects.filter(created_at__gt=max(row.created_at for row in rows), channel="email")
    return {(row.recipient_id, row.reason) for row in later}


def test_a_moderate_part_of_a_high_story_keeps_its_72_hours_and_is_called_though_the_rest_was_taken_on(
    stage: Scene,
) -> None:
    tell(stage, high(SEVERE))
    rows = tell(stage, high(SEVERE), finding(FALL), at=NEXT)
    assert channels(rows) == {(stage.physician.pk, "email", "first")}  # who had no mail of the story
    take(stage, SEVERE)
    assert (alert(FALL).next_call_at, alert(FALL).calls) == (NEXT + 72 * HOUR, 0)
    assert calling.call_due(at=NEXT + 71 * HOUR, patients=[stage.pk]) <= 1
    assert calling.call_due(at=NEXT + 72 * HOUR) >= 1
    assert alert(FALL).calls == 1


def test_who_was_mailed_by_day_finds_a_sharp_fall_of_the_night_in_the_digest_and_who_is_on_duty_is_mailed(
    stage: Scene,
) -> None:
    tell(stage, finding(WORSE_FILM))
    night = MORNING + 14 * HOUR
    rows = tell(stage, finding(WORSE_FILM), urgent(at=night), at=night)
    assert channels(rows) == {(stage.physician.pk, "digest", "story"), (stage.nurse.pk, "email", "first")}


def test_an_old_sample_joins_no_calls(stage: Scene) -> None:
    tell(stage, high(SEVERE))
    rows = tell(stage, high(SEVERE), high(FOCI, at=MORNING - timedelta(days=20)), at=NEXT)
    assert {(row.channel, row.reason) for row in rows} == {("digest", "digest")}
    assert alert(FOCI).next_call_at == NEXT + 72 * HOUR


def test_what_was_told_of_an_earlier_bout_is_not_told_of_this(stage: Scene) -> None:
    tell(stage, finding(FALL))
    tell(stage, clear(FALL), at=MORNING + 24 * HOUR)
    back = MORNING + 48 * HOUR
    assert {row.channel for row in tell(stage, finding(FALL, at=back), at=back)} == {"digest"}  # what returned waits
    assert mails(tell(stage, finding(FALL, at=back), finding(WORSE_FILM, at=back), at=back + HOUR)) == [
        (stage.physician.pk, "first")
    ]


@pytest.mark.parametrize("turned", [False, True])
def test_what_is_new_or_worse_is_told_though_something_returned_with_it(stage: Scene, turned: bool) -> None:
    tell(stage, finding(FALL), finding(WORSE_FILM))
    tell(stage, clear(FALL), finding(WORSE_FILM), at=MORNING + 24 * HOUR)
    back = MORNING + 48 * HOUR
    answers = [finding(FALL, at=back), finding(WORSE_FILM, at=back, level=1)]
    rows = tell(stage, *(answers[::-1] if turned else answers), at=back)
    assert mails(rows) == [(stage.physician.pk, "worse")]
    later = back + HOUR
    tell(stage, clear(FALL), finding(WORSE_FILM, at=back, level=1), at=later)
    Notification.objects.update(failed_at=later)
    answers = [finding(FALL, at=later), finding("film_migrating", at=later)]
    rows = tell(stage, *(answers[::-1] if turned else answers), at=later + HOUR)
    assert mails(rows) == [(stage.physician.pk, "first")]


def test_whose_mail_came_back_is_not_who_finds_it_in_the_digest(stage: Scene) -> None:
    tell(stage, finding(FALL))
    stage.physician.mail_refused_at = NEXT
    stage.physician.save(update_fields=["mail_refused_at"])
    rows = tell(stage, finding(FALL), finding(WORSE_FILM), at=NEXT + HOUR)
    assert channels(rows) == {(stage.nurse.pk, "email", "first")}


def test_that_something_is_over_hears_who_was_mailed_of_it(stage: Scene) -> None:
    tell(stage, high(SEVERE))
    tell(stage, high(SEVERE), finding(FALL), at=NEXT)
    rows = tell(stage, clear(SEVERE), clear(FALL), at=NEXT + HOUR)
    assert channels(rows) == {(stage.nurse.pk, "email", "recovered")}
    assert [row.alert.rule for row in rows if row.alert] == [SEVERE]


def test_what_is_no_part_of_it_is_a_mail(stage: Scene) -> None:
    tell(stage, high(SEVERE))
    assert mails(tell(stage, high(SEVERE), high("pneumothorax"), at=NEXT)) == [(stage.nurse.pk, "first")]


def test_iron_that_is_lacking_beside_a_fall_is_a_part_and_alone_is_none(stage: Scene) -> None:
    assert mails(tell(stage, finding(IRON))) == [(stage.physician.pk, "first")]
    tell(stage, clear(IRON), at=NEXT)
    tell(stage, high(SEVERE), at=MORNING + timedelta(days=9))
    later = MORNING + timedelta(days=9, minutes=10)
    tell(stage, high(SEVERE), finding(FALL), at=later)  # the clinician is mailed of the story
    rows = tell(stage, high(SEVERE), finding(FALL), finding(IRON, at=later), at=later + HOUR / 6)
    assert channels(rows) == {(stage.physician.pk, "digest", "story")}


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
    assert channels(rows) == {(stage.nurse.pk, "email", "first")}


def test_a_part_that_is_worse_than_it_was_is_a_mail(stage: Scene) -> None:
    tell(stage, high(SEVERE))
    tell(stage, high(SEVERE), finding(FALL), at=NEXT)
    rows = tell(stage, high(SEVERE), finding(FALL, level=1), at=NEXT + HOUR / 6)
    assert {reason for _, reason in mails(rows)} == {"worse"}


def test_grouping_and_asking_are_three_queries_however_many_are_open(
    stage: Scene, django_assert_num_queries: Any
) -> None:
    tell(stage, high(SEVERE), finding(FALL), finding(WORSE_FILM))
    news = changed(stage, high(FOCI), at=NEXT)
    with django_assert_num_queries(3):
        (group,) = retelling.grouped(news, stage.pk)
        assert len(retelling.standing(group.others)) == 3
    assert group.joins


def test_what_is_over_is_told_apart_and_joins_nothing(stage: Scene) -> None:
    tell(stage, high(SEVERE), finding(FALL))
    news = [one for one in changed(stage, clear(SEVERE), high(FOCI), at=NEXT) if one.verb in notifying.CAUSES]
    groups = retelling.grouped(news, stage.pk)
    assert {(group.changes[0].verb, group.joins) for group in groups} == {("recovered", False), ("raised", True)}
    assert [len(group.changes) for group in groups] == [1, 1]
