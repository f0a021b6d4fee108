"""What stands beside iron studies: arithmetic, time of day, tablets, red cells."""

from typing import Any

import pytest

from alerts.rules import iron_deficiency, iron_words
from alerts.rules.iron_samples import Sample, samples
from alerts.rules.results import Results, hemoglobin
from patients.history import Series
from tests.alerts.rules.histories import CHILD, history, measured, on, person, series, treatment

SETTINGS = iron_deficiency.RULE.resolved({})
NB = "\u00a0"


def known(*several: Series, **fields: Any) -> tuple[Results, Sample]:
    """Return results and the newest sample of a history."""
    seen = history(*several, **fields)
    results = hemoglobin(seen, SETTINGS, seen.at)
    return results, samples(results, SETTINGS)[-1]


def lines(*several: Series, **fields: Any) -> tuple[str, ...]:
    """Return the lines beside the newest sample of a history."""
    return iron_words.lines(*known(*several, **fields))


def test_a_saturation_that_was_computed() -> None:
    assert lines(measured("FE", (0, 4)), measured("TIBC", (0, 80))) == (f"Saturation = 100 × 4 / 80 = 5{NB}%",)


def test_from_transferrin_in_two_steps() -> None:
    assert lines(measured("FE", (0, 5)), measured("TRANSFERRIN", (0, 3.4))) == (
        f"TIBC = 25.1 × 3.4 = 85.3{NB}µmol/L",
        f"Saturation = 100 × 5 / 85.3 = 5.9{NB}%",
    )


def test_one_that_was_reported_needs_no_arithmetic() -> None:
    assert lines(measured("TSAT", (0, 12))) == ()


@pytest.mark.parametrize(
    ("ferritin", "crp", "said"),
    [
        (90, 12, f"CRP 12{NB}mg/L: inflamed; deficient below 15 without inflammation, with it below 70: not deficient"),
        (60, 12, f"CRP 12{NB}mg/L: inflamed; deficient below 15 without inflammation, with it below 70: deficient"),
        (
            40,
            2,
            f"CRP 2{NB}mg/L: not inflamed; deficient below 15 without inflammation, with it below 70: not deficient",
        ),
        (40, None, "inflammation unknown; deficient below 15 without inflammation, with it below 70: indeterminate"),
    ],
)
def test_ferritin_with_what_it_is_compared_with(ferritin: float, crp: float | None, said: str) -> None:
    beside = [] if crp is None else [measured("CRP", (1, crp))]
    assert lines(measured("FERRITIN", (0, ferritin)), *beside, at=2) == (f"Ferritin {ferritin}{NB}µg/L; {said}",)


def test_ferritin_in_pregnancy() -> None:
    first = person(pregnancies=((on(-30).date(), None),))
    assert lines(measured("FERRITIN", (0, 40)), patient=first)[0].endswith("with it by none: indeterminate")
    third = person(pregnancies=((on(-220).date(), None),))
    assert lines(measured("FERRITIN", (0, 40)), patient=third) == (
        f"Ferritin 40{NB}µg/L: WHO gives no cutoff for this time of pregnancy",
    )


def test_a_bound_that_says_nothing() -> None:
    assert lines(measured("FERRITIN", (0, 20), signs={0: "<"}))[0].endswith(": cannot be said")


@pytest.mark.parametrize(("day", "zone", "late"), [(0, "UTC", False), (0.17, "UTC", True), (0, "Asia/Tokyo", True)])
def test_a_sample_of_the_afternoon_is_marked(day: float, zone: str, late: bool) -> None:
    found = lines(measured("TSAT", (day, 12)), patient=person(time_zone=zone))
    assert found == (("Taken after noon: iron is higher in the morning",) if late else ())


def test_iron_by_mouth_is_marked_while_it_was_taken() -> None:
    rows = [treatment(-10, "Ferrous sulfate", until=10, route="oral")]
    marked = f"Iron by mouth was taken then: a sample should be 24{NB}hours after a tablet"
    assert lines(measured("TSAT", (0, 12)), treatments=rows) == (marked,)
    assert lines(measured("TSAT", (11, 12)), treatments=rows) == ()
    assert lines(measured("FERRITIN", (0, 90)), treatments=rows)[1:] == ()


def test_small_and_pale_cells_by_age() -> None:
    cells = [measured("MCV", (1, 74)), measured("MCH", (1, 24.9))]
    grown = lines(measured("TSAT", (0, 12)), *cells, at=2)
    assert grown == (f"MCV 74{NB}fL, below 80 for the age", f"MCH 24.9{NB}pg, below 27 for the age")
    assert lines(measured("TSAT", (0, 12)), *cells, at=2, patient=CHILD) == ()  # 4 years: 72 fL, 24 pg
    assert lines(measured("TSAT", (0, 12)), measured("MCV", (3.1, 74)), at=9) == ()


def test_the_color_index_of_one_count() -> None:
    count = [series([(0, 90)]), measured("RBC", (0, 4.1))]  # clinical vector color_index-02
    assert lines(measured("TSAT", (0, 12)), *count) == ("Color index 3 × 90 / 410 = 0.66, hypochromic",)
    assert lines(measured("TSAT", (0, 12)), series([(0, 90)]), measured("RBC", (0.5, 4.1)), at=2) == ()


@pytest.mark.parametrize(("mch", "fits"), [(21.95, True), (30, False)])
def test_a_color_index_is_checked_by_the_cells(mch: float, fits: bool) -> None:
    count = [series([(0, 90)]), measured("RBC", (0, 4.1)), measured("MCH", (0, mch))]
    wrong = [line for line in lines(measured("TSAT", (0, 12)), *count) if "does not fit" in line]
    assert bool(wrong) is not fits


def test_rows_of_a_computed_saturation_are_iron_and_capacity() -> None:
    results, sample = known(
        measured("FE", (0, 4)), measured("TIBC", (0, 80)), measured("FERRITIN", (0, 90)), measured("CRP", (0, 12))
    )
    found = [(row.role, row.code, row.value, row.unit) for row in iron_words.evidence(results, sample)]
    assert found == [
        ("result", "FE", 4, "umol/L"),
        ("result", "TIBC", 80, "umol/L"),
        ("result", "FERRITIN", 90, "ug/L"),
        ("support", "CRP", 12, "mg/L"),
    ]


def test_rows_of_a_reported_one_are_itself() -> None:
    results, sample = known(measured("TSAT", (0, 5), signs={0: "<"}))
    assert [(row.code, row.value) for row in iron_words.evidence(results, sample)] == [("TSAT", "<5")]
    bare = known(measured("FERRITIN", (0, 9)))
    assert [row.code for row in iron_words.evidence(*bare)] == ["FERRITIN"]
