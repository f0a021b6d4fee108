"""How reference cases came out, as a table for a terminal and as the page docs/verification.md. Pure."""

import math
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from alerts.reference_cases import Section
from alerts.verifying import SECTIONS, Agreement

NOTHING: Final = 1e-12
"""A difference below this is of the last bits of a number."""
HEADINGS: Final = ("section", "cases", "agreed", "largest difference", "tolerance")
WIDTHS: Final = (26, 6, 7, 19, 10)
"""Of the columns, in letters."""
WRAPPED: Final = 110
CODE: Final[Mapping[str, str]] = {
    "rcv": "alerts/trends.py",
    "theil_sen": "alerts/slopes.py",
    "trend": "alerts/recurrence_tests.py",
    "mann_kendall_exact": "alerts/recurrence_tests.py",
    "geometric_process": "alerts/remission_window.py",
    "transferrin_saturation": "alerts/saturation.py",
    "color_index": "alerts/iron.py",
    "who_anemia_2024": "alerts/anemia.py",
    "ferritin_who_2020": "alerts/iron.py",
    "prednisone_equivalent": "patients/amounts.py",
    "taper_schedule": "patients/tapering.py",
    "taper_check": "patients/tapering.py",
    "cyclophosphamide": "alerts/cytotoxics.py",
    "conditional_change_score": "alerts/spirometry.py",
    "unit_conversion": "patients/analytes.py",
    "hemoglobin_watch": "alerts/rules/hemoglobin_fall.py",
    "baseline_drift": "alerts/trends.py",
    "personal_cvi": "alerts/trends.py",
    "unit_mixup": "patients/plausibility.py",
    "dlco_hb_correction": "alerts/diffusion.py",
    "spirometry_pattern": "alerts/spirometry.py",
    "pooled_prediction": "alerts/remission_window.py",
    "shortening_rule": "alerts/recurrence_tests.py",
    "aki_alert": "alerts/kidney.py",
    "gli": "alerts/lung_references.py",
}
"""What is verified: the code that judges patients."""
INTRODUCTION: Final = """\
# Verification

Every number that a rule rests on can be computed again by anyone. `manage.py verify` does it: it takes reference cases that
were computed elsewhere, computes each with the very code that judges patients, and compares. Exit status 0: all agree; 1:
something differs, named by case and value; 2: a file or case could not be computed, and why. `--json` prints one document for
programs.

A file of your own is verified in the same way: `manage.py verify FILE`. It has the form of `alerts/data/reference_cases.json`,
sections of cases with a tolerance, or of `alerts/data/gli_cases.csv`, lung function row by row. Where both come from is in
[alerts/data/SOURCES.md](../alerts/data/SOURCES.md). This page is what `manage.py verify --markdown` prints; a test fails when
it lags.

Agreement says that the formulas are computed as they are defined below. It does not say that a threshold is right for a
patient: a clinician signs every one before use. Not checked against their primary text are the WHO tables of altitude and
smoking, its bands of 6–23 months and of the second trimester, and Cotes' constants.
"""


def lines(agreements: Sequence[Agreement]) -> Iterator[str]:
    """Yield the table for a terminal, what disagrees, and the sum."""
    yield _aligned(HEADINGS)
    for one in agreements:
        yield _aligned((one.name, *_figures(one)))
        yield from (f"  {wrong.words}" for wrong in one.disagreements)
    cases, agreed = (sum(getattr(one, name) for one in agreements) for name in ("cases", "agreed"))
    yield f"{agreed} of {cases} cases in {len(agreements)} sections agree"


def page(sections: Iterable[Section], agreements: Sequence[Agreement]) -> str:
    """Return the page: a table of the sections with the code that computes them, then the definition of each."""
    named = {section.name: section for section in sections}
    rows = [
        f"| [`{one.name}`](#{one.name}) | {_title(one.name)} | `{CODE[one.name]}` | {' | '.join(_figures(one))} |"
        for one in agreements
    ]
    table = [
        "| section | what | computed by | cases | agreed | largest difference | tolerance |",
        "|---|---|---|--:|--:|--:|--:|",
        *rows,
    ]
    definitions = [_definition(named[one.name]) for one in agreements]
    return "\n".join(
        [INTRODUCTION, *table, "", "Differences are relative, absolute where zero is expected.", *definitions]
    )


def _definition(section: Section) -> str:
    """Return what a section computes, as it was defined with its cases."""
    words = textwrap.fill(section.definition, WRAPPED, break_long_words=False, break_on_hyphens=False)
    return f"\n## {section.name}\n\n```text\n{words}\n```"


def _title(name: str) -> str:
    """Return in words what a section computes."""
    first = (SECTIONS[name].__doc__ or "").split(". ")[0].strip()
    return first.removesuffix(".").replace("|", "\\|")


def _figures(one: Agreement) -> tuple[str, ...]:
    """Return how a section came out, in words."""
    return str(one.cases), str(one.agreed), _size(one.largest_difference), f"{one.tolerance:g}"


def _size(difference: float) -> str:
    """Return a difference to one digit."""
    if not math.isfinite(difference):
        return "none at all"
    return "0" if difference < NOTHING else f"{difference:.1g}"


def _aligned(cells: Sequence[str]) -> str:
    """Return cells in columns: the name on the left, numbers on the right."""
    first, *others = zip(cells, WIDTHS, strict=True)
    return first[0].ljust(first[1]) + "".join(text.rjust(width) for text, width in others)
