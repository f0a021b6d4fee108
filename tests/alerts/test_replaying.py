"""Replay: the same rule, settings, revision and time give the same bytes, whatever became known since."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts import rules
from alerts.models import Alert, Transition, WatchState
from alerts.replaying import Difference, Replay, canonical, differences, replay
from alerts.rules.rule import Judgment, Rule, Setting, Settings
from alerts.watching import evaluate
from patients.choosing import choose
from patients.context import ALL, working_on
from patients.facts import NewObservation
from patients.history import History
from patients.models import Observation
from patients.recording import record, retract
from tests.alerts.house import healthy, recorded, the_alert
from tests.alerts.scenes import FALL, MORNING, Scene, Script, finding, high, scene

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def house(db: None, monkeypatch: pytest.MonkeyPatch) -> tuple[Scene, Script]:
    return healthy(monkeypatch)


def last_result(history: History, _settings: Settings, _at: datetime) -> Judgment:
    """Find how many results there are, and the last: the answer changes with every fact."""
    series = history.get("HGB")
    number = len(series)
    last = float(series.values[-1]) if number else 0.0
    return Judgment((finding(sentence=f"{number} results, the last {last}.", numbers={"last": last / 3}),))


@pytest.fixture
def counted(db: None, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """Set a stage where an alert rests on one result."""
    rule = Rule(FALL, FALL, 1, ("t",), "why", "clinical B1", (), last_result)
    monkeypatch.setattr(rules, "RULES", (rule,))
    stage = scene()
    recorded(stage, 90.0, days_ago=2)
    evaluate(stage.pk, at=MORNING)
    return stage


def test_what_did_not_change_is_identical(house: tuple[Scene, Script]) -> None:
    assert replay(the_alert()) == Replay(the_alert().pk, ())


def test_what_became_known_since_changes_nothing(counted: Scene) -> None:
    recorded(counted, 120.0, days_ago=1)
    recorded(counted, 70.0, days_ago=5)
    assert replay(the_alert()).identical


def test_a_correction_since_changes_nothing(counted: Scene) -> None:
    with working_on(ALL):
        corrected = NewObservation(
            counted.pk, "HGB", MORNING - 2 * DAY, "minute", value=130, unit="g/L", status="corrected"
        )
        record([corrected], by=None, at=MORNING + HOUR, why="corrected")
    assert replay(the_alert()).identical


def test_a_retraction_since_changes_nothing(counted: Scene) -> None:
    with working_on(ALL):
        retract("observation", the_alert_row(counted), by=None, at=MORNING + HOUR, why="mixed up")
    assert replay(the_alert()).identical


def the_alert_row(stage: Scene) -> int:
    """Return the patient's only result."""
    return int(Observation.objects.values_list("pk", flat=True).get(patient=stage.patient))


def test_an_alert_brought_up_to_date_is_replayed_as_it_is_now(counted: Scene) -> None:
    recorded(counted, 120.0, days_ago=1)
    evaluate(counted.pk, at=MORNING + HOUR)
    assert the_alert().finding["sentence"] == "2 results, the last 120.0."
    assert replay(the_alert()).identical


def test_a_recovered_alert_is_replayed_as_it_last_stood(house: tuple[Scene, Script]) -> None:
    Alert.objects.update(state="recovered", closed_at=MORNING)
    assert replay(the_alert()).identical


def test_another_answer_is_named_where_it_differs(house: tuple[Scene, Script]) -> None:
    _, script = house
    row = the_alert().finding["evidence"][0]["id"]
    sentence = the_alert().finding["sentence"]
    script.says(replace(high(FALL, row=row, sentence=sentence), threshold="below 70 g/L"))
    found = replay(the_alert())
    assert found.differences == (Difference("/threshold", "below 115 g/L", "below 70 g/L"),)


def test_evidence_is_named_to_its_place(house: tuple[Scene, Script]) -> None:
    _, script = house
    another = the_alert().finding["evidence"][0]["id"] + 1
    script.says(high(FALL, row=another, sentence=the_alert().finding["sentence"]))
    assert [one.path for one in replay(the_alert()).differences] == ["/evidence/0/id"]


def test_no_answer_any_more_differs_as_a_whole(house: tuple[Scene, Script]) -> None:
    _, script = house
    script.says()
    (one,) = replay(the_alert()).differences
    assert (one.path, one.now) == ("/", None)


