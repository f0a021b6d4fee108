"""The page of mutation testing: the score, what a mutant changes, and what is listed."""

from dataclasses import replace

import pytest

from tests.mutation_page import Change, Mutant, Report, change, lines, page, score

SOURCE = '''"""A module."""

from math import sqrt


def other(a):
    return a


def reach(a, b):
    """Return how far."""
    if a < b:
        return sqrt(
            a * a
            + b * b,
        )
    return 0
'''
BEFORE = SOURCE[SOURCE.index("def reach") :]
TREND, SLOPE = "alerts/trends.py", "alerts/slopes.py"
SURVIVED = Change(SLOPE, 12, "kendall", "a < b", "a <= b")
MUTANTS = [
    *(Mutant(f"t{number}", TREND, "killed") for number in range(6)),
    Mutant("t6", TREND, "timeout"),
    Mutant("t7", TREND, "survived"),
    Mutant("s0", SLOPE, "survived"),
    Mutant("s1", SLOPE, "no tests"),
]
CHANGES = {
    "t7": Change(TREND, 40, "median", "x + y", "x - y"),
    "s0": SURVIVED,
    "s1": Change(SLOPE, 3, "_pairs", "return []", "return None"),
}
REPORT = Report(50, MUTANTS, CHANGES, {}, 10, 4)


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        (["killed"] * 9 + ["survived"], 0.9),
        (["killed", "timeout"], 1.0),
        (["killed", "no tests"], 0.5),
        (["killed", "suspicious", "segfault", "survived"], 0.25),
        ([], 1.0),
    ],
)
def test_the_score_is_the_share_that_was_caught(statuses: list[str], expected: float) -> None:
    assert score([Mutant(str(place), TREND, status) for place, status in enumerate(statuses)]) == expected


@pytest.mark.parametrize(("status", "tried"), [("killed", True), ("no tests", True), ("not checked", False)])
def test_what_is_not_checked_was_not_tried(status: str, tried: bool) -> None:
    assert Mutant("t", TREND, status).tried is tried


def test_a_change_of_one_line() -> None:
    found = change(TREND, "reach", SOURCE, BEFORE, BEFORE.replace("a < b", "a <= b"))
    assert found == Change(TREND, 12, "reach", "if a < b:", "if a <= b:")


def test_a_change_of_several_lines_is_told_in_one() -> None:
    found = change(TREND, "reach", SOURCE, BEFORE, BEFORE.replace("a * a\n            + b * b,", "None"))
    assert found == Change(TREND, 14, "reach", "a * a + b * b,", "None")


def test_what_is_only_left_out_becomes_nothing() -> None:
    found = change(TREND, "reach", SOURCE, BEFORE, BEFORE.replace("            + b * b,\n", ""))
    assert (found.line, found.was, found.becomes) == (15, "+ b * b,", "")
    words = page(replace(REPORT, changes=CHANGES | {"s0": replace(found, path=SLOPE)}))
    assert "- 15, `reach`: `+ b * b,` → nothing" in words


def test_a_function_that_the_source_does_not_hold_is_an_error() -> None:
    with pytest.raises(ValueError, match="substring not found"):
        change(TREND, "reach", SOURCE, "def gone():\n    return 1\n", "def gone():\n    return 2\n")


def test_survivors_are_in_the_order_of_the_files() -> None:
    assert [(one.path, one.line) for one in REPORT.survivors] == [(SLOPE, 3), (SLOPE, 12), (TREND, 40)]
    assert REPORT.harmless == []


def test_an_equivalent_is_known_wherever_it_has_moved() -> None:
    found = replace(REPORT, equivalent={replace(SURVIVED, line=0): "Equal ones are counted elsewhere."})
    assert found.harmless == [SURVIVED]
    assert SURVIVED not in found.survivors
    moved = replace(SURVIVED, line=99)
    assert replace(found, changes={"s0": moved}).harmless == [moved]
    assert replace(found, changes={"s0": replace(SURVIVED, becomes="a == b")}).harmless == []


@pytest.mark.parametrize(("killed", "enough"), [(90, True), (89, False)])
def test_enough_is_nine_of_ten(killed: int, enough: bool) -> None:
    mutants = [Mutant(str(place), TREND, "killed" if place < killed else "survived") for place in range(100)]
    assert replace(REPORT, mutants=mutants, changes={}).enough is enough


def test_the_terminal_shows_numbers_then_survivors() -> None:
    shown = list(lines(REPORT))
    assert shown[:8] == [
        "mutants: 50",
        "tried: 10",
        "killed: 6",
        "timeouts: 1",
        "survived: 2",
        "no tests: 1",
        "score: 70.0 %",
        "score without equivalent ones: 70.0 %",
    ]
    assert shown[-3:] == [f"{TREND}:40 median", "  - x + y", "  + x - y"]
    assert len(shown) == 8 + 3 * 3


def test_what_ended_otherwise_is_counted() -> None:
    crashed = replace(REPORT, mutants=[*MUTANTS, Mutant("s2", SLOPE, "segfault")])
    assert "ended otherwise: 1" in list(lines(crashed))
    assert "| ended otherwise | 1 |" in page(crashed)


def test_a_share_is_rounded_down() -> None:
    mutants = [Mutant(str(place), TREND, "killed" if place < 8999 else "survived") for place in range(10_000)]
    assert "score: 89.9 %" in list(lines(replace(REPORT, mutants=mutants, changes={})))


def test_equivalents_count_against_nobody_in_the_second_score() -> None:
    kept = {one.anywhere: "It is the same." for one in CHANGES.values()}
    shown = list(lines(replace(REPORT, equivalent=kept)))
    assert shown[6:] == ["score: 70.0 %", "score without equivalent ones: 100.0 %"]


def test_the_page_says_what_was_tried() -> None:
    assert "A sample: 10 of them, seed 4." in page(REPORT)
    assert "All mutants." in page(replace(REPORT, sample=None))


def test_the_page_has_a_row_a_file() -> None:
    words = page(REPORT)
    assert f"| `{SLOPE}` | 2 | 0 | 0.0 % |\n| `{TREND}` | 8 | 7 | 87.5 % |" in words


def test_the_page_lists_survivors_under_their_file() -> None:
    words = page(REPORT)
    assert f"`{SLOPE}`\n\n- 3, `_pairs`: `return []` → `return None`\n- 12, `kendall`: `a < b` → `a <= b`\n" in words
    assert f"\n`{TREND}`\n\n- 40, `median`: `x + y` → `x - y`\n" in words
    assert "## Equivalent" not in words


def test_the_page_gives_the_reason_of_an_equivalent() -> None:
    words = page(replace(REPORT, equivalent={SURVIVED.anywhere: "Equal ones are counted elsewhere."}))
    survivors, equivalent = words.split("## Survivors")[1].split("## Equivalent")
    assert "- 12, `kendall`: `a < b` → `a <= b`: Equal ones are counted elsewhere.\n" in equivalent
    assert "kendall" not in survivors


def test_without_survivors_the_page_says_so() -> None:
    assert "## Survivors\n\nNone.\n" in page(replace(REPORT, changes={}))


def test_code_with_a_backtick_is_quoted_with_two() -> None:
    words = page(replace(REPORT, changes={"t7": Change(TREND, 1, "f", "'`'", "None")}))
    assert "`` '`' `` → `None`" in words
