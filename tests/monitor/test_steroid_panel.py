"""What the patient's page says of steroids: dose, sum, relapses by dose, the adrenal risk, and whether the next step waits."""

from datetime import timedelta
from typing import Any

import pytest

from alerts.rules.rule import Severity
from alerts.rules.steroid_relapse_after_step import RULE
from monitor.steroid_panel import Panel, Relapse, hold_of, panel
from patients.history import History
from tests.alerts.rules.dosages import day, planned, story, taken, taper
from tests.alerts.rules.histories import event, finding, history, on
from tests.factories import alert, browser, member, patient, team, treatment
from tests.factories import event as recorded_event
from tests.monitor.me_desk import home, plan, today, words

NB = "\u00a0"


def of(known: History) -> Panel:
    found = panel(known)
    assert found is not None
    return found


def test_without_steroids_there_is_no_panel() -> None:
    assert panel(history(at=10)) is None
    assert panel(story(taken(0, 100, drug="azathioprine"), now=10)) is None


def test_a_plan_to_come_is_a_panel_without_a_sum() -> None:
    found = of(story(planned(20, 40), now=10))
    assert (found.total, found.risk, found.relapses) == ("", None, ())
    assert found.now.replace(NB, " ") == "dose unknown, 40 mg from 21 Jan"


def test_the_sum_is_said_with_what_it_rests_on() -> None:
    known = story(planned(0, 40), taken(0, 40, 24), now=49)
    assert of(known).total == (
        f"2.0{NB}g of prednisone since 1{NB}Jan{NB}2024; 2{NB}g were full on 19{NB}Feb{NB}2024; "
        f"1000{NB}mg of it as planned, not confirmed"
    )
    assert of(story(taken(0, 20, 9), now=19)).total == (
        f"200{NB}mg of prednisone since 1{NB}Jan{NB}2024; 10{NB}days are not known and not counted"
    )


def test_relapses_are_listed_with_their_doses() -> None:
    until = day(10).isoformat()
    spells = [event(number, "exacerbation", id=number, status="confirmed", until=until) for number in (0, 60)]
    found = of(story(taken(0, 40, 30), taken(31, 7.5), events=spells, now=100))
    assert found.relapses == (Relapse(day(60), 7.5, proposed=False),)


def test_the_adrenal_risk_goes_with_what_to_remember() -> None:
    found = of(story(taken(0, 20), now=40))
    assert found.risk is not None
    assert "No stop without a plan" in found.sick_days


def test_the_next_step_waits_while_a_relapse_after_a_step_is_open() -> None:
    cough = event(18, "hemoptysis", amount="teaspoon")
    open_ = finding(RULE, story(taper(20, 15), now=20, events=[cough]))
    assert hold_of([open_]).startswith("Relapse 4")
    assert hold_of([]) == ""
    other = finding(RULE, story(taper(20, 15), now=20, events=[cough]))
    assert hold_of([other, open_]) == other.sentence
    assert on(18) == cough.effective_at


def test_a_skin_test_that_says_little_is_named() -> None:
    skin = event(10, "tuberculin", negative=True)
    assert "says little" in of(story(taken(0, 20), now=40, events=[skin])).tuberculin
    assert of(story(taken(0, 20), now=40)).tuberculin == ""


def test_a_small_sum_is_in_milligrams() -> None:
    found = of(story(taken(0, 7.5, 0), now=0)).total
    assert found.startswith(f"8{NB}mg of prednisone")  # to the milligram


@pytest.fixture
def ill(db: None) -> Any:
    made = patient(team("clinic"))
    for days_ago, until, mg in ((200, 101, 40), (100, None, 10)):
        end = today() - timedelta(days=until) if until else None
        treatment(made, dose=float(mg), started_on=today() - timedelta(days=days_ago), ended_on=end, intent="taken")
    recorded_event(made, "exacerbation", days_ago=201, status="confirmed", until="2020-01-01")
    recorded_event(made, "exacerbation", days_ago=50, status="confirmed")
    return made


@pytest.mark.parametrize("role", ["nurse", "physician"])
def test_the_page_shows_it(ill: Any, role: str) -> None:
    page = words(browser(member(ill.team, role)).get(f"/patients/{ill.pk}/"))
    assert "Adrenal risk" in page
    assert "g of prednisone since" in page
    assert "Relapses began at 10 mg on" in page
    assert ("Change the plan" in page) is (role == "physician")
    assert "Plan as a calendar" in page
    assert "hold step" not in page


def test_an_open_relapse_marks_the_plan_here_and_where_it_is_made(ill: Any) -> None:
    said = "Relapse 4 days after the reduction. Hold the next step – decide. Last effective dose: 15 mg a day."
    alert(ill, Severity.HIGH, rule=RULE.name, found={"sentence": said})
    desk = browser(member(ill.team))
    for address in (f"/patients/{ill.pk}/", f"/patients/{ill.pk}/record/taper/"):
        page = words(desk.get(address))
        assert "hold step – decide" in page.casefold()
        assert "Last effective dose: 15 mg a day" in page


def test_a_coordinator_sees_none_of_it(ill: Any) -> None:
    page = words(browser(member(ill.team, "coordinator")).get(f"/patients/{ill.pk}/"))
    assert "Adrenal" not in page
    assert "prednisone" not in page


@pytest.mark.django_db
def test_the_patient_is_told_never_to_leave_out_a_dose_after_weeks() -> None:
    here = home()
    plan(here.ill)
    assert "Sick-day rule" not in words(here.get())
    plan(here.ill, started_on=today() - timedelta(days=60), plan="longer")
    for role in ("patient", "caregiver"):
        page = words(here.get(role=role))
        assert "Do not stop this medicine" in page
        assert "as a calendar" in page
