from django.urls import URLPattern, path

from reviews import erasure_urls
from reviews.views import desk, plans, queue, shifts

app_name = "reviews"
urlpatterns: list[URLPattern] = [
    path("desk/", desk.desk, name="desk"),
    path("shifts/", shifts.shift, name="shift"),
    path("shifts/start/", shifts.start, name="shift-start"),
    path("shifts/pause/", shifts.pause, name="shift-pause"),
    path("shifts/resume/", shifts.resume, name="shift-resume"),
    path("shifts/end/", shifts.end, name="shift-end"),
    path("plans/", plans.week, name="plans"),
    path("plans/add/", plans.add, name="plan-add"),
    path("plans/copy-week/", plans.copy_week, name="plan-copy-week"),
    path("plans/<uuid:plan_id>/", plans.plan, name="plan"),
    path("plans/<uuid:plan_id>/change/", plans.change, name="plan-change"),
    path("plans/<uuid:plan_id>/cancel/", plans.cancel, name="plan-cancel"),
    path("queue/", queue.queue, name="queue"),
    path("queue/prioritise/", queue.prioritise, name="queue-prioritise"),
    path("queue/leases/<uuid:lease_id>/recall/", queue.recall, name="lease-recall"),
    path("queue/people/<uuid:person_id>/skills/", queue.set_skills, name="queue-skills"),
    *erasure_urls.urlpatterns,
]
