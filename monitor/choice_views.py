"""The numbers of the watches: what holds for a team or one patient, since when, chosen by whom and why; and choosing another."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from itertools import groupby
from typing import Final
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from alerts.choices import Choice, catalogue
from alerts.setting_titles import title_of
from monitor.asking import AskedRequest, asked, patient_or_404
from monitor.choice_forms import PREVIEW, ChoiceForm
from monitor.preview import Preview, preview
from patients.choosing import StaleChoiceError, choose, chosen, own_choices
from patients.models import CareTeam, Patient, SettingChange

SHOWN_CHANGES: Final = 50


@dataclass(frozen=True, slots=True)
class Row:
    """One number: what it is now, where from, and the form that changes it for who may."""

    choice: Choice
    value: float
    change: SettingChange | None
    own: bool
    form: ChoiceForm | None


@require_safe
@asked
def choose_team(request: AskedRequest) -> HttpResponse:
    """Lead to the numbers of the person's team, or ask which."""
    allowed = [team for team in request.asker.team_roles if request.asker.may_in_team("settings", "read", team)]
    teams = list(CareTeam.objects.filter(pk__in=allowed).order_by("name"))
    if len(teams) == 1:
        return redirect("team-settings", teams[0].pk)
    return render(request, "choices_teams.html", {"teams": teams, "nav": "settings"})


@require_http_methods(["GET", "HEAD", "POST"])
@asked
def of_team(request: AskedRequest, team_id: int) -> HttpResponse:
    """Show and change the numbers of a team."""
    if not request.asker.may_in_team("settings", "read", team_id):
        raise Http404
    team = CareTeam.objects.get(pk=team_id)
    may, tries = (request.asker.may_in_team("settings", action, team_id) for action in ("change", "preview"))
    return _page(request, team, may=may, tries=tries, nav="settings")


@require_http_methods(["GET", "HEAD", "POST"])
@asked
def of_patient(request: AskedRequest, patient_id: UUID) -> HttpResponse:
    """Show and change the numbers of one patient: they go before the team's."""
    patient = patient_or_404(request, patient_id, "settings", "read")
    may = request.asker.may_in_team("settings", "change", patient.team_id)
    return _page(request, patient, may=may, tries=request.asker.may("settings", "preview", patient), nav="patients")


def _page(request: AskedRequest, scope: CareTeam | Patient, *, may: bool, tries: bool, nav: str) -> HttpResponse:
    """Show every number of a scope, try another one out, or take a change."""
    if request.method == "POST" and not (tries if PREVIEW in request.POST else may):
        raise PermissionDenied
    sent = request.POST if request.method == "POST" else None
    asked_for = request.POST.get("name") or request.GET.get("change", "")
    rows = rows_of(scope, sent, asked_for if may or tries else "")
    bound = next((row.form for row in rows if row.form is not None and row.form.is_bound), None)
    if sent is not None and bound is None:
        raise Http404
    tried = None
    if bound is not None and bound.is_valid():
        if bound.previewed:
            tried = _tried(request, scope, bound)
        elif _changed(request, scope, bound):
            return redirect(request.path)
    patient = scope if isinstance(scope, Patient) else None
    team = scope.team if isinstance(scope, Patient) else scope
    context = {
        "patient": patient,
        "team": team,
        "groups": [(title, list(found)) for title, found in groupby(rows, lambda row: row.choice.group)],
        "form": bound,
        "may": may,
        "tries": tries,
        "reviews": request.asker.may_in_team("rules", "review", team.pk),
        "tried": tried,
        "changes": _changes(scope),
        "nav": nav,
    }
    status = HTTPStatus.OK if bound is None or tried is not None else HTTPStatus.BAD_REQUEST
    return render(request, "choices.html", context, status=status)


def _tried(request: AskedRequest, scope: CareTeam | Patient, form: ChoiceForm) -> Preview:
    """Return what the number of a form would have done for those of its patients whom the person may see."""
    mine = request.asker.patients().filter(active=True).select_related("identity")
    mine = mine.filter(pk=scope.pk) if isinstance(scope, Patient) else mine.filter(team=scope)
    patients = {one.pk: one for one in mine}
    data = form.cleaned_data
    return preview(scope, data["name"], data["value"], patients=patients, at=request.at)


def rows_of(scope: CareTeam | Patient, sent: Mapping[str, str] | None, asked_for: str) -> list[Row]:
    """Return every number of a scope in reading order; the one that is asked for has a form, filled by what was `sent`."""
    of_team = chosen(scope.team) if isinstance(scope, Patient) else {}
    own = chosen(scope)
    held = {name: change for name, change in {**of_team, **_standing(own)}.items() if change.value is not None}
    numbers = {name: change.value for name, change in held.items() if change.value is not None}
    return [
        _row(
            choice,
            own.get(name),
            held.get(name),
            numbers,
            _form(choice, own.get(name), numbers, sent) if name == asked_for else None,
        )
        for name, choice in catalogue().items()
    ]


def _standing(own: Mapping[str, SettingChange]) -> dict[str, SettingChange]:
    """Return the choices that were not given up."""
    return {name: change for name, change in own.items() if change.value is not None}


def _row(
    choice: Choice,
    own: SettingChange | None,
    held: SettingChange | None,
    numbers: Mapping[str, float],
    form: ChoiceForm | None,
) -> Row:
    """Return the row of one number."""
    value = numbers.get(choice.setting.name, choice.setting.default)
    return Row(choice, value, held, own=own is not None and own is held, form=form)


def _form(
    choice: Choice, own: SettingChange | None, numbers: Mapping[str, float], sent: Mapping[str, str] | None
) -> ChoiceForm:
    """Return the form of one number, filled by what was sent."""
    return ChoiceForm(sent, choice=choice, numbers=numbers, version=own.pk if own else 0)


def _changed(request: AskedRequest, scope: CareTeam | Patient, form: ChoiceForm) -> bool:
    """Choose what the form says; say so beside it where somebody was first."""
    data = form.cleaned_data
    value = None if form.given_up else data["value"]
    try:
        choose(
            scope, data["name"], value, by=request.user, at=request.at, reason=data["reason"], seen=data["seen"] or 0
        )  # fmt: skip
    except StaleChoiceError as error:
        who = str(error.last.by) if error.last is not None and error.last.by is not None else "Somebody"
        form.add_error(None, f"Not saved: {who} changed this number a moment ago. Here it is as it stands now.")
        form.data = {**form.data.dict(), "seen": str(error.last.pk if error.last else 0)}  # type: ignore[attr-defined] # a QueryDict
        return False
    messages.success(request, "Saved. Every patient whom it concerns is judged again.")
    return True


def _changes(scope: CareTeam | Patient) -> list[tuple[SettingChange, str, str]]:
    """Return the newest changes of a scope, each with what its number is called, and its unit."""
    known = catalogue()
    newest = own_choices(scope).select_related("by").order_by("-pk")[:SHOWN_CHANGES]
    return [(one, title_of(one.name), known[one.name].setting.unit if one.name in known else "") for one in newest]
