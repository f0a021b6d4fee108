"""A patient's own settings: agreeing to e-mail, the language, who else can see these pages, and who saw the record."""

from collections.abc import Iterable
from typing import Final

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from alerts import unsubscribing
from monitor.asking import AskedRequest
from monitor.history_views import page_of
from monitor.me_asking import allow, own, shown
from patients import seen
from patients.annals import Deed, annals
from patients.consenting import consent_to_email, consents_to_email, end_link, links_of
from patients.languages import LANGUAGES
from patients.models import CaregiverLink, Patient, What

PLAN: Final = "patient"
"""The kind of mail that is about a plan, for who may leave it or ask for it."""
LOOKS: Final = 5
"""Looks of others that the settings show; the page of them all has every one."""
SAW_WORDS: Final[dict[str, str]] = {
    What.PAGE: "your record",
    What.OWN: "these pages",
    What.FACT: "one entry of your record",
    What.HISTORY: "the history of your record",
    What.FLOWSHEET: "your results, as a file",
    What.FILE: "a file of yours",
    What.API: "your record, through a program",
}


@require_http_methods(["GET", "HEAD", "POST"])
@own
def settings(request: AskedRequest, patient: Patient) -> HttpResponse:
    """Show the settings, and change one of them."""
    if request.method == "POST":
        return _changed(request, patient)
    links = links_of(patient, at=request.at)
    context = {
        "email": consents_to_email(patient),
        "own_mail": _own_mail(request, patient, links),
        "languages": LANGUAGES,
        "links": [(link, str(link.user), link.user_id == request.user.pk) for link in links],
        "may_end": request.asker.may("link", "end", patient),
        "may_see_looks": request.asker.may("audit", "read", patient),
    }
    if context["may_see_looks"]:
        newest = seen.latest(patient.pk, but=request.user.pk, most=LOOKS)
        context["looks"] = [(str(one.user), SAW_WORDS[one.what], one.at) for one in newest]
    return render(request, "me_settings.html", shown(request, patient, "settings", **context))


def _changed(request: AskedRequest, patient: Patient) -> HttpResponse:
    """Change what the form is about."""
    if request.POST.get("change") == "email":
        allow(request, "consent", "change", patient)
        given = "email" in request.POST
        consent_to_email(patient.pk, given=given, by=request.user, at=request.at)
        if given and patient.user_id == request.user.pk:  # who left these mails by a click asks for them again
            unsubscribing.choose(request.user.pk, PLAN, wanted=True, at=request.at)
        messages.success(request, "Saved.")
    elif request.POST.get("change") == "own_mail" and patient.user_id != request.user.pk:
        unsubscribing.choose(request.user.pk, PLAN, wanted="own_mail" in request.POST, at=request.at)
        messages.success(request, "Saved.")
    elif request.POST.get("language") in LANGUAGES:
        request.user.language = request.POST["language"]
        request.user.save(update_fields=["language"])
        messages.success(request, "Saved.")
    return redirect("me-settings", patient.pk)


def _own_mail(request: AskedRequest, patient: Patient, links: Iterable[CaregiverLink]) -> bool:
    """Whether the person wants mails about the plan: a patient who did not leave them, a caregiver who asked since the link."""
    said = unsubscribing.choices([request.user.pk], PLAN).get(request.user.pk)
    if patient.user_id == request.user.pk:
        return said is None or said.wanted
    return (
        said is not None
        and said.wanted
        and any(said.at >= link.starts_at for link in links if link.user_id == request.user.pk)
    )


@require_safe
@own
def looks(request: AskedRequest, patient: Patient) -> HttpResponse:
    """Show everybody who saw the record, the newest first."""
    allow(request, "audit", "read", patient)
    found = annals(patient.pk, [Deed.SAW], page=page_of(request.GET.get("page", "")))
    rows = [
        ("You" if one.by_id == request.user.pk else one.by, SAW_WORDS.get(one.why, one.why), one.at)
        for one in found.entries
    ]
    return render(request, "me_looks.html", shown(request, patient, "settings", rows=rows, page=found))


@require_POST
@own
def end(request: AskedRequest, patient: Patient, link_id: int) -> HttpResponse:
    """End somebody's access to these pages, at once."""
    allow(request, "link", "end", patient)
    if not end_link(patient, link_id, at=request.at):
        raise Http404
    messages.success(request, "Access ended. They see nothing of you any more.")
    return redirect("me-settings", patient.pk)
