"""The worklist: who needs someone, most urgent first, then longest waiting; then who is silent; then everybody else.

Which patients a page shows is decided by `monitor.triage`; here their rows are made, by as many queries for 50 as for one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Sum

from alerts.models import Alert
from monitor import triage
from monitor.filters import SEVERITIES, TITLES, Acuity, Chip, Filters, Tab
from monitor.reaching import Reach, reach
from monitor.rows import Row, row
from monitor.triage import PAGE, Place, Tally
from patients import timeline
from patients.access import Asker
from patients.models import CareTeam, Patient, Upload

URGENCY: Final[Mapping[Acuity, tuple[str, str, str]]] = {
    Acuity.HIGH: ("High", "a physician today", "high"),
    Acuity.MODERATE: ("Moderate", "within 72 hours", "mod"),
    Acuity.LOW: ("Low", "this week", "low"),
    Acuity.SILENT: ("No data", "longest silent first; these cannot be judged", "gap"),
    Acuity.CALM: ("None awake", "no alert is open, or all are snoozed; next blood count first", ""),
    Acuity.ASLEEP: ("Snoozed", "who returns first; a worse result brings them back at once", ""),
}
"""Heading, explanation and shape of each group."""


@dataclass(frozen=True, slots=True)
class Group:
    """Rows of one group on this page; `count` is that of all pages in figures, empty where nobody counted."""

    acuity: Acuity
    rows: tuple[Row, ...]
    count: str

    @property
    def title(self) -> str:
        """The heading."""
        return URGENCY[self.acuity][0]

    @property
    def meaning(self) -> str:
        """How soon someone should act."""
        return URGENCY[self.acuity][1]

    @property
    def shape(self) -> str:
        """The end of its class and shape: high, mod, low, gap."""
        return URGENCY[self.acuity][2]


@dataclass(frozen=True, slots=True)
class TabLink:
    """A tab: its words, how many patients it holds in figures, its address, whether it is this one."""

    words: str
    count: str
    address: str
    current: bool


@dataclass(frozen=True, slots=True)
class Worklist:
    """One page: its groups, the counts of all whom the person follows and of those that match, and what is around it."""

    filters: Filters
    groups: tuple[Group, ...]
    everyone: Tally
    matching: Tally
    tabs: tuple[TabLink, ...]
    chips: tuple[Chip, ...]
    teams: Mapping[int, str]
    has_next: bool
    snoozed: str = "0"
    next_wakes: datetime | None = None
    everybody: str = "0"
    silent_days: int | None = None
    last_page: int | None = None
    """Of a page beyond the end: the number of the last one."""

    @property
    def high(self) -> str:
        """How many patients have an alert of high severity, in figures, empty for none."""
        return self.everyone.said(Acuity.HIGH)

    @property
    def high_count(self) -> int:
        """The same as a number, up to the ceiling."""
        return self.everyone.of(Acuity.HIGH)

    @property
    def summary(self) -> tuple[str, ...]:
        """How urgently they need someone, part by part: "2 today", "3 within 72 hours", "1 silent for 74 days"."""
        silence = f"silent for {self.silent_days} days" if self.silent_days is not None else "without data"
        longest = silence if self.everyone.of(Acuity.SILENT) == 1 else "without data"
        words = {
            Acuity.HIGH: "today",
            Acuity.MODERATE: "within 72 hours",
            Acuity.LOW: "this week",
            Acuity.SILENT: longest,
        }
        return tuple(f"{said} {what}" for group, what in words.items() if (said := self.everyone.said(group)))

    @property
    def severities(self) -> Mapping[str, str]:
        """What may be chosen as a severity."""
        return SEVERITIES

    @property
    def rules(self) -> Mapping[str, str]:
        """What may be chosen as a rule."""
        return TITLES

    @property
    def address(self) -> str:
        """The query of this page's address."""
        return self.filters.address(page=self.filters.page)

    @property
    def snoozed_address(self) -> str:
        """The address of the list of snoozed alerts, by the same filters; empty where that is this one, or nothing sleeps."""
        here = self.filters.tab is Tab.SNOOZED or self.next_wakes is None
        return "" if here else self.filters.address(tab=Tab.SNOOZED)

    @property
    def all_words(self) -> str:
        """The address of the same list without any filter."""
        return Filters(tab=self.filters.tab).address()

    @property
    def previous_page(self) -> str:
        """The address of the page before, empty on the first."""
        return self.filters.address(page=self.filters.page - 1) if self.filters.page > 1 else ""

    @property
    def next_page(self) -> str:
        """The address of the page after, empty on the last."""
        return self.filters.address(page=self.filters.page + 1) if self.has_next else ""

    @property
    def first(self) -> int:
        """The number of the first row."""
        return (self.filters.page - 1) * PAGE + 1

    @property
    def last(self) -> int:
        """The number of the last row."""
        return self.first - 1 + sum(len(group.rows) for group in self.groups)


