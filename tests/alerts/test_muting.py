"""A muted rule: what it finds is raised and put off; nothing worse is, and no mute outlives its time."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from alerts import handling, muting, watching
from alerts.changes import Verb
from alerts.lifecycle import settle
from alerts.models import Alert, Mute, Notification, Transition
from alerts.muting import LONGEST, MuteConflictError, catch_up, end, end_over, mute
from alerts.rules.rule import Finding, Severity
from patients.context import acting_as
from tests import factories
from tests.alerts.scenes import (
    FALL,
    MORNING,
    SEVERE,
    Scene,
    basis,
    clear,
    finding,
    high,
    scene,
    scripted,
    urgent,
    verdict,
)

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WHY = "in a trial that lowers it"
LOW, MODERATE = Severity.LOW, Severity.MODERATE


@pytest.fixture
def stage(db: None) -> Scene:
    return scene()


def muted(stage: Scene, *, days: float = 7, **fields: Any) -> Mute:
    """Mute the fall as the physician."""
    usual: dict[str, Any] = {"by": stage.physician, "at": MORNING, "until": MORNING + days * DAY, "reason": WHY}
    return mute(stage.patient, FALL, **{**usual, **fields})


def judged(stage: Scene, *found: Finding, after: timedelta = HOUR) -> list[Verb]:
    """Settle what was found; return what happened."""
    return [one.verb for one in settle(basis(stage.patient, at=MORNING + after), verdict(*found))]


def open_mutes() -> int:
    """Return how many mutes hold."""
    return Mute.objects.filter(ended_at=None).count()


def test_what_a_muted_rule_finds_is_raised_and_put_off_until_the_end(stage: Scene) -> None:
    row = muted(stage)
    assert judged(stage, finding()) == [Verb.MUTED]
    alert = Alert.objects.get()
    assert (alert.state, alert.snoozed_until, alert.silenced_reason) == ("snoozed", row.until, "muted")
    assert alert.owner is None
    first, second = alert.transitions.order_by("id")
    assert (first.verb, second.verb) == ("raised", "muted")
    assert (second.before, second.after, second.by, second.reason) == ("raised", "snoozed", stage.physician, WHY)
    assert second.detail == {"until": row.until.isoformat(), "mute": row.pk}


def test_other_rules_and_other_patients_are_told_as_always(stage: Scene) -> None:
    other = scene("south")
    muted(stage)
    assert judged(stage, high()) == [Verb.RAISED]
    assert judged(other, finding()) == [Verb.RAISED]


def test_nobody_is_told_of_what_is_muted(stage: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    muted(stage)
    scripted(monkeypatch).says(urgent())
    watching.sweep(patients=[stage.pk], at=MORNING + HOUR)
    assert Alert.objects.get().state == "snoozed"
    assert not Notification.objects.exists()


def test_it_wakes_at_the_end_is_told_and_the_mute_is_over(stage: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    row = muted(stage)
    scripted(monkeypatch).says(urgent())
    watching.sweep(patients=[stage.pk], at=MORNING + HOUR)
    assert watching.sweep(at=row.until).woken == 1
    row.refresh_from_db()
    assert (row.ended_at, row.ended_by, row.ended_why) == (row.until, None, "over")
    alert = Alert.objects.get()
    assert (alert.state, alert.silenced_reason) == ("raised", "")
    assert Notification.objects.filter(alert=alert, reason="woken").exists()


def test_what_is_more_severe_ends_the_mute_and_wakes_the_others(stage: Scene) -> None:
    row = muted(stage)
    judged(stage, finding(subject="a"))
    assert judged(stage, finding(subject="a"), high(FALL, subject="b"), after=2 * HOUR) == [Verb.RAISED, Verb.WOKEN]
    row.refresh_from_db()
    assert (row.ended_at, row.ended_why) == (MORNING + 2 * HOUR, "worse")
    assert set(Alert.objects.values_list("state", flat=True)) == {"raised"}


@pytest.mark.parametrize(("rise", "words"), [({"severity": Severity.HIGH}, "severity"), ({"level": 1}, "level")])
def test_what_grows_worse_wakes_and_ends_the_mute(stage: Scene, rise: dict[str, Any], words: str) -> None:
    muted(stage)
    judged(stage, finding())
    assert judged(stage, finding(row=2, **rise), after=2 * HOUR) == [Verb.WORSENED], words
    alert = Alert.objects.get()
    assert (alert.state, alert.snoozed_until, alert.silenced_reason) == ("raised", None, "")
    assert Mute.objects.get().ended_why == "worse"


def test_a_result_that_fell_further_within_the_level_wakes_too(stage: Scene) -> None:
    muted(stage)
    judged(stage, finding(numbers={"result": 98.0}))
    later = finding(row=2, at=MORNING + HOUR, numbers={"result": 92.0})
    assert judged(stage, later, after=2 * HOUR) == [Verb.WORSENED]
    assert open_mutes() == 0


def test_newer_evidence_that_is_no_worse_lets_it_sleep(stage: Scene) -> None:
    row = muted(stage)
    judged(stage, finding(numbers={"result": 98.0}))
    later = finding(row=2, at=MORNING + HOUR, numbers={"result": 97.0})
    assert judged(stage, later, after=2 * HOUR) == [Verb.UPDATED]
    assert Alert.objects.get().snoozed_until == row.until
    assert open_mutes() == 1


def test_a_mute_for_low_ends_at_moderate(stage: Scene) -> None:
    muted(stage, severity=LOW)
    assert judged(stage, finding(severity=LOW, subject="a")) == [Verb.MUTED]
    assert judged(stage, finding(subject="b"), after=2 * HOUR) == [Verb.RAISED, Verb.WOKEN]


def test_what_is_worse_than_the_bout_before_ends_the_mute_though_that_bout_is_over(stage: Scene) -> None:
    muted(stage)
    judged(stage, finding(level=1))
    settle(basis(stage.patient, at=MORNING + 2 * HOUR), verdict(clear()))
    assert judged(stage, finding(row=2, level=1), after=2 * DAY) == [Verb.MUTED]
    settle(basis(stage.patient, at=MORNING + 3 * DAY), verdict(clear()))
    assert judged(stage, finding(row=3, level=2), after=4 * DAY) == [Verb.RAISED]
    assert Mute.objects.get().ended_why == "worse"


def test_what_comes_back_is_put_off_too(stage: Scene) -> None:
    judged(stage, finding())
    settle(basis(stage.patient, at=MORNING + HOUR), verdict(clear()))
    muted(stage, at=MORNING + 2 * HOUR)
    assert judged(stage, finding(), after=3 * HOUR) == [Verb.MUTED]
    assert list(Alert.objects.values_list("state", flat=True)) == ["snoozed"]


def test_muting_puts_off_what_is_open_and_leaves_its_owner(stage: Scene) -> None:
    mine = factories.alert(stage.patient, rule=FALL, state="acknowledged", owner=stage.nurse, subject="a")
    short: dict[str, Any] = {"state": "snoozed", "snoozed_until": MORNING + DAY}
    factories.alert(stage.patient, rule=FALL, subject="b", **short)
    longer = factories.alert(stage.patient, rule=FALL, subject="c", state="snoozed", snoozed_until=MORNING + 9 * DAY)
    row = muted(stage)
    states = Alert.objects.order_by("subject").values_list("state", "snoozed_until")
    assert list(states) == [("snoozed", row.until), ("snoozed", row.until), ("snoozed", MORNING + 9 * DAY)]
    mine.refresh_from_db()
    assert mine.owner == stage.nurse
    assert longer.transitions.count() == 1


def test_what_is_more_severe_must_be_decided_on_first(stage: Scene) -> None:
    factories.alert(stage.patient, Severity.HIGH, rule=FALL)
    with pytest.raises(MuteConflictError, match="more severe"):
        muted(stage)
    assert not Mute.objects.exists()


@pytest.mark.parametrize(
    "fields",
    [{"reason": "  "}, {"severity": Severity.HIGH}, {"until": MORNING}, {"until": MORNING + LONGEST + HOUR}],
)
def test_what_cannot_be_is_refused(stage: Scene, fields: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"a mute names|at most 90 days"):
        muted(stage, **fields)
    with pytest.raises(ValueError, match="a mute names"):
        mute(stage.patient, "no_such_rule", by=stage.physician, at=MORNING, until=MORNING + DAY, reason=WHY)


def test_a_rule_is_muted_once_and_again_when_that_is_over(stage: Scene) -> None:
    muted(stage)
    with pytest.raises(MuteConflictError, match="already"):
        muted(stage)
    muted(stage, at=MORNING + 8 * DAY, until=MORNING + 9 * DAY)
    assert list(Mute.objects.order_by("pk").values_list("ended_why", flat=True)) == ["over", ""]


def test_a_person_ends_it_and_what_slept_is_told_with_the_next_sweep(
    stage: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = muted(stage)
    scripted(monkeypatch).says(urgent())
    watching.sweep(patients=[stage.pk], at=MORNING + HOUR)
    ended = end(row.pk, by=stage.physician, at=MORNING + DAY)
    assert (ended.ended_at, ended.ended_by, ended.ended_why) == (MORNING + DAY, stage.physician, "person")
    step = Transition.objects.order_by("-id")[0]
    assert (step.verb, step.by, step.detail["ended"]) == ("muted", stage.physician, True)
    assert watching.sweep(at=MORNING + DAY + HOUR).woken == 1
    assert Notification.objects.filter(reason="woken").exists()
    with pytest.raises(MuteConflictError, match="over already"):
        end(row.pk, by=stage.physician, at=MORNING + DAY)


def test_only_what_a_mute_put_off_returns_with_it(stage: Scene) -> None:
    row = muted(stage)
    judged(stage, finding())
    own = factories.alert(stage.patient, rule=FALL, subject="b")
    handling.snooze(own.pk, by=stage.nurse, at=MORNING, until=MORNING + 3 * DAY, reason="x")
    end(row.pk, by=stage.physician, at=MORNING + DAY)
    ends = Alert.objects.order_by("subject").values_list("snoozed_until", flat=True)
    assert list(ends) == [MORNING + DAY, MORNING + 3 * DAY]


def test_what_is_acknowledged_stays_so(stage: Scene) -> None:
    muted(stage)
    judged(stage, finding())
    handling.acknowledge(Alert.objects.get().pk, by=stage.nurse, at=MORNING + 2 * HOUR)
    assert judged(stage, finding(row=2), after=3 * HOUR) == [Verb.UPDATED]
    assert catch_up(at=MORNING + 4 * HOUR) == 0
    assert Alert.objects.get().state == "acknowledged"


def test_what_was_raised_beside_the_muting_is_put_off_by_the_sweep(stage: Scene) -> None:
    judged(stage, finding())
    row = factories.mute(stage.patient, at=MORNING, until=MORNING + DAY, by=stage.physician)
    factories.alert(stage.patient, Severity.HIGH, rule=FALL, subject="worse")
    factories.alert(stage.patient, rule=SEVERE)
    assert [catch_up(at=MORNING + HOUR), catch_up(at=MORNING + HOUR)] == [1, 0]
    assert Alert.objects.get(state="snoozed").snoozed_until == row.until
    assert catch_up(at=MORNING + 2 * DAY) == 0


def test_only_what_is_over_ends_and_only_of_these_patients(stage: Scene) -> None:
    other = scene("south")
    for one in (stage, other):
        factories.mute(one.patient, at=MORNING, until=MORNING + DAY)
    assert end_over(at=MORNING + DAY - HOUR) == 0
    assert end_over(at=MORNING + DAY, patients=[other.pk]) == 1
    assert Mute.objects.get(ended_at=None).patient == stage.patient


def test_the_web_mutes_and_ends_and_the_worker_ends(
    stage: Scene, as_role: Callable[[str], AbstractContextManager[None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted(monkeypatch).says(urgent())
    factories.alert(stage.patient, rule=FALL)
    with as_role("iph_web"), acting_as(stage.physician.pk):
        end(muted(stage).pk, by=stage.physician, at=MORNING + HOUR)
        muted(stage, at=MORNING + 2 * HOUR, until=MORNING + DAY)
    with as_role("iph_worker"):
        watching.sweep(at=MORNING + 3 * HOUR)
        watching.sweep(at=MORNING + DAY)
    assert list(Mute.objects.order_by("pk").values_list("ended_why", flat=True)) == ["person", "over"]
    assert Alert.objects.get().state == "raised"


def test_the_database_lets_no_nurse_and_no_stranger_mute(
    stage: Scene, as_role: Callable[[str], AbstractContextManager[None]]
) -> None:
    for who in (stage.nurse, scene("south").physician):
        with as_role("iph_web"), acting_as(who.pk), pytest.raises(DatabaseError), transaction.atomic():
            muted(stage, by=who)
    assert not Mute.objects.exists()


def test_an_evaluation_without_news_asks_for_no_mute(stage: Scene, django_assert_num_queries: Any) -> None:
    judged(stage, finding())
    with django_assert_num_queries(0):
        assert muting.hold(basis(stage.patient), ()) == ()


def test_the_longest_mute_is_of_ninety_days(stage: Scene) -> None:
    assert muted(stage, days=90).until - MORNING == timedelta(days=90)
    assert datetime.fromisoformat("2027-02-22T09:00:00+00:00") == MORNING + LONGEST
