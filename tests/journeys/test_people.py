"""A day of each who works with it, on the real servers: nurse, physician, patient, caregiver; by mouse, and by keyboard alone."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import FilePayload, Locator, Page, expect

from monitor.figures_pages import FELL, OWN, TAPERED, WARD
from tests.chromium import Complaints
from tests.demos import ALERT_SECONDS, RunningDemo, laboratory_file, wait_for, yesterday
from tests.hands import Hands
from tests.visits import Sessions, too_wide_by

pytestmark = [pytest.mark.journey, pytest.mark.enable_socket, pytest.mark.timeout(400)]

HANDS = {"mouse": False, "keys": True}
PHONE = 360


@dataclass(frozen=True)
class Ill:
    """A patient whose hemoglobin fell: where the page stands, how one is searched for, and the alert."""

    name: str
    identifier: str
    path: str
    alert: str


@pytest.fixture(scope="module", params=HANDS)
def by(request: pytest.FixtureRequest) -> str:
    """How the person works."""
    return str(request.param)


@pytest.fixture(scope="module")
def ill(demo: RunningDemo, by: str) -> Ill:
    """A new patient with one open alert."""
    name = f"Gerda Gang {by}"
    patient, identifier = demo.new_patient(name)
    assert demo.send_file(identifier, laboratory_file(yesterday()))[0] == 202
    asked = f"alerts/?status=open&patient={identifier}"
    (alert,) = wait_for(lambda: demo.ask(asked)[1]["results"], ALERT_SECONDS)
    return Ill(name, identifier, f"patients/{patient}/", alert["id"])


def complained(page: Page, complaints: Complaints) -> list[str]:
    """Return what the browser complained about, but that a form was sent back, which it calls an error."""
    page.wait_for_load_state()
    return [one for one in complaints.taken(page) if "status of 400" not in one]


@pytest.fixture
def nurse(sessions: Sessions, by: str) -> Iterator[Hands]:
    with sessions.window("nurse") as (page, complaints):
        yield Hands(page, HANDS[by])
        assert complained(page, complaints) == []


@pytest.fixture
def physician(sessions: Sessions, by: str) -> Iterator[Hands]:
    with sessions.window("physician") as (page, complaints):
        yield Hands(page, HANDS[by])
        assert complained(page, complaints) == []


@pytest.fixture
def patient(sessions: Sessions, by: str) -> Iterator[Hands]:
    """A patient in a taper, with a phone."""
    with sessions.window("patient in a taper", PHONE) as (page, complaints):
        page.goto(sessions.url)
        yield Hands(page, HANDS[by])
        assert too_wide_by(page) <= 0
        assert complained(page, complaints) == []


@pytest.fixture
def caregiver(sessions: Sessions, by: str) -> Iterator[Hands]:
    """The mother of two patients, with a phone."""
    with sessions.window("caregiver", PHONE) as (page, complaints):
        page.goto(sessions.url)
        yield Hands(page, HANDS[by])
        assert complained(page, complaints) == []


def button(page: Page | Locator, words: str) -> Locator:
    """Return a button by its words."""
    return page.get_by_role("button", name=words, exact=True)


def link(page: Page | Locator, words: str) -> Locator:
    """Return a link by its words."""
    return page.get_by_role("link", name=words, exact=True)


def test_a_nurse_takes_an_alert_on_from_the_worklist(nurse: Hands, ill: Ill, demo: RunningDemo) -> None:
    page = nurse.page
    page.goto(demo.url)
    if nurse.by_keys:
        page.keyboard.press("/")
        page.keyboard.type(ill.name)
        page.keyboard.press("Enter")
        expect(page.locator("[data-row]")).to_have_count(1)
        page.keyboard.press("j")
        page.keyboard.press("a")
    else:
        page.get_by_label("Find a patient").fill(ill.name)
        button(page, "Apply").click()
        page.locator("[data-row] [data-acts]").click()
    expect(page.locator(".toast")).to_contain_text("Acknowledged.")
    expect(page.locator("[data-row]")).to_contain_text("Nora Reyes")
    name = page.locator("[data-row] .row__name a")
    if nurse.by_keys:
        expect(name).to_be_focused()  # where the reader was before the list fetched itself anew
        page.keyboard.press("Enter")
    else:
        name.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(ill.name)
    assert demo.rows("SELECT state FROM alerts_alert WHERE id = %s", ill.alert) == [("acknowledged",)]


def test_a_nurse_records_results_and_sees_them(nurse: Hands, ill: Ill, demo: RunningDemo) -> None:
    page = nurse.page
    page.goto(demo.url + ill.path)
    nurse.press(link(page, "Record"))
    nurse.press(link(page, "Results"))
    nurse.fill(page.get_by_label("Ferritin", exact=True), "41")
    nurse.fill(page.get_by_label("Serum iron", exact=True), "12.5")
    nurse.press(page.locator("main .btn--main"))
    expect(page.locator(".banner--ok")).to_contain_text("2 results recorded")
    page.goto(demo.url + ill.path)
    sheet = page.get_by_role("region", name="Flowsheet table, scrolls")
    row = sheet.locator("tr").filter(has=page.get_by_role("rowheader", name="Ferritin"))
    expect(row.locator("td").first).to_contain_text("41")


def test_a_physician_corrects_a_result_with_a_reason(physician: Hands, ill: Ill, demo: RunningDemo) -> None:
    page = physician.page
    upload = demo.send_file(ill.identifier, f"Sampling date,Test,Value,Unit\n{yesterday()},CRP,3.5,mg/L\n".encode())[1]
    assert wait_for(lambda: demo.report(upload["id"]), ALERT_SECONDS)["accepted"] == 1
    page.goto(f"{demo.url}{ill.path}facts/?kind=Results")
    physician.press(page.get_by_role("link", name="C-reactive protein").first)
    value = page.locator("[name=value]")
    physician.fill(value, "5.3")
    physician.press(button(page, "Save correction"))
    expect(page.locator(".err").first).to_be_visible()  # a reason is asked for, and what was typed is kept
    expect(value).to_have_value("5.3")
    physician.fill(page.get_by_label("Reason").first, "Digits were swapped")
    physician.press(button(page, "Save correction"))
    expect(page.locator(".banner--ok")).to_contain_text("Corrected.")
    query = (
        "SELECT value, status FROM patients_observation WHERE patient_id = %s AND code = 'CRP' ORDER BY id DESC LIMIT 1"
    )
    assert demo.rows(query, ill.path.split("/")[1]) == [(5.3, "corrected")]


def test_a_physician_plans_a_taper(physician: Hands, ill: Ill, demo: RunningDemo) -> None:
    page = physician.page
    page.goto(f"{demo.url}{ill.path}record/")
    physician.press(link(page, "Taper plan"))
    physician.fill(page.get_by_label("Start, mg a day"), "40")
    physician.fill(page.get_by_label("Target, mg a day"), "5")
    physician.fill(page.get_by_label("Weeks to the target"), "14")
    physician.press(button(page, "Preview"))
    preview = page.get_by_role("region", name="Steps of the preview, scrolls").locator("tbody tr")
    assert re.sub(r"\s+", " ", preview.first.inner_text()).startswith("1 40 mg")
    steps = preview.count()
    assert steps > 4
    assert demo.rows("SELECT count(*) FROM patients_treatment WHERE patient_id = %s", ill.path.split("/")[1]) == [(0,)]
    physician.press(button(page, "Save this plan"))
    expect(page.get_by_text("Look at the remarks below, and say that this is meant.")).to_be_visible()
    physician.mark(page.get_by_label("I have seen the remarks; this is meant"))
    physician.press(button(page, "Save this plan"))
    expect(page.locator(".banner--ok")).to_be_visible()
    query = "SELECT count(*), max(dose), min(dose) FROM patients_treatment WHERE patient_id = %s AND intent = 'planned'"
    assert demo.rows(query, ill.path.split("/")[1]) == [(steps, 40.0, 5.0)]


def test_a_physician_closes_an_alert(physician: Hands, ill: Ill, demo: RunningDemo) -> None:
    page = physician.page
    page.goto(f"{demo.url}alerts/{ill.alert}/")
    card = page.locator(f"#alert-{ill.alert}")
    physician.press(card.locator("summary").filter(has_text="Resolve…"))
    reasons = card.locator("details[open] select")
    physician.choose(reasons, reasons.locator("option").nth(1).inner_text())
    physician.press(button(card, "Resolve"))
    expect(page.locator(".banner--ok")).to_contain_text("Resolved.")
    assert demo.rows("SELECT state FROM alerts_alert WHERE id = %s", ill.alert) == [("resolved",)]


def test_a_patient_takes_the_dose_of_today_and_takes_it_back(patient: Hands) -> None:
    page = patient.page
    patient.press(button(page, "I took it"))
    expect(page.get_by_text("Taken today")).to_be_visible()
    patient.press(button(page, "Undo"))
    expect(button(page, "I took it")).to_be_visible()


def test_a_patient_who_coughs_blood_reads_first_what_to_do(patient: Hands, by: str) -> None:
    page = patient.page
    patient.press(link(page, "I coughed blood"))
    expect(page.locator("main aside")).to_contain_text("call 112")
    expect(page.locator("main a[href='tel:112']").first).to_be_visible()
    if by == "keys":  # once is enough: it raises an alert that all who look at the demo would see
        patient.mark(page.get_by_label("A few streaks"))
        patient.press(button(page, "Write it down"))
        expect(page.get_by_text("It is written down. Your team can see it.")).to_be_visible()
        expect(page.locator("main a[href='tel:112']").first).to_be_visible()


def test_a_patient_sends_a_file_after_looking_at_what_was_read(patient: Hands, by: str) -> None:
    page = patient.page
    patient.press(link(page, "Send"))
    row = {"mouse": "Ferritin;41;ng/mL", "keys": "Serum iron;13;umol/L"}[by]
    rows = f"Sampling date;Test;Value;Unit\n{yesterday()};{row}\n"
    page.get_by_label("File or photo").set_input_files(
        FilePayload(name="home.csv", mimeType="text/csv", buffer=rows.encode())
    )
    patient.press(button(page, "Check it"))
    expect(page.get_by_text("We read 1 value. Please check.")).to_be_visible()
    expect(page.get_by_text("Nothing has been sent yet.")).to_be_visible()
    patient.press(button(page, "Send 1 value"))
    expect(page.get_by_text("1 value in your record.")).to_be_visible(timeout=ALERT_SECONDS * 1000)
    patient.press(link(page, "Back to today"))
    expect(page).to_have_url(re.compile(f"{OWN}$"))


def test_a_caregiver_chooses_a_child_and_writes_down_the_dose(caregiver: Hands, demo: RunningDemo) -> None:
    page = caregiver.page
    caregiver.press(link(page, "Mia Winter"))
    expect(page).to_have_url(re.compile(f"{WARD}$"))
    caregiver.press(button(page, "It was taken"))
    expect(page.get_by_text("Taken today")).to_be_visible()
    caregiver.press(button(page, "Undo"))
    expect(button(page, "It was taken")).to_be_visible()
    caregiver.press(link(page, "Change"))
    expect(link(page, "Lukas Winter")).to_be_visible()
    expect(page).to_have_url(f"{demo.url}me/")


def test_a_caregiver_sees_nobody_else_and_no_alert(caregiver: Hands, demo: RunningDemo) -> None:
    page = caregiver.page
    assert [page.request.get(demo.url + path).status for path in (TAPERED, OWN)] == [404, 404]
    page.goto(demo.url + FELL)
    expect(page.get_by_role("heading", name="Course")).to_be_visible()
    expect(page.locator(".alerts, .card, .sev")).to_have_count(0)
    assert demo.ask(f"alerts/?status=open&patient={FELL.split('/')[1]}")[1]["results"]
