"""Addresses of what people want to have by mail."""

from django.urls import URLPattern, path

from monitor import mail_views

PATHS: list[URLPattern] = [
    path("mail/", mail_views.mail, name="mail"),
    path("mail/try/", mail_views.attempt, name="mail-try"),
    path("mail/stop/<str:secret>/", mail_views.stop, name="mail-stop"),
]
