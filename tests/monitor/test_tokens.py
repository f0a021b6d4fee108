"""Tokens for programs: only a valid one names somebody, and a wrong one is an error, never a guest."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import RequestFactory
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from monitor.tokens import TokenAuthentication, user_of
from patients.models import AccessToken, User
from tests.factories import account, token

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
SECRET = "iph-4fb1c2"


@pytest.fixture
def owner() -> User:
    user = account()
    token(user, SECRET, expires_at=NOW + timedelta(days=1))
    return user


def request(**headers: str) -> Request:
    """Return a request of a program."""
    return Request(RequestFactory().get("/api/v1/patients/", headers=headers))


@pytest.mark.parametrize("header", [f"Token {SECRET}", f"token {SECRET}", f"  Token   {SECRET}  "])
def test_a_valid_token_names_its_owner(owner: User, header: str) -> None:
    assert user_of(header, at=NOW) == owner


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Token",
        "Token ",
        SECRET,
        f"Bearer {SECRET}",
        f"Token {SECRET}x",
        f"Token {SECRET.upper()}",
        f"Token{SECRET}",
        "Token ключ",
        f"Token {SECRET} {SECRET}",
        f"Basic Token {SECRET}",
    ],
)
def test_anything_else_names_nobody(owner: User, header: str) -> None:
    assert user_of(header, at=NOW) is None


def test_the_digest_itself_is_no_token(owner: User) -> None:
    assert user_of(f"Token {AccessToken.digest_of(SECRET)}", at=NOW) is None
    assert not AccessToken.objects.filter(digest__contains=SECRET).exists()


@pytest.mark.parametrize(("after", "valid"), [(timedelta(days=1), False), (timedelta(hours=23, minutes=59), True)])
def test_a_token_ends_when_it_says(owner: User, after: timedelta, valid: bool) -> None:
    assert (user_of(f"Token {SECRET}", at=NOW + after) == owner) is valid


def test_a_token_without_an_end_holds(owner: User) -> None:
    token(owner, "endless")
    assert user_of("Token endless", at=NOW + timedelta(days=4000)) == owner


def test_a_closed_account_has_no_token(owner: User) -> None:
    User.objects.update(is_active=False)
    assert user_of(f"Token {SECRET}", at=NOW) is None


def test_asking_costs_one_query(owner: User, django_assert_num_queries: object) -> None:
    with django_assert_num_queries(1):  # type: ignore[operator] # pytest-django's fixture is untyped here
        user_of(f"Token {SECRET}", at=NOW)
    with django_assert_num_queries(0):  # type: ignore[operator] # the same
        user_of("Bearer x", at=NOW)


def test_no_header_leaves_the_request_to_the_session() -> None:
    assert TokenAuthentication().authenticate(request()) is None


def test_a_valid_header_authenticates() -> None:
    user = account()
    made = token(user, "lasting")
    assert TokenAuthentication().authenticate(request(Authorization="Token lasting")) == (user, made)


@pytest.mark.parametrize("header", ["Token nobody", "Bearer lasting", ""])
def test_a_wrong_header_is_an_error_even_beside_a_session(header: str) -> None:
    token(account(), "lasting")
    asked = request(Authorization=header)
    asked._request.user = account()
    with pytest.raises(AuthenticationFailed):
        TokenAuthentication().authenticate(asked)


def test_a_401_says_how_to_log_in() -> None:
    assert TokenAuthentication().authenticate_header(request()) == "Token"


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=60))
def test_no_header_breaks_the_question(owner: User, header: str) -> None:
    assert user_of(header, at=NOW) is None
    assert user_of(f"Token {header}", at=NOW) in (None, owner)
