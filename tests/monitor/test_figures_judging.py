"""What judging costs: the same patient each time, sick enough that rules find something, timed beside being read."""

from datetime import timedelta

import pytest

from alerts import judging, rules
from monitor.figures_judging import END, PANEL, facts, ill, judged, published
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
