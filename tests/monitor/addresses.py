"""What each address is: who may open it, with which method, and of which thing it tells. The walk over all of them reads it."""

PUBLIC = {"account_login", "account_signup", "account_inactive", "live", "ready", "watch", "schema", "api"}
"""What a stranger may open: nothing of a patient is there."""
SECRET = {"calendar", "mail-stop"}
"""What who knows a secret may open: tests/monitor/test_calendar_views.py, tests/monitor/test_mail_views.py."""
DEMO = {"demo", "demo-file", "demo-mails", "demo-mail"}
OWN = {"account_logout", "account_change_password", "me", "teams", "mail", "mail-try"}
LISTS = {
    "home", "operations", "patients", "patient-new", "uploads", "settings", "api-patients", "api-uploads", "api-alerts",
    "api-worklist",
}  # fmt: skip
OF_ONE = {"api-observations", "api-events", "api-treatments"}
"""Lists of one patient, whom the query or the body names: tests/patients/test_fact_api.py."""
FACTS = ("observation", "event", "treatment")
WORDS = ("snooze", "assign", "resolve", "comment", "feedback")
"""What is done with an alert by a form."""
ACTS = ("-acknowledge", "-correct", "-retract", *(f"-{act}" for act in WORDS))
CLINICAL = {
    "patient": "patient_id",
    "send": "patient_id",
    "flowsheet": "patient_id",
    "plan": "patient_id",
    "patient-settings": "patient_id",
    "patient-mutes": "patient_id",
    "expected-files": "patient_id",
    "mute-end": "patient_id",
    "acknowledge-parts": "patient_id",
    "api-mutes": "patient_id",
    "api-mute-end": "patient_id",
    "team-settings": "team_id",
    "team-people": "team_id",
    "team-quality": "team_id",
    "history": "patient_id",
    **{f"record{page}": "patient_id" for page in ("", "-results", "-dose", "-taper", "-event")},
    "episode": "patient_id",
    "facts": "patient_id",
    "fact": "patient_id",
    **{
        f"me-{page}": "patient_id"
        for page in ("today", "blood", "call", "send", "typed", "plan", "course", "settings", "looks")
    },
    **{f"me-{act}": "patient_id" for act in ("dose", "dose-undo", "link-end", "plan-share", "plan-revoke")},
    "me-sent": "upload_id",
    "upload": "upload_id",
    "alert": "alert_id",
    **dict.fromkeys(("acknowledge", *WORDS), "alert_id"),
    "api-patient": "patient_id",
    "api-upload": "upload_id",
    "api-alert": "alert_id",
    "api-upload-rows": "upload_id",
    "api-timeline": "patient_id",
    **{f"api-{kind}{act}": f"{kind}_id" for kind in FACTS for act in ("", "-correct", "-retract")},
    **{f"api-alert-{act}": "alert_id" for act in ("acknowledge", *WORDS)},
}
"""Addresses of one thing of one patient, by what they name."""
ADMINISTERED = {"team-people"}
"""What an administrator opens, too: nothing of a patient is there."""
POSTED = {
    "mail-try",
    "acknowledge",
    "acknowledge-parts",
    "mute-end",
    "api-mute-end",
    "me-dose",
    "me-dose-undo",
    "me-link-end",
    "me-plan-share",
    "me-plan-revoke",
    *(name for name in CLINICAL if name.startswith("api-") and name.endswith(ACTS)),
}
BOTH = {
    "mail",
    "mail-stop",
    "send",
    "patient-mutes",
    "expected-files",
    "api-mutes",
    "record-results",
    "record-dose",
    "record-taper",
    "record-event",
    "episode",
    "fact",
    "patient-settings",
    "team-settings",
    "team-people",
    *WORDS,
    "me-blood",
    "me-send",
    "me-typed",
    "me-settings",
    "patient-new",
    "api-uploads",
    "api-patients",
    *OF_ONE,
}
