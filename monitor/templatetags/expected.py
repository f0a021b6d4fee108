"""The panel of expected files, wherever a page of a patient has it."""

from collections.abc import Mapping
from typing import Any

from django import template
from django.template import RequestContext

from monitor import expected_views
from monitor.expected_forms import ExpectedForm
from patients.models import Patient

register = template.Library()


@register.inclusion_tag("_expected.html", takes_context=True)
def expected_panel(context: RequestContext, patient: Patient, form: ExpectedForm | None = None) -> Mapping[str, Any]:
    """Show which files are expected of a patient; `form` is one that needs mending."""
    request = context["request"]
    return {
        **expected_views.panel(patient, request.asker, form),
        "request": request,
        "csrf_token": context["csrf_token"],
    }