def worklist(asker: Asker, filters: Filters | None = None) -> Worklist:
    """Return one page of the patients whose alerts a person may read. A page beyond the end is empty."""
    asked = filters or Filters()
    seen = reach(asker)
    everyone = triage.tally(seen, Filters(page=asked.page))
    those = triage.narrowed(seen, asked)
    other = asked.narrowed or asked.tab in (Tab.MINE, Tab.SNOOZED)
    matching = triage.tally(those, asked) if other else everyone
    found, has_next = triage.places(those, asked, matching)
    rows = _rows(found, asker.at)
    teams = dict(CareTeam.objects.filter(pk__in=seen.teams).order_by("name").values_list("pk", "name"))
    everybody, (snoozed, next_wakes) = triage.everybody(seen), triage.snoozes(seen)
    silences = [one.silent_days for one in rows if one.acuity is Acuity.SILENT]
    return Worklist(
        filters=asked,
        groups=_grouped(rows, matching),
        everyone=everyone,
        matching=matching,
        tabs=_tabs(seen, asked, everyone, everybody, snoozed),
        chips=asked.chips(teams),
        teams=teams,
        has_next=has_next,
        snoozed=snoozed,
        next_wakes=next_wakes,
        everybody=everybody,
        silent_days=silences[0] if len(silences) == 1 else None,
        last_page=triage.last_page(those, asked, matching) if asked.page > 1 and not rows else None,
    )


def _tabs(seen: Reach, asked: Filters, everyone: Tally, everybody: str, snoozed: str) -> tuple[TabLink, ...]:
    """Return the tabs; the filters go along."""
    counts = {
        Tab.NEEDS: ("Needs attention", everyone.needing_said),
        Tab.MINE: ("Mine", triage.mine(seen)),
        Tab.ALL: ("All", everybody),
        Tab.SNOOZED: ("Snoozed", snoozed),
    }
    return tuple(
        TabLink(words, count, asked.address(tab=tab), tab is asked.tab) for tab, (words, count) in counts.items()
    )


def _rows(found: Sequence[Place], at: datetime) -> list[Row]:
    """Return rows in the order of the places."""
    ids = [place.patient_id for place in found]
    known = Patient.objects.select_related("identity", "watch_state", "clinician").prefetch_related("identifiers")
    patients = known.in_bulk(ids)
    alerts: dict[UUID, list[Alert]] = {}
    open_ones = Alert.objects.filter(patient_id__in=ids, state__in=Alert.OPEN_STATES).select_related("owner")
    for alert in open_ones.order_by("-severity", "raised_at", "pk"):
        alerts.setdefault(alert.patient_id, []).append(alert)
    held = dict(
        Upload.objects.filter(patient_id__in=ids, held__gt=0).values_list("patient_id").annotate(rows=Sum("held"))
    )
    histories = {history.patient.id: history for history in timeline.read_many(ids, at=at)}
    made = [
        row(place, patients[one], alerts.get(one, []), histories[one], held_rows=held.get(one, 0))
        for place in found
        if (one := place.patient_id) in patients and one in histories
    ]
    # An alert may have been closed since its place was found: then there is nothing to show.
    return [one for one in made if one.alert is not None or one.acuity in (Acuity.SILENT, Acuity.CALM)]


def _grouped(rows: Sequence[Row], counts: Tally) -> tuple[Group, ...]:
    """Return the rows by group, most urgent first, empty groups left out."""
    groups = ((acuity, tuple(one for one in rows if one.acuity is acuity)) for acuity in URGENCY)
    return tuple(Group(acuity, those, counts.said(acuity)) for acuity, those in groups if those)
