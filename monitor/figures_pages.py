"""Every page of the demo that is looked at and measured: by whom it is opened, where it stands, what it shows. Pure."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from monitor.demo_patient import id_of

PAST_DAYS: Final = 30
FELL: Final = f"patients/{id_of('DEMO-2')}/"
TAPERED: Final = f"patients/{id_of('DEMO-44')}/"
SHORTER: Final = f"patients/{id_of('DEMO-25')}/"
"""Patients of the first team: an acute fall in a child, a dose being reduced, remissions that grow shorter."""
OWN: Final = f"me/{id_of('DEMO-44')}/"
WELL: Final = f"me/{id_of('DEMO-1')}/"
WARD: Final = f"me/{id_of('DEMO-2')}/"
"""Own pages: of the patient in a taper, of one in remission, and of a child as the caregiver sees them."""
STRANGER: Final = ""


@dataclass(frozen=True, slots=True)
class Place:
    """A page. `role` opens it, as the list of log-ins says it; "" is a stranger.

    `link` is how an address on that page begins, as a pattern: the first such one is followed, for what has an id of its own.
    """

    name: str
    role: str
    path: str
    caption: str
    link: str = ""
    status: int = 200
    dark: bool = False
    """Whether it is pictured in the dark too."""
    twin: bool = False
    """Whether it is another page with other contents: looked at in the long proofs only."""

    @property
    def slug(self) -> str:
        """The name as a file bears it."""
        return re.sub(r"[^a-z0-9]+", "-", self.name.lower()).strip("-")

    def address(self, read: Callable[[str], str], today: date) -> str:
        """Return the address below the service's own; `read` returns a page's HTML and is asked where a link is followed.

        LookupError where the page has no such link.
        """
        path = self.path.replace("PAST", f"{today - timedelta(days=PAST_DAYS)}T12:00")
        if not self.link:
            return path
        found = re.search(rf'(?:href|action)="/({self.link}[^"#]*)', read(path))
        if found is None:
            raise LookupError(f"{self.name}: no link to {self.link} on /{path}")
        return found[1].replace("&amp;", "&")


def _of(role: str, *places: tuple[str, str, str], twin: bool = False) -> tuple[Place, ...]:
    """Return pages of one role: name, path, caption."""
    return tuple(Place(name, role, path, caption, twin=twin) for name, path, caption in places)


ID: Final = "[0-9a-f-]{36}/"
ACTS: Final = (
    ("snooze", "Snooze an alert", "Until when an alert can wait, and why."),
    ("assign", "Assign an alert", "To whom an alert is handed."),
    ("resolve", "Resolve an alert", "Why an alert is closed."),
    ("comment", "Comment on an alert", "Something said about an alert; it stays as it was."),
    ("feedback", "Rate an alert", "Whether an alert was useful."),
)
"""What is done with an alert by a form, which has a page of its own too."""
PHYSICIAN: Final = (
    Place("Worklist", "physician", "", "Who needs someone, the most urgent first, with the reason in one sentence.", dark=True),
    *_of("physician", ("Worklist of everybody", "?tab=all", "Everybody whom the team follows."), twin=True),
    *_of("physician",
        ("Worklist without a match", "?q=nobody+is+called+so", "What a filter says that nobody matches."),
        ("Patients", "patients/", "Everybody, to be found by name or number.")),
    Place("Patient", "physician", FELL, "Open alerts with their evidence beside the course of the disease.", dark=True),
    *_of("physician",
        ("Patient in a taper", TAPERED, "Planned and taken doses below hemoglobin, iron and lung function."),
        ("Patient with shorter remissions", SHORTER, "Remissions as bars, each shorter than the one before."), twin=True),
    *_of("physician",
        ("Patient as known on a day", f"{FELL}?known=PAST", "The whole page as it was a month ago."),
        ("New patient", "patients/new/", "Beginning to follow somebody."),
        ("Record", f"{FELL}record/", "What can be recorded, with the most usual first."),
        ("Record results", f"{FELL}record/results/", "Several analytes of one sample, each checked as a file's would be."),
        ("Record a dose", f"{FELL}record/dose/", "A dose that was taken."),
        ("Taper plan", f"{TAPERED}record/taper/", "A taper: preview it, adjust it, save it, end it."),
        ("Record a chest film", f"{FELL}record/chest_xray/", "A form made from the kind of event."),
        ("Record hemoptysis", f"{FELL}record/hemoptysis/", "How much blood was coughed up, and when."),
        ("Recorded events", f"{FELL}facts/?kind=Events", "Everything recorded of one kind, the newest first.")),
    Place("Correct an event", "physician", f"{FELL}facts/?kind=Events", "Where a fact comes from; corrected or retracted with a "
        "reason.", link=f"{FELL}facts/event/"),
    *_of("physician",
        ("History", f"{FELL}history/", "Who recorded, corrected or saw what."),
        ("Plan as a calendar", f"{TAPERED}plan/", "Doses month by month, to be printed."),
        ("Numbers of a patient", f"{FELL}settings/", "Every limit of the watches: its default, its source, who chose another.")),
    *_of("physician", ("Muted rules", f"{FELL}mutes/", "What one rule may keep to itself until a day, and why.")),
    Place("Numbers of a team", "physician", f"{FELL}settings/", "The same for all patients of a team.", link=r"settings/\d+/"),
    Place("Review of the rules", "physician", f"{FELL}settings/", "How often each rule told, how soon it was answered, how useful.",
        link=r"settings/\d+/quality/"),
    Place("Proposed exacerbation", "physician", FELL, "Confirm, join or reject what the signs propose.",
        link=f"patients/{ID}episodes/"),
    *(Place(name, "physician", FELL, caption, link=f"alerts/{ID}{act}/") for act, name, caption in ACTS),
    *_of("physician",
        ("Upload", f"{FELL}upload/", "A laboratory file for one patient."),
        ("Uploads", "uploads/", "Files with how they ended.")),
    Place("Upload with its rows", "physician", "uploads/", "What was understood of a file, row by row.", link=f"uploads/{ID}"),
    *_of("physician", ("Change the password", "accounts/password/change/", "A new password.")),
    Place("Sign out", "physician", "accounts/logout/", "Asked before signing out."),
)  # fmt: skip
OTHERS: Final = (
    *_of("nurse", ("Worklist of a nurse", "", "The same list; resolving and planning are the physician's."), twin=True),
    Place("Not open to this role", "nurse", f"{FELL}record/taper/", "A page that another role may open.", status=403),
    *_of("coordinator", ("Patient for a coordinator", FELL, "Who keeps patients, teams and files reads no results.")),
    *_of("admin", ("Teams", "settings/people/", "Whose people are arranged: an administrator has all teams.")),
    Place(
        "People of a team",
        "admin",
        "settings/people/",
        "Who is called now, duties, absences, gaps, and who changed it.",
        link=r"settings/\d+/people/",
    ),
    *_of("admin", ("Operations", "operations/", "Signs of life of the service, what was given up, incidents.")),
)
OWN_PAGES: Final = (
    Place("Today", "patient in a taper", OWN, "Today's dose, large, and what is next.", dark=True),
    *_of("patient in a taper",
        ("Coughed blood", f"{OWN}blood/", "The team's emergency text first, then writing it down."),
        ("Whom to call", f"{OWN}call/", "The team's emergency text, in full."),
        ("Send a result", f"{OWN}send/", "A file, a photo or typed values."),
        ("Type values", f"{OWN}send/typed/", "Values from a sheet of paper, to be confirmed by the team."),
        ("Own plan", f"{OWN}plan/", "The own doses month by month, and the address for a calendar program."),
        ("Own course", f"{OWN}course/", "One's own hemoglobin, in plain words, as a curve and as a list."),
        ("Own settings", f"{OWN}settings/", "Consent to e-mail, language, who else may look."),
        ("Own mail", "mail/", "What comes by mail, and whether the address takes it."),
        ("Who looked", f"{OWN}settings/looks/", "Everybody who opened the own record.")),
    *_of("patient", ("Today in remission", WELL, "A day without a dose.")),
    *_of("caregiver",
        ("Whose pages", "me/", "Who cares for several children chooses."),
        ("Today of a child", WARD, "The same page, worded for who cares for the patient.")),
    *_of("former caregiver", ("Nothing is open", "", "What is left after a caregiver's link has ended.")),
)  # fmt: skip
STRANGERS: Final = (
    *_of(STRANGER,
        ("Sign in", "accounts/login/", "The only page that everybody may open."),
        ("Sign-up is closed", "accounts/signup/", "Accounts are made by the team."),
        ("Account not active", "accounts/inactive/", "What somebody reads whose account was closed."),
        ("First page of the demo", "demo/", "Who to sign in as, and what there is to see."),
        ("Mail sink", "demo/mail/", "What the demo sent. Nothing left the machine.")),
    Place("A mail", STRANGER, "demo/mail/", "A mail as it was sent: it names nobody.", link="demo/mail/0"),
    *_of(STRANGER, ("API", "api/", "The addresses for programs.")),
    Place("Not found", STRANGER, "no-such-page/", "The same answer for what is missing and for another team's.", status=404),
)  # fmt: skip
PLACES: Final = (*PHYSICIAN, *OTHERS, *OWN_PAGES, *STRANGERS)
