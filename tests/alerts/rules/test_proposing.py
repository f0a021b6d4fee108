"""Proposals while hemoglobin is walked: forward, so that no result is judged by what it proposes."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as profile
from hypothesis import strategies as st

from alerts.episodes import Proposal
from alerts.rules import hemoglobin_fall, support
from alerts.rules.proposing import SETTINGS, proposing, terms_of
from alerts.rules.results import Results, hemoglobin
from alerts.rules.steady import Walk
from patients.history import EventRecord, History
from tests.alerts.rules.histories import STEADY, Point, event, finding, history, monthly, on, series

NUMBERS = hemoglobin_fall.RULE.resolved({})
FILM = event(170, "chest_xray", id=31, new_foci=True)


def results(known: History) -> Results:
    """Return the hemoglobin of a history."""
    return hemoglobin(known, NUMBERS, known.at, also=support.CODES)


def story(*later: Point, events: tuple[EventRecord, ...] = (FILM,), at: float = 400) -> History:
    """Return six steady results of 124 g/L, days 0 to 140, and what came later."""
    return history(series([*STEADY, *later]), events=events, at=at)


def proposed(known: History) -> list[tuple[int, int, int]]:
    """Return first day, last sign's day and points of what is proposed."""
    found: tuple[Proposal, ...] = hemoglobin_fall.proposed(results(known), NUMBERS)
    return [((one.start - on(0).date()).days, (one.last_sign - on(0).date()).days, one.points) for one in found]


def walked(known: History) -> Walk:
    """Return the walk of a history."""
    return hemoglobin_fall.steps(results(known), NUMBERS)


def test_a_low_hemoglobin_and_a_film_propose() -> None:
    assert proposed(story((168, 112))) == [(168, 170, 5)]  # below the 99 % limit, R2: 2 points, foci 3


def test_far_below_the_baseline_counts_three() -> None:
    sputum = event(170, "sputum", erythrocytes="many")
    assert proposed(story((168, 105), events=(sputum,))) == [(168, 170, 4)]  # R2+
    assert proposed(story((168, 113), events=(sputum,))) == []


def test_hemoglobin_alone_proposes_nothing() -> None:
    known = story((168, 90), (175, 85), events=())
    assert proposed(known) == []
    assert proposing(results(known), lambda *_: True) is None


def test_the_way_back_is_no_sign() -> None:
    back = story((168, 100), (175, 104), (182, 108), (189, 112))
    assert proposed(back) == [(168, 170, 6)]
    deeper = story((168, 100), (175, 104), (182, 101), (189, 112))
    assert proposed(deeper) == [(168, 182, 6)]


def test_a_decision_absorbs_the_signs_of_the_walk() -> None:
    no = event(168, "exacerbation", id=32, status="rejected", until="2024-06-20")
    assert proposed(story((168, 105), events=(FILM, no))) == []


def test_a_result_is_not_judged_by_what_it_proposes() -> None:
    """Four steady results within four weeks: with the fall of day 30 and a film before it, these weeks would be no baseline."""
    few = ((0, 124), (8, 125), (16, 123), (24, 124))
    film = event(29, "chest_xray", id=31, new_foci=True)
    known = history(series([*few, (30, 108)]), events=[film], at=31)
    (one,) = hemoglobin_fall.proposed(results(known), NUMBERS)
    assert (one.start, one.last_sign) == (on(29).date(), on(30).date())
    raised = finding(hemoglobin_fall.RULE, known)
    assert raised.numbers["baseline"] == 124
    assert raised.numbers["n"] == 3  # the least of a baseline: all lie within the four weeks before


