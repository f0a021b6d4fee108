"""What would have been raised over a span: at the moments of facts and of asking again, by these numbers or by others."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings

from alerts import choices, judging, monitoring
from alerts.rewinding import Rewound, readers, rewind
from alerts.rules import (
    RULES,
    blood_count_overdue,
    hemoglobin_fall,
    hemoptysis,
    severe_bleeding,
    tests_overdue,
    upload_missing,
)
from alerts.rules.doses import midnight
from alerts.rules.rule import Clear, Finding, Judgment, Rule
from patients.history import History
from tests.alerts.rules.histories import (
    CHILD,
    STEADY,
    awaiting,
    event,
    hemoglobin,
    history,
    measured,
    monthly,
    on,
    series,
    treatment,
)
from tests.alerts.rules.test_rule_properties import histories

FALLS = (*STEADY, (163, 98), (170, 122), (180, 123), (210, 97), (240, 121), (270, 122))


def rewound(known: History, *rules: Rule, start: float = 0, end: float = 400, **numbers: float) -> Rewound:
    """Rewind days of the story."""
    return rewind(known, rules or RULES, numbers, start=on(start), end=on(end))


def days_of(found: Rewound) -> list[float]:
    """Return the days on which alerts were raised."""
    return [(one.raised_at - on(0)) / timedelta(days=1) for one in found.raised]


def test_an_alert_is_raised_when_its_result_was_true() -> None:
    found = rewound(hemoglobin(*FALLS, at=400), hemoglobin_fall.RULE)
    assert days_of(found) == [163, 210]
    assert {one.severity.word for one in found.raised} == {"moderate"}
    assert found.failed == ()


def test_other_numbers_raise_another_number_of_alerts() -> None:
    known = hemoglobin(*monthly(124, 125, 123, 124, 125, 123, 114, 124, 125), at=400)
    counts = [len(rewound(known, hemoglobin_fall.RULE, z99=z).raised) for z in (1.7, 3.5)]
    assert counts[0] > counts[1]


def test_what_was_found_when_the_span_began_is_not_raised_in_it() -> None:
    known = hemoglobin(*FALLS, at=400)
    found = rewound(known, hemoglobin_fall.RULE, start=164)
    assert [one.rule for one in found.before] == ["hemoglobin_fall"]
    assert days_of(found) == [210]


def test_what_only_time_brings_is_raised_at_its_own_moment() -> None:
    known = hemoglobin((0, 120), at=400)
    found = rewound(known, tests_overdue.RULE)
    assert days_of(found) == [34 - 8 / 24]  # midnight of the 34th day; the story begins at eight o'clock
    assert found.moments < 10


def test_events_and_steps_are_moments_too() -> None:
    blood = event(50, "hemoptysis", amount="moderate")
    assert days_of(rewound(history(events=[blood], at=400), hemoptysis.RULE)) == [50]
    steps = [treatment(day, "prednisone", until=day + 27, dose=30 - day, unit="mg", intent="planned", plan="p")
             for day in (0, 28)]  # fmt: skip
    seen: list[datetime] = []

    def noted(_: object, __: object, at: datetime) -> Judgment:
        seen.append(at)
        return Judgment(())

    noting = Rule("noting", "Noting", 1, ("t",), "why", "c", (), noted)
    rewound(history(treatments=steps, at=400), noting, end=100)
    assert [(one - on(0)).days for one in seen] == [0, 27, 55, 100]


def test_facts_beyond_the_span_do_not_matter() -> None:
    known = hemoglobin(*FALLS, at=400)
    assert days_of(rewound(known, hemoglobin_fall.RULE, end=209)) == [163]


def test_a_rule_that_fails_is_named_and_stops_no_other() -> None:
    def broken(_: History, __: object, ___: datetime) -> Judgment:
        raise ValueError

    bad = replace(hemoptysis.RULE, judge=broken)
    found = rewound(hemoglobin(*FALLS, at=400), bad, hemoglobin_fall.RULE)
    assert found.failed == ("hemoptysis",)
    assert days_of(found) == [163, 210]


def test_a_rule_that_asks_again_at_once_waits_a_minute() -> None:
    impatient = Rule(
        "impatient", "I", 1, ("t",), "why", "c", (), lambda _, __, at: Judgment((Clear("impatient", ""),), at)
    )
    found = rewound(history(at=1), impatient, end=0.01)
    assert 10 <= found.moments <= 16  # a hundredth of a day is 14.4 minutes


def test_a_latching_bleed_counts_again_for_the_next_bout() -> None:
    bleeds = [event(day, "hemoptysis", id=day, amount="massive") for day in (20, 120)]
    assert days_of(rewound(history(events=bleeds, at=400), severe_bleeding.RULE)) == [20, 120]


@given(histories())
@settings(max_examples=25, deadline=None)
def test_the_end_is_what_is_found_now(seen: History) -> None:
    """What is open at the end of a rewound life is a finding of today, or one that waits for a person or for a word."""
    start = seen.at - timedelta(days=365)
    found = rewind(seen, RULES, seen.settings, start=start, end=seen.at)
    now = judging.judge(seen, seen.at, rules=RULES)
    alive = {(one.rule, one.subject) for one in (*found.raised, *found.before) if one.open}
    closed = {(one.rule, one.subject) for one in (*found.raised, *found.before) if one.resolved}
    for one in now.findings:
        assert (one.rule, one.subject) in alive | closed
    for clear in now.clears:
        latching = {(one.rule, one.subject) for one in (*found.raised, *found.before) if one.latching}
        assert (clear.rule, clear.subject) not in alive - latching


class Recording(Mapping[str, float]):
    """Numbers, none chosen, that note which were asked for."""

    def __init__(self) -> None:
        self.asked: set[str] = set()

    def __getitem__(self, name: str) -> float:
        self.asked.add(name)
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def rich() -> list[History]:
    """Return histories of which every kind of rule has something to read."""
    events = [
        event(20, "chest_xray", id=1, new_foci=True, stage=2),
        event(30, "sputum", id=2, siderophages="many"),
        event(60, "exacerbation", id=3, status="confirmed"),
        event(170, "hemoptysis", id=4, amount="moderate"),
        event(200, "remission", id=5),
        event(230, "sputum", id=6, siderophages="many"),
    ]
    steps = [
        treatment(day, "prednisone", until=day + 27, dose=30 - day / 10, unit="mg", intent="planned", plan="p")
        for day in (60, 88, 116, 144)
    ]
    beside = [measured("FERRITIN", (0, 40), (150, 9)), measured("RETIC", (0, 1), (20, 1), (40, 1), (165, 4))]
    full = history(series(FALLS), *beside, events=events, treatments=steps, at=275)
    late = awaiting(full, 14)
    return [full, replace(full, patient=CHILD), hemoglobin(*FALLS, at=400), replace(full, at=on(165)), late]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_whatever_a_rule_reads_of_the_chosen_numbers_it_is_named_a_reader_of(rule: Rule) -> None:
    for known in rich():
        numbers = Recording()
        rule.judge(replace(known, settings=numbers), rule.resolved({}), known.at)
        missed = {name for name in numbers.asked if rule not in readers(RULES, name)}
        assert missed == set()


def test_a_number_of_to_dos_is_read_by_no_rule_and_one_of_the_course_by_all() -> None:
    assert readers(RULES, "control_film_days") == ()
    assert readers(RULES, "z99") == RULES
    scheduled = (blood_count_overdue.RULE, tests_overdue.RULE, upload_missing.RULE)
    assert readers(RULES, "iron_days") == scheduled
    assert [one.name for one in readers(RULES, "infarction_bands")] == ["infarction_pneumonia"]
    assert "iron_days" in {one.name for one in monitoring.SETTINGS}
    assert set(choices.catalogue()) >= {"control_film_days", "z99", "iron_days", "infarction_bands"}


def test_a_file_that_was_read_is_a_moment_and_so_is_the_day_the_next_is_missing() -> None:
    known = awaiting(history(at=400), 14, files=(5, 19.5, 60))
    found = rewound(known, upload_missing.RULE, start=1, end=80)
    assert [round(one.raised_at.timestamp()) for one in found.raised] == [
        round(midnight(known, on(day).date()).timestamp()) for day in (19 + 17, 60 + 17)
    ]
    assert [one.open for one in found.raised] == [False, True]


def test_a_finding_of_the_span_is_kept_with_its_words() -> None:
    (first, _) = rewound(hemoglobin(*FALLS, at=400), hemoglobin_fall.RULE).raised
    assert isinstance(first.finding, Finding)
    assert first.finding.sentence.startswith("Hb")
