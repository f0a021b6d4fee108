"""Addresses of the API of patients, facts and uploads, below /api/v1/."""

from django.urls import path

from patients import api, event_api, observation_api, treatment_api, upload_api

urlpatterns = [
    path("patients/", api.Patients.as_view(), name="api-patients"),
    path("patients/<uuid:patient_id>/", api.OnePatient.as_view(), name="api-patient"),
    path("patients/<uuid:patient_id>/timeline/", api.Timeline.as_view(), name="api-timeline"),
    path("observations/", observation_api.Observations.as_view(), name="api-observations"),
    path("observations/<int:observation_id>/", observation_api.OneObservation.as_view(), name="api-observation"),
    path(
        "observations/<int:observation_id>/correct/",
        observation_api.CorrectObservation.as_view(),
        name="api-observation-correct",
    ),
    path(
        "observations/<int:observation_id>/retract/",
        observation_api.RetractObservation.as_view(),
        name="api-observation-retract",
    ),
    path("events/", event_api.Events.as_view(), name="api-events"),
    path("events/<int:event_id>/", event_api.OneEvent.as_view(), name="api-event"),
    path("events/<int:event_id>/correct/", event_api.CorrectEvent.as_view(), name="api-event-correct"),
    path("events/<int:event_id>/retract/", event_api.RetractEvent.as_view(), name="api-event-retract"),
    path("treatments/", treatment_api.Treatments.as_view(), name="api-treatments"),
    path("treatments/<int:treatment_id>/", treatment_api.OneTreatment.as_view(), name="api-treatment"),
    path(
        "treatments/<int:treatment_id>/correct/", treatment_api.CorrectTreatment.as_view(), name="api-treatment-correct"
    ),
    path(
        "treatments/<int:treatment_id>/retract/", treatment_api.RetractTreatment.as_view(), name="api-treatment-retract"
    ),
    path("uploads/", upload_api.Uploads.as_view(), name="api-uploads"),
    path("uploads/<uuid:upload_id>/", upload_api.OneUpload.as_view(), name="api-upload"),
    path("uploads/<uuid:upload_id>/rows/", upload_api.UploadRows.as_view(), name="api-upload-rows"),
]
