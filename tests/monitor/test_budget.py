"""Alerts and to-dos a patient-year, by rule and severity, beside what the design allows."""

from dataclasses import replace
from datetime import timedelta

import pytest

from alerts.rules import RULES, film_new_foci, hemoglobin_fall, hemoptysis, tests_overdue
from alerts.rules.rule import Judgment, Rule, Severity
from monitor.budget import LOW_GOAL, URGENT, URGENT_GOAL, YEAR, Budget, Span, spend
from tests.alerts.rules.histories import STEADY, event, hemoglobin, history, on
from tests.alerts.rules.pictures import LEFT, bare, foci

FALLS = hemoglobin(*STEADY, (163, 98), (170, 122), (180, 123), (210, 97), (240, 121), (270, 122), at=300)


def test_alerts_are_counted_by_rule_and_severity() -> None:
    found = spend([Span(FALLS, on(0), on(300))], [hemoglobin_fall.RULE, tests_overdue.RULE])
    assert found.by_rule == {("hemoglobin_fall", Severity.MODERATE): 2}
    assert found.years == pytest.approx(300 / 365.25)
    assert found.urgent_of_bleeding == found.urgent
    assert found.urgent == pytest.approx(2 * 365.25 / 300)
    assert found.of(Severity.LOW) == 0


def test_a_long_silence_costs_one_low_alert_and_its_to_dos() -> None:
    known = hemoglobin((0, 120), at=365)
    found = spend([Span(known, on(0), on(365))], RULES)
    assert found.by_rule == {("tests_overdue", Severity.LOW): 1}
    assert found.of_bleeding == {}
    assert found.todos >= 1
    assert found.ok


def test_several_lives_add_up() -> None:
    bleeds = history(events=[event(day, "hemoptysis", id=day, amount="massive") for day in (20, 120)], at=200)
    spans = [Span(FALLS, on(0), on(300)), Span(bleeds, on(0), on(200))]
    both = spend(spans, [hemoglobin_fall.RULE, hemoptysis.RULE])
    assert both.patients == 2
    assert both.years == pytest.approx(500 / 365.25)
    assert both.by_rule == {("hemoglobin_fall", Severity.MODERATE): 2, ("hemoptysis", Severity.HIGH): 2}


def spent(urgent: float, low: float, years: float = 10) -> Budget:
    """Return a budget of so many alerts a year."""
    found = Budget(patients=1, years=years)
    found.by_rule["a", Severity.HIGH] = found.cards[Severity.HIGH] = round(urgent * years)
    found.by_rule["b", Severity.LOW] = found.cards[Severity.LOW] = round(low * years)
    return found


BEFORE, FILM = bare(150), foci(163, zones={LEFT: "new"})


def test_alerts_that_are_one_card_count_once_by_the_worst() -> None:
    known = replace(FALLS, events=(BEFORE, FILM))
    found = spend([Span(known, on(0), on(300))], [hemoglobin_fall.RULE, film_new_foci.RULE])
    assert found.by_rule == {("hemoglobin_fall", Severity.MODERATE): 2, ("film_new_foci", Severity.HIGH): 1}
    assert found.cards == {Severity.HIGH: 1, Severity.MODERATE: 1}
    assert found.of_bleeding == found.cards
    assert (found.urgent, found.alerts_of(*URGENT)) == pytest.approx(
        (2 * YEAR.days / 300, 3 * YEAR.days / 300), rel=0.01
    )


def test_what_joins_a_card_of_the_first_look_is_none_of_its_own() -> None:
    found = spend(
        [Span(replace(FALLS, events=(BEFORE, FILM)), on(162), on(171))], [hemoglobin_fall.RULE, film_new_foci.RULE]
    )
    assert found.cards == {Severity.HIGH: 1}
    late = Span(replace(FALLS, events=(BEFORE, foci(165, zones={LEFT: "new"}))), on(163), on(171))
    again = spend([late], [hemoglobin_fall.RULE, film_new_foci.RULE])
    assert again.by_rule == {("film_new_foci", Severity.HIGH): 1}
    assert again.cards == {}


def test_json_gives_cards_and_beside_them_alerts_one_by_one() -> None:
    found = spent(1, 2)
    found.by_rule["c", Severity.MODERATE] = 5
    document = found.as_json()
    assert document["by_severity"] == {"high": 1.0, "moderate": 0.0, "low": 2.0}
    assert document["alerts"] == {"moderate_high_per_patient_year": 1.5, "low_per_patient_year": 2.0}
    assert document["moderate_high_per_patient_year"] == 1.0


@pytest.mark.parametrize(("urgent", "low", "ok"), [(1.5, 4, True), (1.6, 4, False), (1.5, 4.1, False), (0, 0, True)])
def test_the_goal_is_the_designs(urgent: float, low: float, ok: bool) -> None:
    found = spent(urgent, low)
    assert found.ok is ok
    assert found.as_json()["goal"] == {"moderate_high_per_patient_year": 1.5, "low_per_patient_year": 4.0}
    assert (URGENT_GOAL, LOW_GOAL) == (1.5, 4.0)


def test_nobody_followed_is_no_budget_kept() -> None:
    assert not Budget().ok
    assert Budget().as_json()["todos_per_patient_year"] == 0
    assert Span(FALLS, on(5), on(5)).years == 0
    assert timedelta(days=365.25) == YEAR


def test_a_rule_that_fails_is_named_and_keeps_no_budget() -> None:
    def fails(*_: object) -> Judgment:
        raise ValueError

    broken = Rule("broken", "Broken", 1, ("t",), "why", "c", (), fails)
    found = spend([Span(FALLS, on(0), on(30))], [broken])
    assert found.as_json()["failed"] == ["broken"]
    assert not found.ok


def test_json_names_the_costliest_rule_first() -> None:
    rows = spent(1, 3).as_json()["by_rule"]
    assert [(row["rule"], row["alerts"], row["per_patient_year"]) for row in rows] == [("b", 30, 3.0), ("a", 10, 1.0)]
