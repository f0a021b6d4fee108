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
from django.template.loader import select_template

from patients.languages import DEFAULT, LANGUAGES

SENDER: Final = "Care team notices"
TEMPLATES: Final = ("alert", "recovered", "digest", "weekly", "operator", "patient", "test", "incident", "quiet")
"""Every message there is; each has `.subject`, `.txt` and `.html`."""
PLACES: Final = {"patient": "me/", "test": "mail/", "incident": "operations/", "quiet": "operations/"}
"""Where mails lead that are about no alert; the others lead to the first page."""


@dataclass(frozen=True, slots=True)
class Count:
    """So many open alerts of a severity, the oldest of them open for so many hours (None: not said)."""

    word: str
    count: int
    hours: int | None = None

    @property
    def age(self) -> str:
        """The age of the oldest, short and the same in every language: 9 h, 3 d."""
        if self.hours is None:
            return ""
        return f"{self.hours} h" if self.hours < TWO_DAYS else f"{self.hours // 24} d"


TWO_DAYS: Final = 48
"""Hours from which on an age is said in days."""


@dataclass(frozen=True, slots=True)
class Letter:
    """Everything one mail says. `alert_id` names the thread, None for a digest; `alerts` counts what one mail tells.

    Of a digest `open` are the open alerts that nobody has taken on, `taken` the others, each the worst first; `due` and `overdue`
    are to-dos. `counts` are numbers of another kind, in words.

    `repeat`: an earlier attempt ended unclear, so this may be a second copy. `late`: sent well after it was due. `stop` is the
    address at which one click stops mails of this kind, "" where they cannot be stopped.
    """

    id: UUID
    address: str
    template: str
    reason: str
    alert_id: UUID | None = None
    severity: str = ""
    alerts: int = 1
    counts: tuple[Count, ...] = ()
    open: tuple[Count, ...] = ()
    taken: tuple[Count, ...] = ()
    due: int = 0
    overdue: int = 0
    repeat: bool = False
    late: bool = False
    language: str = DEFAULT
    stop: str = ""

    @property
    def empty(self) -> bool:
        """Whether a digest has nothing to count."""
        return not (self.open or self.taken or self.due or self.overdue)


def compose(letter: Letter, *, at: datetime) -> EmailMultiAlternatives:
    """Return the message, ready to send. The same letter has the same Message-ID however often it is sent."""
    context = {"letter": letter, "link": link(letter)}
    subject, text, html = (
        select_template(names(f"{letter.template}.{part}", letter.language)).render(context)
        for part in ("subject", "txt", "html")
    )
    return EmailMultiAlternatives(
        subject=" ".join(subject.split()),
        body=text,
        from_email=formataddr((SENDER, parseaddr(settings.DEFAULT_FROM_EMAIL)[1])),
        to=[letter.address],
        alternatives=[(html, "text/html")],
        headers=_headers(letter, at),
    )


def names(name: str, language: str) -> list[str]:
    """Return where a template is looked for: in the folder of a language, then in English, which is complete."""
    own = [f"alerts/email/{language}/{name}"] if language in LANGUAGES and language != DEFAULT else []
    return [*own, f"alerts/email/{name}"]


def link(letter: Letter) -> str:
    """Return the one link of a mail: to the alert, to the own pages, or to the first page."""
    base = settings.BASE_URL.rstrip("/")
    return f"{base}/alerts/{letter.alert_id}/" if letter.alert_id else f"{base}/{PLACES.get(letter.template, '')}"


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
    if letter.stop:
        headers["List-Unsubscribe"] = f"<{letter.stop}>"
    if letter.stop.startswith("https://"):  # RFC 8058, 3.1: by one click only where nobody can read along
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers
