"""The worklist in Chromium: it refreshes itself under the reader's hands, acts in place, and its keys can be turned off."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.chromium import Complaints
from tests.visits import Sessions, violations

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket, pytest.mark.timeout(400)]
REFRESH = "htmx.trigger(document.body, 'worklist-changed')"
FOCUSED = "document.activeElement.textContent.trim()"


@pytest.fixture
def opened(sessions: Sessions) -> Iterator[tuple[Page, Complaints]]:
    """The physician's worklist."""
    with sessions.window("physician") as (page, complaints):
        page.goto(sessions.url)
        yield page, complaints


def refreshed(page: Page) -> None:
    """Let the list fetch itself anew, and wait until it stands."""
    with page.expect_response(lambda answer: answer.request.headers.get("hx-request") == "true"):
        page.evaluate(REFRESH)
    expect(page.locator(".htmx-settling, .htmx-swapping, .htmx-request")).to_have_count(0)


def test_a_refresh_leaves_the_reader_where_they_are(opened: tuple[Page, Complaints]) -> None:
    page, complaints = opened
    for _ in range(3):
        page.keyboard.press("j")
    page.evaluate("scrollBy(0, 150)")
    before = page.evaluate(f"[{FOCUSED}, Math.round(document.activeElement.getBoundingClientRect().top)]")
    old = page.evaluate_handle("document.activeElement")
    refreshed(page)
    assert page.evaluate("(node) => node.isConnected", old) is False  # it is another element
    assert page.evaluate(f"[{FOCUSED}, Math.round(document.activeElement.getBoundingClientRect().top)]") == before
    assert complaints.taken(page) == []


def test_a_refresh_leaves_what_is_being_typed(opened: tuple[Page, Complaints]) -> None:
    page, _ = opened
    page.keyboard.press("/")
    page.keyboard.type("win")
    refreshed(page)
    page.keyboard.type("ter")
    expect(page.locator("#q")).to_have_value("winter")
    page.keyboard.press("Enter")
    expect(page.locator(".chip--on")).to_have_text("“winter” remove filter")
    assert page.url.endswith("/?q=winter")


def test_an_alert_is_acknowledged_in_place_and_the_second_is_told_who_was_first(
    opened: tuple[Page, Complaints], sessions: Sessions
) -> None:
    page, complaints = opened
    button = page.locator("[data-acts]").last
    row = button.evaluate("(button) => button.closest('[data-row]').id")
    with sessions.window("nurse") as (second, others):
        second.goto(sessions.url)
        button.focus()
        page.keyboard.press("a")
        expect(page.locator(".toast")).to_contain_text("Acknowledged.")
        expect(page.locator(f"#{row} [data-acts]")).to_have_count(0)
        assert page.evaluate("document.activeElement.closest('[data-row]').id") == row
        second.locator(f"#{row} [data-acts]").click()
        expect(second.locator(".toast--failed")).to_contain_text("acknowledged it on")
        expect(second.locator(f"#{row} [data-acts]")).to_have_count(0)
        assert others.taken(second) == []
    assert complaints.taken(page) == []


ALONE = '[data-row]:not(:has(.row__more)):not(:has-text("overdue")) [data-asks]'
"""Asks to snooze the only alert of a patient who was heard of lately, so that nothing else keeps the row where it is."""


@pytest.mark.parametrize("by", ["mouse", "key"])
def test_an_alert_is_snoozed_in_place_and_found_again(opened: tuple[Page, Complaints], by: str) -> None:
    page, complaints = opened
    link = page.locator(ALONE).last
    row = link.evaluate("(link) => link.closest('[data-row]').id")
    link.focus()
    if by == "mouse":
        link.click()
    else:
        page.keyboard.press("s")
    dialog = page.get_by_role("dialog", name="Snooze until")
    expect(dialog).to_be_visible()
    assert page.evaluate("document.activeElement.name") == "until"
    assert violations(page) == []
    dialog.get_by_role("button", name="Snooze").click()
    expect(dialog.locator(".err")).to_have_text("This field is required.")
    expect(dialog.locator("[data-takes-focus]")).to_be_focused()
    dialog.get_by_label("Why it can wait").fill("a repeat is ordered")
    page.keyboard.press("Enter")
    expect(page.locator(".toast")).to_contain_text("Snoozed.")
    expect(dialog).to_be_hidden()
    expect(page.locator(f"#{row}")).to_have_count(0)
    assert page.evaluate("Boolean(document.activeElement.closest('[data-row]'))")
    page.get_by_role("link", name="Snoozed", exact=False).first.click()
    page.wait_for_url("**/?tab=snoozed")
    expect(page.locator(f"#{row}")).to_contain_text("Snoozed until")
    assert [one for one in complaints.taken(page) if "422" not in one] == []  # Chromium reports what was refused


