"""The panel of what is muted, wherever a page of a patient has it."""

from collections.abc import Mapping
from typing import Any

from django import template
from django.template import RequestContext

from monitor import mute_views
from monitor.mute_forms import MuteForm
from patients.models import Patient

register = template.Library()


@register.inclusion_tag("_muted.html", takes_context=True)
def muted_panel(context: RequestContext, patient: Patient, form: MuteForm | None = None) -> Mapping[str, Any]:
    """Show what is muted for a patient; `form` is one that needs mending."""
    request = context["request"]
    return {**mute_views.panel(patient, request.asker, form), "request": request, "csrf_token": context["csrf_token"]}
