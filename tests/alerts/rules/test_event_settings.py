"""Every number of the watches on films, samples and complications matters: another value, another answer."""

from dataclasses import dataclass
from typing import Any

import pytest

from alerts.rules import RULES
from alerts.rules.rule import CannotJudge, Clear, Finding, Rule, Setting
from patients.history import EventRecord, PatientFacts, Series
from tests.alerts.rules.histories import CHILD, WOMAN, event, history, monthly, series, treatment
from tests.alerts.rules.pictures import LEFT, LOW, RIGHT, bare, film, foci, sample
from tests.alerts.rules.test_event_properties import RULES as OURS

BY_NAME = {rule.name: rule for rule in RULES}
BOUT = event(-20, "exacerbation", id=1, status="confirmed", until="2023-12-31")
PAIN = event(100, "symptom", id=5, name="chest_pain")
BREATH = event(100.1, "symptom", id=6, name="dyspnea")
SHADOW = film(100, id=7, dense_shadow=True)
USUAL = monthly(97, 97, 96, 97, 98, every=10)
CONFLICT = (film(-9, stage=1), bare(0, stage=1, reader="A"), foci(1.5, stage=3, cavity=True, reader="B"))


def bled(day: float, volume: float | None = None, amount: str = "streaks", id: int = 8) -> EventRecord:  # noqa: A002
    """Return blood coughed up."""
    measured: dict[str, Any] = {} if volume is None else {"volume_ml": volume}
    return event(day, "hemoptysis", id=id, amount=amount, **measured)


def of(code: str, *points: tuple[float, float]) -> Series:
    """Return results of an analyte, with ids of its own."""
    return series(points, code, first_id=1000 + sum(map(ord, code)))


@dataclass(frozen=True, slots=True)
class Turn:
    """A history whose answer turns with a number: found by the default and not by `chosen`, or the other way round."""

    rule: str
    setting: str
    chosen: float
    at: float
    events: tuple[EventRecord, ...] = ()
    several: tuple[Series, ...] = ()
    usual: bool = True
    patient: PatientFacts = WOMAN
    mg: float | None = None


def _films() -> list[Turn]:
    """Return the turns of watches on films."""
    moved = (film(0, zones={LOW: "new"}), film(5, zones={LOW: "resolved", LEFT: "new"}))
    old = (foci(0), film(25, foci_present=True))
    both = film(0, unilateral=True)
    return [
        Turn("film_new_foci", "film_age_days", 90, 100, (foci(0),)),
        Turn("film_new_foci", "conflict_hours", 24, 3, CONFLICT, usual=False),
        Turn("film_foci_persist", "persist_days", 30, 26, old),
        Turn("film_foci_persist", "film_age_days", 90, 120, old),
        Turn("film_foci_persist", "conflict_hours", 24, 27,
             (foci(0), film(25, foci_present=True, reader="A"), bare(26.5, reader="B"))),
        Turn("film_stage_worse", "conflict_hours", 24, 3, CONFLICT, usual=False),
        Turn("film_stage_worse", "film_age_days", 90, 100, (film(-30, stage=1), film(0, stage=2))),
        Turn("film_migrating", "migrating_zones", 3, 6, moved),
        Turn("film_migrating", "migrating_days", 4, 6, moved),
        Turn("film_migrating", "film_age_days", 90, 100, moved),
        Turn("film_migrating", "conflict_hours", 24, 3,
             (film(0, reader="A", zones={LOW: "new"}), film(1.5, reader="B", zones={LOW: "resolved", RIGHT: "new"})), usual=False),
        Turn("film_cavity", "seen_days", 90, 100, (film(0, cavity=True),)),
        Turn("film_unilateral", "film_age_days", 90, 100, (both,)),
        Turn("film_unilateral", "conflict_hours", 24, 3,
             (film(0, reader="A", foci_present=True, unilateral=True), bare(1.5, reader="B"))),
    ]  # fmt: skip


