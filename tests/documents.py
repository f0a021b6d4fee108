"""Reading the repository's documents: pages, their links, what they quote, and their tables."""

import itertools
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))
OURS = ("monitor", "alerts", "patients")
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


def text(name: str) -> str:
    """Return a document, named from the root."""
    return (ROOT / name).read_text()


def named(page: Path) -> str:
    """Return a page's path as the repository names it."""
    return str(page.relative_to(ROOT))


def quoted(words: str) -> list[str]:
    """Return what stands in backticks or fences: names, not prose."""
    fences = re.findall(r"```\w*\n(.*?)```", words, re.DOTALL)
    return fences + re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", words, flags=re.DOTALL))


def table(words: str, heading: str) -> list[list[str]]:
    """Return the cells of each row of the table whose first heading is given."""
    lines = iter(words.splitlines())
    begin = next((line for line in lines if line.startswith(f"| {heading} |")), None)
    assert begin is not None, f"there is no table of {heading}"
    body = itertools.takewhile(lambda line: line.startswith("|"), lines)
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in body if not line.startswith("|--")]


def slugs(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as forges make them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def decision(number: str) -> str:
    """Return a decision by its number."""
    return next(page for page in DECISIONS if page.name.startswith(number)).read_text()
