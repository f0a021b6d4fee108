"""What keeps results out of the steady state, and for how long."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.rules import hemoglobin_fall
from alerts.rules.circumstances import (
    Circumstances,
    circumstances,
    exacerbations,
    infusions,
    since,
    transfusions,
)
from alerts.rules.results import hemoglobin
from patients.history import EventRecord, History, TreatmentRecord
from tests.alerts.rules.histories import WOMAN, event, history, on, person, series, treatment

SETTINGS = hemoglobin_fall.RULE.resolved({})


def around(days: list[float], *events: EventRecord, treatments: list[TreatmentRecord] | None = None) -> Circumstances:
    """Return the circumstances of results on these days."""
    seen = history(series([(day, 120) for day in days]), events=events, treatments=treatments or [], at=max(days) + 500)
    return of(seen)


def of(seen: History) -> Circumstances:
    """Return the circumstances of a history's results."""
    return circumstances(hemoglobin(seen, SETTINGS, seen.at), SETTINGS)


def test_nothing_happened() -> None:
    found = around([0, 100])
    assert found.unsteady == [False, False]
    assert found.epoch == [0, 0]
    assert found.since_transfusion == [np.inf, np.inf]
    assert found.episode_end == [-np.inf, -np.inf]


def test_for_120_days_after_a_transfusion_nothing_is_steady() -> None:
    found = around([9, 10, 60, 130, 131], event(10, "transfusion", product="red_cells", units=2))
    assert found.unsteady == [False, True, True, True, False]
    assert found.since_transfusion[1:3] == [0, 50 * 86400]


def test_the_newest_transfusion_counts() -> None:
    given = [event(day, "transfusion", id=day, product="red_cells") for day in (0, 100)]
    assert around([90, 130], *given).since_transfusion == [90 * 86400, 30 * 86400]


def test_plasma_is_no_transfusion_of_red_cells_and_an_unnamed_product_is() -> None:
    seen = history(
        events=[event(1, "transfusion", id=1, product="other"), event(2, "transfusion", id=2)],
        at=10,
    )
    assert [one.id for one in transfusions(seen, seen.at.timestamp())] == [2]


def test_for_42_days_after_iron_by_vein_nothing_is_steady() -> None:
    found = around([9, 10, 52, 53], event(10, "procedure", name="intravenous_iron"))
    assert found.unsteady == [False, True, True, False]


def test_other_procedures_do_not_matter() -> None:
    assert around([10], event(9, "procedure", name="plasmapheresis")).unsteady == [False]


@pytest.mark.parametrize("drug", ["iron sucrose", "Ferric carboxymaltose", "ferumoxytol"])
def test_iron_by_vein_may_be_a_treatment(drug: str) -> None:
    found = around([9, 30, 60], treatments=[treatment(10, drug, route="IV")])
    assert found.unsteady == [False, True, False]


def test_a_course_of_infusions_counts_each_of_them() -> None:
    course = treatment(0, "iron sucrose", until=28, route="intravenous", every_days=14)
    seen = history(treatments=[course], at=500)
    assert len(infusions(seen, seen.at.timestamp())) == 3
    assert around([60, 75], treatments=[course]).unsteady == [True, False]


def test_of_a_course_longer_than_a_year_only_the_year_counts() -> None:
    daily = treatment(0, "iron sucrose", until=800, route="iv", every_days=1)
    seen = history(treatments=[daily], at=900)
    assert len(infusions(seen, seen.at.timestamp())) == 366  # the first day, and 365 after it
    assert infusions(seen, seen.at.timestamp())[-1] == on(365).replace(hour=0).timestamp()


@pytest.mark.parametrize(
    "other",
    [
        treatment(10, "ferrous sulfate", route="oral"),
        treatment(10, "cyclophosphamide", route="iv"),
        treatment(10, "iron sucrose", route="iv", intent="planned"),
        treatment(400, "iron sucrose", route="iv"),
    ],
)
def test_what_is_no_iron_by_vein(other: TreatmentRecord) -> None:
    assert around([20], treatments=[other]).unsteady == [False]


def test_an_exacerbation_takes_out_the_four_weeks_before_it_too() -> None:
    found = around([71, 72, 100, 120, 121], event(100, "exacerbation", status="confirmed", until=str(on(120).date())))
    assert found.unsteady == [False, True, True, True, False]


def test_the_last_moment_of_an_exacerbation_belongs_to_it() -> None:
    midnight = 121 - 8 / 24  # the story's days begin at 8
    found = around([midnight], event(100, "exacerbation", status="confirmed", until=str(on(120).date())))
    assert (found.unsteady, found.episode_end) == ([True], [-np.inf])


def test_its_recovery_lasts_90_days_at_most() -> None:
    bout = event(100, "exacerbation", status="confirmed", until=str(on(119).date()))
    found = around([110, 121, 209, 211], bout)
    assert found.episode_end[0] == -np.inf
    assert found.episode_end[1] == found.episode_end[2] > on(119).timestamp()
    assert found.episode_end[3] == -np.inf


def test_an_end_nobody_stated_is_14_days_later() -> None:
    seen = history(events=[event(100, "exacerbation", status="confirmed")], at=500)
    assert exacerbations(seen, seen.at.timestamp()) == [(on(100).timestamp(), on(114).timestamp())]


def test_an_end_before_the_start_is_the_start() -> None:
    seen = history(events=[event(100, "exacerbation", status="confirmed", until="2020-01-01")], at=500)
    assert exacerbations(seen, seen.at.timestamp()) == [(on(100).timestamp(), on(100).timestamp())]


def test_a_rejected_exacerbation_takes_out_nothing() -> None:
    assert around([100], event(100, "exacerbation", status="rejected")).unsteady == [False]


def test_each_trimester_is_an_epoch_of_its_own() -> None:
    twice = person(WOMAN, pregnancies=((on(0).date(), on(280).date()), (on(500).date(), None)))
    days = [-1.0, 10, 100, 200, 300, 510, 620]
    found = of(history(series([(day, 120) for day in days]), patient=twice))
    assert found.epoch == [0, 1, 2, 3, 0, 4, 5]


@given(st.lists(st.floats(0, 1000), min_size=1, max_size=20), st.lists(st.floats(0, 1000), max_size=10))
def test_since_counts_from_the_newest_mark(times: list[float], marks: list[float]) -> None:
    found = since(np.array(times), marks)
    for time, gap in zip(times, found.tolist(), strict=True):
        before = [mark for mark in marks if mark <= time]
        assert gap == (time - max(before) if before else np.inf)


def test_a_course_without_end_counts_its_first_dose_alone() -> None:
    seen = history(treatments=[treatment(0, "iron sucrose", route="iv")], at=500)
    assert infusions(seen, seen.at.timestamp()) == [on(0).replace(hour=0).timestamp()]
