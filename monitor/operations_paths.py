"""Addresses of the service itself."""

from django.urls import URLPattern, path

from monitor import operations_views

PATHS: list[URLPattern] = [path("operations/", operations_views.operations, name="operations")]
