"""What a person wants to have by mail, whether their address takes it, a mail to try it, and the one click that stops one kind."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Final

from django.contrib import messages
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from alerts import tasks, unsubscribing
from alerts.models import Delivery, Notification
from monitor.asking import AskedRequest, asked
from monitor.errors import not_found
from monitor.limits import allowed
from monitor.me_asking import own_patients, shown
from patients.context import acting_as
from patients.models import Membership, Patient, User

TOO_MANY: Final = 429
EVERY: Final = timedelta(minutes=1)
"""How often one may try: each try is a mail."""
WAITS: Final = timedelta(minutes=10)
"""For how long the page looks by itself whether a try was sent."""
WORDS: Final = {
    "digest": ("Morning digest", "How many alerts are open and how many to-dos are due, each morning."),
    "weekly": ("Weekly mail", "How many low alerts are open, each Monday."),
    "patient": ("My plan", "That a plan changes or a test is due: never which, and never a result."),
}
ENDED: Final = {"digest": "the morning digest", "weekly": "the weekly mail", "patient": "mails about a plan"}


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of mail as the page shows it; `can_be_empty`: it may also be wanted where there is nothing new."""

    edition: str
    title: str
    about: str
    wanted: bool
    empty: bool
    can_be_empty: bool


@dataclass(frozen=True, slots=True)
class Tried:
    """The last mail to oneself: when, how it stands in words, and whether that may change by itself."""

    at: datetime
    words: str
    good: bool
    waits: bool


@require_http_methods(["GET", "HEAD", "POST"])
@asked
def mail(request: AskedRequest) -> HttpResponse:
    """Show what the person gets, and change it."""
    kinds = _kinds(request)
    if request.method == "POST":
        edition = request.POST.get("edition", "")
        if edition in {kind.edition for kind in kinds}:
            wanted, empty = "wanted" in request.POST, "empty" in request.POST
            unsubscribing.choose(request.user.pk, edition, wanted=wanted, empty=wanted and empty, at=request.at)
            messages.success(request, "Saved.")
        return redirect("mail")
    context = {"nav": "mail", "kinds": kinds, "tried": _tried(request.user, request.at), "at": request.at}
    return render(request, "mail.html", {**context, **_frame(request)})


@require_POST
@asked
def attempt(request: AskedRequest) -> HttpResponse:
    """Put a mail to oneself into the outbox, one a minute at most; the page says how it went."""
    minute = int(request.at.timestamp() // EVERY.total_seconds())
    row = Notification(
        recipient=request.user,
        kind="test",
        reason="test",
        dedup_key=f"test:{request.user.pk}:{minute}",
        created_at=request.at,
        due_at=request.at,
    )
    Notification.objects.bulk_create([row], ignore_conflicts=True)
    transaction.on_commit(lambda: tasks.hint(tasks.send_due))
    return redirect("mail")


@csrf_exempt  # a mail program has no session and no form of ours: the signature in the address is what allows it (RFC 8058, 3.2)
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, secret: str) -> HttpResponse:
    """Ask whether one kind of mail is to stop, and stop it, without a log-in. Looking changes nothing: programs open every link."""
    at = timezone.now()
    if not allowed(request, "mail-stop", at=at):
        return HttpResponse(status=TOO_MANY, headers={"Retry-After": "60"})
    said = unsubscribing.read(secret)
    if said is None:
        return not_found(request)
    user_id, edition = said
    done = request.method == "POST"
    if done and not _stop(user_id, edition, at):
        return not_found(request)
    return render(request, "mail_stop.html", {"what": ENDED[edition], "done": done}, status=HTTPStatus.OK)


def _frame(request: AskedRequest) -> dict[str, Any]:
    """Return the layout of the page: that of a patient's own pages for who has no others, within those of the only patient."""
    team = {"layout": "base.html", "digests": True}
    if request.user.is_staff or request.asker.team_roles:
        return team
    mine = list(own_patients(request).select_related("team", "identity")[:2])
    if not mine:
        return team
    one = shown(request, mine[0], "settings") if len(mine) == 1 else {"several": True}
    return {**one, "layout": "me_base.html", "digests": False}


def _stop(user_id: int, edition: str, at: datetime) -> bool:
    """Stop one kind of mail as the person whose it is; return False where there is no such account any more."""
    with acting_as(user_id):
        if not User.objects.filter(pk=user_id).exists():
            return False
        unsubscribing.choose(user_id, edition, wanted=False, at=at)
    return True


def _kinds(request: AskedRequest) -> tuple[Kind, ...]:
    """Return the kinds of mail that the person can get: members of teams the digests, patients and caregivers those of a plan."""
    holds = Q(ends_at=None) | Q(ends_at__gt=request.at)
    places = Membership.objects.filter(holds, user=request.user, starts_at__lte=request.at)
    found = ["digest", "weekly"] if places.exists() else []
    if request.asker.cared_for or Patient.objects.filter(user=request.user).exists():
        found.append("patient")
    return tuple(_kind(request, edition) for edition in found)


def _kind(request: AskedRequest, edition: str) -> Kind:
    """Return how one kind of mail stands for the person. Caregivers get no mail of a plan unless they ask for it."""
    said = unsubscribing.choices([request.user.pk], edition).get(request.user.pk)
    unsaid = edition != "patient" or not request.asker.cared_for
    title, about = WORDS[edition]
    return Kind(
        edition,
        title,
        about,
        wanted=unsaid if said is None else said.wanted,
        empty=said is not None and said.empty,
        can_be_empty=edition != "patient",
    )


def _tried(user: User, at: datetime) -> Tried | None:
    """Return how the last mail to oneself went."""
    row = Notification.objects.filter(recipient=user, kind="test").order_by("-created_at").first()
    if row is None:
        return None
    last = Delivery.objects.filter(notification=row).order_by("-attempt").first()
    words = _went(row, last)
    open_ = row.sent_at is None and row.failed_at is None and row.dropped_at is None
    return Tried(row.created_at, words, good=row.sent_at is not None, waits=open_ and at - row.created_at < WAITS)


def _went(row: Notification, last: Delivery | None) -> str:
    """Return in words how a mail went."""
    code = f" It said {last.smtp_code}." if last is not None and last.smtp_code else ""
    if row.sent_at is not None:
        return "The mail server took it. If it does not arrive, look among unwanted mail, then ask your administrator."
    if row.failed_at is not None:
        return f"The mail server refused it for good.{code} Your address may be wrong: ask your administrator."
    if row.dropped_at is not None:
        return "It was not sent."
    if last is None or last.outcome == "started":
        return "It is on its way."
    if last.outcome == "unclear":
        return "The mail server did not answer clearly. It is tried again."
    return f"The mail server does not take it now.{code} It is tried again."
