"""A collapsed lung: seen on a film, or suspected from sudden pain, dyspnea and less oxygen. Clinical specification, B11. Pure.

Inputs: chest films and CT; complications; chest pain and dyspnea of the symptom diary; oxygen saturation. The diary does not know
of sides, so pain of one side cannot be told from other chest pain: the suspicion asks for a film.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from alerts.rules.films import KINDS, SOURCE
from alerts.rules.results import DAY, known, moment, next_fact
from alerts.rules.rule import Answer, CannotJudge, Clear, Evidence, Finding, Judgment, Rule, Setting, Settings, Severity
from alerts.rules.standing import HOUR
from alerts.rules.support import LEAST
from alerts.rules.vitals import between, lowest, usual
from alerts.rules.wording import MINUS, NBSP, day, number
from patients.history import EventRecord, History

NAME: Final = "pneumothorax"
VERSION: Final = 1
PAIN, BREATH, SATURATION = "chest_pain", "dyspnea", "SPO2"
CITATION: Final = f"Recurrent pneumothorax is a complication of the disease: {SOURCE} (S8); clinical specification B11."
SETTINGS: Final = (
    Setting("lung_spo2_points", 3, "%", "clinical specification B11: SpO2 −3", 2, 10),
    Setting(
        "lung_hours", 24, "h", "working value: pain, dyspnea and saturation so close together are one event", 6, 72
    ),
    Setting("sudden_days", 7, "d", "working value: pain is sudden that was not there in the days before", 2, 28),
    Setting("lung_days", 28, "d", "working value: how long a collapse without a later film is told", 7, 90),
)


@dataclass(frozen=True, slots=True)
class Sight:
    """What shows or suggests a collapse: the event, in words, with the results it rests on; `certain` where somebody saw it."""

    event: EventRecord
    words: str
    certain: bool
    rows: tuple[Evidence, ...] = ()
    arithmetic: tuple[str, ...] = ()


def judge(history: History, settings: Settings, at: datetime) -> Judgment:
    """Return a collapse that no later film has shown to be gone."""
    now = at.timestamp()
    found = _sights(history, settings, now)
    gone = [film.effective_at for film in known(history, now, *KINDS) if film.findings.get("pneumothorax") is False]
    bouts = _bouts(found, gone)
    coming = next_fact(history, now, (SATURATION,))
    changes = [] if coming is None else [coming]
    answers: dict[str, Answer] = {_subject(bout): Clear(NAME, _subject(bout)) for bout in bouts}
    if bouts and not any(film > bouts[-1][-1].event.effective_at for film in gone):
        bout = bouts[-1]
        until = bout[-1].event.effective_at.timestamp() + settings["lung_days"] * DAY
        subject = _subject(bout)
        answers[subject] = _finding(bout, history, settings) if now < until else _unseen(bout, history)
        changes += [until] if now < until else []
    return Judgment(tuple(answers.values()) or (Clear(NAME, ""),), moment(min(changes)) if changes else None)


def _sights(history: History, settings: Settings, now: float) -> list[Sight]:
    """Return all that shows or suggests a collapse, oldest first."""
    found = []
    for event in known(history, now, *KINDS, "complication", "symptom"):
        if event.kind in KINDS and event.findings.get("pneumothorax") is True:
            found.append(Sight(event, "Pneumothorax on the film", certain=True))
        elif event.kind == "complication" and event.findings.get("name") == NAME:
            found.append(Sight(event, "Pneumothorax recorded as a complication", certain=True))
        elif event.kind == "symptom" and _is(event, PAIN):
            suspected = _suspected(event, history, settings, now)
            found += [suspected] if suspected else []
    return found


def _suspected(pain: EventRecord, history: History, settings: Settings, now: float) -> Sight | None:
    """Return what a chest pain suggests: a collapse, where it is new, and dyspnea and a fall of saturation go with it."""
    time, reach = pain.effective_at.timestamp(), settings["lung_hours"] * HOUR
    symptoms = known(history, min(time + reach, now), "symptom")
    earlier = [one for one in symptoms if _is(one, PAIN) and reach < time - one.effective_at.timestamp()]
    if any(time - one.effective_at.timestamp() <= settings["sudden_days"] * DAY for one in earlier):
        return None
    breath = next(
        (one for one in symptoms if _is(one, BREATH) and abs(one.effective_at.timestamp() - time) <= reach), None
    )
    low = lowest(between(history, SATURATION, time - reach, min(time + reach, now)))
    own = usual(history, SATURATION, time - reach, least=LEAST[SATURATION])
    if breath is None or low is None or own is None or own - low.value < settings["lung_spo2_points"]:
        return None
    words = f"Sudden chest pain with dyspnea, and SpO2 {low.text} against a usual {number(own)}{NBSP}%{low.caution}"
    fallen = f"{number(low.value)} {MINUS} {number(own)} = {number(low.value - own)} points"
    return Sight(pain, words, certain=False, rows=(_row(breath), low.evidence()), arithmetic=(fallen,))


def _is(event: EventRecord, name: str) -> bool:
    """Whether a symptom is this one, and was not recorded as absent."""
    return event.findings.get("name") == name and event.findings.get("severity") != 0


def _bouts(found: list[Sight], gone: list[datetime]) -> list[list[Sight]]:
    """Return sights grouped by the films that showed the lung to be whole again."""
    bouts: list[list[Sight]] = []
    for sight in found:
        last = bouts[-1][-1].event.effective_at if bouts else None
        if last is not None and not any(last < film <= sight.event.effective_at for film in gone):
            bouts[-1].append(sight)
        else:
            bouts.append([sight])
    return bouts


def _subject(bout: list[Sight]) -> str:
    """Return the subject: the event that first showed it."""
    return str(bout[0].event.origin)


def _row(event: EventRecord) -> Evidence:
    """Return an event as a row."""
    said = event.findings.get("name") or NAME
    return Evidence("result", "event", event.id, event.kind, event.effective_at, str(said), "")


def _unseen(bout: list[Sight], history: History) -> CannotJudge:
    """Return that nobody looked again."""
    when = day(bout[-1].event.effective_at, history.patient.time_zone)
    return CannotJudge(NAME, _subject(bout), f"no film since {when} says whether the lung is whole")


def _finding(bout: list[Sight], history: History, settings: Settings) -> Finding:
    """Return the finding of a collapse, or of the suspicion."""
    last = next((one for one in reversed(bout) if one.certain), bout[-1])
    when = day(last.event.effective_at, history.patient.time_zone)
    beside = "" if last.certain else " A film must exclude a collapsed lung."
    points = f"{number(settings['lung_spo2_points'])} points"
    rows = (_row(one.event) for one in bout)
    return Finding(
        rule=NAME,
        rule_version=VERSION,
        subject=_subject(bout),
        severity=Severity.HIGH,
        sentence=f"{last.words}, on {when}.{beside}",
        arithmetic=last.arithmetic,
        clears_when="A later film that says that there is no pneumothorax.",
        evidence=(*rows, *(row for one in bout for row in one.rows)),
        threshold="Pneumothorax seen"
        if last.certain
        else f"Sudden chest pain, dyspnea and SpO2 {points} below the usual",
        citation=CITATION,
        level=int(last.certain),
        since=bout[0].event.effective_at,
    )


RULE: Final = Rule(
    name=NAME,
    title="Pneumothorax",
    version=VERSION,
    thresholds=(
        "High: a pneumothorax on a film, or recorded as a complication.",
        (
            "High: new chest pain with dyspnea and an oxygen saturation 3 points or more below the own median, all within 24 "
            "hours: a suspicion, until a film."
        ),
    ),
    rationale="A lung that is scarred collapses again and again. Nothing but a film tells it from a bleed that hurts.",
    citation=CITATION,
    settings=SETTINGS,
    judge=judge,
)
