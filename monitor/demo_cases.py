"""Published histories as patients of the demo, named by case: facts only, each with its source. Pure but for its own file.

What has no number, date or coded finding is not recorded; the file says what that is (data/SOURCES.md).
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid5

from monitor.demo_patient import NAMESPACE, ZONE
from patients.analytes import analyte
from patients.facts import Fact, NewEvent, NewObservation

FILE: Final = Path(__file__).parent / "data" / "iph_cases.json"
DAYS_BEFORE: Final = 2
"""The last fact of a history that has no published date is so many days before the demo is made."""
KNOWN_AFTER: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a watch should say of a case: the rule that does (or `held`, by intake), or why none does `later`."""

    day: int
    hour: int
    watch: str
    severity: str
    answer: str
    says: tuple[float, ...]
    later: str


@dataclass(frozen=True, slots=True)
class Case:
    """One published history."""

    number: str
    source: str
    age_years: int
    fields: Mapping[str, Any]
    day_zero: date | None
    timeline: tuple[Mapping[str, Any], ...]
    wanted: tuple[Wanted, ...]

    @property
    def identifier(self) -> str:
        """What files name the patient by."""
        return f"CASE-{self.number}"

    @property
    def name(self) -> str:
        """Named by case: nobody's name is known, and none is invented."""
        return f"Case {self.number}"

    @property
    def id(self) -> UUID:
        """Our id, the same in every demo."""
        return uuid5(NAMESPACE, self.identifier)

    def starts_on(self, at: datetime) -> date:
        """Return the date of day zero: the published one, else so that the history ends shortly before `at`."""
        if self.day_zero is not None:
            return self.day_zero
        last = max(entry["day"] for entry in self.timeline)
        return at.astimezone(ZONE).date() - timedelta(days=DAYS_BEFORE + last)

    def birth_date(self, at: datetime) -> date:
        """Return a birth date by which the patient is as old on day zero as printed, half a year from either birthday."""
        return self.starts_on(at) - timedelta(days=round((self.age_years + 0.5) * 365.25))

    def words(self, at: datetime) -> str:
        """Return what the patient's page says of the source."""
        moved = (
            "at their published dates" if self.day_zero else f"moved so that day 0 is {self.starts_on(at).isoformat()}"
        )
        return f"Published case {self.number}, facts only, {moved}. Source: {self.source}"

    def moment(self, at: datetime, day: int, hour: int = 0) -> datetime:
        """Return an hour of a day of the history."""
        return datetime.combine(self.starts_on(at) + timedelta(days=day), time(hour), ZONE).astimezone(UTC)

    def left_out(self) -> list[tuple[int, str]]:
        """Return the days and words of what is not recorded."""
        return [(entry["day"], entry["left_out"]) for entry in self.timeline if "left_out" in entry]


@cache
def cases() -> tuple[Case, ...]:
    """Return every published history, in the order of the file."""
    return tuple(_case(one) for one in json.loads(FILE.read_text(encoding="utf-8"))["cases"])


def _case(one: Mapping[str, Any]) -> Case:
    """Return one history of the file."""
    person = dict(one["patient"])
    published = one["published_day_zero"]
    return Case(
        number=one["id"],
        source=one["source"],
        age_years=person.pop("age_years"),
        fields=person,
        day_zero=date.fromisoformat(published) if published else None,
        timeline=tuple(one["timeline"]),
        wanted=tuple(_wanted(entry) for entry in one["wanted"]),
    )


def _wanted(entry: Mapping[str, Any]) -> Wanted:
    """Return one thing that a watch should say."""
    return Wanted(
        day=entry["day"],
        hour=entry.get("hour", 0),
        watch=entry["watch"],
        severity=entry["severity"],
        answer=entry.get("answer", ""),
        says=tuple(entry.get("says", ())),
        later=entry.get("later", ""),
    )


def facts(case: Case, at: datetime) -> list[Fact]:
    """Return everything of a history that can be recorded, by when it became known."""
    found: list[Fact] = []
    for entry in case.timeline:
        found += _results(case, entry, at)
        if "event" in entry:
            when, precision = _when(case, entry, at)
            event = NewEvent(case.id, entry["kind"], when, precision, entry["event"], recorded_at=when + KNOWN_AFTER)
            found.append(event)
    return sorted(found, key=lambda fact: fact.recorded_at or at)


def _when(case: Case, entry: Mapping[str, Any], at: datetime) -> tuple[datetime, Any]:
    """Return when an entry was true, and how precisely that is known: without an hour it is a day."""
    return case.moment(at, entry["day"], entry.get("hour", 0)), "minute" if "hour" in entry else "day"


def _results(case: Case, entry: Mapping[str, Any], at: datetime) -> Iterator[NewObservation]:
    """Yield the results of an entry, converted exactly, beside what is printed."""
    when, precision = _when(case, entry, at)
    for code, (printed, unit) in entry.get("results", {}).items():
        known = analyte(code)
        conversion = known.conversion(unit)
        if conversion is None:
            raise ValueError(f"{code} is not measured in {unit}")
        yield NewObservation(
            case.id, code, when, precision, value=float(conversion.apply(Decimal(str(printed)))), unit=known.unit,
            original_value=str(printed), original_unit=unit, recorded_at=when + KNOWN_AFTER,
        )  # fmt: skip


def file_of(case: Case, at: datetime) -> bytes | None:
    """Return the results that a history brings as a laboratory's file, as printed; None where it has none."""
    lines = [
        f"{case.identifier},{_when(case, entry, at)[0].astimezone(ZONE):%Y-%m-%d %H:%M},{code},{printed},{unit}"
        for entry in case.timeline
        for code, (printed, unit) in entry.get("as_file", {}).items()
    ]
    return "\n".join(["Patient ID,Sampling date,Test,Value,Unit", *lines, ""]).encode() if lines else None
