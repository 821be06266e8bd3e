from django.urls import URLPattern, path

from reviews.api import ahead, clips, desk, erasure_urls, feed, leases, queue, shifts

urlpatterns: list[URLPattern] = [
    path("clips/", clips.clips, name="clips"),
    path("clips/<uuid:clip_id>/", clips.clip, name="clip"),
    path("annotations/", feed.annotations, name="annotations"),
    path("shifts/", shifts.start, name="shifts"),
    path("shifts/current/", shifts.current, name="shift-current"),
    path("shifts/current/pause/", shifts.pause, name="shift-pause"),
    path("shifts/current/resume/", shifts.resume, name="shift-resume"),
    path("shifts/current/end/", shifts.end, name="shift-end"),
    path("shifts/current/claim/", shifts.claim, name="shift-claim"),
    path("me/pace/", shifts.pace, name="my-pace"),
    path("me/pace/put-off/", desk.put_off, name="my-pace-put-off"),
    path("desk/", desk.desk, name="desk"),
    path("leases/<uuid:lease_id>/audio/", leases.audio, name="lease-audio"),
    path("leases/<uuid:lease_id>/waveform/", leases.waveform, name="lease-waveform"),
    path("leases/<uuid:lease_id>/suggestions/", ahead.suggestions, name="lease-suggestions"),
    path("leases/<uuid:lease_id>/ahead/", ahead.sound, name="lease-ahead"),
    path("leases/<uuid:lease_id>/unlock/", ahead.unlock, name="lease-unlock"),
    path("leases/<uuid:lease_id>/look/", ahead.look, name="lease-look"),
    path("leases/<uuid:lease_id>/extend/", leases.extend, name="lease-extend"),
    path("leases/<uuid:lease_id>/release/", leases.release, name="lease-release"),
    path("leases/<uuid:lease_id>/skip/", leases.skip, name="lease-skip"),
    path("leases/<uuid:lease_id>/review/", leases.review, name="lease-review"),
    path("leases/<uuid:lease_id>/recall/", queue.recall, name="lease-recall"),
    path("queue/", queue.queue, name="queue"),
    path("queue/prioritise/", queue.prioritise, name="queue-prioritise"),
    path("queue/people/", queue.people, name="queue-people"),
    path("queue/people/<uuid:person_id>/skills/", queue.set_skills, name="queue-skills"),
    *erasure_urls.urlpatterns,
]