def test_another_subject_is_no_answer(house: tuple[Scene, Script]) -> None:
    _, script = house
    script.says(high(FALL, subject="iron"))
    assert replay(the_alert()).differences[0].now is None


def test_a_rule_that_is_gone_is_said(house: tuple[Scene, Script], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "RULES", ())
    assert replay(the_alert()).differences == (Difference("rule", FALL, None),)


def test_a_rule_that_fails_differs(house: tuple[Scene, Script]) -> None:
    _, script = house
    script.lines = {FALL: RuntimeError("poison")}
    assert not replay(the_alert()).identical


def test_numbers_chosen_since_change_nothing_and_those_of_then_are_read(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit = Setting("limit", 5.0, "1", "source", 0.0, 9.0)

    def ask(_history: History, settings: Settings, _at: datetime) -> Judgment:
        return Judgment((finding(sentence=f"limit {settings['limit']}"),))

    monkeypatch.setattr(rules, "RULES", (Rule(FALL, FALL, 1, ("t",), "why", "clinical B1", (limit,), ask),))
    stage = scene()
    choose(stage.team, "limit", 6.0, by=None, at=MORNING, reason="trial")
    recorded(stage, 90.0, days_ago=2)
    evaluate(stage.pk, at=MORNING)
    assert (the_alert().finding["sentence"], the_alert().finding["settings"]) == ("limit 6.0", {"limit": 6.0})
    choose(stage.patient, "limit", 7.0, by=None, at=MORNING, reason="trial")
    assert replay(the_alert()).identical
    Alert.objects.update(settings_version=0)
    assert not replay(the_alert()).identical


def test_a_changed_byte_in_store_is_found(house: tuple[Scene, Script]) -> None:
    Alert.objects.update(finding={**the_alert().finding, "level": 1})
    assert replay(the_alert()).differences == (Difference("/level", 1, 0),)


def test_replaying_writes_nothing(
    house: tuple[Scene, Script], as_role: Callable[[str], AbstractContextManager[None]]
) -> None:
    alert, before = the_alert(), stored()
    with as_role("iph_operator"):  # it only reads
        replay(alert)
    assert stored() == before


def stored() -> list[dict[str, Any]]:
    """Return every row that an evaluation writes."""
    return [dict(row) for model in (Alert, Transition, WatchState) for row in model.objects.order_by("pk").values()]


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-99, 99)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(JSON)
def test_a_value_does_not_differ_from_itself(value: object) -> None:
    assert list(differences(value, value)) == []


@given(JSON, JSON)
def test_different_bytes_always_have_a_difference_and_the_same_have_none(then: object, now: object) -> None:
    same = canonical(then) == canonical(now)
    told = list(differences(then, now))
    assert same or told
    assert not (same and told)


@given(st.dictionaries(st.text(max_size=3), JSON, max_size=4))
def test_the_order_of_keys_is_no_difference(value: dict[str, object]) -> None:
    assert canonical(dict(reversed(list(value.items())))) == canonical(value)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_json_does_not_know_has_no_bytes(value: float) -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        canonical({"a": value})


@pytest.mark.parametrize(
    ("then", "now", "path"),
    [
        ({"a": 1}, {"a": 2}, "/a"),
        ({"a": 1}, {}, "/a"),
        ({}, {"b": 1}, "/b"),
        ({"a": None}, {}, "/a"),
        ({"a": {}}, {"a": {"b": None}}, "/a/b"),
        ({"a": [1, 2]}, {"a": [1, 3]}, "/a/1"),
        ({"a": [1, 2]}, {"a": [1]}, "/a"),
        (1, 1.0, "/"),
        ({"a": {"b": None}}, {"a": {"b": 0}}, "/a/b"),
    ],
)
def test_the_deepest_place_is_named(then: object, now: object, path: str) -> None:
    assert [one.path for one in differences(then, now)] == [path]


def test_a_replay_is_told_as_the_product_lists_it(house: tuple[Scene, Script]) -> None:
    found = Replay(the_alert().pk, (Difference("/level", 1, 0),))
    assert found.as_json() == {
        "alert": str(the_alert().pk),
        "identical": False,
        "differences": [{"path": "/level", "then": 1, "now": 0}],
    }