def test_results_of_a_proposed_exacerbation_make_no_baseline() -> None:
    """Blood and a hemorrhagic lavage without a fall: the results around them are left out, those before stay."""
    signs = (event(170, "hemoptysis", id=41, amount="teaspoon"), event(171, "lavage", id=42, hemorrhagic=True))
    later = ((150, 119.0), (168, 119.0), (175, 118.0), (182, 119.0), (260, 124.0))
    with_signs, without = (walked(story(*later, events=some)) for some in (signs, ()))
    members = [with_signs.references[-1], without.references[-1]]
    days = [{round(path.results.times[m] / 86400 - on(0).timestamp() / 86400) for m in one.members}
            for path, one in zip((with_signs, without), members, strict=True) if one]  # fmt: skip
    assert days[0] == {0, 28, 56, 84, 112, 140}
    assert {168, 175, 182} <= days[1]


def test_results_before_a_sign_were_judged_without_it() -> None:
    signs = (event(170, "hemoptysis", id=41, amount="teaspoon"), event(171, "lavage", id=42, hemorrhagic=True))
    one, other = (walked(story((168, 121), (200, 122), events=some)) for some in (signs, ()))
    assert [ref and ref.members for ref in one.references[:7]] == [ref and ref.members for ref in other.references[:7]]
    assert one.references[7] is not None


def test_recovery_after_a_proposal_is_left_out_until_hemoglobin_was_back() -> None:
    """Below the 95 % limit after the last day of a proposal: its recovery, no steady state; back above, it is."""
    signs = (event(170, "hemoptysis", id=41, amount="teaspoon"), event(171, "lavage", id=42, hemorrhagic=True))
    path = walked(story((190, 116.9), (200, 124), (230, 124), events=signs))
    kept = {place for _, places in path.pools.by_epoch.values() for place in places}
    assert [place in kept for place in (6, 7, 8)] == [False, True, True]


def test_the_same_spans_are_given_until_something_new_is_known() -> None:
    known = story((168, 105), (260, 124))
    found = proposing(results(known), lambda *_: False)
    assert found is not None
    early = found.before(on(169).timestamp())
    assert early == []
    assert found.before(on(169).timestamp()) is early
    found.low.append(hemoglobin_fall.proposed(results(known), NUMBERS)[0].signs[0])
    (span,) = found.before(on(300).timestamp())
    assert span[0] == on(168).timestamp()
    assert found.before(on(301).timestamp()) is found.spans


@pytest.mark.parametrize(("chosen", "number"), [({}, 1), ({"episode_points": 6}, 0), ({"episode_days": 7}, 1)])
def test_terms_are_settings(chosen: dict[str, float], number: int) -> None:
    known = story((168, 112))
    changed = History(known.patient, 1, known.at, known.series, known.events, settings=chosen)
    assert len(proposed(changed)) == number
    assert [one.name for one in SETTINGS] == ["episode_points", "episode_days", "merged_days", "remission_least_days"]
    assert (terms_of(known).enough, terms_of(known).within, terms_of(known).apart) == (4, 14, 28)


EVENTS = st.lists(st.tuples(st.integers(0, 300), st.sampled_from(["film", "blood", "lavage"])), max_size=6)
VALUES = st.lists(st.floats(80, 135), min_size=3, max_size=12)
WHAT: dict[str, tuple[str, dict[str, Any]]] = {
    "film": ("chest_xray", {"new_foci": True}),
    "blood": ("hemoptysis", {"amount": "teaspoon"}),
    "lavage": ("lavage", {"hemorrhagic": True}),
}


@given(VALUES, EVENTS, st.integers(1, 12))
@profile(max_examples=60)
def test_what_was_judged_stays_as_it_was_when_more_becomes_known(
    values: list[float], happened: list[tuple[int, str]], cut: int
) -> None:
    """Forward: the references of the first results are the same, whatever follows them (results a month apart)."""
    points = monthly(*values)
    events = [
        event(day + 0.4, WHAT[what][0], id=50 + place, **WHAT[what][1]) for place, (day, what) in enumerate(happened)
    ]
    early = points[:cut]
    until = early[-1][0] + 0.1
    past = history(series(early), events=[one for one in events if one.effective_at <= on(until)], at=until)
    now = history(series(points), events=events, at=500)
    first, later = walked(past), walked(now)
    for one, other in zip(first.references, later.references, strict=False):
        assert (one and (one.kind, one.members)) == (other and (other.kind, other.members))
