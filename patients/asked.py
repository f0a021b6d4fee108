"""What every view of the API has in common: who asks and by which log-in, what may be asked for, pages, and entity tags."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Any, ClassVar
from uuid import UUID

import orjson
from django.db.models import QuerySet
from django.db.models.expressions import Combinable
from django.http import Http404, HttpResponse, HttpResponseBase
from django.utils import timezone
from rest_framework import generics, serializers
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from patients import etags, naming, seen
from patients.access import Asker, asker
from patients.bodies import JsonBody
from patients.models import AccessToken, Patient, Scope, What
from patients.naming import NotNamedError, Unnamed
from patients.paging import Pages
from patients.refusals import Stale

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class Asked(generics.GenericAPIView[Any]):
    """A view that knows who asks: `self.asker`, at `self.at`; and what for: `self.query`, checked by `query_class`.

    A parameter that is not offered is refused: a filter with a slip of the pen must not list everything.
    """

    asker: Asker
    at: datetime
    query: Mapping[str, Any]
    query_class: ClassVar[type[serializers.Serializer[Any]]] = serializers.Serializer
    writing: ClassVar[Scope] = Scope.WRITE
    pagination_class = Pages
    parser_classes = [JsonBody]
    ordering: tuple[str, ...] = ("pk",)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse strangers and tokens that are for something else, then read what the person is and asks for."""
        super().initial(request, *args, **kwargs)
        self.at = timezone.now()
        token = request.auth if isinstance(request.auth, AccessToken) else None
        who = asker(request.user, at=self.at, bound=token.patient_id if token else None)
        if who is None:
            raise PermissionDenied
        needed = Scope.READ if request.method in SAFE else self.writing
        if token is not None and needed not in token.scopes:
            raise PermissionDenied(f"This token is not for that: it lacks the scope “{needed}”.")
        self.asker = who
        self.query = self._checked(request) if request.method == "GET" else {}

    def _checked(self, request: Request) -> Mapping[str, Any]:
        """Return the parameters of a question."""
        given = self.query_class(data=request.query_params.dict())
        unknown = sorted(set(request.query_params) - set(given.fields))
        if unknown:
            raise ValidationError({name[:80]: ["There is no such parameter."] for name in unknown})
        given.is_valid(raise_exception=True)
        return dict(given.validated_data)

    def listed(self, queryset: QuerySet[Any]) -> Response:
        """Return one page of a query."""
        page = self.paginate_queryset(queryset)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    def told(self, queryset: QuerySet[Any], shape: Combinable) -> HttpResponse:
        """Return one page of rows that PostgreSQL writes as JSON texts of a shape: a tenth of what serializers cost."""
        columns = [name.removeprefix("-") for name in self.ordering]
        page: Sequence[Any] = self.paginate_queryset(queryset.annotate(told=shape).values(*columns, "told")) or ()
        following = orjson.dumps(self.paginator.get_next_link() if isinstance(self.paginator, Pages) else None)
        rows = ",".join(row["told"] for row in page).encode()
        return HttpResponse(b'{"results":[' + rows + b'],"next":' + following + b"}", content_type="application/json")

    def unchanged(self, tag: str) -> Response | None:
        """Return 304 where the caller has the answer with this tag already."""
        header = self.request.headers.get("If-None-Match", "")
        return Response(status=HTTPStatus.NOT_MODIFIED, headers={"ETag": tag}) if etags.is_known(header, tag) else None

    def held(self, patient_id: UUID) -> int:
        """Hold a patient until the request ends; return the revision. Stale where it is not the one of `If-Match`."""
        locked = Patient.objects.select_for_update(no_key=True, of=("self",))
        revision = locked.values_list("revision", flat=True).get(pk=patient_id)
        expected = self.request.headers.get("If-Match")
        if expected is not None and not etags.names_revision(expected, revision):
            raise Stale
        return revision

    def saw(self, *patients: UUID) -> None:
        """Keep that the person, or a program of theirs, read something of these records."""
        seen.note(self.asker.user.pk, patients, What.API, at=self.at)

    def patient_for(self, name: str, resource: str, action: str) -> Patient:
        """Return the patient whom our id or an identifier names, for one action.

        Who may not even see the patient gets a 404, the same as for a name of nobody; who sees but may not act, a 403.
        """
        found = self.asker.patients()
        try:
            patient = found.get(pk=naming.patient(name, among=found))
        except NotNamedError as error:
            if error.why is Unnamed.AMBIGUOUS:
                raise ValidationError({"patient": ["Several patients have this identifier: give our id."]}) from error
            raise Http404 from error
        return self.allowed(patient, resource, action)

    def allowed(self, patient: Patient, resource: str, action: str) -> Patient:
        """Return the patient if the person may do this; else 403 for who may see the patient, and 404 for who may not."""
        if self.asker.may(resource, action, patient):
            return patient
        if self.asker.may("patient", "read", patient):
            raise PermissionDenied
        raise Http404


def with_tag(response: HttpResponseBase, tag: str) -> HttpResponseBase:
    """Return an answer with its entity tag."""
    response["ETag"] = tag
    return response
