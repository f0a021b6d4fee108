"""Siderophages found well into a remission: the lung bleeds unseen. Clinical specification, B7. Pure.

Inputs: siderophages in sputum and lavage fluid; the phase of the disease (exacerbations, remissions and diagnoses as a physician
stated them). Siderophages last up to eight weeks, so those soon after a bleed are that bleed's.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Final

from alerts import recurrence
from alerts.rules.films import has_new_foci
from alerts.rules.results import DAY, known, moment, next_fact
from alerts.rules.rule import Answer, CannotJudge, Clear, Evidence, Finding, Judgment, Rule, Setting, Settings, Severity
from alerts.rules.sightings import runs
from alerts.rules.sputa import KINDS, is_negative, is_positive, sample_words, siderophage_words
from alerts.rules.standing import HOUR
from alerts.rules.support import SETTINGS as SIGNS
from alerts.rules.wording import MINUS, NBSP, day
from patients.history import EventRecord, History

NAME: Final = "sputum_silent_bleeding"
VERSION: Final = 1
CITATION: Final = (
    "Siderophages appear 36–72 hours after a bleed and last up to 8 weeks: StatPearls, idiopathic pulmonary hemorrhage, "
    "https://statpearls.com/point-of-care/23348."
)
SILENT: Final = Setting(
    "silent_from_days", 63, "d", "clinical specification B7: 9 weeks into remission or later", 56, 120
)
LAST: Final = next(one for one in SIGNS if one.name == "siderophage_days")
NEGATIVES: Final = Setting(
    "silent_negatives", 2, "1", "clinical specification B0: false on two results at least 24 hours apart", 1, 4
)
APART: Final = Setting("silent_apart_hours", 24, "h", "clinical specification B0, working value", 1, 168)
SETTINGS: Final = (SILENT, LAST, NEGATIVES, APART)


def judge(history: History, settings: Settings, at: datetime) -> Judgment:
    """Return whether siderophages of late speak of a bleed that nobody saw."""
    now, coming = at.timestamp(), next_fact(history, at.timestamp(), ())
    samples = known(history, now, *KINDS)
    positive = [one for one in samples if is_positive(one)]
    over = [one for one in positive if _is_over(one, samples, history, settings, now)]
    left = [one for one in positive if one not in over]
    found = runs([one for one in left if _is_silent(one, history, settings)], settings[LAST.name])
    answers: dict[str, Answer] = {
        str(one.origin): Clear(NAME, str(one.origin)) for one in (*over, *(run[0] for run in found))
    }
    unknown = positive[-1] if left and not found and _is_unknown(positive[-1], history) else None
    newest = found[-1][-1] if found else unknown
    until = newest.effective_at.timestamp() + settings[LAST.name] * DAY if newest else now
    if found:
        run, subject = found[-1], str(found[-1][0].origin)
        answers[subject] = _finding(run, history, settings) if now < until else _too_old(run, history, settings)
    elif now < until:
        answers[""] = CannotJudge(NAME, "", "siderophages were found, but no exacerbation or remission is recorded")
    changes = [*([until] if now < until else []), *([] if coming is None else [coming])]
    return Judgment(tuple(answers.values()) or (Clear(NAME, ""),), moment(min(changes)) if changes else None)


def _remission(event: EventRecord, history: History) -> tuple[date, int] | None:
    """Return since when a remission lasted at an event, by what is known now, and its days until then; None outside of one."""
    phase = recurrence.phase(replace(history, at=event.effective_at))
    if phase.name != recurrence.REMISSION or phase.since is None:
        return None
    return phase.since, (recurrence.local_day(history, event.effective_at) - phase.since).days


def _is_unknown(event: EventRecord, history: History) -> bool:
    """Whether nothing is known of the phase at an event."""
    return recurrence.phase(replace(history, at=event.effective_at)).name == recurrence.UNKNOWN


def _is_silent(event: EventRecord, history: History, settings: Settings) -> bool:
    """Whether siderophages are of no bleed that is known: late in a remission, and without a sign of bleeding in weeks."""
    if _signs(event, history, settings):  # asked first: it is quick, and the phase walks all hemoglobin
        return False
    remission = _remission(event, history)
    return remission is not None and remission[1] >= settings[SILENT.name]


def _signs(event: EventRecord, history: History, settings: Settings) -> list[EventRecord]:
    """Return the signs of a bleed within the weeks that siderophages last: hemoptysis, new foci, a hemorrhagic lavage."""
    last = event.effective_at.timestamp()
    return [
        one
        for one in known(history, last, "hemoptysis", "chest_xray", "chest_ct", "lavage")
        if last - one.effective_at.timestamp() <= settings[LAST.name] * DAY
        and (one.kind == "hemoptysis" or has_new_foci(one.findings) or one.findings.get("hemorrhagic") is True)
    ]


def _is_over(
    event: EventRecord, samples: Sequence[EventRecord], history: History, settings: Settings, now: float
) -> bool:
    """Whether enough later samples without siderophages, far enough apart, or an exacerbation since, end what was found."""
    negative: list[datetime] = []
    for one in (sample for sample in samples if sample.effective_at > event.effective_at):
        negative = [] if is_positive(one) else [*negative, one.effective_at] if is_negative(one.findings) else negative
        apart = (negative[-1] - negative[0]).total_seconds() if len(negative) > 1 else math.inf
        if len(negative) >= settings[NEGATIVES.name] and apart >= settings[APART.name] * HOUR:
            return True
    later = [one for one in known(history, now, "exacerbation") if one.effective_at > event.effective_at]
    return any(one.findings.get("status") == "confirmed" for one in later)


def _too_old(run: Sequence[EventRecord], history: History, settings: Settings) -> CannotJudge:
    """Return that siderophages were found, and that nobody looked again."""
    found = day(run[-1].effective_at, history.patient.time_zone)
    days = f"{settings[LAST.name]:.0f}{NBSP}days"
    return CannotJudge(
        NAME, str(run[0].origin), f"siderophages of {found} say nothing after {days}, and none were looked for enough"
    )


def _finding(run: Sequence[EventRecord], history: History, settings: Settings) -> Finding:
    """Return the finding of a bleed that nobody saw."""
    first, last, zone = run[0], run[-1], history.patient.time_zone
    began, into = _remission(first, history) or (recurrence.local_day(history, first.effective_at), 0)
    start = f"{began.day}{NBSP}{began:%b}{NBSP}{began.year}"
    limit, again = f"{settings[SILENT.name]:.0f}{NBSP}days", f" Found again on {day(last.effective_at, zone)}."
    return Finding(
        rule=NAME,
        rule_version=VERSION,
        subject=str(first.origin),
        severity=Severity.MODERATE,
        sentence=(
            f"Siderophages ({siderophage_words(first)}) in {sample_words(first)} of {day(first.effective_at, zone)}, "
            f"{into}{NBSP}days into remission. From {limit} on they are not of the last bleed: silent bleeding?"
            f"{again if len(run) > 1 else ''}"
        ),
        arithmetic=(f"{day(first.effective_at, zone)} {MINUS} {start} = {into}{NBSP}days, at least {limit}",),
        clears_when=(
            f"{settings[NEGATIVES.name]:.0f} samples without siderophages, at least {settings[APART.name]:.0f}{NBSP}hours apart; "
            "or an exacerbation that a physician confirms."
        ),
        evidence=tuple(
            Evidence("result", "event", one.id, one.kind, one.effective_at, siderophage_words(one), "") for one in run
        ),
        threshold=f"Siderophages {limit} into remission or later, without another sign of bleeding",
        citation=CITATION,
        numbers={"days": float(into), "limit": settings[SILENT.name]},
        since=first.effective_at,
    )


RULE: Final = Rule(
    name=NAME,
    title="Siderophages in remission",
    version=VERSION,
    thresholds=(
        "Moderate: siderophages in sputum or lavage fluid 9 weeks into remission or later.",
        (
            "None where hemoptysis, new foci or a hemorrhagic lavage in the 8 weeks before explain them, or an exacerbation that a "
            "physician confirmed."
        ),
    ),
    rationale=(
        "Siderophages of the last bleed are gone after eight weeks. Later ones mean that blood still gets into the alveoli, though "
        "nothing else shows it."
    ),
    citation=CITATION,
    settings=SETTINGS,
    judge=judge,
)
