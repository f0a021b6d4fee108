"""Published histories: facts only, as printed, named by case, each with its source; what is left out is listed here."""

import csv
import io
import json
import re
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.rules import RULES
from monitor.demo_cases import FILE, Case, cases, facts, file_of
from monitor.demo_patient import ZONE, id_of
from patients.event_kinds import kinds, problems
from patients.facts import NewEvent, NewObservation

AT = datetime(2026, 11, 24, 9, tzinfo=UTC)
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - the zone is given beside
NUMBERS = ("C01", "C03", "C07", "C09", "C11")
LEFT_OUT = {
    "C01": [-180, 0, 0, 2, 3],
    "C03": [-30, 0, 1, 2, 3],
    "C07": [-2190, -30, 0, 1, 2],
    "C09": [-2500, -1095, -210],
    "C11": [-365, 0, 0, 0, 1],
}
"""Days of what has no number, date or coded finding: history, course, films and scans without a stage, doses without an amount."""
RESULTS: dict[str, dict[str, list[float]]] = {
    "C01": {
        "HGB": [59, 76, 61], "MCV": [83.9, 86], "PLT": [581], "BILI_T": [61.574], "SPO2": [75, 65], "RETIC": [6.4], "WBC": [21.1],
    },
    "C03": {"HGB": [59]},
    "C07": {"FEV1": [2.37], "FVC": [3.07], "TLC": [4.67], "FEV1FVC": [0.772]},
    "C09": {
        "HGB": [77, 72], "HCT": [0.272, 0.247], "MCV": [60.7, 59.2], "FE": [2.328, 3.044], "TIBC": [76.641, 45.304],
        "ALB": [32, 18], "WBC": [6.7], "PLT": [104], "FERRITIN": [90],
    },
    "C11": {"HCT": [0.32], "FEV1FVC": [0.9]},
}  # fmt: skip
"""In canonical units. By hand: 3.6 mg/dL bilirubin * 10000 / 584.66 = 61.574 umol/L; iron ug/dL * 10 / 55.845: 13, 17, 428, 253."""
EVENTS = {
    "C01": ["transfusion", "lavage"],
    "C03": ["symptom"],
    "C07": ["exacerbation"],
    "C09": ["symptom", "symptom"],
    "C11": ["tuberculin", "lavage"],
}


def case(number: str) -> Case:
    """Return a case by its number."""
    return next(one for one in cases() if one.number == number)


def test_there_are_five_named_by_case_and_by_nobody() -> None:
    assert tuple(one.number for one in cases()) == NUMBERS
    for one in cases():
        assert re.fullmatch(r"Case C\d\d", one.name)
        assert one.identifier == f"CASE-{one.number}"
        assert one.id == id_of(one.identifier)


@pytest.mark.parametrize("number", NUMBERS)
def test_results_are_the_printed_ones_in_the_catalogues_unit(number: str) -> None:
    found: dict[str, list[float]] = {}
    for fact in facts(case(number), AT):
        if isinstance(fact, NewObservation):
            found.setdefault(fact.code, []).append(fact.value or 0)
    assert found == {code: pytest.approx(values, abs=5e-4) for code, values in RESULTS[number].items()}


@pytest.mark.parametrize("number", NUMBERS)
def test_events_are_those_that_the_source_allows(number: str) -> None:
    found = [fact for fact in facts(case(number), AT) if isinstance(fact, NewEvent)]
    assert [one.kind for one in found] == EVENTS[number]
    assert [problem for one in found for problem in problems(one.kind, one.findings)] == []


@pytest.mark.parametrize("number", NUMBERS)
def test_what_is_prose_is_left_out_and_said_so(number: str) -> None:
    left_out = case(number).left_out()
    assert [day for day, _ in left_out] == LEFT_OUT[number]
    assert all(5 < len(words) < 120 for _, words in left_out)


@pytest.mark.parametrize("number", NUMBERS)
def test_every_entry_is_recorded_or_left_out(number: str) -> None:
    for entry in case(number).timeline:
        assert {"results", "event", "as_file", "left_out"} & set(entry), entry
        assert "event" not in entry or entry["kind"] in kinds()
        assert not set(entry) - {"day", "hour", "approximate", "kind", "results", "event", "as_file", "left_out"}


def test_what_was_printed_stands_beside_what_it_became() -> None:
    found = [fact for fact in facts(case("C09"), AT) if isinstance(fact, NewObservation) and fact.code == "FE"]
    iron = next(fact for fact in found if fact.original_value == "17")
    assert (iron.original_unit, iron.unit) == ("ug/dL", "umol/L")
    assert iron.value == pytest.approx(17 * 10 / 55.845)


