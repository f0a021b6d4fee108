"""Who of a team is there at a moment, and when nobody stands on any level of the chain."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.rota import Away, Gap, Rota, Seat, Shift, gaps, present
from alerts.routing import Team, chain

NOW = datetime(2026, 11, 28, 8, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LONG_AGO = NOW - 900 * DAY
NURSE, DOCTOR, CHIEF = 1, 2, 3
SEATS = (
    Seat(NURSE, "nurse", 1, LONG_AGO),
    Seat(DOCTOR, "physician", 2, LONG_AGO),
    Seat(CHIEF, "physician", 0, LONG_AGO),
)


def levels(rota: Rota, at: datetime = NOW) -> dict[int, int]:
    """Return the level of everybody who is there."""
    return {one.user_id: one.on_call_order for one in present(rota, at)[0]}


def off(person: int, stand_in: int | None = None, *, begins: datetime = NOW, lasts: timedelta = DAY) -> Away:
    """Return an absence from now on."""
    return Away(person, stand_in, begins, begins + lasts)


def test_without_duties_everybody_has_the_usual_place() -> None:
    assert levels(Rota(SEATS)) == {NURSE: 1, DOCTOR: 2, CHIEF: 0}


def test_a_duty_moves_a_member_for_its_time_and_nobody_else() -> None:
    rota = Rota(SEATS, (Shift(CHIEF, 1, NOW, NOW + DAY), Shift(NURSE, 3, NOW, NOW + DAY)))
    assert levels(rota) == {NURSE: 3, DOCTOR: 2, CHIEF: 1}
    for at in (NOW - timedelta(seconds=1), NOW + DAY):
        assert levels(rota, at) == {NURSE: 1, DOCTOR: 2, CHIEF: 0}


def test_of_two_duties_at_once_the_first_level_holds() -> None:
    rota = Rota(SEATS, (Shift(CHIEF, 3, NOW, NOW + DAY), Shift(CHIEF, 2, NOW, NOW + DAY)))
    assert levels(rota)[CHIEF] == 2


def test_a_duty_of_who_is_no_member_counts_for_nothing() -> None:
    assert levels(Rota(SEATS, (Shift(99, 1, NOW, NOW + DAY),))) == levels(Rota(SEATS))


@pytest.mark.parametrize(("begins", "ends"), [(NOW + HOUR, None), (LONG_AGO, NOW)])
def test_who_has_not_begun_or_has_left_is_not_there(begins: datetime, ends: datetime | None) -> None:
    assert NURSE not in levels(Rota((replace(SEATS[0], starts_at=begins, ends_at=ends), *SEATS[1:])))


def test_who_is_away_is_not_there_and_who_stands_in_takes_the_place() -> None:
    rota = Rota(SEATS, away=(off(NURSE, CHIEF),))
    assert levels(rota) == {DOCTOR: 2, CHIEF: 1}
    assert present(rota, NOW)[1] == {NURSE: CHIEF}
    assert levels(rota, NOW + DAY) == levels(Rota(SEATS))


def test_who_stands_in_keeps_a_better_place_and_takes_a_duty() -> None:
    assert levels(Rota(SEATS, away=(off(DOCTOR, NURSE),))) == {NURSE: 1, CHIEF: 0}
    on_duty = Rota(SEATS, (Shift(DOCTOR, 1, NOW, NOW + DAY),), (off(DOCTOR, CHIEF),))
    assert levels(on_duty) == {NURSE: 1, CHIEF: 1}


@pytest.mark.parametrize("other", [None, 99])
def test_without_a_stand_in_who_is_a_member_the_place_is_empty(other: int | None) -> None:
    rota = Rota(SEATS, away=(off(NURSE, other),))
    assert levels(rota) == {DOCTOR: 2, CHIEF: 0}
    assert present(rota, NOW)[1] == {}


def test_who_stands_in_and_is_away_too_passes_it_on() -> None:
    rota = Rota(SEATS, away=(off(NURSE, DOCTOR), off(DOCTOR, CHIEF)))
    assert levels(rota) == {CHIEF: 1}
    assert present(rota, NOW)[1] == {NURSE: CHIEF, DOCTOR: CHIEF}


def test_two_who_stand_in_for_each_other_pass_it_to_nobody() -> None:
    rota = Rota(SEATS, away=(off(NURSE, DOCTOR), off(DOCTOR, NURSE)))
    assert levels(rota) == {CHIEF: 0}
    assert present(rota, NOW)[1] == {}


def test_where_all_are_away_they_are_told_as_if_nobody_were() -> None:
    assert levels(Rota(SEATS, away=tuple(off(one.user_id) for one in SEATS))) == levels(Rota(SEATS))


def test_where_mail_reaches_only_people_who_are_away_they_are_told_as_if_nobody_were() -> None:
    """Nobody who is there would hear of it, not even as a stand-in."""
    seats = (SEATS[0], *(replace(one, reachable=False) for one in SEATS[1:]))
    for away in ((off(NURSE),), (off(NURSE, CHIEF),), (off(NURSE, DOCTOR), off(CHIEF))):
        rota = Rota(seats, away=away)
        assert levels(rota) == levels(Rota(seats))
        assert present(rota, NOW)[1] == {}
        assert chain(Team(members=present(rota, NOW)[0])) == ((NURSE,),)
        assert gaps(rota, NOW, NOW + DAY) == ()


def test_absences_hold_where_somebody_who_is_there_is_reached_or_nobody_is_at_all() -> None:
    one = (SEATS[0], replace(SEATS[1], reachable=False), SEATS[2])
    none = tuple(replace(seat, reachable=False) for seat in SEATS)
    for seats in (one, none):
        assert levels(Rota(seats, away=(off(NURSE),))) == {DOCTOR: 2, CHIEF: 0}


def test_a_place_held_twice_is_one() -> None:
    twice = Rota((replace(SEATS[0], ends_at=NOW + DAY), *SEATS))
    assert [one.user_id for one in present(twice, NOW)[0]].count(NURSE) == 1


def test_a_gap_is_when_nobody_stands_on_a_level() -> None:
    """A team whose chain is duties alone: the night between two is a gap, in which the physicians would be called."""
    seats = tuple(replace(one, order=0) for one in SEATS)
    duties = (Shift(NURSE, 1, NOW, NOW + 12 * HOUR), Shift(NURSE, 1, NOW + DAY, NOW + 2 * DAY))
    assert gaps(Rota(seats, duties), NOW, NOW + 2 * DAY) == (Gap(NOW + 12 * HOUR, NOW + DAY, (DOCTOR, CHIEF)),)


def test_an_absence_makes_a_gap_and_a_stand_in_none() -> None:
    alone = (SEATS[0], SEATS[2])
    assert gaps(Rota(alone, away=(off(NURSE, begins=NOW + HOUR, lasts=HOUR),)), NOW, NOW + DAY) == (
        Gap(NOW + HOUR, NOW + 2 * HOUR, (CHIEF,)),
    )
    assert gaps(Rota(alone, away=(off(NURSE, CHIEF),)), NOW, NOW + DAY) == ()


def test_spans_that_touch_and_end_alike_are_one_gap() -> None:
    away = (off(NURSE, lasts=HOUR), off(NURSE, begins=NOW + HOUR, lasts=HOUR))
    assert gaps(Rota(SEATS[::2], away=away), NOW, NOW + DAY) == (Gap(NOW, NOW + 2 * HOUR, (CHIEF,)),)


def test_a_team_of_nobody_is_one_gap_in_which_nobody_is_called() -> None:
    assert gaps(Rota(), NOW, NOW + DAY) == (Gap(NOW, NOW + DAY, ()),)


def test_a_level_of_people_whose_mail_comes_back_is_a_gap() -> None:
    refused = (replace(SEATS[0], reachable=False), SEATS[2])
    assert gaps(Rota(refused), NOW, NOW + DAY) == (Gap(NOW, NOW + DAY, (CHIEF,)),)


moments = st.integers(0, 60).map(lambda hours: NOW + hours * HOUR)
spans = st.tuples(moments, st.integers(1, 30)).map(lambda one: (one[0], one[0] + one[1] * HOUR))
people = st.integers(1, 5)
rotas = st.builds(
    lambda seats, shifts, away: Rota(
        tuple(Seat(person, role, order, LONG_AGO, None, reached) for person, role, order, reached in seats),
        tuple(Shift(person, level, *span) for person, level, span in shifts),
        tuple(Away(person, other, *span) for person, other, span in away),
    ),
    st.lists(
        st.tuples(people, st.sampled_from(["nurse", "physician"]), st.integers(0, 2), st.booleans()),
        min_size=1,
        max_size=5,
        unique_by=lambda one: one[0],
    ),
    st.lists(st.tuples(people, st.integers(1, 3), spans), max_size=6),
    st.lists(st.tuples(people, st.one_of(st.none(), people), spans), max_size=6),
)


@given(rota=rotas, at=moments)
def test_a_team_with_members_is_never_without_anybody(rota: Rota, at: datetime) -> None:
    members, instead = present(rota, at)
    here = [one.user_id for one in members]
    assert here
    assert len(set(here)) == len(here)
    assert set(here) <= {one.user_id for one in rota.seats}
    assert set(instead.values()) <= set(here)
    assert not instead.keys() & set(here)
    assert chain(Team(members=members))
    now = [one.user_id for one in rota.seats if one.reachable]
    assert any(one.reachable for one in members) is bool(now)


@given(rota=rotas, at=moments)
def test_gaps_are_exactly_when_no_level_has_anybody(rota: Rota, at: datetime) -> None:
    found = gaps(rota, NOW, NOW + 90 * HOUR)
    inside = any(one.starts_at <= at < one.ends_at for one in found)
    assert inside is not any(one.on_call_order > 0 and one.reachable for one in present(rota, at)[0])
    assert all(before.ends_at <= after.starts_at for before, after in pairwise(found))
