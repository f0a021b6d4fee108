"""The project: settings, servers, pages. Imports the Celery app so that shared tasks find it."""
