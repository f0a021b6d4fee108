"""What the demo's patients show beside their facts, each by the way it takes in service: alerts through their life, files as they
end, an event taken back.

Alerts of the past are judged on what was known then; the mails of that time are dropped, so that the first start sends no old news.
"""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from alerts import handling, hours, watching
from alerts.changes import ResolveReason
from alerts.models import Alert, Notification
from monitor import demo_cases
from monitor.demo_accounts import Staff
from monitor.demo_patient import ZONE, DemoPatient, id_of, morning
from patients import expecting, intake, recording, uploading
from patients.facts import Fact, NewEvent
from patients.models import Upload

WHY: Final = "demo"
BEFORE: Final = "before_the_demo"
"""Why a mail of the past is not sent."""
SNOOZED_FOR: Final = timedelta(days=8)
"""At least, from the act on, which is some days before now."""
Act = Callable[[Alert, Staff, datetime], object]


def _acknowledge(alert: Alert, people: Staff, at: datetime) -> object:
    return handling.acknowledge(alert.pk, by=people.users["nurse"], at=at)


def _snooze(alert: Alert, people: Staff, at: datetime) -> object:
    until = hours.next_instant(at + SNOOZED_FOR, people.first.working_from, people.first.time_zone)
    reason = "Iron was started a week ago; the next count is due then."
    return handling.snooze(alert.pk, by=people.users["nurse"], at=at, until=until, reason=reason)


def _assign(alert: Alert, people: Staff, at: datetime) -> object:
    nurse, physician = people.users["nurse"], people.users["physician"]
    return handling.assign(alert.pk, by=nurse, at=at, to=physician, reason="He asks whether to go on with the taper.")


def _comment(alert: Alert, people: Staff, at: datetime) -> object:
    nurse, physician = people.users["nurse"], people.users["physician"]
    handling.comment(alert.pk, by=nurse, at=at, text="The mother says that he is still on the dose before.")
    because = "It came before the step that would have been wrong."
    return handling.feedback(alert.pk, by=physician, at=at + timedelta(hours=1), useful=True, because=because)


def _resolve(alert: Alert, people: Staff, at: datetime) -> object:
    note = "Called: streaks on one morning, nose bleed the day before."
    return handling.resolve(alert.pk, by=people.users["physician"], at=at, reason=ResolveReason.EXPLAINED, note=note)


@dataclass(frozen=True, slots=True)
class Stage:
    """A judgment so many days before now, and what a person then does with every alert that is raised, two hours later."""

    days_ago: int
    act: Act | None = None


STAGES: Final[Mapping[int, Sequence[Stage]]] = {
    35: (Stage(5, _acknowledge),),
    36: (Stage(19, _resolve),),
    37: (Stage(74), Stage(20)),
    22: (Stage(2),),
    23: (Stage(5, _comment),),
    39: (Stage(10, _assign),),
    44: (Stage(4, _snooze),),
    45: (Stage(9),),
}
"""By patient: 35 acknowledged, 36 resolved, 37 recovered, 39 assigned, 44 snoozed, 23 commented; it waits like the others, raised
some days ago.
"""


def record(one: DemoPatient, facts: Sequence[Fact], people: Staff, at: datetime) -> None:
    """Record what is known of a patient, stage by stage: what was known then is judged, and somebody acts on it."""
    nurse, waiting = people.of("nurse", one), list(facts)
    for stage in STAGES.get(one.number, ()):
        then = at - timedelta(days=stage.days_ago)
        known = [fact for fact in waiting if (fact.recorded_at or at) <= then]
        waiting = waiting[len(known) :]
        recording.record(known, by=nurse, at=then, why=WHY)
        watching.evaluate(one.id, at=then)
        if stage.act is not None:
            for alert in Alert.objects.filter(patient_id=one.id, state="raised"):
                stage.act(alert, people, then + timedelta(hours=2))
    recording.record(waiting, by=nurse, at=at, why=WHY)
    if one.number in STAGES:
        unsent = Notification.objects.filter(alert__patient_id=one.id, sent_at=None, dropped_at=None)
        unsent.update(dropped_at=at, dropped_reason=BEFORE)


