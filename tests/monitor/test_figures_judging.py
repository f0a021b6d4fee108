"""What judging costs: the same patient each time, sick enough that rules find something, timed beside being read."""

from datetime import timedelta
from types import SimpleNamespace

import pytest

from alerts import judging, rules
from alerts.rules.rule import Severity
from monitor import backtesting, demo_cohort
from monitor.figures_judging import END, PANEL, facts, ill, judged, published, spent
from patients import timeline
from patients.event_kinds import problems
from patients.facts import NewEvent, NewObservation
from patients.models import CareTeam, Patient
from tests.factories import team

pytestmark = pytest.mark.django_db


@pytest.fixture
def north() -> CareTeam:
    return team("north")


def test_a_patient_is_the_same_each_time_and_as_large_as_asked(north: CareTeam) -> None:
    nobody = Patient(team=north).pk
    assert facts(nobody, 300) == facts(nobody, 300)
    results = [one for one in facts(nobody, 300) if isinstance(one, NewObservation)]
    assert len(results) == 300
    assert {one.code for one in results} == set(PANEL)
    assert all(END - timedelta(days=3651) < one.effective_at < END for one in results)


def test_what_happens_is_what_the_kinds_allow(north: CareTeam) -> None:
    events = [one for one in facts(Patient(team=north).pk, 300) if isinstance(one, NewEvent)]
    assert {one.kind for one in events} == {"hemoptysis", "chest_xray", "sputum"}
    assert [problem for one in events for problem in problems(one.kind, one.findings)] == []


def test_rules_find_something_in_it_and_none_fails(north: CareTeam) -> None:
    history = timeline.read(ill(300), at=END)
    assert sum(len(series) for series in history.series.values()) == 300
    bled = [one.effective_at for one in history.events_of("hemoptysis")]
    found = judging.judge(timeline.read(history.patient.id, at=bled[-1] + timedelta(days=4)), END, rules=rules.RULES)
    assert found.failures == ()
    assert {"hemoptysis", "hemoglobin_fall"} & {one.rule for one in found.findings}


def test_both_are_timed_and_their_ratio_told(north: CareTeam) -> None:
    figures = judged(sizes=(40,), rounds=3)
    assert [one.name.partition(", ")[2] for one in figures] == [
        "p50", "p99", "p50 beside reading them", "p99 beside reading them",
    ]  # fmt: skip
    assert all(one.value > 0 and one.runs == 3 for one in figures)
    assert figures[0].value <= figures[1].value
    assert f"{len(rules.RULES)} rules" in figures[0].note


def test_what_is_wanted_of_published_histories_is_found(made_demo: object) -> None:
    found, decidable, listed = published()
    assert found.value == decidable.value < listed.value
    assert found.ok


def test_a_rule_that_says_nothing_is_missed(made_demo: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "RULES", ())
    found, _, _ = published()
    assert found.value == 1  # the row that is held at intake
    assert not found.ok


def test_what_the_demos_lives_bring_stands_beside_the_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    rates = {Severity.HIGH: 1.0, Severity.MODERATE: 1.5, Severity.LOW: 5.0}
    budget = SimpleNamespace(
        patients=2, years=4.0, todos=26, failed={"c"}, urgent=2.5, of=rates.__getitem__, alerts_of=lambda one: 3.0 * one,
        a_year=lambda count: count / 4,
    )  # fmt: skip
    monkeypatch.setattr(backtesting, "of_demo", lambda at: SimpleNamespace(spans=[at], note="said beside"))
    monkeypatch.setattr(
        backtesting, "spent", lambda lives, jobs: budget if (lives.spans, jobs >= 1) == ([END], True) else None
    )
    found = {one.name.removeprefix("cards a patient-year, "): (one.value, one.goal, one.ok) for one in spent(END)}
    assert found == {
        "high": (1.0, None, True), "moderate": (1.5, None, True), "low": (5.0, 4.0, False), "high and moderate": (2.5, 1.5, False),
        "alerts a patient-year, high": (9.0, None, True), "alerts a patient-year, moderate": (6.0, None, True),
        "alerts a patient-year, low": (3.0, None, True),
        "to-dos a patient-year": (6.5, None, True), "rules that failed in these lives": (1, 0, False),
    }  # fmt: skip


def test_a_life_of_the_demo_is_lived_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo_cohort, "COHORT", demo_cohort.COHORT[-1:])
    found = spent(END)
    assert found[0].note.startswith("1 patients, ")
    assert "flatters" in found[3].note
    assert found[3].value <= found[0].value + found[1].value + 1e-9
    assert max(one.value for one in found) > 0
    assert (found[-1].value, found[-1].ok) == (0, True)
