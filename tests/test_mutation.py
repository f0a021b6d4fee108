"""Mutation testing: the sample, what is read of a mutant, what the settings select, and the page that is kept."""

import ast
import fnmatch
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from patients import dosing
from tests import mutation
from tests.alerts.rules.histories import history, treatment
from tests.documents import ROOT, text
from tests.mutation import EQUIVALENT, FOLDER, PAGE, arguments, equivalents, sample
from tests.mutation_page import WANTED, Change, Mutant

NAMES = [f"alerts.trends.x_median__mutmut_{number}" for number in range(1, 101)]
TREND = "alerts/trends.py"
SETTINGS: dict[str, Any] = tomllib.loads(text("pyproject.toml"))["tool"]["mutmut"]
CORE = {
    *(path.relative_to(ROOT).as_posix() for path in (ROOT / "alerts" / "rules").glob("*.py")),
    *(f"alerts/{name}.py" for name in ("adrenal", "episodes", "recurrence", "recurrence_tests", "remission_trends")),
    *(f"alerts/{name}.py" for name in ("remission_window", "slopes", "steroids", "trends")),
    *(f"patients/{name}.py" for name in ("dosing", "tapering")),
}
"""What judges patients."""
KEPT = equivalents(EQUIVALENT.read_text())


def test_a_sample_is_the_same_for_the_same_seed() -> None:
    assert sample(NAMES, 10, 1) == sample(NAMES[::-1], 10, 1)
    assert sample(NAMES, 10, 1) != sample(NAMES, 10, 2)


def test_a_sample_is_of_the_names_each_once() -> None:
    drawn = sample(NAMES, 60, 7)
    assert len(set(drawn)) == len(drawn) == 60
    assert set(drawn) <= set(NAMES)
    assert drawn == sorted(drawn)


@pytest.mark.parametrize("count", [None, 100, 1000])
def test_as_many_as_there_are_is_all(count: int | None) -> None:
    assert sample(NAMES, count, 1) == sorted(NAMES)


def test_of_no_mutants_none_are_drawn() -> None:
    assert sample([], 10, 1) == []


def test_the_command_line() -> None:
    given = arguments(["--sample", "400", "--seed", "3", "--jobs", "1", "--resume"])
    assert (given.sample, given.seed, given.jobs, given.resume) == (400, 3, 1, True)
    usual = arguments([])
    assert (usual.sample, usual.seed, usual.resume) == (None, 1, False)
    assert usual.jobs >= 1


def test_make_hands_its_words_on() -> None:
    words = text("Makefile")
    for part in ("--sample $(SAMPLE)", "--seed $(SEED)", "--resume"):
        assert part in words


def test_the_settings_change_the_clinical_core_and_nothing_else() -> None:
    files = [
        path.relative_to(ROOT).as_posix() for room in SETTINGS["source_paths"] for path in (ROOT / room).rglob("*.py")
    ]
    chosen = {name for name in files if any(fnmatch.fnmatch(name, pattern) for pattern in SETTINGS["only_mutate"])}
    assert chosen == CORE


def test_the_settings_run_the_mirrored_tests() -> None:
    asked = SETTINGS["pytest_add_cli_args_test_selection"]
    assert all((ROOT / name).exists() for name in asked)
    for name in CORE - {path for path in CORE if path.startswith("alerts/rules/")}:
        folder, _, module = name.partition("/")
        mirrored = {path.relative_to(ROOT).as_posix() for path in (ROOT / "tests" / folder).glob(f"test_{module}")}
        assert mirrored <= set(asked), name


def test_what_mutmut_writes_is_nobody_elses() -> None:
    settings = tomllib.loads(text("pyproject.toml"))["tool"]
    assert f"/{FOLDER}/" in text(".gitignore").splitlines()
    assert FOLDER in settings["ruff"]["extend-exclude"]
    assert any(re.match(pattern, f"{FOLDER}/alerts/trends.py") for pattern in settings["mypy"]["exclude"])
    assert settings["pytest"]["ini_options"]["testpaths"] == ["tests"]


def test_equivalents_are_read_with_their_reasons() -> None:
    words = '[[mutant]]\npath = "a.py"\nfunction = "f"\nwas = "x"\nbecomes = "y"\nreason = "the same"\n'
    assert equivalents(words) == {Change("a.py", 0, "f", "x", "y"): "the same"}
    assert equivalents("") == {}
    with pytest.raises(KeyError, match="reason"):
        equivalents(words.replace("reason", "why"))


@pytest.mark.parametrize("one", KEPT, ids=lambda one: f"{one.path}:{one.function}:{one.becomes}"[:80])
def test_an_equivalent_is_of_code_that_is_still_there(one: Change) -> None:
    source = (ROOT / one.path).read_text()
    names = {node.name for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)}
    assert one.function.rpartition(".")[2] in names
    assert one.was in " ".join(source.split())
    assert KEPT[one].endswith(".")


def test_what_the_code_remembers_is_forgotten_for_each_mutant() -> None:
    dosing.steps(history(treatments=[treatment(0, "prednisolone", intent="planned", plan="taper")]))
    assert dosing._laid_out.cache_info().currsize > 0
    mutation.forget()
    assert dosing._laid_out.cache_info().currsize == 0


def number(what: str) -> int:
    """Return a number of the page that is kept."""
    found = re.search(rf"^\| {what} \| (\d+) \|$", PAGE.read_text(), re.MULTILINE)
    assert found, what
    return int(found[1])


def test_the_page_that_is_kept_adds_up() -> None:
    words = PAGE.read_text()
    tried, caught = number("tried"), number("killed") + number("timeouts")
    assert number("mutants") >= tried >= caught + number("survived") + number("no tests")
    rows = re.findall(r"^\| `([\w/]+\.py)` \| (\d+) \| (\d+) \| [\d.]+ % \|$", words, re.MULTILINE)
    assert sum(int(one) for _, one, _ in rows) == tried
    assert sum(int(one) for _, _, one in rows) == caught
    assert {name for name, _, _ in rows} <= CORE


def test_the_page_that_is_kept_lists_all_that_was_not_caught() -> None:
    listed = re.findall(r"^- \d+, `[\w.]+`: ", PAGE.read_text(), re.MULTILINE)
    assert len(listed) == number("tried") - number("killed") - number("timeouts")


def test_the_tests_notice_as_much_as_they_are_to() -> None:
    assert (number("killed") + number("timeouts")) / number("tried") >= WANTED


def test_a_run_that_fails_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "mutmut"
    program.write_text("#!/bin/sh\nexit 3\n")
    program.chmod(0o755)
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    with pytest.raises(SystemExit, match="status 3"):
        mutation.run(["one"], 1)


def test_a_report_holds_the_changes_of_what_was_not_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    mutants = [Mutant("a", TREND, "killed"), Mutant("b", TREND, "survived"), Mutant("c", TREND, "not checked")]
    monkeypatch.setattr(mutation, "changed", lambda one: Change(one.path, 7, "median", one.name, "z"))
    found = mutation.report(mutants, ["a", "b"], 2, 5)
    assert (found.every, found.mutants, found.sample, found.seed) == (3, mutants[:2], 2, 5)
    assert found.changes == {"b": Change(TREND, 7, "median", "b", "z")}