def _samples() -> list[Turn]:
    """Return the turns of watches on samples."""
    late = sample(70, siderophages="few")
    gone = (sample(75, id=9, siderophages="absent"), sample(75.8, id=10, siderophages="absent"))
    return [
        Turn("sputum_silent_bleeding", "silent_from_days", 90, 71, (BOUT, late)),
        Turn("sputum_silent_bleeding", "siderophage_days", 20, 100, (BOUT, late)),
        Turn("sputum_silent_bleeding", "silent_negatives", 1, 76, (BOUT, late, gone[0])),
        Turn("sputum_silent_bleeding", "silent_apart_hours", 12, 77, (BOUT, late, *gone)),
        Turn("sputum_acid_fast", "seen_days", 90, 100, (sample(0, acid_fast_bacilli="1+"),)),
        Turn("sputum_atypical_cells", "seen_days", 90, 100, (sample(0, atypical_cells="present"),)),
    ]


def _bleedings() -> list[Turn]:
    """Return the turns of severe bleeding."""
    streaks, low = bled(10), of("SPO2", (10.2, 88))
    fallen = of("SBP", (5, 120), (10.2, 95))
    weight = of("WEIGHT", (0, 10))
    return [
        Turn("severe_bleeding", "severe_ml", 200, 11, (bled(10, 120),)),
        Turn("severe_bleeding", "severe_hours", 12, 11, (bled(10, 60), bled(10.7, 60, id=9))),
        Turn("severe_bleeding", "severe_child_ml_per_kg", 9, 11, (bled(10, 85),), (weight,), patient=CHILD),
        Turn("severe_bleeding", "weight_days", 14, 31, (bled(30, 85),), (weight,), patient=CHILD),
        Turn("severe_bleeding", "severe_spo2", 85, 11, (streaks,), (low,)),
        Turn("severe_bleeding", "severe_systolic_fall", 30, 11, (streaks,), (fallen,)),
        Turn("severe_bleeding", "pressure_days", 3, 11, (streaks,), (fallen,)),
        Turn("severe_bleeding", "recent_days", 7, 20, (bled(10, 120),)),
        Turn("severe_bleeding", "massive_ml", 90, 11, (bled(10, amount="massive"),)),
        Turn("severe_bleeding", "moderate_ml", 50, 11,
             (bled(10, amount="moderate"), bled(10.1, amount="moderate", id=9)), usual=False),
        Turn("severe_bleeding", "teaspoon_ml", 10, 11,
             (bled(10, 90), bled(10.1, amount="teaspoon", id=9)), usual=False),
    ]  # fmt: skip


def _collapses() -> list[Turn]:
    """Return the turns of pneumothorax."""
    fallen = of("SPO2", *USUAL, (100.2, 93.5))
    before = event(90, "symptom", id=4, name="chest_pain")
    return [
        Turn("pneumothorax", "lung_spo2_points", 4, 102, (PAIN, BREATH), (fallen,)),
        Turn("pneumothorax", "lung_hours", 6, 102, (PAIN, event(100.5, "symptom", id=6, name="dyspnea")), (fallen,)),
        Turn("pneumothorax", "sudden_days", 14, 102, (before, PAIN, BREATH), (fallen,)),
        Turn("pneumothorax", "lung_days", 14, 120, (film(100, pneumothorax=True),)),
    ]


