"""What is done about a whole story at once: taking on all its parts, or none."""

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from alerts import handling
from alerts.changes import ConflictError
from alerts.models import Alert
from monitor.alert_conflicts import since
from monitor.asking import AskedRequest, asked, patient_or_404


@require_POST
@asked
def acknowledge(request: AskedRequest, patient_id: UUID) -> HttpResponse:
    """Take on every part that was shown, in one transaction: where one has changed since, none is taken."""
    patient = patient_or_404(request, patient_id, "alert", "acknowledge")
    parts = _parts(request.POST.getlist("part"))
    known = Alert.objects.filter(patient=patient).in_bulk(list(parts))
    if not parts or len(known) != len(parts):
        raise Http404
    try:
        with transaction.atomic():
            for identity, seen in parts.items():
                _take(request, identity, seen)
    except ConflictError as error:
        changed = error.last.alert if error.last is not None else next(iter(known.values()))
        messages.error(
            request, f"{since(changed, error, by=request.user)} No part was acknowledged. Here they are as they stand."
        )
    else:
        messages.success(request, "Acknowledged. The alerts stay open; nobody further is called.")
    return redirect(f"{reverse('patient', args=[patient.pk])}#alert-{next(iter(parts))}")


def _take(request: AskedRequest, identity: UUID, seen: datetime) -> None:
    """Acknowledge one part; what the same person took on already, by a form sent twice, is done."""
    try:
        handling.acknowledge(identity, by=request.user, at=request.at, seen=seen)
    except ConflictError as error:
        last = error.last
        if last is None or (last.by_id, last.verb, last.after) != (request.user.pk, "acknowledged", "acknowledged"):
            raise


def _parts(sent: list[str]) -> dict[UUID, datetime]:
    """Return the alerts that a form names, each as it was seen; 404 for what no form sends."""
    try:
        pairs = [one.split(" ", 1) for one in sent]
        return {UUID(identity): datetime.fromisoformat(seen) for identity, seen in pairs}
    except ValueError as error:
        raise Http404 from error
