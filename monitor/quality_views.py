"""How the rules of a team do, as a page and as a file: counts and times, of nobody by name."""

import csv
import io
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from alerts.quality import Quality, Review, Spread, review
from monitor.asking import AskedRequest, asked
from monitor.flowsheet_csv import BYTE_ORDER_MARK
from monitor.patient_cards import RESOLVE_WORDS
from monitor.templatetags.showing import NO_BREAK
from patients.models import CareTeam

SPANS: Final = (3, 12)
"""Months; of anything else that is asked for, the first."""
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
TIMES: Final = ("acknowledged", "resolved", "recovered")
HEADINGS: Final = (
    "Rule", "Alerts", "High", "Moderate", "Low", "Per patient-month", "Open now",
    *(f"{name}{what}" for name in ("Acknowledged", "Resolved", "Recovered")
      for what in (", number", ", hours, lower quartile", ", hours, median", ", hours, upper quartile")),
    "Ratings", "Useful", *(f"Closed: {word}" for word in RESOLVE_WORDS.values()), "To review",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """A rule, as it is read: its times as words, its reasons with how often each."""

    quality: Quality
    rate: str
    severities: str
    times: tuple[tuple[str, str], ...]
    reasons: tuple[tuple[str, int], ...]


@require_safe
@asked
def of_team(request: AskedRequest, team_id: int) -> HttpResponse:
    """Show how the rules of a team did, or send it as a file."""
    if not request.asker.may_in_team("rules", "review", team_id):
        raise Http404
    team = CareTeam.objects.get(pk=team_id)
    wanted = request.GET.get("months", "")
    months = next((span for span in SPANS if str(span) == wanted), SPANS[0])
    found = review(team_id, months=months, at=request.at)
    if request.GET.get("format") == "csv":
        response = HttpResponse(review_csv(found), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="rules-{months}-months.csv"'
        response["Cache-Control"] = "private, no-store"
        return response
    lines = [line_of(found, one) for one in (found.total, *found.rules)] if found.rules else []
    return render(
        request, "quality.html", {"team": team, "review": found, "lines": lines, "spans": SPANS, "nav": "settings"}
    )


def line_of(found: Review, one: Quality) -> Line:
    """Return what is read of a rule."""
    said = tuple((name, _words(getattr(one, name))) for name in TIMES)
    reasons = tuple((word, one.reasons[key]) for key, word in RESOLVE_WORDS.items() if key in one.reasons)
    severities = ((one.high, "high"), (one.moderate, "moderate"), (one.low, "low"))
    rate = found.rate(one)
    told = ", ".join(f"{count} {word}" for count, word in severities if count)
    return Line(one, "" if rate is None else f"{rate:.2f}", told, said, reasons)


def review_csv(found: Review) -> str:
    """Return a review as CSV (RFC 4180): a line a rule, all together first; hours with one decimal, nothing where none is."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(HEADINGS)
    for one in (found.total, *found.rules):
        rate = found.rate(one)
        counts = (
            one.title,
            one.raised,
            one.high,
            one.moderate,
            one.low,
            "" if rate is None else f"{rate:.4f}",
            one.open_now,
        )
        times = [cell for name in TIMES for cell in _hours(getattr(one, name))]
        reasons = (one.reasons.get(key, 0) for key in RESOLVE_WORDS)
        writer.writerow([*counts, *times, one.rated, one.useful, *reasons, "yes" if one.to_review else ""])
    return BYTE_ORDER_MARK + out.getvalue()


def _hours(spread: Spread | None) -> tuple[int | str, ...]:
    """Return number and quartiles of times."""
    if spread is None:
        return (0, "", "", "")
    return (spread.count, *(f"{one / HOUR:.1f}" for one in (spread.low, spread.median, spread.high)))


def _words(spread: Spread | None) -> str:
    """Write times as "4 h (2 h to 8 h), of 5"; nothing where none is."""
    if spread is None:
        return ""
    low, median, high = (_long(one) for one in (spread.low, spread.median, spread.high))
    return f"{median} ({low} to {high}), of {spread.count}"


def _long(time: timedelta) -> str:
    """Write a time in one unit: minutes below two hours, hours below two days, then days."""
    size, unit = next(
        ((size, unit) for size, unit, most in ((MINUTE, "min", 2 * HOUR), (HOUR, "h", 2 * DAY)) if time < most),
        (DAY, "d"),
    )
    return f"{time / size:.0f}{NO_BREAK}{unit}"