def test_who_thinks_better_of_it_is_where_they_were(opened: tuple[Page, Complaints]) -> None:
    page, complaints = opened
    page.keyboard.press("j")
    row = page.evaluate("document.activeElement.closest('[data-row]').id")
    for leave in ("Escape", "Cancel"):
        page.keyboard.press("s")
        dialog = page.get_by_role("dialog", name="Snooze until")
        expect(dialog).to_be_visible()
        if leave == "Escape":
            page.keyboard.press(leave)
        else:
            dialog.get_by_role("button", name=leave).click()
        expect(dialog).to_be_hidden()
        assert page.evaluate("document.activeElement.closest('[data-row]').id") == row
    assert complaints.taken(page) == []


def test_keys_can_be_turned_off_and_stay_off(opened: tuple[Page, Complaints]) -> None:
    page, _ = opened
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.get_by_label("Use these keys in this browser").uncheck()
    page.keyboard.press("Escape")
    page.reload()
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.closest('[data-row]')") is None
    page.get_by_role("button", name="all keys").click()
    page.get_by_label("Use these keys in this browser").check()
    page.get_by_role("button", name="Close").click()
    page.keyboard.press("j")
    assert page.evaluate("Boolean(document.activeElement.closest('[data-row]'))")


def test_who_was_signed_out_meanwhile_is_led_to_sign_in(opened: tuple[Page, Complaints]) -> None:
    page, _ = opened
    page.context.clear_cookies()
    page.evaluate(REFRESH)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Sign in")
    assert "/accounts/login/" in page.url


def test_what_was_typed_in_the_dialog_outlives_the_session(opened: tuple[Page, Complaints]) -> None:
    page, complaints = opened
    page.locator("[data-row]:not(:has(.row__more)) [data-asks]").first.click()
    dialog = page.get_by_role("dialog", name="Snooze until")
    dialog.get_by_label("Why it can wait").fill("a repeat is ordered")
    kept = page.context.cookies()
    page.context.clear_cookies(name="sessionid")
    dialog.get_by_role("button", name="Snooze").click()
    expect(dialog.locator(".err--lost")).to_contain_text("Not saved: you are signed out. What you wrote stays here")
    expect(dialog.get_by_label("Why it can wait")).to_have_value("a repeat is ordered")
    link = dialog.get_by_role("link", name="sign in again in a new tab")
    assert (link.get_attribute("href"), link.get_attribute("target")) == ("/", "_blank")
    # Signing in changes the token against forged forms: what was opened before must still arrive.
    page.context.add_cookies([one | {"value": "0" * 32} if "csrf" in one["name"] else one for one in kept])  # type: ignore[misc] # the same cookies
    dialog.get_by_role("button", name="Snooze").click()
    expect(page.locator(".toast")).to_contain_text("Snoozed.")
    expect(dialog).to_be_hidden()
    complaints.taken(page)  # Chromium reports what was refused


def test_who_acknowledges_after_the_session_ended_is_told(opened: tuple[Page, Complaints]) -> None:
    page, complaints = opened
    page.context.clear_cookies(name="sessionid")
    page.locator("[data-acts]").first.click()
    expect(page.locator(".toast--failed")).to_contain_text("Not saved: you are signed out.")
    complaints.taken(page)


def test_a_service_that_does_not_answer_is_noticed(opened: tuple[Page, Complaints]) -> None:
    page, complaints = opened
    page.context.set_offline(True)
    page.evaluate(REFRESH)
    expect(page.locator("[data-refreshed]")).to_contain_text("the last try failed")
    page.locator("[data-acts]").first.click()
    expect(page.locator(".toast--failed")).to_contain_text("Not saved: the service did not answer.")
    page.context.set_offline(False)
    refreshed(page)
    expect(page.locator("[data-refreshed]")).not_to_contain_text("failed")
    complaints.taken(page)  # Chromium reports requests that failed


def test_filters_are_applied_and_taken_away(opened: tuple[Page, Complaints]) -> None:
    page, _ = opened
    page.get_by_label("Severity").select_option("high")
    page.get_by_label("Unacknowledged").check()
    page.get_by_role("button", name="Apply").click()
    page.wait_for_url("**/?severity=high&unacknowledged=1")
    assert page.locator(".group__head h2").all_inner_texts() in (["High"], [])
    page.get_by_role("link", name="Severity: High remove filter").click()
    page.wait_for_url("**/?unacknowledged=1")
