"""The forms of an alert: what they offer, when a snooze ends, and what they refuse beside which field."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from alerts import handling
from alerts.changes import ResolveReason
from alerts.models import Alert
from monitor.alert_forms import FORMS, ActForm, Desk, Offer, SnoozeForm, desk, offer
from monitor.patient_cards import RESOLVE_WORDS
from patients.access import MATRIX, asker
from patients.models import CareTeam, Patient, User
from tests.factories import alert, caregiver, guest, member, patient, team

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
"""A Tuesday, ten o'clock in Berlin."""
LONGEST = handling.LONGEST_SNOOZE


def offered(at: datetime = NOW, zone: str = "Europe/Berlin", hour: int = 8) -> Offer:
    """Return what the forms of a team's alerts choose from."""
    return Offer(at, CareTeam(name="north", time_zone=zone, working_from=hour), (User(pk=7, first_name="Nora"),))


def form(name: str, **sent: Any) -> ActForm:
    """Return a form as it was sent at a Tuesday's ten o'clock."""
    return FORMS[name](sent, offered=offered(), alert=Alert(changed_at=NOW))


def ends(at: datetime = NOW, zone: str = "Europe/Berlin", **sent: Any) -> datetime | dict[str, list[str]]:
    """Return when a snooze ends, or what is refused beside which field."""
    found = SnoozeForm({"reason": "x", **sent}, offered=offered(at, zone), alert=Alert(changed_at=at))
    if not found.is_valid():
        return {name: [str(one) for one in said] for name, said in found.errors.items()}
    moment: datetime = found.cleaned_data["moment"]
    return moment


@pytest.mark.parametrize(
    ("sent", "local"),
    [
        ({"until": "1"}, "2026-11-25 08:00"),
        ({"until": "3"}, "2026-11-27 08:00"),
        ({"until": "7"}, "2026-12-01 08:00"),
        ({"until": "day", "on": "2026-11-25"}, "2026-11-25 08:00"),
        ({"until": "day", "on": "2026-12-08"}, "2026-12-08 08:00"),  # two weeks but two hours ahead
        ({"until": "1", "on": "2026-12-05"}, "2026-11-25 08:00"),  # a day that was not asked for
    ],
)
def test_a_snooze_ends_when_the_team_begins_to_work(sent: dict[str, Any], local: str) -> None:
    assert ends(**sent) == datetime.fromisoformat(local).replace(tzinfo=ZoneInfo("Europe/Berlin"))


@pytest.mark.parametrize(
    ("at", "zone", "until", "utc"),
    [
        (datetime(2026, 3, 28, 12, tzinfo=UTC), "Europe/Berlin", "1", datetime(2026, 3, 29, 6, tzinfo=UTC)),  # forward that night
        (datetime(2026, 10, 24, 12, tzinfo=UTC), "Europe/Berlin", "1", datetime(2026, 10, 25, 7, tzinfo=UTC)),  # back
        (datetime(2026, 11, 24, 23, 30, tzinfo=UTC), "Europe/Berlin", "1", datetime(2026, 11, 26, 7, tzinfo=UTC)),  # Wednesday
        (datetime(2026, 11, 24, 3, tzinfo=UTC), "America/New_York", "1", datetime(2026, 11, 24, 13, tzinfo=UTC)),  # still Monday
    ],
)  # fmt: skip
def test_days_and_clocks_are_the_teams(at: datetime, zone: str, until: str, utc: datetime) -> None:
    assert ends(at, zone, until=until) == utc


@pytest.mark.parametrize("on", ["2026-11-24", "2026-11-23", "2026-12-09", "0001-01-01", "9999-12-31"])
def test_a_day_that_is_past_or_too_far_is_refused_beside_it(on: str) -> None:
    assert ends(until="day", on=on) == {"on": ["Choose a day to come, 14 days ahead at most."]}


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"until": "day"}, "on"),
        ({"until": "day", "on": "soon"}, "on"),
        ({"until": "2"}, "until"),
        ({"until": ""}, "until"),
        ({"until": "1", "reason": " "}, "reason"),
        ({"until": "1", "reason": "x" * 301}, "reason"),
    ],
)
def test_what_is_missing_is_asked_beside_its_field(sent: dict[str, Any], field: str) -> None:
    refused = ends(**sent)
    assert isinstance(refused, dict)
    assert set(refused) == {field}


def test_a_day_that_a_zone_left_out_is_refused() -> None:
    """Pacific/Apia had no 30 December 2011 (IANA time zone database)."""
    before = datetime(2011, 12, 29, 22, tzinfo=UTC)
    assert isinstance(ends(before, "Pacific/Apia", until="day", on="2011-12-30"), dict)
    assert ends(before, "Pacific/Apia", until="day", on="2011-12-31") == datetime(2011, 12, 30, 18, tzinfo=UTC)


@given(
    minutes=st.integers(0, 60 * 24 * 800),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Pacific/Apia", "Asia/Kathmandu"]),
    hour=st.integers(0, 23),
    days=st.integers(-3, 20),
)
def test_every_end_that_is_taken_can_be_snoozed_to(minutes: int, zone: str, hour: int, days: int) -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    offer = offered(at, zone, hour)
    found = offer.morning(offer.after(days))
    assert (found is not None) == (1 <= days <= 13) or days in (0, 14)
    if found is not None:
        assert at < found <= at + LONGEST
        assert found.astimezone(ZoneInfo(zone)).date() == offer.after(days)


