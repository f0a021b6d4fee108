"""Django's entry to the pages."""

from django.apps import AppConfig


class MonitorConfig(AppConfig):
    """What is shown."""

    name = "monitor"
    verbose_name = "IPH Watch"
