"""Pages of the wellbeing app: a person's own day and check-ins, group figures, the help card; rooms and moderation."""

from django.urls import URLPattern, path

from wellbeing.views import checkins, help, insights, moderation, room_care, rooms, today

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
    path("rooms/", rooms.rooms, name="rooms"),
    path("rooms/<slug:slug>/", rooms.room, name="room"),
    path("rooms/<slug:slug>/frames/", rooms.room_frames, name="room-frames"),
    path("rooms/<slug:slug>/post/", rooms.room_post, name="room-post"),
    path("rooms/<slug:slug>/report/", rooms.message_report, name="message-report"),
    path("rooms/<slug:slug>/about/", rooms.message_about, name="message-about"),
    path("moderation/", moderation.queue, name="moderation"),
    path("moderation/alerts/<uuid:alert_id>/take/", moderation.alert_take, name="alert-take"),
    path("moderation/alerts/<uuid:alert_id>/resolve/", moderation.alert_resolve, name="alert-resolve"),
    path("moderation/alerts/<uuid:alert_id>/note/", moderation.alert_note, name="alert-note"),
    path("moderation/messages/<uuid:message_id>/hold/", moderation.message_hold, name="message-hold"),
    path("moderation/messages/<uuid:message_id>/release/", moderation.message_release, name="message-release"),
    path("moderation/messages/<uuid:message_id>/remove/", moderation.message_remove, name="message-remove"),
    path("moderation/members/<uuid:membership_id>/mute/", moderation.member_mute, name="member-mute"),
    path("moderation/members/<uuid:membership_id>/lift/", moderation.pseudonym_lift, name="pseudonym-lift"),
    path("moderation/members/<uuid:membership_id>/end/", room_care.member_end, name="member-end"),
    path("moderation/duties/<uuid:duty_id>/end/", room_care.duty_end, name="duty-end"),
    path("moderation/rooms/new/", room_care.room_new, name="room-new"),
    path("moderation/rooms/<slug:slug>/", room_care.room_care, name="room-care"),
    path("moderation/rooms/<slug:slug>/close/", room_care.room_close, name="room-close"),
    path("moderation/rooms/<slug:slug>/reopen/", room_care.room_reopen, name="room-reopen"),
    path("moderation/rooms/<slug:slug>/slow/", room_care.room_slow, name="room-slow"),
    path("moderation/rooms/<slug:slug>/members/add/", room_care.member_add, name="member-add"),
    path("moderation/rooms/<slug:slug>/duties/add/", room_care.duty_add, name="duty-add"),
]
