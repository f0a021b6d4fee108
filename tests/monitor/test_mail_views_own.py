"""The page of one's mail stands among the own pages for patients and caregivers, among the team's for everybody else."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from alerts.models import MailChoice, Notification
from patients.models import CaregiverLink, Patient, User
from tests.factories import account, browser, caregiver, member, patient, team
from tests.monitor.me_desk import words

pytestmark = pytest.mark.django_db
TEAM, OWN = '<nav class="nav"', '<body class="own">'


@pytest.fixture(autouse=True)
def room(db: None) -> None:
    """Let nobody have asked in this minute."""
    cache.clear()


@pytest.fixture
def ill() -> Patient:
    return patient(team("north", emergency_text="Call 112"), "Mara Veit", user=account())


@pytest.fixture
def own(ill: Patient) -> User:
    assert ill.user
    return ill.user


def cares(who: User, of: Patient) -> None:
    """Let an account care for one more patient."""
    CaregiverLink.objects.create(patient=of, user=who, starts_at=timezone.now() - timedelta(days=1))


def body(who: User) -> str:
    """Return the page."""
    return browser(who).get("/mail/").content.decode()


def test_a_patient_sees_the_own_pages_around_it(ill: Patient, own: User) -> None:
    page = body(own)
    assert OWN in page
    assert TEAM not in page
    for place in ("", "send/", "course/", "settings/"):
        assert f'href="/me/{ill.pk}/{place}"' in page
    assert f'<a href="/me/{ill.pk}/settings/" aria-current="page">' in page
    assert "Back to the settings" in page


def test_nothing_of_teams_is_said_there(own: User) -> None:
    said = words(browser(own).get("/mail/"))
    for of_teams in ("High alerts", "digest", "Worklist", "colleagues", "Operations", "Watching"):
        assert of_teams not in said
    assert "My plan" in said


def test_a_caregiver_of_one_is_told_for_whom(ill: Patient) -> None:
    page = body(caregiver(ill))
    assert OWN in page
    assert "Mara Veit" in page
    assert f'href="/me/{ill.pk}/settings/"' in page


def test_who_cares_for_several_has_no_pages_of_one(ill: Patient) -> None:
    carer = caregiver(ill)
    cares(carer, patient(ill.team, "Nils Veit"))
    page = body(carer)
    assert OWN in page
    assert 'class="dock"' not in page
    assert "Mara" not in page
    assert '<a class="small" href="/me/">Change</a>' in page


@pytest.mark.parametrize("role", ["nurse", "physician", "coordinator"])
def test_a_team_keeps_its_own(ill: Patient, role: str) -> None:
    page = body(member(ill.team, role))
    assert TEAM in page
    assert OWN not in page
    assert "High alerts always come." in page


def test_so_do_an_administrator_and_who_has_nothing_yet() -> None:
    for who in (account(is_staff=True), account()):
        assert TEAM in body(who)


def test_a_nurse_who_cares_for_somebody_keeps_the_teams(ill: Patient) -> None:
    nurse = member(team("south"), "nurse")
    cares(nurse, ill)
    page = body(nurse)
    assert TEAM in page
    assert "Morning digest" in page
    assert "My plan" in page


def test_who_left_the_team_and_is_a_patient_has_the_own_ones(ill: Patient, own: User) -> None:
    place = member(ill.team, "nurse", ends_at=timezone.now() - timedelta(days=1))
    Patient.objects.filter(pk=ill.pk).update(user=place)
    assert OWN in body(place)
    assert OWN not in body(own)


def test_a_choice_is_kept_and_said_there(own: User) -> None:
    page = browser(own).post("/mail/", {"edition": "patient"}, follow=True)
    assert "Saved." in words(page)
    assert OWN in page.content.decode()
    assert not MailChoice.objects.get(user=own).wanted


def test_without_a_script_one_looks_again(own: User) -> None:
    """The own pages load no htmx: what waits has a link."""
    assert "Look again" not in body(own)
    page = browser(own).post("/mail/try/", follow=True)
    assert "It is on its way." in words(page)
    assert '<a href="/mail/">Look again</a>' in page.content.decode()
    assert "hx-" not in page.content.decode()
    Notification.objects.update(sent_at=timezone.now())
    assert "Look again" not in body(own)


def test_an_address_that_is_refused_sends_a_patient_to_the_team(own: User) -> None:
    User.objects.filter(pk=own.pk).update(mail_refused_at=timezone.now(), mail_refused_code=550)
    said = words(browser(own).get("/mail/"))
    assert "Ask your team to see that the address is right" in said
    assert "Others are told" not in said


def test_it_costs_no_more_for_more_patients(ill: Patient) -> None:
    def cost() -> int:
        visitor = browser(carer)
        with CaptureQueriesContext(connection) as asked:
            visitor.get("/mail/")
        return len(asked)

    carer = caregiver(ill)
    for _ in range(2):
        cares(carer, patient(ill.team))
    few = cost()
    for _ in range(5):
        cares(carer, patient(ill.team))
    assert cost() == few
