"""Who is called again, and when: the rows of product's table after the first mail, and what holds for every team."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.routing import Channel, Member, Reason, Team, chain, on_duty
from alerts.routing_calls import FORGOTTEN_AFTER, Call, Waiting, after_worse, call, first_call
from alerts.rules.rule import Severity
from tests.alerts.test_routing import AT_NIGHT, AT_WORK, CHIEF, DOCTOR, NURSE, OTHER, TEAM, teams, without_mail

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
HIGH, MODERATE, LOW = Severity.HIGH, Severity.MODERATE, Severity.LOW


def course(waiting: Waiting, team: Team, turns: int, late: timedelta = timedelta(0)) -> list[Call]:
    """Return what follows if nobody does anything, each call made so much after it was due."""
    found: list[Call] = []
    for _ in range(turns):
        found.append(answer := call(waiting, team, at=waiting.due_at + late))
        if answer.next_at is None:
            break
        waiting = replace(waiting, due_at=answer.next_at, calls=waiting.calls + bool(answer.told))
    return found


def new(severity: Severity = HIGH, state: str = "raised", at: datetime = AT_NIGHT, **fields: object) -> Waiting:
    """Return an alert that is to be called about for the first time."""
    due = first_call(severity, state, at, quiet=bool(fields.get("quiet")))
    assert due is not None
    return Waiting(severity, state, due, **fields)  # type: ignore[arg-type] # of the right kinds, by the tests


def said(calls: list[Call], since: datetime = AT_NIGHT) -> list[tuple[timedelta, list[int], str]]:
    """Return (how long after the news, to whom, why) of each call."""
    return [
        (one.told[0].due_at - since, [told.recipient for told in one.told], one.told[0].reason.value) for one in calls
    ]


def test_high_is_repeated_goes_down_the_chain_and_then_calls_all_of_it_each_hour() -> None:
    everybody = [NURSE, DOCTOR, CHIEF]
    assert said(course(new(), TEAM, 6)) == [
        (30 * MINUTE, [NURSE], "reminder"),
        (60 * MINUTE, [DOCTOR], "next_in_chain"),
        (120 * MINUTE, [CHIEF], "next_in_chain"),
        (180 * MINUTE, everybody, "reminder"),
        (240 * MINUTE, everybody, "reminder"),
        (300 * MINUTE, everybody, "reminder"),
    ]


def test_a_call_says_which_level_hears_of_it() -> None:
    assert [(one.level, one.further) for one in course(new(), TEAM, 4)] == [
        (1, False),
        (2, True),
        (3, True),
        (0, False),
    ]


def test_a_chain_of_one_is_called_each_hour() -> None:
    team = replace(TEAM, members=(Member(NURSE, "nurse", 1),))
    assert [after for after, _, _ in said(course(new(), team, 3))] == [30 * MINUTE, HOUR, 2 * HOUR]


def test_who_is_on_duty_is_asked_when_the_call_is_due() -> None:
    waiting = replace(new(), calls=1)
    later = replace(TEAM, members=(Member(OTHER, "nurse", 1), Member(CHIEF, "physician", 2)))
    assert [one.recipient for one in call(waiting, later, at=waiting.due_at).told] == [CHIEF]


def test_a_level_whose_mail_comes_back_costs_no_hour() -> None:
    assert said(course(new(), without_mail(DOCTOR), 2))[1] == (HOUR, [CHIEF], "next_in_chain")


@pytest.mark.parametrize("quiet", [True, False])
def test_moderate_goes_once_to_the_next_level_after_72_hours(quiet: bool) -> None:
    waiting = new(MODERATE, at=AT_WORK, told=frozenset({DOCTOR}), quiet=quiet)
    calls = course(waiting, TEAM, 5)
    assert said(calls, AT_WORK) == [(72 * HOUR, [NURSE], "next_in_chain")]
    assert (calls[0].level, calls[0].further) == (1, True)


def test_the_next_level_is_the_first_of_which_nobody_was_told() -> None:
    waiting = new(MODERATE, told=frozenset({NURSE, DOCTOR}))
    assert said(course(waiting, TEAM, 5)) == [(72 * HOUR, [CHIEF], "next_in_chain")]


def test_where_all_were_told_all_are_reminded() -> None:
    waiting = new(MODERATE, told=frozenset({NURSE, DOCTOR, CHIEF}))
    assert said(course(waiting, TEAM, 5)) == [(72 * HOUR, [NURSE, DOCTOR, CHIEF], "reminder")]


def test_high_that_waited_for_a_digest_pages_nobody_at_night_and_does_not_stop() -> None:
    waiting = new(quiet=True, told=frozenset({NURSE}))
    assert said(course(waiting, TEAM, 3)) == [
        (72 * HOUR, [DOCTOR], "next_in_chain"),
        (144 * HOUR, [NURSE, DOCTOR, CHIEF], "reminder"),
        (216 * HOUR, [NURSE, DOCTOR, CHIEF], "reminder"),
    ]


@pytest.mark.parametrize("state", ["raised", "snoozed", "resolved", "recovered"])
def test_of_low_and_of_what_sleeps_or_is_over_nobody_is_reminded(state: str) -> None:
    severity = LOW if state == "raised" else HIGH
    assert first_call(severity, state, AT_NIGHT) is None
    assert call(Waiting(severity, state, AT_NIGHT), TEAM, at=AT_NIGHT) == Call((), None)


@pytest.mark.parametrize(("severity", "days"), [(HIGH, 1), (MODERATE, 7), (LOW, 28)])
def test_what_was_taken_on_and_forgotten_is_asked_of_its_owner_again_and_again(severity: Severity, days: int) -> None:
    calls = course(new(severity, "acknowledged", owner=OTHER), TEAM, 3)
    assert said(calls) == [(turn * days * DAY, [OTHER], "still_yours") for turn in (1, 2, 3)]
    assert [one.further for one in calls] == [False] * 3


def test_for_an_owner_who_is_away_who_stands_in_is_asked() -> None:
    team = replace(TEAM, members=TEAM.members[:2], instead={CHIEF: DOCTOR})
    assert said(course(new(HIGH, "acknowledged", owner=CHIEF), team, 1)) == [(DAY, [DOCTOR], "still_yours")]


@pytest.mark.parametrize(("severity", "people"), [(HIGH, [NURSE]), (MODERATE, [DOCTOR]), (LOW, [DOCTOR])])
@pytest.mark.parametrize("owner", [99, None])
def test_for_an_owner_who_left_whoever_is_told_of_news_is_asked(
    severity: Severity, people: list[int], owner: int | None
) -> None:
    calls = course(new(severity, "acknowledged", owner=owner), TEAM, 1)
    assert said(calls) == [(FORGOTTEN_AFTER[severity], people, "still_yours")]


def test_an_owner_whose_mail_comes_back_is_not_the_only_one_asked() -> None:
    assert said(course(new(HIGH, "acknowledged", owner=CHIEF), without_mail(CHIEF), 1))[0][1] == [NURSE]


@pytest.mark.parametrize("severity", [HIGH, MODERATE])
def test_a_team_of_nobody_is_asked_again(severity: Severity) -> None:
    waiting = new(severity)
    answer = call(waiting, Team(), at=waiting.due_at)
    assert answer.told == ()
    assert answer.next_at is not None
    assert answer.next_at - waiting.due_at <= HOUR


def test_lateness_does_not_add_up_and_what_was_missed_is_not_made_up_for() -> None:
    assert [one.told[0].due_at - AT_NIGHT for one in course(new(), TEAM, 3, late=2 * MINUTE)] == [
        32 * MINUTE, 62 * MINUTE, 122 * MINUTE
    ]  # fmt: skip
    after_a_day = call(new(), TEAM, at=AT_NIGHT + DAY)
    assert after_a_day.next_at == AT_NIGHT + DAY + 30 * MINUTE


def test_hours_are_elapsed_and_no_clocks() -> None:
    """The night of 25 October 2026 has 25 hours in Berlin: the call an hour later is at 2:30 again."""
    night = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert [after for after, _, _ in said(course(new(at=night), TEAM, 3), night)] == [30 * MINUTE, HOUR, 2 * HOUR]


def test_what_becomes_worse_puts_no_call_off() -> None:
    assert after_worse(HIGH, AT_NIGHT, due_at=AT_NIGHT + MINUTE) == (AT_NIGHT + MINUTE, True)
    assert after_worse(HIGH, AT_NIGHT, due_at=AT_NIGHT + 55 * MINUTE) == (AT_NIGHT + 30 * MINUTE, True)
    assert after_worse(HIGH, AT_NIGHT, due_at=None) == (AT_NIGHT + 30 * MINUTE, False)
    assert after_worse(MODERATE, AT_NIGHT, due_at=AT_NIGHT + DAY) == (AT_NIGHT + DAY, True)
    assert after_worse(LOW, AT_NIGHT, due_at=None) == (None, False)


def test_what_an_old_sample_makes_worse_keeps_the_pace_it_had() -> None:
    soon, slow = AT_NIGHT + 20 * MINUTE, AT_NIGHT + 2 * DAY
    assert after_worse(HIGH, AT_NIGHT, due_at=soon, quiet=True) == (soon, True)
    assert after_worse(HIGH, AT_NIGHT, due_at=slow, quiet=True) == (slow, True)


def test_what_was_slow_and_is_urgent_now_begins_with_who_is_on_duty() -> None:
    assert after_worse(HIGH, AT_NIGHT, due_at=AT_NIGHT + 2 * DAY) == (AT_NIGHT + 30 * MINUTE, False)


@given(team=teams, at=st.datetimes(datetime(2011, 12, 1), datetime(2030, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - the zone is given beside
def test_no_high_alert_is_silent_for_more_than_an_hour(team: Team, at: datetime) -> None:
    moments = [at, *(one.told[0].due_at for one in course(new(at=at), team, 12))]
    assert all(timedelta(0) < after - before <= HOUR for before, after in pairwise(moments))


@given(team=teams, refused=st.sets(st.integers(1, 8)), calls=st.integers(0, 6), told=st.frozensets(st.integers(1, 8)))
def test_somebody_hears_nobody_twice_at_once_and_all_are_members(
    team: Team, refused: set[int], calls: int, told: frozenset[int]
) -> None:
    team = replace(team, members=tuple(replace(one, reachable=one.user_id not in refused) for one in team.members))
    for severity in (HIGH, MODERATE):
        for quiet in (True, False):
            waiting = replace(new(severity, told=told, quiet=quiet), calls=calls)
            people = [one.recipient for one in call(waiting, team, at=waiting.due_at).told]
            assert people
            assert len(set(people)) == len(people)
            assert set(people) <= {one.user_id for one in team.members}


@given(team=teams)
def test_every_level_hears_before_all_are_called_again(team: Team) -> None:
    levels = chain(team)
    calls = course(new(), team, len(levels) + 1)
    assert [one.recipient for one in calls[0].told] == list(on_duty(team))
    assert [tuple(one.recipient for one in made.told) for made in calls[1 : len(levels)]] == list(levels[1:])
    assert {one.recipient for one in calls[-1].told} == {person for level in levels for person in level}
    assert {one.channel for made in calls for one in made.told} == {Channel.EMAIL}
    assert {one.reason for one in calls[-1].told} == {Reason.REMINDER}
