"""What is due for a patient, of every kind: when it appears, what it says, and when it is gone."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from alerts.todos import KINDS, Todo, todos, upcoming
from patients.history import EventRecord, History, TreatmentRecord
from tests.alerts.rules.histories import STEADY, event, hemoglobin, history, on, person, series, treatment

NB = "\u00a0"
UNDER_STEROIDS = {"glucose", "blood_pressure", "growth", "eyes", "bones"}
BOUT = event(0, "exacerbation", status="confirmed", until=str(on(60).date()))


def of(known: History, *, at: float | None = None, held_rows: int = 0) -> dict[str, Todo]:
    """Return what is due, by kind and subject; what steroids ask for is left out (tests/alerts/test_steroid_todos.py)."""
    everything = todos(known, at=known.at if at is None else on(at), held_rows=held_rows)
    found = [one for one in everything if one.kind != "tuberculin" and one.subject not in UNDER_STEROIDS]
    by_name = {f"{one.kind} {one.subject}".strip(): one for one in found}
    assert len(by_name) == len(found)
    return by_name


def step(day: int, dose: float, *, id: int, every: int = 14) -> TreatmentRecord:  # noqa: A002
    """Return a planned step that ends where the next begins."""
    one = treatment(day, "prednisolone", dose=dose, unit="mg", intent="planned", plan="taper", until=day + every - 1)
    return replace(one, id=id)


PLAN = [step(0, 20, id=11), step(14, 15, id=12), step(28, 10, id=13)]


def taken(day: int, dose: float, until: int | None = None) -> TreatmentRecord:
    """Return a dose that somebody recorded."""
    return replace(treatment(day, "prednisolone", dose=dose, unit="mg", until=until), id=90 + day)


def test_nobody_known_has_nothing_due() -> None:
    assert todos(history(at=10), at=on(10)) == ()
    assert upcoming(history(at=10), at=on(10)) == ()


def test_a_test_appears_on_its_day() -> None:
    known = hemoglobin((0, 120))
    assert of(known, at=27) == {}
    assert of(known, at=28) == {
        "test blood_count": Todo(
            "test",
            "blood_count",
            f"Blood count due today: last on 1{NB}Jan{NB}2024, due every 28{NB}days",
            on(28).date(),
            overdue=False,
        )
    }


@pytest.mark.parametrize(("at", "overdue"), [(33, False), (34, True), (56, True)])
def test_a_test_is_overdue_from_a_fifth_of_its_interval_on(at: float, *, overdue: bool) -> None:
    assert of(hemoglobin((0, 120)), at=at)["test blood_count"].overdue is overdue


def test_lateness_is_in_the_words() -> None:
    words = of(history(series([(0, 3.1)], "FVC"), at=1), at=211)["test spirometry"].words
    assert words == f"Spirometry 31{NB}days late: last on 1{NB}Jan{NB}2024, due every 180{NB}days"


def test_a_new_result_ends_it() -> None:
    assert of(hemoglobin((0, 120), (50, 121)), at=60) == {}


def test_a_result_that_is_recorded_ahead_is_not_seen() -> None:
    assert "test blood_count" in of(hemoglobin((0, 120), (50, 121)), at=40)


def test_all_kinds_of_tests_can_be_due_at_once() -> None:
    known = history(
        series([(0, 120)]),
        series([(0, 10)], "FE"),
        series([(0, 3)], "FVC"),
        series([(0, 6)], "DLCO"),
        series([(0, 60)], "CREA"),
        events=[event(0, "chest_xray", id=1), event(0, "ecg", id=2), event(0, "ultrasound", id=3, organ="heart")],
        at=1,
    )
    found = todos(known, at=on(1000))
    assert {one.subject for one in found} == {
        "blood_count", "iron", "film", "spirometry", "dlco", "creatinine", "ecg", "ultrasound",
    }  # fmt: skip
    assert all(one.overdue and one.kind == "test" for one in found)


def test_at_home_the_oximeter_is_asked_daily_while_the_disease_is_active() -> None:
    known = history(series([(10, 97)], "SPO2"), events=[BOUT], patient=person(oximeter_at_home=True), at=11)
    assert of(known)["test oxygen"].words == f"Oxygen saturation due today: last on 11{NB}Jan{NB}2024, due every day"
    assert of(known, at=13)["test oxygen"].overdue
    assert of(known, at=61) == {}


def test_a_low_hemoglobin_is_repeated_instead_of_counted_again() -> None:
    known = hemoglobin(*STEADY, (168, 116.5))
    assert of(known, at=174) == {}
    (found,) = todos(known, at=on(175))
    assert found == Todo(
        "repeat_hemoglobin",
        "HGB",
        f"Repeat hemoglobin, due today: 116.5{NB}g/L on 17{NB}Jun{NB}2024 is below the 95{NB}% limit of 117.3{NB}g/L",
        on(175).date(),
        overdue=False,
    )
    assert list(of(known, at=200)) == ["repeat_hemoglobin HGB"]
    assert of(known, at=177)["repeat_hemoglobin HGB"].overdue


def test_a_control_film_stands_for_the_regular_one() -> None:
    known = history(events=[BOUT, event(10, "chest_xray", id=7, new_foci=True)], at=11)
    assert of(known, at=30) == {}
    assert list(of(known, at=31)) == ["control_film 7"]
    assert of(known, at=31)["control_film 7"].words == f"Control film, due today: new foci on 11{NB}Jan{NB}2024"
    assert [of(known, at=day)["control_film 7"].overdue for day in (38, 39)] == [False, True]


def test_a_sputum_is_repeated() -> None:
    known = history(events=[event(0, "sputum", id=5, siderophages="absent")], at=1)
    assert of(known, at=2) == {}
    assert of(known, at=5)["repeat_sputum 5"] == Todo(
        "repeat_sputum",
        "5",
        f"Repeat sputum, 2{NB}days late: no siderophages on 1{NB}Jan{NB}2024",
        on(3).date(),
        overdue=True,
    )


def test_a_step_that_nobody_confirmed_is_to_be_confirmed() -> None:
    known = history(treatments=[*PLAN, taken(0, 20, 13)], at=1)
    assert of(known, at=13) == {}
    assert of(known, at=14) == {
        "confirm_step 12": Todo(
            "confirm_step",
            "12",
            f"Confirm step 2 of 3, due today: 15{NB}mg since 15{NB}Jan{NB}2024 as planned",
            on(14).date(),
            overdue=False,
        )
    }


@pytest.mark.parametrize(("days", "overdue"), [(3, False), (4, False), (7, False), (8, True), (13, True)])
def test_a_step_is_overdue_after_a_week(days: int, *, overdue: bool) -> None:
    assert of(history(treatments=PLAN, at=1), at=14 + days)["confirm_step 12"].overdue is overdue


def test_only_the_step_in_force_is_to_be_confirmed() -> None:
    assert list(of(history(treatments=PLAN, at=1), at=30)) == ["confirm_step 13"]


@pytest.mark.parametrize("record", [taken(14, 15), taken(16, 15, 16), taken(0, 20, 15), taken(14, 0)])
def test_whatever_somebody_recorded_since_confirms_it(record: TreatmentRecord) -> None:
    assert of(history(treatments=[*PLAN, record], at=1), at=20) == {}


def test_a_plan_that_is_over_asks_for_nothing() -> None:
    assert of(history(treatments=PLAN, at=1), at=42) == {}


def test_a_value_that_waits_is_to_be_verified() -> None:
    known = history(series([(0, 120), (10, 98)], unconfirmed=[1]), at=11)
    assert of(known) == {
        "verify_value HGB": Todo(
            "verify_value", "HGB", f"Verify Hemoglobin 98{NB}g/L of 11{NB}Jan{NB}2024", on(10).date(), overdue=False
        )
    }


def test_several_values_of_one_analyte_are_one_to_do() -> None:
    known = history(series([(0, 97), (3, 95), (4, 93)], "SPO2", unconfirmed=[0, 2]), at=5)
    found = of(known)["verify_value SPO2"]
    assert found.words == f"Verify 2 results of Oxygen saturation, pulse oximeter, the newest of 5{NB}Jan{NB}2024"
    assert found.due_on == on(0).date()


def test_values_that_are_confirmed_withdrawn_or_ahead_are_not_to_be_verified() -> None:
    assert of(history(series([(0, 98)]), at=5)) == {}
    assert of(history(series([(0, 98)], unconfirmed=[0], preliminary=[0]), at=5)) == {}
    assert of(history(series([(9, 98)], unconfirmed=[0]), at=5)) == {}


def test_a_value_without_a_unit_has_none_in_its_words() -> None:
    words = of(history(series([(0, 4)], "UNHEARD", unconfirmed=[0]), at=1))["verify_value UNHEARD"].words
    assert words == f"Verify UNHEARD 4 of 1{NB}Jan{NB}2024"


@pytest.mark.parametrize(
    ("rows", "words"),
    [(1, "Decide: 1 row of a file is held"), (3, "Decide: 3 rows of files are held"), (0, None), (-1, None)],
)
def test_held_rows_wait_for_a_person(rows: int, words: str | None) -> None:
    found = todos(history(at=1), at=on(1), held_rows=rows)
    assert found == (() if words is None else (Todo("held_rows", "", words, None, overdue=False),))


def test_what_is_overdue_comes_first_then_by_day_and_what_has_no_day_last() -> None:
    known = history(
        series([(0, 120)]),
        series([(39, 97)], "SPO2", unconfirmed=[0]),
        events=[event(20, "chest_xray", id=7, new_foci=True)],
        treatments=[step(38, 10, id=13)],
        at=40,
    )
    found = todos(known, at=on(41), held_rows=2)
    assert [(one.kind, one.overdue) for one in found] == [
        ("test", True),
        ("tuberculin", True),
        ("confirm_step", False),
        ("verify_value", False),
        ("control_film", False),
        ("held_rows", False),
    ]


def test_of_somebody_who_died_only_held_rows_are_left() -> None:
    known = history(
        series([(0, 120)], unconfirmed=[0]), treatments=PLAN, at=1, patient=person(death_date=on(20).date())
    )
    assert "test blood_count" not in of(known, at=60)
    assert list(of(known, at=60, held_rows=1)) == ["held_rows"]
    assert "verify_value HGB" in of(known, at=19)
    assert upcoming(known, at=on(25)) == ()


@pytest.mark.parametrize(
    ("zone", "due"),
    [("UTC", False), ("Pacific/Auckland", True), ("Europe/Berlin", True), ("America/Los_Angeles", False)],
)
def test_days_are_those_of_the_patient(zone: str, *, due: bool) -> None:
    known = history(
        series([(0, 120)]), patient=person(time_zone=zone), at=1
    )  # 1 January, 8:00 UTC: that day everywhere here
    late = datetime(2024, 1, 28, 23, 30, tzinfo=UTC)  # in Auckland and Berlin it is the 29th
    assert bool(todos(known, at=late)) is due


def test_the_day_on_which_clocks_change_is_a_day() -> None:
    berlin = person(time_zone="Europe/Berlin")
    known = history(series([(62, 120)]), patient=berlin, at=63)  # 3 March 2024; clocks change on the 31st, due that day
    before, on_the_day = (datetime(2024, 3, 30, hour, 30, tzinfo=UTC) for hour in (22, 23))
    assert todos(known, at=before) == ()
    (found,) = todos(known, at=on_the_day)
    assert found.due_on == date(2024, 3, 31)
    assert [one.words.split(":")[0] for one in todos(known, at=datetime(2024, 3, 31, 22, tzinfo=UTC))] == [
        f"Blood count 1{NB}day late"
    ]


def test_what_lies_ahead_can_be_planned() -> None:
    known = history(series([(0, 120)]), series([(0, 10)], "FE"), series([(0, 3)], "FVC"), at=1)
    ahead = {"Iron studies": on(90).date(), "Spirometry": on(180).date()}
    assert dict(upcoming(known, at=on(27))) == {"Blood count": on(28).date()} | ahead
    assert upcoming(known, at=on(28)) == tuple(ahead.items())


def test_every_kind_has_its_place() -> None:
    assert len(set(KINDS)) == len(KINDS)


def unrelated(known: History) -> list[EventRecord]:
    """Return events that ask for nothing."""
    return [event(1, "symptom", id=800, name="cough"), event(2, "infection", id=801), *known.events]


def test_other_events_ask_for_nothing() -> None:
    known = hemoglobin((0, 120))
    assert todos(replace(known, events=tuple(unrelated(known))), at=on(30)) == todos(known, at=on(30))


def test_asking_changes_nothing() -> None:
    known = history(series([(0, 120)], unconfirmed=[0]), events=[BOUT], treatments=PLAN, at=50)
    first: Any = todos(known, at=on(50))
    assert todos(known, at=on(50)) == first
    assert known.at == on(50)
    assert todos(known, at=on(50) + timedelta(hours=3)) == first
