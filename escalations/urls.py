"""Pages about cases, by noun, the verb last."""

from django.urls import URLPattern, path

from escalations import export_urls
from escalations.views import board, calendars, case, counsel, emergency, on_call, reporters, reports

app_name = "escalations"
urlpatterns: list[URLPattern] = [
    path("cases/", board.board, name="board"),
    path("cases/acknowledge/", board.acknowledge_many, name="acknowledge-many"),
    path("cases/<uuid:case_id>/", case.case, name="case"),
    path("cases/<uuid:case_id>/exhibits/<int:number>/open/", case.open_evidence, name="exhibit-open"),
    path("cases/<uuid:case_id>/holds/", case.place, name="hold-place"),
    path("holds/<uuid:hold_id>/lift/", case.lift, name="hold-lift"),
    path("holds/<uuid:hold_id>/review/", case.review, name="hold-review"),
    path("cases/<uuid:case_id>/disclosures/", case.disclose, name="disclose"),
    path("disclosures/<uuid:disclosure_id>/receipt/", case.receipt, name="disclosure-receipt"),
    path("cases/<uuid:case_id>/declare-tie/", case.declare_tie, name="declare-tie"),
    path("cases/<uuid:case_id>/reporters/<int:number>/unmask/", reporters.unmask, name="reporter-unmask"),
    path("emergency-access/", emergency.page, name="emergency"),
    path("emergency-access/propose/", emergency.propose, name="emergency-propose"),
    path("cases/<uuid:case_id>/counsel/", counsel.propose, name="counsel-propose"),
    path("counsel/<uuid:grant_id>/revoke/", counsel.end, name="counsel-revoke"),
    path("calendars/", calendars.calendar, name="calendars"),
    path("calendars/<uuid:team_id>/hours/", calendars.hours, name="calendar-hours"),
    path("calendars/<uuid:team_id>/days/", calendars.day, name="calendar-day"),
    path("calendars/<uuid:team_id>/days/forget/", calendars.forget_day, name="calendar-forget-day"),
    path("on-call/", on_call.roster, name="on-call"),
    path("on-call/plan/", on_call.plan, name="on-call-plan"),
    path("on-call/<uuid:on_call_id>/cancel/", on_call.cancel, name="on-call-cancel"),
    path("me/reports/", reports.reports, name="reports"),
    path("me/reports/<uuid:report_id>/more/", reports.more, name="report-more"),
    *export_urls.urlpatterns,
    path("cases/<uuid:case_id>/<slug:verb>/", case.verb, name="verb"),
]
