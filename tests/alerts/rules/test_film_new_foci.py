"""New foci on a film: high, one alert an exacerbation, over with a film without foci."""

from dataclasses import replace
from datetime import timedelta

import pytest

from alerts.rules.film_new_foci import RULE
from alerts.rules.rule import Clear, Severity, Telling
from tests.alerts.rules.histories import WOMAN, event, on, person
from tests.alerts.rules.pictures import (
    LEFT,
    NB,
    RIGHT,
    answers,
    asked_again,
    bare,
    cleared,
    date,
    film,
    foci,
    found,
    only,
    rows,
    unjudged,
)


def test_no_film_and_no_foci_are_clear() -> None:
    assert answers(RULE, at=10) == (Clear("film_new_foci", ""),)
    assert answers(RULE, bare(1), film(3, stage=1), at=10) == (Clear("film_new_foci", ""),)


def test_new_foci_are_high_and_named_by_their_film() -> None:
    one = only(RULE, bare(0), foci(30, zones={LEFT: "new", RIGHT: "new"}), at=31)
    assert (one.severity, one.subject, one.level, one.latching, one.telling) == (
        Severity.HIGH,
        "1030",
        0,
        False,
        Telling.USUAL,
    )
    assert one.sentence == (
        f"New foci on the film of {date(30)} (right upper and left upper). They were not on the film of {date(0)}."
    )
    assert one.numbers == {"films": 1, "zones": 2}
    assert one.since == on(30)
    assert rows(one) == [("baseline", 1000), ("result", 1030)]


def test_the_first_film_of_all_says_so() -> None:
    one = only(RULE, foci(3, kind="chest_ct"), at=4)
    assert one.sentence == f"New foci on the CT of {date(3)}. No film before is known."
    assert rows(one) == [("result", 1003)]


def test_a_newly_involved_zone_is_enough() -> None:
    assert only(RULE, film(0, zones={LEFT: "persisting"}), film(30, zones={RIGHT: "new"}), at=31).subject == "1030"


def test_foci_that_were_there_before_are_not_new() -> None:
    assert not found(RULE, film(0, foci_present=True), film(30, foci_present=True), at=31)
    assert found(RULE, bare(0), film(30, foci_present=True), at=31)


@pytest.mark.parametrize(("day", "same"), [(1, True), (28, True), (28.1, False), (60, False)])
def test_new_foci_within_28_days_are_the_same_alert(day: float, *, same: bool) -> None:
    one = only(RULE, foci(0), foci(day, id=77), at=day + 1)
    assert one.subject == ("1000" if same else "77")
    assert [role for role, _ in rows(one) if role == "result"] == ["result"] * (2 if same else 1)


def test_each_film_of_the_same_exacerbation_lets_it_last_longer() -> None:
    one = only(RULE, foci(0), foci(20), foci(40), at=41)
    assert (one.subject, one.since, one.numbers["films"]) == ("1000", on(0), 3)
    assert one.arithmetic[-1].endswith("are the same exacerbation: 2 later")


def test_a_later_exacerbation_takes_the_place_of_one_that_nobody_cleared() -> None:
    later = (foci(0), foci(100))
    assert [one.subject for one in found(RULE, *later, at=101)] == ["1100"]
    assert cleared(RULE, *later, at=101) == ["1000"]


@pytest.mark.parametrize(
    "gone", [bare(20), film(20, zones={LEFT: "resolved"}), film(20, kind="chest_ct", foci_present=False)]
)
def test_a_film_without_foci_clears(gone: object) -> None:
    assert cleared(RULE, foci(0, zones={LEFT: "new"}), gone, at=21) == ["1000"]  # type: ignore[arg-type] # a film


@pytest.mark.parametrize(
    "stays", [film(20), film(20, foci_present=True), film(20, zones={LEFT: "persisting"}), film(20, stage=1)]
)
def test_any_other_film_does_not(stays: object) -> None:
    one = only(RULE, foci(0, zones={LEFT: "new"}), stays, at=21)  # type: ignore[arg-type] # a film
    assert one == only(RULE, foci(0, zones={LEFT: "new"}), at=21)


def test_foci_that_come_again_soon_are_a_new_bout_of_the_same_alert() -> None:
    one = only(RULE, foci(0), bare(15), foci(25), at=26)
    assert (one.subject, one.since) == ("1000", on(25))


def test_another_reader_changes_nothing_within_two_days() -> None:
    assert not found(RULE, bare(0, reader="A"), foci(1, reader="B"), at=2)
    assert found(RULE, bare(0, reader="A"), foci(3, reader="B"), at=4)
    assert found(RULE, foci(0, reader="A"), bare(1, reader="B"), at=2)
    assert not found(RULE, foci(0, reader="A"), bare(1, reader="A"), at=2)


def test_too_old_a_film_says_nothing_of_today() -> None:
    assert found(RULE, foci(0), at=179.9)
    reason = f"the newest film, of {date(0)}, is more than 180\u00a0days old"
    assert unjudged(RULE, foci(0), at=180) == [("1000", reason)]
    assert found(RULE, foci(0), film(100), at=181)
    assert cleared(RULE, foci(0), bare(20), at=900) == ["1000"]


def test_settings_can_be_chosen() -> None:
    assert only(RULE, foci(0), foci(40), at=41, merged_foci_days=60).subject == "1000"
    assert unjudged(RULE, foci(0), at=90, film_age_days=90)
    assert found(RULE, bare(0, reader="A"), foci(1, reader="B"), at=2, conflict_hours=12)


def test_asked_again_when_the_film_is_too_old_or_the_next_becomes_true() -> None:
    assert asked_again(RULE, foci(0), at=5) == on(180)
    assert asked_again(RULE, foci(0), bare(9), at=5) == on(9)
    assert asked_again(RULE, foci(0), bare(9), at=10) is None
    assert asked_again(RULE, at=5) is None


def test_a_film_that_lies_ahead_is_not_seen() -> None:
    assert not found(RULE, foci(9), at=5)


def test_a_corrected_film_keeps_its_subject() -> None:
    corrected = replace(foci(5), id=4711, origin=1005)
    one = only(RULE, corrected, at=6)
    assert (one.subject, rows(one)) == ("1005", [("result", 4711)])


def test_a_day_is_the_patients_own() -> None:
    late = replace(foci(5), effective_at=on(5) + timedelta(hours=9))  # 17:00 UTC
    one = only(RULE, late, at=7, patient=person(WOMAN, time_zone="Asia/Tokyo"))
    assert date(6) in one.sentence


def test_other_events_do_not_matter() -> None:
    alone = only(RULE, foci(5), at=6)
    assert only(RULE, foci(5), event(3, "sputum", siderophages="many"), event(4, "ecg"), at=6) == alone


def test_the_limit_the_end_and_the_films_are_told() -> None:
    one = only(RULE, bare(0), foci(30, zones={LEFT: "new", RIGHT: "new"}), at=31)
    assert one.threshold == "New foci or a newly involved zone against the last film"
    assert one.clears_when == "A film without foci."
    assert one.arithmetic == (
        f"New: right upper and left upper, on the film of {date(30)}",
        f"Within 28{NB}days of the last ones new foci are the same exacerbation: 0 later",
    )
    assert [(row.code, row.value) for row in one.evidence] == [("chest_xray", "before"), ("chest_xray", "new foci")]
