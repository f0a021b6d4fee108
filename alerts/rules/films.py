"""Chest films as rules read them: where foci are, since when, and which readings contradict each other. Pure.

Clinical specification, B6. Films are radiographs and CT, in the order in which they were made. A film of the same kind that another
reader read differently within two days is a conflict, which a person decides; it changes nothing and ends nothing until then.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from alerts.rules.results import DAY, known, moment, next_fact
from alerts.rules.rule import Answer, CannotJudge, Clear, Evidence, Finding, Judgment, Setting, Settings
from alerts.rules.wording import NBSP, day, listed
from patients.history import EventRecord, History

KINDS: Final = ("chest_xray", "chest_ct")
WHOLE: Final = "lung"
"""Where foci are when a film names no zone."""
STAGES: Final = ("0", "I", "II", "III", "IV")
FIBROSIS: Final = 4
SOURCE: Final = "the seed article, iLive, hemosiderosis, reviewed 2025-07-04"
CONFLICT: Final = Setting(
    "conflict_hours", 48, "h", "clinical specification B6: another reader within 48 hours is a conflict", 12, 96
)
AGE: Final = Setting(
    "film_age_days", 180, "d", "clinical specification B13: a film every 180 days, working value", 28, 365
)
SETTINGS: Final = (CONFLICT, AGE)

Says = Literal["seen", "over", "nothing"]


@dataclass(frozen=True, slots=True)
class Reading:
    """A film with what was known after it: `since` names for each place with foci the film that first showed them there.

    `shows`: the film itself speaks of foci; `clear`: it says that there are none; `new`: they were not there before. `earlier` is
    the film before, `staged` the newest before that states a stage. `contested` films change nothing.
    """

    event: EventRecord
    since: Mapping[str, EventRecord]
    earlier: EventRecord | None
    staged: EventRecord | None
    shows: bool = False
    clear: bool = False
    new: bool = False
    contested: bool = False

    @property
    def zones(self) -> frozenset[str]:
        """The zones with foci after this film."""
        return frozenset(self.since) - {WHOLE}

    @property
    def new_zones(self) -> frozenset[str]:
        """The zones in which foci were first seen on this film."""
        return frozenset(zone for zone in self.zones if self.since[zone] is self.event)

    @property
    def stage(self) -> int | None:
        """The stage that the film states."""
        return stage_of(self.event)

    @property
    def oldest(self) -> EventRecord | None:
        """The film that first showed the oldest foci that are still there."""
        return min(self.since.values(), key=lambda film: film.effective_at, default=None)


@dataclass(slots=True)
class Spell:
    """A time in which something is so: seen on these films, `since` one of them after the last that ended it; `ended` by a film."""

    seen: list[Reading]
    since: Reading
    ended: Reading | None = None

    @property
    def first(self) -> Reading:
        """The film that began it."""
        return self.seen[0]

    @property
    def last(self) -> Reading:
        """The newest film on which it is so."""
        return self.seen[-1]


def has_new_foci(findings: Mapping[str, object]) -> bool:
    """Whether a film says that there are new foci, or a newly involved zone."""
    return findings.get("new_foci") is True or "new" in _zones(findings).values()


def is_clear(findings: Mapping[str, object]) -> bool:
    """Whether a film says that there are no foci, or that every zone it names is resolved; none with a dense shadow is clear."""
    zones = _zones(findings)
    resolved = bool(zones) and set(zones.values()) == {"resolved"} and findings.get("foci_present") is not True
    return (findings.get("foci_present") is False or resolved) and findings.get("dense_shadow") is not True


def has_foci(findings: Mapping[str, object]) -> bool:
    """Whether a film says that there are foci, new or old."""
    involved = bool({"new", "persisting"} & set(_zones(findings).values()))
    return not is_clear(findings) and (findings.get("foci_present") is True or has_new_foci(findings) or involved)


def stage_of(film: EventRecord) -> int | None:
    """Return the stage that a film states, 0 to 4; None where it states none."""
    stage = film.findings.get("stage")
    return stage if isinstance(stage, int) and not isinstance(stage, bool) and 0 <= stage <= FIBROSIS else None


def readings(history: History, at: float, hours: float) -> list[Reading]:
    """Return the films known at a moment, oldest first; `hours` within which another reader's other reading is a conflict."""
    found: list[Reading] = []
    since: dict[str, EventRecord] = {}
    was_clear, counted, staged = False, None, None
    for film in known(history, at, *KINDS):
        findings = film.findings
        if any(contradicts(film, one.event, hours) for one in found if not one.contested):
            found.append(Reading(film, since, counted, staged, contested=True))
            continue
        shows, clear = has_foci(findings), is_clear(findings)
        new = shows and (has_new_foci(findings) or (was_clear and findings.get("new_foci") is not False))
        since = _after(since, film)
        found.append(Reading(film, since, counted, staged, shows, clear, new))
        was_clear = clear or (was_clear and not shows)
        counted, staged = film, film if stage_of(film) is not None else staged
    return found


