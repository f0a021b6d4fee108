"""Remissions between confirmed exacerbations, their lengths in words, and the phase of a day."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.recurrence import (
    LEAST,
    MERGED,
    SETTINGS,
    Episode,
    Phase,
    Remission,
    chain,
    episodes,
    local_day,
    phase,
    remissions,
)
from patients.history import EventRecord, History
from tests.alerts.rules.histories import START, event, history, on, person

NB = "\u00a0"


def day_of(day: int) -> date:
    """Return the date of a day of the story."""
    return on(day).date()


def bout(start: int, until: int | None = None, *, status: str = "confirmed", id: int = 0) -> EventRecord:  # noqa: A002
    """Return a physician's word on an exacerbation."""
    findings: dict[str, Any] = {"status": status} | ({} if until is None else {"until": day_of(until).isoformat()})
    return event(start, "exacerbation", id=id or 1000 + start, **findings)


def ill(*bouts: tuple[int, int], at: int, events: Sequence[EventRecord] = (), **fields: Any) -> History:
    """Return the history of confirmed exacerbations from a day to another."""
    return history(events=[*(bout(*one) for one in bouts), *events], at=at, patient=person(**fields))


def lengths(known: History) -> list[int]:
    """Return the days of every remission."""
    return [one.days for one in remissions(known)]


SHORTENING = ((0, 20), (232, 250), (390, 400), (488, 500))
"""Remissions of 212, 140 and 88 days."""


def test_without_an_exacerbation_there_is_no_remission() -> None:
    known = history(at=500)
    assert (episodes(known), remissions(known), chain(known)) == ((), (), "")


def test_a_remission_lasts_from_the_end_of_one_exacerbation_to_the_start_of_the_next() -> None:
    known = ill((0, 20), (232, 250), at=240)
    assert remissions(known) == (Remission(day_of(20), day_of(232), 212, open=False, proposed=False),)


def test_the_open_remission_has_no_end() -> None:
    known = ill(*SHORTENING, at=541)
    assert remissions(known)[-1] == Remission(day_of(500), None, 41, open=True, proposed=False)
    assert [one.open for one in remissions(known)] == [False, False, False, True]


def test_the_chain_is_that_of_the_worklist() -> None:
    assert chain(ill(*SHORTENING, at=541)) == f"212 → 140 → 88 → 41+{NB}days"


def test_during_an_exacerbation_no_remission_is_open() -> None:
    assert chain(ill(*SHORTENING, at=495)) == f"212 → 140 → 88{NB}days"
    assert chain(ill((0, 20), at=20)) == ""


@pytest.mark.parametrize(("at", "words"), [(21, f"1+{NB}day"), (22, f"2+{NB}days"), (48, f"28+{NB}days")])
def test_the_open_remission_counts_from_its_first_day(at: int, words: str) -> None:
    assert chain(ill((0, 20), at=at)) == words


@pytest.mark.parametrize(("gap", "counted"), [(27, []), (28, [28]), (29, [29])])
def test_a_closed_remission_has_28_days_at_least(gap: int, counted: list[int]) -> None:
    assert lengths(ill((0, 20), (20 + gap, 60 + gap), at=60 + gap)) == counted


@pytest.mark.parametrize(("start", "number"), [(27, 1), (28, 2)])
def test_exacerbations_that_start_within_28_days_are_one(start: int, number: int) -> None:
    known = ill((0, 5), (start, start + 5), at=100)
    assert len(episodes(known)) == number
    assert episodes(known)[0].start == day_of(0)
    assert episodes(known)[-1].end == day_of(start + 5)


def test_starts_are_compared_with_the_one_before_and_not_the_first() -> None:
    assert episodes(ill((0, 2), (20, 22), (40, 42), (60, 62), at=100)) == (Episode(day_of(0), day_of(62)),)


def test_exacerbations_that_overlap_are_one_however_far_their_starts_lie_apart() -> None:
    assert episodes(ill((0, 60), (50, 70), at=100)) == (Episode(day_of(0), day_of(70)),)
    assert episodes(ill((0, 60), (30, 40), at=100)) == (Episode(day_of(0), day_of(60)),)


def test_a_rejected_exacerbation_is_none() -> None:
    known = history(events=[bout(0, 20), bout(100, 120, status="rejected")], at=200)
    assert lengths(known) == [180]


