"""Pages of treatment: a dose is taken once, a plan is looked at before it is saved, and one plan stands in another's place."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from monitor import treatment_views
from patients import timeline
from patients.facts import NewObservation, NewTreatment
from patients.history import TreatmentRecord
from patients.models import Patient, PatientRevision, Treatment
from patients.recording import FactNotFoundError, record
from patients.replanning import covering
from tests.monitor.recording_desk import NOTHING, Desk, counts, desk, said, today, words, yesterday

pytestmark = pytest.mark.django_db
DOSE, TAPER = "record/dose/", "record/taper/"
TAKEN = {"drug": "prednisolone", "dose": "15", "unit": "mg", "on": yesterday()}


@pytest.fixture
def here(db: None) -> Desk:
    return desk()


def in_days(days: int) -> date:
    """Return a day of the patient's calendar."""
    return today() + timedelta(days=days)


def plan(**sent: str) -> dict[str, str]:
    """Return a plan as typed: adult-like, with no step larger than a quarter."""
    usual = {
        "drug": "prednisolone", "start_on": today().isoformat(), "start_mg": "40", "target_mg": "30", "weeks": "4",
        "step_days": "14", "unit_mg": "2.5", "shape": "equal",
    }  # fmt: skip
    return {**usual, **sent}


def saved(here: Desk, page: str, sent: dict[str, str], **more: str) -> Any:
    """Save a plan that was previewed, saying that what is odd is meant."""
    assert "Save this plan" in page
    start = page.index('name="previewed" value="') + len('name="previewed" value="')
    said_ = page[start : page.index('"', start)]
    return here.post(TAPER, {**sent, "previewed": said_, "meant": said_, "save": "1", **more}, "physician")


def planned(ill: Patient) -> list[TreatmentRecord]:
    """Return what is planned, in order."""
    known = timeline.read(ill.pk, at=timezone.now()).treatments
    return sorted((row for row in known if row.intent == "planned"), key=lambda row: row.started_on)


def running(ill: Patient, *, mg: float = 20.0, since: int = -10, until: int | None = None) -> None:
    """Let a step be under way."""
    end = None if until is None else in_days(until)
    step = NewTreatment(
        ill.pk, "prednisolone", in_days(since), "planned", dose=mg, unit="mg", route="oral", ended_on=end, plan="old"
    )
    record([step], by=None, at=timezone.now(), why="")


@pytest.mark.parametrize("role", ["patient", "caregiver", "nurse", "physician"])
def test_a_dose_is_taken_by_whoever_gives_or_takes_it(here: Desk, role: str) -> None:
    assert here.post(DOSE, TAKEN, role)["Location"] == here.path()
    row = Treatment.objects.get()
    assert (row.drug, row.dose, row.intent) == ("prednisolone", 15.0, "taken")
    assert row.started_on == row.ended_on == in_days(-1)
    assert PatientRevision.objects.get().by == here.people[role]


def test_the_form_offers_what_is_planned_today(here: Desk) -> None:
    running(here.ill, mg=12.5)
    page = words(here.get(DOSE, "patient"))
    assert 'name="dose" value="12.5"' in page
    assert 'name="drug" value="prednisolone"' in page


def test_without_a_plan_nothing_is_proposed(here: Desk) -> None:
    running(here.ill, since=-20, until=-1)
    assert 'name="dose" value' not in words(here.get(DOSE))


def test_the_same_dose_again_is_said_to_be_there(here: Desk) -> None:
    visitor = here.visitor()
    for _ in range(2):
        visitor.post(here.path(DOSE), TAKEN)
    assert "This dose was recorded before." in said(visitor)
    assert counts() == (0, 0, 1, 1)


def test_another_dose_of_the_day_is_asked_about(here: Desk) -> None:
    visitor = here.visitor()
    visitor.post(here.path(DOSE), TAKEN)
    other = {**TAKEN, "dose": "5"}
    asked = visitor.post(here.path(DOSE), other)
    page = words(asked)
    assert (asked.status_code, Treatment.objects.count()) == (400, 1)
    assert "15 mg of prednisolone" in page
    assert here.path(f"facts/treatment/{Treatment.objects.get().pk}/") in page
    assert visitor.post(here.path(DOSE), {**other, "right": f"{yesterday()} prednisolone 5 mg"}).status_code == 302
    assert Treatment.objects.count() == 2


