"""The API of patients and uploads. Each view asks the matrix; row-level security stands behind it."""

from datetime import datetime
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Q, QuerySet
from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import generics
from rest_framework.exceptions import APIException, PermissionDenied
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from patients import naming, uploading
from patients.access import Asker, asker
from patients.models import Patient, Upload
from patients.paging import Pages
from patients.reach import patients_for
from patients.serializers import (
    NewUploadSerializer,
    PatientSerializer,
    ReceivedSerializer,
    ReportSerializer,
    UploadSerializer,
)


class FileTooLarge(APIException):
    """A file above the limit."""

    status_code = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    default_detail = "A file may have at most 10 MB. Nothing was kept."


class Asked(generics.GenericAPIView[Any]):
    """A view that knows who asks: `self.asker`, at `self.at`."""

    asker: Asker
    at: datetime
    pagination_class = Pages
    ordering: tuple[str, ...] = ("pk",)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse strangers, then read what the person is."""
        super().initial(request, *args, **kwargs)
        self.at = timezone.now()
        who = asker(request.user, at=self.at)
        if who is None:
            raise PermissionDenied
        self.asker = who

    def listed(self, queryset: QuerySet[Any]) -> Response:
        """Return one page of a query."""
        page = self.paginate_queryset(queryset)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)


class Patients(Asked):
    """The patients that a member of a team follows."""

    serializer_class = PatientSerializer
    queryset = Patient.objects.none()

    def get(self, request: Request) -> Response:
        """List patients."""
        if not self.asker.may("patient", "list"):
            raise PermissionDenied
        found = patients_for(self.asker, "patient", "list")
        return self.listed(found.select_related("identity", "team").prefetch_related("identifiers"))


class OnePatient(Asked):
    """One patient."""

    serializer_class = PatientSerializer
    queryset = Patient.objects.none()

    def get(self, request: Request, patient_id: UUID) -> Response:
        """Return one patient."""
        found = patients_for(self.asker, "patient", "read").select_related("identity", "team")
        patient = generics.get_object_or_404(found, pk=patient_id)
        return Response(self.get_serializer(patient).data)


class Uploads(Asked):
    """Files sent in: the newest first."""

    serializer_class = UploadSerializer
    queryset = Upload.objects.none()
    parser_classes = [MultiPartParser]
    ordering = ("-received_at", "-id")

    def get(self, request: Request) -> Response:
        """List uploads."""
        return self.listed(uploads_for(self.asker))

    @extend_schema(request=NewUploadSerializer, responses={HTTPStatus.ACCEPTED: ReceivedSerializer})
    def post(self, request: Request) -> Response:
        """Take a file in for one patient; it is read within seconds. The same file again gives the same id."""
        data = request.data
        if request.META.get("iph.file_too_large"):
            raise FileTooLarge
        given = NewUploadSerializer(data=data)
        given.is_valid(raise_exception=True)
        patient = named_patient(self.asker, given.validated_data["patient"])
        file = given.validated_data["file"]
        if file.size > settings.UPLOAD_BYTES:
            raise FileTooLarge
        upload = uploading.receive(
            content=file.read(), name=file.name, patient_id=patient.pk, by=self.asker.user, at=self.at
        )
        place = reverse("api-upload", args=[upload.pk])
        body = {"id": upload.pk, "state": upload.state}
        return Response(ReceivedSerializer(body).data, HTTPStatus.ACCEPTED, headers={"Location": place})


class OneUpload(Asked):
    """What became of one file."""

    serializer_class = ReportSerializer
    queryset = Upload.objects.none()

    @extend_schema(responses={HTTPStatus.OK: OpenApiResponse(ReportSerializer)})
    def get(self, request: Request, upload_id: UUID) -> Response:
        """Return the state, the counts, and every row and issue."""
        upload = generics.get_object_or_404(uploads_for(self.asker), pk=upload_id)
        return Response({"id": str(upload.pk), "state": upload.state} | uploading.report(upload))


def uploads_for(who: Asker) -> QuerySet[Upload]:
    """Return the uploads a person may read: of their patients, and of their teams where no patient is named yet."""
    teams = list(who.team_roles)
    return Upload.objects.filter(
        Q(patient__in=patients_for(who, "upload", "read")) | Q(patient=None, team_id__in=teams)
    )


def named_patient(who: Asker, name: str) -> Patient:
    """Return the patient that an id or an identifier names among those the person may send files for; else a 404."""
    found = patients_for(who, "upload", "create")
    try:
        return found.get(pk=naming.patient(name, among=found))
    except naming.NotNamedError as error:
        raise Http404 from error
