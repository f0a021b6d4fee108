"""Django's entry to the pages."""

from django.apps import AppConfig
from django.conf import settings
from django.db.backends.signals import connection_created


class MonitorConfig(AppConfig):
    """What is shown."""

    name = "monitor"
    verbose_name = "IPH Watch"

    def ready(self) -> None:
        """Make our Celery app the current one, so that every process sends its hints to our broker; describe log-ins to OpenAPI."""
        from monitor import celery, schema  # noqa: F401 - importing makes it current, and the scheme known
        from monitor.patience import limit

        if settings.DATABASE_ROLE == "web":
            connection_created.connect(limit)
