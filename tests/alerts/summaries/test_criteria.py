"""The eight criteria: met, not met, or unknown, each with its rows."""

from typing import Any

import pytest

from alerts.summaries.criteria import SETTINGS, Criterion, State, criteria
from patients.history import EventRecord, Series, TreatmentRecord
from tests.alerts.rules.histories import event, history, series, treatment
from tests.alerts.rules.pictures import bare, film, foci, sample

MET, NOT, UNKNOWN = State.MET, State.NOT_MET, State.UNKNOWN


def one(
    number: int, *events: EventRecord, several: tuple[Series, ...] = (), treatments: list[TreatmentRecord] | None = None
) -> Criterion:
    """Return one criterion of a history on day 1000."""
    found = criteria(history(*several, events=events, treatments=treatments or [], at=1000))
    return found.each[number - 1]


def named(day: float, kind: str, **findings: Any) -> EventRecord:
    """Return an event with an id of its own."""
    return event(day, kind, id=1000 + int(day), **findings)


def test_nothing_known_is_eight_times_unknown() -> None:
    found = criteria(history(at=10))
    assert [each.state for each in found.each] == [UNKNOWN] * 8
    assert [each.number for each in found.each] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert found.words == "0 of 8 met, 8 unknown"
    assert all(each.note for each in found.each)


BLED = named(10, "hemoptysis", amount="streaks")


@pytest.mark.parametrize(
    ("events", "state"),
    [
        ((), UNKNOWN),
        ((BLED,), NOT),
        ((BLED, event(10.2, "hemoptysis", id=5, amount="streaks")), NOT),
        ((BLED, named(300, "hemoptysis", amount="teaspoon")), MET),
    ],
)
def test_repeated_hemoptysis(events: tuple[EventRecord, ...], state: State) -> None:
    assert one(1, *events).state is state
    assert len(one(1, *events).evidence) == len(events)


def short(day: float, severity: int | None) -> EventRecord:
    """Return an entry of dyspnea."""
    return named(day, "symptom", name="dyspnea", **({} if severity is None else {"severity": severity}))


@pytest.mark.parametrize(
    ("events", "state"),
    [
        ((short(0, 1),), UNKNOWN),
        ((short(0, None), short(90, None)), UNKNOWN),
        ((short(0, 1), short(90, 2)), MET),
        ((short(0, 1), short(40, 3), short(90, 1)), NOT),
        ((short(0, 2), short(90, 1)), NOT),
        ((short(0, 1), named(90, "symptom", name="cough", severity=3)), UNKNOWN),
    ],
)
def test_progressive_dyspnea(events: tuple[EventRecord, ...], state: State) -> None:
    assert one(2, *events).state is state


@pytest.mark.parametrize(
    ("findings", "state"),
    [
        ({"moist_rales": True}, MET),
        ({"crepitation": True, "moist_rales": False}, MET),
        ({"crepitation": False, "moist_rales": False}, NOT),
        ({"crepitation": False}, UNKNOWN),
        ({"dry_wheezes": True}, UNKNOWN),
    ],
)
def test_rales(findings: dict[str, Any], state: State) -> None:
    assert one(3, named(5, "examination", **findings)).state is state


@pytest.mark.parametrize(
    ("films", "state", "note"),
    [
        ((foci(0), bare(15), bare(500, stage=4)), MET, ""),
        ((foci(0), bare(15)), UNKNOWN, "Not seen so far: fibrosis."),
        ((film(500, stage=4),), UNKNOWN, "Not seen so far: foci that vanished in 1–3 weeks."),
        ((foci(0), film(30, foci_present=True)), NOT, ""),
        ((foci(0), bare(30)), UNKNOWN, "Not seen so far: foci that vanished in 1–3 weeks, fibrosis."),
        ((film(0, stage=4), foci(10), bare(25)), UNKNOWN, "Not seen so far: fibrosis."),
    ],
)
def test_foci_that_vanish_and_then_fibrosis(films: tuple[EventRecord, ...], state: State, note: str) -> None:
    found = one(4, *films)
    assert (found.state, found.note) == (state, note)


def test_the_films_that_show_it_are_its_rows() -> None:
    found = one(4, foci(0), bare(15), bare(500, stage=4))
    assert [(row.id, row.value) for row in found.evidence] == [(1500, "fibrosis"), (1015, "gone"), (1000, "new foci")]


def without(*days: float) -> list[EventRecord]:
    """Return samples without siderophages."""
    return [sample(day, siderophages="absent") for day in days]


