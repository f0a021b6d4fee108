"""One message a kind: subject, text and HTML by one name. Nobody's name, no value, drug or diagnosis, one link.

The sender's name is neutral too: the product's name holds the abbreviation of a disease, so only the address of FROM_EMAIL is used.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, formataddr, parseaddr
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

SENDER: Final = "Care team notices"
TEMPLATES: Final = ("alert", "recovered", "digest", "weekly", "operator")
"""Every message there is; each has `.subject`, `.txt` and `.html`."""


@dataclass(frozen=True, slots=True)
class Letter:
    """Everything one mail says. `alert_id` names the thread, None for a digest; `alerts` counts what one mail tells.

    `repeat`: an earlier attempt ended unclear, so this may be a second copy. `late`: sent well after it was due.
    """

    id: UUID
    address: str
    template: str
    reason: str
    alert_id: UUID | None = None
    severity: str = ""
    alerts: int = 1
    counts: tuple[tuple[str, int], ...] = ()
    todos: int = 0
    repeat: bool = False
    late: bool = False


def compose(letter: Letter, *, at: datetime) -> EmailMultiAlternatives:
    """Return the message, ready to send. The same letter has the same Message-ID however often it is sent."""
    context = {"letter": letter, "link": link(letter)}
    subject, text, html = (
        render_to_string(f"alerts/email/{letter.template}.{part}", context) for part in ("subject", "txt", "html")
    )
    return EmailMultiAlternatives(
        subject=" ".join(subject.split()),
        body=text,
        from_email=formataddr((SENDER, parseaddr(settings.DEFAULT_FROM_EMAIL)[1])),
        to=[letter.address],
        alternatives=[(html, "text/html")],
        headers=_headers(letter, at),
    )


def link(letter: Letter) -> str:
    """Return the one link of a mail: to the alert, or to the first page."""
    base = settings.BASE_URL.rstrip("/")
    return f"{base}/alerts/{letter.alert_id}/" if letter.alert_id else f"{base}/"


def message_id(name: UUID | str) -> str:
    """Return the Message-ID of a notification, or of a thread that starts with none of ours."""
    return f"<{name}@{urlsplit(settings.BASE_URL).hostname or 'localhost'}>"


def _headers(letter: Letter, at: datetime) -> dict[str, str]:
    """Return the headers that make repeats and threads recognizable, and keep auto-responders silent."""
    headers = {
        "Message-ID": message_id(letter.id),
        "Date": format_datetime(at.astimezone(UTC)),
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
    }
    if letter.alert_id:
        thread = message_id(f"alert-{letter.alert_id}")
        headers |= {"In-Reply-To": thread, "References": thread}
    return headers
