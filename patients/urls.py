"""Addresses of the API of patients and uploads, below /api/v1/."""

from django.urls import path

from patients import api

urlpatterns = [
    path("patients/", api.Patients.as_view(), name="api-patients"),
    path("patients/<uuid:patient_id>/", api.OnePatient.as_view(), name="api-patient"),
    path("uploads/", api.Uploads.as_view(), name="api-uploads"),
    path("uploads/<uuid:upload_id>/", api.OneUpload.as_view(), name="api-upload"),
]
