"""A patient's settings: agreeing to e-mail, the language of the account, and ending a caregiver's access."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from alerts.models import MailChoice
from alerts.patient_mail import household
from alerts.routing_patients import listeners
from alerts.unsubscribing import choose
from monitor.me_settings import LOOKS, SAW_WORDS
from patients import seen
from patients.annals import PAGE
from patients.languages import LANGUAGES
from patients.models import CaregiverLink, Seen, What
from tests.factories import caregiver, patient
from tests.monitor.me_desk import OWN, Home, home, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def here() -> Home:
    made = home()
    person = made.people["caregiver"]
    person.first_name, person.last_name = "Julia", "Winter"
    person.save()
    return made


def checked(page: Any) -> bool:
    return 'name="email" checked' in page.content.decode()


@pytest.mark.parametrize("role", OWN)
def test_consent_to_email_is_asked_for_and_never_taken_for_granted(here: Home, role: str) -> None:
    assert not checked(here.get("settings/", role))
    here.post("settings/", {"change": "email", "email": "on"}, role)
    assert checked(here.get("settings/", role))
    here.ill.refresh_from_db()
    assert here.ill.consents["email"]["by"] == here.people[role].pk
    here.post("settings/", {"change": "email"}, role)
    assert not checked(here.get("settings/", role))


def test_saving_the_language_leaves_the_consent_alone(here: Home) -> None:
    here.post("settings/", {"change": "email", "email": "on"})
    here.post("settings/", {"change": "language", "language": "de"})
    here.ill.refresh_from_db()
    assert here.ill.consents["email"]["given"] is True


def own_mail(page: Any) -> bool:
    return 'name="own_mail" checked' in page.content.decode()


def test_a_caregiver_asks_for_mail_for_themselves(here: Home) -> None:
    assert not own_mail(here.get("settings/", "caregiver"))
    here.post("settings/", {"change": "own_mail", "own_mail": "on"}, "caregiver")
    assert own_mail(here.get("settings/", "caregiver"))
    (person,) = household(here.ill, at=timezone.now()).caregivers
    assert listeners(household(here.ill, at=timezone.now())) == ((here.people["caregiver"].pk, "caregiver_asked"),)
    assert not person.stopped
    here.post("settings/", {"change": "own_mail"}, "caregiver")
    assert not own_mail(here.get("settings/", "caregiver"))
    assert listeners(household(here.ill, at=timezone.now())) == ()


def test_an_access_that_is_given_again_is_asked_about_again(here: Home) -> None:
    here.post("settings/", {"change": "own_mail", "own_mail": "on"}, "caregiver")
    CaregiverLink.objects.filter(user=here.people["caregiver"]).update(starts_at=timezone.now())
    assert not own_mail(here.get("settings/", "caregiver"))
    assert listeners(household(here.ill, at=timezone.now())) == ()


def test_a_patient_has_one_switch_alone(here: Home) -> None:
    assert "own_mail" not in here.get("settings/").content.decode()
    here.post("settings/", {"change": "own_mail", "own_mail": "on"})
    assert not MailChoice.objects.exists()


def test_a_patient_who_left_by_a_click_is_told_so_and_asks_again(here: Home) -> None:
    here.post("settings/", {"change": "email", "email": "on"})
    choose(here.people["patient"].pk, "patient", wanted=False, at=timezone.now())
    assert "You stopped these mails in a mail program." in words(here.get("settings/"))
    here.post("settings/", {"change": "email", "email": "on"})
    assert "You stopped" not in words(here.get("settings/"))
    here.ill.refresh_from_db()
    assert listeners(household(here.ill, at=timezone.now())) == ((here.people["patient"].pk, "patient_agreed"),)


def test_a_caregivers_word_for_a_patient_leaves_what_the_patient_left(here: Home) -> None:
    choose(here.people["patient"].pk, "patient", wanted=False, at=timezone.now())
    here.post("settings/", {"change": "email", "email": "on"}, "caregiver")
    here.ill.refresh_from_db()
    assert listeners(household(here.ill, at=timezone.now())) == ()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_language_is_the_accounts_own(here: Home, language: str) -> None:
    here.post("settings/", {"change": "language", "language": language}, "caregiver")
    for role, expected in (("caregiver", language), ("patient", "en")):
        here.people[role].refresh_from_db()
        assert here.people[role].language == expected
    assert f'value="{language}" lang="{language}" selected' in here.get("settings/", "caregiver").content.decode()


@pytest.mark.parametrize("sent", [{}, {"change": "language", "language": "xx"}, {"change": "rank", "is_staff": "1"}])
def test_what_is_no_setting_changes_nothing(here: Home, sent: dict[str, str]) -> None:
    before = dict(here.people["patient"].__dict__)
    assert here.post("settings/", sent).status_code == 302
    here.people["patient"].refresh_from_db()
    for name in ("language", "is_staff", "email", "time_zone"):
        assert here.people["patient"].__dict__[name] == before[name]


def test_who_can_see_is_said_by_name_and_never_by_address(here: Home) -> None:
    said = words(here.get("settings/"))
    assert "north" in said
    assert "Julia Winter" in said
    assert "@" not in said


def test_a_caregiver_finds_themselves_and_no_button(here: Home) -> None:
    page = here.get("settings/", "caregiver")
    assert "You" in words(page)
    assert "End access" not in words(page)


def test_a_link_that_is_over_is_not_listed(here: Home) -> None:
    former = CaregiverLink.objects.filter(user=here.people["former"])
    assert str(here.people["former"]) not in words(here.get("settings/"))
    former.update(ends_at=None)
    assert str(here.people["former"]) in words(here.get("settings/"))


def link(here: Home, role: str = "caregiver") -> CaregiverLink:
    return CaregiverLink.objects.get(user=here.people[role])


def test_a_patient_ends_an_access_at_once(here: Home) -> None:
    assert here.get(role="caregiver").status_code == 200
    response = here.visitor().post(here.path(f"settings/links/{link(here).pk}/end/"), follow=True)
    assert "They see nothing of you any more." in words(response)
    assert here.get(role="caregiver").status_code == 404
    assert "Julia Winter" not in words(here.get("settings/")).split("Who looked")[0]


def test_an_access_ends_once(here: Home) -> None:
    rest = f"settings/links/{link(here).pk}/end/"
    assert [here.post(rest).status_code for _ in range(2)] == [302, 404]


def test_a_caregiver_ends_nobodys_access(here: Home) -> None:
    for role in ("caregiver", "former"):
        rest = f"settings/links/{link(here, role).pk}/end/"
        assert here.post(rest, role="caregiver").status_code == 403
    assert link(here).ends_at is None


def test_another_patients_link_and_none_are_the_same(here: Home) -> None:
    other = patient(here.ill.team)
    person = caregiver(other)
    for number in (CaregiverLink.objects.get(user=person).pk, 2**40):
        assert here.post(f"settings/links/{number}/end/").status_code == 404
    assert CaregiverLink.objects.get(user=person).ends_at is None


def test_an_access_is_not_ended_by_looking(here: Home) -> None:
    assert here.get(f"settings/links/{link(here).pk}/end/").status_code == 405


def look(here: Home, role: str, what: What = What.PAGE, *, hours: float = 0) -> None:
    """Let somebody see the record some hours ago."""
    at = timezone.now() - timedelta(hours=hours)
    assert seen.note(here.people[role].pk, [here.ill.pk], what, at=at)


@pytest.mark.parametrize("what", What)
def test_a_patient_is_told_who_looked_at_what(here: Home, what: What) -> None:
    look(here, "caregiver", what)
    said = words(here.get("settings/")).split("Who looked at my record")[1]
    assert f"Julia Winter {SAW_WORDS[what]}," in said


def test_the_settings_show_the_newest_looks_of_others(here: Home) -> None:
    look(here, "patient", What.FACT)
    for hours in range(LOOKS + 2):
        look(here, "nurse", hours=20 - hours)
    rows = here.get("settings/").context["looks"]
    assert len(rows) == LOOKS
    assert {who for who, *_ in rows} == {str(here.people["nurse"])}
    assert [at for *_, at in rows] == sorted((at for *_, at in rows), reverse=True)


def test_the_page_of_all_looks_has_every_one_the_own_too(here: Home) -> None:
    for hours in range(PAGE + 1):
        look(here, "nurse", hours=100 + hours)
    here.get("settings/")
    page = here.get("settings/looks/")
    assert page.context["rows"][0][:2] == ("You", "these pages")
    assert (len(page.context["rows"]), "Older" in words(page), "Newer" in words(page)) == (PAGE, True, False)
    last = here.get("settings/looks/?page=2")
    assert (len(last.context["rows"]), "Older" in words(last), "Newer" in words(last)) == (2, False, True)


def test_a_caregiver_is_not_told_who_looked(here: Home) -> None:
    look(here, "nurse")
    assert "looked" not in words(here.get("settings/", "caregiver"))
    assert here.get("settings/looks/", "caregiver").status_code == 403


def test_nobody_else_looked_is_said(here: Home) -> None:
    assert "Nobody else so far." in words(here.get("settings/"))


@pytest.mark.parametrize(("role", "count"), [("patient", 1), ("caregiver", 1), ("nurse", 0), ("stranger", 0)])
def test_opening_own_pages_is_a_look(here: Home, role: str, count: int) -> None:
    for rest in ("", "course/", "settings/"):
        here.get(rest, role)
    found = Seen.objects.filter(what=What.OWN)
    assert [one.user for one in found] == [here.people[role]] * count
