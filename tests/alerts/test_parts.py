"""Stories of alerts in the database: what a finding spans, which are open, and what the API says of them."""

from datetime import timedelta
from typing import Any

import pytest

from alerts.models import Alert
from alerts.parts import part_of, stories_of, story_ids
from alerts.rules.rule import Evidence, Severity
from tests import factories
from tests.alerts.scenes import MORNING, Scene, scene
from tests.alerts.test_api import ALERTS, of

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
RELAPSE = ("hemoglobin_fall", "film_new_foci", "sputum_silent_bleeding")


@pytest.fixture
def stage(db: None) -> Scene:
    return scene()


def relapse(stage: Scene) -> list[Alert]:
    """Return three alerts of one bleeding, the first raised first."""
    return [
        factories.alert(stage.patient, rule=rule, hours_open=9 - place, found={"at": MORNING + place * DAY})
        for place, rule in enumerate(RELAPSE)
    ]


def told(stage: Scene, path: str = ALERTS) -> Any:
    """Return what the API says."""
    answer = of(stage.nurse).get(path)
    assert answer.status_code == 200
    return answer.json()


def test_a_finding_spans_from_its_onset_to_its_newest_result(stage: Scene) -> None:
    rows = tuple(Evidence("result", "observation", n, "HGB", MORNING - n * DAY, 98.0, "g/L") for n in (1, 4))
    baseline = Evidence("baseline", "observation", 9, "HGB", MORNING - 90 * DAY, 120.0, "g/L")
    one = part_of(factories.alert(stage.patient, found={"evidence": (*rows, baseline), "since": MORNING - 6 * DAY}))
    assert (one.start, one.end) == (MORNING - 6 * DAY, MORNING - DAY)


def test_a_finding_without_results_is_where_it_was_raised(stage: Scene) -> None:
    alert = factories.alert(stage.patient, found={"evidence": ()})
    assert (part_of(alert).start, part_of(alert).end) == (alert.raised_at, alert.raised_at)


def test_only_what_is_open_is_told(stage: Scene) -> None:
    fall, film, sputum = relapse(stage)
    film.state = "resolved"
    (one,) = stories_of([fall, film, sputum])
    assert {part.id for part in one.parts} == {fall.pk, sputum.pk}


def test_a_list_says_of_which_story_each_alert_is_part(stage: Scene) -> None:
    fall, *_ = relapse(stage)
    alone = factories.alert(stage.patient, Severity.LOW, rule="iron_deficiency")
    over = factories.alert(stage.patient, rule="hemoptysis", state="resolved")
    said = {one["id"]: one["story"] for one in told(stage)["results"]}
    assert said.pop(str(over.pk)) is None
    assert said.pop(str(alone.pk)) == str(alone.pk)
    assert set(said.values()) == {str(fall.pk)}


def test_one_alert_says_it_by_itself(stage: Scene) -> None:
    fall, film, _ = relapse(stage)
    one = told(stage, f"{ALERTS}{film.pk}/")
    assert (one["story"], one["ground_lost_at"]) == (str(fall.pk), None)


def test_stories_of_many_patients_are_one_query_and_do_not_mix(stage: Scene, django_assert_num_queries: Any) -> None:
    other = scene("south")
    mine, theirs = relapse(stage), relapse(other)
    with django_assert_num_queries(1):
        found = story_ids([*mine, *theirs])
    assert [found[one.pk] for one in (*mine, *theirs)] == [mine[0].pk] * 3 + [theirs[0].pk] * 3
    with django_assert_num_queries(0):
        assert story_ids([]) == {}
