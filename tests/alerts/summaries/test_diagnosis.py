"""The diagnosis in the seed's words, part by part, and what a physician confirmed of it."""

from datetime import timedelta
from typing import Any

import pytest

from alerts.summaries.diagnosis import PHASES, SETTINGS, Diagnosis, Part, degree_of, diagnosis, lack_of_iron
from patients.event_kinds import kinds, problems
from patients.history import EventRecord, Series
from tests.alerts.rules.histories import event, history, on, person, series
from tests.alerts.rules.pictures import bare, film

ACUTE = event(90, "diagnosis", id=3, text="x", phase="acute")


def of(*several: Series, events: tuple[EventRecord, ...] = (), at: float = 100, **more: Any) -> Diagnosis:
    """Return the diagnosis of a history on a day."""
    return diagnosis(history(*several, events=events, at=at, **more))


def part(name: str, *several: Series, events: tuple[EventRecord, ...] = (), **more: Any) -> Part:
    """Return one part of it."""
    return next(one for one in of(*several, events=events, **more).parts if one.name == name)


def hgb(*points: tuple[float, float]) -> Series:
    """Return hemoglobin results."""
    return series(points, first_id=10)


def test_the_example_of_the_seed_article() -> None:
    found = of(
        hgb((0, 82), (99, 85)),
        series([(98, 8)], "FERRITIN", first_id=30),
        series([(98, 50)], "PAO2", first_id=20),
        events=(ACUTE, film(95, stage=2)),
    )
    assert found.text == (
        "Idiopathic pulmonary hemosiderosis, acute phase, stage II radiographic, stage II respiratory failure. "
        "Chronic iron deficiency anemia of moderate severity."
    )
    assert [[row.id for row in one.evidence] for one in found.parts] == [[3], [1095], [20], [11, 10, 30]]


def test_what_is_unknown_is_said() -> None:
    assert of().text == (
        "Idiopathic pulmonary hemosiderosis, phase unknown, radiographic stage unknown, respiratory failure unknown. "
        "Anemia unknown."
    )
    assert of().findings == {"text": of().text}


@pytest.mark.parametrize(
    ("events", "words", "code"),
    [
        ((ACUTE,), "acute phase", "acute"),
        ((event(95, "exacerbation", id=2, status="confirmed"),), "in exacerbation", "exacerbation"),
        ((event(50, "exacerbation", id=2, status="confirmed"),), "in remission", "remission"),
        ((event(50, "remission", id=2, complete=False),), "in incomplete remission", "incomplete_remission"),
        ((), "phase unknown", None),
    ],
)
def test_the_phase(events: tuple[EventRecord, ...], words: str, code: str | None) -> None:
    found = part("phase", events=events)
    assert (found.words, found.code) == (words, code)


def test_phases_are_those_of_the_catalogue() -> None:
    assert set(PHASES.values()) == set(kinds()["diagnosis"].fields["phase"].allowed)


@pytest.mark.parametrize(
    ("films", "words", "code"),
    [
        ((film(80, stage=1), film(90, stage=3)), "stage III radiographic", 3),
        ((film(80, stage=3), film(90)), "stage III radiographic", 3),
        ((bare(90, stage=0),), "no radiographic changes", 0),
        ((film(80, stage=4), film(90, stage=2)), "stage IV radiographic", 4),
        ((film(80, stage=2, reader="A"), film(81, stage=3, reader="B")), "stage II radiographic", 2),
        ((film(-90, stage=2),), "radiographic stage unknown", None),
        ((film(-90, stage=4),), "stage IV radiographic", 4),
    ],
)
def test_the_stage_is_that_of_the_newest_film_that_counts(
    films: tuple[EventRecord, ...], words: str, code: int | None
) -> None:
    found = part("xray_stage", events=films)
    assert (found.words, found.code) == (words, code)


@pytest.mark.parametrize(
    ("pressure", "degree"),
    [(100, 0), (80, 0), (79.9, 1), (60, 1), (59.9, 2), (40, 2), (39.9, 3), (20, 3)],
)
def test_the_degree_of_respiratory_failure(pressure: float, degree: int) -> None:
    assert degree_of(pressure) == degree  # clinical specification B10: 60–79 I, 40–59 II, below 40 III
    found = part("respiratory_failure", series([(95, pressure)], "PAO2"))
    assert found.code == degree
    assert found.words == ("no respiratory failure", "stage I respiratory failure", "stage II respiratory failure",
                           "stage III respiratory failure")[degree]  # fmt: skip


