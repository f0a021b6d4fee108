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

from alerts.emails import TEMPLATES, Count, Letter, compose, link, message_id, names
from alerts.patient_news import News
from alerts.routing import Reason
from patients.languages import DEFAULT, LANGUAGES
from tests.alerts.sink import plain

AT = datetime(2026, 11, 24, 9, tzinfo=UTC)
ALERT, ROW = UUID(int=0xA1E27), UUID(int=0x20E)
LETTER = Letter(ROW, "somebody@example.org", "alert", "first", ALERT, "high")
FORBIDDEN = re.compile(
    r"hemosiderosis|hämosiderose|hémosidérose|гемосидероз|гемоглобин|кровотеч|легк|лёгк|железо|мокрот|преднизолон|\bLunge|\bBlut|\bEisen"
    r"|poumon|sang\b|crachat|hemoglobin|\bHb\b|\bIPH\b|hemorrhage|bleed|anemia|lung|pulmonary|iron|ferritin|sputum|siderophage"
    r"|prednisolone|steroid|cyclophosphamide|azathioprine|g/L|mg\b|patient-|diagnos|relapse|exacerbation|taper",
    re.IGNORECASE,
)


@pytest.fixture(autouse=True)
def base(settings: Settings) -> None:
    settings.BASE_URL = "https://watch.example.org"
    settings.DEFAULT_FROM_EMAIL = "IPH Watch <watch@example.org>"


OPEN = (Count("high", 2, 9), Count("moderate", 5, 100))
REASONS = {
    "patient": tuple(News),
    "test": ("test",),
    "operator": ("operator",),
    "digest": ("digest",),
    "weekly": ("weekly",),
}
TRANSLATED = tuple(name for name in TEMPLATES if name not in {"incident", "quiet"})
"""What is about the service itself is in English for whoever keeps it."""
FOR_ONE_ALERT = ("alert", "recovered")


def every_letter() -> list[Letter]:
    """Return every template in every language with every reason of it, repeated or not, late or not, of one alert or three."""
    return [
        dataclasses.replace(
            LETTER,
            template=template,
            reason=reason,
            alerts=alerts,
            repeat=odd,
            late=odd,
            open=OPEN if odd else (),
            taken=OPEN if odd else (),
            due=3,
            overdue=1,
            alert_id=ALERT if template in FOR_ONE_ALERT else None,
            language=language,
            stop="https://watch.example.org/mail/stop/x/" if odd else "",
        )
        for template, language in product(TEMPLATES, LANGUAGES)
        for reason, (alerts, odd) in product(REASONS.get(template, Reason), ((1, False), (3, True)))
    ]


def named(letter: Letter) -> str:
    """Return how a letter is called in the list of tests."""
    return f"{letter.template}-{letter.language}-{letter.reason}-{letter.alerts}-{letter.repeat}"


def sent(letter: Letter) -> EmailMessage:
    """Return a letter as it travels."""
    raw = compose(letter, at=AT).message().as_bytes()
    return message_from_bytes(raw, EmailMessage, policy=policy.default)


@pytest.mark.parametrize("letter", every_letter(), ids=named)
def test_no_mail_speaks_of_disease_drug_or_value(letter: Letter) -> None:
    message = sent(letter)
    whole = "\n".join(
        [*(f"{name}: {value}" for name, value in message.items()), plain(message), plain(message, "html")]
    )
    assert not FORBIDDEN.search(whole)


@pytest.mark.parametrize("letter", every_letter(), ids=named)
def test_every_mail_has_one_link_and_says_so_in_text_and_html(letter: Letter) -> None:
    message = sent(letter)
    for text in (plain(message), plain(message, "html")):
        assert re.findall(r"https?://[^\s\"<]+", text) == [link(letter)]
    assert message["Subject"].strip()


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_template_reads_anything_but_the_letter(language: str) -> None:
    folder = project.BASE_DIR / "alerts" / "templates" / "alerts" / "email"
    own = folder if language == DEFAULT else folder / language
    texts = {path.name: path.read_text() for path in own.iterdir() if path.is_file()}
    here = TEMPLATES if language == DEFAULT else TRANSLATED
    assert {f"{name}.{part}" for name in here for part in ("subject", "txt", "html")} <= texts.keys()
    read = {name for text in texts.values() for name in re.findall(r"{{\s*([\w.]+)", text)}
    counted = {"letter.alerts", "letter.severity", "letter.due", "letter.overdue", "one.word", "one.count", "one.age"}
    assert read <= {"link", "word", "count", *counted}


