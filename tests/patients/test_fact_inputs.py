"""What the API takes: the schema says what the catalogue says, field by field, and texts become what a file would hold."""

from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from drf_spectacular.generators import SchemaGenerator
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft4Validator
from rest_framework.exceptions import ValidationError

from patients import fact_inputs
from patients.event_kinds import completed, kinds, problems
from patients.instants import read_instant
from patients.parsers.numbers import parse_number

WRITTEN = fact_inputs.WrittenField()
ANYTHING = (
    st.none()
    | st.booleans()
    | st.integers(-2, 2**30)
    | st.floats(-10, 2e6)
    | st.sampled_from(
        [
            "absent",
            "few",
            "many",
            "streaks",
            "red_cells",
            "heart",
            "cough",
            "2026-03-01",
            "2026-02-30",
            "confirmed",
            "new",
            "",
        ]
    )
    | st.text(max_size=8)
    | st.dictionaries(st.sampled_from(["right_lower", "left_upper", "heart"]), st.sampled_from(["new", "old"]))
)


def findings(kind: str) -> st.SearchStrategy[dict[str, Any]]:
    """Return findings of a kind, right and wrong."""
    known = kinds()[kind]
    right = {
        name: st.sampled_from(field.allowed) if field.type == "choice" else ANYTHING
        for name, field in known.fields.items()
    }
    return st.fixed_dictionaries({}, optional={**right, "no_such_field": ANYTHING})


@given(st.sampled_from(sorted(kinds())).flatmap(lambda kind: st.tuples(st.just(kind), findings(kind))))
def test_the_schema_allows_what_the_catalogue_allows(said: tuple[str, dict[str, Any]]) -> None:
    kind, found = said
    one = next(each for each in fact_inputs.event_schema()["oneOf"] if each["title"] == kind)
    schema = {**one["properties"]["findings"]}
    # OpenAPI 3.0 is close to draft 4; of dates it says only that they are texts.
    dates = {name for name, field in kinds()[kind].fields.items() if field.type == "date"}
    in_schema = Draft4Validator(schema).is_valid(found)
    wrong = {issue.column for issue in problems(kind, found)}
    if completed(kind, found) == found and not wrong & dates:
        assert in_schema is (not wrong), (found, wrong)


def test_the_schema_holds_every_kind_and_every_field() -> None:
    alternatives = {
        one["title"]: one["properties"]["findings"]["properties"] for one in fact_inputs.event_schema()["oneOf"]
    }
    assert {kind: set(found) for kind, found in alternatives.items()} == {
        name: set(kind.fields) for name, kind in kinds().items()
    }


@given(st.floats(allow_nan=False, allow_infinity=False, width=32) | st.integers(-(10**12), 10**12))
def test_a_number_is_the_same_number_as_a_text(value: float) -> None:
    text = WRITTEN.to_internal_value(value)
    assert Decimal(text) == Decimal(repr(value))
    assert "e" not in text.lower()
    read = parse_number(text, ".")
    if read is not None and value >= 0:
        assert float(read.value) == float(value)


@pytest.mark.parametrize("value", [True, False, None, [], {}, b"x", "x" * 201, 1e300])
def test_what_is_neither_number_nor_text_is_refused(value: Any) -> None:
    with pytest.raises(ValidationError):
        WRITTEN.to_internal_value(value)


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("2026-03-01", True),
        ("2026-03-01T08:30", True),
        ("2026-03-01T08:30:15.123456+01:00", True),
        ("2026-03-01T08:30Z", True),
        ("2026-02-30", True),  # no day, which the patient's calendar says
        ("26-03-01", False),
        ("2026-13-01", False),
        ("2026-03-01 08:30", False),
        ("2026-03-01T24:00", False),
        ("2026-W09-1", False),
        ("٢٠٢٦-03-01", False),
        ("2026-03-01\nx", False),
        ("", False),
    ],
)
def test_a_moment_has_a_form(text: str, fits: bool) -> None:
    field = fact_inputs.MomentField()
    if fits:
        assert field.run_validation(text) == text
    else:
        with pytest.raises(ValidationError):
            field.run_validation(text)


@given(st.from_regex(fact_inputs.MOMENT, fullmatch=True))
def test_a_moment_of_that_form_is_read_or_is_no_day(text: str) -> None:
    instant = read_instant(text.strip(), ZoneInfo("Europe/Berlin"))
    assert instant is not None or text[8:10] in {"29", "30", "31"}


@pytest.mark.parametrize(
    "serializer",
    [
        fact_inputs.NewResultSerializer,
        fact_inputs.ResultChangeSerializer,
        fact_inputs.NewEventSerializer,
        fact_inputs.EventChangeSerializer,
        fact_inputs.NewTreatmentSerializer,
        fact_inputs.TreatmentChangeSerializer,
        fact_inputs.WhySerializer,
    ],
)
def test_no_body_takes_a_field_that_it_does_not_name(serializer: type[fact_inputs.Strict]) -> None:
    given = serializer(data={"recorded_revision": 1, "id": 7})
    assert not given.is_valid()
    assert set(given.errors) == {"recorded_revision", "id"}


def test_the_description_closes_these_bodies() -> None:
    schemas = SchemaGenerator().get_schema(public=True)["components"]["schemas"]
    for name in ("NewResult", "ResultChange", "EventChange", "NewTreatment", "TreatmentChange", "Why", "NewPatient"):
        assert schemas[name]["additionalProperties"] is False, name
    assert "additionalProperties" not in schemas["Observation"]
