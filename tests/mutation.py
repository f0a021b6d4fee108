"""How strong the tests of the clinical core are: it is changed in small ways, and the tests should notice each change.

`python -m tests.mutation`, as `make mutate` does. mutmut makes the mutants, finds which tests reach each and runs those; its
settings are in pyproject.toml. Here a sample is drawn, and docs/mutation.md written. pytest loads this module, too: as a plugin it
stands in for those that the pure tests of the core do not need.
"""

import argparse
import contextlib
import io
import os
import random
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import django
import pytest
from hypothesis import Phase, settings

from tests.mutation_page import Change, Mutant, Report, change, lines, page

ROOT: Final = Path(__file__).resolve().parent.parent
PAGE: Final = ROOT / "docs" / "mutation.md"
EQUIVALENT: Final = ROOT / "tests" / "data" / "mutation" / "equivalent.toml"
FOLDER: Final = "mutants"
"""Where mutmut works, below the root."""
NOWHERE: Final = {
    "DATABASE_URL": "postgresql://nowhere/nowhere",
    "DATABASE_OWNER_URL": "postgresql://nowhere/nowhere",
    "REDIS_URL": "redis://nowhere",
    "IPH_SECRET_KEY": "unused",
    "IPH_ENCRYPTION_KEY": "dW51c2Vk",
}
"""Servers that no test of the core asks for: a test that does fails at once, and none is started."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take the settings of plugins that are left out."""
    for name in ("DJANGO_SETTINGS_MODULE", "timeout"):
        parser.addini(name, "of a plugin that is left out here")


def pytest_configure(config: pytest.Config) -> None:
    """Load Django with servers that are nowhere, and let a failing example count at once: nobody reads the smallest one."""
    for name, value in NOWHERE.items():
        os.environ.setdefault(name, value)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", config.getini("DJANGO_SETTINGS_MODULE"))
    django.setup()
    phases = (Phase.explicit, Phase.generate)
    settings.register_profile("mutants", deadline=None, derandomize=True, database=None, phases=phases)
    settings.load_profile("mutants")
    forget()


def forget() -> None:
    """Empty the caches of the code: a mutant is tried in a fork of a process in which the tests ran, and would not be asked."""
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] in {"alerts", "patients"}:
            for one in list(vars(module).values()):
                if callable(clear := getattr(one, "cache_clear", None)):
                    clear()


def sample(names: Sequence[str], count: int | None, seed: int) -> list[str]:
    """Return so many of the names, all where None or more than there are; the same ones for the same names and seed."""
    ordered = sorted(names)
    if count is None or count >= len(ordered):
        return ordered
    return sorted(random.Random(seed).sample(ordered, count))


def equivalents(content: str) -> dict[Change, str]:
    """Return the changes that no test could notice, as written in a file, each with its reason; KeyError for a part left out."""
    return {
        Change(one["path"], 0, one["function"], one["was"], one["becomes"]): one["reason"]
        for one in tomllib.loads(content).get("mutant", [])
    }


def generated() -> list[Mutant]:
    """Return every mutant, made anew where its file changed, with what is known of it."""
    from mutmut.__main__ import create_mutants
    from mutmut.utils.file_utils import copy_also_copy_files, copy_src_dir

    Path(FOLDER).mkdir(exist_ok=True)
    with contextlib.redirect_stdout(io.StringIO()):
        copy_src_dir()
        copy_also_copy_files()
        create_mutants(1)
    return known()


def known() -> list[Mutant]:
    """Return every mutant that was made, with what became of it."""
    from mutmut.mutation.data import SourceFileMutationData
    from mutmut.stats import status_by_exit_code
    from mutmut.utils.file_utils import walk_mutatable_files

    found = []
    for path in sorted(walk_mutatable_files()):
        data = SourceFileMutationData(path=path)
        data.load()
        found += [Mutant(name, str(path), status_by_exit_code[code]) for name, code in data.exit_code_by_key.items()]
    return found


def changed(mutant: Mutant) -> Change:
    """Return what a mutant changes, read from the two functions that mutmut made."""
    from mutmut.mutation.data import MutantLineSpans
    from mutmut.mutation.diff_apply import generated_function_names
    from mutmut.utils.format_utils import orig_function_and_class_names_from_key

    function, owner = orig_function_and_class_names_from_key(mutant.name)
    spans = MutantLineSpans.load(mutant.path)
    assert spans is not None, f"mutmut left no index of {mutant.path}"
    names = generated_function_names(mutant.name)
    before, after = (
        text.replace(name, function) for name, text in zip(names, spans.read_function_sources(names), strict=True)
    )
    return change(
        mutant.path, f"{owner}.{function}" if owner else function, Path(mutant.path).read_text(), before, after
    )


def run(names: Sequence[str], jobs: int) -> None:
    """Let mutmut run the tests on these mutants, on all that it has not tried where there are none; SystemExit where it fails."""
    program = Path(sys.executable).parent / "mutmut"
    status = subprocess.run([program, "run", "--max-children", str(jobs), *names]).returncode
    if status:
        raise SystemExit(f"mutmut ended with status {status}: what it printed says why.")


def report(mutants: Sequence[Mutant], chosen: Sequence[str], count: int | None, seed: int) -> Report:
    """Return what is known of the chosen mutants."""
    names = set(chosen)
    tried = [one for one in mutants if one.name in names]
    changes = {one.name: changed(one) for one in tried if not one.caught}
    return Report(len(mutants), tried, changes, equivalents(EQUIVALENT.read_text()), count, seed)


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    """Return what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--sample", type=int, metavar="N", help="so many mutants, not all, which takes hours")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="draws the sample (1)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="mutants tried side by side")
    parser.add_argument(
        "--resume", action="store_true", help="go on where the last run stopped; all anew if tests changed"
    )
    return parser.parse_args(given)


def main(given: Sequence[str] | None = None) -> int:
    """Try the mutants, print what came out and write the page; return the exit status: 1 where less is noticed than must be."""
    asked = arguments(given)
    os.chdir(ROOT)
    if not asked.resume:
        shutil.rmtree(FOLDER, ignore_errors=True)
    mutants = generated()
    chosen = sample([one.name for one in mutants], asked.sample, asked.seed)
    untried = {one.name for one in mutants if not one.tried}
    left = [name for name in chosen if name in untried]
    if left:
        run([] if asked.sample is None else left, asked.jobs)
    found = report(known(), chosen, asked.sample, asked.seed)
    PAGE.write_text(page(found))
    sys.stdout.write("\n".join(lines(found)) + "\n")
    return 0 if found.enough else 1


if __name__ == "__main__":
    sys.exit(main())
