"""The flowsheet as a file."""

from uuid import UUID

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from monitor import flowsheet_rows
from monitor.asking import AskedRequest, asked, patient_or_404
from monitor.flowsheet_csv import sheet_csv
from patients import timeline
from patients.models import What


@require_safe
@asked
def flowsheet(request: AskedRequest, patient_id: UUID) -> HttpResponse:
    """Send every result of a patient as a CSV file, whose name names nobody."""
    found = patient_or_404(request, patient_id, "observation", "read", What.FLOWSHEET)
    history = timeline.read(found.pk, at=request.at)
    response = HttpResponse(
        sheet_csv(flowsheet_rows.sheet(history, {}, days=None)), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = 'attachment; filename="flowsheet.csv"'
    response["Cache-Control"] = "private, no-store"
    return response
