"""Who is told: every row of product's table, and what holds for every team and every piece of news."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.routing import Channel, Member, News, Reason, Team, Told, chain, on_duty, own, route
from alerts.rules.rule import Severity, Telling

NURSE, DOCTOR, CHIEF, OTHER = 1, 2, 3, 4
TEAM = Team(
    time_zone="Europe/Berlin",
    members=(
        Member(NURSE, "nurse", 1),
        Member(DOCTOR, "physician", 2),
        Member(CHIEF, "physician", 3),
        Member(OTHER, "nurse"),
    ),
    clinician=DOCTOR,
)
AT_WORK = datetime(2026, 11, 24, 9, tzinfo=UTC)  # Tuesday, 10:00 in Berlin
AT_NIGHT = datetime(2026, 11, 24, 22, tzinfo=UTC)  # 23:00
SATURDAY = datetime(2026, 11, 28, 9, tzinfo=UTC)
HIGH = News(Severity.HIGH, Reason.FIRST)
MODERATE = News(Severity.MODERATE, Reason.FIRST)
AT_ONCE = News(Severity.MODERATE, Reason.FIRST, Telling.AT_ONCE)
LOW = News(Severity.LOW, Reason.FIRST)


def who(told: tuple[Told, ...], reason: Reason) -> list[int]:
    """Return who is told for a reason."""
    return [one.recipient for one in told if one.reason is reason]


def without_mail(*people: int) -> Team:
    """Return the team; mail to these people comes back."""
    return replace(TEAM, members=tuple(replace(one, reachable=one.user_id not in people) for one in TEAM.members))


@pytest.mark.parametrize(
    ("refused", "levels"),
    [
        ((NURSE,), ((DOCTOR,), (CHIEF,))),
        ((NURSE, CHIEF), ((DOCTOR,),)),
        ((NURSE, DOCTOR, CHIEF), ((OTHER,),)),  # nobody of the chain: who is left
        ((NURSE, DOCTOR, CHIEF, OTHER), ((NURSE,), (DOCTOR,), (CHIEF,))),  # nobody at all: as if all were reached
    ],
)
def test_whose_mail_comes_back_is_skipped_and_nobody_is_left_out(refused: tuple[int, ...], levels: object) -> None:
    assert chain(without_mail(*refused)) == levels


def test_the_physicians_are_told_for_an_own_clinician_whose_mail_comes_back() -> None:
    assert own(without_mail(DOCTOR)) == (CHIEF,)
    assert own(without_mail(DOCTOR, CHIEF)) == (NURSE, OTHER)
    assert own(without_mail(NURSE, DOCTOR, CHIEF, OTHER)) == (DOCTOR, CHIEF)


@pytest.mark.parametrize("at", [AT_WORK, AT_NIGHT, SATURDAY])
def test_high_goes_to_whoever_is_on_duty_at_once(at: datetime) -> None:
    assert route(HIGH, TEAM, at=at)[0] == Told(NURSE, Channel.EMAIL, at, Reason.FIRST)


def test_nothing_is_written_ahead() -> None:
    """Who is called later is asked later: tests/alerts/test_routing_calls.py."""
    assert {one.due_at for one in route(HIGH, TEAM, at=AT_NIGHT)} == {AT_NIGHT}


def test_two_on_the_same_level_are_told_together() -> None:
    team = replace(TEAM, members=(Member(NURSE, "nurse", 1), Member(OTHER, "nurse", 1)))
    assert who(route(HIGH, team, at=AT_WORK), Reason.FIRST) == [NURSE, OTHER]


def test_without_a_chain_all_physicians_are_on_duty() -> None:
    team = replace(TEAM, members=tuple(replace(one, on_call_order=0) for one in TEAM.members))
    assert who(route(HIGH, team, at=AT_WORK), Reason.FIRST) == [DOCTOR, CHIEF]


def test_without_physicians_all_members_are_on_duty() -> None:
    assert on_duty(replace(TEAM, members=(Member(NURSE, "nurse"), Member(OTHER, "coordinator")))) == (NURSE, OTHER)


@pytest.mark.parametrize("news", [HIGH, MODERATE, AT_ONCE, LOW])
@pytest.mark.parametrize("at", [AT_WORK, AT_NIGHT])
def test_an_empty_team_hears_nothing(news: News, at: datetime) -> None:
    assert route(news, Team(), at=at) == ()


def test_moderate_goes_to_the_own_clinician_in_working_hours() -> None:
    told = route(MODERATE, TEAM, at=AT_WORK)
    assert told[0] == Told(DOCTOR, Channel.EMAIL, AT_WORK, Reason.FIRST)
    assert who(told, Reason.FIRST) == [DOCTOR]


@pytest.mark.parametrize(
    ("at", "morning"),
    [
        (AT_NIGHT, datetime(2026, 11, 25, 6, tzinfo=UTC)),
        (SATURDAY, datetime(2026, 11, 29, 6, tzinfo=UTC)),
        (
            datetime(2026, 3, 28, 22, tzinfo=UTC),
            datetime(2026, 3, 29, 5, tzinfo=UTC),
        ),  # the night the clocks go forward
        (datetime(2026, 10, 24, 22, tzinfo=UTC), datetime(2026, 10, 25, 6, tzinfo=UTC)),  # and back
    ],
)
def test_moderate_outside_working_hours_waits_for_the_morning(at: datetime, morning: datetime) -> None:
    assert route(MODERATE, TEAM, at=at) == (Told(DOCTOR, Channel.DIGEST, morning, Reason.DIGEST),)


def test_moderate_without_an_own_clinician_goes_to_the_physicians() -> None:
    assert who(route(MODERATE, replace(TEAM, clinician=None), at=AT_WORK), Reason.FIRST) == [DOCTOR, CHIEF]


def test_a_rule_may_ask_for_moderate_at_once() -> None:
    told = route(AT_ONCE, TEAM, at=AT_NIGHT)
    assert who(told, Reason.FIRST) == [DOCTOR, NURSE]
    assert {one.due_at for one in told} == {AT_NIGHT}


def test_low_waits_for_monday() -> None:
    monday = datetime(2026, 11, 30, 6, tzinfo=UTC)
    assert route(LOW, TEAM, at=AT_WORK) == (Told(DOCTOR, Channel.WEEKLY, monday, Reason.WEEKLY),)


def test_what_was_true_at_a_first_look_is_told_in_the_digest() -> None:
    old = replace(HIGH, first_look=True, evidence_at=AT_WORK - timedelta(days=8))
    assert route(old, TEAM, at=AT_WORK) == (
        Told(NURSE, Channel.DIGEST, datetime(2026, 11, 25, 6, tzinfo=UTC), Reason.DIGEST),
    )


def test_a_moderate_finding_of_a_first_look_is_never_mailed_alone() -> None:
    fresh = replace(MODERATE, first_look=True, evidence_at=AT_WORK)
    assert {one.channel for one in route(fresh, TEAM, at=AT_WORK)} == {Channel.DIGEST}


@pytest.mark.parametrize("news", [HIGH, AT_ONCE])
def test_what_is_urgent_and_fresh_is_told_at_once_even_at_a_first_look(news: News) -> None:
    fresh = replace(news, first_look=True, evidence_at=AT_WORK - timedelta(days=7))
    assert route(fresh, TEAM, at=AT_WORK)[0].channel is Channel.EMAIL


def test_worse_is_told_as_worse() -> None:
    assert who(route(replace(HIGH, cause=Reason.WORSE), TEAM, at=AT_NIGHT), Reason.WORSE) == [NURSE]


def test_what_returned_is_mailed_only_where_it_is_high() -> None:
    back = replace(MODERATE, cause=Reason.RETURNED)
    assert {one.channel for one in route(back, TEAM, at=AT_WORK)} == {Channel.DIGEST}
    assert who(route(replace(HIGH, cause=Reason.RETURNED), TEAM, at=AT_WORK), Reason.RETURNED) == [NURSE]


def test_what_was_put_off_is_news_again_at_its_time() -> None:
    """A snooze ends when the team begins to work: what is moderate need not wait for the next morning's digest."""
    woken = replace(MODERATE, cause=Reason.WOKEN)
    assert who(route(woken, TEAM, at=AT_WORK), Reason.WOKEN) == [DOCTOR]
    assert {one.channel for one in route(woken, TEAM, at=SATURDAY)} == {Channel.DIGEST}
    assert who(route(replace(HIGH, cause=Reason.WOKEN), TEAM, at=SATURDAY), Reason.WOKEN) == [NURSE]


