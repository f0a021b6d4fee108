"""Django's entry to the watches."""

from django.apps import AppConfig


class AlertsConfig(AppConfig):
    """What deserves attention."""

    name = "alerts"
    verbose_name = "Alerts"

    def ready(self) -> None:
        """Connect the one signal, and the checks."""
        from alerts import checks, receivers  # noqa: F401 - importing registers them
