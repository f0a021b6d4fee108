"""19: both clock changes, midnight, a skipped day and 29 February, by processes and a database whose clocks are moved.

Each occasion is walked through by sweeps, each a process of its own: a plan's step is told on its local date and the day before,
the team's digest comes at its local hour, and each once.
"""

import random
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import pytest

from tests.faults.seeds import MARKS
from tests.faults.stage import Stage

pytestmark = MARKS

DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Occasion:
    """A local date on which a dose changes, the dates around it on which somebody is to be told, and how long it is, in hours."""

    zone: str
    change: date
    eve: date
    hours: int

    @property
    def days(self) -> list[date]:
        """The eve, the day itself and the day after."""
        return [self.eve, self.change, self.change + DAY]


OCCASIONS: Final = {
    "Berlin, forward": Occasion("Europe/Berlin", date(2024, 3, 31), date(2024, 3, 30), 23),
    "New York, back": Occasion("America/New_York", date(2024, 11, 3), date(2024, 11, 2), 25),
    "Apia, without 30 December": Occasion("Pacific/Apia", date(2011, 12, 31), date(2011, 12, 29), 24),
    "Berlin, 29 February": Occasion("Europe/Berlin", date(2024, 2, 29), date(2024, 2, 28), 24),
    "Berlin, back": Occasion("Europe/Berlin", date(2024, 10, 27), date(2024, 10, 26), 25),
    "New York, forward": Occasion("America/New_York", date(2024, 3, 10), date(2024, 3, 9), 23),
    "New York, 29 February": Occasion("America/New_York", date(2028, 2, 29), date(2028, 2, 28), 24),
    "Apia, forward": Occasion("Pacific/Apia", date(2011, 9, 24), date(2011, 9, 23), 23),
    "Apia, back": Occasion("Pacific/Apia", date(2012, 4, 1), date(2012, 3, 31), 25),
    "Apia, a step on 30 December": Occasion("Pacific/Apia", date(2011, 12, 31), date(2011, 12, 29), 24),
}
"""From the time zone database (IANA): Germany and the United States change by their rules of 2024, Samoa went from UTC-10 to UTC+14
at the end of 29 December 2011, on daylight time from 24 September 2011 to 1 April 2012."""
HERE: Final = 4
"""So many in each test run; a proof walks through all, and further on by other moments."""
WALKS: Final = [
    pytest.param(
        name, seed, marks=() if seed == 0 and place < HERE else (pytest.mark.prove,), id=f"{name}, seed {seed}"
    )
    for seed in range(20)
    for place, name in enumerate(OCCASIONS)
    if seed in {0, place or len(OCCASIONS), place + len(OCCASIONS)}
]
MOVED: Final = """
CREATE SCHEMA IF NOT EXISTS moved;
GRANT USAGE ON SCHEMA moved TO PUBLIC;
CREATE OR REPLACE FUNCTION moved.clock_timestamp() RETURNS timestamptz VOLATILE LANGUAGE sql AS
  $$ SELECT pg_catalog.clock_timestamp() + current_setting('moved.seconds')::float * interval '1 s' $$;
CREATE OR REPLACE FUNCTION moved.now() RETURNS timestamptz STABLE LANGUAGE sql AS
  $$ SELECT pg_catalog.now() + current_setting('moved.seconds')::float * interval '1 s' $$;
"""
"""The database's clock for who asks for it: functions found before PostgreSQL's own."""
SCENE: Final = """
import json
from datetime import date, datetime, timedelta
from alerts.unsubscribing import choose
from patients.consenting import consent_to_email
from patients.context import maintaining
from tests.factories import account, member, patient, team, treatment
at, step = datetime.fromisoformat("{at}"), date.fromisoformat("{step}")
with maintaining():
    made = team("Clock {tag}", time_zone="{zone}", digest_hour=7)
    reader = member(made, email="reader{tag}@example.org")
    reader.memberships.update(starts_at=at)
    choose(reader.pk, "digest", wanted=True, empty=True, at=at)
    ill = patient(made, "Uta Uhr", user=account("own{tag}@example.org"), time_zone="{zone}", changed_at=at)
    consent_to_email(ill.pk, given=True, by=ill.user, at=at)
    plan = dict(intent="planned", plan="taper")
    treatment(ill, dose=20.0, started_on=step - timedelta(days=9), ended_on=step - timedelta(days=1), **plan)
    treatment(ill, dose=15.0, started_on=step, **plan)
print("made", ill.pk, made.pk)
"""
NEWS: Final = """
SELECT id::text, reason, created_at, sent_at FROM alerts_notification WHERE patient_id = %s AND reason LIKE 'step%%'
ORDER BY created_at
"""
DIGESTS: Final = """
SELECT id::text, detail ->> 'day', created_at, sent_at FROM alerts_notification
WHERE team_id = %s AND kind = 'digest' ORDER BY created_at
"""
OVER: Final = """
UPDATE patients_patient SET active = false WHERE team_id = %(team)s;
UPDATE patients_user SET is_active = false WHERE id IN (SELECT user_id FROM patients_membership WHERE team_id = %(team)s);
"""


