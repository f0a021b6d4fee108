"""A team's hours, people, duties and absences: what is read of them, and the only writers, which keep who changed what, and why."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from patients.models import Absence, CareTeam, Duty, Membership, TeamChange, User
from patients.models.rota import LONGEST

HOURS: Final = ("time_zone", "digest_hour", "working_from", "working_until", "emergency_text")
"""Columns of a team that it may change itself."""
LAST_LEVEL: Final = 9
"""The last level of a chain (constraint of patients.models.Duty)."""
BACK: Final = timedelta(days=365)
"""How far back a duty or an absence may begin; LONGEST is how long it may be, and how far ahead it may end."""


def members_in(team_id: int, *, starts_at: datetime, ends_at: datetime) -> QuerySet[Membership]:
    """Return who has a place in a team at any time of a span and can log in, by place in the chain."""
    holds = Q(ends_at=None) | Q(ends_at__gt=starts_at)
    found = Membership.objects.filter(holds, team_id=team_id, starts_at__lte=ends_at, user__is_active=True)
    return found.select_related("user").order_by("on_call_order", "user_id", "starts_at")


def duties_in(team_id: int, *, starts_at: datetime, ends_at: datetime) -> QuerySet[Duty]:
    """Return a team's duties that touch a span, the first first."""
    found = Duty.objects.filter(team_id=team_id, starts_at__lte=ends_at, ends_at__gt=starts_at)
    return found.select_related("user").order_by("starts_at", "level", "pk")


def absences_in(people: Collection[int], *, starts_at: datetime, ends_at: datetime) -> QuerySet[Absence]:
    """Return these people's absences that touch a span, the first first."""
    found = Absence.objects.filter(user_id__in=people, starts_at__lte=ends_at, ends_at__gt=starts_at)
    return found.select_related("user", "stand_in").order_by("starts_at", "pk")


def changes_of(team_id: int) -> QuerySet[TeamChange]:
    """Return what was changed of a team, the newest first."""
    return TeamChange.objects.filter(team_id=team_id).select_related("by").order_by("-pk")


def set_hours(team: CareTeam, values: Mapping[str, Any], *, by: User, at: datetime, reason: str = "") -> None:
    """Change hours, zone, digest hour or the text for patients; nothing is written where nothing is other than it was."""
    with transaction.atomic():
        row = CareTeam.objects.select_for_update(no_key=True).get(pk=team.pk)
        before = {name: getattr(row, name) for name in HOURS if name in values and getattr(row, name) != values[name]}
        if not before:
            return
        after = {name: values[name] for name in before}
        CareTeam.objects.filter(pk=team.pk).update(**after)
        _keep(team.pk, "hours", {"before": before, "after": after}, by=by, at=at, reason=reason)


def add_member(team: CareTeam, user: User, role: str, *, order: int, by: User, at: datetime) -> Membership:
    """Give an account a place in a team. ValueError for an account that is not active, has a place, or is the person's own."""
    if user.pk == by.pk:
        raise ValueError("Nobody gives themselves a place: ask a colleague, or an administrator.")
    if not user.is_active:
        raise ValueError("This account is closed.")
    with transaction.atomic():
        if any(members_in(team.pk, starts_at=at, ends_at=at).filter(user=user)):
            raise ValueError("This person is a member already.")
        try:
            with transaction.atomic():
                place = Membership.objects.create(user=user, team=team, role=role, starts_at=at, on_call_order=order)
        except IntegrityError as error:
            raise ValueError("This person is a member already.") from error
        _keep(team.pk, "member added", {"user": user.pk, "role": role, "order": order}, by=by, at=at)
    return place


def end_member(place: Membership, *, by: User, at: datetime, reason: str) -> None:
    """End a person's place now; it is kept that it was, as who ends their own may say no more afterwards. ValueError without a
    reason, or where it is over."""
    why = _said(reason)
    with transaction.atomic():
        _keep(place.team_id, "member ended", {"user": place.user_id, "role": place.role}, by=by, at=at, reason=why)
        rows = Membership.objects.filter(Q(ends_at=None) | Q(ends_at__gt=at), pk=place.pk, starts_at__lt=at)
        if not rows.update(ends_at=at):
            raise ValueError("This place has ended already.")


def set_place(place: Membership, order: int, *, by: User, at: datetime, reason: str = "") -> None:
    """Change somebody's usual place in the chain. ValueError where they are taken off it without a reason."""
    why = _said(reason) if order == 0 and place.on_call_order else reason.strip()
    with transaction.atomic():
        row = Membership.objects.select_for_update(no_key=True).get(pk=place.pk)
        if row.on_call_order == order:
            return
        detail = {"user": row.user_id, "before": row.on_call_order, "after": order}
        Membership.objects.filter(pk=row.pk).update(on_call_order=order)
        _keep(row.team_id, "place", detail, by=by, at=at, reason=why)


