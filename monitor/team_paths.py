"""Addresses of a team's people, hours, duties and absences."""

from django.urls import URLPattern, path

from monitor import team_views

PATHS: list[URLPattern] = [
    path("settings/people/", team_views.choose, name="teams"),
    path("settings/<int:team_id>/people/", team_views.people, name="team-people"),
]
