"""The bounds of the house: sizes, directions, names. None is ever suppressed."""

import ast
import graphlib
import re
import subprocess
import sys
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("monitor", "alerts", "patients")
FUNCTION_LINES, MODULE_LINES, TEST_LINES, TEST_TO_CODE = 50, 300, 30, 1.4
FORBIDDEN_NAMES = {"utils", "helpers", "core", "common", "services"}
FOLDERS = {"monitor", "patients", "alerts", "tests", "docs"}


def tracked(*patterns: str) -> list[Path]:
    """Return the repository's files by pattern, new ones included, ignored ones not."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    return [ROOT / line for line in listing.stdout.decode().splitlines() if (ROOT / line).is_file()]


CODE = [path for path in tracked("*.py") if path.relative_to(ROOT).parts[0] in PACKAGES or path.name == "manage.py"]
OURS = [path for path in CODE if "migrations" not in path.parts]
TESTS = tracked("tests/*.py", "tests/**/*.py")


def functions(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Return every function of a file, methods and inner ones too."""
    tree = ast.parse(path.read_text())
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Return the lines of a function from `def` to its end."""
    return (node.end_lineno or node.lineno) - node.lineno + 1


def lines(paths: list[Path]) -> int:
    """Return the lines that are not blank."""
    return sum(1 for path in paths for line in path.read_text().splitlines() if line.strip())


def named(path: Path) -> str:
    """Return the path as the repository names it."""
    return str(path.relative_to(ROOT))


def test_functions_are_short() -> None:
    long = {
        f"{named(path)}:{node.name}": length(node)
        for path in OURS
        for node in functions(path)
        if length(node) > FUNCTION_LINES
    }
    assert not long


def test_modules_are_short() -> None:
    long = {
        named(path): count for path in [*OURS, *TESTS] if (count := len(path.read_text().splitlines())) > MODULE_LINES
    }
    assert not long


def test_tests_are_short() -> None:
    long = {
        f"{named(path)}:{node.name}": length(node)
        for path in TESTS
        for node in functions(path)
        if length(node) > TEST_LINES
    }
    assert not long


def test_test_code_outweighs_code() -> None:
    ratio = lines(TESTS) / lines(OURS)
    assert ratio >= TEST_TO_CODE, f"{ratio:.2f} lines of test a line of code"


def test_imports_have_no_cycle() -> None:
    graph = grimp.build_graph(*PACKAGES, cache_dir=None)
    edges = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    graphlib.TopologicalSorter(edges).prepare()


def test_import_contracts_hold() -> None:
    program = Path(sys.executable).parent / "lint-imports"
    result = subprocess.run([program, "--no-cache"], cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout


def test_no_room_is_a_drawer() -> None:
    names = {part for path in tracked("*") for part in (*path.relative_to(ROOT).parts[:-1], path.stem)}
    assert not names & FORBIDDEN_NAMES


def test_visible_folders_are_the_five() -> None:
    visible = {path.relative_to(ROOT).parts[0] for path in tracked("*") if len(path.relative_to(ROOT).parts) > 1}
    assert {name for name in visible if not name.startswith(".")} == FOLDERS


@pytest.mark.parametrize("path", OURS, ids=named)
def test_every_module_says_what_it_is(path: Path) -> None:
    assert not path.read_text().strip() or ast.get_docstring(ast.parse(path.read_text()))


def test_context_is_never_set_for_a_session() -> None:
    session_wide = re.compile(r"set_config\([^)]*,\s*false\s*\)|\bSET\s+(SESSION\s+)?app\.", re.IGNORECASE)
    assert not [named(path) for path in CODE if session_wide.search(path.read_text())]


@pytest.mark.parametrize("path", TESTS, ids=named)
def test_no_test_is_skipped_or_expected_to_fail(path: Path) -> None:
    if path == Path(__file__):
        return
    assert not re.search(r"mark\.(skip|skipif|xfail)|pytest\.(skip|xfail)\(", path.read_text())


def test_nothing_names_a_machine_path_or_a_neighbor() -> None:
    words = re.compile(r"(?<![\w.])/(?:work|root)/(?!\.)\w|\.\./shared\b")
    guilty = [
        named(path)
        for path in tracked("*.py", "*.md", "Makefile", "*.toml", "*.yml", "*.html")
        if words.search(path.read_text())
    ]
    assert [name for name in guilty if name != named(Path(__file__))] == []
