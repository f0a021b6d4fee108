"""Who is written to about a patient's own plan: nobody unasked, nobody who left it, nobody against an adult's no."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.patient_news import News
from alerts.routing_patients import Household, Person, ToldOfOwn, listeners, route

NOW = datetime(2026, 11, 24, 6, tzinfo=UTC)
DAY = timedelta(days=1)
TODAY = NOW.date()
OWN, CARER = Person(1), Person(2, asked_at=NOW - DAY, since=NOW - 9 * DAY)
HOME = Household(OWN, (CARER,), agreed=True)


def who(home: Household) -> list[int]:
    """Return who is written to."""
    return [user for user, _ in listeners(home)]


def test_who_agreed_and_who_asked_are_written_to_each_for_a_reason_of_its_own() -> None:
    assert listeners(HOME) == ((1, "patient_agreed"), (2, "caregiver_asked"))


def test_each_is_told_of_each_piece_of_news() -> None:
    assert route({News.STEP_TODAY: TODAY, News.TEST_DUE: TODAY}, HOME) == (
        ToldOfOwn(1, News.STEP_TODAY, "patient_agreed"),
        ToldOfOwn(2, News.STEP_TODAY, "caregiver_asked"),
        ToldOfOwn(1, News.TEST_DUE, "patient_agreed"),
        ToldOfOwn(2, News.TEST_DUE, "caregiver_asked"),
    )


@pytest.mark.parametrize(
    ("last", "heard"), [(None, False), (-1, False), (0, True), (1, True)], ids=["never", "before", "that day", "since"]
)
def test_who_was_told_on_its_day_or_since_knows_it(last: int | None, heard: bool) -> None:
    told = {} if last is None else {(1, News.TEST_DUE): TODAY + last * DAY, (2, News.TEST_OVERDUE): TODAY}
    found = route({News.TEST_DUE: TODAY}, HOME, told)
    assert [one.recipient for one in found] == ([2] if heard else [1, 2])


@pytest.mark.parametrize("agreed", [None, False])
def test_no_patient_is_written_to_unasked(agreed: bool | None) -> None:
    assert 1 not in who(replace(HOME, agreed=agreed))


@pytest.mark.parametrize("own", [None, replace(OWN, stopped=True), replace(OWN, active=False)])
def test_nor_one_without_an_account_or_who_left_these_mails(own: Person | None) -> None:
    assert who(replace(HOME, own=own)) == [2]


@pytest.mark.parametrize(
    "carer",
    [
        replace(CARER, asked_at=None),
        replace(CARER, stopped=True),
        replace(CARER, active=False),
        replace(CARER, asked_at=NOW - 10 * DAY),  # before the present access began
    ],
)
def test_no_caregiver_is_written_to_who_did_not_ask(carer: Person) -> None:
    assert who(replace(HOME, caregivers=(carer,))) == [1]


def test_who_asked_on_the_day_of_the_access_asked() -> None:
    assert who(replace(HOME, caregivers=(replace(CARER, asked_at=CARER.since),))) == [1, 2]


@pytest.mark.parametrize(
    ("adult", "agreed", "expected"),
    [(True, False, []), (True, None, [2]), (True, True, [1, 2]), (False, False, [2]), (False, None, [2])],
)
def test_an_adults_no_holds_for_others_too(adult: bool, agreed: bool | None, expected: list[int]) -> None:
    assert who(replace(HOME, adult=adult, agreed=agreed)) == expected


PEOPLE = st.builds(
    Person,
    st.integers(1, 4),
    asked_at=st.none() | st.just(NOW),
    since=st.none() | st.just(NOW - DAY) | st.just(NOW + DAY),
    stopped=st.booleans(),
    active=st.booleans(),
)
HOMES = st.builds(
    Household,
    st.none() | PEOPLE,
    st.lists(PEOPLE, max_size=4).map(tuple),
    agreed=st.none() | st.booleans(),
    adult=st.booleans(),
)


DAYS = st.dates(TODAY - 3 * DAY, TODAY)


@given(
    home=HOMES, news=st.dictionaries(st.sampled_from(News), DAYS),
    known=st.dictionaries(st.tuples(st.integers(1, 4), st.sampled_from(News)), DAYS),
)  # fmt: skip
def test_nobody_is_told_twice_or_without_a_reason(
    home: Household, news: dict[News, date], known: dict[tuple[int, News], date]
) -> None:
    told = route(news, home, known)
    assert all(known.get((one.recipient, one.news), date.min) < news[one.news] for one in told)
    assert len({(one.recipient, one.news) for one in told}) == len(told)
    for one in told:
        if one.because == "patient_agreed":
            assert home.own is not None
            assert home.agreed
            assert one.recipient == home.own.user_id
        else:
            assert any(
                person.user_id == one.recipient and person.active and not person.stopped and person.asked_at is not None
                for person in home.caregivers
            )
