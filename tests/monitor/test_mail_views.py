"""What a person gets by mail: the page of choices, a mail to try the address, and the one click without a log-in."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from alerts import sending
from alerts.models import MailChoice, Notification
from alerts.unsubscribing import EDITIONS, address, choose, token
from patients.models import Membership, User
from tests.alerts.sink import DROP, Sink, running
from tests.factories import account, browser, caregiver, member, patient, team
from tests.monitor.me_desk import words

pytestmark = pytest.mark.django_db
AsWeb = Callable[[User], AbstractContextManager[None]]


@pytest.fixture(autouse=True)
def room(db: None) -> None:
    """Let nobody have asked in this minute."""
    cache.clear()


@pytest.fixture
def nurse() -> User:
    return member(team("north"), "nurse")


def chosen(user: User, edition: str = "digest") -> tuple[bool, bool] | None:
    """Return what somebody chose, None for nothing."""
    one = MailChoice.objects.filter(user=user, edition=edition).first()
    return None if one is None else (one.wanted, one.empty)


def editions(user: User) -> list[str]:
    """Return what the page offers somebody."""
    return [kind.edition for kind in browser(user).get("/mail/").context["kinds"]]


def test_each_person_is_offered_what_they_can_get(nurse: User) -> None:
    own = account()
    ill = patient(user=own)
    assert editions(nurse) == ["digest", "weekly"]
    assert editions(own) == editions(caregiver(ill)) == ["patient"]
    assert editions(account(is_staff=True)) == []


@pytest.mark.parametrize(
    ("begins", "ends", "offered"),
    [(-1, 1, ["digest", "weekly"]), (-1, None, ["digest", "weekly"]), (-2, -1, []), (1, None, []), (1, 2, [])],
)
def test_who_gets_digests_may_choose_them(begins: int, ends: int | None, offered: list[str]) -> None:
    """Also who leaves tomorrow, and not before somebody begins."""
    user, now = account(), timezone.now()
    until = None if ends is None else now + timedelta(days=ends)
    north = team("north")
    Membership.objects.create(
        user=user, team=north, role="nurse", starts_at=now + timedelta(days=begins), ends_at=until
    )
    assert editions(user) == offered


@pytest.mark.parametrize(
    ("sent", "expected"),
    [({"wanted": "on"}, (True, False)), ({"wanted": "on", "empty": "on"}, (True, True)), ({}, (False, False)),
     ({"empty": "on"}, (False, False))],
)  # fmt: skip
def test_a_choice_is_kept_and_shown(nurse: User, sent: dict[str, str], expected: tuple[bool, bool]) -> None:
    visitor = browser(nurse)
    assert visitor.post("/mail/", {"edition": "digest", **sent}).status_code == 302
    assert chosen(nurse) == expected
    page = visitor.get("/mail/")
    assert "Saved." in words(page)
    kind = page.context["kinds"][0]
    assert (kind.wanted, kind.empty) == expected


@pytest.mark.parametrize("edition", ["patient", "alert", "", "x"])
def test_what_one_cannot_get_is_not_chosen(nurse: User, edition: str) -> None:
    browser(nurse).post("/mail/", {"edition": edition, "wanted": "on"})
    assert not MailChoice.objects.exists()


def test_what_nobody_chose_comes_but_mails_about_somebody_elses_plan(nurse: User) -> None:
    own = account()
    carer = caregiver(patient(user=own))
    wanted = [browser(user).get("/mail/").context["kinds"][0].wanted for user in (nurse, own, carer)]
    assert wanted == [True, True, False]


def test_the_wall_lets_a_person_choose_for_themselves_alone(nurse: User, as_web: AsWeb) -> None:
    with as_web(nurse):
        assert browser(nurse).post("/mail/", {"edition": "weekly"}).status_code == 302
    assert chosen(nurse, "weekly") == (False, False)


def test_an_address_that_is_refused_is_said_on_the_page(nurse: User) -> None:
    assert "comes back" not in words(browser(nurse).get("/mail/"))
    User.objects.filter(pk=nurse.pk).update(mail_refused_at=timezone.now(), mail_refused_code=550)
    said = words(browser(nurse).get("/mail/"))
    assert "Mail to your address comes back" in said
    assert "(code 550)" in said
    assert nurse.email not in said


@pytest.fixture
def sink(settings: Settings) -> Iterator[Sink]:
    with running() as one:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", one.port, 5
        yield one


def tried(user: User) -> str:
    """Return what the page says of the last try."""
    return words(browser(user).get("/mail/")).split("Does mail reach me?")[1]


def test_a_mail_to_oneself_is_sent_and_its_end_is_said(nurse: User, sink: Sink, as_web: AsWeb) -> None:
    assert "A short mail" in tried(nurse)
    with as_web(nurse):
        assert browser(nurse).post("/mail/try/").status_code == 302
    page = browser(nurse).get("/mail/")
    assert "It is on its way." in words(page)
    assert 'hx-trigger="every 2s"' in page.content.decode()
    sending.send_due()
    assert sink.addresses == [nurse.email]
    assert "The mail server took it." in tried(nurse)
    assert "hx-trigger" not in browser(nurse).get("/mail/").content.decode()


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("550 5.1.1 nobody here", "refused it for good. It said 550. Your address may be wrong"),
        ("450 later", "does not take it now. It said 450. It is tried again."),
    ],
)
def test_how_it_failed_is_said_in_words(nurse: User, sink: Sink, answer: str, said: str) -> None:
    browser(nurse).post("/mail/try/")
    sink.recipients[nurse.email] = answer
    sending.send_due()
    assert said in tried(nurse)


def test_an_unclear_end_and_a_drop_are_said_too(nurse: User, sink: Sink) -> None:
    browser(nurse).post("/mail/try/")
    sink.contents[nurse.email] = DROP
    sending.send_due()
    assert "did not answer clearly" in tried(nurse)
    Notification.objects.update(dropped_at=timezone.now(), dropped_reason="recipient_inactive")
    assert "It was not sent." in tried(nurse)


def test_one_tries_once_a_minute(nurse: User, monkeypatch: pytest.MonkeyPatch) -> None:
    start = timezone.now().replace(second=1)
    for seconds in (0, 30, 60):
        monkeypatch.setattr(timezone, "now", lambda late=seconds: start + timedelta(seconds=late))
        browser(nurse).post("/mail/try/")
    assert Notification.objects.filter(kind="test", recipient=nurse).count() == 2


def test_the_page_stops_looking_after_a_while(nurse: User) -> None:
    at = timezone.now() - timedelta(minutes=11)
    Notification.objects.create(recipient=nurse, kind="test", reason="test", dedup_key="t", created_at=at, due_at=at)
    assert "hx-trigger" not in browser(nurse).get("/mail/").content.decode()


def test_nobody_sees_how_anothers_try_went(nurse: User) -> None:
    browser(nurse).post("/mail/try/")
    assert "A short mail" in tried(account())


def path(user: User, edition: str = "digest") -> str:
    """Return the path of the address in a mail."""
    return "/mail/stop/" + address(user.pk, edition).split("/mail/stop/")[1]


@pytest.mark.parametrize("edition", EDITIONS)
def test_one_click_stops_one_kind_without_a_log_in(nurse: User, edition: str) -> None:
    response = Client(enforce_csrf_checks=True).post(path(nurse, edition), {"List-Unsubscribe": "One-Click"})
    assert response.status_code == 200
    assert "Stopped" in words(response)
    assert chosen(nurse, edition) == (False, False)
    assert MailChoice.objects.count() == 1


def test_looking_stops_nothing_and_offers_one_button(nurse: User) -> None:
    for method in ("get", "head"):
        response = getattr(Client(), method)(path(nurse))
        assert response.status_code == 200
    page = Client().get(path(nurse))
    assert page.content.decode().count("<button") == 1
    assert "Stop the morning digest" in words(page)
    assert chosen(nurse) is None


def test_stopping_twice_is_stopping_once(nurse: User) -> None:
    assert [Client().post(path(nurse)).status_code for _ in range(2)] == [200, 200]
    assert chosen(nurse) == (False, False)


def test_who_stops_keeps_whether_they_wanted_empty_ones(nurse: User) -> None:
    choose(nurse.pk, "digest", wanted=True, empty=True, at=timezone.now())
    Client().post(path(nurse))
    assert chosen(nurse) == (False, True)


def test_another_who_is_logged_in_stops_it_for_whose_mail_it_is(nurse: User) -> None:
    other = member(team("south"), "nurse")
    browser(other).post(path(nurse))
    assert (chosen(nurse), chosen(other)) == ((False, False), None)


def test_the_wall_holds_for_the_one_click_too(
    nurse: User, as_role: Callable[[str], AbstractContextManager[None]]
) -> None:
    with as_role("iph_web"):
        assert Client().post(path(nurse)).status_code == 200
    assert chosen(nurse) == (False, False)


def test_no_page_of_it_names_anybody(nurse: User) -> None:
    User.objects.filter(pk=nurse.pk).update(first_name="Canary", last_name="Quill")
    said: list[Any] = [Client().get(path(nurse)), Client().post(path(nurse))]
    for response in said:
        body = response.content.decode()
        assert not [word for word in ("Canary", "Quill", nurse.email, "north") if word in body]


def test_what_is_none_of_ours_and_whose_account_is_gone_is_answered_alike(nurse: User) -> None:
    gone, bad = token(2**40, "digest"), token(nurse.pk, "digest")[:-1] + "x"
    answers = [Client().post(f"/mail/stop/{secret}/") for secret in (gone, bad, "x")]
    assert [one.status_code for one in answers] == [404] * 3
    assert len({one.content for one in answers}) == 1
    assert not MailChoice.objects.exists()


def test_one_address_may_not_try_for_ever(nurse: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.mail_views.allowed", lambda *_, **__: False)
    response = Client().get(path(nurse))
    assert (response.status_code, response["Retry-After"]) == (429, "60")
