"""What holds for every story of doses: answers change only at the moment that was named, and never by order of arrival."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.judging import Verdict, judge
from alerts.replaying import canonical
from alerts.rules import (
    pneumocystis_prophylaxis,
    steroid_abrupt_stop,
    steroid_adherence,
    steroid_dose_floor,
    steroid_relapse_after_step,
    steroid_step_missed,
    steroid_too_fast,
)
from alerts.rules.findings import to_json
from alerts.rules.rule import Answer, Finding, Rule
from patients.history import EventRecord, History, TreatmentRecord
from tests.alerts.rules.dosages import story, taken, taper
from tests.alerts.rules.histories import WOMAN, event, history, on, person, series, treatment
from tests.alerts.rules.whole import all_whole

RULES: tuple[Rule, ...] = (
    steroid_too_fast.RULE,
    steroid_step_missed.RULE,
    steroid_adherence.RULE,
    steroid_abrupt_stop.RULE,
    steroid_relapse_after_step.RULE,
    steroid_dose_floor.RULE,
    pneumocystis_prophylaxis.RULE,
)
numbers = st.integers(0, 260)
doses = st.sampled_from([0.0, 2.5, 5.0, 10.0, 12.5, 20.0, 40.0, None])
zones = st.sampled_from(["UTC", "Asia/Tokyo", "America/Sao_Paulo", "Pacific/Apia"])


@st.composite
def records(draw: st.DrawFn) -> list[TreatmentRecord]:
    """Draw doses planned and taken, with and without an end, daily and every few days."""
    found = []
    for _ in range(draw(st.integers(0, 7))):
        start, length = draw(numbers), draw(st.integers(0, 40))
        intent = draw(st.sampled_from(["planned", "taken"]))
        drug = draw(st.sampled_from(["prednisolone", "prednisolone", "methylprednisolone", "dapsone", "azathioprine"]))
        fields: dict[str, Any] = {
            "dose": draw(doses), "unit": "mg", "intent": intent, "plan": "taper" if intent == "planned" else "",
            "every_days": draw(st.sampled_from([1.0, 1.0, 1.0, 2.0, 0.5, 3.5])),
        }  # fmt: skip
        found.append(treatment(start, drug, until=draw(st.sampled_from([None, start + length])), **fields))
    return found


@st.composite
def events(draw: st.DrawFn) -> list[EventRecord]:
    """Draw what may be a relapse, or come before one."""
    kinds: dict[str, dict[str, Any]] = {
        "hemoptysis": {"amount": "teaspoon"},
        "infection": {"site": "other"},
        "chest_xray": {"new_foci": True},
        "exacerbation": {"status": "confirmed", "until": "2024-12-31"},
    }
    drawn = draw(st.lists(st.tuples(st.sampled_from(sorted(kinds)), numbers), max_size=3))
    return [event(day + 0.3, kind, id=50 + place, **kinds[kind]) for place, (kind, day) in enumerate(drawn)]


@st.composite
def courses(draw: st.DrawFn) -> list[TreatmentRecord]:
    """Draw a plan of a few steps, and times one after the other in which something was said to be taken, or nothing."""
    milligrams = draw(st.lists(st.sampled_from([40.0, 20.0, 10.0, 5.0]), min_size=1, max_size=3))
    rows = taper(*milligrams, days=draw(st.sampled_from([5, 14, 30])))
    start = 0
    for _ in range(draw(st.integers(0, 4))):
        length, mg = draw(st.integers(1, 40)), draw(st.sampled_from([None, 0.0, 5.0, 10.0, 20.0, 40.0]))
        if mg is not None:
            rows.append(taken(start, mg, draw(st.sampled_from([None, start + length - 1]))))
        start += length
    return rows


@st.composite
def stories(draw: st.DrawFn) -> History:
    """Draw a story, seen from a moment of it."""
    points = draw(st.lists(st.tuples(numbers.map(float), st.floats(90, 140)), max_size=5))
    rows = draw(st.one_of(records(), courses(), courses()))
    late = draw(st.lists(st.tuples(numbers, records()), max_size=1))
    said = [(day, row) for day, several in late for row in several if row.intent == "taken"]
    who = person(WOMAN, time_zone=draw(zones))
    now = draw(st.one_of(st.integers(0, 120), st.floats(0, 300)))
    return story(rows, said=said, events=draw(events()), series=[series(points)], patient=who, now=now)


def told(verdict: Verdict) -> list[bytes]:
    """Return a verdict as bytes."""
    rest = [f"{type(one).__name__} {one}".encode() for one in (*verdict.clears, *verdict.cannot_judge)]
    return [canonical(to_json(one)) for one in verdict.findings] + rest


@given(stories())
@settings(max_examples=80)
def test_every_rule_answers_every_story(seen: History) -> None:
    verdict = judge(seen, seen.at, rules=RULES)
    assert verdict.failures == ()
    answers: list[Answer] = [*verdict.findings, *verdict.clears, *verdict.cannot_judge]
    assert all_whole(RULES, answers)
    assert {one.rule for one in answers} == {rule.name for rule in RULES}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
@given(seen=stories(), share=st.floats(0, 1, exclude_max=True), ahead=st.integers(0, 700))
@settings(max_examples=40)
def test_nothing_changes_before_the_moment_to_ask_again(rule: Any, seen: History, share: float, ahead: int) -> None:
    now = judge(seen, seen.at, rules=[rule])
    span = timedelta(days=ahead) if now.recheck_at is None else now.recheck_at - seen.at
    assert span >= timedelta(0)
    for part in (share, 1.0):
        later = min(seen.at + part * span, seen.at + max(span - timedelta.resolution, timedelta(0)))
        assert told(judge(replace(seen, at=later), later, rules=[rule])) == told(now)


COUGH = event(38.3, "hemoptysis", amount="teaspoon")
SCENES: list[tuple[Any, list[TreatmentRecord]]] = [
    (steroid_too_fast.RULE, [*taper(40, 30, 20), taken(0, 40, 13), taken(14, 15, 20), taken(21, 20)]),
    (steroid_step_missed.RULE, [*taper(40, 30, 20, days=20), taken(0, 40, 34)]),
    (steroid_adherence.RULE, [*taper(40, 30, days=20), taken(0, 40, 9), taken(12, 20, 30)]),
    (steroid_abrupt_stop.RULE, [taken(0, 20, 29), *(taken(day, 0, day) for day in (30, 31, 32))]),
    (steroid_abrupt_stop.RULE, [taken(0, 20, 10), taken(15, 20, 29), taken(30, 0)]),
    (steroid_relapse_after_step.RULE, taper(40, 30, 20)),
    (steroid_dose_floor.RULE, [taken(0, 40, 13), taken(14, 10)]),
    (pneumocystis_prophylaxis.RULE, [*taper(40, 30, 10, days=20), treatment(33, "dapsone", until=36)]),
]


@pytest.mark.parametrize(("rule", "rows"), SCENES, ids=lambda one: getattr(one, "name", ""))
def test_day_by_day_an_answer_changes_when_it_was_said_to(rule: Any, rows: list[TreatmentRecord]) -> None:
    changed, before = 0, None
    for number in range(75):
        known = story(rows, events=[COUGH], now=number)
        verdict = judge(known, known.at, rules=[rule])
        if before is not None and told(verdict) != told(before):
            changed += 1
            assert before.recheck_at is not None
            assert before.recheck_at <= known.at
        before = verdict
    assert changed >= (0 if rule is steroid_dose_floor.RULE else 2)


@given(stories())
@settings(max_examples=40)
def test_the_moment_to_ask_again_lies_ahead(seen: History) -> None:
    recheck = judge(seen, seen.at, rules=RULES).recheck_at
    assert recheck is None or recheck > seen.at


@given(stories(), st.randoms(use_true_random=False))
@settings(max_examples=40)
def test_the_order_of_rows_does_not_matter(seen: History, random: Any) -> None:
    rows = list(seen.treatments)
    random.shuffle(rows)
    assert told(judge(replace(seen, treatments=tuple(rows)), seen.at, rules=RULES)) == told(
        judge(seen, seen.at, rules=RULES)
    )


@given(st.integers(1, 60), st.sampled_from([40.0, 20.0, 7.5]))
def test_a_plan_that_is_followed_raises_nothing_but_the_prophylaxis(now: int, mg: float) -> None:
    """Said day by day, or not at all."""
    rows = [treatment(0, "prednisolone", dose=mg, unit="mg", intent="planned", plan="taper")]
    daily = [treatment(day, "prednisolone", until=day, dose=mg, unit="mg") for day in range(now)]
    for known in (story(rows, now=now), story(rows, daily, now=now)):
        raised = {one.rule for one in judge(known, known.at, rules=RULES).findings}
        assert raised <= {"pneumocystis_prophylaxis"}


def test_ten_years_of_taps_are_judged_in_a_moment() -> None:
    rows = [treatment(day, "prednisolone", until=day, dose=5.0 + day // 400, unit="mg") for day in range(3650)]
    plan = [
        treatment(400 * step, "prednisolone", dose=5.0 + step, unit="mg", intent="planned", plan="p")
        for step in range(10)
    ]
    known = story(rows, plan, now=3650)
    found = judge(known, known.at, rules=RULES)
    assert not [one for one in found.findings if isinstance(one, Finding)]
    assert history(at=1).at < on(3650)
