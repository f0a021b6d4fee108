"""The Makefile: what it promises, asked of make itself with small programs in the place of the real ones."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.monitor.conftest import ROOT

MAKEFILE = (ROOT / "Makefile").read_text()


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder with the Makefile and the pins, and an empty folder of programs first on the path."""
    for name in ("Makefile", "requirements-tools.txt", "requirements-dev.txt"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "programs").mkdir()
    return tmp_path


def program(folder: Path, name: str, script: str) -> None:
    """Write a program."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(f"#!/bin/bash\n{script}\n")
    (folder / name).chmod(0o755)


def make(clone: Path, *arguments: str, **environ: str) -> "subprocess.CompletedProcess[str]":
    """Run make in the clone."""
    environment = {"PATH": f"{clone}/programs:{os.environ['PATH']}", "HOME": str(clone), **environ}
    return subprocess.run(["make", *arguments], cwd=clone, env=environment, capture_output=True, text=True)


def install(clone: Path) -> None:
    """Put small programs where set-up would put the real ones; each writes its call to `calls`."""
    for name in ("python", "uv", "ruff", "lint-imports", "mypy", "pytest"):
        program(clone / ".venv" / "bin", name, f'echo "{name} $*" >> {clone}/calls')
    program(clone / "programs", "chromium", "true")
    (clone / ".venv" / ".ready").touch()


def calls(clone: Path) -> list[str]:
    """Return what was called."""
    return (clone / "calls").read_text().splitlines()


def test_an_old_python_is_one_sentence(clone: Path) -> None:
    program(clone / "programs", "python3", "exit 1")
    done = make(clone, "setup")
    assert done.returncode != 0
    assert "IPH Watch needs Python 3.11 or newer as python3" in done.stderr
    assert done.stdout == ""


def test_a_missing_python_is_the_same_sentence(clone: Path) -> None:
    assert "needs Python 3.11 or newer as no-python" in make(clone, "setup", "PYTHON=no-python").stderr


def test_a_python_without_venv_is_one_sentence(clone: Path) -> None:
    program(clone / "programs", "python3", 'case "$*" in *ensurepip*) exit 1;; esac')
    program(clone / "programs", "id", "echo 1000")
    done = make(clone, "setup")
    assert done.returncode != 0
    assert "Python's venv module is missing: sudo apt-get install python3-venv." in done.stderr


def test_root_installs_the_missing_venv(clone: Path) -> None:
    program(clone / "programs", "python3", f'case "$*" in *ensurepip*) [ -e {clone}/installed ];; esac')
    program(clone / "programs", "id", "echo 0")
    program(clone / "programs", "apt-get", f'echo "apt-get $*" >> {clone}/calls; touch {clone}/installed')
    install(clone)
    (clone / ".venv" / ".ready").unlink()
    assert make(clone, ".venv/.ready").returncode == 0
    assert calls(clone)[:2] == ["apt-get update -q", "apt-get install -q -y --no-install-recommends python3-venv"]


def test_set_up_installs_by_hash_and_only_once(clone: Path) -> None:
    install(clone)
    (clone / ".venv" / ".ready").unlink()
    (clone / ".venv" / "bin" / "uv").unlink()
    program(clone / ".venv" / "bin", "python", f'echo "python $*" >> {clone}/calls; cp {clone}/uv .venv/bin/uv')
    program(clone, "uv", f'echo "uv $*" >> {clone}/calls')
    assert make(clone, ".venv/.ready").returncode == 0
    pip, uv = calls(clone)
    assert pip == "python -m pip install --quiet --require-hashes --requirement requirements-tools.txt"
    assert uv.startswith("uv pip sync --quiet --require-hashes")
    assert uv.endswith("requirements-tools.txt requirements-dev.txt")
    make(clone, ".venv/.ready")
    assert len(calls(clone)) == 2


def test_new_pins_are_installed(clone: Path) -> None:
    install(clone)
    os.utime(clone / "requirements-dev.txt", (2e9, 2e9))
    make(clone, ".venv/.ready")
    assert [call.split()[0] for call in calls(clone)] == ["uv"]


def test_set_up_ends_with_the_migrations(clone: Path) -> None:
    install(clone)
    make(clone, "setup")
    assert calls(clone) == ["python manage.py migrate --no-input", "python manage.py createcachetable"]


@pytest.mark.parametrize(("given", "port"), [({}, "8000"), ({"PORT": "8001"}, "8001")])
def test_the_demo_takes_its_port_from_the_environment(clone: Path, given: dict[str, str], port: str) -> None:
    install(clone)
    done = make(clone, "demo", **given)
    assert calls(clone) == [f"python manage.py demo --port {port}"]
    assert done.stdout == ""


def test_the_demo_takes_its_port_from_the_command_line(clone: Path) -> None:
    install(clone)
    make(clone, "demo", "PORT=8002")
    assert calls(clone) == ["python manage.py demo --port 8002"]


def test_the_demos_exit_status_is_seen(clone: Path) -> None:
    install(clone)
    program(clone / ".venv" / "bin", "python", "exit 2")
    assert make(clone, "demo").returncode == 2


def test_a_test_run_checks_everything_in_order(clone: Path) -> None:
    install(clone)
    assert make(clone, "test").returncode == 0
    assert [" ".join(call.split()[:3]) for call in calls(clone)] == [
        "ruff check monitor",
        "ruff format --check",
        "lint-imports",
        "mypy monitor alerts",
        "python manage.py check",
        "python manage.py makemigrations",
        "pytest -n 3",
    ]


@pytest.mark.parametrize("name", ["ruff", "lint-imports", "mypy", "python", "pytest"])
def test_a_test_run_fails_with_any_of_its_parts(clone: Path, name: str) -> None:
    install(clone)
    program(clone / ".venv" / "bin", name, "exit 1")
    assert make(clone, "test").returncode != 0


def test_a_proof_runs_the_long_tests_and_prints_the_figures(clone: Path) -> None:
    install(clone)
    make(clone, "prove")
    assert calls(clone) == ["pytest -m prove", "python manage.py figures"]


def test_pictures_are_taken_by_a_program_of_the_tests(clone: Path) -> None:
    install(clone)
    assert make(clone, "screenshots").returncode == 0
    assert calls(clone) == ["python -m tests.gallery"]
    assert (ROOT / "tests" / "gallery.py").exists()


def test_a_missing_browser_is_one_sentence_for_who_may_not_install(clone: Path) -> None:
    install(clone)
    (clone / "programs" / "chromium").unlink()
    program(clone / "programs", "id", "echo 1000")
    (clone / "programs" / "make").symlink_to(shutil.which("make") or "make")
    done = make(clone, "chromium", PATH=f"{clone}/programs")
    assert done.returncode != 0
    assert "The tests need Chromium: sudo apt-get install chromium." in done.stderr


def test_pins_are_made_for_every_python_and_with_hashes(clone: Path) -> None:
    install(clone)
    make(clone, "lock")
    found = calls(clone)
    assert [call.split()[-1] for call in found] == [
        "requirements-tools.txt",
        "requirements.txt",
        "requirements-dev.txt",
    ]
    options = "--universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11"
    assert all(options in call for call in found)


def test_every_pin_has_a_hash() -> None:
    for name in ("requirements-tools.txt", "requirements.txt", "requirements-dev.txt"):
        text = (ROOT / name).read_text().replace("\\\n", " ")
        pins = [line for line in text.splitlines() if re.match(r"[A-Za-z0-9]", line)]
        assert pins
        assert [line for line in pins if "==" not in line or "--hash=sha256:" not in line] == []


def test_continuous_integration_runs_the_tests() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert script.read_text().splitlines()[-1] == "exec make test"
    assert "set -euo pipefail" in script.read_text()


def test_help_names_every_target(clone: Path) -> None:
    targets = set(re.findall(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)[0].split()) - {"help"}
    said = make(clone).stdout
    assert {target for target in targets if f"make {target}:" not in said} == set()
