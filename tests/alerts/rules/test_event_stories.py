"""Courses as they happen, day by day: which watches on films, samples and complications are open when, and what closes them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pytest

from alerts.judging import judge
from alerts.rules.rule import Rule, Severity
from patients.history import EventRecord, History, Series
from tests.alerts.rules.histories import CHILD, WOMAN, event, history, series
from tests.alerts.rules.pictures import bare, film, foci, sample
from tests.alerts.rules.test_event_properties import RULES

BOUT = event(-120, "exacerbation", id=1, status="confirmed", until="2023-10-15")
"""An exacerbation that ended on 15 October 2023, 78 days before day 0."""


@dataclass(frozen=True, slots=True)
class Story:
    """What happens, and which watches are to be open on which days, with their severity."""

    name: str
    events: tuple[EventRecord, ...]
    open: Mapping[float, Mapping[str, str]]
    several: tuple[Series, ...] = ()
    child: bool = False

    @property
    def history(self) -> History:
        """The whole course as it is known at its end."""
        return history(*self.several, events=self.events, patient=CHILD if self.child else WOMAN, at=max(self.open))


EXACERBATION = Story(
    "an exacerbation that goes as it should",
    (
        bare(-60, stage=1),
        foci(0, stage=2, zones={"left_lower": "new", "right_lower": "new"}),
        sample(4, siderophages="many", acid_fast_bacilli="absent"),
        film(12, stage=2, zones={"left_lower": "persisting", "right_lower": "resolved"}),
        bare(20, stage=1),
    ),
    {
        -1: {},
        1: {"film_new_foci": "high", "film_stage_worse": "moderate"},
        5: {"film_new_foci": "high", "film_stage_worse": "moderate"},
        13: {"film_new_foci": "high", "film_stage_worse": "moderate"},
        21: {},
        100: {},
    },
)
TUBERCULOSIS = Story(
    "tuberculosis that was taken for hemosiderosis",
    (
        bare(-60, stage=1),
        foci(0, stage=2),
        sample(3, siderophages="absent", acid_fast_bacilli="absent"),
        film(25, stage=2, foci_present=True),
        sample(28, acid_fast_bacilli="scanty"),
        film(40, stage=2, foci_present=True, cavity=True),
        sample(45, acid_fast_bacilli="2+"),
        bare(150, stage=1),
    ),
    {
        10: {"film_new_foci": "high", "film_stage_worse": "moderate"},
        26: {"film_new_foci": "high", "film_stage_worse": "moderate", "film_foci_persist": "moderate"},
        30: {"film_new_foci": "high", "film_stage_worse": "moderate", "film_foci_persist": "moderate", "sputum_acid_fast": "high"},
        41: {
            "film_new_foci": "high", "film_stage_worse": "moderate", "film_foci_persist": "moderate",
            "sputum_acid_fast": "high", "film_cavity": "high",
        },
        151: {"sputum_acid_fast": "high", "film_cavity": "high"},
        300: {},
    },
)  # fmt: skip
DENSE = Story(
    "dense shadows that move, and fibrosis in the end",
    (
        bare(-60, stage=2),
        foci(0, stage=3, dense_shadow=True, zones={"right_lower": "new", "right_middle": "new"}),
        film(
            5,
            stage=3,
            dense_shadow=True,
            zones={"right_lower": "resolved", "right_middle": "resolved", "left_lower": "new"},
        ),
        bare(22, stage=2),
        bare(200, stage=4),
        bare(380, stage=4),
    ),
    {
        1: {"film_new_foci": "high", "film_stage_worse": "moderate"},
        6: {"film_new_foci": "high", "film_stage_worse": "moderate", "film_migrating": "high"},
        23: {},
        201: {"film_stage_worse": "moderate"},
        381: {},
    },
)
SILENT = Story(
    "bleeding that nobody sees",
    (BOUT, sample(20, siderophages="few"), sample(40, siderophages="moderate"), sample(60, siderophages="absent"),
     sample(62, siderophages="absent")),
    {19: {}, 21: {"sputum_silent_bleeding": "moderate"}, 61: {"sputum_silent_bleeding": "moderate"}, 63: {}},
)  # fmt: skip
EXPLAINED = Story(
    "siderophages of a bleed that was seen",
    (BOUT, event(10, "hemoptysis", id=5, amount="streaks"), sample(20, siderophages="many")),
    {0: {}, 21: {}, 70: {}},
)
SEVERE = Story(
    "a small child that coughs up much for its weight",
    (
        event(0, "hemoptysis", id=5, amount="moderate", volume_ml=50),
        event(0.3, "hemoptysis", id=6, amount="moderate", volume_ml=45),
        event(20, "hemoptysis", id=7, amount="streaks"),
    ),
    {0.1: {}, 0.5: {"severe_bleeding": "high"}, 19: {"severe_bleeding": "high"}, 30: {}},
    several=(series([(-5, 11)], "WEIGHT", first_id=80),),
    child=True,
)
SHOCK = Story(
    "streaks with a fall of pressure and of oxygen",
    (event(10, "hemoptysis", id=5, amount="streaks"),),
    {10.05: {}, 10.4: {"severe_bleeding": "high"}, 12: {"severe_bleeding": "high"}},
    several=(series([(5, 118), (10.2, 92)], "SBP", first_id=70), series([(0, 97), (10.3, 86)], "SPO2", first_id=80)),
)
COLLAPSE = Story(
    "a suspicion that a film confirms, and one that shows the lung whole again",
    (
        event(50, "symptom", id=5, name="chest_pain", severity=3),
        event(50.05, "symptom", id=6, name="dyspnea", severity=3),
        film(50.3, id=7, pneumothorax=True),
        film(57, pneumothorax=False),
    ),
    {50.02: {}, 50.2: {"pneumothorax": "high"}, 51: {"pneumothorax": "high"}, 58: {}},
    several=(series([(0, 97), (10, 97), (20, 96), (30, 98), (40, 97), (50.1, 92)], "SPO2", first_id=80),),
)
INFARCTION = Story(
    "an infarction pneumonia that heals",
    (event(30, "symptom", id=5, name="chest_pain", severity=2), film(30.5, id=6, dense_shadow=True)),
    {30.6: {}, 31: {"infarction_pneumonia": "high"}, 35.5: {"infarction_pneumonia": "high"}, 38.5: {}},
    several=(
        series([(30.8, 39), (35, 37), (38, 36.8)], "TEMP", first_id=80),
        series([(0, 7), (31.5, 17), (37, 8)], "WBC", first_id=90),
    ),
)
STORIES = (EXACERBATION, TUBERCULOSIS, DENSE, SILENT, EXPLAINED, SEVERE, SHOCK, COLLAPSE, INFARCTION)
DAYS = [(story, day) for story in STORIES for day in story.open]


def found(story: Story, day: float, rules: tuple[Rule, ...] = RULES) -> dict[str, str]:
    """Return what is open on a day, with its severity."""
    seen = replace(story.history, at=history(at=day).at)
    return {one.rule: one.severity.word for one in judge(seen, seen.at, rules=rules).findings}


@pytest.mark.parametrize(("story", "day"), DAYS, ids=[f"{story.name}, day {day}" for story, day in DAYS])
def test_what_is_open_on_a_day(story: Story, day: float) -> None:
    assert found(story, day) == story.open[day]


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_between_two_moments_to_ask_again_nothing_changes(story: Story) -> None:
    seen = replace(story.history, at=history(at=min(story.open)).at)
    asked = 0
    while (after := judge(seen, seen.at, rules=RULES).recheck_at) is not None and asked < 40:
        middle = seen.at + (after - seen.at) / 2
        same = judge(replace(seen, at=middle), middle, rules=RULES)
        assert [one.sentence for one in same.findings] == [
            one.sentence for one in judge(seen, seen.at, rules=RULES).findings
        ]
        seen, asked = replace(seen, at=after), asked + 1
    assert asked >= 1


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_every_sentence_can_stand_alone(story: Story) -> None:
    for day in story.open:
        seen = replace(story.history, at=history(at=day).at)
        for one in judge(seen, seen.at, rules=RULES).findings:
            assert one.sentence[0].isupper()
            assert one.sentence.endswith((".", "?"))
            assert "202" in one.sentence or one.rule == "infarction_pneumonia"  # it says when
            assert one.clears_when.endswith(".")
            assert one.threshold
            assert one.severity in Severity


def test_together_they_stay_within_the_budget() -> None:
    """At most 1.5 moderate and high and 4 low alerts a patient-year: well patients have none at all from these watches."""
    films = [bare(90 * place, stage=1) for place in range(12)]
    samples = [sample(150 * place, siderophages="absent") for place in range(7)]
    well = Story("well", (BOUT, *films, *samples), {1000.0: {}})
    assert [day for day in range(0, 1000, 7) if found(well, day)] == []
