"""Which hemoglobin results are judged, in which order, and until when an answer about them holds."""

from datetime import date, timedelta

import numpy as np
import pytest

from alerts.rules import hemoglobin_severe
from alerts.rules.results import Results, hemoglobin, known, moment, silence, until
from patients.history import History, Series
from tests.alerts.rules.histories import CHILD, WOMAN, event, history, measured_by, on, person, series

SETTINGS = hemoglobin_severe.RULE.resolved({})


def read(seen: History, *, at: float | None = None) -> Results:
    """Return the results as a rule gets them."""
    return hemoglobin(seen, SETTINGS, seen.at if at is None else on(at), also=("RETIC",))


def test_preliminary_results_are_not_judged() -> None:
    found = read(history(series([(0, 120), (7, 60), (14, 121)], preliminary=[1])))
    assert found.values == [120, 121]
    assert found.ids == [1, 3]


def test_results_after_the_moment_are_not_seen() -> None:
    seen = history(series([(0, 120), (7, 119), (14, 60)]), at=100)
    assert read(seen, at=7).values == [120, 119]
    assert read(seen, at=6.9).values == [120]


def test_of_equal_times_the_lower_value_is_the_newer_whatever_came_first() -> None:
    one = read(history(series([(0, 120), (7, 100), (7, 118)])))
    other = read(history(series([(0, 120), (7, 118), (7, 100)])))
    assert one.values == other.values == [120, 118, 100]


def test_less_than_counts_as_lower_and_never_as_good() -> None:
    found = read(history(series([(0, 70), (1, 70)], signs={1: "<"})))
    assert found.confirmed == [True, False]
    assert found.values[1] < 70
    assert found.evidence(1, "result").value == "<70"
    assert found.pending == [False, False]


def test_a_result_is_said_with_comparator_unit_and_the_patients_date() -> None:
    late = person(WOMAN, time_zone="Asia/Tokyo")
    found = read(history(series([(0, 98.44), (0.7, 70), (2, 71)], signs={1: "<", 2: "<="}), patient=late))
    assert [found.text(index) for index in range(3)] == ["98.4", "<70", "≤71"]
    assert found.said(0) == "Hb 98.4\u00a0g/L on 1\u00a0Jan\u00a02024"
    assert found.said(1) == "Hb <70\u00a0g/L on 2\u00a0Jan\u00a02024"


def test_only_what_is_pending_is_said_to_be_unconfirmed() -> None:
    found = read(history(series([(0, 98), (1, 70), (2, 70)], unconfirmed=[2], signs={1: "<"})))
    assert [bool(found.caution(index)) for index in range(3)] == [False, False, True]


def test_the_worst_and_the_newest_are_named_where_they_are_others() -> None:
    found = read(history(series([(0, 60), (1, 70), (2, 80)])))
    assert found.beside(2, 2) == ()
    assert [line.split(":")[0] for line in found.beside(1, 0)] == ["Worst", "Newest"]
    assert [line.split(":")[0] for line in found.beside(2, 0)] == ["Worst"]
    assert [line.split(":")[0] for line in found.beside(0, 0)] == ["Newest"]


@pytest.mark.parametrize("sign", [">", ">="])
def test_more_than_says_nothing_about_a_fall(sign: str) -> None:
    assert read(history(series([(0, 120), (1, 60)], signs={1: sign}))).values == [120]


def test_at_most_is_not_good_either() -> None:
    assert read(history(series([(0, 70)], signs={0: "<="}))).confirmed == [False]


def test_unconfirmed_results_are_judged_and_marked() -> None:
    found = read(history(series([(0, 120), (1, 35)], unconfirmed=[1])))
    assert (found.values, found.confirmed) == ([120, 35], [True, False])


def test_a_childs_result_says_something_for_180_days_an_adults_for_365() -> None:
    assert read(history(series([(0, 120)]), patient=CHILD)).oldest == [180 * 86400]
    assert read(history(series([(0, 120)]), patient=WOMAN)).oldest == [365 * 86400]
    assert read(history(series([(0, 120)]), patient=person(CHILD, birth_date=None))).oldest == [365 * 86400]


@pytest.mark.parametrize(
    ("born", "days"),
    [
        (date(2006, 1, 11), (9, 10)),  # 18 on 11 January 2024
        (date(2004, 2, 29), (-672, -671)),  # 18 on 1 March 2022, there being no 29 February
    ],
)
def test_coming_of_age_changes_it_for_later_results_only(born: date, days: tuple[int, int]) -> None:
    found = read(history(series([(day, 120) for day in days]), patient=person(WOMAN, birth_date=born)))
    assert found.oldest == [180 * 86400, 365 * 86400]


def test_nothing_known_is_said_as_such() -> None:
    found = read(history(at=10))
    assert silence(found) == "no hemoglobin result yet"
    assert until(found) is None


def test_a_result_is_silent_from_its_age_on() -> None:
    seen = history(series([(0, 120)]), at=1)
    assert silence(read(seen, at=364.9)) == ""
    assert silence(read(seen, at=365)).startswith(
        "the newest hemoglobin result, of 1\u00a0Jan\u00a02024, is more than 365"
    )
    assert until(read(seen)) == on(365)
    assert until(read(seen, at=365)) is None


def test_the_next_known_fact_of_the_future_is_waited_for() -> None:
    later = history(series([(0, 120), (50, 90)]), at=1)
    assert until(read(later)) == on(50)
    films = history(series([(0, 120)]), events=[event(30, "chest_xray")], at=1)
    assert until(read(films)) == on(30)
    assert until(read(films, at=31)) == on(365)
    both = history(series([(0, 120)]), series([(20, 3.0), (25, 3.0)], "RETIC"), events=[event(30, "chest_xray")], at=1)
    assert until(read(both)) == on(20)
    assert until(read(both, at=20)) == on(25)


def test_analytes_that_the_rule_does_not_read_are_not_waited_for() -> None:
    seen = history(series([(0, 120)]), series([(20, 3.0)], "FERRITIN"), at=1)
    assert until(read(seen)) == on(365)


def test_events_are_known_once_they_are_true() -> None:
    seen = history(events=[event(1, "hemoptysis", id=1), event(9, "hemoptysis", id=2), event(2, "sputum", id=3)], at=10)
    assert [one.id for one in known(seen, on(5).timestamp(), "hemoptysis", "sputum")] == [1, 3]


def test_a_moment_comes_back_from_seconds() -> None:
    assert moment(on(3.5).timestamp()) == on(3.5)
    assert moment(on(3.5).timestamp()).utcoffset() == timedelta(0)


def test_an_empty_series_with_arrays_of_no_length_is_read() -> None:
    none = np.empty(0)
    blank = Series(
        "HGB", none.astype(np.int64), none, none, none.astype(bool), none.astype(bool), none.astype(np.int64)
    )
    assert len(read(history(blank, at=1))) == 0


def test_each_result_keeps_its_laboratory() -> None:
    points = ((0, 124), (1, 120), (1, 110), (2, 130))
    labelled = measured_by(series(points, preliminary=[0]), "a", "b", "c", "d")
    seen = history(labelled)
    results = hemoglobin(seen, SETTINGS, seen.at)
    assert list(zip(results.values, results.performers, strict=True)) == [(120, "b"), (110, "c"), (130, "d")]
    plain = history(series(points))
    assert hemoglobin(plain, SETTINGS, plain.at).performers == [""] * 4