def test_an_exacerbation_without_an_end_ends_after_14_days() -> None:
    known = history(events=[bout(0)], at=14)
    assert episodes(known) == (Episode(day_of(0), day_of(14)),)
    assert phase(known).words == "exacerbation, day 15"
    assert phase(history(events=[bout(0)], at=15)).words == "remission, day 1"


def test_a_remission_that_is_recorded_ends_an_exacerbation_without_an_end() -> None:
    known = history(events=[bout(0), event(9, "remission")], at=30)
    assert episodes(known) == (Episode(day_of(0), day_of(8)),)
    late = history(events=[bout(0), event(20, "remission")], at=30)
    assert episodes(late) == (Episode(day_of(0), day_of(14)),)
    same_day = history(events=[bout(0), event(0, "remission")], at=30)
    assert episodes(same_day) == (Episode(day_of(0), day_of(14)),)


def test_an_end_before_the_start_is_the_start() -> None:
    assert episodes(history(events=[bout(50, 40)], at=100)) == (Episode(day_of(50), day_of(50)),)


def test_what_lies_ahead_is_not_seen() -> None:
    known = ill((0, 20), (100, 110), at=90)
    assert chain(known) == f"70+{NB}days"
    assert chain(replace(known, at=on(150))) == f"80 → 40+{NB}days"


def test_days_are_those_of_the_patient() -> None:
    late = EventRecord(
        1, "exacerbation", datetime(2024, 1, 1, 23, 30, tzinfo=UTC), "minute", {"status": "confirmed"}, 1
    )
    for zone, day in (("UTC", 1), ("Europe/Berlin", 2), ("Pacific/Kiritimati", 2), ("America/New_York", 1)):
        known = history(events=[late], at=60, patient=person(time_zone=zone))
        assert episodes(known)[0].start == date(2024, 1, day)
        assert local_day(known, late.effective_at) == date(2024, 1, day)


def test_an_event_of_day_precision_begins_on_its_local_day() -> None:
    midnight = datetime(2024, 3, 9, 23, tzinfo=UTC)  # 10 March in Berlin
    known = history(
        events=[EventRecord(1, "exacerbation", midnight, "day", {"status": "confirmed", "until": "2024-03-20"}, 1)],
        at=100,
        patient=person(time_zone="Europe/Berlin"),
    )
    assert episodes(known) == (Episode(date(2024, 3, 10), date(2024, 3, 20)),)


def test_the_change_of_clocks_takes_no_day() -> None:
    berlin = person(time_zone="Europe/Berlin")
    known = history(events=[bout(60, 70)], at=70, patient=berlin)  # until 11 March 2024; clocks change on the 31st
    assert [lengths(replace(known, at=on(day))) for day in (71, 89, 90, 91)] == [[1], [19], [20], [21]]


def test_the_29th_of_february_counts() -> None:
    assert START.year == 2024
    known = ill((0, 58), at=61)  # until 28 February
    assert remissions(known)[-1].days == (date(2024, 3, 2) - date(2024, 2, 28)).days == 3


def test_an_open_remission_is_censored_by_death() -> None:
    known = ill((0, 20), at=500, death_date=day_of(100))
    assert remissions(known) == (Remission(day_of(20), None, 80, open=True, proposed=False),)
    assert phase(known) == Phase("died", day_of(100), None, f"died on 10{NB}Apr{NB}2024")
    assert remissions(ill((0, 20), at=500, death_date=day_of(15))) == ()


def test_a_death_that_lies_ahead_of_what_is_seen_is_not_known() -> None:
    assert phase(ill((0, 20), at=50, death_date=day_of(100))).name == "remission"


@pytest.mark.parametrize(
    ("at", "words"), [(0, "exacerbation, day 1"), (3, "exacerbation, day 4"), (20, "exacerbation, day 21")]
)
def test_the_first_day_of_an_exacerbation_is_day_1(at: int, words: str) -> None:
    assert phase(ill((0, 20), at=at)) == Phase("exacerbation", day_of(0), at + 1, words)


@pytest.mark.parametrize(("at", "day"), [(21, 1), (108, 88)])
def test_after_an_exacerbation_comes_remission(at: int, day: int) -> None:
    known = ill((0, 20), at=at)
    assert phase(known) == Phase("remission", day_of(21), day, f"remission, day {day}")
    assert lengths(known) == [day]


