"""What became of the mutants: the score, what the terminal prints, and the page docs/mutation.md. Pure."""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

CAUGHT: Final = frozenset({"killed", "timeout"})
"""A test failed, or the mutant ran for ever, which nobody overlooks either."""
WANTED: Final = 0.9
"""The share of mutants that tests are to notice."""
HEAD: Final = """\
# Mutation testing

Coverage says which lines the tests run; mutants say whether they look. mutmut changes the clinical core in one small place at a
time, `<` to `<=`, `+` to `-`, a number to the next one, an argument to none, the letters of a sentence, and runs the tests that
reach the place. A mutant is killed when a test fails, or when it runs for ever. One that survives is a change of what patients
are judged by that no test would notice.

`make mutate` tries all of them, which takes hours, and writes this page; `make mutate SAMPLE=400 SEED=1` tries some, drawn by the
seed. `RESUME=1` goes on where a run stopped. Files, tests and settings are in `pyproject.toml`; the tests are those that need no
database. Exit status 1: less than 90 % were noticed.

mutmut changes functions. It leaves alone what a module holds, such as thresholds (tests quote them from their source), properties
and other decorated functions, docstrings and types. Nothing else is left out, and no word that users read.
"""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change of one function: its name and `status` as mutmut calls them, and the file."""

    name: str
    path: str
    status: str

    @property
    def caught(self) -> bool:
        """Whether the tests noticed it."""
        return self.status in CAUGHT

    @property
    def tried(self) -> bool:
        """Whether it is known what became of it."""
        return self.status not in {"not checked", "check was interrupted by user"}


@dataclass(frozen=True, slots=True)
class Change:
    """What a mutant changes: the `line` of the file, its function, and what stands there before and after, in one line each."""

    path: str
    line: int
    function: str
    was: str
    becomes: str

    @property
    def anywhere(self) -> "Change":
        """The same change, wherever its line has moved to."""
        return replace(self, line=0)


@dataclass(frozen=True, slots=True)
class Report:
    """What became of the mutants tried, of so many; `changes` of those not caught, by name; `equivalent` changes with reasons.

    `sample` is how many were asked for, None for all; `seed` drew them.
    """

    every: int
    mutants: Sequence[Mutant]
    changes: Mapping[str, Change]
    equivalent: Mapping[Change, str]
    sample: int | None
    seed: int

    @property
    def survivors(self) -> list[Change]:
        """What no test noticed and a test could, by file and line."""
        return sorted(self._unnoticed(equivalent=False), key=_place)

    @property
    def harmless(self) -> list[Change]:
        """What no test could notice, by file and line."""
        return sorted(self._unnoticed(equivalent=True), key=_place)

    @property
    def enough(self) -> bool:
        """Whether the tests notice as much as they are to."""
        return score(self.mutants) >= WANTED

    def _unnoticed(self, *, equivalent: bool) -> Iterator[Change]:
        return (one for one in self.changes.values() if (one.anywhere in self.equivalent) is equivalent)


def _place(one: Change) -> tuple[str, int, str]:
    return one.path, one.line, one.becomes


def score(mutants: Sequence[Mutant]) -> float:
    """Return the share of mutants that were caught; one that no test reaches was not. 1 where there are none."""
    return sum(one.caught for one in mutants) / len(mutants) if mutants else 1.0


def change(path: str, function: str, source: str, before: str, after: str) -> Change:
    """Return what differs between a function of a source and its mutant."""
    old, new = before.splitlines(), after.splitlines()
    codes = difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    parts = [code for code in codes if code[0] != "equal"]
    (_, first, _, start, _), (_, _, last, _, end) = parts[0], parts[-1]
    line = source[: source.index(before)].count("\n") + 1 + first
    return Change(path, line, function, _joined(old[first:last]), _joined(new[start:end]))


def _joined(parts: Sequence[str]) -> str:
    return " ".join(" ".join(parts).split())


def lines(report: Report) -> Iterator[str]:
    """Yield what the terminal shows: the numbers, then each survivor."""
    yield from (f"{words}: {count}" for words, count in _numbers(report))
    for one in report.survivors:
        yield f"{one.path}:{one.line} {one.function}"
        yield f"  - {one.was}"
        yield f"  + {one.becomes}"


def _numbers(report: Report) -> list[tuple[str, str]]:
    """Return the numbers, each with its words."""
    counted = {
        words: sum(one.status in statuses for one in report.mutants)
        for words, statuses in (
            ("killed", ("killed",)),
            ("timeouts", ("timeout",)),
            ("survived", ("survived",)),
            ("no tests", ("no tests",)),
        )
    }
    others = len(report.mutants) - sum(counted.values())
    useful = len(report.mutants) - len(report.harmless)
    caught = sum(one.caught for one in report.mutants)
    return [
        ("mutants", str(report.every)),
        ("tried", str(len(report.mutants))),
        *((words, str(count)) for words, count in counted.items()),
        *([("ended otherwise", str(others))] if others else []),
        ("score", _percent(score(report.mutants))),
        ("score without equivalent ones", _percent(caught / useful if useful else 1.0)),
    ]


def _percent(share: float) -> str:
    """Return a share in percent, rounded down: 89.99 % are not 90."""
    return f"{int(1000 * share + 1e-9) / 10:.1f} %"


def page(report: Report) -> str:
    """Return the page: what was tried, the numbers, by file, what survived, and what no test could notice."""
    how = "All mutants." if report.sample is None else f"A sample: {len(report.mutants)} of them, seed {report.seed}."
    numbers = [f"| {words} | {count} |" for words, count in _numbers(report)]
    parts = [
        f"{HEAD}\n## Result\n\n{how}\n",
        "\n".join(["| what | count |", "|---|--:|", *numbers, ""]),
        "\n".join(
            ["## By file\n", "| file | tried | caught | score |", "|---|--:|--:|--:|", *_by_file(report.mutants), ""]
        ),
        "\n".join(["## Survivors\n", *(_listed(report.survivors) or ["None."]), ""]),
    ]
    if report.harmless:
        reasons = {one: report.equivalent[one.anywhere] for one in report.harmless}
        words = "These do the same as before, so that no test can fail.\n"
        parts.append("\n".join(["## Equivalent\n", words, *_listed(report.harmless, reasons), ""]))
    return "\n".join(parts)


def _by_file(mutants: Sequence[Mutant]) -> Iterator[str]:
    """Yield a row of each file."""
    for path in sorted({one.path for one in mutants}):
        own = [one for one in mutants if one.path == path]
        caught = sum(one.caught for one in own)
        yield f"| `{path}` | {len(own)} | {caught} | {_percent(score(own))} |"


def _listed(changes: Sequence[Change], reasons: Mapping[Change, str] | None = None) -> list[str]:
    """Return the lines of a list of changes, those of a file under its name."""
    found: list[str] = []
    path = ""
    for one in changes:
        if one.path != path:
            path = one.path
            found.append(f"\n`{path}`\n" if found else f"`{path}`\n")
        words = f": {reasons[one]}" if reasons else ""
        found.append(f"- {one.line}, `{one.function}`: {_code(one.was)} → {_code(one.becomes)}{words}")
    return found


def _code(text: str) -> str:
    """Return code as a page shows it."""
    if not text:
        return "nothing"
    return f"`` {text} ``" if "`" in text else f"`{text}`"
