"""The people of a team: who belongs to it, who is called when, who is away; and who changed that."""

from http import HTTPStatus
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from monitor.asking import AskedRequest, asked
from monitor.team_desk import Desk, TeamForm
from monitor.team_forms import FORMS, AbsenceForm, AddForm, DutyForm, HoursForm
from monitor.team_page import desk_of, shown
from patients.access import MATRIX, Actor
from patients.models import CareTeam

OPEN: tuple[type[TeamForm], ...] = (HoursForm, AddForm, DutyForm, AbsenceForm)
"""Forms that stand on the page; the others open in the row that they are about."""


@require_safe
@asked
def choose(request: AskedRequest) -> HttpResponse:
    """Lead to the people of the person's team, or ask which; an administrator has all teams."""
    mine = CareTeam.objects.order_by("name")
    if not _administers(request, "read"):
        mine = mine.filter(pk__in=[one for one in request.asker.team_roles if may(request, "read", one)])
    found = list(mine)
    if len(found) == 1:
        return redirect("team-people", found[0].pk)
    return render(request, "teams.html", {"teams": found, "nav": "team"})


@require_http_methods(["GET", "HEAD", "POST"])
@asked
def people(request: AskedRequest, team_id: int) -> HttpResponse:
    """Show a team, or take a change; all times are the team's."""
    team = CareTeam.objects.filter(pk=team_id).first()
    if team is None or not may(request, "read", team_id):
        raise Http404
    with timezone.override(ZoneInfo(team.time_zone)):
        desk = desk_of(team, request.user, arranges=may(request, "change", team_id), at=request.at)
        if request.method != "POST":
            return _page(request, desk, None)
        form = _sent(request, desk)
        if form.is_valid() and _saved(form):
            messages.success(request, form.said)
            return redirect(request.path)
        return _page(request, desk, form)


def may(request: AskedRequest, action: str, team_id: int) -> bool:
    """Return whether the person may read or change this team: as a member of it, or as an administrator."""
    return request.asker.may_in_team("team", action, team_id) or _administers(request, action)


def _administers(request: AskedRequest, action: str) -> bool:
    """Return whether the person may do so in every team."""
    who = request.asker
    return who.bound is None and who.user.is_staff and Actor.ADMIN in MATRIX[("team", action)]


def _sent(request: AskedRequest, desk: Desk) -> TeamForm:
    """Return the form that was sent, if there is such a one and the person may."""
    kind = FORMS.get(request.POST.get("act", ""))
    if kind is None:
        raise Http404
    if not kind.allowed(desk):
        raise PermissionDenied
    return kind(request.POST, desk=desk)


def _saved(form: TeamForm) -> bool:
    """Save what a clean form says; say beside it what stands against it."""
    try:
        form.save()
    except ValueError as error:
        form.add_error(None, str(error))
        return False
    return True


def _page(request: AskedRequest, desk: Desk, sent: TeamForm | None) -> HttpResponse:
    """Show the page, with the form that could not be saved in its place."""
    standing = {kind.act: kind(desk=desk) for kind in OPEN if kind.allowed(desk)}
    context = {
        "team": desk.team,
        "desk": desk,
        "form": sent,
        "forms": {**standing, **({sent.act: sent} if sent is not None and sent.act in standing else {})},
        "row": _row(request, desk, sent),
        "nav": "team",
        **shown(desk),
    }
    return render(request, "team.html", context, status=HTTPStatus.OK if sent is None else HTTPStatus.BAD_REQUEST)


def _row(request: AskedRequest, desk: Desk, sent: TeamForm | None) -> TeamForm | None:
    """Return the form that is open in a row: the one that was sent, or asked for as `place-7`."""
    if sent is not None:
        return None if sent.act in {kind.act for kind in OPEN} else sent
    name, _, key = request.GET.get("change", "").rpartition("-")
    kind = FORMS.get(name)
    if kind is None or kind in OPEN or not kind.allowed(desk):
        return None
    row = next((one for one in kind.rows(desk) if str(one.pk) == key), None)
    return None if row is None else kind(desk=desk, row=row)
