"""Addresses of the API of alerts, below /api/v1/."""

from django.urls import path

from alerts import api, mute_api

urlpatterns = [
    path("alerts/", api.Alerts.as_view(), name="api-alerts"),
    path("alerts/<uuid:alert_id>/", api.OneAlert.as_view(), name="api-alert"),
    path("alerts/<uuid:alert_id>/acknowledge/", api.Acknowledge.as_view(), name="api-alert-acknowledge"),
    path("alerts/<uuid:alert_id>/resolve/", api.Resolve.as_view(), name="api-alert-resolve"),
    path("alerts/<uuid:alert_id>/snooze/", api.Snooze.as_view(), name="api-alert-snooze"),
    path("alerts/<uuid:alert_id>/assign/", api.Assign.as_view(), name="api-alert-assign"),
    path("alerts/<uuid:alert_id>/comment/", api.Comment.as_view(), name="api-alert-comment"),
    path("alerts/<uuid:alert_id>/feedback/", api.Feedback.as_view(), name="api-alert-feedback"),
    path("patients/<uuid:patient_id>/mutes/", mute_api.Mutes.as_view(), name="api-mutes"),
    path("patients/<uuid:patient_id>/mutes/<int:mute_id>/end/", mute_api.EndMute.as_view(), name="api-mute-end"),
]