@pytest.mark.parametrize("days", [0, 7, 14.01, 400])
def test_what_wakes_is_no_old_news_however_old_its_sample(days: float) -> None:
    """A latching alert rests on one event for ever: put off three times, its sample is older than B0's fourteen days."""
    woken = replace(HIGH, cause=Reason.WOKEN, evidence_at=AT_NIGHT - timedelta(days=days))
    told = route(woken, TEAM, at=AT_NIGHT)
    assert [one.recipient for one in told] == [NURSE]
    assert {one.channel for one in told} == {Channel.EMAIL}
    asleep = replace(woken, severity=Severity.MODERATE)
    assert route(asleep, TEAM, at=AT_WORK)[0] == Told(DOCTOR, Channel.EMAIL, AT_WORK, Reason.WOKEN)


@pytest.mark.parametrize("cause", [Reason.FIRST, Reason.WORSE, Reason.RETURNED])
def test_what_rests_on_an_old_sample_waits_for_the_digest(cause: Reason) -> None:
    old = replace(HIGH, cause=cause, evidence_at=AT_NIGHT - timedelta(days=14, seconds=1))
    assert {one.channel for one in route(old, TEAM, at=AT_NIGHT)} == {Channel.DIGEST}


ASSIGNED = News(Severity.HIGH, Reason.ASSIGNED, owner=CHIEF)


