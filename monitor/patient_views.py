"""Pages of who is followed: the list with its search, and a new patient."""

from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from monitor.asking import AskedRequest, asked
from patients.access import MATRIX
from patients.models import CareTeam, PatientIdentifier
from patients.reach import patients_for
from patients.recording import IdentifierTakenError, create_patient

PAGE = 50
OLDEST = date(1900, 1, 1)
TAKEN = "This identifier belongs to a patient already. Search for it in the list."


class NewPatientForm(forms.Form):
    """What is needed to begin: who, born when, known by which number, followed by whom."""

    name = forms.CharField(max_length=200, label="Name")
    birth_date = forms.DateField(label="Birth date", widget=forms.DateInput(attrs={"type": "date"}))
    sex = forms.ChoiceField(
        label="Sex",
        required=False,
        choices=[("", "unknown"), ("female", "female"), ("male", "male")],
        help_text="Reference ranges differ by sex from 15 years on.",
    )
    identifier = forms.CharField(
        max_length=120, label="Identifier", required=False, help_text="As laboratory files name the patient."
    )
    team = forms.ModelChoiceField(queryset=CareTeam.objects.none(), label="Team", empty_label=None)

    def __init__(self, *args: Any, teams: QuerySet[CareTeam], today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        team = self.fields["team"]
        if isinstance(team, forms.ModelChoiceField):
            team.queryset = teams

    def clean_birth_date(self) -> date:
        """Refuse a birth that is to come or longer ago than anybody lives."""
        born: date = self.cleaned_data["birth_date"]
        if not OLDEST <= born <= self.today:
            raise forms.ValidationError("Enter a date between 1900 and today.")
        return born

    def clean_identifier(self) -> str:
        """Refuse an identifier that names somebody already."""
        value: str = self.cleaned_data["identifier"].strip()
        if value and PatientIdentifier.objects.filter(issuer="", value=value).exists():
            raise forms.ValidationError(TAKEN)
        return value


@require_safe
@asked
def listing(request: AskedRequest) -> HttpResponse:
    """List the patients of a person's teams, by name; `q` searches names and identifiers."""
    member = request.asker.may("patient", "list")
    found = patients_for(request.asker, "patient", "list") if member else request.asker.patients()
    query = request.GET.get("q", "").strip()[:120]
    if query:
        found = found.filter(Q(identity__name__icontains=query) | Q(identifiers__value__iexact=query)).distinct()
    rows = (
        found.select_related("identity", "team", "watch_state")
        .prefetch_related("identifiers")
        .order_by("identity__name", "pk")
    )
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "query": query, "creating": bool(teams_of(request)), "at": request.at, "nav": "patients"}
    return render(request, "patients.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@asked
def create(request: AskedRequest) -> HttpResponse:
    """Begin to follow a patient."""
    teams = teams_of(request)
    if not teams:
        raise PermissionDenied
    sent = request.POST if request.method == "POST" else None
    form = NewPatientForm(
        sent, teams=CareTeam.objects.filter(pk__in=teams).order_by("name"), today=timezone.localdate()
    )
    if form.is_valid():
        try:
            return redirect("patient", _record(form.cleaned_data, request))
        except IdentifierTakenError:  # by a patient whom the person does not see
            form.add_error("identifier", TAKEN)
    return render(request, "patient_new.html", {"form": form, "nav": "patients"}, status=400 if form.is_bound else 200)


def teams_of(request: AskedRequest) -> list[int]:
    """Return the teams in which the person may begin to follow a patient."""
    allowed = MATRIX[("patient", "create")]
    return [team for team, actor in request.asker.team_roles.items() if actor in allowed]


def _record(data: dict[str, Any], request: AskedRequest) -> UUID:
    """Write the new patient, who lives where the team works until someone says otherwise; return the id."""
    team, identifier = data["team"], data["identifier"]
    patient = create_patient(
        team_id=team.pk,
        by=request.user,
        at=request.at,
        name=data["name"],
        identifiers=[("", identifier)] if identifier else [],
        birth_date=data["birth_date"],
        sex=data["sex"],
        time_zone=team.time_zone,
    )
    return patient.pk
