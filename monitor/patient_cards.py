"""The alerts of one patient as cards: as they stand now, or as they stood at a past moment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Prefetch

from alerts import rules
from alerts.changes import ResolveReason, Verb
from alerts.choices import catalogue
from alerts.models import Alert, Transition
from alerts.muting import MUTABLE
from alerts.parts import stories_of
from alerts.rules.findings import from_json
from alerts.rules.rule import Evidence, Finding, Severity
from alerts.setting_titles import title_of
from alerts.stories import Story
from alerts.trails import people_of
from monitor.as_known import Past, stood
from monitor.card_calls import called
from monitor.templatetags.showing import moment
from patients.models import Patient, User

SHOWN_CLOSED: Final = 20
RESOLVE_WORDS: Final[Mapping[str, str]] = {
    ResolveReason.TREATED: "Treated",
    ResolveReason.EXPLAINED: "Explained by something else",
    ResolveReason.DATA_ERROR: "The result was wrong",
    ResolveReason.NOT_USEFUL: "Not useful",
    ResolveReason.OTHER: "Another reason",
}
VERB_WORDS: Final[Mapping[str, str]] = {
    Verb.RAISED: "raised",
    Verb.WORSENED: "became worse",
    Verb.UPDATED: "newer evidence",
    Verb.RETURNED: "came back",
    Verb.RECOVERED: "recovered",
    Verb.ACKNOWLEDGED: "acknowledged",
    Verb.RESOLVED: "resolved",
    Verb.SNOOZED: "snoozed until",
    Verb.WOKEN: "returned from its snooze",
    Verb.ASSIGNED: "assigned to",
    Verb.COMMENTED: "commented",
    Verb.RATED: "found",
    Verb.ESCALATED: "not taken on, so the next were told",
    Verb.REMINDED: "still open, so a reminder went out",
    Verb.MUTED: "put off, as its rule is muted until",
    Verb.GROUND_LOST: "would not fire now",
}
MUTE_ENDED: Final = "returns, as its rule is no longer muted"
FIRES_AGAIN: Final = "would fire again"
"""What a step says that takes another of its verb back."""
USEFUL_WORDS: Final = {True: "useful", False: "not useful"}


@dataclass(frozen=True, slots=True)
class Step:
    """One line of an alert's trail."""

    at: datetime
    words: str
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Card:
    """One alert as shown: its row, its finding, its rule's title and its trail."""

    alert: Alert
    finding: Finding
    title: str
    trail: tuple[Step, ...]
    muted: Step | None = None
    """By which step it sleeps, where a mute of its rule put it off."""
    called: str = ""
    """How often people were told of it again, in words."""

    @property
    def severity(self) -> Severity:
        """The highest severity that the alert had."""
        return Severity(self.alert.severity)

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """What the finding rests on now: its result, and what supports it."""
        return tuple(row for row in self.finding.evidence if row.role != "baseline")

    @property
    def baseline(self) -> tuple[Evidence, ...]:
        """What the own steady state was taken from."""
        return tuple(row for row in self.finding.evidence if row.role == "baseline")

    @property
    def chosen(self) -> tuple[tuple[str, float, str], ...]:
        """The numbers by which it was found that somebody chose: what each is called, its value, and its unit."""
        known = catalogue() if self.finding.settings else {}
        return tuple(
            (title_of(name), value, known[name].setting.unit if name in known else "")
            for name, value in self.finding.settings.items()
        )

    @property
    def open(self) -> bool:
        """Whether it still asks for something."""
        return self.alert.state in Alert.OPEN_STATES

    @property
    def mutable(self) -> bool:
        """Whether its rule could be muted: high never is, and what a mute put off sleeps already."""
        return self.open and self.severity in MUTABLE and self.muted is None


@dataclass(frozen=True, slots=True)
class StoryCard:
    """Alerts that tell one story, the worst first: one card, of which each part is a card of its own."""

    story: Story
    cards: tuple[Card, ...]

    @property
    def worst(self) -> Card:
        """The part that is shown first."""
        return self.cards[0]

    @property
    def alone(self) -> bool:
        """Whether it is one alert only."""
        return len(self.cards) == 1

    @property
    def raised(self) -> tuple[Card, ...]:
        """The parts that nobody took on yet, or that sleep."""
        return tuple(card for card in self.cards if card.alert.state != "acknowledged")


