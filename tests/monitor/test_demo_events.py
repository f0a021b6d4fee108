"""What happens to the demo's patients: how a bleed shows, and what is looked at without a reason."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from monitor.demo_course import Bleed, Course
from monitor.demo_events import events, of_bleed
from monitor.demo_patient import DemoPatient
from patients.event_kinds import problems
from patients.facts import NewEvent

AT = datetime(2026, 11, 24, 18, tzinfo=UTC)
WOMAN = DemoPatient(900, "Test Person", "female", 40, 168, Course(128), 700)


def bleeding(bleed: Bleed, **fields: Any) -> DemoPatient:
    """Return a woman with one bleed."""
    return replace(WOMAN, course=Course(128, (bleed,)), **fields)


def kinds(patient: DemoPatient, kind: str) -> list[NewEvent]:
    """Return the events of a kind, oldest first."""
    return sorted((one for one in events(patient, AT) if one.kind == kind), key=lambda one: one.effective_at)


def shown(bleed: Bleed, kind: str, patient: DemoPatient = WOMAN) -> list[tuple[int, dict[str, Any]]]:
    """Return days after the onset and findings of a kind."""
    return [(day, findings) for day, name, findings in of_bleed(bleed, patient) if name == kind]


def test_every_bleed_begins_with_a_cough() -> None:
    assert shown(Bleed(50, 20), "symptom") == [(1, {"name": "cough", "severity": 2})]


def test_foci_are_new_and_gone_three_weeks_later() -> None:
    (first, new), (second, clear) = shown(Bleed(50, 20), "chest_xray")
    assert (first, second) == (2, 22)
    assert (new["stage"], new["new_foci"], set(new["zones"].values())) == (2, True, {"new"})
    assert (clear["stage"], clear["foci_present"], set(clear["zones"].values())) == (1, False, {"resolved"})


def test_dense_shadows_are_gone_within_days_and_somewhere_else() -> None:
    (_, first), (day, moved), _ = shown(Bleed(50, 20, film=3), "chest_xray")
    assert day - 2 <= 7
    assert (first["stage"], first["dense_shadow"], moved["dense_shadow"]) == (3, True, True)
    gone = {zone for zone, state in moved["zones"].items() if state == "resolved"}
    assert gone == set(first["zones"])
    assert {zone for zone, state in moved["zones"].items() if state == "new"} == {"left_middle"}


def test_fibrosis_stays_on_the_film() -> None:
    scarred = replace(WOMAN, stage=4)
    assert {findings["stage"] for _, findings in shown(Bleed(50, 20), "chest_xray", scarred)} == {4}


def test_a_bleed_may_show_no_foci() -> None:
    assert shown(Bleed(50, 20, foci=False), "chest_xray") == []


@pytest.mark.parametrize(
    ("sputum", "findings"),
    [
        ("many", {"siderophages": "many", "erythrocytes": "present", "acid_fast_bacilli": "absent", "adequate": True}),
        (
            "absent",
            {"siderophages": "absent", "erythrocytes": "absent", "acid_fast_bacilli": "absent", "adequate": True},
        ),
        ("unfit", {"adequate": False}),
    ],
)
def test_sputum_is_what_the_bleed_says(sputum: str, findings: dict[str, Any]) -> None:
    assert shown(Bleed(50, 20, sputum=sputum), "sputum") == [(4, findings)]


def test_an_infection_comes_before_its_bleed() -> None:
    assert shown(Bleed(50, 20, infection=True), "infection") == [(-6, {"site": "upper_airway"})]


@pytest.mark.parametrize(
    ("age", "given"), [(40, {"product": "red_cells", "units": 2}), (4, {"product": "red_cells", "volume_ml": 150.0})]
)
def test_a_child_is_given_milliliters_and_an_adult_units(age: int, given: dict[str, Any]) -> None:
    assert shown(Bleed(50, 40, transfused=True), "transfusion", replace(WOMAN, age_years=age)) == [(5, given)]


def test_what_is_still_to_come_has_not_happened() -> None:
    patient = bleeding(Bleed(3, 30, hemoptysis="streaks", confirmed=False), last=(1,))
    assert len(kinds(patient, "hemoptysis")) == 1
    assert all(one.findings.get("siderophages") != "many" for one in kinds(patient, "sputum"))
    assert [one.findings["foci_present"] for one in kinds(patient, "chest_xray")][-1] is True


def test_a_confirmed_bleed_ends_thirty_days_later() -> None:
    (event,) = kinds(bleeding(Bleed(100, 30)), "exacerbation")
    assert event.findings == {"status": "confirmed", "until": (date(2026, 11, 24) - timedelta(days=70)).isoformat()}
    assert kinds(bleeding(Bleed(100, 30, confirmed=False)), "exacerbation") == []


@pytest.mark.parametrize(("began", "open_"), [(29, True), (30, False), (31, False)])
def test_an_exacerbation_that_goes_on_has_no_end_yet(began: int, open_: bool) -> None:
    (event,) = kinds(bleeding(Bleed(began, 30)), "exacerbation")
    assert ("until" not in event.findings) is open_
    assert event.findings.get("until", "") <= AT.date().isoformat()


def test_blood_coughed_up_has_amount_and_volume() -> None:
    (event,) = kinds(replace(WOMAN, coughed=((20, "streaks"),)), "hemoptysis")
    assert event.findings == {"amount": "streaks", "volume_ml": 3}
    assert (AT - event.effective_at).days == 20


def test_sputum_and_film_are_looked_at_without_a_reason() -> None:
    assert len(kinds(WOMAN, "sputum")) == 5
    assert len(kinds(WOMAN, "chest_xray")) == 5
    days = [(AT - one.effective_at).days for one in kinds(WOMAN, "chest_xray")]
    assert all(before - after <= 180 for before, after in pairwise(days))  # due: clinical specification, B13


def test_of_a_well_child_there_is_the_first_film_alone_and_of_a_small_one_no_sputum() -> None:
    child = replace(WOMAN, age_years=5)
    assert [(AT - one.effective_at).days for one in kinds(child, "chest_xray")] == [700]
    assert kinds(child, "sputum") == []


def test_what_a_physician_stated_is_there_as_stated() -> None:
    said = ((12, "diagnosis", (("text", "Acute phase."), ("phase", "acute"))), (3, "remission", (("complete", False),)))
    patient = replace(WOMAN, said=said)
    assert [one.findings for one in kinds(patient, "diagnosis")] == [{"text": "Acute phase.", "phase": "acute"}]
    (remission,) = kinds(patient, "remission")
    assert (remission.findings, (AT - remission.effective_at).days) == ({"complete": False}, 3)


def test_a_film_without_a_reason_is_not_taken_while_a_bleed_shows() -> None:
    plain = {(AT - one.effective_at).days for one in kinds(WOMAN, "chest_xray")}
    assert 250 in plain
    beside = kinds(bleeding(Bleed(260, 30, foci=False)), "chest_xray")
    assert {(AT - one.effective_at).days for one in beside} == plain - {250}


def test_who_is_silent_is_not_looked_at() -> None:
    silent = replace(WOMAN, last=(200,))
    assert all((AT - one.effective_at).days >= 200 for one in events(silent, AT))


def test_after_death_nothing_happens() -> None:
    died = bleeding(Bleed(60, 50, transfused=True), died=50, last=(58, 52))
    last = max(one.effective_at for one in events(died, AT))
    assert (AT - last).days >= 50
    (exacerbation,) = kinds(died, "exacerbation")
    assert exacerbation.findings["until"] == "2026-10-05"


def test_a_heart_disease_is_seen_by_ultrasound_and_ecg() -> None:
    ill = replace(WOMAN, fields=(("comorbidities", ("heart_disease",)),))
    assert kinds(ill, "ultrasound")[0].findings["rvsp_mmhg"] > 35  # cor pulmonale: clinical specification, B12
    assert kinds(ill, "ecg")[0].findings["right_ventricular"] is True
    assert kinds(WOMAN, "ultrasound") == kinds(WOMAN, "ecg") == []


@pytest.mark.parametrize("film", [2, 3])
@pytest.mark.parametrize("sputum", ["many", "few", "absent", "unfit"])
def test_all_of_it_is_of_known_kinds_and_fields(film: int, sputum: str) -> None:
    bleed = Bleed(90, 40, hemoptysis="moderate", transfused=True, infection=True, film=film, sputum=sputum)
    for one in events(bleeding(bleed, coughed=((10, "teaspoon"),)), AT):
        assert problems(one.kind, one.findings) == ()
        assert one.effective_at <= (one.recorded_at or AT) <= AT
