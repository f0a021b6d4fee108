"""The clinical vectors carried in tests/data/clinical: see SOURCES.md there."""

import json
from pathlib import Path
from typing import Any, Final

VECTORS: Final[dict[str, Any]] = json.loads(
    (Path(__file__).parent.parent / "data" / "clinical" / "vectors.json").read_text(encoding="utf-8")
)


def section(name: str) -> dict[str, Any]:
    """Return a section."""
    found: dict[str, Any] = VECTORS[name]
    return found


def cases(name: str) -> list[dict[str, Any]]:
    """Return the cases of a section."""
    return list(section(name)["cases"])


def named(case: object) -> str:
    """Return the id of a case, for the test's name."""
    return str(case["id"]) if isinstance(case, dict) else str(case)
