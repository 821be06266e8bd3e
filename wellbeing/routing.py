"""Addresses of sockets."""

from django.urls import URLPattern, path

from wellbeing.consumers import RoomConsumer

websocket_urlpatterns: list[URLPattern] = [
    path("ws/rooms/<slug:slug>/", RoomConsumer.as_asgi()),  # type: ignore[arg-type]  # Channels' own idiom
]
