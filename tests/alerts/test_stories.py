"""Which alerts are one story: by when their signs were and from which sources they speak, in whatever order they come."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts import rules
from alerts.rules.rule import Severity
from alerts.stories import ALONE, APART, BLEEDING, LIKELY, Part, Story, stories

START = datetime(2026, 3, 3, 9, tzinfo=UTC)
DAY = timedelta(days=1)


def part(
    rule: str,
    *,
    day: float = 0,
    until: float | None = None,
    severity: int = 2,
    raised: float = 0,
    number: int = 1,
) -> Part:
    """Return an alert whose signs span these days."""
    start = START + day * DAY
    end = start if until is None else START + until * DAY
    return Part(UUID(int=number), rule, severity, START + raised * DAY, start, end)


def told(*parts: Part) -> list[tuple[str, list[int]]]:
    """Return title and members of each story."""
    return [(one.title, [each.id.int for each in one.parts]) for one in stories(parts)]


def test_every_rule_of_bleeding_is_a_rule_and_every_source_has_a_name() -> None:
    assert set(BLEEDING) <= {rule.name for rule in rules.RULES}
    assert set(BLEEDING.values()) - {""} == set(ALONE)
    assert timedelta(days=28) == APART


def test_a_fall_siderophages_and_new_foci_are_a_likely_exacerbation() -> None:
    parts = (
        part("hemoglobin_fall", number=1),
        part("sputum_silent_bleeding", day=3, number=2),
        part("film_new_foci", day=5, number=3, severity=3),
    )
    (one,) = stories(parts)
    assert (one.title, one.since, one.worst.rule) == (LIKELY, START, "film_new_foci")
    assert [each.id.int for each in one.parts] == [3, 1, 2]


def test_a_lack_of_iron_beside_a_fall_is_part_of_it_and_no_sign_of_its_own() -> None:
    fall, iron = part("hemoglobin_fall", number=1), part("iron_deficiency", day=-60, until=10, number=2)
    assert told(fall, iron) == [("Hemoglobin falling", [1, 2])]
    assert stories([fall, iron])[0].since == fall.start
    assert told(iron) == [("", [2])]
    assert told(iron, part("pneumothorax", number=3)) == [("", [2]), ("", [3])]


@pytest.mark.parametrize(("day", "until", "severity", "joins"), [
    (28, 30, 2, True), (29, 30, 2, False), (-40, -28, 2, True), (-40, -29, 2, False), (0, 0, 1, False), (0, 0, 3, True),
])  # fmt: skip
def test_a_lack_of_iron_joins_what_is_near_and_where_it_is_more_than_low(
    day: float, until: float, severity: int, joins: bool
) -> None:
    iron = part("iron_deficiency", day=day, until=until, severity=severity, number=2)
    assert (len(told(part("hemoglobin_fall", number=1), iron)) == 1) is joins


def test_a_lack_of_iron_between_two_bleedings_belongs_to_the_later_and_joins_them_not() -> None:
    first, second = part("hemoglobin_fall", number=1), part("film_new_foci", day=50, number=2)
    iron = part("iron_deficiency", day=5, until=45, number=3)
    assert [members for _, members in told(first, second, iron)] == [[1], [2, 3]]


def test_two_alerts_of_one_source_are_no_exacerbation() -> None:
    assert told(part("hemoglobin_fall", number=1), part("hemoglobin_severe", number=2, severity=3)) == [
        ("Hemoglobin falling", [2, 1])
    ]
    assert told(part("hemoptysis", number=1), part("severe_bleeding", number=2)) == [("Blood coughed up", [1, 2])]


def test_what_rests_on_others_is_no_source_of_its_own() -> None:
    together = (part("film_new_foci", number=1), part("steroid_relapse_after_step", number=2))
    assert told(*together) == [("Film is worse", [1, 2])]


def test_one_alert_has_no_title() -> None:
    assert told(part("hemoglobin_fall")) == [("", [1])]
    assert told() == []


@pytest.mark.parametrize(("days", "together"), [(28, True), (28.01, False)])
def test_starts_no_further_than_28_days_apart_are_one(days: float, together: bool) -> None:
    found = told(part("hemoglobin_fall", number=1), part("film_new_foci", day=days, number=2))
    assert (len(found) == 1) is together


def test_a_fall_that_lasts_meets_what_comes_late_in_it() -> None:
    lasting = part("hemoglobin_fall", until=60, number=1)
    assert len(told(lasting, part("film_new_foci", day=80, number=2))) == 1
    assert len(told(lasting, part("film_new_foci", day=5, number=2), part("hemoptysis", day=85, number=3))) == 1


def test_what_is_no_bleeding_stands_alone() -> None:
    others = (part("iron_deficiency", number=2, severity=1), part("pneumothorax", number=3, severity=3))
    assert told(part("hemoglobin_fall", number=1), *others) == [("", [3]), ("", [1]), ("", [2])]


def test_the_id_is_that_of_the_alert_raised_first() -> None:
    (one,) = stories(
        [part("hemoglobin_fall", raised=2, number=1), part("film_new_foci", raised=1, number=2, severity=1)]
    )
    assert (one.id.int, one.worst.id.int) == (2, 1)


def numbered(found: list[Part]) -> list[Part]:
    """Return alerts each with an id of its own."""
    return [replace(one, id=UUID(int=number)) for number, one in enumerate(found)]


PARTS = st.lists(
    st.builds(
        part,
        st.sampled_from([*BLEEDING, "iron_deficiency", "pneumothorax"]),
        day=st.integers(0, 200),
        severity=st.sampled_from([int(one) for one in Severity]),
        raised=st.integers(0, 200),
    ),
    max_size=9,
).map(numbered)


def _bleeding(one: Story) -> bool:
    """Whether a story speaks of bleeding."""
    return any(each.rule in BLEEDING for each in one.parts)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(parts=PARTS, order=st.randoms(use_true_random=False))
def test_each_alert_is_in_one_story_and_the_order_does_not_matter(parts: list[Part], order: Random) -> None:
    found = stories(parts)
    members = [each.id for one in found for each in one.parts]
    assert sorted(members) == [one.id for one in parts]
    mixed = list(parts)
    order.shuffle(mixed)
    assert stories(mixed) == found
    assert [one.worst.rank for one in found] == sorted(one.worst.rank for one in found)
    assert all(one.worst.severity == max(each.severity for each in one.parts) for one in found)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(parts=PARTS)
def test_two_stories_of_bleeding_lie_further_apart_than_28_days(parts: list[Part]) -> None:
    found = sorted((one for one in stories(parts) if _bleeding(one)), key=lambda one: one.since)
    for before, after in pairwise(found):
        assert after.since - max(each.end for each in _signs(before)) > APART
    for one in found:
        starts = sorted(_signs(one), key=lambda each: each.start)
        assert starts[0].start == one.since
        for index, each in enumerate(starts[1:], start=1):
            assert each.start - max(earlier.end for earlier in starts[:index]) <= APART


def _signs(story: Story) -> list[Part]:
    """Return the parts of a story that speak of bleeding."""
    return [each for each in story.parts if each.rule in BLEEDING]
