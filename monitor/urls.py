"""Every address of the service."""

from allauth.account import views as accounts
from django.urls import include, path
from django.views.decorators.http import require_http_methods, require_safe
from drf_spectacular.views import SpectacularAPIView

from monitor import (
    alert_views,
    api,
    calendar_views,
    choice_views,
    demo_views,
    episode_views,
    errors,
    fact_views,
    health,
    history_views,
    mail_paths,
    me_acts,
    me_sending,
    me_settings,
    me_views,
    operations_paths,
    patient_views,
    record_paths,
    record_views,
    sheet_views,
    team_paths,
    treatment_views,
    upload_views,
    views,
    watch_paths,
)
from monitor.alert_forms import FORMS

record_paths.register()
shown_and_sent = require_http_methods(["GET", "HEAD", "POST"])
ACCOUNTS = [
    path("login/", shown_and_sent(accounts.login), name="account_login"),
    path("logout/", shown_and_sent(accounts.logout), name="account_logout"),
    path("signup/", shown_and_sent(accounts.signup), name="account_signup"),
    path("inactive/", require_safe(accounts.account_inactive), name="account_inactive"),
    path("password/change/", shown_and_sent(accounts.password_change), name="account_change_password"),
]
"""Of allauth only what a closed service needs: passwords are given by a coordinator, never reset by a mail."""

urlpatterns = [
    path("", views.home, name="home"),
    path("patients/", patient_views.listing, name="patients"),
    path("patients/new/", patient_views.create, name="patient-new"),
    path("patients/<uuid:patient_id>/", views.patient, name="patient"),
    path("patients/<uuid:patient_id>/plan/", calendar_views.plan, name="plan"),
    path("patients/<uuid:patient_id>/flowsheet.csv", sheet_views.flowsheet, name="flowsheet"),
    path("patients/<uuid:patient_id>/history/", history_views.history, name="history"),
    path("patients/<uuid:patient_id>/upload/", upload_views.send, name="send"),
    path("patients/<uuid:patient_id>/record/", record_views.choose, name="record"),
    path("patients/<uuid:patient_id>/record/results/", record_views.results, name="record-results"),
    path("patients/<uuid:patient_id>/record/dose/", treatment_views.dose, name="record-dose"),
    path("patients/<uuid:patient_id>/record/taper/", treatment_views.taper, name="record-taper"),
    path("patients/<uuid:patient_id>/record/<event_kind:kind>/", record_views.event, name="record-event"),
    path("patients/<uuid:patient_id>/episodes/<int:day>/", episode_views.decide, name="episode"),
    path("patients/<uuid:patient_id>/facts/", fact_views.listing, name="facts"),
    path("patients/<uuid:patient_id>/facts/<fact_kind:fact_kind>/<int:fact_id>/", fact_views.fact, name="fact"),
    path("patients/<uuid:patient_id>/settings/", choice_views.of_patient, name="patient-settings"),
    path("settings/", choice_views.choose_team, name="settings"),
    path("settings/<int:team_id>/", choice_views.of_team, name="team-settings"),
    *team_paths.PATHS,
    *watch_paths.PATHS,
    *mail_paths.PATHS,
    *operations_paths.PATHS,
    path("me/", me_views.choose, name="me"),
    path("me/<uuid:patient_id>/", me_views.today, name="me-today"),
    path("me/<uuid:patient_id>/dose/", me_acts.dose, name="me-dose"),
    path("me/<uuid:patient_id>/dose/undo/", me_acts.undo_dose, name="me-dose-undo"),
    path("me/<uuid:patient_id>/blood/", me_acts.blood, name="me-blood"),
    path("me/<uuid:patient_id>/call/", me_acts.call, name="me-call"),
    path("me/<uuid:patient_id>/send/", me_sending.send, name="me-send"),
    path("me/<uuid:patient_id>/send/typed/", me_sending.typed, name="me-typed"),
    path("me/<uuid:patient_id>/send/<uuid:upload_id>/", me_sending.sent, name="me-sent"),
    path("me/<uuid:patient_id>/plan/", calendar_views.own_plan, name="me-plan"),
    path("me/<uuid:patient_id>/plan/share/", calendar_views.share_plan, name="me-plan-share"),
    path("me/<uuid:patient_id>/plan/<int:link_id>/end/", calendar_views.revoke_plan, name="me-plan-revoke"),
    path("me/<uuid:patient_id>/course/", me_views.course, name="me-course"),
    path("me/<uuid:patient_id>/settings/", me_settings.settings, name="me-settings"),
    path("me/<uuid:patient_id>/settings/looks/", me_settings.looks, name="me-looks"),
    path("me/<uuid:patient_id>/settings/links/<int:link_id>/end/", me_settings.end, name="me-link-end"),
    path("calendar/<str:secret>.ics", calendar_views.feed, name="calendar"),
    path("uploads/", upload_views.queue, name="uploads"),
    path("uploads/<uuid:upload_id>/", upload_views.result, name="upload"),
    path("alerts/<uuid:alert_id>/", alert_views.alert, name="alert"),
    path("alerts/<uuid:alert_id>/acknowledge/", alert_views.acknowledge, name="acknowledge"),
    *(path(f"alerts/<uuid:alert_id>/{act}/", alert_views.act, {"name": act}, name=act) for act in FORMS),
    path("accounts/", include(ACCOUNTS)),
    path("api/v1/", include("patients.urls")),
    path("api/v1/", include("alerts.urls")),
    path("api/v1/worklist/", api.WorklistView.as_view(), name="api-worklist"),
    path("api/", api.browse, name="api"),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("health/live", health.live, name="live"),
    path("health/ready", health.ready, name="ready"),
    path("health/watch", health.watch, name="watch"),
    path("demo/", demo_views.start, name="demo"),
    path("demo/laboratory.csv", demo_views.laboratory_file, name="demo-file"),
    path("demo/mail/", demo_views.mails, name="demo-mails"),
    path("demo/mail/<str:name>/", demo_views.mail, name="demo-mail"),
]

handler403 = errors.forbidden
handler404 = errors.not_found
handler500 = errors.server_error
