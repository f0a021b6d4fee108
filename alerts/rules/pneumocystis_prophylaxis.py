"""Weeks of high steroid doses without protection against Pneumocystis pneumonia: clinical specification, B4. Pure.

Inputs: doses planned and taken, and other treatments by name: a prophylaxis, and agents beside which less is already too much.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from alerts.rules.doses import TIE, Doses, dose_at, doses, later, mg, midnight, on, run_start, unknown_since
from alerts.rules.rule import Answer, CannotJudge, Clear, Evidence, Finding, Judgment, Rule, Setting, Settings, Severity
from alerts.rules.wording import NBSP
from patients.amounts import number
from patients.history import History, TreatmentRecord

NAME: Final = "pneumocystis_prophylaxis"
VERSION: Final = 1
PROPHYLAXIS: Final = (
    "trimethoprim", "sulfamethoxazole", "cotrim", "co-trim", "tmp-smx", "tmp/smx", "atovaquone", "dapsone", "pentamidine",
)  # fmt: skip
AGENTS: Final = (
    "cyclophosphamide", "azathioprine", "mycophenol", "methotrexate", "rituximab", "ciclosporin", "cyclosporin", "tacrolimus",
)  # fmt: skip
"""Parts of names by which these drugs are known."""
CITATION: Final = (
    "EULAR 2022 recommendations on screening and prophylaxis of opportunistic infections, Fragoulis et al., Ann Rheum Dis, doi "
    "10.1136/ard-2022-223335: from 15–30 mg for 2–4 weeks on, more so with a second agent. Read through a secondary source."
)
SETTINGS: Final = (
    Setting("pjp_mg", 20, "mg/d", "clinical specification B4; EULAR 2022: 15–30 mg", 10, 40),
    Setting("pjp_days", 28, "d", "clinical specification B4; EULAR 2022: 2–4 weeks", 14, 56),
    Setting("pjp_second_agent_mg", 15, "mg/d", "EULAR 2022: 15–30 mg, the lower end with a second agent", 10, 40),
    Setting("pjp_second_agent_days", 14, "d", "EULAR 2022: 2–4 weeks, the lower end with a second agent", 7, 56),
)


def judge(history: History, settings: Settings, at: datetime) -> Judgment:
    """Return whether a prophylaxis is missing."""
    found = doses(history, at)
    if found is None:
        return Judgment((Clear(NAME, ""),))
    if _run(found, min(settings["pjp_mg"], settings["pjp_second_agent_mg"])) == found.since:
        found = doses(history, at, days=None) or found
    others = [row for row in history.treatments if _is(row, PROPHYLAXIS) or _is(row, AGENTS)]
    edges = [row.started_on for row in others] + [later(row.ended_on, 1) for row in others if row.ended_on]
    spans = (int(settings["pjp_days"]), int(settings["pjp_second_agent_days"]))
    return Judgment((_answer(found, others, settings),), found.recheck((0, *spans), edges))


def _run(found: Doses, least: float) -> date | None:
    """Return since when a dose was reached without a gap, up to today."""
    return run_start(found.actual, found.today, lambda dose: dose >= least - TIE)


def _answer(found: Doses, others: Sequence[TreatmentRecord], settings: Settings) -> Answer:
    """Return the answer about today."""
    if any(_is(row, PROPHYLAXIS) and _holds(row, found.today) for row in others):
        return Clear(NAME, "")
    if dose_at(found.actual, found.today) is None:
        return CannotJudge(NAME, "", unknown_since(found))
    agents = [row for row in others if _is(row, AGENTS) and _holds(row, found.today)]
    for name, beside in (("pjp", []), *([("pjp_second_agent", agents)] if agents else [])):
        least, days = settings[f"{name}_mg"], int(settings[f"{name}_days"])
        start = _run(found, least)
        if start is not None and (found.today - start).days >= days:
            return _finding(found, later(start, days), least, days, beside)
    return Clear(NAME, "")


def _finding(found: Doses, reached: date, least: float, days: int, beside: Sequence[TreatmentRecord]) -> Finding:
    """Return the finding; it holds from the day on which the limit was reached."""
    weeks = f"{days}{NBSP}days"
    agent = f", beside {beside[0].drug.strip()}" if beside else ""
    return Finding(
        rule=NAME,
        rule_version=VERSION,
        subject="",
        severity=Severity.MODERATE,
        sentence=(
            f"{mg(least)} of steroids a day or more for {weeks}, on {on(reached)}{agent}, and no Pneumocystis prophylaxis "
            "recorded. It is to be given, or the reason against it to be written down."
        ),
        arithmetic=(f"At least {number(least)}{NBSP}mg a day on each of the {weeks} up to {on(reached)}",),
        clears_when=f"A prophylaxis is recorded as taken or planned, or the dose falls below {mg(least)} a day.",
        evidence=(
            *found.evidence(reached, "result"),
            *(
                Evidence("support", "treatment", row.id, row.drug, midnight(found.history, row.started_on), row.dose, row.unit)
                for row in beside
            ),
        ),
        threshold=f"{mg(least)} a day or more for {weeks}{agent}, and no prophylaxis",
        citation=CITATION,
        numbers={"dose": least, "days": float(days)},
        since=midnight(found.history, reached),
    )  # fmt: skip


def _is(row: TreatmentRecord, names: tuple[str, ...]) -> bool:
    """Whether a treatment is one of these drugs, by its name."""
    return any(name in row.drug.casefold() for name in names)


def _holds(row: TreatmentRecord, day: date) -> bool:
    """Whether a treatment covers a day; a dose of zero does not."""
    return row.started_on <= day <= (row.ended_on or day) and row.dose != 0


RULE: Final = Rule(
    name=NAME,
    title="No Pneumocystis prophylaxis",
    version=VERSION,
    thresholds=(
        "Moderate: 20 mg of prednisone a day or more for 28 days, and no prophylaxis recorded.",
        "Moderate: 15 mg a day or more for 14 days beside a second immunosuppressive agent, and no prophylaxis recorded.",
    ),
    rationale=(
        "Weeks of high steroid doses open the door to Pneumocystis pneumonia, which looks like a relapse on the film and can be "
        "prevented."
    ),
    citation=CITATION,
    settings=SETTINGS,
    judge=judge,
)
