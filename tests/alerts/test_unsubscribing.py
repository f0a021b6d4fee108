"""What people want to have by mail, and the signed address that stops one kind."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from alerts.models import MailChoice
from alerts.unsubscribing import EDITIONS, address, choices, choose, read, token
from tests.factories import account

AT = datetime(2026, 11, 24, 9, tzinfo=UTC)


@given(user=st.integers(1, 2**62), edition=st.sampled_from(EDITIONS))
def test_a_token_says_whose_and_what(user: int, edition: str) -> None:
    assert read(token(user, edition)) == (user, edition)


def test_each_edition_has_a_letter_of_its_own() -> None:
    assert len({token(17, edition)[0] for edition in EDITIONS}) == len(EDITIONS)


@given(text=st.text(max_size=80))
def test_no_other_text_is_a_token(text: str) -> None:
    assert read(text) is None


@given(place=st.integers(0, 73), letter=st.sampled_from("aA0-_:\u0660"))
def test_no_letter_of_a_token_can_be_changed(place: int, letter: str) -> None:
    good = token(17, "digest")
    bad = good[:place] + letter + good[place + 1 :]
    assert read(bad) == ((17, "digest") if bad == good else None)


def test_another_services_token_is_none_of_ours(settings: Settings) -> None:
    theirs = token(17, "digest")
    settings.SECRET_KEY = "another"
    assert read(theirs) is None


def test_an_old_mail_works_after_the_key_was_changed(settings: Settings) -> None:
    old, key = token(17, "digest"), settings.SECRET_KEY
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "new", [key]
    assert read(old) == (17, "digest")


def test_an_alert_has_no_such_address() -> None:
    assert [address(17, kind) for kind in ("alert", "operator", "test", "quiet")] == [""] * 4


def test_the_address_is_the_services(settings: Settings) -> None:
    settings.BASE_URL = "https://watch.example.org/"
    assert address(17, "weekly") == f"https://watch.example.org/mail/stop/{token(17, 'weekly')}/"


@pytest.mark.django_db
def test_the_last_choice_holds_and_an_empty_digest_is_asked_for_apart() -> None:
    user, other = account(), account()
    assert choices([user.pk], "digest") == {}
    choose(user.pk, "digest", wanted=True, empty=True, at=AT)
    choose(user.pk, "digest", wanted=False, at=AT + timedelta(days=1))
    choose(other.pk, "weekly", wanted=False, at=AT)
    (one,) = choices([user.pk, other.pk], "digest").values()
    assert (one.wanted, one.empty, one.at) == (False, True, AT + timedelta(days=1))
    assert MailChoice.objects.count() == 2
