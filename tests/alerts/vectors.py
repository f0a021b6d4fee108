"""The clinical vectors carried in tests/data/clinical (see SOURCES.md there), and those bundled with the code in alerts/data."""

import json
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path(__file__).parent.parent / "data" / "clinical"
BUNDLED: Final = Path(__file__).parent.parent.parent / "alerts" / "data" / "reference_cases.json"
VECTORS: Final[dict[str, Any]] = json.loads(BUNDLED.read_text(encoding="utf-8"))["sections"] | {
    name: found
    for file in ("vectors.json", "iron.json", "slopes.json")
    for name, found in json.loads((FOLDER / file).read_text(encoding="utf-8")).items()
}


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
