"""Addresses of a team's people, hours, duties and absences."""

from django.urls import URLPattern

PATHS: list[URLPattern] = []
