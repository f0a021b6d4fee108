"""A sputum without siderophages, or an unfit one, is repeated: when, how often, and when no more."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.due import Due
from alerts.repeats import repeat_sputum
from patients.history import EventRecord, History, PatientFacts
from tests.alerts.rules.histories import CHILD, WOMAN, event, history, on, person

NB = "\u00a0"


def sputum(day: int, siderophages: str | None = "absent", **findings: Any) -> EventRecord:
    """Return a sputum examination."""
    found = {} if siderophages is None else {"siderophages": siderophages}
    return event(day, "sputum", id=200 + day, **found, **findings)


def repeat(*events: EventRecord, at: float = 400, patient: PatientFacts = WOMAN) -> Due | None:
    """Return the sputum repeat that is due."""
    return repeat_sputum(history(events=events, at=at, patient=patient))


def due_on(found: Due | None) -> int | None:
    """Return the day of the story on which something is due."""
    return None if found is None else (found.due_on - on(0).date()).days


def unfit(day: int) -> EventRecord:
    """Return a sample that was unfit."""
    return sputum(day, None, adequate=False)


BOUT = event(0, "exacerbation", status="confirmed", until=str(on(60).date()))


def test_a_negative_sputum_is_repeated_after_three_days() -> None:
    assert repeat(sputum(100)) == Due(
        "repeat_sputum", "300", "Repeat sputum,", f"no siderophages on 10{NB}Apr{NB}2024", on(103).date(), 1
    )


@pytest.mark.parametrize(
    ("days", "due"),
    [
        ([0], 3), ([0, 3], 7), ([0, 3, 7], 14), ([0, 3, 7, 14], 44), ([0, 3, 7, 14, 44], 74), ([0, 3, 7, 14, 44, 74], 104),
        ([0, 3, 7, 14, 44, 74, 104], None), ([0, 2], 7), ([0, 5], 7), ([0, 7], 14), ([0, 20], 44), ([0, 120], None),
    ],
)  # fmt: skip
def test_repeats_come_at_3_7_and_14_days_then_monthly_three_times(days: list[int], due: int | None) -> None:
    found = due_on(repeat(*(sputum(100 + day) for day in days)))
    assert found == (None if due is None else 100 + due)


def test_after_three_negatives_a_lavage_is_suggested() -> None:
    two, three = repeat(sputum(0), sputum(3)), repeat(sputum(0), sputum(3), sputum(7))
    assert two is not None
    assert three is not None
    assert two.why == f"no siderophages on 4{NB}Jan{NB}2024, 2 negative so far"
    assert three.why == f"no siderophages on 8{NB}Jan{NB}2024, 3 negative so far; consider a lavage"


@pytest.mark.parametrize("amount", ["few", "moderate", "many"])
def test_the_first_positive_ends_the_repeats(amount: str) -> None:
    assert repeat(sputum(0), sputum(3, amount)) is None


def test_siderophages_of_a_lavage_end_the_repeats_too() -> None:
    def lavage(percent: float | None) -> EventRecord:
        findings: dict[str, Any] = {} if percent is None else {"siderophages_percent": percent}
        return event(10, "lavage", id=5, **findings)

    assert repeat(sputum(0), lavage(35), at=20) is None
    assert due_on(repeat(sputum(0), lavage(0), at=20)) == 3
    assert due_on(repeat(sputum(0), lavage(None), at=20)) == 3


def test_once_found_a_later_negative_asks_for_nothing_outside_an_exacerbation() -> None:
    assert repeat(sputum(0, "many"), sputum(200), at=201) is None


def test_once_found_a_negative_is_repeated_while_an_exacerbation_goes_on() -> None:
    found = repeat(sputum(-50, "many"), sputum(-20), sputum(10), BOUT, at=20)
    assert due_on(found) == 13  # the negative one before the exacerbation does not count
    assert repeat(sputum(-50, "many"), sputum(-20), BOUT, at=20) is None
    assert repeat(sputum(-50, "many"), sputum(10), BOUT, at=70) is None  # it is over


def test_an_old_run_does_not_hide_one_of_the_exacerbation() -> None:
    assert due_on(repeat(sputum(-300), BOUT, sputum(5), at=20)) == 8
    assert repeat(sputum(-300), sputum(-150), BOUT, at=20) is None


def test_an_unfit_sample_starts_the_clock_again() -> None:
    found = repeat(sputum(0), sputum(3), unfit(7))
    assert due_on(found) == 10
    assert found is not None
    assert found.why == f"the sample of 8{NB}Jan{NB}2024 was unfit"
    assert due_on(repeat(sputum(0), unfit(7), sputum(10))) == 14
    assert due_on(repeat(unfit(0), unfit(5))) == 8


def test_what_was_examined_for_something_else_does_not_count() -> None:
    assert repeat(sputum(0, None, acid_fast_bacilli="absent")) is None
    assert due_on(repeat(sputum(0), sputum(2, None, acid_fast_bacilli="absent"))) == 3


def test_siderophages_of_an_unfit_sample_are_not_taken_for_a_finding() -> None:
    assert due_on(repeat(sputum(0, "many", adequate=False))) == 3


def test_young_children_bring_up_no_sputum() -> None:
    events = [sputum(485)]  # 30 April 2025; the child is six on 1 May
    assert repeat(*events, at=485.5, patient=CHILD) is None
    assert due_on(repeat(*events, at=486, patient=CHILD)) == 488
    assert due_on(repeat(*events, at=486, patient=person(birth_date=None))) == 488


def sampled(samples: dict[int, str], at: int, bout: EventRecord | None) -> History:
    """Return a history of sputum examinations by day."""
    events = [
        unfit(day) if kind == "unfit" else sputum(day, None if kind == "other" else kind)
        for day, kind in samples.items()
    ]
    return history(events=[*events, bout] if bout else events, at=at)


SAMPLES = st.lists(st.tuples(st.integers(0, 200), st.sampled_from(["absent", "few", "unfit", "other"])), max_size=9)


@given(SAMPLES, st.integers(200, 400), st.booleans())
def test_a_repeat_follows_the_last_sample_within_a_month(samples: list[tuple[int, str]], at: int, ill: bool) -> None:
    found = repeat_sputum(sampled(dict(samples), at, BOUT if ill else None))
    if found is not None:
        last = max(day for day, kind in dict(samples).items() if kind in {"absent", "unfit"})
        assert timedelta() < found.due_on - on(last).date() <= timedelta(days=30)
        assert found.subject == str(200 + last)
