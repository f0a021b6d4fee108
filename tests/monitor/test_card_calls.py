"""A card says how often people were told of its alert again, when last and to which level, since somebody did anything."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from alerts import calling, handling
from alerts.changes import Verb
from alerts.models import Alert, Transition
from alerts.rules.rule import Severity
from monitor.as_known import asked_for
from monitor.card_calls import called
from monitor.patient_cards import cards_of
from monitor.templatetags.showing import moment
from patients.models import Membership, Patient, User
from tests.factories import alert, browser, member, patient, team
from tests.monitor.test_story_views import relapsed
from tests.monitor.test_views import text

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NOW = timezone.now().replace(second=0, microsecond=0)
STEPS: list[tuple[list[Any], str, str]] = [
    ([Verb.RAISED], "raised", ""),
    ([Verb.RAISED, (Verb.REMINDED, 1)], "raised", "called 1×, last {}: level 1"),
    ([Verb.RAISED, (Verb.REMINDED, 1), (Verb.ESCALATED, 2)], "raised", "called 2×, last {}: level 2"),
    ([Verb.RAISED, (Verb.REMINDED, 1), (Verb.ESCALATED, 2), Verb.REMINDED], "raised", "called 3×, last {}: the whole chain"),
    ([Verb.RAISED, (Verb.REMINDED, 1), Verb.COMMENTED, Verb.WORSENED, (Verb.ESCALATED, 2)], "raised",
     "called 2×, last {}: level 2"),
    ([Verb.RAISED, (Verb.ESCALATED, 2), Verb.ACKNOWLEDGED], "acknowledged", ""),
    ([Verb.RAISED, (Verb.ESCALATED, 2), Verb.ACKNOWLEDGED, Verb.REMINDED], "acknowledged", "reminded 1×, last {}"),
    ([Verb.RAISED, (Verb.REMINDED, 1), Verb.SNOOZED], "snoozed", ""),
    ([Verb.RAISED, (Verb.REMINDED, 1), Verb.SNOOZED, Verb.WOKEN], "raised", ""),
    ([Verb.RAISED, (Verb.REMINDED, 1), Verb.ACKNOWLEDGED, Verb.WORSENED, (Verb.REMINDED, 1)], "raised",
     "called 1×, last {}: level 1"),
    ([Verb.RAISED, (Verb.ESCALATED, 2), Verb.RECOVERED, Verb.RETURNED], "raised", ""),
    ([Verb.RAISED, (Verb.ESCALATED, 2), Verb.RESOLVED], "resolved", ""),
]  # fmt: skip


@pytest.fixture
def ill() -> Patient:
    return patient(team("north"), "Mara Veit")


@pytest.fixture
def chain(ill: Patient) -> tuple[User, User]:
    """Return who stands on the first and on the second level."""
    people = member(ill.team, "nurse"), member(ill.team)
    for level, one in enumerate(people, start=1):
        Membership.objects.filter(user=one).update(on_call_order=level)
    return people


def trail(said: list[Any]) -> list[Transition]:
    """Return steps an hour apart up to now, each a verb or (verb, level)."""
    pairs = [one if isinstance(one, tuple) else (one, 0) for one in said]
    start = NOW - HOUR * (len(pairs) - 1)
    return [
        Transition(at=start + place * HOUR, verb=verb, detail={"level": level} if level else {})
        for place, (verb, level) in enumerate(pairs)
    ]


def high(ill: Patient, *, due_at: datetime) -> Alert:
    """Return a high alert about which somebody is to be called at a moment."""
    return alert(ill, Severity.HIGH, hours_open=5, next_call_at=due_at)


@pytest.mark.parametrize(("said", "state", "words"), STEPS)
def test_calls_are_counted_from_what_somebody_did_on(said: list[Any], state: str, words: str) -> None:
    assert called(Alert(state=state), trail(said)) == words.format(moment(NOW))


def test_a_trail_without_its_beginning_is_counted_whole() -> None:
    """The oldest steps of a card of a past day may be missing: nothing fails."""
    assert called(Alert(state="raised"), []) == ""
    assert called(Alert(state="raised"), trail([(Verb.ESCALATED, 3)])).startswith("called 1×")


def test_what_the_calls_wrote_is_what_the_card_says(ill: Patient, chain: tuple[User, User]) -> None:
    found = high(ill, due_at=NOW - 2 * HOUR)
    for minutes, words in ((0, "called 1×, last {}: level 1"), (30, "called 2×, last {}: level 2"),
                           (90, "called 3×, last {}: the whole chain")):  # fmt: skip
        at = NOW - 2 * HOUR + minutes * MINUTE
        calling.call_due(at=at)
        assert cards_of(ill, None)[0].called == words.format(moment(at))
    handling.acknowledge(found.pk, by=chain[0], at=NOW)
    assert cards_of(ill, None)[0].called == ""


def test_a_card_of_a_past_moment_knows_the_calls_until_then(ill: Patient, chain: tuple[User, User]) -> None:
    high(ill, due_at=NOW - 2 * HOUR)
    for minutes in (0, 30):
        calling.call_due(at=NOW - 2 * HOUR + minutes * MINUTE)
    past = asked_for((NOW - 2 * HOUR + 10 * MINUTE).isoformat(), now=timezone.now())
    (card,) = cards_of(ill, past)
    assert card.called == f"called 1×, last {moment(NOW - 2 * HOUR)}: level 1"


def test_the_page_says_it_beside_what_can_be_done(ill: Patient, chain: tuple[User, User]) -> None:
    high(ill, due_at=NOW - HOUR)
    assert "called 1×" not in text(browser(chain[0]).get(f"/patients/{ill.pk}/"))
    calling.call_due(at=NOW - HOUR)
    said = f"called 1×, last {moment(NOW - HOUR)}: level 1".replace("\u00a0", " ")
    assert said in text(browser(chain[0]).get(f"/patients/{ill.pk}/"))


def test_each_part_of_a_story_says_its_own(ill: Patient, chain: tuple[User, User]) -> None:
    parts = relapsed(ill)
    Transition.objects.create(
        alert=parts[0], patient=ill, at=NOW, verb="escalated", before="raised", after="raised", detail={"level": 2}
    )
    page = browser(chain[0]).get(f"/patients/{ill.pk}/").content.decode()
    summaries = [
        one.split("</summary>")[0] for one in page.split("<summary>") if "story__what" in one.split("</summary>")[0]
    ]
    assert sorted("called 1×" in one for one in summaries) == [False] * (len(parts) - 1) + [True]
