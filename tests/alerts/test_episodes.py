"""Exacerbations proposed from signs: how many points, of how many sources, within which days, and where they begin and end."""

from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.episodes import NAMES, Proposal, Sign, Source, Span, Terms, best_of, free, proposals, strength
from tests.alerts.rules.histories import on

TERMS = Terms()
SOURCES = sorted(NAMES)


def day_of(day: int) -> date:
    """Return the date of a day of the story."""
    return on(day).date()


def sign(day: int, points: int, source: Source = "film", *, row: int = 0) -> Sign:
    """Return a sign, a row of its own unless told otherwise."""
    return Sign(on(day), day_of(day), points, source, f"{source} {points}", "event", row or 10 * day + points)


def found(*signs: Sign, decided: tuple[Span, ...] = (), **terms: Any) -> tuple[Proposal, ...]:
    """Return what signs propose."""
    return proposals(signs, Terms(**terms), decided)


def span(first: int, last: int) -> Span:
    """Return days of the story."""
    return Span(day_of(first), day_of(last))


def days(*several: Proposal) -> list[tuple[int, int]]:
    """Return first and last days of proposals, as days of the story."""
    return [((one.start - day_of(0)).days, (one.end - day_of(0)).days) for one in several]


FOCI, FALL, SPUTUM = sign(3, 3), sign(5, 2, "hemoglobin"), sign(7, 1, "sputum")


def test_nothing_proposes_nothing() -> None:
    assert found() == ()


def test_enough_points_of_two_sources_propose() -> None:
    (one,) = found(FOCI, FALL)
    assert (one.start, one.end, one.last_sign) == (day_of(3), day_of(19), day_of(5))
    assert (one.points, one.signs, one.span) == (5, (FOCI, FALL), span(3, 19))


@pytest.mark.parametrize(
    ("points", "proposed"), [((3, 1), True), ((2, 2), True), ((2, 1), False), ((1, 1, 1), False), ((2, 1, 1), True)]
)
def test_four_points_are_needed(points: tuple[int, ...], *, proposed: bool) -> None:
    sources: tuple[Source, ...] = ("hemoglobin", "film", "sputum")
    signs = [sign(place, one, source) for place, (one, source) in enumerate(zip(points, sources, strict=False))]
    assert bool(found(*signs)) is proposed


def test_one_source_alone_proposes_nothing_however_often() -> None:
    assert found(*(sign(day, 3, "hemoglobin") for day in range(0, 60, 5))) == ()


def test_of_one_source_the_strongest_sign_counts() -> None:
    falls = [sign(0, 2, "hemoglobin"), sign(4, 2, "hemoglobin"), sign(6, 1, "sputum")]
    assert strength(falls) == 3
    assert found(*falls) == ()
    assert best_of([*falls, sign(8, 3, "hemoglobin")]) == {"hemoglobin": 3, "sputum": 1}
    assert len(found(*falls, sign(8, 3, "hemoglobin"))) == 1


def test_what_one_row_says_twice_is_one_sign() -> None:
    twice = [sign(2, 2, "hemoglobin", row=7), sign(2, 3, "hemoglobin", row=7), sign(3, 1, "sputum")]
    (one,) = found(*twice)
    assert [(each.points, each.id) for each in one.signs] == [(3, 7), (1, 31)]


def test_a_physicians_word_needs_nothing_else() -> None:
    (one,) = found(sign(9, 4, "physician"))
    assert days(one) == [(9, 23)]


@pytest.mark.parametrize(("gap", "proposed"), [(14, True), (15, False)])
def test_points_count_within_14_days(gap: int, *, proposed: bool) -> None:
    assert bool(found(sign(0, 3), sign(gap, 2, "hemoglobin"))) is proposed


def test_it_begins_with_the_first_sign_of_the_days_that_suffice() -> None:
    early, late = sign(0, 1, "sputum"), [sign(12, 2, "hemoglobin"), sign(20, 3)]
    (one,) = found(early, *late)
    assert days(one) == [(12, 34)]
    (with_early,) = found(early, sign(10, 3), *late)
    assert days(with_early) == [(0, 34)]


@pytest.mark.parametrize(("gap", "last"), [(14, 33), (15, 19)])
def test_it_goes_on_while_signs_follow_within_14_days(gap: int, last: int) -> None:
    (one, *others) = found(FOCI, FALL, sign(5 + gap, 1, "sputum"))
    assert (days(one), others) == ([(3, last)], [])


