from django.urls import path

from project.notices import views

app_name = "notices"
urlpatterns = [
    path("notices/", views.notices, name="notices"),
    path("notices/count/", views.count, name="count"),
    path("notices/read/", views.read_all, name="read-all"),
]
