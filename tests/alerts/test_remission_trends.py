"""What the page says of remissions: no more than the tests allow."""

from dataclasses import replace
from typing import Any

import pytest

from alerts.episodes import Terms
from alerts.remission_trends import NextOne, RemissionTrend, calibration_of, p_words, remission_trend, rule_words
from alerts.remission_window import Calibration, own_window, pooled_window
from patients.history import History
from tests.alerts.rules.histories import history, on, person
from tests.alerts.rules.test_remissions_shortening import SHRINKING, bouts, ended, ill, signs

NB = "\u00a0"
CLINIC = {"clinic_first_remission_days": 330.0, "clinic_tried_windows": 40.0, "clinic_held_windows": 32.0}


def of(*lengths: int, **fields: Any) -> RemissionTrend:
    """Return what is said of remissions of these lengths."""
    return remission_trend(ill(*lengths, **fields))


def test_of_nobody_known_nothing_is_said() -> None:
    assert remission_trend(history(at=10)) == RemissionTrend((), (), None, "")


@pytest.mark.parametrize(
    ("lengths", "said"),
    [
        ((212,), []),
        ((212, 140), []),
        ((212, 140, 88), ["Each of the last two closed remissions was shorter than the one before (too few to test)."]),
        ((140, 212, 88), []),
    ],
)
def test_fewer_than_four_are_described(lengths: tuple[int, ...], said: list[str]) -> None:
    assert list(of(*lengths).sentences[:-1]) == said


@pytest.mark.parametrize(
    ("lengths", "open_days", "said"),
    [
        (SHRINKING, 10, "They grow shorter."),
        ((300, 280, 150, 200), 10, "They may be growing shorter; this is weak."),
        ((150, 300, 260, 420), 10, "No shortening beyond chance."),
        (SHRINKING, 151, "The open one is longer than the median of the last 3: it does not go on."),
        (
            (400, 395, 60, 50, 45, 40, 38, 35, 33, 401),
            10,
            "The last closed one is the longest: no shortening is claimed.",
        ),
    ],
)
def test_from_four_on_the_test_decides_what_is_said(lengths: tuple[int, ...], open_days: int, said: str) -> None:
    found = of(*lengths, open_days=open_days).sentences
    assert found[0].startswith("Closed remissions lasted on average ")
    assert found[1] == said


def test_the_ratio_and_its_probability_are_said() -> None:
    """SciPy 1.17, as in the rule's tests: ratio 0.6431, p 0.000948."""
    first = of(*SHRINKING).sentences[0]
    assert first == (
        f"Closed remissions lasted on average 64{NB}% as long as the one before (t test, one-sided p{NB}0.00095)."
    )


def test_every_other_test_is_shown_from_where_it_can_be() -> None:
    assert [one.name for one in of(300, 200).tests] == []
    assert [one.name for one in of(300, 200, 100).tests] == ["Laplace", "MIL-HDBK-189", "Crow–AMSAA"]
    assert [one.name for one in of(*SHRINKING).tests] == ["Mann–Kendall", "Laplace", "MIL-HDBK-189", "Crow–AMSAA"]


def test_the_tests_are_those_of_the_vectors() -> None:
    """Vectors trend-18: events on days 120, 200, 260, 300, 330, the clock at 340; S is that of a strict fall of five."""
    laid = {one.name: one.words for one in of(120, 80, 60, 40, 30).tests}
    assert laid["Laplace"] == f"U{NB}1.64, exact p{NB}0.051 of coming faster"
    assert laid["MIL-HDBK-189"] == f"χ²{NB}3.99, 10 degrees of freedom, p{NB}0.052 of coming faster"
    assert laid["Crow–AMSAA"].startswith(f"β{NB}2.00 (95{NB}% 0.81 to 5.13;")
    assert laid["Mann–Kendall"] == f"S{NB}−10, exact p{NB}0.0083 of shortening"  # 1/120


def test_within_an_exacerbation_the_clock_stops_with_it() -> None:
    """Vectors trend-04: events on days 355, 616, 771, the last one ends the clock."""
    known = history(events=bouts((355, 261, 155), last=None), at=ended((355, 261, 155)) - 14)
    laid = {one.name: one.words for one in remission_trend(known).tests}
    assert laid["Laplace"] == f"U{NB}0.64, exact p{NB}0.27 of coming faster"
    assert laid["Crow–AMSAA"].startswith(f"β{NB}1.00 (95{NB}% 0.24 to 5.57;")


@pytest.mark.parametrize(("open_days", "counted"), [(90, False), (91, True)])
def test_an_open_remission_counts_for_mann_kendall_once_it_is_longer(open_days: int, *, counted: bool) -> None:
    words = of(*SHRINKING, open_days=open_days).tests[0].words
    assert words.endswith("the open one counted") is counted
    assert words.startswith(f"S{NB}{'−8' if counted else '−6'},")


def test_proposed_exacerbations_are_said_to_count_with_the_rule() -> None:
    known = history(events=[*bouts((200,))[:-1], *signs(214)], at=260)
    found = remission_trend(known)
    assert "Of 2 exacerbations 1 is proposed, not confirmed." in found.sentences
    assert found.rule == Terms().words == rule_words(known)
    assert of(200).rule == ""


def test_without_the_clinics_numbers_no_window_is_given() -> None:
    assert of(*SHRINKING).coming is None
    assert of(*SHRINKING).sentences[-1] == (
        "No window is given for the next exacerbation: not calibrated: tried on 0 closed remissions of the clinic, of 20 needed."
    )
    assert of(200).sentences[-1] == (
        "No window is given for the next exacerbation: the clinic’s median first remission is not known yet."
    )


def chosen(known: History) -> History:
    """Return a history with the numbers of a calibrated clinic."""
    return replace(known, settings=CLINIC)


@pytest.mark.parametrize(("lengths", "pooled"), [(SHRINKING, False), ((200, 150), True)])
def test_a_window_is_given_in_days_of_the_calendar(lengths: tuple[int, ...], *, pooled: bool) -> None:
    found = remission_trend(chosen(ill(*lengths, open_days=20))).coming
    window = pooled_window(lengths, 330, 20) if pooled else own_window(lengths, 20)
    first, middle, last = (
        on(ended(lengths) + round(one)).date() for one in (window.lower, window.estimate, window.upper)
    )
    assert found == NextOne(first, middle, last, pooled)


def test_a_window_says_where_it_comes_from() -> None:
    own, others = (remission_trend(chosen(ill(*lengths))).sentences[-1] for lengths in (SHRINKING, (200,)))
    assert own.startswith("The next exacerbation may begin between ")
    assert "mostly from other patients" in others
    assert "mostly from other patients" not in own


def test_no_window_within_an_exacerbation_or_after_death() -> None:
    known = chosen(history(events=bouts(SHRINKING, last=None), at=ended(SHRINKING) - 10))
    assert remission_trend(known).coming is None
    assert not remission_trend(known).sentences[-1].startswith("No window")
    died = person(death_date=on(ended(SHRINKING) + 5).date())
    assert remission_trend(chosen(ill(*SHRINKING, open_days=30, patient=died))).coming is None


def test_the_clinics_numbers_are_settings() -> None:
    assert calibration_of(history(at=1)) == Calibration()
    assert calibration_of(chosen(history(at=1))) == Calibration(330, 40, 32)


@pytest.mark.parametrize(
    ("p", "words"), [(0.5, "0.5"), (0.0123, "0.012"), (0.00011, "0.00011"), (0.00001, f"below{NB}0.0001")]
)
def test_a_probability_has_two_digits(p: float, words: str) -> None:
    assert p_words(p) == words