@pytest.mark.parametrize("template", TRANSLATED)
def test_each_language_says_it_in_words_of_its_own(template: str) -> None:
    said = {plain(sent(dataclasses.replace(LETTER, template=template, language=one))) for one in LANGUAGES}
    assert len(said) == len(LANGUAGES)


def test_html_says_in_which_language_it_is() -> None:
    for language in LANGUAGES:
        assert f'<html lang="{language}">' in plain(sent(dataclasses.replace(LETTER, language=language)), "html")


@pytest.mark.parametrize("language", ["", "xx", "../en", "de/../de"])
def test_who_reads_another_language_is_written_to_in_english(language: str) -> None:
    assert names("alert.txt", language) == ["alerts/email/alert.txt"]
    assert "An alert needs attention." in plain(sent(dataclasses.replace(LETTER, language=language)))


def test_what_is_not_translated_yet_is_in_english() -> None:
    assert names("quiet.txt", "de") == ["alerts/email/de/quiet.txt", "alerts/email/quiet.txt"]


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
        ("assigned", "A colleague has given it to you, or to somebody who cannot be told now."),
        ("reminder", "Nobody has acknowledged it yet."),
        ("next_in_chain", "Nobody who was told before you"),
        ("still_yours", "It has been acknowledged, and is still open."),
    ],
)
def test_a_mail_says_why_it_comes(reason: str, words: str) -> None:
    assert words in plain(sent(dataclasses.replace(LETTER, reason=reason)))


def digest(**fields: object) -> str:
    """Return the text of a digest."""
    return plain(sent(dataclasses.replace(LETTER, template="digest", alert_id=None, **fields)))  # type: ignore[arg-type]


def test_a_digest_says_first_what_nobody_has_the_worst_first_and_how_old_it_is() -> None:
    text = digest(open=OPEN, taken=(Count("high", 1, 47), Count("moderate", 4, 48)), due=7, overdue=2)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    start = lines.index("Nobody has acknowledged:")
    assert lines[start : start + 9] == [
        "Nobody has acknowledged:", "high: 2, the oldest for 9 h", "moderate: 5, the oldest for 4 d",
        "Acknowledged:", "high: 1, the oldest for 47 h", "moderate: 4, the oldest for 2 d",
        "To do:", "overdue: 2", "due: 7",
    ]  # fmt: skip


def test_a_digest_leaves_out_what_it_has_none_of() -> None:
    text = digest(open=(Count("high", 2),))
    assert "high: 2" in text
    assert not [words for words in ("the oldest", "\nAcknowledged:", "To do:", "Nothing") if words in text]
    assert "Nobody has" not in digest(due=1)


def test_a_digest_of_nothing_says_so() -> None:
    assert "Nothing is open." in digest()


@pytest.mark.parametrize(
    ("news", "subject"),
    [
        ("step_tomorrow", "Your plan changes tomorrow"),
        ("step_today", "Your plan changes today"),
        ("test_due", "A test is due"),
        ("test_overdue", "A test is overdue"),
    ],
)
def test_a_patients_mail_says_what_it_is_about_and_leads_to_the_own_pages(news: str, subject: str) -> None:
    letter = dataclasses.replace(LETTER, template="patient", reason=news, alert_id=None)
    message = sent(letter)
    assert message["Subject"] == subject
    assert subject in plain(message)
    assert link(letter) == "https://watch.example.org/me/"


def test_a_mail_to_try_leads_to_the_settings_of_mail() -> None:
    assert link(dataclasses.replace(LETTER, template="test", alert_id=None)) == "https://watch.example.org/mail/"


def test_one_click_stops_what_can_be_stopped() -> None:
    message = sent(dataclasses.replace(LETTER, stop="https://watch.example.org/mail/stop/digest:7:abc/"))
    assert message["List-Unsubscribe"] == "<https://watch.example.org/mail/stop/digest:7:abc/>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_one_click_needs_a_line_that_nobody_reads_along() -> None:
    message = sent(dataclasses.replace(LETTER, stop="http://localhost:8000/mail/stop/x/"))
    assert (message["List-Unsubscribe"], message["List-Unsubscribe-Post"]) == (
        "<http://localhost:8000/mail/stop/x/>",
        None,
    )


def test_an_alert_cannot_be_stopped() -> None:
    assert sent(LETTER)["List-Unsubscribe"] is None


@pytest.mark.parametrize(("hours", "age"), [(None, ""), (0, "0 h"), (47, "47 h"), (48, "2 d"), (95, "3 d")])
def test_an_age_is_short_and_never_too_old(hours: int | None, age: str) -> None:
    assert Count("high", 1, hours).age == age


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
