"""Iron, ferritin, saturation and spirometry as strips."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from monitor.course_labs import iron_strips, low_ferritin, low_iron, own_best, spirometry_strip
from monitor.course_strip import COLORS, Strip
from patients.history import History
from tests.alerts.rules.histories import CHILD, START, WOMAN, Point, history, person, series
from tests.monitor.figures_read import colors

UTC_ZONE = ZoneInfo("UTC")
WHOLE = history(
    series([(0, 9), (30, 18)], "FE"), series([(0, 72), (30, 55)], "TIBC"), series([(0, 11), (30, 40)], "FERRITIN")
)


def strips(known: History) -> dict[str, Strip]:
    """Return the strips of a history by their ids."""
    return {one.id: one for one in iron_strips(known, UTC_ZONE)}


def test_iron_ferritin_and_saturation_stand_in_this_order() -> None:
    found = iron_strips(WHOLE, UTC_ZONE)
    assert [(one.id, one.name, one.height) for one in found] == [
        ("iron", "Iron", 52),
        ("ferritin", "Ferritin", 52),
        ("sat", "Saturation", 52),
    ]


def test_each_has_its_shape() -> None:
    found = strips(WHOLE)
    assert [found[name].traces[0]["marker"]["symbol"] for name in found] == ["circle", "diamond", "square"]


def test_what_was_not_measured_has_no_strip() -> None:
    assert list(strips(history(series([(0, 40)], "FERRITIN")))) == ["ferritin"]
    assert strips(history()) == {}


def test_a_computed_saturation_says_so() -> None:
    (trace,) = strips(WHOLE)["sat"].traces
    assert trace["y"] == [12.5, 32.7273]
    assert trace["text"] == ["12.5 %, computed", "32.7273 %, computed"]


def test_lower_limits_are_dotted_named_and_kept_in_sight() -> None:
    found = strips(WHOLE)
    assert {name: one.limits for name, one in found.items()} == {"iron": (6.6,), "ferritin": (15,), "sat": (16,)}
    assert {name: one.unit for name, one in found.items()} == {
        "iron": "µmol/L, from 6.6",
        "ferritin": "µg/L, from 15",
        "sat": "%, from 16",
    }
    assert found["iron"].fit == {"zero": True, "keep": [6.6]}


def test_a_limit_above_every_value_is_in_the_range() -> None:
    found = strips(history(series([(0, 2)], "FERRITIN")))["ferritin"]
    assert found.axis["range"][1] > 15


@pytest.mark.parametrize(
    ("patient", "limit"), [(WOMAN, 6.6), (person(sex="male"), 10.6), (CHILD, 9.0), (person(sex=""), None)]
)
def test_irons_limit_is_that_of_sex_and_age(patient: object, limit: float | None) -> None:
    known = history(series([(0, 9)], "FE"), patient=patient)  # type: ignore[arg-type] # what the cases are
    assert low_iron(known) == limit
    assert strips(known)["iron"].limits == (() if limit is None else (limit,))


@pytest.mark.parametrize(
    ("born", "limit"),
    [(date(2019, 1, 2), 12), (date(2018, 12, 31), 15), (date(1980, 1, 1), 15), (None, 15)],
)
def test_ferritins_limit_is_that_of_who(born: date | None, limit: float) -> None:
    """WHO 2020, no inflammation: below 12 µg/L under five years, else below 15."""
    known = history(series([(0, 9)], "FERRITIN"), patient=person(birth_date=born), at=0.5)
    assert known.at.date() == START.date()
    assert low_ferritin(known) == limit


def breaths(*fev1: Point, fvc: tuple[Point, ...] = ()) -> Strip | None:
    """Return the strip of spirometries."""
    return spirometry_strip(history(series(fev1, "FEV1"), series(fvc, "FVC")), UTC_ZONE)


def test_breaths_are_shares_of_the_own_best() -> None:
    found = breaths((0, 2.0), (90, 2.5), (180, 2.25), fvc=((0, 3.0), (90, 2.7)))
    assert found is not None
    assert {trace["name"]: trace["y"] for trace in found.traces} == {"FVC": [100, 90], "FEV1": [80, 100, 90]}


def test_the_strip_says_honestly_what_it_shows() -> None:
    found = breaths((0, 2.0), (90, 2.5))
    assert found is not None
    assert (found.name, found.unit) == ("Spirometry", "% of own best")
    assert found.traces[0]["text"] == ["2.00 L, 80 % of own best", "2.50 L, 100 % of own best"]
    assert found.limits == (100,)


def test_without_spirometry_there_is_no_strip() -> None:
    assert breaths() is None


def test_the_own_best_is_one_that_rules_may_use() -> None:
    assert own_best(series([(0, 2.0), (9, 25.0), (12, 3.0)], "FEV1", preliminary=[1])) == 3
    assert own_best(series([(0, 2.0), (9, 25.0)], "FEV1", unconfirmed=[1])) == 2
    assert own_best(series([(0, 0.0)], "FEV1")) is None
    assert own_best(series([(0, 2.0)], "FEV1", preliminary=[0])) is None
    assert own_best(series([], "FEV1")) is None


def test_a_value_that_is_not_confirmed_may_stand_above_the_best() -> None:
    known = series([(0, 2.0), (9, 5.0)], "FEV1", unconfirmed=[1])
    found = spirometry_strip(history(known), UTC_ZONE)
    assert found is not None
    assert found.traces[0]["y"] == [100, 250]
    assert found.axis["range"][1] > 250


def test_each_line_is_named_at_its_end() -> None:
    found = breaths((0, 2.0), (90, 2.5), fvc=((0, 4.0), (80, 2.0)))
    assert found is not None
    assert {(note["text"], note["x"], note["y"]) for note in found.notes} == {
        ("FEV1", "2024-03-31T08:00", 100),
        ("FVC", "2024-03-21T08:00", 50),
    }
    assert {note["yshift"] for note in found.notes} == {0}


@pytest.mark.parametrize(("last", "shifts"), [(2.0, {"FVC": 6, "FEV1": -6}), (1.9, {"FVC": -6, "FEV1": 6})])
def test_names_of_lines_that_end_together_stand_apart(last: float, shifts: dict[str, int]) -> None:
    found = breaths((0, 2.5), (90, 2.4), fvc=((0, 2.0), (90, last)))
    assert found is not None
    assert {note["text"]: note["yshift"] for note in found.notes} == shifts


def test_every_color_has_a_token() -> None:
    found = breaths((0, 2.0), fvc=((0, 3.0),))
    assert found is not None
    drawn = [*found.traces, *found.notes, *(trace for one in iron_strips(WHOLE, UTC_ZONE) for trace in one.traces)]
    assert colors(drawn) <= set(COLORS)
