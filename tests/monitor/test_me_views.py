"""What a patient reads: short words, nothing of alerts, no advice but the team's, and a page that is light."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders

from alerts.rules.rule import Severity
from tests.factories import alert, event, judged, result, results, upload
from tests.monitor.me_desk import OWN, TEXT, Home, home, plan, today, words

pytestmark = pytest.mark.django_db
PAGES = ("", "blood/", "call/", "send/", "send/typed/", "plan/", "course/", "settings/")
CLINICAL = (
    "p =", "p-value", "95 %", "99 %", "beyond chance", "baseline", "reference change", "RCV", "z-score", "severity", "Canary",
    "high alert", "moderate", "acknowledge", "resolved", "siderophage", "hemorrhage", "relapse", "exacerbation", "critical",
    "suspicious", "safe", "unconfirmed", "rejected", "held", "prognosis", "stage", "censored", "Mann", "overdue", "escalat",
)  # fmt: skip
"""What stands on no page of a patient, in any case of its letters."""
WEIGHT = 100_000


@pytest.fixture
def here() -> Home:
    """Return a patient with everything that a page could show, alerts that must not be among it."""
    made = home()
    low = results(made.ill, [124, 125, 123, 124, 126, 124, 98])[-1]
    result(made.ill, 40, code="FERRITIN", unit="ug/L", days_ago=200)
    plan(made.ill)
    plan(made.ill, 10.0, started_on=today() + timedelta(days=4))
    event(made.ill, "exacerbation", days_ago=60, status="confirmed")
    found = {"sentence": "Canary: Hb 98 g/L, 21 % below own baseline.", "evidence": ()}
    alert(made.ill, Severity.HIGH, found=found, rule="hemoglobin_fall")
    judged(made.ill, cannot_judge=[{"rule": "iron", "reason": "Canary: no iron in 90 days"}])
    upload(made.ill, by=made.people["patient"], state="held", file_name="from home.csv", rows=[{"state": "held"}])
    assert low.value == 98
    return made


@pytest.mark.parametrize("role", OWN)
@pytest.mark.parametrize("rest", PAGES)
def test_no_word_of_the_clinic_stands_on_a_page(here: Home, rest: str, role: str) -> None:
    said = words(here.get(rest, role)).casefold()
    assert [word for word in CLINICAL if word.casefold() in said] == []


@pytest.mark.parametrize("rest", PAGES)
def test_a_page_weighs_less_than_100_kb_with_everything_it_loads(here: Home, rest: str) -> None:
    body = here.get(rest).content
    loaded = re.findall(rb'(?:href|src)="/static/([^"]+)"', body)
    assert {b"ui.css", b"me.js", b"icon.svg"} == set(loaded)
    weight = len(body)
    for name in loaded:
        path = finders.find(name.decode())
        assert isinstance(path, str)
        weight += Path(path).stat().st_size
    assert weight < WEIGHT


@pytest.mark.parametrize("rest", PAGES)
def test_no_page_loads_plotly_or_has_script_or_style_within(here: Home, rest: str) -> None:
    body = here.get(rest).content.decode()
    assert "plotly" not in body.casefold()
    assert " style=" not in body
    assert re.findall(r"<script(?![^>]*\bsrc=)", body) == []
    assert "<style" not in body
    assert body.count("<h1") == 1


@pytest.mark.parametrize("rest", PAGES)
def test_on_every_page_stands_whom_to_call_and_that_nobody_watches(here: Home, rest: str) -> None:
    page = here.get(rest)
    assert "Nobody watches this page around the clock" in words(page)
    assert TEXT in words(page)
    assert 'href="tel:+4312345678"' in page.content.decode()


@pytest.mark.parametrize("rest", PAGES)
def test_a_long_text_is_one_press_away_and_whole_where_it_counts(rest: str) -> None:
    here = home(emergency_text="Call us. " * 40 + "\nCanary <b>at the end</b>")
    page = here.get(rest)
    assert "around the clock" in words(page)
    assert f'href="{here.path("call/")}"' in page.content.decode() or "Canary" in words(page)
    assert "<b>at the end" not in page.content.decode()


def test_without_a_text_of_the_team_there_is_one_and_no_number() -> None:
    here = home(emergency_text="")
    assert "If you cough up blood, call your team or the emergency service." in words(here.get())
    assert "tel:" not in here.get("call/").content.decode()


def test_a_team_that_says_that_nobody_watches_is_not_repeated() -> None:
    here = home(emergency_text="This is not watched around the clock. Call 112.")
    assert words(here.get()).count("around the clock") == 1
    assert 'href="tel:112"' in here.get().content.decode()


def test_today_shows_dose_change_what_is_next_and_the_own_course(here: Home) -> None:
    said = words(here.get())
    assert "Prednisolone today 12.5 mg" in said
    assert re.search(r"Your dose changes on \w+ \d+ \w+( \d{4})?: 10 mg of prednisolone\.", said)
    assert re.search(r"Blood test for iron was due on", said)
    assert "98 g/L, lower than usual for you." in said
    assert "I took it" in said
    assert "I coughed blood" in said


def test_the_words_are_about_the_child_where_somebody_cares(here: Home) -> None:
    said = words(here.get(role="caregiver"))
    assert "It was taken" in said
    assert "Blood was coughed up" in said
    assert "I took it" not in said
    assert "The dose changes" in said
    assert "98 g/L, lower than usual." in said
    assert "for you" not in said


@pytest.mark.parametrize(
    ("plans", "expected"),
    [
        ([], "Your team has written down no dose for today."),
        ([{"dose": None}], "Your team has written down no dose for today."),
        ([{"dose": 0.0}], "No dose today"),
        (
            [{}, {"dose": 20.0, "intent": "taken", "plan": "", "started_on": today()}],
            "Two different doses are written down for today.",
        ),
    ],
)
def test_without_one_clear_dose_there_is_no_button(plans: list[dict[str, Any]], expected: str) -> None:
    made = home()
    for fields in plans:
        plan(made.ill, **fields)
    page = made.get()
    assert expected in words(page)
    assert "I took it" not in words(page)


def test_a_page_of_somebody_new_says_so_in_every_card() -> None:
    said = words(home().get())
    for sentence in ("no dose for today", "No test is due.", "There is no result yet."):
        assert sentence in said


def test_the_course_lists_results_the_newest_first(here: Home) -> None:
    result(here.ill, 101, days_ago=0.01, unconfirmed=True, performer="home")
    said = words(here.get("course/"))
    assert said.index("101 g/L") < said.index("98 g/L", said.index("As a list"))
    assert "not checked by your team yet" in said


def test_a_long_course_lists_the_last_sixty() -> None:
    made = home()
    results(made.ill, [120.0 + place % 9 for place in range(70)])
    assert "The last 60 of 70 results." in words(made.get("course/"))


def test_times_are_those_of_the_patient_not_of_the_account(here: Home) -> None:
    """The account is in Tokyo, the patient in Vienna."""
    assert settings.TIME_ZONE == "UTC"
    assert here.people["patient"].time_zone == "Asia/Tokyo"
    local = today()
    assert f"{local:%A}, {local.day} {local:%B}" in words(here.get())
