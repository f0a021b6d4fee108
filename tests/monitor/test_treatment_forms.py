"""Forms of treatment: a dose of one day, a taper, the end of one; what they refuse and what an answer is about."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.treatment_forms import PLAN, DoseForm, EndForm, TaperForm
from patients.amounts import STEROIDS

TODAY = date(2026, 11, 24)
WHO = UUID(int=3)
TAPER = {
    "drug": "prednisolone", "start_on": "2026-11-24", "start_mg": "40", "target_mg": "7.5", "weeks": "16", "step_days": "14",
    "unit_mg": "2.5", "shape": "equal",
}  # fmt: skip


def dose(**sent: str) -> DoseForm:
    """Return a dose, sent."""
    usual = {"drug": "prednisolone", "dose": "15", "unit": "mg", "on": "2026-11-24"}
    return DoseForm({**usual, **sent}, today=TODAY, born=date(2015, 5, 17))


def taper(**sent: str) -> TaperForm:
    """Return a taper, sent."""
    return TaperForm({**TAPER, **sent}, today=TODAY)


def test_a_dose_is_taken_on_one_day() -> None:
    form = dose(dose="12,5")
    assert form.is_valid(), form.errors
    fact = form.fact(WHO)
    assert (fact.drug, fact.dose, fact.unit, fact.route, fact.intent) == ("prednisolone", 12.5, "mg", "oral", "taken")
    assert fact.started_on == fact.ended_on == TODAY


def test_a_dose_that_was_left_out_is_zero() -> None:
    form = dose(dose="0")
    assert form.is_valid()
    assert form.fact(WHO).dose == 0


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"on": "2026-11-25"}, "on"),
        ({"on": "2014-01-01"}, "on"),
        ({"on": "1850-01-01"}, "on"),
        ({"on": ""}, "on"),
        ({"dose": ""}, "dose"),
        ({"dose": "two"}, "dose"),
        ({"dose": "10001"}, "dose"),
        ({"unit": "spoons"}, "unit"),
        ({"drug": " "}, "drug"),
        ({"drug": "x" * 61}, "drug"),
    ],
)
def test_a_dose_that_cannot_be_is_refused_at_its_field(sent: dict[str, str], field: str) -> None:
    assert list(dose(**sent).errors) == [field]


@pytest.mark.parametrize("changed", [{"dose": "16"}, {"on": "2026-11-23"}, {"unit": "g"}, {"drug": "prednisone"}])
def test_an_answer_is_about_one_dose_on_one_day(changed: dict[str, str]) -> None:
    answer = dose().said
    assert dose(right=answer).insisted
    assert not dose(right=answer, **changed).insisted
    assert not dose().insisted


def test_a_new_dose_form_begins_today() -> None:
    form = DoseForm(today=TODAY, born=None)
    assert form["on"].value() == TODAY
    assert 'max="2026-11-24"' in str(form["on"])


def test_a_taper_is_laid_out_from_start_to_target() -> None:
    form = taper()
    assert form.is_valid(), form.errors
    assert (form.steps[0].mg, form.steps[-1].mg, form.steps[0].on) == (40.0, 7.5, TODAY)
    assert form.steps[-1].day == 16 * 7
    assert form.plan_name == "40 to 7.5 mg in 16 weeks from 24 Nov 2026"


def test_a_taper_is_recorded_as_planned_doses_under_its_name() -> None:
    form = taper(drug="methylprednisolone")
    assert form.is_valid()
    facts = form.facts(WHO)
    assert {(fact.intent, fact.plan, fact.drug) for fact in facts} == {
        ("planned", form.plan_name, "methylprednisolone")
    }
    assert [fact.dose for fact in facts] == [step.mg for step in form.steps]


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"start_mg": "5"}, "start_mg"),
        ({"start_mg": "0", "target_mg": "0"}, "start_mg"),
        ({"weeks": "1"}, "start_mg"),
        ({"weeks": "0"}, "start_mg"),
        ({"shape": "proportional", "target_mg": "0"}, "start_mg"),
        ({"start_mg": "1001"}, "start_mg"),
        ({"target_mg": ""}, "target_mg"),
        ({"weeks": "many"}, "weeks"),
        ({"step_days": "0"}, "step_days"),
        ({"unit_mg": "3"}, "unit_mg"),
        ({"shape": "round"}, "shape"),
        ({"drug": "aspirin"}, "drug"),
        ({"start_on": "2028-01-01"}, "start_on"),
        ({"start_on": "2024-01-01"}, "start_on"),
        ({"reason": "x" * 201}, "reason"),
    ],
)
def test_what_makes_no_taper_is_refused_at_its_field(sent: dict[str, str], field: str) -> None:
    form = taper(**sent)
    assert list(form.errors) == [field]
    assert form.steps == ()
    assert str(form.errors[field][0]).endswith(".")


@pytest.mark.parametrize("name", PLAN)
def test_a_preview_is_of_exactly_this_plan(name: str) -> None:
    answer = taper().said
    assert taper(previewed=answer).previewed
    assert not taper(previewed=answer, **{name: "1"}).previewed


def test_every_part_of_a_plan_is_asked_for() -> None:
    assert [field.name for field in TaperForm(today=TODAY).asked()] == list(PLAN)


def test_every_steroid_can_be_planned() -> None:
    assert {one for one, _ in TaperForm(today=TODAY).fields["drug"].choices} == set(STEROIDS)  # type: ignore[attr-defined]


@given(
    st.fixed_dictionaries(
        {
            "start_mg": st.integers(1, 120).map(str),
            "target_mg": st.integers(0, 120).map(str),
            "weeks": st.integers(0, 60).map(str),
            "step_days": st.integers(0, 40).map(str),
            "shape": st.sampled_from(["equal", "proportional"]),
        }
    )
)
def test_any_numbers_make_a_falling_plan_or_are_refused(sent: dict[str, str]) -> None:
    form = taper(**sent)
    if not form.is_valid():
        assert set(form.errors) <= {"start_mg", "step_days"}
        return
    doses = [step.mg for step in form.steps]
    assert doses == sorted(doses, reverse=True)
    assert (doses[0], doses[-1]) == (float(sent["start_mg"]), float(sent["target_mg"]))
    assert len(form.plan_name) <= 60


def end(**sent: str) -> EndForm:
    """Return the end of a plan, sent."""
    usual = {"drug": "prednisolone", "end_on": "2026-11-24", "reason": "relapse"}
    return EndForm({**usual, **sent}, drugs=["prednisolone"], today=TODAY)


def test_a_plan_ends_today_or_later() -> None:
    assert end().is_valid()
    assert list(end(end_on="2026-11-23").errors) == ["end_on"]
    assert EndForm(drugs=[], today=TODAY)["end_on"].value() == TODAY + timedelta(days=1)


@pytest.mark.parametrize(
    ("sent", "field"), [({"drug": "iron"}, "drug"), ({"reason": " "}, "reason"), ({"end_on": ""}, "end_on")]
)
def test_an_end_needs_a_medicine_that_is_planned_and_a_reason(sent: dict[str, str], field: str) -> None:
    assert list(end(**sent).errors) == [field]


@pytest.mark.parametrize(
    ("shape", "by", "doses", "name"),
    [
        ("equal", "5", [40, 35, 30, 25, 20, 15, 10, 7.5], "40 to 7.5 mg by 5 mg from 24 Nov 2026"),
        ("proportional", "20", [40, 30, 22.5, 17.5, 12.5, 10, 7.5], "40 to 7.5 mg by 20 % from 24 Nov 2026"),
    ],
)
def test_each_step_may_take_off_so_much(shape: str, by: str, doses: list[float], name: str) -> None:
    """Vector `taper_schedule-06`: 40 mg, 20 % a step, tablets of 2.5 mg: 40, 30, 22.5, 17.5, 12.5, 10, 7.5."""
    form = taper(weeks="", by=by, shape=shape)
    assert form.is_valid(), form.errors
    assert [step.mg for step in form.steps] == doses
    assert form.plan_name == name


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"weeks": "", "by": ""}, "weeks"),
        ({"weeks": "16", "by": "5"}, "weeks"),
        ({"weeks": "", "by": "0"}, "start_mg"),
        ({"weeks": "", "by": "100", "shape": "proportional"}, "start_mg"),
        ({"weeks": "", "by": "x"}, "by"),
    ],
)
def test_a_length_or_a_size_is_said_and_one_of_both(sent: dict[str, str], field: str) -> None:
    assert list(taper(**sent).errors) == [field]


def test_a_preview_by_size_is_not_one_by_length() -> None:
    assert taper(weeks="", by="5").said != taper().said
    assert taper(weeks="", by="5", previewed=taper(weeks="", by="5").said).previewed


@pytest.mark.parametrize(
    ("weight", "said"),
    [
        (26.0, "Weight 26 kg: 0.5 to 2 mg/kg are 13 to 52 mg, 60 mg at most."),
        (40.0, "Weight 40 kg: 0.5 to 2 mg/kg are 20 to 60 mg, 60 mg at most."),
    ],
)
def test_a_childs_weight_says_what_a_start_usually_is(weight: float, said: str) -> None:
    form = TaperForm(today=TODAY)
    form.weigh(weight)
    assert form.fields["start_mg"].help_text == said
