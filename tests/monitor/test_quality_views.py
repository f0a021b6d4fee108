"""The page that reviews the rules: who reads it, what it says of each rule, the file, and what it costs."""

import csv
import io
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from django.utils.html import strip_tags

from alerts import handling
from alerts.changes import ResolveReason
from alerts.quality import Quality, Review, Spread
from alerts.rules import RULES
from alerts.rules.rule import Severity
from monitor.flowsheet_csv import BYTE_ORDER_MARK
from monitor.quality_views import HEADINGS, line_of, review_csv
from patients.models import CareTeam, Patient
from tests.factories import account, alert, browser, caregiver, guest, member, patient, team

pytestmark = pytest.mark.django_db
AT = timezone.now()
H = timedelta(hours=1)
FALL = "hemoglobin_fall"
TITLE = next(rule.title for rule in RULES if rule.name == FALL)


@pytest.fixture
def north() -> CareTeam:
    return team("north")


@pytest.fixture
def ill(north: CareTeam) -> Patient:
    return patient(north, "Canary Quill")


def page(who: Any, of: CareTeam, query: str = "") -> Any:
    """Open the page."""
    return browser(who).get(f"/settings/{of.pk}/quality/{query}")


def words(response: Any) -> str:
    """Return what a page says, between its menu and its foot."""
    main = response.content.decode().split("<main", 1)[1].split("</main", 1)[0]
    return " ".join(strip_tags(main.replace("<", " <")).split())


def table(response: Any) -> list[dict[str, str]]:
    """Return the file as rows by heading."""
    text = response.content.decode()
    assert text.startswith(BYTE_ORDER_MARK)
    return list(csv.DictReader(io.StringIO(text.removeprefix(BYTE_ORDER_MARK))))


def handled(ill: Patient) -> None:
    """Raise two alerts of a rule; one is acknowledged after an hour, and closed after three as not useful."""
    doctor = member(ill.team)
    one = alert(ill, Severity.HIGH, rule=FALL, hours_open=30, subject="one")
    alert(ill, rule=FALL, hours_open=20, subject="two")
    handling.acknowledge(one.pk, by=doctor, at=one.raised_at + H)
    handling.resolve(one.pk, by=doctor, at=one.raised_at + 3 * H, reason=ResolveReason.NOT_USEFUL)
    for person in range(5):
        handling.feedback(one.pk, by=account(), at=one.raised_at + 4 * H, useful=person < 2, because="known")


@pytest.mark.parametrize("role", ["nurse", "physician", "coordinator"])
def test_the_people_of_a_team_read_it(north: CareTeam, role: str) -> None:
    response = page(member(north, role), north)
    assert response.status_code == 200
    assert "In these 3 months no rule told anything" in words(response)


def test_nobody_else_finds_it(north: CareTeam, ill: Patient) -> None:
    visiting = team("visiting")
    guest(ill, visiting)
    past = member(north, ends_at=timezone.now() - H)
    for who in (member(team("south")), member(visiting), account(is_staff=True), caregiver(ill), past):
        for query in ("", "?format=csv"):
            assert page(who, north, query).status_code == 404
    assert page(None, north).status_code == 302


def test_it_says_of_each_rule_what_was_told_and_how_it_ended(north: CareTeam, ill: Patient) -> None:
    handled(ill)
    said = words(page(member(north), north))
    assert f"{TITLE} review: 3 of 5 not useful in 30 days" in said
    assert "2 1 high, 1 moderate" in said
    assert "acknowledged 60 min (60 min to 60 min), of 1" in said
    assert "resolved 3 h (3 h to 3 h), of 1" in said
    assert "recovered" not in said.split("Closed as", 1)[1]
    assert "40 % of 5 ratings" in said
    assert "Not useful: 1" in said
    assert said.index("All rules") < said.index(TITLE)


def test_it_names_nobody(north: CareTeam, ill: Patient) -> None:
    handled(ill)
    for query in ("", "?format=csv"):
        body = page(member(north), north, query).content.decode()
        assert "Canary" not in body
        assert str(ill.pk) not in body


