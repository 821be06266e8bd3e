"""Pages of the wellbeing app: a person's own day and check-ins, group figures, the help card; rooms and moderation."""

from django.urls import URLPattern, path

from wellbeing.views import checkins, help, insights, today

app_name = "wellbeing"
urlpatterns: list[URLPattern] = [
    path("today/", today.today, name="today"),
    path("today/break/start/", today.break_start, name="break-start"),
    path("today/break/end/", today.break_end, name="break-end"),
    path("today/break/put-off/", today.break_put_off, name="break-put-off"),
    path("today/gravest/ask/", today.gravest_ask, name="gravest-ask"),
    path("today/preferences/", today.preferences, name="preferences"),
    path("today/preferences/save/", today.preferences_save, name="preferences-save"),
    path("check-ins/", checkins.check_ins, name="check-ins"),
    path("check-ins/give/", checkins.check_in_give, name="check-in-give"),
    path("check-ins/export/", checkins.own_export, name="own-export"),
    path("check-ins/delete/", checkins.check_ins_delete, name="check-ins-delete"),
    path("check-ins/<uuid:check_in_id>/delete/", checkins.check_in_delete, name="check-in-delete"),
    path("check-ins/offers/<uuid:offer_id>/decline/", checkins.offer_decline, name="offer-decline"),
    path("insights/", insights.insights, name="insights"),
    path("insights/file/", insights.insights_file, name="insights-file"),
    path("help/", help.help_card, name="help"),
]
