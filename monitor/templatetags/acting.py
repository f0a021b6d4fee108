"""What a person can do about an alert, as its card asks for it."""

from django import template

from alerts.models import Alert
from monitor.alert_forms import ActForm, Desk

register = template.Library()


@register.filter
def forms_of(desk: Desk, alert: Alert) -> list[ActForm]:
    """Return the forms that an alert takes as it stands."""
    return desk.forms_of(alert)
