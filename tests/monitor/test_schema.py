"""Names of operations, the log-in of programs, and strict bodies, as OpenAPI tells them."""

import subprocess
import sys
from typing import Any

import pytest
from django.test import Client
from drf_spectacular.generators import SchemaGenerator

from tests.test_architecture import ROOT

SCHEMA: dict[str, Any] = SchemaGenerator().get_schema(public=True)


@pytest.mark.parametrize(
    ("path", "method", "name"),
    [
        ("/api/v1/observations/", "get", "observations_get"),
        ("/api/v1/observations/", "post", "observations_post"),
        ("/api/v1/observations/{observation_id}/correct/", "post", "correct_observation_post"),
        ("/api/v1/worklist/", "get", "worklist_get"),
        ("/api/v1/alerts/{alert_id}/acknowledge/", "post", "acknowledge_post"),
    ],
)
def test_an_operation_is_named_after_its_view(path: str, method: str, name: str) -> None:
    assert SCHEMA["paths"][path][method]["operationId"] == name


def test_operations_are_grouped_by_what_they_are_about() -> None:
    tags = {tag for methods in SCHEMA["paths"].values() for one in methods.values() for tag in one["tags"]}
    assert {"patients", "observations", "events", "treatments", "uploads", "alerts", "worklist"} <= tags
    assert "v1" not in tags


def test_programs_log_in_by_a_token() -> None:
    scheme = SCHEMA["components"]["securitySchemes"]["token"]
    assert (scheme["type"], scheme["in"], scheme["name"]) == ("apiKey", "header", "Authorization")


def test_a_file_is_sent_as_bytes() -> None:
    assert SCHEMA["components"]["schemas"]["NewUpload"]["properties"]["file"]["format"] == "binary"


@pytest.mark.django_db
def test_the_description_is_served_to_anybody(client: Client) -> None:
    response = client.get("/api/schema/", headers={"Accept": "application/vnd.oai.openapi+json"})
    assert response.status_code == 200
    assert response.json()["paths"].keys() == SCHEMA["paths"].keys()


def test_nothing_of_the_description_is_guessed() -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "spectacular", "--validate", "--fail-on-warn"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