def test_an_old_blood_gas_says_nothing_of_now() -> None:
    assert part("respiratory_failure", series([(9, 50)], "PAO2")).code is None
    assert part("respiratory_failure", series([(10, 50)], "PAO2")).code == 2


@pytest.mark.parametrize(
    ("value", "words", "code"),
    [
        (125, "no anemia", "none"),
        (112, "anemia (iron unknown) of mild severity", "mild"),
        (90, "anemia (iron unknown) of moderate severity", "moderate"),
        (79, "anemia (iron unknown) of severe severity", "severe"),
    ],
)
def test_the_anemia_is_graded_by_who(value: float, words: str, code: str) -> None:
    found = part("anemia", hgb((99, value)))
    assert (found.words, found.code) == (words, code)


def test_without_a_sex_or_a_fresh_result_it_is_not_graded() -> None:
    assert part("anemia", hgb((99, 90)), patient=person(sex="")).words == "anemia of unknown severity"
    assert part("anemia", hgb((5, 90))).words == "anemia unknown"


@pytest.mark.parametrize(
    ("points", "chronic"),
    [
        (((0, 90), (95, 90)), True),
        (((20, 90), (95, 90)), False),
        (((0, 90), (50, 125), (95, 90)), False),
        (((0, 125), (5, 90), (95, 90)), True),
    ],
)
def test_an_anemia_of_three_months_without_a_break_is_chronic(points: Any, *, chronic: bool) -> None:
    assert part("anemia", hgb(*points)).words.startswith("chronic ") is chronic


@pytest.mark.parametrize(
    ("codes", "lacks"),
    [
        ({"FERRITIN": 10}, True),
        ({"FERRITIN": 90}, None),
        ({"TSAT": 12}, True),
        ({"TSAT": 12, "FERRITIN": 90}, True),
        ({"TSAT": 20, "FERRITIN": 90}, False),
        ({"FERRITIN": 50, "CRP": 20}, True),
        ({"FERRITIN": 50, "CRP": 2}, None),
        ({"FE": 5, "TIBC": 75}, True),
        ({}, None),
    ],
)
def test_iron_is_lacking_by_saturation_or_ferritin(codes: dict[str, float], *, lacks: bool | None) -> None:
    several = [series([(90, value)], code, first_id=place * 10) for place, (code, value) in enumerate(codes.items(), 1)]
    assert lack_of_iron(history(*several, at=100))[0] is lacks


def test_the_proposal_is_an_event_that_the_catalogue_takes() -> None:
    found = of(hgb((99, 85)), series([(98, 50)], "PAO2"), events=(ACUTE, film(95, stage=2)))
    assert found.findings == {
        "text": found.text, "phase": "acute", "xray_stage": 2, "respiratory_failure": 2, "anemia": "moderate",
    }  # fmt: skip
    assert problems("diagnosis", found.findings) == ()
    assert "xray_stage" not in of(events=(bare(95, stage=0),)).findings


def test_what_a_physician_wrote_is_kept_and_compared() -> None:
    written = event(96, "diagnosis", id=9, text="IPH, acute.", phase="acute", xray_stage=3, anemia="moderate")
    found = of(hgb((99, 85)), events=(film(95, stage=2), ACUTE, written)).confirmed
    assert found is not None
    assert (found.text, found.at, found.event_id, found.changed) == ("IPH, acute.", on(96), 9, ("X-ray stage",))
    assert of(at=95, events=(written,)).confirmed is None
    assert of().confirmed is None


def test_as_known_on_an_earlier_day() -> None:
    several = (hgb((0, 125), (99, 85)),)
    assert part("anemia", *several, at=50).code == "none"
    assert part("anemia", *several, at=100).code == "moderate"
    assert on(50) - on(0) == timedelta(days=50)


def test_numbers_have_sources() -> None:
    assert all(one.source and one.low <= one.default <= one.high for one in SETTINGS)