@pytest.mark.parametrize(
    ("events", "state"),
    [
        ([sample(5, siderophages="few")], MET),
        ([*without(1, 2, 3), sample(5, siderophages="many")], MET),
        (without(1, 2, 3), NOT),
        (without(1, 2), UNKNOWN),
        ([sample(5, siderophages="many", adequate=False)], UNKNOWN),
        ([sample(5, kind="lavage", siderophages_percent=40)], UNKNOWN),
    ],
)
def test_siderophages_in_sputum(events: list[EventRecord], state: State) -> None:
    assert one(5, *events).state is state


def blood(hgb: float, day: float = 10, **codes: float) -> tuple[Series, ...]:
    """Return a blood count with what else was measured of it."""
    others = (series([(day, value)], code, first_id=place * 10) for place, (code, value) in enumerate(codes.items(), 1))
    return (series([(day, hgb)], first_id=1), *others)


@pytest.mark.parametrize(
    ("several", "state"),
    [
        (blood(90, MCH=22, FE=4), MET),
        (blood(90, RBC=4.2, FE=4), MET),
        (blood(90, RBC=4.2, TSAT=10), MET),
        (blood(90, MCH=30, FE=4), NOT),
        (blood(90, MCH=22, FE=15), NOT),
        (blood(130, MCH=30, FE=15), NOT),
        (blood(90, MCH=22), UNKNOWN),
        (blood(90, FE=4), UNKNOWN),
        (blood(90, RBC=2.8, FE=4), NOT),
    ],
)
def test_hypochromic_anemia_with_low_iron(several: tuple[Series, ...], state: State) -> None:
    assert one(6, several=several).state is state  # color index 3·90/420 = 0.64, and 3·90/280 = 0.96


def test_an_anemia_of_which_too_little_is_known_leaves_it_open() -> None:
    later = (
        series([(10, 130), (90, 85)], first_id=1),
        series([(10, 30)], "MCH", first_id=20),
        series([(10, 15)], "FE", first_id=30),
    )
    assert one(6, several=later).state is UNKNOWN
    assert one(6, several=later).note == "An anemia without red-cell indices and iron of the same days."


def test_blood_and_iron_belong_together_within_a_month() -> None:
    far = (*blood(90, MCH=22), series([(41, 4)], "FE", first_id=90))
    assert one(6, several=far).state is UNKNOWN
    near = (*blood(90, MCH=22), series([(40, 4)], "FE", first_id=90))
    assert [row.code for row in one(6, several=near).evidence] == ["HGB", "MCH", "FE"]


@pytest.mark.parametrize(
    ("findings", "state"),
    [
        ({"siderophages": True, "fibrosis": True}, MET),
        ({"siderophages": True, "fibrosis": False}, NOT),
        ({"siderophages": True}, UNKNOWN),
        ({"site": "surgical"}, UNKNOWN),
    ],
)
def test_biopsy(findings: dict[str, Any], state: State) -> None:
    assert one(7, named(5, "biopsy", **findings)).state is state


@pytest.mark.parametrize(
    ("findings", "state"),
    [
        ({"negative": True}, MET),
        ({"negative": False}, NOT),
        ({"induration_mm": 0}, MET),
        ({"induration_mm": 4.9}, MET),
        ({"induration_mm": 5}, NOT),
        ({"negative": True, "induration_mm": 12}, MET),
    ],
)
def test_tuberculin(findings: dict[str, Any], state: State) -> None:
    assert one(8, named(5, "tuberculin", **findings)).state is state


def test_the_last_tuberculin_test_counts_and_is_doubted_under_steroids() -> None:
    tests = named(5, "tuberculin", negative=True), named(90, "tuberculin", negative=False)
    assert one(8, *tests).state is NOT
    taken = treatment(0, "prednisolone", dose=15, unit="mg")
    found = one(8, tests[0], treatments=[taken])
    assert (found.state, found.note) == (MET, "Under 15 mg of prednisone a day: unreliable.")
    assert one(8, tests[0], treatments=[treatment(0, "prednisolone", dose=10, unit="mg")]).note == ""


def test_all_that_lies_ahead_is_unknown() -> None:
    events = [named(1001, "tuberculin", negative=True), sample(1002, siderophages="many")]
    assert criteria(history(events=events, at=1000)).words == "0 of 8 met, 8 unknown"
    assert criteria(history(events=events, at=1003)).words == "2 of 8 met, 6 unknown"


def test_numbers_have_sources() -> None:
    assert all(one.source and one.low <= one.default <= one.high for one in SETTINGS)
