"""Exacerbations that are proposed: what waits for a decision, what absorbs it, and how both kinds count."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.recurrence import Episode, chain, episodes, phase, proposals, remissions
from patients.history import EventRecord, History
from tests.alerts.rules.histories import event, history, on, person, series

NB = "\u00a0"


def day_of(day: int) -> date:
    """Return the date of a day of the story."""
    return on(day).date()


def signs(day: int, *, id: int = 0) -> list[EventRecord]:  # noqa: A002
    """Return what proposes an exacerbation of a day and the 14 after it."""
    first = id or 2000 + 2 * day
    blood = event(day, "hemoptysis", id=first + 1, amount="teaspoon")
    return [event(day, "chest_xray", id=first, new_foci=True), blood]


def word(day: int, until: int | None, status: str = "confirmed") -> EventRecord:
    """Return a physician's decision."""
    end = {} if until is None else {"until": day_of(until).isoformat()}
    return event(day, "exacerbation", id=1000 + day, status=status, **end)


def of(*events: EventRecord | Sequence[EventRecord], at: float = 400, **fields: Any) -> History:
    """Return a history of events, some given together."""
    flat = [one for some in events for one in (some if isinstance(some, Sequence) else [some])]
    return history(events=flat, at=at, **fields)


def spans(known: History) -> list[tuple[int, int, bool]]:
    """Return first and last days of exacerbations, and whether each is proposed."""
    return [((one.start - day_of(0)).days, (one.end - day_of(0)).days, one.proposed) for one in episodes(known)]


def waiting(known: History) -> list[tuple[int, int]]:
    """Return first and last days of what waits for a decision."""
    return [((one.start - day_of(0)).days, (one.end - day_of(0)).days) for one in proposals(known)]


def test_what_signs_propose_waits_and_counts() -> None:
    known = of(signs(100))
    assert waiting(known) == [(100, 114)]
    assert spans(known) == [(100, 114, True)]
    assert remissions(known)[0].proposed


@pytest.mark.parametrize("status", ["confirmed", "rejected"])
def test_a_decision_ends_the_waiting(status: str) -> None:
    known = of(signs(100), word(100, 114, status))
    assert waiting(known) == []
    assert spans(known) == ([(100, 114, False)] if status == "confirmed" else [])


def test_days_that_a_physician_moved_absorb_what_they_meet() -> None:
    known = of(signs(100), word(104, 110))
    assert (waiting(known), spans(known)) == ([], [(104, 110, False)])


def test_signs_after_a_rejection_are_a_new_question() -> None:
    known = of(signs(100), word(100, 100, "rejected"), signs(107))
    assert waiting(known) == [(107, 121)]


def test_confirmed_and_proposed_ones_make_one_chain() -> None:
    known = of(word(0, 20), signs(120), signs(250), at=300)
    assert spans(known) == [(0, 20, False), (120, 134, True), (250, 264, True)]
    assert [(one.days, one.proposed) for one in remissions(known)] == [(100, True), (116, True), (36, True)]
    assert chain(known) == f"100 → 116 → 36+{NB}days"


def test_one_that_starts_soon_after_a_confirmed_one_is_one_with_it_and_still_waits() -> None:
    known = of(word(0, 5), signs(20), at=100)
    assert spans(known) == [(0, 34, False)]
    assert waiting(known) == [(20, 34)]


def test_a_confirmed_one_without_an_end_goes_on_with_its_signs() -> None:
    known = of(word(100, None), signs(110), signs(122))
    assert (waiting(known), spans(known)) == ([], [(100, 136, False)])
    assert spans(of(word(100, None))) == [(100, 114, False)]


def test_a_remission_ends_one_where_no_sign_follows() -> None:
    ended = of(signs(100), event(109, "remission", id=7))
    assert (waiting(ended), spans(ended)) == ([(100, 108)], [(100, 108, True)])
    contradicted = of(signs(100), event(105, "remission", id=7), signs(110))
    assert spans(contradicted) == [(100, 124, True)]
    open_ = of(word(100, None), signs(110), event(115, "remission", id=7))
    assert spans(open_) == [(100, 114, False)]


def test_the_phase_says_that_it_is_only_proposed() -> None:
    now = phase(of(signs(100), at=103))
    assert (now.name, now.day, now.words) == ("exacerbation", 4, "proposed exacerbation, day 4")
    assert phase(of(signs(100), word(100, None), at=103)).words == "exacerbation, day 4"
    assert phase(of(signs(100), at=115)).words == "remission, day 1"


@pytest.mark.parametrize(("said", "words"), [("acute", "acute, day 2"), ("remission", "remission, day 2")])
def test_what_a_physician_said_since_goes_before_a_proposal(said: str, words: str) -> None:
    known = of(signs(100), event(102, "diagnosis", id=8, text="IPH", phase=said), at=103)
    assert phase(known).words == words
    assert waiting(known) == [(100, 114)]
    before = of(signs(100), event(99, "diagnosis", id=8, text="IPH", phase=said), at=103)
    assert phase(before).words == "proposed exacerbation, day 4"


def test_what_lies_ahead_proposes_nothing() -> None:
    known = of(signs(100), at=99)
    assert (waiting(known), spans(known)) == ([], [])
    assert waiting(replace(known, at=on(101))) == [(100, 114)]


def test_a_history_with_another_settings_or_person_is_another() -> None:
    known = of(signs(100))
    assert waiting(known) == [(100, 114)]
    assert waiting(replace(known, settings={"episode_points": 6})) == []
    assert waiting(replace(known, settings={"episode_days": 20})) == [(100, 120)]
    tokyo = replace(known, patient=person(time_zone="Pacific/Kiritimati"))
    assert waiting(tokyo) == [(100, 114)]  # 8 in the morning UTC is the same day there
    assert waiting(known) == [(100, 114)]


def test_low_hemoglobin_proposes_together_with_another_sign() -> None:
    red = series([*((day, 124.0) for day in range(0, 150, 28)), (160, 100.0)])
    film = event(162, "chest_xray", id=5, new_foci=True)
    assert waiting(history(red, events=[film], at=200)) == [(160, 176)]
    assert waiting(history(red, at=200)) == []


EVENTS = st.lists(
    st.tuples(st.integers(0, 300), st.sampled_from(["signs", "confirmed", "rejected", "open"])), max_size=8
)


@given(EVENTS, st.integers(0, 400))
def test_nothing_decided_waits_and_all_that_waits_counts(happened: list[tuple[int, str]], at: int) -> None:
    events: list[EventRecord] = []
    for place, (day, what) in enumerate(happened):
        if what == "signs":
            events += signs(day, id=10_000 + 2 * place)
        else:
            status = "confirmed" if what == "open" else what
            events.append(replace(word(day, None if what == "open" else day + 9, status), id=place + 1))
    known = of(events, at=at)
    taken: list[Episode] = list(episodes(known))
    for one in proposals(known):
        assert any(each.start <= one.start and one.end <= each.end for each in taken)
        assert not any(
            one.start <= day_of(day + 9) and day_of(day) <= one.end and day <= at
            for day, what in happened
            if what in ("confirmed", "rejected")
        )
