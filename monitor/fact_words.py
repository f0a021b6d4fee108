"""A fact in words, for the page on which it is corrected. Pure but for the rows it reads."""

from collections.abc import Mapping
from typing import Final
from zoneinfo import ZoneInfo

from monitor import record_words
from monitor.templatetags.showing import day, number
from monitor.templatetags.showing import unit as shown_unit
from patients.analytes import catalogue
from patients.chains import Link, Row
from patients.facts import FactKind
from patients.models import Event, Observation, Treatment

NBSP: Final = "\u00a0"
KINDS: Final[Mapping[str, FactKind]] = {"Results": "observation", "Events": "event", "Treatment": "treatment"}
"""The kinds of facts as headings."""


def title(row: Row) -> str:
    """Return what a fact is about."""
    if isinstance(row, Observation):
        known = catalogue().get(row.code)
        return known.name if known else row.code
    if isinstance(row, Event):
        return record_words.title(row.kind)
    return f"{row.drug.capitalize()}, {row.intent}"


def neighbors(link: Link, zone: str) -> list[tuple[str, int, str]]:
    """Return what a fact replaced and what replaced it: how, which row, and what that says in one line."""
    told = [("Replaces", row) for row in link.before] + [("Replaced by", row) for row in link.after]
    return [(how, row.pk, short(row, zone)) for how, row in told]


def short(row: Row, zone: str) -> str:
    """Return what a fact says, in one line."""
    lines = _lines(row, zone)
    if isinstance(row, Observation):
        return ", ".join(value for name, value in lines if name in {"Value", "When", "Laboratory"})
    return "; ".join(value if name in {"When", "Dose"} else f"{name}: {value}" for name, value in lines)


def of(link: Link, zone: str) -> list[tuple[str, str]]:
    """Return what a fact says, line by line."""
    return _lines(link.row, zone)


def _lines(row: Row, zone: str) -> list[tuple[str, str]]:
    if isinstance(row, Treatment):
        return _treatment(row)
    local = row.effective_at.astimezone(ZoneInfo(zone))
    when = day(local.date()) if row.precision == "day" else f"{day(local.date())}, {local:%H:%M}"
    if isinstance(row, Event):
        return [("When", when), *record_words.findings_in_words(row.kind, row.findings)]
    return [("Value", value_of(row)), ("When", when), *_beside(row)]


def value_of(row: Observation) -> str:
    """Return a result as a reader sees it."""
    if row.value is None:
        return row.value_text or f"none ({row.data_absent_reason.replace('-', ' ')})"
    return f"{row.comparator}{number(row.value)}{NBSP}{shown_unit(row.unit)}".rstrip(NBSP)


def _beside(row: Observation) -> list[tuple[str, str]]:
    """Return what else is known of a result, where it is."""
    unit = f"{NBSP}{row.original_unit}" if row.original_unit else ""
    written = f"{row.original_value}{unit}" if row.original_value else ""
    found = [("As written", written), ("Laboratory", row.performer), ("Specimen", row.specimen), ("Status", row.status)]
    if row.unconfirmed:
        found.append(("Confirmed", "not yet"))
    return [(name, value) for name, value in found if value]


def _treatment(row: Treatment) -> list[tuple[str, str]]:
    """Return what a treatment says."""
    dose = "not known" if row.dose is None else f"{number(row.dose)}{NBSP}{row.unit}".rstrip(NBSP)
    often = "daily" if row.every_days == 1 else f"every {number(row.every_days)} days"
    until = day(row.ended_on) if row.ended_on else "open"
    found = [("Dose", f"{dose}, {often}"), ("Route", row.route), ("From", day(row.started_on)), ("To", until)]
    return [(name, value) for name, value in [*found, ("Plan", row.plan)] if value]
