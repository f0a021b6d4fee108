"""The differential table: what the record says of each feature, and for which disease that speaks."""

from typing import Any

import pytest

from alerts.summaries.differential import SETTINGS, Disease, Feature, differential
from patients.history import EventRecord, History
from tests.alerts.rules.histories import event, history, person, series, treatment
from tests.alerts.rules.pictures import LEFT, bare, film, foci, sample

IPH, TB, CANCER = Disease.HEMOSIDEROSIS, Disease.TUBERCULOSIS, Disease.CANCER


def row(name: str, seen: History) -> Feature:
    """Return one feature of the table."""
    return next(one for one in differential(seen).features if one.name == name)


def said(name: str, *events: EventRecord, **more: Any) -> tuple[str, tuple[Disease, ...]]:
    """Return what a feature says of some events, and for what it speaks."""
    found = row(name, history(events=events, at=1000, **more))
    return found.said, found.speaks_for


def named(day: float, kind: str, **findings: Any) -> EventRecord:
    """Return an event with an id of its own."""
    return event(day, kind, id=1000 + int(day), **findings)


def test_nothing_recorded_speaks_for_nothing() -> None:
    found = differential(history(at=10))
    assert len(found.features) == 12
    assert all((one.said, one.speaks_for, one.evidence) == ("", (), ()) for one in found.features)
    assert found.tally == {}


@pytest.mark.parametrize(
    ("events", "words", "diseases"),
    [
        ([(1, "streaks")], "On 1 day, at most streaks", ()),
        ([(1, "massive")], "On 1 day, at most massive", (IPH,)),
        ([(1, "streaks"), (9, "streaks")], "On 2 days, at most streaks", (TB,)),
        ([(1, "streaks"), (9, "streaks"), (20, "streaks")], "On 3 days, at most streaks", (IPH,)),
        ([(1, "streaks"), (9, "massive")], "On 2 days, at most massive", (IPH,)),
    ],
)
def test_bleeding(events: list[tuple[int, str]], words: str, diseases: tuple[Disease, ...]) -> None:
    assert said("Bleeding", *(named(day, "hemoptysis", amount=amount) for day, amount in events)) == (words, diseases)


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([sample(1, siderophages="few")], ("Found 1 time", (IPH,))),
        ([sample(1, siderophages="few"), sample(2, kind="lavage", siderophages_percent=30)], ("Found 2 times", (IPH,))),
        ([sample(1, siderophages="absent")], ("Not found in 1", ())),
        ([sample(1, adequate=False)], ("", ())),
    ],
)
def test_siderophages(events: list[EventRecord], expected: Any) -> None:
    assert said("Siderophages", *events) == expected


@pytest.mark.parametrize(
    ("name", "finding", "found", "disease"),
    [("Mycobacteria", "acid_fast_bacilli", "1+", TB), ("Atypical cells", "atypical_cells", "suspicious", CANCER)],
)
def test_what_hemosiderosis_has_not(name: str, finding: str, found: str, disease: Disease) -> None:
    none, again, some = (
        named(day, "sputum", **{finding: one}) for day, one in ((1, "absent"), (3, "absent"), (2, found))
    )
    assert said(name, none) == ("None in 1 sample", (IPH,))
    assert said(name, none, again) == ("None in 2 samples", (IPH,))
    assert said(name, some, none) == ("Found", (disease,))


@pytest.mark.parametrize(
    ("films", "expected"),
    [
        ([foci(0), bare(15)], ("Went", (IPH,))),
        ([foci(0), film(10, foci_present=True)], ("There, not old yet", ())),
        ([foci(0), film(30, foci_present=True)], ("There for more than 21 days", (TB, CANCER))),
        ([foci(0), film(30, foci_present=True), bare(60)], ("There for more than 21 days", (TB, CANCER))),
        ([foci(0), film(30, foci_present=True), bare(60), foci(200), bare(215)], ("Went", (IPH,))),
        ([film(0, zones={LEFT: "resolved"})], ("", ())),
    ],
)
def test_foci(films: list[EventRecord], expected: Any) -> None:
    assert said("Foci", *films) == expected


