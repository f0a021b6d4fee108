"""The project: settings, servers, pages."""
