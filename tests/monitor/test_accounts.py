"""Logging in by address and password; nobody signs up; passwords are strong; sessions end."""

import re
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client, RequestFactory

from monitor.accounts import Adapter
from patients.models import User
from tests.factories import PASSWORD, account, browser, member, team

pytestmark = pytest.mark.django_db
ADDRESS = "lena.mayer@example.org"


@pytest.fixture
def lena() -> User:
    user = member(team(), email=ADDRESS, first_name="Lena", last_name="Mayer")
    user.set_password(PASSWORD)
    user.save()
    return user


def log_in(client: Client, login: str = ADDRESS, password: str = PASSWORD, **more: str) -> Any:
    """Send the form."""
    return client.post("/accounts/login/", {"login": login, "password": password, **more})


def logged_in(client: Client) -> bool:
    """Tell whether the browser has a session of somebody."""
    return "_auth_user_id" in client.session


def test_the_form_asks_for_address_and_password(client: Client) -> None:
    body = client.get("/accounts/login/").content.decode()
    assert re.findall(r'<input class="input" id="(\w+)"', body) == ["id_login", "id_password"]
    assert 'autocomplete="current-password"' in body
    assert "signup" not in body


def test_the_right_password_opens_the_worklist(client: Client, lena: User) -> None:
    response = log_in(client)
    assert (response.status_code, response["Location"]) == (302, "/")
    page = client.get("/").content.decode()
    assert "Lena Mayer" in page


@pytest.mark.parametrize("address", [ADDRESS.upper(), f" {ADDRESS} "])
def test_an_address_is_the_same_in_capitals_and_with_spaces(client: Client, lena: User, address: str) -> None:
    log_in(client, address)
    assert logged_in(client)


@pytest.mark.parametrize(
    ("login", "password"),
    [
        (ADDRESS, "wrong horse battery"),
        ("nobody@example.org", PASSWORD),
        (ADDRESS, ""),
        ("", PASSWORD),
        ("lena", PASSWORD),
    ],
)
def test_a_wrong_password_and_an_unknown_address_open_nothing(
    client: Client, lena: User, login: str, password: str
) -> None:
    response = log_in(client, login, password)
    assert response.status_code == 200
    assert not logged_in(client)
    assert password == "" or password not in response.content.decode()


def test_wrong_password_and_unknown_address_are_answered_alike(client: Client, lena: User) -> None:
    said = [
        re.sub(r'value="[^"]*"', "", log_in(Client(), login, "wrong horse battery").content.decode())
        for login in (ADDRESS, "nobody@example.org")
    ]
    assert said[0] == said[1]
    assert "not correct" in said[0]


def test_a_closed_account_opens_nothing(client: Client, lena: User) -> None:
    User.objects.update(is_active=False)
    log_in(client)
    assert client.get("/").status_code == 302


def test_an_account_without_a_password_cannot_log_in(client: Client) -> None:
    account(ADDRESS)
    for password in ("", "!", PASSWORD):
        log_in(client, password=password)
        assert not logged_in(client)


def test_after_the_log_in_one_is_where_one_wanted_to_be(client: Client, lena: User) -> None:
    wanted = client.get("/patients/?q=Mara")["Location"]
    body = client.get(wanted).content.decode()
    assert '<input type="hidden" name="next" value="/patients/?q=Mara">' in body
    assert log_in(client, next="/patients/?q=Mara")["Location"] == "/patients/?q=Mara"


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_a_log_in_leads_to_no_other_site(client: Client, lena: User, elsewhere: str) -> None:
    assert log_in(client, next=elsewhere)["Location"] == "/"


def test_logging_in_changes_the_session_key(client: Client, lena: User) -> None:
    client.get("/accounts/login/")
    before = client.cookies.get("sessionid")
    log_in(client)
    after = client.cookies["sessionid"]
    assert before is None or before.value != after.value
    assert (after["httponly"], after["samesite"]) == (True, "Lax")
    assert after["max-age"] == ""  # ends with the browser


def test_logging_out_kills_the_session(client: Client, lena: User) -> None:
    log_in(client)
    cookie = client.cookies["sessionid"].value
    assert client.post("/accounts/logout/").status_code == 302
    assert not Session.objects.filter(session_key=cookie).exists()
    thief = Client()
    thief.cookies["sessionid"] = cookie
    assert thief.get("/").status_code == 302


def test_a_link_logs_nobody_out(client: Client, lena: User) -> None:
    log_in(client)
    assert "Sign out?" in client.get("/accounts/logout/").content.decode()
    assert client.get("/").status_code == 200


def test_closing_an_account_ends_its_sessions(client: Client, lena: User) -> None:
    log_in(client)
    User.objects.update(is_active=False)
    assert client.get("/").status_code == 302


@pytest.mark.parametrize("method", ["get", "post"])
def test_nobody_signs_up(client: Client, method: str) -> None:
    sent = {"email": "new@example.org", "password1": PASSWORD, "password2": PASSWORD}
    response = getattr(client, method)("/accounts/signup/", sent)
    assert "Accounts are made by your team" in response.content.decode()
    assert not User.objects.exists()
    assert Adapter().is_open_for_signup(RequestFactory().get("/")) is False


@pytest.mark.parametrize(
    "path", ["password/reset/", "email/", "confirm-email/", "3rdparty/", "social/login/", "reauthenticate/"]
)
def test_nothing_else_of_the_account_pages_exists(client: Client, lena: User, path: str) -> None:
    log_in(client)
    assert client.get(f"/accounts/{path}").status_code == 404


def change(client: Client, old: str, new: str) -> Any:
    """Send the form that changes a password."""
    sent = {"oldpassword": old, "password1": new, "password2": new}
    return client.post("/accounts/password/change/", sent, follow=True)


@pytest.mark.parametrize("new", ["short", "123456789012", "1q2w3e4r5t6y", "lena.mayer@example.org"])
def test_a_weak_password_is_refused(client: Client, lena: User, new: str) -> None:
    log_in(client)
    change(client, PASSWORD, new)
    lena.refresh_from_db()
    assert lena.check_password(PASSWORD)


def test_the_old_password_is_needed_for_a_new_one(client: Client, lena: User) -> None:
    log_in(client)
    page = change(client, "guessed", "another horse battery")
    lena.refresh_from_db()
    assert lena.check_password(PASSWORD)
    assert "current password" in page.content.decode()


def test_a_new_password_ends_every_other_session(lena: User) -> None:
    here, elsewhere = Client(), Client()
    log_in(here)
    log_in(elsewhere)
    assert change(here, PASSWORD, "another horse battery").status_code == 200
    lena.refresh_from_db()
    assert lena.check_password("another horse battery")
    assert elsewhere.get("/").status_code == 302


def test_repeated_wrong_passwords_are_slowed_down(client: Client, lena: User) -> None:
    for _ in range(6):
        answer: Any = log_in(client, password="wrong horse battery")
    assert "Too many failed login attempts" in answer.content.decode()
    log_in(client)
    assert not logged_in(client)


def test_who_is_logged_in_needs_no_form(lena: User) -> None:
    assert browser(lena).get("/accounts/login/")["Location"] == "/"