@pytest.mark.parametrize(("start", "number"), [(27, 1), (28, 2)])
def test_starts_within_28_days_are_one(start: int, number: int) -> None:
    later = [sign(start, 3), sign(start + 1, 2, "hemoglobin")]
    several = found(sign(0, 3), sign(1, 2, "hemoglobin"), *later)
    assert len(several) == number
    assert days(several[-1])[0][1] == start + 15


def test_starts_are_compared_with_the_one_before() -> None:
    bouts = [one for day in (0, 20, 40, 60) for one in (sign(day, 3), sign(day, 2, "hemoglobin"))]
    assert days(*found(*bouts)) == [(0, 74)]


@pytest.mark.parametrize(
    ("terms", "number"),
    [({}, 1), ({"enough": 6}, 0), ({"enough": 3}, 1), ({"within": 1}, 0), ({"within": 2}, 1)],
)
def test_the_terms_may_be_chosen(terms: dict[str, Any], number: int) -> None:
    assert len(found(FOCI, FALL, **terms)) == number


def test_the_words_of_the_rule_name_its_numbers() -> None:
    assert "reach 4 points within 14 days" in TERMS.words
    assert "starts closer than 28 days are one" in TERMS.words
    assert "reach 5 points within 10 days" in Terms(5, 10, 21).words
    assert "No definition is agreed upon" in TERMS.words


def test_a_decision_absorbs_the_signs_of_its_days() -> None:
    assert free([FOCI, FALL, SPUTUM], [span(4, 6)]) == [FOCI, SPUTUM]
    assert found(FOCI, FALL, SPUTUM, decided=(span(3, 5),)) == ()


def test_what_meets_decided_days_is_absorbed_even_if_enough_is_left() -> None:
    assert found(sign(0, 3), sign(1, 2, "hemoglobin"), decided=(span(10, 20),)) == ()  # its last day is the 15th
    assert len(found(sign(0, 3), sign(1, 2, "hemoglobin"), decided=(span(16, 20),))) == 1


def test_new_signs_after_a_decision_propose_anew() -> None:
    new = [sign(8, 3), sign(9, 2, "hemoglobin")]
    (one,) = found(FOCI, FALL, *new, decided=(span(3, 5),))
    assert one.signs == tuple(new)


@pytest.mark.parametrize(("other", "meets"), [((0, 2), False), ((0, 3), True), ((5, 9), True), ((6, 9), False)])
def test_spans_meet_where_they_have_a_day_in_common(other: tuple[int, int], *, meets: bool) -> None:
    assert span(3, 5).meets(span(*other)) is meets
    assert span(*other).meets(span(3, 5)) is meets


SIGNS = st.lists(
    st.builds(
        lambda day, points, source, row: sign(day, points, source, row=row),
        st.integers(0, 300), st.integers(1, 3), st.sampled_from(SOURCES), st.integers(1, 10_000),
    ),
    max_size=25,
)  # fmt: skip


@given(SIGNS)
def test_proposals_lie_apart_and_each_suffices(signs: list[Sign]) -> None:
    several = found(*signs)
    for one in several:
        assert one.end == one.last_sign + timedelta(days=14)
        assert (one.points >= 4 and len(best_of(one.signs)) >= 2) or "physician" in best_of(one.signs)
    for before, after in pairwise(several):
        assert before.end < after.start
        assert (after.start - before.start).days >= 28


@given(SIGNS, st.randoms(use_true_random=False))
def test_the_order_of_signs_does_not_matter(signs: list[Sign], chance: Any) -> None:
    mixed = list(signs)
    chance.shuffle(mixed)
    assert days(*found(*signs)) == days(*found(*mixed))


@given(SIGNS, st.integers(0, 300))
def test_what_is_proposed_stays_proposed_when_more_is_known(signs: list[Sign], at: int) -> None:
    """Looking forward: later signs may lengthen or join a proposal, never take one of its days away."""
    before, after = (found(*some) for some in ([one for one in signs if one.day <= day_of(at)], signs))
    for one in before:
        assert any(other.start <= one.start and one.end <= other.end for other in after)


@given(SIGNS)
def test_a_proposal_that_is_decided_in_whole_is_gone(signs: list[Sign]) -> None:
    several = found(*signs)
    assert found(*signs, decided=tuple(one.span for one in several)) == ()
