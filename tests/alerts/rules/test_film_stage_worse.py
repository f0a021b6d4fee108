"""A stage above that of the film before: moderate, worse with each further stage, over when it is taken back."""

from typing import Any

import pytest

from alerts.rules.film_stage_worse import RULE
from alerts.rules.rule import CannotJudge, Severity
from patients.history import EventRecord
from tests.alerts.rules.histories import on
from tests.alerts.rules.pictures import answers, asked_again, bare, cleared, date, film, found, only, rows, unjudged


def staged(*stages: int | None, every: float = 30, **findings: Any) -> list[EventRecord]:
    """Return films of these stages, one a month; None states none."""
    said: list[dict[str, Any]] = [{} if stage is None else {"stage": stage} for stage in stages]
    return [film(every * place, **one, **findings) for place, one in enumerate(said)]


@pytest.mark.parametrize(
    ("films", "reason"),
    [
        ([], "no chest film is recorded"),
        (staged(None, None), "no film states a stage"),
        (staged(2), "only one film states a stage"),
        (staged(2, None), "only one film states a stage"),
    ],
)
def test_one_stage_cannot_be_compared(films: list[EventRecord], reason: str) -> None:
    assert answers(RULE, *films, at=100) == (CannotJudge("film_stage_worse", "", reason),)


@pytest.mark.parametrize(("before", "after"), [(0, 1), (1, 2), (2, 3), (1, 3), (3, 4), (1, 4)])
def test_a_higher_stage_is_moderate(before: int, after: int) -> None:
    one = only(RULE, *staged(before, after), at=31)
    assert (one.severity, one.subject, one.level, one.since) == (Severity.MODERATE, "1030", after - before - 1, on(30))
    assert one.numbers == {"stage": after, "earlier": before}
    assert rows(one) == [("baseline", 1000), ("result", 1030)]


@pytest.mark.parametrize(("before", "after"), [(0, 0), (2, 2), (3, 1), (4, 2)])
def test_the_same_stage_or_a_lower_one_is_clear(before: int, after: int) -> None:
    assert cleared(RULE, *staged(before, after), at=31) == [""]


def test_the_sentence_says_from_where_to_where() -> None:
    assert only(RULE, *staged(1, 3), at=31).sentence == (
        f"Stage III on the film of {date(30)}, up from stage I on the film of {date(0)}."
    )


def test_fibrosis_for_the_first_time_asks_for_lung_function() -> None:
    one = only(RULE, *staged(2, 4), at=31)
    assert one.sentence.endswith("Fibrosis for the first time: diffusing capacity and total lung capacity are due.")
    assert one.clears_when == "A later film without foci."


def test_films_without_a_stage_are_passed_over() -> None:
    one = only(RULE, *staged(1, None, 2), at=61)
    assert (one.subject, one.numbers["earlier"]) == ("1060", 1)


def test_a_further_rise_is_worse_and_the_same_alert() -> None:
    first, second = only(RULE, *staged(1, 2), at=31), only(RULE, *staged(1, 2, 3), at=61)
    assert (first.subject, second.subject) == ("1030", "1030")
    assert (first.level, second.level) == (0, 1)
    assert second.sentence.startswith(f"Stage III on the film of {date(60)}, up from stage I")


def test_the_worst_stage_counts_until_it_is_over() -> None:
    one = only(RULE, *staged(1, 3, 2), at=61)
    assert (one.level, one.numbers["stage"]) == (1, 3)
    assert one.sentence.startswith(f"Stage III on the film of {date(30)}")


@pytest.mark.parametrize("back", [1, 0])
def test_the_stage_of_before_or_below_clears(back: int) -> None:
    assert cleared(RULE, *staged(1, 2, back), at=61) == ["1030"]


def test_a_film_without_foci_clears() -> None:
    assert cleared(RULE, *staged(1, 3), bare(60), at=61) == ["1030"]
    assert cleared(RULE, *staged(1, 3), bare(60, stage=2), at=61) == ["1030"]


def test_a_dense_shadow_clears_nothing() -> None:
    assert found(RULE, *staged(1, 3), bare(60, dense_shadow=True), at=61)


def test_fibrosis_does_not_go_back_by_a_lower_stage() -> None:
    assert only(RULE, *staged(2, 4, 1), at=61).numbers["stage"] == 4
    assert cleared(RULE, *staged(2, 4), bare(60, stage=4), at=61) == ["1030"]


def test_the_film_that_shows_the_rise_does_not_clear_it() -> None:
    assert found(RULE, film(0, stage=1), bare(30, stage=4), at=31)


def test_after_it_is_over_the_next_rise_is_another_alert() -> None:
    films = staged(1, 2, 1, 2)
    assert only(RULE, *films, at=91).subject == "1090"
    assert cleared(RULE, *films, at=91) == ["1030"]


def test_another_reader_changes_nothing_within_two_days() -> None:
    first = film(0, stage=1, reader="A")
    assert not found(RULE, film(-9, stage=1), first, film(1, stage=3, reader="B"), at=2)
    assert found(RULE, film(-9, stage=1), first, film(1, stage=3, reader="A"), at=2)


def test_too_old_a_film_says_nothing_of_today() -> None:
    assert unjudged(RULE, *staged(1, 2), at=210)[0][0] == "1030"
    assert found(RULE, *staged(1, 2), at=209)


def test_asked_again_when_the_film_is_too_old_or_the_next_becomes_true() -> None:
    assert asked_again(RULE, *staged(1, 2), at=31) == on(210)
    assert asked_again(RULE, *staged(1, 2), at=5) == on(30)
    assert asked_again(RULE, *staged(2, 2), at=31) is None


def test_the_limit_the_end_and_the_films_are_told() -> None:
    one = only(RULE, *staged(1, 3), at=31)
    assert (one.threshold, one.arithmetic) == ("A stage above that of the film before", ("III is above I",))
    assert one.clears_when == "A later film without foci, or of stage I or below."
    assert [(row.code, row.value) for row in one.evidence] == [("chest_xray", "stage I"), ("chest_xray", "stage III")]