@pytest.mark.parametrize(
    ("query", "months"), [("", 3), ("?months=12", 12), ("?months=3", 3), ("?months=7", 3), ("?months=x", 3)]
)
def test_the_span_is_three_months_or_twelve(north: CareTeam, ill: Patient, query: str, months: int) -> None:
    alert(ill, rule=FALL, hours_open=24 * 200, state="recovered")
    response = page(member(north), north, query)
    assert (TITLE in words(response)) is (months == 12)
    assert f'<strong aria-current="true">{months} months</strong>' in response.content.decode()


def test_the_file_holds_the_same_in_numbers(north: CareTeam, ill: Patient) -> None:
    handled(ill)
    response = page(member(north), north, "?months=12&format=csv")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="rules-12-months.csv"'
    assert response["Cache-Control"] == "private, no-store"
    total, fall = table(response)
    assert (total.pop("Rule"), fall.pop("Rule")) == ("All rules", TITLE)
    assert {**total, "To review": "yes"} == fall
    held = {key: value for key, value in fall.items() if value not in ("", "0")}
    assert held.pop("Per patient-month")
    assert held == {
        "Alerts": "2", "High": "1", "Moderate": "1", "Open now": "1",
        "Acknowledged, number": "1", "Acknowledged, hours, lower quartile": "1.0",
        "Acknowledged, hours, median": "1.0", "Acknowledged, hours, upper quartile": "1.0",
        "Resolved, number": "1", "Resolved, hours, lower quartile": "3.0", "Resolved, hours, median": "3.0",
        "Resolved, hours, upper quartile": "3.0", "Ratings": "5", "Useful": "2", "Closed: Not useful": "1",
        "To review": "yes",
    }  # fmt: skip


def test_a_file_without_anything_is_a_line_of_nothing() -> None:
    text = review_csv(Review(3, AT, 0.0, (), Quality()))
    first, line = csv.reader(io.StringIO(text.removeprefix(BYTE_ORDER_MARK)))
    assert (len(first), tuple(first)) == (len(line), HEADINGS)
    assert set(line) == {"All rules", "0", ""}


def test_a_line_says_times_in_one_unit_and_reasons_in_words() -> None:
    one = Quality(
        FALL,
        raised=6,
        moderate=5,
        low=1,
        acknowledged=Spread(4, 0.5 * H, 2 * H, 50 * H),
        reasons={"other": 1, "treated": 3},
    )
    line = line_of(Review(3, AT, 12.0, (one,), one), one)
    assert (line.rate, line.severities) == ("0.50", "5 moderate, 1 low")
    assert [(name, said.replace("\u00a0", " ")) for name, said in line.times] == [
        ("acknowledged", "2 h (30 min to 2 d), of 4"), ("resolved", ""), ("recovered", "")]  # fmt: skip
    assert line.reasons == (("Treated", 3), ("Another reason", 1))


@pytest.mark.parametrize(
    ("time", "said"),
    [(0 * H, "0 min"), (1.99 * H, "119 min"), (2 * H, "2 h"), (47 * H, "47 h"), (48 * H, "2 d"), (60.1 * H, "3 d")],
)
def test_a_time_is_said_as_exactly_as_it_matters(time: timedelta, said: str) -> None:
    one = Quality(FALL, raised=1, recovered=Spread(1, time, time, time))
    (*_, (_, words_of_it)) = line_of(Review(3, AT, 0.0, (one,), one), one).times
    assert words_of_it.replace("\u00a0", " ") == f"{said} ({said} to {said}), of 1"


def test_the_numbers_lead_there_for_who_may(north: CareTeam, ill: Patient) -> None:
    link = f'href="/settings/{north.pk}/quality/"'
    for address in (f"/settings/{north.pk}/", f"/patients/{ill.pk}/settings/"):
        assert link in browser(member(north, "nurse")).get(address).content.decode()
    visiting = team("visiting")
    guest(ill, visiting)
    assert link not in browser(member(visiting)).get(f"/patients/{ill.pk}/settings/").content.decode()


def test_it_costs_as_many_queries_with_many_alerts(
    north: CareTeam, django_assert_num_queries: Callable[[int], AbstractContextManager[None]]
) -> None:
    for one in [patient(north) for _ in range(4)]:
        handled(one)
    visitor = browser(member(north))
    visitor.get(f"/settings/{north.pk}/quality/")
    with django_assert_num_queries(15):
        assert visitor.get(f"/settings/{north.pk}/quality/").status_code == 200