def test_the_films_of_the_foci_are_the_rows() -> None:
    found = row("Foci", history(events=[foci(0), bare(15)], at=100))
    assert [(one.id, one.value) for one in found.evidence] == [(1015, "gone"), (1000, "foci"), (1000, "first seen")]


def test_cavities_and_the_root() -> None:
    assert said("Cavities", film(1, cavity=True), film(9, cavity=False)) == ("Seen", (TB,))
    assert said("Cavities", film(9, cavity=False)) == ("None", (IPH,))
    assert said("Cavities", film(9)) == ("", ())
    assert said("Root of the lung", film(9, root_widened=True)) == ("Widened", (CANCER,))
    assert said("Root of the lung", film(9, root_widened=False)) == ("", ())


@pytest.mark.parametrize(
    ("findings", "expected"),
    [
        ({"siderophages": True, "fibrosis": True}, ("Siderophages and fibrosis", (IPH,))),
        ({"siderophages": True}, ("Not both", ())),
        ({"siderophages": False, "fibrosis": False}, ("Not both", ())),
        ({"site": "surgical"}, ("", ())),
    ],
)
def test_biopsy(findings: dict[str, Any], expected: Any) -> None:
    assert said("Biopsy", named(3, "biopsy", **findings)) == expected


def test_treatment_says_since_when_and_speaks_for_nothing() -> None:
    taken = [treatment(20, "Prednisolon", dose=20, unit="mg"), treatment(0, "ferrous sulfate")]
    assert said("Treatment", treatments=taken) == ("Steroids since 2024-01-21", ())
    assert said("Treatment", treatments=[treatment(20, "prednisolone", intent="planned")]) == ("", ())
    assert said("Treatment", treatments=[treatment(2000, "prednisolone")]) == ("", ())


def test_the_heart() -> None:
    ill = person(comorbidities=frozenset({"heart_disease"}))
    assert said("Heart", patient=ill) == ("Heart disease is known", (Disease.CONGESTION,))
    assert said("Heart", film(1, congestion=True)) == ("Signs of it", (Disease.CONGESTION,))
    assert said("Heart", named(1, "ultrasound", organ="heart", enlarged=True)) == ("Signs of it", (Disease.CONGESTION,))
    assert said("Heart", named(1, "ultrasound", organ="liver", enlarged=True)) == ("", ())


def test_infection_of_the_lower_airway() -> None:
    assert said("Airway infection", named(1, "infection", site="lower_airway")) == (
        "Lower airway",
        (Disease.PNEUMONIA,),
    )
    assert said("Airway infection", named(1, "infection", site="upper_airway")) == ("", ())


@pytest.mark.parametrize(
    ("code", "values", "expected"),
    [
        ("U_RBC", [6, 9], ("Blood or protein in urine, twice", (Disease.GOODPASTURE,))),
        ("U_RBC", [5, 9], ("Once raised", ())),
        ("U_RBC", [5, 2], ("Not raised", (IPH,))),
        ("U_PROT", [0.3, 0.5], ("Blood or protein in urine, twice", (Disease.GOODPASTURE,))),
        ("U_PROT", [0.29], ("Not raised", (IPH,))),
    ],
)
def test_kidneys(code: str, values: list[float], expected: Any) -> None:
    urine = series([(float(day), value) for day, value in enumerate(values)], code)
    found = row("Kidneys", history(urine, at=100))
    assert (found.said, found.speaks_for) == expected  # clinical specification B14: red cells > 5, protein ≥ 0.3 g/L


def test_one_red_cell_and_one_protein_are_not_twice_the_same() -> None:
    found = row("Kidneys", history(series([(0, 9)], "U_RBC"), series([(0, 0.5)], "U_PROT", first_id=9), at=100))
    assert (found.said, len(found.evidence)) == ("Once raised", 2)


def test_the_tally_counts_rows_by_disease() -> None:
    seen = history(events=[sample(1, siderophages="few", acid_fast_bacilli="3+"), film(2, cavity=True)], at=100)
    assert differential(seen).tally == {IPH: 1, TB: 2}


def test_all_that_lies_ahead_is_not_seen() -> None:
    assert differential(history(events=[film(20, cavity=True)], at=10)).tally == {}


def test_numbers_have_sources() -> None:
    assert all("clinical specification B14" in one.source and one.low <= one.default <= one.high for one in SETTINGS)
