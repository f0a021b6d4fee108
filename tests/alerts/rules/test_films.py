"""What films say: foci, zones and stage, where foci are since when, and whose word stands against whose."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.rules.films import (
    CONFLICT,
    SETTINGS,
    WHOLE,
    Reading,
    Says,
    Spell,
    contradicts,
    has_foci,
    has_new_foci,
    involved,
    is_clear,
    readings,
    said,
    spells,
    stage_of,
    zone_words,
)
from alerts.rules.results import DAY
from patients.event_kinds import kinds
from patients.history import EventRecord
from tests.alerts.rules.histories import event, history
from tests.alerts.rules.pictures import LEFT, LOW, RIGHT, bare, date, film, foci

ZONES = kinds()["chest_xray"].fields["zones"]


def read(*films: EventRecord, at: float = 900, hours: float = 48) -> list[Reading]:
    """Return the readings of some films."""
    seen = history(events=films, at=at)
    return readings(seen, seen.at.timestamp(), hours)


def since(*films: EventRecord) -> dict[str, int]:
    """Return where foci are after the last film, with the id of the film that first showed them."""
    return {zone: first.id for zone, first in read(*films)[-1].since.items()}


@pytest.mark.parametrize(
    ("findings", "new", "foci", "clear"),
    [
        ({}, False, False, False),
        ({"new_foci": True}, True, True, False),
        ({"new_foci": False}, False, False, False),
        ({"foci_present": True}, False, True, False),
        ({"foci_present": False}, False, False, True),
        ({"foci_present": False, "dense_shadow": True}, False, False, False),
        ({"zones": {}}, False, False, False),
        ({"zones": {LEFT: "new"}}, True, True, False),
        ({"zones": {LEFT: "persisting"}}, False, True, False),
        ({"zones": {LEFT: "resolved"}}, False, False, True),
        ({"zones": {LEFT: "resolved", RIGHT: "persisting"}}, False, True, False),
        ({"zones": {LEFT: "resolved"}, "foci_present": True}, False, True, False),
        ({"zones": {LEFT: "persisting"}, "foci_present": False}, False, False, True),
    ],
)
def test_what_a_film_says(findings: dict[str, Any], *, new: bool, foci: bool, clear: bool) -> None:
    assert (has_new_foci(findings), has_foci(findings), is_clear(findings)) == (new, foci, clear)


@given(st.fixed_dictionaries({}, optional={
    "foci_present": st.booleans(), "new_foci": st.booleans(), "dense_shadow": st.booleans(),
    "zones": st.dictionaries(st.sampled_from(ZONES.keys), st.sampled_from(ZONES.allowed)),
}))  # fmt: skip
def test_no_film_has_foci_and_is_clear(findings: dict[str, Any]) -> None:
    assert not (has_foci(findings) and is_clear(findings))


@pytest.mark.parametrize(
    ("stage", "known"), [(0, 0), (1, 1), (4, 4), (5, None), (-1, None), (True, None), ("2", None), (None, None)]
)
def test_a_stage_is_one_of_the_five(stage: object, known: int | None) -> None:
    assert stage_of(film(1, stage=stage)) == known


def test_the_stages_are_those_of_the_catalogue() -> None:
    assert [stage_of(film(1, stage=one)) for one in kinds()["chest_xray"].fields["stage"].allowed] == [0, 1, 2, 3, 4]


def test_foci_are_where_they_were_first_seen() -> None:
    first, second = film(0, zones={LEFT: "new"}), film(10, zones={LEFT: "persisting", RIGHT: "new"})
    assert since(first, second) == {LEFT: 1000, RIGHT: 1010}
    assert read(first, second)[1].oldest is first
    assert read(first, second)[1].new_zones == {RIGHT}


def test_what_is_not_named_stays_and_what_resolved_goes() -> None:
    first = film(0, zones={LEFT: "new", RIGHT: "new"})
    assert since(first, film(5, zones={LEFT: "resolved"}, foci_present=True)) == {RIGHT: 1000}
    assert since(first, film(5, stage=2)) == {LEFT: 1000, RIGHT: 1000}
    assert since(first, bare(5)) == {}


def test_new_foci_in_a_zone_begin_there_anew() -> None:
    assert since(film(0, zones={LEFT: "new"}), film(9, zones={LEFT: "new"})) == {LEFT: 1009}


def test_foci_without_a_zone_are_those_that_persist_in_the_zones_named_first() -> None:
    assert since(foci(0)) == {WHOLE: 1000}
    assert since(foci(0), film(9, zones={LEFT: "persisting"})) == {LEFT: 1000}
    assert since(foci(0), film(9, zones={LEFT: "new"})) == {WHOLE: 1000, LEFT: 1009}
    assert read(foci(0))[0].zones == frozenset()


def test_persisting_foci_that_nobody_saw_before_count_from_this_film() -> None:
    assert since(film(9, zones={LEFT: "persisting"})) == {LEFT: 1009}


@pytest.mark.parametrize(
    ("films", "new"),
    [
        ([foci(0)], True),
        ([film(0, foci_present=True)], False),
        ([bare(0), film(9, foci_present=True)], True),
        ([bare(0), film(9, foci_present=True, new_foci=False)], False),
        ([bare(0), film(5, stage=1), film(9, foci_present=True)], True),
        ([bare(0), film(5, foci_present=True), film(9, foci_present=True)], False),
        ([foci(0), film(9, zones={LEFT: "persisting"})], False),
        ([foci(0), film(9, zones={LEFT: "new"})], True),
    ],
)
def test_foci_are_new_by_word_or_against_a_film_without(films: list[EventRecord], *, new: bool) -> None:
    assert read(*films)[-1].new is new


def test_a_film_knows_the_one_before_and_the_last_with_a_stage() -> None:
    first, second, third = read(film(0, stage=2), film(5), film(9))
    assert (first.earlier, first.staged) == (None, None)
    assert third.earlier is second.event
    assert third.staged is first.event
    assert first.stage == 2


def test_only_films_that_are_true_by_then_are_read() -> None:
    assert [one.event.id for one in read(foci(0), bare(9), at=5)] == [1000]


A: dict[str, Any] = {"reader": "Dr. A"}
B: dict[str, Any] = {"reader": "dr. b "}


@pytest.mark.parametrize(
    ("one", "other", "conflict"),
    [
        ({**A, "foci_present": True}, {**B, "foci_present": False}, True),
        ({**A, "foci_present": True}, {**B, "new_foci": True}, False),
        ({**A, "foci_present": True}, {**B}, False),
        ({**A, "stage": 2}, {**B, "stage": 3}, True),
        ({**A, "stage": 2}, {**B}, False),
        ({**A, "zones": {LEFT: "new"}}, {**B, "zones": {RIGHT: "new"}}, True),
        ({**A, "zones": {LEFT: "new"}}, {**B, "zones": {LEFT: "persisting"}}, False),
        ({**A, "foci_present": True}, {"reader": " DR. A", "foci_present": False}, False),
        ({**A, "foci_present": True}, {"foci_present": False}, False),
        ({"foci_present": True}, {**B, "foci_present": False}, False),
    ],
)
def test_another_reader_with_another_word_is_a_conflict(
    one: dict[str, Any], other: dict[str, Any], *, conflict: bool
) -> None:
    assert contradicts(film(1, **other), film(0, **one), 48) is conflict


@pytest.mark.parametrize(("hours", "conflict"), [(0, True), (47.9, True), (48, True), (48.1, False)])
def test_a_conflict_lies_within_two_days(hours: float, *, conflict: bool) -> None:
    later = film(hours / 24, **B, stage=1)
    assert contradicts(later, film(0, **A, stage=2), CONFLICT.default) is conflict


def test_ct_and_radiograph_do_not_contradict_each_other() -> None:
    assert not contradicts(film(1, kind="chest_ct", **B, stage=3), film(0, **A, stage=2), 48)


def test_a_contested_film_changes_nothing() -> None:
    first, second, third = read(foci(0, **A), bare(1, **B), film(5))
    assert (first.contested, second.contested, third.contested) == (False, True, False)
    assert second.since == {WHOLE: first.event}
    assert not second.clear
    assert third.earlier is first.event
    assert third.since == {WHOLE: first.event}


def test_what_a_contested_film_says_is_contested_by_nobody() -> None:
    marks = [one.contested for one in read(foci(0, **A), bare(1, **B), foci(2.5, **A))]
    assert marks == [False, True, False]


def test_zones_are_listed_from_above_the_right_side_first() -> None:
    assert zone_words(frozenset({LEFT, LOW, RIGHT})) == "right upper, right lower and left upper"
    assert zone_words(frozenset()) == ""
    assert set(zone_words(frozenset(ZONES.keys)).replace(" and ", ", ").split(", ")) == {
        one.replace("_", " ") for one in ZONES.keys
    }


def test_a_film_is_called_by_kind_and_day() -> None:
    seen = history(at=9)
    assert said(film(3), seen) == f"the film of {date(3)}"
    assert said(film(3, kind="chest_ct"), seen) == f"the CT of {date(3)}"


def test_involved_are_zones_that_are_not_resolved() -> None:
    assert involved(film(0, zones={LEFT: "new", RIGHT: "resolved"})) == frozenset({LEFT})
    assert involved(film(0, zones={RIGHT: "resolved"})) == frozenset()
    assert involved(film(0)) is None


def of(words: list[Says], merged: float | None = None) -> list[tuple[list[int], int, bool]]:
    """Return spells by the days of their films, of their present part, and whether they are over; a film every ten days."""
    films = read(*(film(10 * place, reader=word) for place, word in enumerate(words)))

    def says(one: Reading, _: Spell | None) -> Says:
        return words[one.event.id // 10 - 100]

    found = spells(films, says, merged)
    return [
        ([one.event.id - 1000 for one in each.seen], each.since.event.id - 1000, each.ended is not None)
        for each in found
    ]


def test_a_spell_goes_on_until_it_is_over() -> None:
    assert of(["nothing", "over", "seen", "nothing", "seen"]) == [([20, 40], 20, False)]
    assert of(["seen", "over", "over", "seen"]) == [([0], 0, True), ([30], 30, False)]
    assert of(["nothing", "over"]) == []


def test_a_spell_that_comes_again_soon_is_the_same() -> None:
    assert of(["seen", "over", "seen"], merged=20 * DAY) == [([0, 20], 20, False)]
    assert of(["seen", "over", "seen"], merged=19 * DAY) == [([0], 0, True), ([20], 20, False)]
    assert of(["seen", "nothing", "seen"], merged=19 * DAY) == [([0], 0, False), ([20], 20, False)]
    assert of(["seen", "seen", "seen"], merged=10 * DAY) == [([0, 10, 20], 0, False)]


def test_other_events_are_no_films() -> None:
    assert read(event(3, "sputum", siderophages="many"), film(5)) == read(film(5))


def test_numbers_have_sources() -> None:
    assert [(one.name, one.default) for one in SETTINGS] == [("conflict_hours", 48), ("film_age_days", 180)]
    assert all("clinical specification B" in one.source and one.low <= one.default <= one.high for one in SETTINGS)