def test_another_medicine_of_the_day_is_not_asked_about(here: Desk) -> None:
    here.post(DOSE, TAKEN)
    assert here.post(DOSE, {**TAKEN, "drug": "ferrous sulfate", "dose": "100"}).status_code == 302


def test_a_longer_record_of_that_day_is_asked_about_too(here: Desk) -> None:
    step = NewTreatment(here.ill.pk, "Prednisolon", in_days(-5), "taken", dose=15.0, unit="mg")
    record([step], by=None, at=timezone.now(), why="")
    assert "Another dose is recorded for this day." in words(here.post(DOSE, TAKEN))


@pytest.mark.parametrize("wrong", [{"dose": "lots"}, {"on": "2999-01-01"}, {"unit": "spoons"}])
def test_a_failed_dose_keeps_what_was_typed(here: Desk, wrong: dict[str, str]) -> None:
    response = here.post(DOSE, {**TAKEN, "drug": "prednisone", **wrong})
    assert (response.status_code, counts()) == (400, NOTHING)
    assert 'value="prednisone"' in words(response)


def test_a_plan_is_shown_before_it_is_saved(here: Desk) -> None:
    response = here.post(TAPER, plan(), "physician")
    page = words(response)
    assert (response.status_code, counts()) == (200, NOTHING)
    assert page.index("40 mg</td>") < page.index("35 mg</td>") < page.index("30 mg</td>")
    assert "Preview: 40 to 30 mg in 4 weeks" in page
    assert "Nothing here is a recommendation." in page


def test_a_plan_that_was_seen_is_saved_as_planned_doses(here: Desk) -> None:
    page = words(here.post(TAPER, plan(), "physician"))
    assert saved(here, page, plan())["Location"] == here.path(TAPER)
    assert [(row.dose, row.started_on, row.ended_on) for row in planned(here.ill)] == [
        (40.0, in_days(0), in_days(13)),
        (35.0, in_days(14), in_days(27)),
        (30.0, in_days(28), None),
    ]
    assert {row.plan[:26] for row in planned(here.ill)} == {"40 to 30 mg in 4 weeks fro"}
    assert PatientRevision.objects.count() == 1


def test_a_plan_that_was_not_seen_is_shown_first(here: Desk) -> None:
    page = words(here.post(TAPER, plan(), "physician"))
    changed = plan(start_mg="45")
    for sent in ({**plan(), "save": "1"}, None):
        response = here.post(TAPER, sent, "physician") if sent else saved(here, page, changed)
        assert (response.status_code, counts()) == (200, NOTHING)


def test_what_is_odd_must_be_meant(here: Desk) -> None:
    odd = plan(target_mg="5", weeks="2")
    page = words(here.post(TAPER, odd, "physician"))
    assert "takes off more than 25 % of the dose" in page
    refused = saved(here, page, odd, meant="")
    assert (refused.status_code, counts()) == (400, NOTHING)
    assert "Look at the remarks below" in words(refused)
    assert saved(here, page, odd).status_code == 302


@pytest.mark.parametrize(("days_ago", "known"), [(10, True), (100, False)])
def test_a_childs_start_is_judged_by_a_weight_of_the_last_90_days(here: Desk, days_ago: int, known: bool) -> None:
    at = timezone.now() - timedelta(days=days_ago)
    record([NewObservation(here.ill.pk, "WEIGHT", at, value=30.0, unit="kg")], by=None, at=timezone.now(), why="")
    page = words(here.post(TAPER, plan(), "physician"))
    assert ("No weight of the last 90 days is known" in page) is not known


def test_what_makes_no_plan_is_told_at_its_field(here: Desk) -> None:
    response = here.post(TAPER, plan(start_mg="5"), "physician")
    assert (response.status_code, counts()) == (400, NOTHING)
    page = words(response)
    assert 'id="id_start_mg_error"' in page
    assert 'name="target_mg" value="30"' in page


def test_a_new_plan_takes_the_place_of_the_old_with_a_reason(here: Desk) -> None:
    running(here.ill)
    page = words(here.post(TAPER, plan(), "physician"))
    assert "It replaces 1 planned step" in page
    assert "of “old”" in page
    refused = saved(here, page, plan())
    assert refused.status_code == 400
    assert "It replaces a plan: say why." in words(refused)
    assert saved(here, page, plan(), reason="relapse").status_code == 302
    assert [(row.dose, row.ended_on) for row in planned(here.ill)][:2] == [(20.0, in_days(-1)), (40.0, in_days(13))]
    assert len(covering(planned(here.ill), today(), "planned")) == 1
    last = PatientRevision.objects.order_by("-n")[0]
    assert (last.n, last.why) == (2, "relapse")


