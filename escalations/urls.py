"""The pages of this app, by noun, the verb last."""

from django.urls import URLPattern

from escalations import export_urls

app_name = "escalations"
urlpatterns: list[URLPattern] = [
    *export_urls.urlpatterns,
]