def put_on_duty(
    team: CareTeam, user: User, level: int, *, starts_at: datetime, ends_at: datetime, by: User, at: datetime
) -> Duty:
    """Put a member on a level of the chain for a span. ValueError for a span that cannot be, or is known."""
    _check_span(starts_at, ends_at, at)
    with transaction.atomic():
        if Duty.objects.filter(team=team, user=user, starts_at__lt=ends_at, ends_at__gt=starts_at).exists():
            raise ValueError("This person has a duty then.")
        duty = Duty.objects.create(team=team, user=user, level=level, starts_at=starts_at, ends_at=ends_at)
        _keep(team.pk, "duty", {"user": user.pk, "level": level, **_span(starts_at, ends_at)}, by=by, at=at)
    return duty


def end_duty(duty: Duty, *, by: User, at: datetime, reason: str) -> None:
    """Take a duty back that has not begun, or end one that has. ValueError without a reason."""
    why = _said(reason)
    with transaction.atomic():
        _end(Duty, duty.pk, at)
        detail = {"user": duty.user_id, "level": duty.level, **_span(duty.starts_at, duty.ends_at)}
        _keep(duty.team_id, "duty ended", detail, by=by, at=at, reason=why)


def say_absent(
    team: CareTeam,
    user: User,
    *,
    starts_at: datetime,
    ends_at: datetime,
    stand_in: User | None,
    by: User,
    at: datetime,
) -> Absence:
    """Say that a member is away, and who stands in; their teams keep it. ValueError for a span that cannot be, or is known."""
    _check_span(starts_at, ends_at, at)
    if stand_in is not None and stand_in.pk == user.pk:
        raise ValueError("Somebody else stands in.")
    with transaction.atomic():
        if Absence.objects.filter(user=user, starts_at__lt=ends_at, ends_at__gt=starts_at).exists():
            raise ValueError("This person is away then already.")
        absence = Absence.objects.create(user=user, stand_in=stand_in, starts_at=starts_at, ends_at=ends_at)
        detail = {"user": user.pk, "stand_in": stand_in.pk if stand_in else None, **_span(starts_at, ends_at)}
        _keep_everywhere(team.pk, user.pk, "absence", detail, by=by, at=at)
    return absence


def end_absence(team: CareTeam, absence: Absence, *, by: User, at: datetime) -> None:
    """Take an absence back that has not begun, or end one that has; every team of the person keeps it."""
    with transaction.atomic():
        _end(Absence, absence.pk, at)
        detail = {"user": absence.user_id, **_span(absence.starts_at, absence.ends_at)}
        _keep_everywhere(team.pk, absence.user_id, "absence ended", detail, by=by, at=at)


def _end(rows: type[Duty] | type[Absence], key: int, at: datetime) -> None:
    """Delete what has not begun, and end what has."""
    rows.objects.filter(pk=key, starts_at__gte=at).delete()
    rows.objects.filter(pk=key, starts_at__lt=at, ends_at__gt=at).update(ends_at=at)


def wrong_span(starts_at: datetime, ends_at: datetime, at: datetime) -> dict[str, str]:
    """Return what is wrong with a span in words, by the end of it: empty, over, too long, or years from now."""
    wrong = {}
    if starts_at < at - BACK:
        wrong["starts_at"] = "It begins more than a year ago. Is the year right?"
    if ends_at <= starts_at:
        wrong["ends_at"] = "It ends before it begins."
    elif ends_at <= at:
        wrong["ends_at"] = "It is over already."
    elif ends_at > at + LONGEST:
        wrong["ends_at"] = "It ends more than two years from now. Is the year right?"
    elif ends_at - starts_at > LONGEST:
        wrong["ends_at"] = "It is longer than two years."
    return wrong


def _check_span(starts_at: datetime, ends_at: datetime, at: datetime) -> None:
    """Refuse a span that cannot be."""
    if wrong := wrong_span(starts_at, ends_at, at):
        raise ValueError(" ".join(wrong.values()))


def _span(starts_at: datetime, ends_at: datetime) -> dict[str, str]:
    """Return a span as it is kept."""
    return {"from": starts_at.isoformat(), "until": ends_at.isoformat()}


def _said(reason: str) -> str:
    """Return why; ValueError for nothing."""
    words = reason.strip()
    if not words:
        raise ValueError("Say why in a few words.")
    return words


def _keep(team_id: int, what: str, detail: Mapping[str, Any], *, by: User, at: datetime, reason: str = "") -> None:
    """Keep a change: who, when, what, why."""
    TeamChange.objects.create(team_id=team_id, by=by, at=at, what=what, detail=dict(detail), reason=reason.strip())


def _keep_everywhere(
    team_id: int, user_id: int, what: str, detail: Mapping[str, Any], *, by: User, at: datetime
) -> None:
    """Keep a change of a person in a team and in the others where they have a place, also in those that `by` does not see."""
    places = Membership.objects.filter(Q(ends_at=None) | Q(ends_at__gt=at), user_id=user_id, starts_at__lte=at)
    _keep(team_id, what, detail, by=by, at=at)
    others = sorted(set(places.values_list("team_id", flat=True)) - {team_id})
    rows = [TeamChange(team_id=one, by=by, at=at, what=what, detail=dict(detail)) for one in others]
    TeamChange.objects.bulk_create(
        rows, ignore_conflicts=True
    )  # reads no row back: whose team it is not may not read it
