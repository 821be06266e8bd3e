"""Pages and API. Served through project.asgi; a WSGI server of your own may take this alone (without sockets)."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
application = get_wsgi_application()