def contradicts(film: EventRecord, earlier: EventRecord, hours: float) -> bool:
    """Whether a film is another reader's other word on what was seen up to so many hours before."""
    apart = (film.effective_at - earlier.effective_at).total_seconds()
    readers = [str(one.findings.get("reader") or "").strip().casefold() for one in (film, earlier)]
    if film.kind != earlier.kind or apart > hours * DAY / 24 or not all(readers) or readers[0] == readers[1]:
        return False
    stages, zones = [stage_of(one) for one in (film, earlier)], [involved(one) for one in (film, earlier)]
    foci = [_foci(one.findings) for one in (film, earlier)]
    return any(None not in pair and pair[0] != pair[1] for pair in (stages, zones, foci))


def involved(film: EventRecord) -> frozenset[str] | None:
    """Return the zones that a film calls new or persisting; None where it names no zone."""
    zones = _zones(film.findings)
    return frozenset(zone for zone, state in zones.items() if state != "resolved") if zones else None


def spells(
    films: Sequence[Reading], says: Callable[[Reading, Spell | None], Says], merged: float | None = None
) -> list[Spell]:
    """Return the times in which something is so, oldest first, by what each film `says` of it beside the one that goes on.

    What is seen while one goes on belongs to it. With `merged`, in seconds, only what is seen so soon after it was last seen does,
    even if it was over in between.
    """
    found: list[Spell] = []
    for film in films:
        current = found[-1] if found else None
        going = current if current and current.ended is None else None
        word = "nothing" if film.contested else says(film, going)
        if word == "over" and going:
            going.ended = film
        elif word == "seen":
            if current and _belongs(film, current, merged):
                current.since = film if current.ended else current.since
                current.seen.append(film)
                current.ended = None
            else:
                found.append(Spell([film], film))
    return found


def judged(
    name: str,
    found: Sequence[Spell],
    history: History,
    settings: Settings,
    at: datetime,
    finding: Callable[[Spell], Finding],
    subject: Callable[[Spell], str] = lambda spell: str(spell.first.event.origin),
) -> Judgment:
    """Return the answers on what may be so on films: of the newest time it is, clear of all before.

    Where the newest film is too old to say anything of today, it cannot be judged whether it still is.
    """
    films = [film.effective_at for film in known(history, at.timestamp(), *KINDS)]
    coming = next_fact(history, at.timestamp(), ())
    changes = [] if coming is None else [coming]
    old = films[-1].timestamp() + settings[AGE.name] * DAY if films else 0.0
    answers: dict[str, Answer] = {subject(spell): Clear(name, subject(spell)) for spell in found}
    newest = found[-1] if found else None
    if newest and newest.ended is None and at.timestamp() < old:
        answers[subject(newest)] = finding(newest)
        changes.append(old)
    elif newest and newest.ended is None:
        reason = f"the newest film, of {day(films[-1], history.patient.time_zone)}, is more than"
        days = f"{settings[AGE.name]:.0f}{NBSP}days old"
        answers[subject(newest)] = CannotJudge(name, subject(newest), f"{reason} {days}")
    recheck = moment(min(changes)) if changes else None
    return Judgment(tuple(answers.values()) or (Clear(name, ""),), recheck)


def evidence(film: EventRecord, value: str, role: Literal["result", "baseline", "support"] = "result") -> Evidence:
    """Return a film as a row of evidence."""
    return Evidence(role, "event", film.id, film.kind, film.effective_at, value, "")


def said(film: EventRecord, history: History) -> str:
    """Return a film in words: the film of 3 Mar 2026."""
    what = "CT" if film.kind == "chest_ct" else "film"
    return f"the {what} of {day(film.effective_at, history.patient.time_zone)}"


def zone_words(zones: frozenset[str]) -> str:
    """Return zones in words, from above, the right side first."""
    order = ("right_upper", "right_middle", "right_lower", "left_upper", "left_middle", "left_lower")
    return listed([zone.replace("_", " ") for zone in order if zone in zones])


def _belongs(film: Reading, current: Spell, merged: float | None) -> bool:
    """Whether what a film shows belongs to the time before."""
    if merged is None:
        return current.ended is None
    return (film.event.effective_at - current.last.event.effective_at).total_seconds() <= merged


def _foci(findings: Mapping[str, object]) -> bool | None:
    """Return whether there are foci, None where a film says neither."""
    return has_foci(findings) if has_foci(findings) or is_clear(findings) else None


def _zones(findings: Mapping[str, object]) -> Mapping[str, object]:
    """Return the zones that a film names, with the state of each."""
    zones = findings.get("zones")
    return zones if isinstance(zones, Mapping) else {}


def _after(since: Mapping[str, EventRecord], film: EventRecord) -> dict[str, EventRecord]:
    """Return where foci are after a film, with the film that first showed them there.

    Zones that it does not name stay as they were. New foci in a zone begin there anew. Foci known without a zone are those that
    persist in the zones named first.
    """
    if is_clear(film.findings):
        return {}
    zones = _zones(film.findings)
    after = {zone: first for zone, first in since.items() if zones.get(zone) != "resolved"}
    for zone, state in zones.items():
        if state == "new":
            after[zone] = film
        elif state == "persisting":
            after[zone] = since.get(zone, since.get(WHOLE, film))
    if "persisting" in zones.values():
        after.pop(WHOLE, None)
    if not after and has_foci(film.findings):
        after[WHOLE] = film
    return after