def _infarctions() -> list[Turn]:
    """Return the turns of infarction pneumonia: pain, a shadow, and one result."""
    name, two, earlier, cells = "infarction_pneumonia", (PAIN, SHADOW), monthly(6, 6, 6), of("WBC", (100, 14))
    hot = of("TEMP", (100, 38.3))
    healed = of("TEMP", (100, 38.3), (104, 37), (104.9, 37))
    return [
        Turn(name, "infarction_signs", 4, 101, two, (hot,)),
        Turn(name, "infarction_hours", 24, 101, two, (of("TEMP", (98, 39)),)),
        Turn(name, "infarction_wbc", 15, 101, two, (cells,)),
        Turn(name, "infarction_wbc_rise_percent", 100, 101, two, (of("WBC", *earlier, (100, 10)),)),
        Turn(name, "infarction_bands", 10, 101, two, (of("NEUT_BAND", (100, 8)),)),
        Turn(name, "infarction_esr", 50, 101, two, (of("ESR", (100, 40)),)),
        Turn(name, "infarction_esr_rise_percent", 200, 101, two, (of("ESR", *earlier, (100, 14)),)),
        Turn(name, "infarction_temperature", 38.5, 101, two, (hot,)),
        Turn(name, "steroid_wbc", 12.5, 101, two, (cells,), usual=False, mg=30),
        Turn(name, "steroid_mg", 40, 101, two, (cells,), usual=False, mg=30),
        Turn(name, "recovery_hours", 12, 106, two, (healed,)),
        Turn(name, "infarction_days", 14, 120, two, (hot,)),
    ]


TURNS = [*_films(), *_samples(), *_bleedings(), *_collapses(), *_infarctions()]
NAMING = {("film_new_foci", "merged_foci_days"), ("severe_bleeding", "severe_apart_days")}
"""Numbers that decide which alert something belongs to, and not whether there is one."""


def is_found(turn: Turn, **chosen: float) -> bool:
    """Whether a rule finds something."""
    rule = BY_NAME[turn.rule]
    taken = [] if turn.mg is None else [treatment(60, "prednisolone", dose=turn.mg, unit="mg")]
    seen = history(*turn.several, events=turn.events, treatments=taken, patient=turn.patient, at=turn.at)
    answers = rule.judge(seen, rule.resolved(chosen), seen.at).answers
    assert all(isinstance(one, Finding | Clear | CannotJudge) for one in answers)
    return any(isinstance(one, Finding) for one in answers)


@pytest.mark.parametrize("turn", TURNS, ids=[f"{one.rule}.{one.setting}" for one in TURNS])
def test_another_number_is_another_answer(turn: Turn) -> None:
    assert is_found(turn) is turn.usual
    if turn.setting == "massive_ml":  # below the limit of a severe bleeding an amount alone is none
        assert is_found(turn, massive_ml=turn.chosen) is False
        return
    assert is_found(turn, **{turn.setting: turn.chosen}) is not turn.usual


@pytest.mark.parametrize("turn", TURNS, ids=[f"{one.rule}.{one.setting}" for one in TURNS])
def test_what_is_chosen_lies_within_its_bounds(turn: Turn) -> None:
    (setting,) = [one for one in BY_NAME[turn.rule].settings if one.name == turn.setting]
    assert setting.low <= turn.chosen <= setting.high
    assert turn.chosen != setting.default


@pytest.mark.parametrize("rule", OURS, ids=lambda rule: rule.name)
def test_every_number_of_a_rule_has_its_turn(rule: Rule) -> None:
    shown = {(one.rule, one.setting) for one in TURNS} | NAMING
    missing: list[Setting] = [one for one in rule.settings if (rule.name, one.name) not in shown]
    assert missing == []


@pytest.mark.parametrize(
    ("rule", "setting", "chosen", "events", "count"),
    [
        ("film_new_foci", "merged_foci_days", 14, (foci(0), foci(20)), {"1000"}),
        ("severe_bleeding", "severe_apart_days", 7, (bled(10, 120, id=8), bled(15, 120, id=9)), {"8", "9"}),
    ],
)
def test_another_number_is_another_alert(
    rule: str, setting: str, chosen: float, events: tuple[EventRecord, ...], count: set[str]
) -> None:
    seen = history(events=events, at=22)

    def subjects(**numbers: float) -> set[str]:
        answers = BY_NAME[rule].judge(seen, BY_NAME[rule].resolved(numbers), seen.at).answers
        return {one.subject for one in answers if isinstance(one, Finding)}

    assert subjects() == count
    assert subjects(**{setting: chosen}) != count
