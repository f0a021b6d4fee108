"""Nobody who should know of an alert is forgotten: who is called again, by the team of then, with a step of the trail each."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts import calling, handling, notifying, sending, watching
from alerts.changes import ResolveReason
from alerts.models import Alert, Notification, Transition
from alerts.rules.rule import Severity
from patients.models import Absence, Duty, Membership, Patient, User
from tests import factories
from tests.alerts.scenes import ACUTE, MORNING, SEVERE, Scene, finding, high, join, scene, scripted
from tests.alerts.test_lifecycle_orders import quick, undone
from tests.alerts.test_notifying import tell
from tests.alerts.test_watching_races import at_once

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
AsRole = Callable[[str], AbstractContextManager[None]]


@pytest.fixture
def stage(db: None) -> Scene:
    return scene()


def raised(stage: Scene) -> Alert:
    """Return a high alert that whoever is on duty was told of in the morning."""
    tell(stage, high())
    return Alert.objects.get()


def pass_time(
    stage: Scene, until: timedelta, *, since: timedelta = timedelta(0), every: timedelta = 5 * MINUTE
) -> None:
    """Let the calls run from one moment after the morning to another."""
    at = MORNING + since
    while at < MORNING + until:
        at += every
        calling.call_due(at=at)


def calls() -> list[tuple[timedelta, int, str]]:
    """Return (how long after the morning, to whom, why) of every mail that is no first news, in order."""
    rows = Notification.objects.filter(reason__in=("reminder", "next_in_chain", "still_yours")).order_by("due_at", "id")
    return sorted((row.due_at - MORNING, row.recipient_id, row.reason) for row in rows if row.carried_by is None)


def steps() -> list[tuple[str, dict[str, Any]]]:
    """Return verb and detail of every step that says who was called."""
    rows = Transition.objects.filter(verb__in=("escalated", "reminded")).order_by("id")
    return [(row.verb, row.detail) for row in rows]


def test_a_high_alert_goes_down_the_chain_and_then_calls_all_of_it(stage: Scene) -> None:
    tell(stage, high())
    pass_time(stage, 3 * HOUR)
    nurse, doctor = stage.nurse.pk, stage.physician.pk
    assert calls() == [
        (30 * MINUTE, nurse, "reminder"),
        (60 * MINUTE, doctor, "next_in_chain"),
        (120 * MINUTE, nurse, "reminder"),
        (120 * MINUTE, doctor, "reminder"),
        (180 * MINUTE, nurse, "reminder"),
        (180 * MINUTE, doctor, "reminder"),
    ]
    assert steps() == [("reminded", {"level": 1}), ("escalated", {"level": 2}), ("reminded", {}), ("reminded", {})]


def test_what_late_results_of_old_samples_make_worse_is_called_on_hour_by_hour(stage: Scene) -> None:
    raised(stage)
    pass_time(stage, 2 * HOUR)
    before = calls()
    tell(stage, high(level=2, at=MORNING - 20 * DAY, row=2), at=MORNING + 2 * HOUR + MINUTE)
    assert Alert.objects.get().transitions.latest("pk").verb == "worsened"
    pass_time(stage, 5 * HOUR, since=2 * HOUR + MINUTE)
    later = [after for after, _, _ in calls()[len(before) :]]
    assert len(set(later)) >= 3
    assert max(later) - min(later) >= 2 * HOUR


def test_a_call_changes_nothing_of_the_alert_and_nothing_that_somebody_saw(stage: Scene) -> None:
    tell(stage, high())
    before = Alert.objects.values("state", "changed_at", "finding", "owner").get()
    pass_time(stage, HOUR)
    assert Alert.objects.values("state", "changed_at", "finding", "owner").get() == before
    alert = Alert.objects.get()
    handling.acknowledge(alert.pk, by=stage.nurse, at=MORNING + 2 * HOUR, seen=before["changed_at"])
    step = Transition.objects.filter(verb="escalated").get()
    assert (step.by, step.before, step.after, step.at) == (None, "raised", "raised", MORNING + HOUR)


@pytest.mark.parametrize("at", [MORNING, MORNING + 13 * HOUR, MORNING + 4 * DAY])
@pytest.mark.parametrize("first_look", [True, False])
def test_a_moderate_one_goes_to_the_next_level_after_72_hours_in_whichever_way_it_was_told(
    stage: Scene, at: datetime, first_look: bool
) -> None:
    tell(stage, finding(), at=at, first_look=first_look)
    assert [calling.call_due(at=at + hours * HOUR) for hours in (71.9, 72, 73, 500)] == [0, 1, 0, 0]
    assert calls() == [(at + 72 * HOUR - MORNING, stage.nurse.pk, "next_in_chain")]
    assert steps() == [("escalated", {"level": 1})]


@pytest.mark.parametrize("act", ["acknowledge", "resolve", "snooze", "recover"])
def test_nobody_is_called_about_what_somebody_has_put_off_or_ended(stage: Scene, act: str) -> None:
    alert = raised(stage)
    later = MORNING + 40 * MINUTE
    pass_time(stage, 30 * MINUTE)
    if act == "acknowledge":
        handling.acknowledge(alert.pk, by=stage.nurse, at=later)
    elif act == "resolve":
        handling.resolve(alert.pk, by=stage.physician, at=later, reason=ResolveReason.TREATED)
    elif act == "snooze":
        handling.snooze(alert.pk, by=stage.nurse, at=later, until=later + 20 * HOUR, reason="rounds")
    else:
        Alert.objects.filter(pk=alert.pk).update(state="recovered", closed_at=later)
    pass_time(stage, 5 * HOUR, since=40 * MINUTE)
    assert [reason for _, _, reason in calls()] == ["reminder"]


def test_who_handed_it_on_stops_no_call_and_who_takes_it_on_does(stage: Scene) -> None:
    alert = raised(stage)
    handling.assign(alert.pk, by=stage.nurse, at=MORNING + 10 * MINUTE, to=stage.physician)
    pass_time(stage, HOUR)
    assert [after for after, _, _ in calls()] == [30 * MINUTE, HOUR]
    handling.acknowledge(alert.pk, by=stage.physician, at=MORNING + 61 * MINUTE)
    pass_time(stage, 5 * HOUR, since=61 * MINUTE)
    assert len(calls()) == 2


def test_the_team_is_asked_as_it_is_when_the_call_is_due(stage: Scene) -> None:
    """On duty at ten, gone at half past; the second level is away from eleven on, and a colleague stands in."""
    other, third = factories.account(), factories.account()
    join(stage.team, third, "physician")
    join(stage.team, other, "nurse", order=1)
    tell(stage, high())
    Membership.objects.filter(user=stage.nurse).update(ends_at=MORNING + 20 * MINUTE)
    span = {"starts_at": MORNING + 50 * MINUTE, "ends_at": MORNING + DAY}
    Absence.objects.create(user=stage.physician, stand_in=third, **span)
    pass_time(stage, HOUR)
    assert calls() == [(30 * MINUTE, other.pk, "reminder"), (HOUR, third.pk, "next_in_chain")]


def test_a_duty_that_begins_meanwhile_moves_the_level(stage: Scene) -> None:
    other = factories.account()
    join(stage.team, other, "physician")
    tell(stage, high())
    Duty.objects.create(
        team=stage.team, user=other, level=2, starts_at=MORNING + 40 * MINUTE, ends_at=MORNING + 8 * HOUR
    )
    pass_time(stage, HOUR)
    assert {person for after, person, _ in calls() if after == HOUR} == {other.pk, stage.physician.pk}


def test_several_alerts_of_one_patient_are_one_mail_a_person(stage: Scene) -> None:
    tell(stage, high(SEVERE), high(ACUTE), high("film"))
    assert calling.call_due(at=MORNING + 30 * MINUTE) == 3
    rows = Notification.objects.filter(reason="reminder")
    assert (rows.count(), rows.filter(carried_by=None).count()) == (3, 1)
    assert len(steps()) == 3


def test_where_nobody_could_be_told_who_joins_is_called_and_the_alert_is_silent_no_more(stage: Scene) -> None:
    stage.team.memberships.all().delete()
    tell(stage, high())
    pass_time(stage, 2 * HOUR)
    assert (calls(), steps()) == ([], [])
    join(stage.team, stage.nurse, "nurse", order=1)
    pass_time(stage, 3 * HOUR, since=2 * HOUR)
    assert [person for _, person, _ in calls()] == [stage.nurse.pk, stage.nurse.pk]
    assert Alert.objects.get().silenced_reason == ""


def test_after_a_day_without_a_worker_there_is_one_call_and_not_twenty(stage: Scene) -> None:
    tell(stage, high())
    assert [calling.call_due(at=MORNING + DAY + minutes * MINUTE) for minutes in (0, 1, 29, 30)] == [1, 0, 0, 1]


def test_who_is_no_longer_followed_is_left_in_peace(stage: Scene) -> None:
    tell(stage, high())
    Patient.objects.filter(pk=stage.pk).update(active=False)
    assert calling.call_due(at=MORNING + DAY) == 0


def test_it_is_narrowed_to_patients(stage: Scene) -> None:
    other = scene("south")
    for one in (stage, other):
        tell(one, high())
    assert calling.call_due(at=MORNING + HOUR, patients=[]) == 0
    assert calling.call_due(at=MORNING + HOUR, patients=[other.pk]) == 1
    assert [person for _, person, _ in calls()] == [other.nurse.pk]


def test_one_that_fails_stops_nobody_and_is_tried_again(stage: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    other, real = scene("south"), notifying.team_of
    for one in (stage, other):
        tell(one, high())

    def team_of(patient: Patient, **named: Any) -> object:
        if patient.pk == stage.pk:
            raise RuntimeError("Mara Veit")
        return real(patient, **named)

    monkeypatch.setattr(notifying, "team_of", team_of)
    assert calling.call_due(at=MORNING + HOUR) == 1
    monkeypatch.undo()
    assert calling.call_due(at=MORNING + HOUR) == 1
    assert len(steps()) == 2


def test_a_sweep_calls_as_the_worker_and_the_mail_goes_out(
    stage: Scene, as_role: AsRole, monkeypatch: pytest.MonkeyPatch, mailoutbox: list[Any]
) -> None:
    scripted(monkeypatch).says(high())
    for minutes in (0, 30, 60):
        with as_role("iph_worker"):
            watching.sweep(at=MORNING + minutes * MINUTE)
            sending.send_due(at=MORNING + minutes * MINUTE)
    assert [one.to[0] for one in mailoutbox] == [stage.nurse.email, stage.nurse.email, stage.physician.email]
    assert "Nobody has acknowledged it yet." in mailoutbox[1].body
    assert "Nobody who was told before you has acknowledged it." in mailoutbox[2].body


def test_who_acknowledges_between_call_and_mail_gets_none(stage: Scene, mailoutbox: list[Any]) -> None:
    alert = raised(stage)
    calling.call_due(at=MORNING + 30 * MINUTE)
    handling.acknowledge(alert.pk, by=stage.nurse, at=MORNING + 30 * MINUTE)
    sending.send_due(at=MORNING + 31 * MINUTE)
    assert [row.dropped_reason for row in Notification.objects.filter(reason="reminder")] == ["acknowledged"]
    assert len(mailoutbox) == 1


def test_as_many_queries_however_many_alerts_were_told(stage: Scene, django_assert_max_num_queries: Any) -> None:
    tell(stage, high())
    tell(scene("south"), high())
    for _ in range(5):
        factories.alert(stage.patient, Severity.HIGH)
    with django_assert_max_num_queries(19):
        calling.call_due(at=MORNING + 30 * MINUTE, patients=[stage.pk])


turns = st.lists(
    st.tuples(st.sampled_from(["worse", "assign", "leave", "join", "away", "wait"]), st.integers(1, 90)), max_size=8
)


@settings(parent=quick, max_examples=10)
@given(turns)
def test_whatever_happens_a_high_alert_that_nobody_has_is_never_silent_for_more_than_an_hour(
    stage: Scene, happenings: list[tuple[str, int]]
) -> None:
    with undone():
        minutes = 0
        tell(stage, high())
        for level, (what, lasts) in enumerate(happenings, start=1):
            happen(stage, what, MORNING + minutes * MINUTE, level)
            for _ in range(lasts):
                minutes += 1
                calling.call_due(at=MORNING + minutes * MINUTE)
        mails = list(Notification.objects.filter(carried_by=None, channel="email").values_list("due_at", "recipient"))
        moments = sorted({MORNING + minutes * MINUTE, *(due for due, _ in mails)})
        assert all(after - before <= HOUR for before, after in pairwise(moments))
        again = [(due, who) for due, who in mails]
        assert len(set(again)) == len(again) or "worse" in dict(happenings)


def happen(stage: Scene, what: str, at: datetime, level: int) -> None:
    """Let something happen that takes nobody's alert on."""
    alert = Alert.objects.get()
    if what == "worse":
        tell(stage, high(level=level), at=at)
    elif what == "assign" and alert.owner_id is None:
        handling.assign(alert.pk, by=stage.nurse, at=at, to=stage.physician)
    elif what == "leave":
        Membership.objects.filter(user=stage.nurse, ends_at=None).update(ends_at=at)
    elif what == "join":
        join(stage.team, User.objects.create_user(f"{level}@example.org"), "nurse", order=1 + level % 3)
    elif what == "away":
        Absence.objects.create(user=stage.physician, starts_at=at - MINUTE, ends_at=at + HOUR)


@pytest.mark.django_db(transaction=True)
def test_many_sweepers_call_each_once(transactional_db: None) -> None:
    stage = scene()
    for number in range(5):
        factories.alert(stage.patient, Severity.HIGH, rule=f"rule_{number}", next_call_at=MORNING)
    at_once(6, lambda: calling.call_due(at=MORNING))
    assert Transition.objects.filter(verb="reminded").count() == 5
    assert Notification.objects.filter(reason="reminder").count() == 5
