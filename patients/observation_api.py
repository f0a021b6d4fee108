"""The API of results: `observations/`. One is answered for itself, a list row by row."""

from collections import Counter
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from django.http import HttpResponseBase
from django.urls import reverse
from drf_spectacular.utils import OpenApiResponse, PolymorphicProxySerializer
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from patients import adding, etags, reporting
from patients.analytes import catalogue
from patients.describing import documented, page_of
from patients.fact_api import FactList, OneFact, Retract
from patients.fact_inputs import FactQuery, NewResultSerializer, ResultChangeSerializer, WhySerializer
from patients.fact_shapes import ObservationSerializer
from patients.idempotency import once
from patients.models import Observation, Patient
from patients.parsers.raw import error
from patients.readings import Issue, RowState
from patients.refusals import Contradicted, NotRecorded
from patients.serializers import IssueSerializer, ResultSerializer
from patients.understanding import Row

MOST: Final = 1000
"""Results of one request."""
STANDING: Final = frozenset({"contradicts", "near_duplicate"})
"""Issues that speak of what is known beside a result."""


class ObservationQuery(FactQuery):
    """Of which analyte."""

    code = serializers.ChoiceField(sorted(catalogue()), required=False)


class OutcomeSerializer(ResultSerializer):
    """How a result ended; `kind` and `id` name the fact that it became, repeats or contradicts."""

    kind = serializers.ChoiceField(["", "observation", "event"])
    id = serializers.IntegerField(allow_null=True)
    issues = IssueSerializer(many=True)


class OutcomesSerializer(serializers.Serializer[Any]):
    """How each result of a list ended: counts that sum to `rows`. `row` is the place in the list, from 0."""

    rows = serializers.IntegerField()
    accepted = serializers.IntegerField()
    duplicates = serializers.IntegerField()
    held = serializers.IntegerField(help_text="In doubt, and not kept: look at them, and send what is right.")
    rejected = serializers.IntegerField()
    skipped = serializers.IntegerField()
    results = OutcomeSerializer(many=True)


ONE_OR_MANY: Final = PolymorphicProxySerializer(
    "NewObservations", [NewResultSerializer, NewResultSerializer(many=True)], None, many=False
)
KNOWN_OR_MANY: Final = PolymorphicProxySerializer(
    "Outcomes1", [OutcomeSerializer, OutcomesSerializer], None, many=False
)


class Observations(FactList):
    """Results."""

    kind = "observation"
    queryset = Observation.objects.none()
    query_class = ObservationQuery
    filters = ("code",)

    @documented(
        {200: page_of(ObservationSerializer, "Observation")}, query=ObservationQuery, refusals=[404], tagged=True
    )
    def get(self, request: Request) -> HttpResponseBase:
        """List the results of one patient, the newest first, by analyte and period."""
        return self.page()

    @documented(
        {
            201: OpenApiResponse(OutcomeSerializer, description="Recorded."),
            200: OpenApiResponse(KNOWN_OR_MANY, description="Known already; or how each of a list ended."),
        },
        request=ONE_OR_MANY,
        refusals=[404, 409],
        writes=True,
    )
    @once
    def post(self, request: Request) -> HttpResponseBase:
        """Record a result, or a list of up to 1000.

        Each is read like the row of a file: name, unit and value are understood, what is doubtful is not recorded and said. One
        result in doubt is refused (409 beside what is known, 422 for itself); of a list each row has an outcome of its own.
        """
        return self.many(request.data) if isinstance(request.data, list) else self.single(request.data)

    def single(self, data: Any) -> Response:
        """Record one result, or refuse it."""
        given = NewResultSerializer(data=data)
        given.is_valid(raise_exception=True)
        patient = self.patient_for(given.validated_data["patient"], "observation", "add")
        sent = {**given.validated_data, "patient": str(patient.pk)}
        (row,) = adding.add_results([sent], who=self.asker, at=self.at)
        told, state, issues = adding.outcome(row), row.reading.state, row.reading.issues
        if state not in {RowState.ACCEPTED, RowState.DUPLICATE}:
            refusal = Contradicted if any(issue.code in STANDING for issue in issues) else NotRecorded
            raise refusal(adding.why_not(issues), told["issues"])
        tag = etags.of_revision(Patient.objects.values_list("revision", flat=True).get(pk=patient.pk))
        headers = {"ETag": tag, "Location": reverse(f"api-{told['kind']}", args=[told["id"]])}
        return Response(told, HTTPStatus.CREATED if state is RowState.ACCEPTED else HTTPStatus.OK, headers=headers)

    def many(self, data: Sequence[Any]) -> Response:
        """Record a list: what cannot be read or is in doubt stops nothing else."""
        if not self.asker.may("observation", "add"):
            raise PermissionDenied
        if not 0 < len(data) <= MOST:
            raise ValidationError({"non_field_errors": [f"Send 1 to {MOST} results."]})
        told: dict[int, dict[str, Any]] = {}
        fit: dict[int, Mapping[str, Any]] = {}
        for place, one in enumerate(data):
            given = NewResultSerializer(data=one)
            if given.is_valid():
                fit[place] = {**given.validated_data, "row": str(place)}
            else:
                told[place] = adding.unreadable(place, _named(one), _issues(place, given.errors))
        rows: list[Row] = adding.add_results(list(fit.values()), who=self.asker, at=self.at) if fit else []
        told |= {place: adding.outcome(row) for place, row in zip(fit, rows, strict=True)}
        counted = Counter(one["state"] for one in told.values())
        counts = {name: counted[state.value] for state, name in reporting.COUNTS.items()}
        return Response({"rows": len(told), **counts, "results": [told[place] for place in range(len(data))]})


class OneObservation(OneFact):
    """A result."""

    kind = "observation"
    queryset = Observation.objects.none()

    @documented({200: ObservationSerializer}, refusals=[404], tagged=True)
    def get(self, request: Request, observation_id: int) -> HttpResponseBase:
        """Return one result; `retracted_revision` is set where it was corrected or taken back."""
        return self.shown(observation_id)


class CorrectObservation(OneFact):
    """Correcting a result."""

    kind = "observation"
    queryset = Observation.objects.none()

    @documented(
        {200: ObservationSerializer},
        request=ResultChangeSerializer,
        refusals=[404, 409],
        tagged=True,
        writes=True,
        matches=True,
    )
    @once
    def post(self, request: Request, observation_id: int) -> HttpResponseBase:
        """Record what is right in place of a result, for a stated reason; what stood there stays readable."""
        return self.correct(observation_id, adding.corrected_result, ResultChangeSerializer)


class RetractObservation(Retract):
    """Taking a result back."""

    kind = "observation"
    queryset = Observation.objects.none()

    @documented(
        {200: ObservationSerializer}, request=WhySerializer, refusals=[404, 409], tagged=True, writes=True, matches=True
    )
    @once
    def post(self, request: Request, observation_id: int) -> HttpResponseBase:
        """Take a result back, for a stated reason: it stays readable, and counts no more."""
        return self.retract(observation_id)


def _named(one: Any) -> str:
    """Return the patient whom an element names, if any."""
    name = one.get("patient", "") if isinstance(one, Mapping) else ""
    return name if isinstance(name, str) else ""


def _issues(place: int, errors: Mapping[str, Any]) -> list[Issue]:
    """Return what is wrong with an element as issues of a row."""
    return [
        error(str(place), name, "invalid_field", " ".join(str(one) for one in words)) for name, words in errors.items()
    ]
