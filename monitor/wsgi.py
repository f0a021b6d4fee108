"""The web process: `granian --interface wsgi monitor.wsgi:application`. It looks after the watching, too."""

import os

from monitor import embedded

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "monitor.settings")
os.environ.setdefault("IPH_DATABASE_ROLE", "web")
embedded.provide(os.environ)

from django.core.wsgi import get_wsgi_application  # noqa: E402 - settings read what embedded.provide sets

application = get_wsgi_application()

from monitor import sentinel  # noqa: E402 - its models need what get_wsgi_application sets up

sentinel.start()
