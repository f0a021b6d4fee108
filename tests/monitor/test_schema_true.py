"""The description of the API is true: whatever it allows or forbids is sent, and every answer is one that it describes.

Schemathesis makes the requests of the schema; half of them name things that are there. No answer is a failure of ours.
"""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi import checks

from patients import reporting
from patients.understanding import Row
from tests import factories
from tests.patients.files import reading

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(600)]
SECRET = "iph-schema-true"
READ = reporting.kept(Row(reading(), None))
JUDGED = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.unsupported_method,
]
SCHEMA = schemathesis.openapi.from_dict(SchemaGenerator().get_schema(public=True))
SCHEMA.app = get_wsgi_application()
OPERATIONS = {
    operation.ok().label: operation.ok() for operation in SCHEMA.get_all_operations() if isinstance(operation, Ok)
}


@pytest.fixture(autouse=True)
def one_connection() -> Iterator[None]:
    """Keep the test's transaction open from request to request, as Django's own test client does."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def known() -> dict[str, Any]:
    """Let one patient with everything be there; return the ids by what an address calls them."""
    ill = factories.patient(identifier="MRN-1")
    user = factories.member(ill.team)
    factories.token(user, SECRET)
    (result,) = factories.results(ill, [98.0])
    happened = factories.event(ill, "hemoptysis", amount="streaks")
    taken = factories.treatment(ill)
    return {
        "patient": "MRN-1",
        "effective_at": "2026-03-01",
        "patient_id": str(ill.pk),
        "observation_id": result.pk,
        "event_id": happened.pk,
        "treatment_id": taken.pk,
        "upload_id": str(factories.upload(ill, state="held", rows=[{"state": "held", "reading": READ}]).pk),
        "alert_id": str(factories.alert(ill).pk),
        "mute_id": factories.mute(ill).pk,
    }


def aimed(case: Case, known: dict[str, Any]) -> None:
    """Let a request name things that are there."""
    case.path_parameters = {name: known[name] for name in case.path_parameters}
    case.headers.pop("If-Match", None)
    case.query.pop("cursor", None)
    for part in (case.query, case.body):
        for one in part if isinstance(part, list) else [part]:
            if isinstance(one, dict):
                one |= {name: value for name, value in known.items() if name in one}


def ask(label: str, known: dict[str, Any], examples: int) -> None:
    """Send what the schema says of one operation, and what it forbids."""
    operation = OPERATIONS[label]
    cases = st.one_of([operation.as_strategy(generation_mode=mode) for mode in GenerationMode])

    @settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases, there=st.booleans())
    def send(case: Case, there: bool) -> None:
        if there:
            aimed(case, known)
        response = case.call(headers={"Authorization": f"Token {SECRET}"})
        mended = there or isinstance(case.body, list)  # a list is answered row by row, what is wrong among the rest
        case.validate_response(response, checks=JUDGED if mended else [*JUDGED, checks.negative_data_rejection])

    send()


@pytest.mark.parametrize("label", sorted(OPERATIONS))
def test_every_answer_is_described(label: str, known: dict[str, Any]) -> None:
    ask(label, known, 10)


@pytest.mark.prove
@pytest.mark.parametrize("label", sorted(OPERATIONS))
def test_every_answer_is_described_whatever_is_sent(label: str, known: dict[str, Any]) -> None:
    ask(label, known, 300)


def test_every_operation_is_asked() -> None:
    assert len(OPERATIONS) >= 28
