"""Addresses of what people want to have by mail."""

from django.urls import URLPattern

PATHS: list[URLPattern] = []