def test_of_whom_nothing_was_said_the_phase_is_unknown() -> None:
    assert phase(history(at=100)) == Phase("unknown", None, None, "unknown")
    assert phase(history(events=[event(3, "diagnosis", text="IPH")], at=100)).name == "unknown"


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("acute", "acute"),
        ("exacerbation", "exacerbation"),
        ("incomplete_remission", "incomplete remission"),
        ("remission", "remission"),
    ],
)
def test_a_diagnosis_may_state_the_phase(said: str, name: str) -> None:
    known = history(events=[event(10, "diagnosis", text="IPH", phase=said)], at=12)
    assert phase(known) == Phase(name, day_of(10), 3, f"{name}, day 3")
    assert remissions(known) == ()  # it confirms no exacerbation


@pytest.mark.parametrize(
    ("complete", "name"), [(None, "remission"), (True, "remission"), (False, "incomplete remission")]
)
def test_a_remission_may_be_incomplete(complete: object, name: str) -> None:
    findings: dict[str, Any] = {} if complete is None else {"complete": complete}
    assert phase(ill((0, 20), at=40, events=[event(30, "remission", **findings)])).name == name


def test_the_same_said_again_does_not_begin_anew() -> None:
    again = [event(40, "remission"), event(60, "diagnosis", text="IPH", phase="remission")]
    assert phase(ill((0, 20), at=70, events=again)).words == "remission, day 50"


def test_what_was_said_during_an_exacerbation_does_not_end_it() -> None:
    said = [event(10, "diagnosis", text="IPH", phase="remission")]
    assert phase(ill((0, 20), at=12, events=said)).words == "exacerbation, day 13"
    assert phase(ill((0, 20), at=25, events=said)).words == "remission, day 5"


def test_of_one_day_the_diagnosis_counts() -> None:
    said = [event(30, "diagnosis", text="IPH", phase="incomplete_remission", id=1), event(30, "remission", id=2)]
    assert phase(ill((0, 20), at=30, events=said)).words == "incomplete remission, day 1"


@pytest.mark.parametrize(("morning", "evening"), [("acute", "remission"), ("remission", "acute")])
def test_of_two_diagnoses_of_one_day_the_later_counts(morning: str, evening: str) -> None:
    said = [event(10 + place / 4, "diagnosis", text="IPH", phase=one) for place, one in enumerate((morning, evening))]
    assert phase(history(events=said, at=12)).name == evening


def test_numbers_have_a_source() -> None:
    assert [(one.name, one.default) for one in SETTINGS] == [("merged_days", 28), ("remission_least_days", 28)]
    assert all("B3" in one.source and one.low <= one.default <= one.high for one in (MERGED, LEAST))


BOUTS = st.lists(st.tuples(st.integers(0, 900), st.integers(0, 60)), max_size=8)


@given(BOUTS, st.integers(0, 1200))
def test_remissions_lie_between_exacerbations_in_order(bouts: list[tuple[int, int]], at: int) -> None:
    known = ill(*((start, start + days) for start, days in bouts), at=at)
    found, those = remissions(known), episodes(known)
    assert all(
        before.end < after.start and (after.start - before.start).days >= 28 for before, after in pairwise(those)
    )
    assert {one.start for one in found} <= {one.end for one in those}
    assert all(
        one.end == one.start + timedelta(days=one.days) and one.days >= 28 for one in found if one.end is not None
    )
    assert [one.open for one in found[:-1]] == [False] * len(found[:-1])
    assert len([one for one in found if not one.open]) <= max(0, len(those) - 1)


@given(BOUTS, st.integers(0, 1200))
def test_the_phase_and_the_open_remission_agree(bouts: list[tuple[int, int]], at: int) -> None:
    known = ill(*((start, start + days) for start, days in bouts), at=at)
    now, spells = phase(known), remissions(known)
    still_open = bool(spells) and spells[-1].open
    assert (now.name == "remission") is still_open
    if still_open:
        assert now.day == spells[-1].days
    if now.since is not None:
        assert now.day == (day_of(at) - now.since).days + 1


@given(BOUTS, st.randoms(use_true_random=False))
def test_the_order_of_recording_does_not_matter(bouts: list[tuple[int, int]], chance: Any) -> None:
    events = [bout(start, start + days, id=place) for place, (start, days) in enumerate(bouts, start=1)]
    known = history(events=events, at=1000)
    chance.shuffle(events)
    assert chain(known) == chain(replace(known, events=tuple(events)))
    assert phase(known) == phase(replace(known, events=tuple(events)))
