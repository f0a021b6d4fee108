"""Kinds of events: what each accepts and refuses, and the results that are findings of one."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patients.analytes import analyte, catalogue
from patients.event_kinds import (
    TEXT_LENGTH,
    Field,
    Kind,
    amount_of_volume,
    completed,
    event_of_analyte,
    finding_of,
    kinds,
    problems,
)
from patients.readings import IssueSeverity

EVERY = pytest.mark.parametrize("kind", kinds().values(), ids=lambda kind: kind.name)
FIELDS = [(kind, field) for kind in kinds().values() for field in kind.fields.values()]
EVERY_FIELD = pytest.mark.parametrize(
    ("kind", "field"), FIELDS, ids=[f"{kind.name}.{field.name}" for kind, field in FIELDS]
)


def fitting(field: Field) -> list[Any]:
    """Return values that a field takes."""
    values: dict[str, list[Any]] = {
        "number": [0, 1, 2.5, 999_999],
        "boolean": [True, False],
        "text": ["", "seen at noon", "x" * TEXT_LENGTH],
        "date": ["2024-02-29", "1999-12-31"],
        "choice": list(field.allowed),
        "map": [{}, dict.fromkeys(field.keys, field.allowed[0])] if field.keys else [],
    }
    return values[field.type]


def unfitting(field: Field) -> list[Any]:
    """Return values that a field refuses."""
    values: dict[str, list[Any]] = {
        "number": [True, "5", -1, 1e6, float("nan"), float("inf"), None, [1]],
        "boolean": [0, 1, "true", None],
        "text": [5, None, "x" * (TEXT_LENGTH + 1), ["a"]],
        "date": ["2024-02-30", "29.02.2024", "2024-2-9", "2024-W09-4", "20240229", "today", 20240229, None],
        "choice": ["", "nonsense", None, True, 1.5, [], {}],
        "map": ["left_upper", [], None, {"middle": "new"}, {"left_upper": "gone"}, {"left_upper": None}, {1: "new"}],
    }
    return values[field.type]


def minimal(kind: Kind) -> dict[str, Any]:
    """Return the required findings of a kind, each with its first value."""
    return {name: fitting(kind.fields[name])[-1] for name in kind.required}


def codes(kind: str, findings: dict[str, Any]) -> list[str]:
    """Return the codes of what is wrong with an event."""
    return [issue.code for issue in problems(kind, findings)]


def test_the_kinds_are_those_of_the_specification() -> None:
    assert set(kinds()) == {
        "hemoptysis", "sputum", "lavage", "chest_xray", "chest_ct", "transfusion", "symptom", "examination", "ecg",
        "ultrasound", "scintigraphy", "marrow", "biopsy", "tuberculin", "infection", "complication", "procedure",
        "exacerbation", "remission", "diagnosis",
    }  # fmt: skip
    with pytest.raises(TypeError):
        kinds()["x"] = kinds()["sputum"]  # type: ignore[index]


@EVERY
def test_every_kind_accepts_its_least_and_refuses_an_unknown_field(kind: Kind) -> None:
    assert problems(kind.name, minimal(kind)) == ()
    assert codes(kind.name, {**minimal(kind), "colour": "red"}) == ["unknown_field"]


@EVERY
def test_every_kind_says_which_required_field_is_missing(kind: Kind) -> None:
    assert codes(kind.name, {}) == ["missing_field"] * len(kind.required)
    for name in kind.required:
        rest = {key: value for key, value in minimal(kind).items() if key != name}
        (issue,) = problems(kind.name, rest, row="7")
        assert (issue.row, issue.column, issue.code, issue.severity) == (
            "7",
            name,
            "missing_field",
            IssueSeverity.ERROR,
        )


@EVERY
def test_every_kind_with_every_field_filled_is_accepted(kind: Kind) -> None:
    assert problems(kind.name, {name: fitting(field)[-1] for name, field in kind.fields.items()}) == ()


@EVERY_FIELD
def test_every_field_takes_what_fits(kind: Kind, field: Field) -> None:
    for value in fitting(field):
        found = codes(kind.name, {**minimal(kind), field.name: value})
        assert found == (["missing_field"] if value == "" and field.name in kind.required else []), value


@EVERY_FIELD
def test_every_field_refuses_what_does_not_fit(kind: Kind, field: Field) -> None:
    for value in unfitting(field):
        assert "invalid_value" in codes(kind.name, {**minimal(kind), field.name: value}), value


def test_every_problem_is_reported_at_once_with_its_original() -> None:
    found = problems("transfusion", {"product": "plasma", "units": -2, "donor": "x"}, row="12")
    assert [(one.row, one.column, one.code, one.original) for one in found] == [
        ("12", "product", "invalid_value", "plasma"),
        ("12", "units", "invalid_value", "-2"),
        ("12", "donor", "unknown_field", "x"),
    ]
    assert "red_cells, other" in found[0].message


def test_an_unknown_kind_is_reported() -> None:
    (issue,) = problems("seizure", {"a": 1})
    assert (issue.column, issue.code, issue.original) == ("kind", "unknown_kind", "seizure")


def test_a_stage_is_a_whole_number_and_no_truth() -> None:
    assert problems("chest_xray", {"stage": 0}) == ()
    assert codes("chest_xray", {"stage": False}) == ["invalid_value"]
    assert codes("chest_xray", {"stage": "2"}) == ["invalid_value"]
    assert codes("chest_xray", {"stage": 5}) == ["invalid_value"]


def test_what_is_long_is_cut_in_the_report() -> None:
    found = problems("sputum", {"x" * 1000: "y" * 1000})
    assert (len(found[0].column), len(found[0].original)) == (200, 500)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(sorted(kinds())), st.dictionaries(st.text(max_size=12), JSON, max_size=4))
def test_whatever_is_sent_is_judged_and_never_raises(kind: str, findings: dict[str, Any]) -> None:
    known = kinds()[kind]
    found = problems(kind, findings)
    assert {one.column for one in found if one.code == "unknown_field"} == set(findings) - set(known.fields)


@given(st.sampled_from(FIELDS), JSON)
def test_any_value_of_any_field_is_judged_and_never_raises(pair: tuple[Kind, Field], value: Any) -> None:
    kind, field = pair
    found = codes(kind.name, {**minimal(kind), field.name: value})
    assert set(found) <= {"invalid_value", "missing_field"}
    if field.type == "boolean":
        assert (found == []) is isinstance(value, bool)


@pytest.mark.parametrize("code", sorted(event_of_analyte()))
def test_every_analyte_of_an_event_has_its_kind_and_field(code: str) -> None:
    kind, field = event_of_analyte()[code]
    one = analyte(code)
    values = (
        [(1.0, "")] if one.value_type == "number" else [(None, word) for word in one.allowed if word != "not examined"]
    )
    for value, text in values:
        found_kind, found_field, finding = finding_of(code, value, text)
        assert found_kind == kind
        assert found_field in {field, "adequate"}
        assert problems(kind, completed(kind, {found_field: finding})) == (), (value, text)


def test_the_analytes_of_events_are_known_and_no_others() -> None:
    assert set(event_of_analyte()) <= set(catalogue())
    with pytest.raises(KeyError):
        finding_of("HGB", 98.0, "")


@pytest.mark.parametrize(
    ("code", "value", "text", "field", "finding"),
    [
        ("SP_SIDERO", None, "not found", "siderophages", "absent"),
        ("SP_SIDERO", None, "single", "siderophages", "few"),
        ("SP_SIDERO", None, "many", "siderophages", "many"),
        ("SP_SIDERO", None, "not examined", "siderophages", None),
        ("SP_SIDERO", None, "sample unfit", "adequate", False),
        ("SP_RBC", None, "none", "erythrocytes", "absent"),
        ("SP_RBC", None, "single", "erythrocytes", "present"),
        ("SP_RBC", None, "moderate", "erythrocytes", "present"),
        ("SP_RBC", None, "blood", "erythrocytes", "many"),
        ("SP_AFB", None, "scanty", "acid_fast_bacilli", "scanty"),
        ("SP_AFB", None, "2+", "acid_fast_bacilli", "2+"),
        ("SP_ATYPICAL", None, "found", "atypical_cells", "present"),
        ("SP_ATYPICAL", None, "suspicious", "atypical_cells", "suspicious"),
        ("BAL_SIDERO", 0.0, "", "siderophages_percent", 0.0),
        ("GOLDE", 120.0, "", "golde_score", 120.0),
        ("TUBERCULIN", 0.0, "", "induration_mm", 0.0),
        ("HEMOPTYSIS_24H", 12.0, "", "volume_ml", 12.0),
        ("HEMOPTYSIS_24H", 0.0, "", "volume_ml", None),
        ("HEMOPTYSIS_24H", None, "teaspoon", "amount", "teaspoon"),
    ],
)
def test_results_become_findings(code: str, value: float | None, text: str, field: str, finding: object) -> None:
    assert finding_of(code, value, text)[1:] == (field, finding)


@pytest.mark.parametrize(
    ("volume", "amount"),
    [
        (0.1, "streaks"),
        (4.99, "streaks"),
        (5, "teaspoon"),
        (29.9, "teaspoon"),
        (30, "moderate"),
        (99, "moderate"),
        (100, "massive"),
    ],
)
def test_a_volume_sets_the_amount(volume: float, amount: str) -> None:
    assert amount_of_volume(volume) == amount
    assert completed("hemoptysis", {"volume_ml": volume}) == {"volume_ml": volume, "amount": amount}


def test_an_amount_that_was_stated_stays() -> None:
    assert completed("hemoptysis", {"volume_ml": 200, "amount": "streaks"})["amount"] == "streaks"


@pytest.mark.parametrize("volume", [0, -3, "12", None, float("nan")])
def test_no_amount_follows_from_no_volume(volume: object) -> None:
    assert "amount" not in completed("hemoptysis", {"volume_ml": volume})
    assert codes("hemoptysis", completed("hemoptysis", {"volume_ml": volume}))[-1] == "missing_field"


def test_a_transfused_volume_is_no_amount_of_hemoptysis() -> None:
    assert completed("transfusion", {"volume_ml": 250}) == {"volume_ml": 250}
