"""How numbers, units, dates and severities are written on a page."""

import re
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from django import template
from django.forms import BoundField, Select, Textarea
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from alerts.rules import wording
from alerts.rules.rule import Severity
from patients.analytes import catalogue

register = template.Library()

NO_BREAK: Final = "\u00a0"
SUPERSCRIPT: Final = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
SHAPES: Final = {Severity.HIGH: "high", Severity.MODERATE: "mod", Severity.LOW: "low"}
STATES: Final = {
    "met": "calm", "done": "calm", "not met": "line", "not applicable": "line", "partly done": "watch", "due": "watch",
    "unknown": "", "not done yet": "",
}  # fmt: skip
"""The look of each state of a criterion or an item of the screening; its word is always beside it."""
FIRST_CLAUSE: Final = re.compile(r"^(.+?[.:;])(?=\s|$)(.*)$", re.DOTALL)
PLAIN: Final = {"1": "", "Cel": "°C", "a": "years"}
MINUTE, HOUR, DAY = 60, 3600, 86400


@register.filter
def number(value: float | str | None) -> str:
    """Write a number to four significant digits, with a real minus and no trailing zeros; words stay, nothing is a dot."""
    if value is None or value == "":
        return "·"
    if isinstance(value, str):
        return value
    text = f"{value:.4g}"
    if "e" in text:
        text = f"{value:.0f}" if abs(value) >= 1 else f"{value:.6f}".rstrip("0")
    return text.replace("-", "−")


@register.filter
def unit(ucum: str) -> str:
    """Write a UCUM unit as people do: umol/L is µmol/L, 10*9/L is 10⁹/L, Cel is °C, the unit 1 is none."""
    if ucum in PLAIN:
        return PLAIN[ucum]
    text = re.sub(r"10\*(-?\d+)", lambda found: "10" + found[1].translate(SUPERSCRIPT), ucum)
    text = re.sub(r"\bu(?=[A-Za-z])", "µ", text)
    return re.sub(r"[\[\]{}]", "", text)


@register.filter
def first_clause(sentence: str) -> str:
    """Return the part of a sentence that is printed bold before the rest: up to its first full stop, colon or semicolon."""
    found = FIRST_CLAUSE.match(sentence)
    return found[1] if found else sentence


@register.filter
def after_first_clause(sentence: str) -> str:
    """Return what follows the first clause."""
    found = FIRST_CLAUSE.match(sentence)
    return found[2].strip() if found else ""


@register.filter
def first_sentence(words: str) -> str:
    """Return the first sentence, where nothing follows it on the page: a clause that ends with a colon would say too little."""
    return wording.first_sentence(words)


@register.filter
def shape(severity: int) -> str:
    """Return the end of a severity's class and shape: high, mod, low."""
    return SHAPES[Severity(severity)]


@register.simple_tag
def severity_pill(severity: int, count: int | None = None) -> SafeString:
    """Write a severity as shape and word; with a count, as "2 high"."""
    grade = Severity(severity)
    text = grade.word.capitalize() if count is None else f"{count} {grade.word}"
    return format_html(
        '<span class="sev sev--{0}"><svg class="shape" aria-hidden="true"><use href="#s-{0}"/></svg>{1}</span>',
        SHAPES[grade],
        text,
    )


@register.filter
def ago(then: datetime | None, now: datetime) -> str:
    """Write how long ago something was, in one unit: "3 min", "2 h", "4 d"."""
    if then is None:
        return "never"
    seconds = max(0, int((now - then).total_seconds()))
    for size, name in ((DAY, "d"), (HOUR, "h"), (MINUTE, "min")):
        if seconds >= size:
            return f"{seconds // size}{NO_BREAK}{name}"
    return f"{seconds}{NO_BREAK}s"


@register.filter
def day(then: datetime | date) -> str:
    """Write a date, in the reader's zone where it is a moment: "23 Nov 2026"."""
    local = timezone.localtime(then) if isinstance(then, datetime) else then
    return f"{local.day}{NO_BREAK}{local:%b}{NO_BREAK}{local.year}"


@register.filter
def moment(then: datetime) -> str:
    """Write a moment in the reader's zone: "23 Nov 2026, 09:05"."""
    return f"{day(then)}, {timezone.localtime(then):%H:%M}"


@register.filter
def sampled(then: datetime, zone: str) -> str:
    """Write when a sample was taken, in the patient's zone; midnight there is a result of day precision: only the date."""
    local = then.astimezone(ZoneInfo(zone))
    written = sampled_on(then, zone)
    return written if (local.hour, local.minute) == (0, 0) else f"{written}, {local:%H:%M}"


@register.filter
def sampled_on(then: datetime, zone: str) -> str:
    """Write the day on which a sample was taken, in the patient's zone."""
    return day(then.astimezone(ZoneInfo(zone)).date())


@register.filter
def change(percent: int) -> str:
    """Write a change against the baseline: "▼ 21 %", "▲ 3 %", "0 %"."""
    sign = f"{'▼' if percent < 0 else '▲'}{NO_BREAK}" if percent else ""
    return f"{sign}{abs(percent)}{NO_BREAK}%"


@register.filter
def add_number(value: float, other: float) -> float:
    """Add two numbers, to a tenth: Django's own `add` knows only whole ones."""
    return round(value + other, 1)


@register.filter
def fact(code: str) -> str:
    """Write what a row of evidence is about: an analyte's name, or the kind of an event."""
    known = catalogue().get(code)
    return known.name if known else code.replace("_", " ").capitalize()


@register.filter
def state_look(state: str) -> str:
    """Return the look of a state of a summary; empty for the plain one."""
    return STATES[state]


@register.filter
def control(field: BoundField) -> SafeString:
    """Write a form's field in our look; what it says of errors and hints is Django's."""
    widget = field.field.widget
    name = "select" if isinstance(widget, Select) else "area" if isinstance(widget, Textarea) else "input"
    return field.as_widget(attrs={"class": name})


@register.filter
def age(birth_date: date | None, on: datetime) -> str:
    """Write an age: years, below two years months; nothing where the birth date is unknown."""
    if birth_date is None:
        return "age unknown"
    today = timezone.localtime(on).date()
    months = (today.year - birth_date.year) * 12 + today.month - birth_date.month - (today.day < birth_date.day)
    return f"{months}{NO_BREAK}mo" if months < 24 else f"{months // 12}{NO_BREAK}y"


@register.filter
def initials(name: str) -> str:
    """Return up to two initials of a name."""
    words = [word for word in name.replace(".", " ").split() if word]
    return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper()
