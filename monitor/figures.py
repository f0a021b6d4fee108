"""The figures of the house: what was measured, beside its goal, and the sizes of the code. Pure but for reading source files."""

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final

PACKAGES: Final = ("monitor", "alerts", "patients")
NOISY: Final = 0.3
"""A series whose median lies further than this above its minimum says nothing (engineering, part 7)."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure. `goal` is a limit (`at_least` turns it round), None for what is only told; `low`, `high` of several runs."""

    name: str
    value: float
    unit: str = ""
    goal: float | None = None
    at_least: bool = False
    low: float | None = None
    high: float | None = None
    runs: int = 1
    note: str = ""

    @property
    def ok(self) -> bool:
        """Whether the goal is reached; a figure without one cannot miss it, and a noisy one is not judged."""
        if self.goal is None or self.noisy:
            return True
        return self.value >= self.goal if self.at_least else self.value <= self.goal

    @property
    def noisy(self) -> bool:
        """Whether the runs differ too much to judge by."""
        return self.low is not None and self.low > 0 and self.value / self.low - 1 > NOISY

    def as_json(self) -> dict[str, Any]:
        """Return the figure as JSON holds it."""
        return {
            "name": self.name,
            "value": float(f"{self.value:.6g}"),
            "unit": self.unit,
            "goal": self.goal,
            "at_least": self.at_least,
            "ok": self.ok,
            "low": self.low,
            "high": self.high,
            "runs": self.runs,
            "noisy": self.noisy,
            "note": self.note,
        }

    def line(self) -> str:
        """Return the figure as one line."""
        parts = [f"{self.name}: {self.value:,.4g} {self.unit}".rstrip()]
        if self.low is not None and self.high is not None:
            parts.append(f"{self.low:,.4g} to {self.high:,.4g} in {self.runs} runs{', noisy' if self.noisy else ''}")
        if self.goal is not None:
            parts.append(
                f"goal {'at least' if self.at_least else 'at most'} {self.goal:,g}{'' if self.ok else ': MISSED'}"
            )
        return "; ".join(parts) + (f" ({self.note})" if self.note else "")


def of_runs(name: str, values: Sequence[float], unit: str = "", **fields: Any) -> Figure:
    """Return the median of several runs with its span."""
    return Figure(name, median(values), unit, low=min(values), high=max(values), runs=len(values), **fields)


def read_json(found: Mapping[str, Any]) -> Figure:
    """Return the figure that another process measured."""
    names = ("name", "value", "unit", "goal", "at_least", "low", "high", "runs", "note")
    return Figure(**{name: found[name] for name in names})


def sizes(root: Path) -> list[Figure]:
    """Return test to code ratio, longest function and longest module of a checkout."""
    code = [path for package in PACKAGES for path in _sources(root / package) if "migrations" not in path.parts]
    code.append(root / "manage.py")
    tests = list(_sources(root / "tests"))
    ratio = sum(map(_lines, tests)) / sum(map(_lines, code))
    length, place = max(found for path in code for found in _functions(path))
    rows, module = max((len(path.read_text().splitlines()), path) for path in [*code, *tests])
    return [
        Figure("test to code", ratio, goal=1.4, at_least=True, note="lines that are not blank"),
        Figure("longest function", length, "lines", goal=50, note=place.replace(f"{root}/", "")),
        Figure("longest module", rows, "lines", goal=300, note=str(module.relative_to(root))),
    ]


def _sources(folder: Path) -> Iterator[Path]:
    """Yield the Python files below a folder."""
    yield from sorted(
        path for path in folder.rglob("*.py") if not any(part.startswith(".") for part in path.parts[-3:])
    )


def _lines(path: Path) -> int:
    """Return the lines that are not blank."""
    return sum(1 for line in path.read_text().splitlines() if line.strip())


def _functions(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the length and the place of every function of a file; of a file without one, nothing of length."""
    yield 0, str(path)
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield (node.end_lineno or node.lineno) - node.lineno + 1, f"{path}:{node.name}"