def told_as(cards: Sequence[Card]) -> tuple[StoryCard, ...]:
    """Return open cards of one patient by the stories they tell, the most urgent first."""
    by_id = {card.alert.pk: card for card in cards}
    found = stories_of(card.alert for card in cards)
    return tuple(StoryCard(story, tuple(by_id[part.id] for part in story.parts)) for story in found)


def closed_cards(cards: tuple[Card, ...]) -> tuple[Card, ...]:
    """Return the alerts that were closed last, the newest first."""
    over = [card for card in cards if not card.open]
    return tuple(
        sorted(over, key=lambda card: card.alert.closed_at or card.alert.changed_at, reverse=True)[:SHOWN_CLOSED]
    )


def cards_of(patient: Patient, past: Past | None) -> tuple[Card, ...]:
    """Return every alert of a patient, most urgent first, as it stands or as it stood at a past moment.

    Two queries, and one for the people to whom any was assigned.
    """
    steps = Transition.objects.select_related("by").order_by("id")
    found = Alert.objects.filter(patient=patient).select_related("owner").order_by("-severity", "raised_at", "pk")
    if past is not None:
        steps, found = steps.filter(at__lte=past.at), found.filter(raised_at__lte=past.at)
    titles = {rule.name: rule.title for rule in rules.RULES}
    rows = [(row, list(row.transitions.all())) for row in found.prefetch_related(Prefetch("transitions", steps))]
    people = people_of(step for _, trail in rows for step in trail)
    cards: list[Card] = []
    for row, trail in rows:
        alert = row if past is None else stood(row, trail, people)
        title = titles.get(alert.rule, alert.rule.replace("_", " "))
        told = tuple(_step(one, people) for one in trail)
        slept, again = _muted(alert, trail, told), called(alert, trail)
        cards.append(Card(alert, from_json(alert.finding), title, told, slept, again))
    return tuple(sorted(cards, key=lambda card: -card.severity)) if past else tuple(cards)


def _step(transition: Transition, people: Mapping[int, User]) -> Step:
    """Return one line of a trail; a choice is shown in its words, with the note beside it."""
    detail = transition.detail if isinstance(transition.detail, dict) else {}
    note, verb = str(detail.get("note", "")), transition.verb
    reason = RESOLVE_WORDS.get(transition.reason, transition.reason) if verb == Verb.RESOLVED else transition.reason
    parts = (_words(transition, detail), _what(transition, detail, people))
    return Step(
        at=transition.at,
        words=" ".join(part for part in parts if part),
        by=str(transition.by) if transition.by else "",
        reason=": ".join(part for part in (reason, note) if part),
    )


def _muted(alert: Alert, trail: Sequence[Transition], told: Sequence[Step]) -> Step | None:
    """Return the step by which an alert sleeps, if that was a mute."""
    slept = [index for index, one in enumerate(trail) if one.verb in (Verb.SNOOZED, Verb.MUTED)]
    by_mute = alert.state == "snoozed" and slept and trail[slept[-1]].verb == Verb.MUTED
    return told[slept[-1]] if by_mute else None


def _words(transition: Transition, detail: Mapping[str, Any]) -> str:
    """Return a step's verb in words."""
    if transition.verb == Verb.MUTED and detail.get("ended"):
        return MUTE_ENDED
    if transition.verb == Verb.GROUND_LOST and not detail.get("lost", True):
        return FIRES_AGAIN
    return VERB_WORDS.get(transition.verb, transition.verb)


def _what(transition: Transition, detail: Mapping[str, Any], people: Mapping[int, User]) -> str:
    """Return what a step says beside its verb: until when, to whom, how useful."""
    if transition.verb in (Verb.SNOOZED, Verb.MUTED) and not detail.get("ended"):
        return moment(datetime.fromisoformat(detail["until"]))
    if transition.verb == Verb.ASSIGNED:
        return str(people.get(detail["to"], "somebody whose account is gone"))
    return USEFUL_WORDS[detail["useful"]] if transition.verb == Verb.RATED else ""


def grades_of(cards: tuple[Card, ...]) -> dict[int, Severity]:
    """Return, by observation, the highest severity of the alerts whose result it is."""
    found: dict[int, Severity] = {}
    for card in cards:
        for evidence in card.finding.evidence:
            if evidence.kind == "observation" and evidence.role == "result":
                found[evidence.id] = max(found.get(evidence.id, card.severity), card.severity)
    return found
