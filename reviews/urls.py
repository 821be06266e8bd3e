from django.urls import URLPattern, path

from reviews import erasure_urls
from reviews.views import desk

app_name = "reviews"
urlpatterns: list[URLPattern] = [
    path("desk/", desk.desk, name="desk"),
    *erasure_urls.urlpatterns,
]
