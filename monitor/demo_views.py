"""Pages of the demo, and only of the demo: who to log in as, a laboratory file to try, and the mails that were sent."""

import csv
import io
import json
from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage
from functools import wraps
from typing import Concatenate, Final, ParamSpec

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from monitor.demo_tour import TOUR
from monitor.mailsink import list_mail, read_mail

P = ParamSpec("P")
DEMO_IDENTIFIER: Final = "DEMO-1"
"""The stable patient of the demo, as the laboratory file names it."""


def demo_only(
    view: Callable[Concatenate[HttpRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Hide a page from every service that is not a demo."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not settings.DEMO:
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


@require_safe
@demo_only
def start(request: HttpRequest) -> HttpResponse:
    """Say who to log in as, and what to try."""
    try:
        people = json.loads((settings.LOCAL_DIR / "demo-users.json").read_text())["users"]
    except (OSError, ValueError, LookupError, TypeError):  # none made yet, or half written
        people = []
    return render(request, "demo.html", {"people": people, "identifier": DEMO_IDENTIFIER, "tour": TOUR})


@require_safe
@demo_only
def laboratory_file(request: HttpRequest) -> HttpResponse:
    """Give a laboratory file with results of the last days: enough to raise an alert for the demo's stable patient."""
    now = timezone.localtime()
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";")
    writer.writerow(["Patient ID", "Sampling date", "Test", "Value", "Unit"])
    for days, value in ((3, "12,9"), (0, "10,4")):
        day = (now - timedelta(days=days, hours=1)).strftime("%Y-%m-%d %H:%M")
        writer.writerow([DEMO_IDENTIFIER, day, "Hemoglobin", value, "g/dL"])
    response = HttpResponse(text.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="laboratory.csv"'
    return response


@require_safe
@demo_only
def mails(request: HttpRequest) -> HttpResponse:
    """List the mails that the sink keeps, the newest first."""
    return render(request, "demo_mails.html", {"mails": list_mail(settings.LOCAL_DIR / "mail")})


@require_safe
@demo_only
def mail(request: HttpRequest, name: str) -> HttpResponse:
    """Show one mail: its headers and its plain text; the HTML part is never rendered."""
    try:
        found = read_mail(settings.LOCAL_DIR / "mail", name)
    except KeyError as error:
        raise Http404 from error
    return render(request, "demo_mail.html", {"mail": found, "headers": list(found.items()), "text": _text(found)})


def _text(message: EmailMessage) -> str:
    """Return the plain text of a mail."""
    part = message.get_body(("plain",))
    return str(part.get_content()) if isinstance(part, EmailMessage) else ""
