"""What a mail says and, more, what it does not: every template, with canaries in every place they could come from."""

import dataclasses
import re
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from itertools import product
from uuid import UUID

import pytest
from django.conf import settings as project
from pytest_django import Settings

from alerts.emails import TEMPLATES, Letter, compose, link, message_id
from alerts.routing import Reason
from tests.alerts.sink import plain

AT = datetime(2026, 11, 24, 9, tzinfo=UTC)
ALERT, ROW = UUID(int=0xA1E27), UUID(int=0x20E)
LETTER = Letter(ROW, "somebody@example.org", "alert", "first", ALERT, "high")
FORBIDDEN = re.compile(
    r"hemosiderosis|hemoglobin|\bHb\b|\bIPH\b|hemorrhage|bleed|anemia|lung|pulmonary|iron|ferritin|sputum|siderophage"
    r"|prednisolone|steroid|cyclophosphamide|azathioprine|g/L|mg\b|patient-|diagnos|relapse|exacerbation|taper",
    re.IGNORECASE,
)


@pytest.fixture(autouse=True)
def base(settings: Settings) -> None:
    settings.BASE_URL = "https://watch.example.org"
    settings.DEFAULT_FROM_EMAIL = "IPH Watch <watch@example.org>"


def every_letter() -> list[Letter]:
    """Return every template with every reason, repeated or not, late or not, of one alert or three."""
    return [
        dataclasses.replace(
            LETTER,
            template=template,
            reason=reason,
            alerts=alerts,
            repeat=odd,
            late=odd,
            counts=(("high", 2), ("moderate", 5)),
            todos=3,
            alert_id=ALERT if template in {"alert", "recovered"} else None,
        )
        for template, reason, alerts, odd in product(TEMPLATES, Reason, (1, 3), (False, True))
    ]


def sent(letter: Letter) -> EmailMessage:
    """Return a letter as it travels."""
    raw = compose(letter, at=AT).message().as_bytes()
    return message_from_bytes(raw, EmailMessage, policy=policy.default)


@pytest.mark.parametrize(
    "letter", every_letter(), ids=lambda one: f"{one.template}-{one.reason}-{one.alerts}-{one.repeat}"
)
def test_no_mail_speaks_of_disease_drug_or_value(letter: Letter) -> None:
    message = sent(letter)
    whole = "\n".join(
        [*(f"{name}: {value}" for name, value in message.items()), plain(message), plain(message, "html")]
    )
    assert not FORBIDDEN.search(whole)


@pytest.mark.parametrize(
    "letter", every_letter(), ids=lambda one: f"{one.template}-{one.reason}-{one.alerts}-{one.repeat}"
)
def test_every_mail_has_one_link_and_says_so_in_text_and_html(letter: Letter) -> None:
    message = sent(letter)
    for text in (plain(message), plain(message, "html")):
        assert re.findall(r"https?://[^\s\"<]+", text) == [link(letter)]
    assert message["Subject"].strip()


@pytest.mark.parametrize("name", TEMPLATES)
def test_no_template_reads_anything_but_the_letter(name: str) -> None:
    folder = project.BASE_DIR / "alerts" / "templates" / "alerts" / "email"
    text = "".join(path.read_text() for path in folder.iterdir() if path.name.startswith((name, "_")))
    read = set(re.findall(r"{{\s*([\w.]+)", text))
    assert read <= {"link", "letter.alerts", "letter.severity", "letter.todos", "word", "count"}


def test_the_link_names_the_alert_and_not_the_patient() -> None:
    assert link(LETTER) == f"https://watch.example.org/alerts/{ALERT}/"
    assert link(dataclasses.replace(LETTER, alert_id=None)) == "https://watch.example.org/"


def test_the_sender_is_neutral() -> None:
    assert sent(LETTER)["From"] == "Care team notices <watch@example.org>"


def test_the_message_id_is_the_notifications() -> None:
    first, again = (sent(dataclasses.replace(LETTER, repeat=repeat)) for repeat in (False, True))
    assert first["Message-ID"] == again["Message-ID"] == f"<{ROW}@watch.example.org>"


def test_mails_of_one_alert_are_one_thread() -> None:
    root = f"<alert-{ALERT}@watch.example.org>"
    assert sent(LETTER)["References"] == sent(LETTER)["In-Reply-To"] == root
    assert sent(dataclasses.replace(LETTER, alert_id=None))["References"] is None


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_repeat_says_so(template: str) -> None:
    again = sent(dataclasses.replace(LETTER, template=template, repeat=True))
    assert "This may be a repeat." in plain(again)
    assert "This may be a repeat." in plain(again, "html")
    assert "repeat" not in plain(sent(dataclasses.replace(LETTER, template=template)))


@pytest.mark.parametrize("template", TEMPLATES)
def test_what_comes_late_says_so(template: str) -> None:
    assert "delayed" in plain(sent(dataclasses.replace(LETTER, template=template, late=True)))
    assert "delayed" not in plain(sent(dataclasses.replace(LETTER, template=template)))


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("first", "It is new."),
        ("worse", "It has become worse"),
        ("returned", "is back"),
        ("woken", "It had been put off until now."),
        ("assigned", "A colleague has given it to you."),
        ("reminder", "Nobody has acknowledged it yet."),
        ("next_in_chain", "Nobody who was told before you"),
    ],
)
def test_a_mail_says_why_it_comes(reason: str, words: str) -> None:
    assert words in plain(sent(dataclasses.replace(LETTER, reason=reason)))


def test_a_digest_counts() -> None:
    text = plain(
        sent(dataclasses.replace(LETTER, template="digest", alert_id=None, counts=(("high", 2), ("moderate", 5))))
    )
    assert "high: 2" in text
    assert "moderate: 5" in text
    assert "to do" not in text


def test_several_alerts_of_one_patient_are_counted() -> None:
    message = sent(dataclasses.replace(LETTER, alerts=3))
    assert message["Subject"] == "3 alerts need attention"
    assert "3 alerts of one patient" in plain(message)


def test_answering_machines_stay_silent() -> None:
    assert sent(LETTER)["Auto-Submitted"] == "auto-generated"


def test_the_date_is_when_it_is_sent() -> None:
    assert sent(LETTER)["Date"].datetime == AT


def test_a_service_without_a_host_still_has_message_ids(settings: Settings) -> None:
    settings.BASE_URL = "/"
    assert message_id("x") == "<x@localhost>"
