"""What counts as another sign of bleeding beside a small fall, and what does not."""

from typing import Any

import pytest

from alerts.rules import hemoglobin_fall
from alerts.rules.support import CODES, Support, support
from patients.analytes import analyte
from patients.history import EventRecord, History
from tests.alerts.rules.histories import Point, event, history, on, series

SETTINGS = hemoglobin_fall.RULE.resolved({})
FALL = 100.0


def found(seen: History, *, at: float = 200, **chosen: float) -> list[Support]:
    """Return what supports a fall on day 100, seen on day 200."""
    return support(seen, on(FALL).timestamp(), on(at).timestamp(), hemoglobin_fall.RULE.resolved(chosen))


def words(*events: EventRecord, at: float = 200) -> list[str]:
    """Return what events say."""
    return [one.words for one in found(history(events=events, at=200), at=at)]


def of(code: str, *points: Point, unconfirmed: tuple[int, ...] = (), preliminary: tuple[int, ...] = ()) -> list[str]:
    """Return what results of an analyte say."""
    one = series(points, code, unconfirmed=unconfirmed, preliminary=preliminary)
    return [each.words for each in found(history(one, at=200))]


def test_nothing_supports_nothing() -> None:
    assert words() == []


@pytest.mark.parametrize("amount", ["streaks", "teaspoon", "moderate", "massive"])
def test_hemoptysis_of_any_amount(amount: str) -> None:
    (one,) = found(history(events=[event(95, "hemoptysis", id=7, amount=amount)], at=200))
    assert one.words == "hemoptysis"
    row = one.evidence
    assert (row.role, row.kind, row.id, row.code, row.value) == ("support", "event", 7, "hemoptysis", amount)


@pytest.mark.parametrize(("day", "counts"), [(85.9, False), (86, True), (114, True), (114.1, False)])
def test_only_within_14_days_before_or_after(day: float, *, counts: bool) -> None:
    assert bool(words(event(day, "hemoptysis", amount="streaks"))) is counts


def test_what_is_not_yet_true_does_not_count() -> None:
    later = event(105, "hemoptysis", amount="streaks")
    assert words(later, at=104) == []
    assert words(later, at=105) == ["hemoptysis"]


def test_the_window_is_a_setting() -> None:
    seen = history(events=[event(80, "hemoptysis", amount="streaks")], at=200)
    assert found(seen) == []
    assert len(found(seen, support_days=21)) == 1


@pytest.mark.parametrize("kind", ["chest_xray", "chest_ct"])
@pytest.mark.parametrize(
    ("findings", "counts"),
    [
        ({"new_foci": True}, True),
        ({"zones": {"left_lower": "new", "left_upper": "resolved"}}, True),
        ({"zones": {"left_lower": "persisting"}}, False),
        ({"new_foci": False}, False),
        ({"foci_present": True}, False),
        ({}, False),
    ],
)
def test_new_foci(kind: str, findings: dict[str, Any], counts: bool) -> None:
    assert words(event(98, kind, **findings)) == (["new foci"] if counts else [])


@pytest.mark.parametrize("amount", ["few", "moderate", "many"])
def test_siderophages_in_sputum(amount: str) -> None:
    assert words(event(104, "sputum", siderophages=amount)) == ["siderophages newly found"]


def test_siderophages_in_lavage() -> None:
    assert words(event(104, "lavage", siderophages_percent=41)) == ["siderophages newly found"]
    assert words(event(104, "lavage", siderophages_percent=0)) == []


@pytest.mark.parametrize("findings", [{"siderophages": "absent"}, {"adequate": False}, {"erythrocytes": "many"}])
def test_a_sputum_without_siderophages(findings: dict[str, Any]) -> None:
    assert words(event(104, "sputum", **findings)) == []


def test_siderophages_of_the_eight_weeks_before_may_be_of_an_old_bleed() -> None:
    now = event(104, "sputum", id=2, siderophages="many")
    assert words(event(60, "sputum", id=1, siderophages="few"), now) == []
    assert words(event(40, "sputum", id=1, siderophages="few"), now) == ["siderophages newly found"]
    assert words(event(90, "sputum", id=1, siderophages="absent"), now) == ["siderophages newly found"]


def test_reticulocytes_above_two_percent() -> None:
    assert of("RETIC", (101, 2.1)) == ["reticulocytes raised"]
    assert of("RETIC", (101, 2.0)) == []


def test_reticulocytes_well_above_the_own_median() -> None:
    own = [(0.0, 1.0), (20.0, 1.2), (40.0, 1.1)]
    assert of("RETIC", *own, (101, 1.65)) == ["reticulocytes raised"]
    assert of("RETIC", *own, (101, 1.6)) == []
    assert of("RETIC", *own[:2], (101, 1.8)) == []


def test_unconfirmed_and_preliminary_results_are_no_own_median() -> None:
    own = [(0.0, 1.0), (20.0, 1.2), (40.0, 1.1), (101.0, 1.7)]
    assert of("RETIC", *own, unconfirmed=(1,)) == []
    assert of("RETIC", *own, preliminary=(1,)) == []
    assert of("RETIC", *own, preliminary=(3,)) == []


def test_kco_a_third_above_the_own_median() -> None:
    assert of("KCO", (0, 1.4), (50, 1.6), (103, 1.95)) == ["KCO raised"]
    assert of("KCO", (0, 1.4), (50, 1.6), (103, 1.9)) == []
    assert of("KCO", (50, 1.6), (103, 3.0)) == []


def test_saturation_three_points_below_the_own_median() -> None:
    own = [(float(day), 97.0) for day in range(0, 50, 10)]
    assert of("SPO2", *own, (99, 94.0)) == ["oxygen saturation fallen"]
    assert of("SPO2", *own, (99, 94.5)) == []
    assert of("SPO2", *own[:4], (99, 90.0)) == []


def test_results_within_the_window_are_not_their_own_median() -> None:
    assert of("RETIC", (87, 1.0), (88, 1.0), (89, 1.0), (101, 1.9)) == []


def test_support_is_in_the_order_of_time() -> None:
    several = [event(110, "hemoptysis", id=1, amount="streaks"), event(90, "chest_xray", id=2, new_foci=True)]
    seen = history(series([(100, 3.0)], "RETIC"), events=several, at=200)
    assert [one.words for one in found(seen)] == ["new foci", "reticulocytes raised", "hemoptysis"]


def test_units_shown_are_those_of_the_catalogue() -> None:
    for code in CODES:
        one = series([(100, 1.0)], code)
        for each in found(history(one, at=200)):
            assert each.evidence.unit == analyte(code).unit
