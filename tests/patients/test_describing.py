"""The description of every operation: its answers, its refusals, its headers, and nothing that is not there."""

from typing import Any

import pytest
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema

from patients.describing import ALWAYS, PROBLEM_TYPE, WORDS
from patients.idempotency import HEADER

METHODS = ("get", "post", "put", "patch", "delete")
SCHEMA: dict[str, Any] = SchemaGenerator().get_schema(public=True)
OPERATIONS = {
    f"{method.upper()} {path.removeprefix('/api/v1')}": operation
    for path, methods in SCHEMA["paths"].items()
    for method, operation in methods.items()
    if method in METHODS and path.startswith("/api/v1/")
}
WRITES = sorted(name for name in OPERATIONS if name.startswith("POST"))
CHANGES = [name for name in WRITES if name.endswith(("/correct/", "/retract/"))]
TAGGED = [
    "GET /patients/{patient_id}/",
    "GET /patients/{patient_id}/timeline/",
    *(f"GET /{kind}s/{more}" for kind in ("observation", "event", "treatment") for more in ("", f"{{{kind}_id}}/")),
]


def headers(name: str) -> set[str]:
    """Return the headers that an operation takes."""
    return {one["name"] for one in OPERATIONS[name].get("parameters", ()) if one["in"] == "header"}


def test_the_description_is_valid() -> None:
    validate_schema(SCHEMA)


def test_every_operation_has_a_name_and_says_what_it_does() -> None:
    names = [one["operationId"] for one in OPERATIONS.values()]
    assert len(set(names)) == len(names)
    assert not [name for name, one in OPERATIONS.items() if not one.get("description", "").endswith((".", ".\n"))]


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_every_refusal_is_a_problem_and_says_what_it_means(name: str) -> None:
    answers = OPERATIONS[name]["responses"]
    refusals = {status: answer for status, answer in answers.items() if status >= "400"}
    assert {str(code) for code in ALWAYS} <= set(refusals)
    for status, answer in refusals.items():
        assert answer["description"] == WORDS[int(status)]
        assert set(answer["content"]) == {PROBLEM_TYPE}


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_every_operation_answers_well_in_one_way_at_least(name: str) -> None:
    well = {status: answer for status, answer in OPERATIONS[name]["responses"].items() if status < "300"}
    assert well
    assert all(answer["content"].keys() == {"application/json"} for answer in well.values())


@pytest.mark.parametrize("name", WRITES)
def test_every_write_may_be_sent_again(name: str) -> None:
    assert HEADER in headers(name)
    assert {"413", "415", "422"} <= set(OPERATIONS[name]["responses"])


@pytest.mark.parametrize("name", CHANGES)
def test_every_change_may_be_bound_to_what_was_seen(name: str) -> None:
    assert "If-Match" in headers(name)
    assert {"404", "409", "412"} <= set(OPERATIONS[name]["responses"])


@pytest.mark.parametrize("name", TAGGED)
def test_what_has_a_tag_may_be_asked_for_again(name: str) -> None:
    assert "If-None-Match" in headers(name)
    answers = OPERATIONS[name]["responses"]
    assert "content" not in answers["304"]
    assert "ETag" in answers["200"]["headers"]


def test_only_these_have_a_tag() -> None:
    assert {name for name in OPERATIONS if "If-None-Match" in headers(name)} == set(TAGGED)


def test_every_operation_needs_a_log_in() -> None:
    assert all(one["security"] == [{"token": []}, {"cookieAuth": []}] for one in OPERATIONS.values())


@pytest.mark.parametrize("name", sorted(name for name in OPERATIONS if name.endswith("s/") and name.startswith("GET")))
def test_every_list_is_in_pages(name: str) -> None:
    schema = OPERATIONS[name]["responses"]["200"]["content"]["application/json"]["schema"]
    page = SCHEMA["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if "{" in name and not name.endswith("rows/"):
        return
    assert set(page["properties"]) == set(page["required"]) == {"results", "next"}
    parameters = {one["name"] for one in OPERATIONS[name]["parameters"]}
    assert {"cursor", "page_size"} <= parameters or "worklist" in name