@pytest.mark.parametrize("at", [AT_WORK, AT_NIGHT, SATURDAY])
def test_who_is_given_a_high_alert_is_mailed_at_once_and_alone(at: datetime) -> None:
    old = replace(ASSIGNED, evidence_at=at - timedelta(days=100))
    assert route(old, TEAM, at=at) == (Told(CHIEF, Channel.EMAIL, at, Reason.ASSIGNED),)


def test_who_is_given_another_reads_of_it_in_the_digest() -> None:
    morning, monday = datetime(2026, 11, 25, 6, tzinfo=UTC), datetime(2026, 11, 30, 6, tzinfo=UTC)
    moderate, low = (replace(ASSIGNED, severity=one) for one in (Severity.MODERATE, Severity.LOW))
    assert route(moderate, TEAM, at=AT_WORK) == (Told(CHIEF, Channel.DIGEST, morning, Reason.ASSIGNED),)
    assert route(low, TEAM, at=AT_WORK) == (Told(CHIEF, Channel.WEEKLY, monday, Reason.ASSIGNED),)


def test_what_nobody_was_given_is_told_to_nobody() -> None:
    assert route(replace(ASSIGNED, owner=None), TEAM, at=AT_WORK) == ()


def without(person: int, **fields: object) -> Team:
    """Return the team while somebody is away."""
    return replace(TEAM, members=tuple(one for one in TEAM.members if one.user_id != person), **fields)  # type: ignore[arg-type]


ABSENT: dict[str, tuple[Team, list[int], list[int]]] = {
    "is away, and somebody stands in": (without(CHIEF, instead={CHIEF: OTHER}), [OTHER], [OTHER]),
    "is away": (without(CHIEF), [NURSE], [DOCTOR]),
    "is away, as is the clinician": (without(CHIEF, clinician=None), [NURSE], [DOCTOR]),
    "left": (without(CHIEF, instead={DOCTOR: OTHER}), [NURSE], [DOCTOR]),
    "gets no mail": (without_mail(CHIEF), [NURSE], [DOCTOR]),
}


@pytest.mark.parametrize("why", ABSENT)
def test_what_somebody_was_given_who_is_not_there_is_told_to_whoever_has_it_meanwhile(why: str) -> None:
    """A high one to who stands in, else to who is on duty; another to who stands in, else to the own clinician: never to nobody."""
    team, urgent, others = ABSENT[why]
    assert who(route(ASSIGNED, team, at=AT_WORK), Reason.ASSIGNED) == urgent
    for severity in (Severity.MODERATE, Severity.LOW):
        assert who(route(replace(ASSIGNED, severity=severity), team, at=AT_WORK), Reason.ASSIGNED) == others


def test_who_was_mailed_of_a_high_alert_hears_that_it_recovered() -> None:
    over = News(Severity.HIGH, Reason.RECOVERED, told=frozenset({NURSE, 99}))
    assert route(over, TEAM, at=AT_NIGHT) == (Told(NURSE, Channel.EMAIL, AT_NIGHT, Reason.RECOVERED),)
    assert route(replace(over, severity=Severity.MODERATE), TEAM, at=AT_NIGHT) == ()


members = st.lists(
    st.builds(
        Member,
        st.integers(1, 8),
        st.sampled_from(["nurse", "physician", "coordinator"]),
        st.integers(0, 3),
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda one: one.user_id,
)
zones = st.sampled_from(["Europe/Berlin", "America/New_York", "Pacific/Apia", "UTC"])
teams = st.builds(
    lambda people, zone, own: Team(time_zone=zone, members=tuple(people), clinician=people[0].user_id if own else None),
    members,
    zones,
    st.booleans(),
)
news = st.builds(
    News,
    st.sampled_from(Severity),
    st.sampled_from([Reason.FIRST, Reason.WORSE, Reason.RETURNED, Reason.WOKEN]),
    st.sampled_from(Telling),
    st.booleans(),
)
instants = st.datetimes(datetime(2011, 12, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - the zone is given beside


@given(what=news, team=teams, at=instants)
def test_a_team_with_anybody_in_it_always_hears(what: News, team: Team, at: datetime) -> None:
    told = route(what, team, at=at)
    assert told
    assert all(one.due_at >= at for one in told)
    assert {one.recipient for one in told} <= {member.user_id for member in team.members}


@given(what=news, team=teams, at=instants)
def test_nobody_is_told_twice_at_the_same_moment(what: News, team: Team, at: datetime) -> None:
    told = [(one.recipient, one.due_at) for one in route(what, team, at=at)]
    assert len(set(told)) == len(told)


@given(team=teams)
def test_the_chain_names_nobody_twice(team: Team) -> None:
    people = [person for level in chain(team) for person in level]
    assert len(set(people)) == len(people) > 0
