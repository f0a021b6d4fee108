"""manage.py replay: identical, or what differs; what cannot be named is status 2."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from uuid import UUID

import pytest

from alerts.models import Alert
from alerts.watching import evaluate
from manage import role_of
from tests.alerts.commands import document, run
from tests.alerts.house import healthy, recorded, the_alert
from tests.alerts.scenes import FALL, MORNING, Scene, Script, high, person

pytestmark = pytest.mark.django_db
AsRole = Callable[[str], AbstractContextManager[None]]


@pytest.fixture
def house(db: None, monkeypatch: pytest.MonkeyPatch) -> tuple[Scene, Script]:
    return healthy(monkeypatch)


@pytest.fixture
def other(house: tuple[Scene, Script]) -> Alert:
    """Return the alert of another patient, raised later."""
    stage, _ = house
    patient = person(stage.team)
    evaluate(patient.pk, at=MORNING.replace(hour=11))
    return Alert.objects.get(patient=patient)


@pytest.fixture
def worker(house: tuple[Scene, Script], as_role: AsRole) -> Iterator[Alert]:
    """Run a whole test with the command's log-in; give the alert."""
    alert = the_alert()
    with as_role(f"iph_{role_of(['replay'])}"):
        yield alert


def test_identical_is_0(worker: Alert) -> None:
    expected = {"alerts": [{"alert": str(worker.pk), "identical": True, "differences": []}], "ok": True}
    assert document("replay", str(worker.pk)) == (0, expected)


def test_a_difference_is_1_and_shown(house: tuple[Scene, Script]) -> None:
    _, script = house
    evidence = the_alert().finding["evidence"][0]["id"]
    script.says(high(FALL, row=evidence, sentence="Hb 62 g/L."))
    status, found = document("replay", str(the_alert().pk))
    assert (status, found["ok"]) == (1, False)
    (difference,) = found["alerts"][0]["differences"]
    assert (difference["path"], difference["now"]) == ("/sentence", "Hb 62 g/L.")


def test_all_are_replayed_oldest_first(house: tuple[Scene, Script], other: Alert) -> None:
    first = Alert.objects.exclude(pk=other.pk).get()
    status, found = document("replay", "--all")
    assert status == 0
    assert [one["alert"] for one in found["alerts"]] == [str(first.pk), str(other.pk)]


def test_only_the_named_are_replayed(house: tuple[Scene, Script], other: Alert) -> None:
    _, found = document("replay", str(other.pk))
    assert [one["alert"] for one in found["alerts"]] == [str(other.pk)]


def test_one_that_differs_hides_no_other(house: tuple[Scene, Script], other: Alert) -> None:
    Alert.objects.filter(pk=other.pk).update(rule="gone")
    status, found = document("replay", "--all")
    assert (status, [one["identical"] for one in found["alerts"]]) == (1, [True, False])


def test_no_alert_at_all_is_well(db: None) -> None:
    assert document("replay", "--all") == (0, {"alerts": [], "ok": True})


@pytest.mark.parametrize("name", [str(UUID(int=7)), "7", "not an id", "'; --"])
def test_an_alert_that_is_not_there_is_2(house: tuple[Scene, Script], name: str) -> None:
    assert run("replay", str(the_alert().pk), name) == (2, f"There is no alert {name}.")


@pytest.mark.parametrize("arguments", [[], ["--all", str(UUID(int=7))], ["--json"]])
def test_either_alerts_or_all_are_named(arguments: list[str]) -> None:
    assert run("replay", *arguments) == (2, "Name alerts, or give --all.")


def test_a_line_an_alert_for_a_person(house: tuple[Scene, Script], other: Alert) -> None:
    Alert.objects.filter(pk=other.pk).update(rule="gone")
    first = Alert.objects.exclude(pk=other.pk).get()
    status, said = run("replay", "--all")
    assert (status, said.splitlines()) == (
        1,
        [
            f"{first.pk} identical",
            f"{other.pk} differs",
            "  rule: 'gone' then, None now",
            "1 of 2 alerts identical",
        ],
    )


def test_late_facts_change_nothing(house: tuple[Scene, Script]) -> None:
    recorded(house[0], 130.0, days_ago=3)
    assert run("replay", "--all")[0] == 0
