from django.urls import URLPattern

from reviews.api import erasure_urls

urlpatterns: list[URLPattern] = [*erasure_urls.urlpatterns]
