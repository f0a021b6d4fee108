"""Signs that the disease is back: what counts, since when, and what is too little."""

from dataclasses import replace

from alerts.rules.relapse_signs import Signs, signs
from patients.history import History
from tests.alerts.rules.histories import STEADY, event, hemoglobin, history, monthly, on, series

LOW = (147.0, 113.0)
"""Below the 99 % limit of a baseline of 124 g/L (114.5), and not by 10 % (111.6): R2 alone."""
LOWER = (147.0, 110.0)


def of(known: History) -> Signs:
    return signs(known, known.at)


def words(known: History) -> list[str]:
    return [one.words for one in of(known).found]


def test_a_marked_fall_is_one_by_itself() -> None:
    (found,) = of(hemoglobin(*STEADY, LOWER)).found
    assert found.words == "hemoglobin below the own baseline"
    assert found.since == on(147)
    assert [(row.code, row.value) for row in found.evidence] == [("HGB", 110)]


def test_a_small_fall_needs_a_second_source() -> None:
    assert words(hemoglobin(*STEADY, LOW)) == []
    beside = event(146, "hemoptysis", amount="streaks")
    (found,) = of(hemoglobin(*STEADY, LOW, events=[beside])).found
    assert [(row.code, row.value) for row in found.evidence] == [("HGB", 113), ("hemoptysis", "streaks")]
    given = event(130, "transfusion", product="red_cells", units=1)
    assert words(hemoglobin(*STEADY, LOW, events=[given])) == []


def test_a_sharp_fall_is_one_by_itself() -> None:
    after_a_peak = hemoglobin(*monthly(112, 113, 111, 112), (100, 130), (103, 109))
    assert words(after_a_peak) == ["a sharp fall of hemoglobin"]


def test_films_and_hemoptysis_count_by_what_they_say() -> None:
    events = [
        event(1, "chest_xray", id=1, new_foci=True),
        event(2, "chest_ct", id=2, zones={"left_lower": "new"}),
        event(3, "chest_xray", id=3, new_foci=False, foci_present=True),
        event(4, "hemoptysis", id=4, amount="teaspoon"),
        event(5, "hemoptysis", id=5, amount="streaks"),
        event(6, "hemoptysis", id=6, volume_ml=40),
        event(7, "sputum", id=7, siderophages="many"),
    ]
    found = of(history(events=events, at=10)).found
    assert [one.evidence[0].id for one in found] == [1, 2, 4, 6]
    assert [one.words.replace("\u00a0", " ") for one in found] == [
        "new foci on a film",
        "new foci on a film",
        "a teaspoon of blood or more",
        "30 to 100 mL of blood",
    ]


def test_what_is_not_yet_true_is_no_sign() -> None:
    ahead = history(events=[event(12, "hemoptysis", amount="massive")], at=10)
    assert words(ahead) == []
    assert of(ahead).recheck_at == on(12)


def test_hemoglobin_says_why_it_is_silent() -> None:
    assert of(history(at=10)).silent == "no hemoglobin result yet"
    assert of(hemoglobin(*STEADY)).silent == ""


def test_numbers_chosen_for_the_patient_are_used() -> None:
    known = hemoglobin(*STEADY, (147, 116))
    assert words(known) == []
    assert words(replace(known, settings={"marked_fall_percent": 5.0, "z99": 1.7})) == [
        "hemoglobin below the own baseline"
    ]
    cough = history(series(STEADY), events=[event(145, "hemoptysis", volume_ml=4)], at=146)
    assert words(cough) == []
    assert len(words(replace(cough, settings={"teaspoon_ml": 3.0}))) == 1
