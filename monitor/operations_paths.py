"""Addresses of the service itself."""

from django.urls import URLPattern

PATHS: list[URLPattern] = []
