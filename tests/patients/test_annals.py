"""Who did what with a record: every deed once, in its kind, the newest first, and at a cost that does not grow."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from patients import recording, seen
from patients.annals import PAGE, SHOWN, Annals, Deed, Entry, annals
from patients.correcting import correct
from patients.models import Patient, User, What
from tests import factories
from tests.patients.records import DAY, NOON, dose, event, result

pytestmark = pytest.mark.django_db
AsWeb = Callable[[User], AbstractContextManager[None]]


@pytest.fixture
def ill() -> Patient:
    return factories.patient()


@pytest.fixture
def nurse(ill: Patient) -> User:
    return factories.member(ill.team, "nurse", first_name="Lena", last_name="Mayer")


def record(*facts: Any, day: float = 0, by: User | None = None, why: str = "") -> list[int]:
    """Record facts some days after noon; return their ids."""
    outcomes = recording.record(list(facts), by=by, at=NOON + day * DAY, why=why)
    return [one.fact_id for one in outcomes if one.fact_id is not None]


def look(ill: Patient, user: User, *, day: float, what: What = What.PAGE) -> None:
    """Let a person see something."""
    assert seen.note(user.pk, [ill.pk], what, at=NOON + day * DAY)


def of(ill: Patient, *deeds: Deed, page: int = 1) -> Annals:
    """Return a page of the annals, of every deed unless some are named."""
    return annals(ill.pk, deeds or list(Deed), page=page)


def told(entries: tuple[Entry, ...]) -> list[tuple[str, str, str, int, int]]:
    """Return entries as deed, person, why, and how much was recorded and taken back."""
    return [(one.deed.value, one.by, one.why, one.made, one.undone) for one in entries]


def test_of_nobody_there_is_nothing(ill: Patient) -> None:
    assert of(ill) == Annals((), 1, more=False)


def test_every_deed_is_told_newest_first(ill: Patient, nurse: User) -> None:
    (wrong,) = record(result(ill, 61), day=0, by=nurse, why="typed in")
    look(ill, nurse, day=1)
    correct(wrong, result(ill, 98), by=nurse, at=NOON + 2 * DAY, why="a slip")
    (blood,) = record(event(ill), day=3)
    recording.retract("event", blood, by=nurse, at=NOON + 4 * DAY, why="another patient's")
    look(ill, nurse, day=5, what=What.API)
    assert told(of(ill).entries) == [
        ("saw", "Lena Mayer", "api", 0, 0),
        ("corrected", "Lena Mayer", "another patient's", 0, 1),
        ("recorded", "", "", 1, 0),
        ("corrected", "Lena Mayer", "a slip", 1, 1),
        ("saw", "Lena Mayer", "page", 0, 0),
        ("recorded", "Lena Mayer", "typed in", 1, 0),
    ]
    assert [(NOON + day * DAY) for day in range(5, -1, -1)] == [one.at for one in of(ill).entries]


def test_an_entry_names_the_facts_that_it_is_about(ill: Patient, nurse: User) -> None:
    (wrong,) = record(result(ill, 61))
    correct(wrong, result(ill, 98), by=nurse, at=NOON + DAY, why="a slip")
    newest, first = of(ill).entries
    assert [(one.kind, one.row.pk) for one in first.recorded] == [("observation", wrong)]
    assert [(one.kind, one.row.pk) for one in newest.retracted] == [("observation", wrong)]
    assert [getattr(one.row, "value", None) for one in newest.recorded] == [98]


def test_facts_of_every_kind_are_named(ill: Patient) -> None:
    record(result(ill), event(ill), dose(ill))
    (entry,) = of(ill).entries
    assert [one.kind for one in entry.recorded] == ["observation", "event", "treatment"]
    assert entry.made == 3


def test_of_many_facts_the_first_are_named_and_all_counted(ill: Patient) -> None:
    several = [result(ill, 100 + place, effective_at=NOON + timedelta(hours=place)) for place in range(SHOWN + 4)]
    record(*several, day=9)
    (entry,) = of(ill).entries
    assert (entry.made, len(entry.recorded)) == (SHOWN + 4, SHOWN)


@pytest.mark.parametrize(
    ("deeds", "expected"),
    [
        ([Deed.RECORDED], ["a file", "typed in"]),
        ([Deed.CORRECTED], ["a file", "a slip"]),
        ([Deed.SAW], ["page"]),
        ([Deed.RECORDED, Deed.CORRECTED], ["a file", "a slip", "typed in"]),
        ([Deed.RECORDED, Deed.SAW], ["a file", "page", "typed in"]),
        ([], []),
    ],
)
def test_it_is_narrowed_to_some_deeds(ill: Patient, nurse: User, deeds: list[Deed], expected: list[str]) -> None:
    """A file that corrects one result and brings another is both."""
    (wrong,) = record(result(ill, 61), why="typed in")
    look(ill, nurse, day=1)
    correct(wrong, result(ill, 98), by=nurse, at=NOON + 2 * DAY, why="a slip")
    amended = result(ill, 99, status="amended")
    record(amended, result(ill, 5, code="FE", unit="umol/L"), day=3, why="a file")
    assert [one.why for one in annals(ill.pk, deeds).entries] == expected


def test_another_patients_annals_are_others(ill: Patient, nurse: User) -> None:
    other = factories.patient(ill.team)
    record(result(other, 90))
    look(other, nurse, day=1)
    assert of(ill).entries == ()
    assert len(of(other).entries) == 2


def test_pages_follow_each_other_and_none_is_lost(ill: Patient, nurse: User) -> None:
    for day in range(PAGE):
        record(result(ill, 120, effective_at=NOON + day * DAY), day=day)
        look(ill, nurse, day=day + 0.5)
    look(ill, nurse, day=PAGE + 1)
    pages = [of(ill, page=number) for number in (1, 2, 3, 4)]
    assert [(len(one.entries), one.more) for one in pages] == [(PAGE, True), (PAGE, True), (1, False), (0, False)]
    times = [entry.at for one in pages for entry in one.entries]
    assert times == sorted(times, reverse=True)
    assert len(set(times)) == 2 * PAGE + 1


def test_deeds_of_one_moment_keep_their_order_over_pages(ill: Patient) -> None:
    for number in range(PAGE + 5):
        factories.revision(ill, at=NOON)
        assert ill.revision == number + 1
    assert len(of(ill).entries) == PAGE
    assert len(of(ill, page=2).entries) == 5


def test_the_cost_does_not_grow(ill: Patient, nurse: User) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert of(ill).entries
        return len(asked)

    record(result(ill, 61), event(ill), dose(ill), by=nurse)
    before = cost()
    for day in range(1, 30):
        look(ill, nurse, day=day)
        several = [result(ill, 100, effective_at=NOON + timedelta(hours=24 * day + n)) for n in range(8)]
        record(*several, day=day, by=factories.member(ill.team))
    assert cost() == before <= 8


def test_it_is_read_by_indexes(ill: Patient, nurse: User) -> None:
    """A table of a hundred thousand results is not read to tell of one patient's."""
    record(result(ill, 61), by=nurse)
    look(ill, nurse, day=1)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    with CaptureQueriesContext(connection) as asked:
        of(ill)
    facts = [one["sql"] for one in asked if "patients_user" not in one["sql"]]
    with connection.cursor() as cursor:
        for sql in facts:
            cursor.execute(f"EXPLAIN {sql}")
            plan = "\n".join(row[0] for row in cursor.fetchall())
            assert "Seq Scan" not in plan, plan


@pytest.mark.parametrize(("role", "count"), [("nurse", 2), ("stranger", 0)])
def test_row_level_security_shows_each_what_is_theirs(
    ill: Patient, nurse: User, as_web: AsWeb, role: str, count: int
) -> None:
    record(result(ill, 61))
    look(ill, nurse, day=1)
    user = nurse if role == "nurse" else factories.member(factories.team())
    with as_web(user):
        assert len(of(ill).entries) == count
