"""Addresses of mutes, stories, previews, expected files and the review of rules."""

from django.urls import URLPattern, path

from monitor import expected_views, mute_views, quality_views, story_views

PATHS: list[URLPattern] = [
    path("patients/<uuid:patient_id>/mutes/", mute_views.mutes, name="patient-mutes"),
    path("patients/<uuid:patient_id>/mutes/<int:mute_id>/end/", mute_views.end, name="mute-end"),
    path("patients/<uuid:patient_id>/alerts/acknowledge/", story_views.acknowledge, name="acknowledge-parts"),
    path("patients/<uuid:patient_id>/files/", expected_views.files, name="expected-files"),
    path("settings/<int:team_id>/quality/", quality_views.of_team, name="team-quality"),
]