TAKEN_BACK: Final = 50


def take_back(one: DemoPatient, people: Staff, at: datetime) -> None:
    """Let an infection have been entered for the wrong patient, and taken back the day after."""
    nurse, when = people.of("nurse", one), morning(at, 9)
    event = NewEvent(one.id, "infection", when, "minute", {"site": "lower_airway"})
    (outcome,) = recording.record([event], by=nurse, at=when + timedelta(hours=3), why="visit")
    if outcome.fact_id is not None:
        later = when + timedelta(days=1)
        recording.retract("event", outcome.fact_id, by=nurse, at=later, why="Entered for the wrong patient.")


EXPECTED: Final[Mapping[int, tuple[int, int]]] = {48: (14, 40)}
"""By patient: every how many days a file is expected, counted from so many days before now. The only one of 48 cannot be read."""


def expect(one: DemoPatient, people: Staff, at: datetime) -> None:
    """Let the coordinator have said how often a file is expected of a patient."""
    every, days_ago = EXPECTED[one.number]
    first = (at - timedelta(days=days_ago)).astimezone(ZONE).date()
    expecting.expect(one.id, every, first, by=people.users["coordinator"], at=at)


@dataclass(frozen=True, slots=True)
class File:
    """A file sent so many days before now by somebody, for a patient or (no `identifier`) for the first team."""

    name: str
    days_ago: int
    by: str
    identifier: str
    rows: Sequence[tuple[str, str, str, str]] = ()
    """Whose, test, value, unit; a file without rows is a picture that nobody can read."""


FILES: Final = (
    File("results-week.csv", 2, "nurse", "DEMO-21",
         (("DEMO-21", "Ferritin", "41", "ug/L"), ("DEMO-21", "Iron", "14,2", "umol/L"), ("DEMO-21", "TIBC", "62", "umol/L"))),
    File("unit.csv", 1, "nurse", "DEMO-49", (("DEMO-49", "Hemoglobin", "14,6", "mmol/L"), ("DEMO-49", "CRP", "3,1", "mg/L"))),
    File("scan.jpg", 1, "coordinator", "DEMO-48"),
    File("from-home.csv", 3, "patient2", "DEMO-44", (("DEMO-44", "Oxygen saturation", "95", "%"),)),
    File("ward-list.csv", 1, "coordinator", "", (("DEMO-26", "CRP", "2,4", "mg/L"), ("DEMO-999", "CRP", "4,8", "mg/L"))),
)  # fmt: skip
"""One that was read, one with a unit to ask about, one that cannot be read, one from home, one that names an unknown patient."""


def send(people: Staff, at: datetime) -> list[Upload]:
    """Take every file in and read it, the way a worker does; the published case whose unit is wrong brings one, too."""
    sent = [_sent(_content(file, at), file.name, file.identifier, file.by, file.days_ago, people, at) for file in FILES]
    for case in demo_cases.cases():
        content = demo_cases.file_of(case, at)
        if content is not None:
            sent.append(_sent(content, f"case-{case.number}.csv", case.identifier, "nurse", 1, people, at))
    return sent


def _sent(content: bytes, name: str, identifier: str, by: str, days_ago: int, people: Staff, at: datetime) -> Upload:
    """Return a file as it was read."""
    then = morning(at, days_ago, 240)
    upload = uploading.receive(
        content=content,
        name=name,
        patient_id=id_of(identifier) if identifier else None,
        team_id=None if identifier else people.first.pk,
        by=people.users[by],
        at=then,
        wake=False,
    )
    intake.read_upload(upload.pk, at=then)
    upload.refresh_from_db()
    return upload


def _content(file: File, at: datetime) -> bytes:
    """Return the bytes of a file: a table of the day it was sent, or the beginning of a picture."""
    if not file.rows:
        return b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01" + bytes(range(256)) * 4
    when = morning(at, file.days_ago).astimezone(ZONE)
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";")
    writer.writerow(["Patient ID", "Sampling date", "Test", "Value", "Unit"])
    writer.writerows([whose, f"{when:%Y-%m-%d %H:%M}", *rest] for whose, *rest in file.rows)
    return text.getvalue().encode()
