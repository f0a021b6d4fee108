"""From a laboratory file to an alert and its e-mail, as a newcomer goes: pages in Chromium, real servers behind them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage

import pytest
from playwright.sync_api import Browser, FilePayload, Locator, Page, expect

from tests.chromium import Complaints, log_in, watched_page
from tests.demos import ALERT_SECONDS, HOLDS_RESULTS, RunningDemo, laboratory_file, plain_text, wait_for, yesterday

pytestmark = [pytest.mark.journey, pytest.mark.enable_socket, pytest.mark.timeout(400)]

NAME, IDENTIFIER = "Jule Beispielhaft", "CHAIN-1"
TELLING = re.compile(
    r"Jule|Beispielhaft|CHAIN-1|hemoglobin|h(a?)emosiderosis|\bIPH\b|\bHb\b|anemia|\b11[.,]3\b|\b113\b|g/d?L",
    re.IGNORECASE,
)
"""Whatever would name the patient, the value, the analyte or the disease."""


@dataclass
class Chain:
    """Where one walk through the chain has led."""

    demo: RunningDemo
    page: Page
    complaints: Complaints
    alert: str

    @property
    def mail(self) -> EmailMessage:
        """The first mail about the alert to the physician."""
        address = self.demo.log_in("physician")[0]
        return wait_for(
            lambda: next((one for one in self.demo.mails(self.alert) if one["X-Envelope-To"] == address), None),
            ALERT_SECONDS,
        )


@pytest.fixture(scope="module")
def chain(demo: RunningDemo, browser: Browser) -> Iterator[Chain]:
    """Sign in, begin to follow a patient, upload the file, and wait for the alert."""
    with watched_page(browser) as (page, complaints):
        log_in(page, demo.url, *demo.log_in("physician"))
        begin_to_follow(page, demo.url)
        card = upload(page)
        yield Chain(demo, page, complaints, str(card.get_attribute("id")).removeprefix("alert-"))


def begin_to_follow(page: Page, url: str) -> None:
    """Make a patient by the form."""
    page.goto(f"{url}patients/new/")
    page.get_by_label("Name").fill(NAME)
    page.get_by_label("Birth date").fill("1998-04-17")
    page.get_by_label("Identifier").fill(IDENTIFIER)
    page.get_by_role("button", name="Begin to follow").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(NAME)


def upload(page: Page) -> Locator:
    """Send the file from the patient's page, and look at the patient until the alert is there; return its card."""
    page.get_by_role("link", name="Upload a laboratory file").click()
    content = FilePayload(name="befund.csv", mimeType="text/csv", buffer=laboratory_file(yesterday()))
    page.get_by_label("Laboratory file").set_input_files(content)
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_text(f"{HOLDS_RESULTS} rows accepted.")).to_be_visible(timeout=ALERT_SECONDS * 1000)
    page.get_by_role("link", name="To the patient").click()
    card = page.locator(".card").first
    wait_for(lambda: card.is_visible() or page.reload() is None, ALERT_SECONDS, every=0.5)
    return card


def test_the_alert_says_what_was_found_and_why(chain: Chain) -> None:
    cards = chain.page.locator(".alerts .card")
    expect(cards).to_have_count(1)
    said = cards.first.inner_text()
    assert "113 g/L" in said
    for word in ("Arithmetic", "Limit", "Source", "Evidence", "Clears when"):
        assert word in said


def test_the_course_is_drawn_with_the_result_in_it(chain: Chain) -> None:
    expect(chain.page.locator("[data-course] .main-svg").first).to_be_visible()
    assert chain.page.locator("[data-course] .scatterlayer .trace").count() > 0
    expect(chain.page.locator("#course-table")).to_contain_text("113")


def test_the_worklist_shows_the_patient_with_the_reason(chain: Chain) -> None:
    chain.page.goto(chain.demo.url)
    row = chain.page.locator("[data-row]").filter(has_text=NAME)
    expect(row).to_have_count(1)
    expect(row.locator(".row__why")).to_contain_text("113 g/L")


def test_the_mail_is_in_the_sink_and_leads_to_the_alert(chain: Chain) -> None:
    assert chain.mail["Subject"] == "An alert needs attention"
    chain.page.goto(f"{chain.demo.url}demo/mail/")
    chain.page.get_by_role("link", name="An alert needs attention").first.click()
    (link,) = re.findall(r"https?://\S+", plain_text(chain.mail))
    assert link == f"{chain.demo.url}alerts/{chain.alert}/"
    chain.page.goto(link)
    expect(chain.page.locator(f"#alert-{chain.alert}")).to_be_visible()


def test_no_part_of_a_mail_names_patient_value_or_disease(chain: Chain) -> None:
    mail = chain.mail
    parts = [str(part.get_content()) for part in mail.walk() if not part.is_multipart()]
    headers = [f"{name}: {value}" for name, value in mail.items()]
    assert len(parts) == 2
    assert not [found for words in (*parts, *headers) for found in TELLING.findall(words.replace(chain.alert, ""))]


def test_everybody_told_had_one_mail(chain: Chain) -> None:
    told = chain.demo.rows(
        "SELECT u.email, count(*) FROM alerts_notification n JOIN patients_user u ON u.id = n.recipient_id"
        " WHERE n.alert_id = %s AND n.reason = 'first' AND n.channel = 'email' GROUP BY u.email",
        chain.alert,
    )
    wait_for(lambda: len(chain.demo.mails(chain.alert)) >= len(told), ALERT_SECONDS)
    assert sorted((mail["X-Envelope-To"], 1) for mail in chain.demo.mails(chain.alert)) == sorted(told)
    assert len(told) > 0


def test_the_same_file_again_changes_nothing(chain: Chain) -> None:
    before = chain.demo.rows("SELECT count(*) FROM patients_observation")
    status, answer = chain.demo.send_file(IDENTIFIER, laboratory_file(yesterday()))
    assert status == 202
    assert wait_for(lambda: chain.demo.report(answer["id"]), ALERT_SECONDS)["accepted"] == HOLDS_RESULTS
    assert chain.demo.rows("SELECT count(*) FROM patients_observation") == before


def test_acknowledged_it_stays_open_under_a_name(chain: Chain) -> None:
    chain.page.goto(f"{chain.demo.url}alerts/{chain.alert}/")
    card = chain.page.locator(f"#alert-{chain.alert}")
    card.get_by_role("button", name="Acknowledge").click()
    expect(chain.page.get_by_text("Acknowledged. The alert stays open")).to_be_visible()
    expect(card).to_contain_text("Who has it")
    assert chain.demo.rows("SELECT state FROM alerts_alert WHERE id = %s", chain.alert) == [("acknowledged",)]


def test_the_browser_had_nothing_to_complain_about(chain: Chain) -> None:
    assert chain.complaints.taken(chain.page) == []


def test_what_the_first_page_of_the_demo_promises(chain: Chain) -> None:
    chain.page.goto(f"{chain.demo.url}demo/")
    with chain.page.expect_download() as saved:
        chain.page.get_by_role("link", name="this laboratory file").click()
    content = saved.value.path().read_bytes()
    status, answer = chain.demo.send_file("DEMO-1", content)
    assert status == 202
    assert wait_for(lambda: chain.demo.report(answer["id"]), ALERT_SECONDS)["accepted"] == 2
    wait_for(lambda: chain.demo.ask("alerts/?status=open&patient=DEMO-1")[1]["results"], ALERT_SECONDS)
