"""Relapses that began at about one dose: two within a fifth of it."""

import pytest

from alerts.rules.rule import Clear, Severity
from alerts.rules.steroid_dose_floor import RULE
from patients.history import EventRecord, History
from tests.alerts.rules.dosages import story, taken
from tests.alerts.rules.histories import answer, event, finding, history, on, recheck

NB = "\u00a0"


def spell(day: int, status: str = "confirmed") -> EventRecord:
    """Return an exacerbation as a physician states it."""
    return event(day, "exacerbation", id=day, status=status, until=on(day + 10).date().isoformat())


def relapses(*doses: float, statuses: dict[int, str] | None = None, now: int = 1000) -> History:
    """Return a first exacerbation without any dose, then one every 100 days, at these doses; 40 mg for 30 days after each."""
    rows, events = [], [spell(0)]
    for place, dose in enumerate(doses, start=1):
        rows += [taken(100 * place - 99, 40, 100 * place - 70), taken(100 * place - 69, dose, 100 * place)]
        events.append(spell(100 * place, (statuses or {}).get(place, "confirmed")))
    return story(rows, events=events, now=now)


def test_what_is_told_of_case_c06() -> None:
    """Case C06 of the clinical specification: relapse each time below 25 mg."""
    found = finding(RULE, relapses(25, 25))
    assert found.severity is Severity.MODERATE
    assert found.sentence == (
        f"2 relapses began at 25{NB}mg of steroids a day. They lie within 20{NB}% of one dose: "
        f"10{NB}Apr{NB}2024 at 25{NB}mg and 19{NB}Jul{NB}2024 at 25{NB}mg. The plan may have to stay above it."
    )
    assert found.arithmetic == (
        f"25{NB}mg − 25{NB}mg = 0{NB}mg, on 10{NB}Apr{NB}2024",
        f"25{NB}mg − 25{NB}mg = 0{NB}mg, on 19{NB}Jul{NB}2024",
    )
    assert found.numbers == {"lowest": 25, "highest": 25, "relapses": 2}
    assert [(row.kind, row.id) for row in found.evidence] == [("event", 100), ("event", 200)]
    assert found.since == on(200).replace(hour=0)
    assert [(row.role, row.code, row.value) for row in found.evidence] == [("result", "exacerbation", "confirmed")] * 2
    assert found.clears_when == (
        "A correction leaves fewer relapses at one dose; until then a person closes it, with a reason."
    )


@pytest.mark.parametrize(
    ("doses", "raised"), [((10, 8), True), ((10, 7.9), False), ((8, 10), True), ((25, 5), False), ((10,), False)]
)
def test_two_are_of_one_dose_within_a_fifth_of_it(doses: tuple[float, ...], raised: bool) -> None:
    assert isinstance(answer(RULE, relapses(*doses)), Clear) is not raised


def test_the_largest_group_is_told_and_each_further_one_is_worse() -> None:
    found = finding(RULE, relapses(25, 10, 9, 10))
    assert found.level == 1
    assert f"3 relapses began at 9{NB}mg to 10{NB}mg" in found.sentence
    assert f"9{NB}mg − 10{NB}mg = -1{NB}mg" in found.arithmetic[1].replace("−1", "-1")
    assert finding(RULE, relapses(25, 10, 9)).level == 0


def test_the_first_exacerbation_is_no_relapse_and_none_is_at_no_dose() -> None:
    assert isinstance(answer(RULE, relapses(25)), Clear)
    assert isinstance(answer(RULE, relapses(0, 0)), Clear)
    assert isinstance(answer(RULE, history(events=[spell(0), spell(100)], at=300)), Clear)


def test_what_was_rejected_does_not_count() -> None:
    assert isinstance(answer(RULE, relapses(25, 25, statuses={2: "rejected"})), Clear)


def test_an_unknown_dose_does_not_count() -> None:
    rows = [taken(1, 25, 100), taken(101, None, 200)]
    assert isinstance(answer(RULE, story(rows, events=[spell(0), spell(100), spell(200)], now=300)), Clear)


def test_a_proposed_exacerbation_counts_and_is_named_so() -> None:
    """Hemoptysis and new foci within days are 2 + 3 points: an exacerbation is proposed (B3)."""
    signs = [
        event(200, "hemoptysis", id=1, precision="minute", amount="teaspoon"),
        event(201, "chest_xray", id=2, precision="minute", new_foci=True),
    ]
    rows = [taken(1, 25, 100), taken(101, 25, 210)]
    found = finding(RULE, story(rows, events=[spell(0), spell(100), *signs], now=300))
    assert f"19{NB}Jul{NB}2024 at 25{NB}mg (proposed)" in found.sentence
    assert [(row.role, row.id) for row in found.evidence] == [("result", 100), ("result", 1)]


def test_settings_move_the_limits() -> None:
    assert isinstance(answer(RULE, relapses(10, 8), floor_percent=10), Clear)
    assert isinstance(answer(RULE, relapses(10, 10), floor_relapses=3), Clear)
    assert finding(RULE, relapses(10, 10, 10), floor_relapses=3).threshold.startswith("3 relapses")


def test_asked_again_when_the_next_exacerbation_becomes_true() -> None:
    known = relapses(25, 25, now=150)
    assert isinstance(answer(RULE, known), Clear)
    assert recheck(RULE, known) == on(200).replace(hour=0)
    assert recheck(RULE, story(taken(1, 25, 100), events=[spell(0), spell(300)], now=250)) == on(300)
    assert recheck(RULE, history(at=3)) is None
