"""Addresses of mutes, previews and the review of rules."""

from django.urls import URLPattern

PATHS: list[URLPattern] = []
