"""One address for everything: pages and API go to Django's WSGI handler, sockets to Channels.

Django's sync views run four to six times faster under WSGI than under its own ASGI handler, and sockets
need ASGI; so HTTP is handed to threads (project.bridge), never more of them than the database pool serves.
"""

from channels.routing import ProtocolTypeRouter, URLRouter
from django.conf import settings

from project.wsgi import application as pages_and_api  # sets Django up; nothing of ours is imported before

from project.bridge import Bridge  # isort: skip
from project.lane import Lane, stop  # isort: skip
from project.sockets import admitted  # isort: skip
from wellbeing.routing import websocket_urlpatterns  # isort: skip

THREADS = max(1, min(12, settings.DATABASES["default"]["OPTIONS"]["pool"]["max_size"] - 4))

LANE = Lane(stop("shift-claim"), stop("lease-review", "lease_id"))

application = ProtocolTypeRouter(
    {
        "http": Bridge(pages_and_api, threads=THREADS, lane=LANE),
        "websocket": admitted(URLRouter(websocket_urlpatterns)),
    }
)
