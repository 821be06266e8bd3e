"""Addresses of sockets."""

from django.urls import URLPattern, path

from project.notices.consumer import LiveConsumer

websocket_urlpatterns: list[URLPattern] = [
    path("ws/live/", LiveConsumer.as_asgi()),  # type: ignore[arg-type]  # Channels' own idiom
]
