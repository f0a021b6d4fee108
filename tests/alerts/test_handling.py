"""What people do with an alert: the states it passes through, who, when and why, what is refused, and two people at once."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import datetime, timedelta

import pytest
from django.db import connection, connections

from alerts import handling
from alerts.changes import ConflictError, ResolveReason, handed
from alerts.models import Alert, Transition
from alerts.rules.rule import Severity
from patients.context import acting_as
from patients.models import User
from tests import factories
from tests.alerts.scenes import LONG_AGO, MORNING, Scene, join, person, scene

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOW = MORNING + HOUR
HIGH = Severity.HIGH
AsWeb = Callable[[User], AbstractContextManager[None]]


@pytest.fixture
def stage(db: None) -> Scene:
    return scene()


@pytest.fixture
def alert(stage: Scene) -> Alert:
    return raised(stage)


def raised(stage: Scene, state: str = "raised", until: datetime | None = None) -> Alert:
    """Return an alert as it stands since the morning."""
    return factories.alert(stage.patient, state=state, changed_at=MORNING, snoozed_until=until)


def row(alert: Alert) -> tuple[str, User | None, datetime | None, datetime]:
    """Return state, owner, end of the snooze, and when it changed."""
    alert.refresh_from_db()
    return alert.state, alert.owner, alert.snoozed_until, alert.changed_at


def snooze(alert: Alert, by: User, *, at: datetime = NOW, days: float = 3) -> Transition:
    return handling.snooze(alert.pk, by=by, at=at, until=at + days * DAY, reason="wait for ferritin")


def test_a_snooze_gives_an_owner_and_an_end(stage: Scene, alert: Alert) -> None:
    step = snooze(alert, stage.nurse)
    assert row(alert) == ("snoozed", stage.nurse, NOW + 3 * DAY, NOW)
    assert (step.verb, step.before, step.after, step.by, step.at) == ("snoozed", "raised", "snoozed", stage.nurse, NOW)
    assert (step.reason, step.detail) == ("wait for ferritin", {"until": (NOW + 3 * DAY).isoformat()})


@pytest.mark.parametrize("days", [-1, 0, 14.001, 3000])
def test_a_snooze_ends_ahead_and_within_two_weeks(stage: Scene, alert: Alert, days: float) -> None:
    with pytest.raises(ValueError, match="at most 14 days"):
        snooze(alert, stage.nurse, days=days)
    assert row(alert) == ("raised", None, None, MORNING)


@pytest.mark.parametrize("days", [0.001, 14])
def test_the_shortest_and_the_longest_snooze(stage: Scene, alert: Alert, days: float) -> None:
    snooze(alert, stage.nurse, days=days)
    assert row(alert)[2] == NOW + days * DAY


@pytest.mark.parametrize(
    ("severity", "longest"), [(HIGH, HOUR * 24), (Severity.MODERATE, 14 * DAY), (Severity.LOW, 14 * DAY)]
)
def test_how_long_an_alert_sleeps_depends_on_its_severity(stage: Scene, severity: Severity, longest: timedelta) -> None:
    alert = factories.alert(stage.patient, severity, changed_at=MORNING)
    words = "a high alert sleeps at most 24 hours" if severity is HIGH else "an alert sleeps at most 14 days"
    assert handling.longest_snooze(alert) == longest
    with pytest.raises(ValueError, match=words):
        snooze(alert, stage.nurse, days=longest / DAY + 0.0001)
    assert row(alert)[0] == "raised"
    snooze(alert, stage.nurse, days=longest / DAY)
    assert row(alert)[2] == NOW + longest


def test_a_snooze_needs_a_reason(stage: Scene, alert: Alert) -> None:
    with pytest.raises(ValueError, match="say why"):
        handling.snooze(alert.pk, by=stage.nurse, at=NOW, until=NOW + DAY, reason=" \n")
    assert alert.transitions.count() == 1


def test_what_sleeps_is_not_snoozed_and_what_slept_long_enough_is(stage: Scene, alert: Alert) -> None:
    snooze(alert, stage.nurse, days=1)
    with pytest.raises(ConflictError) as told:
        snooze(alert, stage.physician, at=NOW + HOUR)
    assert told.value.last is not None
    assert told.value.last.by == stage.nurse
    snooze(alert, stage.physician, at=NOW + DAY)
    assert row(alert)[:3] == ("snoozed", stage.physician, NOW + 4 * DAY)


def test_acknowledging_ends_a_snooze(stage: Scene, alert: Alert) -> None:
    snooze(alert, stage.nurse)
    handling.acknowledge(alert.pk, by=stage.physician, at=NOW + HOUR)
    assert row(alert) == ("acknowledged", stage.physician, None, NOW + HOUR)


def test_resolving_ends_a_snooze(stage: Scene, alert: Alert) -> None:
    snooze(alert, stage.nurse)
    handling.resolve(alert.pk, by=stage.physician, at=NOW + HOUR, reason=ResolveReason.TREATED, note="two units")
    alert.refresh_from_db()
    assert (alert.state, alert.closed_at, alert.snoozed_until) == ("resolved", NOW + HOUR, None)
    assert alert.transitions.latest("id").detail == {"note": "two units"}


def test_an_assigned_alert_is_acknowledged_under_another_name(stage: Scene, alert: Alert) -> None:
    step = handling.assign(alert.pk, by=stage.nurse, at=NOW, to=stage.physician, reason=" yours ")
    assert row(alert) == ("acknowledged", stage.physician, None, NOW)
    assert (step.by, step.before, step.after) == (stage.nurse, "raised", "acknowledged")
    assert (step.reason, step.detail) == ("yours", {"to": stage.physician.pk})


@pytest.mark.parametrize("state", ["raised", "acknowledged", "snoozed"])
def test_a_high_alert_that_a_colleague_is_given_waits_for_their_word(stage: Scene, state: str) -> None:
    until = NOW + HOUR if state == "snoozed" else None
    alert = factories.alert(stage.patient, HIGH, state=state, changed_at=MORNING, snoozed_until=until)
    step = handling.assign(alert.pk, by=stage.nurse, at=NOW, to=stage.physician)
    assert (step.before, step.after) == (state, state)
    assert row(alert) == (state, stage.physician, until, NOW)


def test_a_high_alert_that_is_taken_or_acknowledged_is_in_hand(stage: Scene) -> None:
    taken, given = (factories.alert(stage.patient, HIGH, changed_at=MORNING) for _ in range(2))
    handling.assign(taken.pk, by=stage.nurse, at=NOW, to=stage.nurse)
    handling.assign(given.pk, by=stage.nurse, at=NOW, to=stage.physician)
    handling.acknowledge(given.pk, by=stage.physician, at=NOW + HOUR)
    assert [row(one)[:2] for one in (taken, given)] == [
        ("acknowledged", stage.nurse),
        ("acknowledged", stage.physician),
    ]


def test_a_high_alert_whose_snooze_is_over_is_left_to_the_watch(stage: Scene) -> None:
    """It wakes as news for whoever is on duty: who is given it meanwhile does not silence that."""
    alert = factories.alert(stage.patient, HIGH, state="snoozed", changed_at=MORNING, snoozed_until=NOW)
    handling.assign(alert.pk, by=stage.nurse, at=NOW, to=stage.physician)
    assert row(alert)[:3] == ("snoozed", stage.physician, NOW)


def test_handing_over_wakes_the_watch_once_it_is_committed(
    stage: Scene, alert: Alert, django_capture_on_commit_callbacks: Callable[..., AbstractContextManager[list[object]]]
) -> None:
    heard: list[object] = []

    def hear(patient_ids: object, **_: object) -> None:
        heard.append(patient_ids)

    handed.connect(hear)
    with django_capture_on_commit_callbacks(execute=True):
        handling.assign(alert.pk, by=stage.nurse, at=NOW, to=stage.physician)
        assert heard == []
    handed.disconnect(hear)
    assert heard == [(stage.pk,)]


def test_what_sleeps_is_handed_over_asleep(stage: Scene, alert: Alert) -> None:
    snooze(alert, stage.nurse)
    handling.assign(alert.pk, by=stage.nurse, at=NOW + HOUR, to=stage.physician)
    assert row(alert)[:3] == ("snoozed", stage.physician, NOW + 3 * DAY)
    handling.assign(alert.pk, by=stage.physician, at=NOW + 3 * DAY, to=stage.nurse)
    assert row(alert)[:3] == ("acknowledged", stage.nurse, None)


def test_nobody_is_given_what_they_have(stage: Scene, alert: Alert) -> None:
    handling.assign(alert.pk, by=stage.nurse, at=NOW, to=stage.nurse)
    with pytest.raises(ConflictError):
        handling.assign(alert.pk, by=stage.physician, at=NOW + HOUR, to=stage.nurse)


def test_who_has_what_became_worse_takes_it_on_anew(stage: Scene, alert: Alert) -> None:
    Alert.objects.filter(pk=alert.pk).update(owner=stage.nurse)
    handling.assign(alert.pk, by=stage.nurse, at=NOW, to=stage.nurse)
    assert row(alert)[0] == "acknowledged"


@pytest.mark.parametrize("who", ["coordinator", "former", "to come", "inactive", "elsewhere"])
def test_an_alert_is_assigned_only_to_who_may_act_on_it(stage: Scene, alert: Alert, who: str) -> None:
    user = factories.account(is_active=who != "inactive")
    place = join(scene("south").team if who == "elsewhere" else stage.team, user, "physician")
    if who == "coordinator":
        place.role = who
    place.ends_at = NOW if who == "former" else None
    place.starts_at = NOW + HOUR if who == "to come" else LONG_AGO
    place.save()
    with pytest.raises(ValueError, match="member of the patient's team"):
        handling.assign(alert.pk, by=stage.nurse, at=NOW, to=user)
    assert user not in handling.assignees(stage.patient, at=NOW)


def test_colleagues_are_named_in_order(stage: Scene) -> None:
    for user, name in ((stage.nurse, "Zander"), (stage.physician, "Adler")):
        User.objects.filter(pk=user.pk).update(last_name=name)
    assert list(handling.assignees(stage.patient, at=NOW)) == [stage.physician, stage.nurse]


@pytest.mark.parametrize("state", ["raised", "acknowledged", "resolved", "recovered"])
def test_words_change_nothing_whatever_the_state(stage: Scene, state: str) -> None:
    alert = raised(stage, state)
    before = Alert.objects.values().get(pk=alert.pk)
    step = handling.comment(alert.pk, by=stage.nurse, at=NOW, text=" father called ")
    assert (step.verb, step.reason, step.before, step.after) == ("commented", "father called", state, state)
    rated = handling.feedback(alert.pk, by=stage.nurse, at=NOW, useful=False, because="old sample")
    assert (rated.verb, rated.reason, rated.detail) == ("rated", "old sample", {"useful": False})
    assert handling.feedback(alert.pk, by=stage.physician, at=NOW, useful=True).reason == ""
    assert Alert.objects.values().get(pk=alert.pk) == before


def test_empty_words_are_none(stage: Scene, alert: Alert) -> None:
    with pytest.raises(ValueError, match="say why"):
        handling.comment(alert.pk, by=stage.nurse, at=NOW, text="  ")
    with pytest.raises(ValueError, match="say why"):
        handling.feedback(alert.pk, by=stage.nurse, at=NOW, useful=False, because="")
    assert alert.transitions.count() == 1


ACTS: dict[str, Callable[[Alert, User, datetime | None], Transition]] = {
    "acknowledge": lambda one, by, seen: handling.acknowledge(one.pk, by=by, at=NOW, seen=seen),
    "snooze": lambda one, by, seen: handling.snooze(one.pk, by=by, at=NOW, until=NOW + DAY, reason="x", seen=seen),
    "assign": lambda one, by, seen: handling.assign(one.pk, by=by, at=NOW, to=by, seen=seen),
    "resolve": lambda one, by, seen: handling.resolve(one.pk, by=by, at=NOW, reason=ResolveReason.OTHER, seen=seen),
}


@pytest.mark.parametrize("act", ACTS)
def test_what_was_decided_on_an_older_state_is_refused(stage: Scene, alert: Alert, act: str) -> None:
    with pytest.raises(ConflictError):
        ACTS[act](alert, stage.physician, MORNING - HOUR)
    assert (row(alert)[0], alert.transitions.count()) == ("raised", 1)
    ACTS[act](alert, stage.physician, MORNING)
    assert alert.transitions.count() == 2


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("state", ["resolved", "recovered"])
def test_nothing_is_done_with_what_is_over(stage: Scene, state: str, act: str) -> None:
    alert = raised(stage, state)
    with pytest.raises(ConflictError):
        ACTS[act](alert, stage.physician, None)
    assert (row(alert)[0], alert.transitions.count()) == (state, 1)


def test_a_conflict_names_who_changed_it_not_who_said_something(stage: Scene, alert: Alert) -> None:
    handling.acknowledge(alert.pk, by=stage.physician, at=NOW)
    handling.comment(alert.pk, by=stage.nurse, at=NOW, text="a word")
    with pytest.raises(ConflictError) as told:
        handling.acknowledge(alert.pk, by=stage.nurse, at=NOW)
    assert told.value.last is not None
    assert told.value.last.by == stage.physician


@pytest.mark.parametrize("act", ACTS)
def test_the_web_may_do_all_of_it_for_its_own_patients(stage: Scene, alert: Alert, as_web: AsWeb, act: str) -> None:
    far = scene("south")
    with as_web(stage.physician):
        ACTS[act](alert, stage.physician, None)
        handling.comment(alert.pk, by=stage.physician, at=NOW, text="a word")
    with as_web(far.physician), pytest.raises((Alert.DoesNotExist, type(person(far.team)).DoesNotExist)):
        ACTS[act](alert, far.physician, None)
    assert alert.transitions.count() == 3


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("act", ACTS)
def test_of_many_at_once_one_wins_and_the_others_are_told_who(transactional_db: None, act: str) -> None:
    stage = scene()
    alert = raised(stage)
    people = [factories.member(stage.team) for _ in range(8)]
    barrier = threading.Barrier(len(people))

    def one(by: User) -> Transition | ConflictError:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET ROLE iph_web")
            barrier.wait(timeout=30)
            with acting_as(by.pk):
                return ACTS[act](alert, by, MORNING)
        except ConflictError as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=len(people)) as pool:
        ended = list(pool.map(one, people, timeout=60))
    (step,) = [each for each in ended if isinstance(each, Transition)]
    assert {each.last.by for each in ended if isinstance(each, ConflictError) and each.last} == {step.by}
    assert alert.transitions.count() == 2
