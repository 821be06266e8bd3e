from django.urls import path

from project.notices import views

app_name = "notices"
urlpatterns = [
    path("notices/", views.notices, name="notices"),
    path("notices/count/", views.count, name="count"),
    path("notices/read/", views.read_all, name="read-all"),
    path("notices/quiet/", views.quiet, name="quiet"),
    path("notices/quiet/save/", views.quiet_save, name="quiet-save"),
    path("notices/failing/", views.failing, name="failing"),
    path("notices/failing/retry/", views.try_again, name="retry"),
]
