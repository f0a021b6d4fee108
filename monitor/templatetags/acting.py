"""What a person can do about an alert, as its card asks for it; and the cards that tell one story."""

from collections.abc import Sequence

from django import template

from alerts.models import Alert
from monitor.alert_forms import ActForm, Desk
from monitor.patient_cards import Card, StoryCard, told_as

register = template.Library()


@register.filter
def forms_of(desk: Desk, alert: Alert) -> list[ActForm]:
    """Return the forms that an alert takes as it stands."""
    return desk.forms_of(alert)


@register.filter
def as_stories(cards: Sequence[Card]) -> tuple[StoryCard, ...]:
    """Return open cards by the stories they tell."""
    return told_as(cards)