def moments(occasion: Occasion, seed: int) -> list[datetime]:
    """Return instants to sweep at: just before and after each midnight, change of the clock and seven o'clock, and some between."""
    zone, chance = ZoneInfo(occasion.zone), random.Random(seed)
    first = datetime.combine(occasion.eve, datetime.min.time(), tzinfo=zone).astimezone(UTC)
    last = datetime.combine(occasion.change + DAY, datetime.min.time(), tzinfo=zone).astimezone(UTC) + timedelta(
        hours=9
    )
    found, at = [], first - timedelta(hours=1)
    while at < last:
        local, before = at.astimezone(zone), (at - timedelta(minutes=30)).astimezone(zone)
        edge = local.utcoffset() != before.utcoffset() or (local.hour, local.minute) in {(0, 0), (7, 0)}
        if edge:
            found += [at - timedelta(seconds=chance.uniform(5, 60)), at + timedelta(seconds=chance.uniform(5, 60))]
        elif chance.random() < 0.03:
            found.append(at + timedelta(seconds=chance.uniform(0, 1700)))
        at += timedelta(minutes=30)
    return sorted(found)


def moved_to(stage: Stage, at: datetime, *words: str, role: str = "") -> str:
    """Run a command as if it were that moment, for its process and for the database; return what it wrote."""
    seconds = (at - datetime.now(tz=UTC)).total_seconds()
    options = f"-c search_path=moved,pg_catalog,public -c moved.seconds={seconds:.3f}"
    done = stage.manage(*words, at=at, options=options, role=role)
    assert done.returncode == 0, done.stderr
    return done.stdout


def walk(stage: Stage, occasion: Occasion, step: date, seed: int, tag: str) -> tuple[str, int]:
    """Set the scene and sweep through an occasion; return patient and team."""
    found = moments(occasion, seed)
    code = SCENE.format(at=(found[0] - DAY).isoformat(), step=step.isoformat(), zone=occasion.zone, tag=tag)
    ill, team = (
        moved_to(stage, found[0] - timedelta(hours=1), "shell", "--command", code, role="owner")
        .split("made ")[1]
        .split()
    )
    for at in found:
        moved_to(stage, at, "sweep")
    return ill, int(team)


def local(moment: datetime, occasion: Occasion) -> tuple[date, int]:
    """Return date and hour that the clock on the wall shows."""
    there = moment.astimezone(ZoneInfo(occasion.zone))
    return there.date(), there.hour


@pytest.mark.parametrize(("name", "seed"), WALKS)
def test_19_a_step_is_told_on_its_date_and_a_digest_at_its_hour(stage: Stage, name: str, seed: int) -> None:
    occasion, tag = OCCASIONS[name], f"{list(OCCASIONS).index(name)}-{seed}"
    step = date(2011, 12, 30) if "a step on" in name else occasion.change
    stage.rows(MOVED)
    with stage.resting("worker", "beat"):
        ill, team = walk(stage, occasion, step, seed, tag)
        news, digests = stage.rows(NEWS, ill), stage.rows(DIGESTS, team)
        stage.rows(OVER.replace("%(team)s", str(team)))
    assert [(reason, local(at, occasion)) for _, reason, at, _ in news] == [
        ("step_tomorrow", (occasion.eve, 7)),
        ("step_today", (occasion.change, 7)),
    ]
    assert [
        (date.fromisoformat(day), local(at, occasion)) for _, day, at, _ in digests if day >= occasion.eve.isoformat()
    ] == [(day, (day, 7)) for day in occasion.days]
    came = Counter(stage.came())
    assert [came[one] for one, *_ in (*news, *digests)] == [1] * len((*news, *digests))
    stage.ledger_agrees()
    stage.doctor()


@pytest.mark.parametrize("name", OCCASIONS)
def test_the_days_are_as_long_as_the_time_zone_database_says(name: str) -> None:
    one = OCCASIONS[name]
    begins = [
        datetime.combine(day, datetime.min.time(), tzinfo=ZoneInfo(one.zone)).astimezone(UTC) for day in one.days[1:]
    ]
    assert begins[1] - begins[0] == timedelta(hours=one.hours)