def test_a_case_with_a_published_date_keeps_it() -> None:
    one = case("C09")
    assert one.starts_on(AT) == date(2017, 5, 15)
    assert "at their published dates" in one.words(AT)
    assert facts(one, AT) == facts(one, AT + timedelta(days=400))


@pytest.mark.parametrize("number", ["C01", "C03", "C07", "C11"])
def test_the_others_are_moved_to_end_two_days_ago(number: str) -> None:
    one, today = case(number), AT.astimezone(ZONE).date()
    last = max(entry["day"] for entry in one.timeline)
    assert one.starts_on(AT) + timedelta(days=last) == today - timedelta(days=2)
    assert f"moved so that day 0 is {one.starts_on(AT).isoformat()}" in one.words(AT)


@given(MOMENTS, st.sampled_from(NUMBERS))
def test_at_every_moment_all_of_it_is_past_and_in_order(at: datetime, number: str) -> None:
    found = facts(case(number), at)
    known = [fact.recorded_at or at for fact in found]
    assert known == sorted(known)
    assert max(known) < at or number == "C09"
    for fact in found:
        assert isinstance(fact, NewObservation | NewEvent)
        assert fact.effective_at < (fact.recorded_at or at)


@given(MOMENTS, st.sampled_from(NUMBERS))
def test_everybody_is_as_old_on_day_zero_as_printed(at: datetime, number: str) -> None:
    one = case(number)
    days = (one.starts_on(at) - one.birth_date(at)).days
    assert one.age_years < days / 365.25 < one.age_years + 1


def test_without_an_hour_a_fact_has_the_precision_of_a_day() -> None:
    spirometry = [fact for fact in facts(case("C07"), AT) if isinstance(fact, NewObservation)]
    assert {fact.precision for fact in spirometry} == {"day"}
    assert {fact.effective_at.astimezone(ZONE).hour for fact in spirometry} == {0}
    values = [fact for fact in facts(case("C01"), AT) if isinstance(fact, NewObservation)]
    assert {fact.precision for fact in values} == {"minute"}


def test_the_two_hemoglobins_of_one_day_are_in_the_printed_order() -> None:
    found = [fact for fact in facts(case("C01"), AT) if isinstance(fact, NewObservation) and fact.code == "HGB"]
    assert [fact.value for fact in sorted(found, key=lambda fact: fact.effective_at)] == [59, 76, 61]
    assert len({fact.key for fact in found}) == 3


@pytest.mark.parametrize("number", NUMBERS)
def test_the_source_is_named_but_where_it_is_not_known(number: str) -> None:
    words = case(number).words(AT)
    assert words.startswith(f"Published case {number}, facts only, ")
    assert ("https://" in words) is (number != "C09")
    assert ("not named" in words) is (number == "C09")


def test_one_case_brings_its_hemoglobin_as_a_file_as_printed() -> None:
    content = file_of(case("C11"), AT)
    assert content is not None
    (row,) = csv.DictReader(io.StringIO(content.decode()))
    assert (row["Patient ID"], row["Test"], row["Value"], row["Unit"]) == ("CASE-C11", "HGB", "10.3", "mg/dL")
    assert all(file_of(case(number), AT) is None for number in NUMBERS if number != "C11")


def test_what_is_wanted_is_answered_or_later_with_the_reason() -> None:
    names = {rule.name for rule in RULES} | {"held"}
    for one in cases():
        assert one.wanted
        for wanted in one.wanted:
            assert bool(wanted.answer) != bool(wanted.later), (one.number, wanted.watch)
            assert not wanted.answer or wanted.answer in names
            assert wanted.severity in {"low", "moderate", "high"}


def test_a_unit_that_measures_something_else_is_a_mistake_of_the_file() -> None:
    wrong = Case("C99", "", 5, {}, None, ({"day": 0, "kind": "lab", "results": {"HGB": [5.9, "mm[Hg]"]}},), ())
    with pytest.raises(ValueError, match="HGB is not measured in mm"):
        facts(wrong, AT)


def test_the_sources_are_beside_the_file() -> None:
    sources = (FILE.parent / "SOURCES.md").read_text()
    assert all(f"| {number} |" in sources for number in NUMBERS)
    assert "GPL" in sources
    assert {one["id"] for one in json.loads(FILE.read_text())["cases"]} == set(NUMBERS)
