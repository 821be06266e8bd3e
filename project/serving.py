"""One address for everything: pages and API go to Django's WSGI handler, sockets to Channels.

Django's sync views run four to six times faster under WSGI than under its own ASGI handler, and sockets
need ASGI; so HTTP is handed to threads (project.bridge), never more of them than the database pool serves.
"""

import os

from channels.routing import ProtocolTypeRouter, URLRouter
from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
pages_and_api = get_wsgi_application()  # sets Django up; nothing of ours is imported before

from project.accounts.gate import what_stands_between  # isort: skip  # noqa: E402
from project.bridge import Bridge  # isort: skip  # noqa: E402
from project.notices import routing as notices  # isort: skip  # noqa: E402
from project.lane import Lane, stop  # isort: skip  # noqa: E402
from project.sockets import admitted  # isort: skip  # noqa: E402
from wellbeing import routing as rooms  # isort: skip  # noqa: E402

THREADS = max(1, min(12, settings.DATABASES["default"]["OPTIONS"]["pool"]["max_size"] - 4))

LANE = Lane(stop("shift-claim"), stop("lease-review", "lease_id"))

application = ProtocolTypeRouter(
    {
        "http": Bridge(pages_and_api, threads=THREADS, lane=LANE),
        "websocket": admitted(
            URLRouter([*rooms.websocket_urlpatterns, *notices.websocket_urlpatterns]), what_stands_between
        ),
    }
)
