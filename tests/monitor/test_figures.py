"""Figures as told and judged, and the sizes of the code by the same rules as the architecture's tests."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.figures import Figure, of_runs, read_json, sizes
from tests import test_architecture

NUMBERS = st.floats(0.001, 1e6)


def checkout(root: Path, **files: str) -> Path:
    """Make a small checkout: each file by its path with _ for /."""
    for folder in ("monitor", "alerts", "patients", "tests"):
        (root / folder).mkdir()
    (root / "manage.py").write_text("import sys\n")
    for name, text in files.items():
        path = root / f"{name.replace('__', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def by_name(root: Path) -> dict[str, Figure]:
    """Return the sizes of a checkout."""
    return {one.name: one for one in sizes(root)}


@pytest.mark.parametrize(
    ("figure", "ok"),
    [
        (Figure("a", 9.9, goal=10), True),
        (Figure("a", 10, goal=10), True),
        (Figure("a", 10.1, goal=10), False),
        (Figure("a", 1.4, goal=1.4, at_least=True), True),
        (Figure("a", 1.39, goal=1.4, at_least=True), False),
        (Figure("a", 1e9), True),
        (Figure("a", 14, goal=10, low=10, high=20, runs=3), True),  # noisy: 40 % above its minimum
        (Figure("a", 12, goal=10, low=10, high=20, runs=3), False),
    ],
)
def test_a_goal_is_a_limit_for_what_is_not_noise(figure: Figure, ok: bool) -> None:
    assert figure.ok is ok
    assert ("MISSED" in figure.line()) is not ok


def test_runs_are_told_by_their_median_and_span() -> None:
    found = of_runs("trip", [3, 1, 2, 9], "ms", goal=4)
    assert (found.value, found.low, found.high, found.runs, found.goal) == (2.5, 1, 9, 4, 4)
    assert found.noisy
    assert not of_runs("trip", [1.2, 1.0, 1.3]).noisy
    assert not Figure("single", 5).noisy
    assert not of_runs("nothing", [0.0, 0.0]).noisy


@given(st.lists(NUMBERS, min_size=1, max_size=9))
def test_the_median_lies_within_its_span(values: list[float]) -> None:
    found = of_runs("x", values)
    assert found.low is not None
    assert found.high is not None
    assert found.low <= found.value <= found.high


def test_a_line_says_everything() -> None:
    assert Figure("queries", 18).line() == "queries: 18"
    assert (
        Figure("first start", 19.774, "s", goal=300, note="warm").line()
        == "first start: 19.77 s; goal at most 300 (warm)"
    )
    assert of_runs("rate", [7000.0, 5000.0, 8000.0], "rows/s").line() == (
        "rate: 7,000 rows/s; 5,000 to 8,000 in 3 runs, noisy"
    )
    assert Figure("tests", 1.1, goal=1.4, at_least=True).line() == "tests: 1.1; goal at least 1.4: MISSED"


@given(NUMBERS, st.none() | NUMBERS, st.booleans(), st.text(max_size=9))
def test_a_figure_of_another_process_is_the_same(value: float, goal: float | None, at_least: bool, note: str) -> None:
    figure = Figure("x", float(f"{value:.6g}"), "s", goal=goal, at_least=at_least, note=note)
    assert read_json(json.loads(json.dumps(figure.as_json()))) == figure


def test_a_goal_that_another_process_missed_is_missed_here() -> None:
    figure = Figure("found", 5, goal=6, at_least=True)
    told = read_json(figure.as_json())
    assert not told.ok
    assert told.line() == "found: 5; goal at least 6: MISSED"


def test_json_holds_six_digits_and_the_judgment() -> None:
    found = Figure("x", 1 / 3, goal=0.3).as_json()
    assert (found["value"], found["ok"], found["noisy"], found["runs"]) == (0.333333, False, False, 1)


def test_sizes_are_counted_as_the_architecture_counts() -> None:
    found = by_name(test_architecture.ROOT)
    ours, tests = test_architecture.OURS, test_architecture.TESTS
    assert found["test to code"].value == pytest.approx(test_architecture.lines(tests) / test_architecture.lines(ours))
    longest = max(test_architecture.length(node) for path in ours for node in test_architecture.functions(path))
    assert found["longest function"].value == longest
    modules = [len(path.read_text().splitlines()) for path in [*ours, *tests]]
    assert found["longest module"].value == max(modules)


def test_sizes_of_a_small_checkout(tmp_path: Path) -> None:
    code = "def one():\n    return 1\n\n\nclass A:\n    def two(self):\n        a = 1\n        return a\n"
    root = checkout(tmp_path, patients__models__a=code, tests__test_a="assert True\n\n" * 14)
    found = by_name(root)
    assert found["test to code"].value == 2.0  # 14 lines to 6 and manage.py's 1
    assert (found["longest function"].value, found["longest function"].note) == (3, "patients/models/a.py:two")
    assert (found["longest module"].value, found["longest module"].note) == (28, "tests/test_a.py")


def test_migrations_and_what_is_hidden_are_no_code(tmp_path: Path) -> None:
    long = "def f():\n" + "    x = 1\n" * 80
    root = checkout(tmp_path, patients__migrations__0001=long, patients__a="x = 1\n", tests__a="x = 1\n")
    (root / "tests" / ".cache").mkdir()
    (root / "tests" / ".cache" / "b.py").write_text(long)
    found = by_name(root)
    assert found["longest function"].value == 0
    assert found["test to code"].value == 0.5


def test_goals_of_sizes_are_the_bounds_of_the_house() -> None:
    found = by_name(test_architecture.ROOT)
    assert found["longest function"].goal == test_architecture.FUNCTION_LINES
    assert found["longest module"].goal == test_architecture.MODULE_LINES
    assert (found["test to code"].goal, found["test to code"].at_least) == (test_architecture.TEST_TO_CODE, True)
