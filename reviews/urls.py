from django.urls import URLPattern

from reviews import erasure_urls

app_name = "reviews"
urlpatterns: list[URLPattern] = [*erasure_urls.urlpatterns]
