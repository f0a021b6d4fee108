"""How days and times are written on a patient's own pages: as people say them."""

from datetime import date, datetime

from django import template
from django.utils import timezone

from monitor.me_words import NBSP, date_words, day_words

register = template.Library()


@register.filter
def weekday(day: date) -> str:
    """Write a day with its weekday: "Monday, 23 November"."""
    return f"{day:%A}, {day.day}{NBSP}{day:%B}"


@register.filter
def spoken(day: date, today: date) -> str:
    """Write a day beside today: "today", "tomorrow", "on Saturday 28 November"."""
    words = day_words(day, today)
    return f"on {words}" if abs((day - today).days) > 1 else words


@register.filter
def spoken_at(moment: datetime, now: datetime) -> str:
    """Write the day of a moment beside today, both in the patient's zone."""
    return spoken(timezone.localdate(moment), timezone.localdate(now))


@register.filter
def day_of(moment: datetime) -> str:
    """Write the day of a moment in the patient's zone: "23 November 2026"."""
    return date_words(timezone.localdate(moment))


@register.filter
def clock(moment: datetime) -> str:
    """Write the time of a moment in the patient's zone: "08:05"."""
    return f"{timezone.localtime(moment):%H:%M}"
