"""The API of files: `uploads/`. What became of each, and of every row; what waits for a person is read here, not decided."""

from http import HTTPStatus
from uuid import UUID

from django.conf import settings
from django.db.models import Q, QuerySet
from django.http import Http404, HttpResponseBase
from django.urls import reverse
from drf_spectacular.utils import OpenApiResponse
from rest_framework import generics, serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from patients import naming, seen, uploading, withholding
from patients.access import Asker
from patients.asked import Asked
from patients.describing import documented, page_of
from patients.fact_shapes import ROW, ROW_STATES, RowSerializer
from patients.idempotency import once
from patients.models import Patient, Scope, Upload, UploadRow, UploadState
from patients.paging import PageQuery
from patients.reach import patients_for
from patients.refusals import TooLarge
from patients.serializers import NewUploadSerializer, ReceivedSerializer, ReportSerializer, UploadSerializer

TOO_LARGE = "A file may have at most 10 MB. Nothing was kept."


class UploadQuery(PageQuery):
    """Which files."""

    state = serializers.ChoiceField(UploadState.values, required=False)


class RowQuery(PageQuery):
    """Which rows: those that are held wait for a person."""

    state = serializers.ChoiceField(ROW_STATES, required=False)


class Uploads(Asked):
    """Files sent in: the newest first."""

    serializer_class = UploadSerializer
    queryset = Upload.objects.none()
    query_class = UploadQuery
    writing = Scope.UPLOAD
    parser_classes = [MultiPartParser]
    ordering = ("-received_at", "-id")

    @documented({200: page_of(UploadSerializer, "Upload")}, query=UploadQuery, refusals=[404])
    def get(self, request: Request) -> Response:
        """List files, the newest first."""
        found = uploads_for(self.asker)
        return self.listed(found.filter(state=self.query["state"]) if "state" in self.query else found)

    @documented(
        {202: OpenApiResponse(ReceivedSerializer, description="Kept; it is read within seconds.")},
        request={"multipart/form-data": NewUploadSerializer},
        refusals=[404],
        writes=True,
    )
    @once
    def post(self, request: Request) -> HttpResponseBase:
        """Take a file in for one patient; it is read within seconds. The same file again gives the same id."""
        data = request.data
        if request.META.get("iph.file_too_large"):
            raise TooLarge(TOO_LARGE)
        given = NewUploadSerializer(data=data)
        given.is_valid(raise_exception=True)
        patient = named_patient(self.asker, given.validated_data["patient"])
        file = given.validated_data["file"]
        if file.size > settings.UPLOAD_BYTES:
            raise TooLarge(TOO_LARGE)
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

    @documented({200: ReportSerializer}, refusals=[404])
    def get(self, request: Request, upload_id: UUID) -> Response:
        """Return the state, the counts, and every row and issue; who may not read results is told no more than codes."""
        upload = generics.get_object_or_404(uploads_for(self.asker).select_related("patient"), pk=upload_id)
        self.saw(*seen.patients_of(upload))
        report = uploading.report(upload)
        if not withholding.may_read(self.asker, upload):
            report = withholding.report(report)
        return Response({"id": str(upload.pk), "state": upload.state} | report)


class UploadRows(Asked):
    """The rows of one file."""

    serializer_class = RowSerializer
    queryset = UploadRow.objects.none()
    query_class = RowQuery
    ordering = ("position",)

    @documented({200: page_of(RowSerializer, "Row")}, query=RowQuery, refusals=[404])
    def get(self, request: Request, upload_id: UUID) -> HttpResponseBase:
        """List the rows of a file as they were understood, with every issue and the original; `state=held` are those that wait.

        Who may not read results is told place, state and the codes of issues.
        """
        upload = generics.get_object_or_404(uploads_for(self.asker).select_related("patient"), pk=upload_id)
        self.saw(*seen.patients_of(upload))
        shape = ROW if withholding.may_read(self.asker, upload) else withholding.ROW
        rows = UploadRow.objects.filter(upload=upload)
        return self.told(rows.filter(state=self.query["state"]) if "state" in self.query else rows, shape)


def uploads_for(who: Asker) -> QuerySet[Upload]:
    """Return the uploads a person may read: of their patients, and of their teams where no patient is named yet."""
    teams: list[int] = list(who.team_roles) if who.bound is None else []
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