def test_a_plan_saved_twice_stands_once(here: Desk) -> None:
    page = words(here.post(TAPER, plan(), "physician"))
    before = None
    for _ in range(3):
        assert saved(here, page, plan()).status_code == 302
        before = before or counts()
    assert counts() == before


def test_a_form_that_is_sent_twice_is_known(here: Desk) -> None:
    visitor = here.visitor("physician")
    for _ in range(2):
        visitor.post(here.path(DOSE), {**TAKEN, "mark": "one"})
    assert "This form was recorded before." in said(visitor)
    other = visitor.post(
        here.path(DOSE), {**TAKEN, "dose": "20", "mark": "one"}
    )  # another dose, written into the same form
    assert (other.status_code, Treatment.objects.count()) == (400, 1)
    assert "Another dose is recorded for this day." in words(other)


def test_a_plan_that_is_sent_twice_is_known(here: Desk) -> None:
    visitor = here.visitor("physician")
    answer = visitor.post(here.path(TAPER), plan()).context["form"].said
    sent = {**plan(), "previewed": answer, "meant": answer, "save": "1", "mark": "one"}
    first, second = (words(visitor.post(here.path(TAPER), sent, follow=True)) for _ in range(2))
    assert "Plan saved." in first
    assert "This form was recorded before." in second


def test_a_plan_ends_from_a_day_on(here: Desk) -> None:
    running(here.ill)
    sent = {"end": "1", "end-drug": "prednisolone", "end-end_on": in_days(3).isoformat(), "end-reason": "remission"}
    assert here.post(TAPER, sent, "physician").status_code == 302
    assert [row.ended_on for row in planned(here.ill)] == [in_days(2)]
    before = counts()
    here.post(TAPER, sent, "physician")
    assert counts() == before


def test_a_plan_that_has_ended_ends_once(here: Desk) -> None:
    running(here.ill)
    sent = {"end": "1", "end-drug": "prednisolone", "end-end_on": today().isoformat(), "end-reason": "remission"}
    before = None
    for _ in range(2):
        assert here.post(TAPER, sent, "physician")["Location"] == here.path(TAPER)
        before = before or counts()
    assert counts() == before


def test_a_failed_end_keeps_what_was_typed(here: Desk) -> None:
    running(here.ill)
    before = counts()
    response = here.post(TAPER, {"end": "1", "end-drug": "prednisolone", "end-end_on": yesterday()}, "physician")
    page = words(response)
    assert (response.status_code, counts()) == (400, before)
    assert f'value="{yesterday()}"' in page
    assert '<a href="#id_end-reason">Reason</a>' in page


def test_every_step_leads_to_where_it_is_changed(here: Desk) -> None:
    running(here.ill)
    (row,) = planned(here.ill)
    assert here.path(f"facts/treatment/{row.id}/") in words(here.get(TAPER, "physician"))


def test_a_plan_that_changed_meanwhile_is_told(here: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def changed(*_: UUID, **__: object) -> list[int]:
        raise FactNotFoundError

    visitor = here.visitor("physician")
    answer = visitor.post(here.path(TAPER), plan()).context["form"].said
    monkeypatch.setattr(treatment_views, "replace_treatments", changed)
    sent = {**plan(), "previewed": answer, "meant": answer, "save": "1"}
    assert treatment_views.CHANGED in words(visitor.post(here.path(TAPER), sent, follow=True))
    assert counts() == NOTHING


def test_the_webs_own_log_in_may_plan(here: Desk, as_web: Any) -> None:
    running(here.ill)
    visitor = here.visitor("physician")
    sent = {"end": "1", "end-drug": "prednisolone", "end-end_on": in_days(3).isoformat(), "end-reason": "remission"}
    with as_web(here.people["physician"]):
        assert visitor.post(here.path(TAPER), sent).status_code == 302
        assert visitor.post(here.path(DOSE), TAKEN).status_code == 302
    assert counts() == (0, 0, 3, 3)