def test_mornings_are_shown_as_the_reader_reads_times() -> None:
    with timezone.override("America/New_York"):
        shown = SnoozeForm(offered=offered(), alert=Alert(changed_at=NOW))
    words = [str(words).replace("\u00a0", " ") for _, words in shown.fields["until"].choices]  # type: ignore[attr-defined] # a ChoiceField
    assert words == [
        "Tomorrow, 25 Nov, 02:00", "In 3 days, 27 Nov, 02:00", "In 7 days, 1 Dec, 02:00", "A day that I choose",
    ]  # fmt: skip
    day = shown.fields["on"].widget.attrs
    assert (day["min"], day["max"]) == ("2026-11-24", date(2026, 12, 8).isoformat())


@pytest.mark.parametrize(
    ("name", "sent", "field"),
    [
        ("assign", {"to": ""}, "to"),
        ("assign", {"to": "8"}, "to"),
        ("assign", {"to": "7; DROP"}, "to"),
        ("resolve", {}, "reason"),
        ("resolve", {"reason": "because"}, "reason"),
        ("resolve", {"reason": "treated", "note": "x" * 301}, "note"),
        ("comment", {"text": " "}, "text"),
        ("feedback", {}, "useful"),
        ("feedback", {"useful": "maybe"}, "useful"),
        ("feedback", {"useful": "no", "because": " "}, "because"),
    ],
)
def test_the_other_forms_ask_beside_the_field(name: str, sent: dict[str, str], field: str) -> None:
    assert list(form(name, **sent).errors) == [field]


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("assign", {"to": "7"}),
        *(("resolve", {"reason": one.value}) for one in ResolveReason),
        ("comment", {"text": "x" * 300}),
        ("feedback", {"useful": "yes"}),
        ("feedback", {"useful": "no", "because": "old sample"}),
    ],
)
def test_what_is_complete_is_taken(name: str, sent: dict[str, str]) -> None:
    assert form(name, **sent).is_valid()


@pytest.mark.parametrize(("seen", "as_seen"), [(NOW.isoformat(), NOW), ("", None), ("yesterday", None)])
def test_a_form_knows_the_alert_that_the_person_saw(seen: str, as_seen: datetime | None) -> None:
    sent = form("comment", text="x", seen=seen)
    assert sent.is_valid()
    assert sent.as_seen == as_seen


def test_every_reason_for_resolving_has_words() -> None:
    assert set(RESOLVE_WORDS) == set(ResolveReason)


def test_every_form_asks_for_a_row_of_the_matrix() -> None:
    assert {("alert", kind.action) for kind in FORMS.values()} <= set(MATRIX)


def desk_of(user: User, ill: Patient) -> Desk:
    """Return the desk of a person."""
    who = asker(user, at=timezone.now())
    assert who is not None
    return desk(ill, who)


def names(found: list[ActForm]) -> list[str]:
    """Return the names of forms."""
    return [one.address.rstrip("/").split("/")[-1] for one in found]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("state", "role", "takes"),
    [
        ("raised", "physician", ["snooze", "assign", "resolve", "comment", "feedback"]),
        ("raised", "nurse", ["snooze", "assign", "comment", "feedback"]),
        ("acknowledged", "nurse", ["snooze", "assign", "comment", "feedback"]),
        ("snoozed", "physician", ["assign", "resolve", "comment", "feedback"]),
        ("resolved", "physician", ["comment", "feedback"]),
        ("recovered", "nurse", ["comment", "feedback"]),
        ("raised", "coordinator", []),
    ],
)
def test_an_alert_takes_the_forms_that_fit_its_state_and_the_role(state: str, role: str, takes: list[str]) -> None:
    ill = patient(team())
    until = timezone.now() + timedelta(days=1) if state == "snoozed" else None
    member(ill.team, "nurse")
    raised = alert(ill, state=state, snoozed_until=until)
    assert names(desk_of(member(ill.team, role), ill).forms_of(raised)) == takes


@pytest.mark.django_db
def test_what_slept_long_enough_can_be_snoozed_anew() -> None:
    ill = patient(team())
    slept = alert(ill, state="snoozed", snoozed_until=timezone.now() - timedelta(seconds=1))
    assert "snooze" in names(desk_of(member(ill.team), ill).forms_of(slept))


@pytest.mark.django_db
def test_where_nobody_is_nobody_is_assigned() -> None:
    ill, visiting = patient(team()), team()
    guest(ill, visiting)
    shown = desk_of(member(visiting), ill).forms_of(alert(ill))
    assert names(shown) == ["snooze", "resolve", "comment", "feedback"]
    assert desk_of(caregiver(ill), ill).forms_of(alert(ill)) == []


@pytest.mark.django_db
def test_colleagues_are_those_of_the_responsible_team() -> None:
    ill = patient(team())
    nurse = member(ill.team, "nurse", first_name="Nora", last_name="Reyes")
    member(ill.team, "coordinator")
    member(team("south"))
    found = offer(ill, at=timezone.now())
    assert (found.team, found.colleagues) == (ill.team, (nurse,))
    (assign,) = Desk(found, frozenset({"assign"})).forms_of(alert(ill))
    assert [words for _, words in assign.fields["to"].choices] == ["Choose", "Nora Reyes"]  # type: ignore[attr-defined] # a ChoiceField


@pytest.mark.django_db
def test_ids_of_fields_are_those_of_one_alert_and_one_form() -> None:
    ill = patient(team())
    found = desk_of(member(ill.team), ill)
    shown = [one for raised in (alert(ill), alert(ill)) for one in found.forms_of(raised)]
    ids = [field.id_for_label for one in shown for field in one]
    assert len(ids) == len(set(ids)) > 20
