"""Django's entry to the record."""

from django.apps import AppConfig


class PatientsConfig(AppConfig):
    """What happened to patients."""

    name = "patients"
    verbose_name = "Patients"
