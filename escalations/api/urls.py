"""The API's addresses about cases. A verb's route comes last: it takes whatever is no noun."""

from django.urls import URLPattern, path

from escalations.api import calendars, cases, counsel, custody, exports, holds, on_call, reporters, reports

app_name = "escalations-api"
urlpatterns: list[URLPattern] = [
    path("cases/", cases.cases, name="cases"),
    path("cases/<uuid:case_id>/", cases.case, name="case"),
    path("cases/<uuid:case_id>/holds/", holds.holds, name="holds"),
    path("holds/<uuid:hold_id>/lift/", holds.lift, name="hold-lift"),
    path("holds/<uuid:hold_id>/review/", holds.review, name="hold-review"),
    path("cases/<uuid:case_id>/disclosures/", holds.disclosures, name="disclosures"),
    path("disclosures/<uuid:disclosure_id>/receipt/", holds.receipt, name="disclosure-receipt"),
    path("cases/<uuid:case_id>/openings/", custody.openings, name="openings"),
    path("openings/<uuid:opening_id>/audio/", custody.audio, name="audio"),
    path("openings/<uuid:opening_id>/peaks/", custody.peaks, name="peaks"),
    path("openings/<uuid:opening_id>/heard/", custody.heard, name="heard"),
    path("cases/<uuid:case_id>/reporters/", reporters.names, name="reporters"),
    path("cases/<uuid:case_id>/reporters/<int:number>/unmask/", reporters.unmask, name="reporter-unmask"),
    path("cases/<uuid:case_id>/counsel/", counsel.grants, name="counsel"),
    path("counsel/<uuid:grant_id>/revoke/", counsel.end, name="counsel-revoke"),
    path("calendars/", calendars.all_calendars, name="calendars"),
    path("calendars/<uuid:team_id>/hours/", calendars.hours, name="calendar-hours"),
    path("calendars/<uuid:team_id>/days/", calendars.days, name="calendar-days"),
    path("on-call/", on_call.roster, name="on-call"),
    path("on-call/<uuid:on_call_id>/cancel/", on_call.cancel, name="on-call-cancel"),
    path("me/reports/", reports.reports, name="reports"),
    path("me/reports/<uuid:report_id>/more/", reports.more, name="report-more"),
    *exports.routes,
    path("cases/<uuid:case_id>/<slug:verb>/", cases.verb, name="verb"),
]
