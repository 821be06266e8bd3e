"""Pages and API for a WSGI server of your own, without sockets; refuses a wrong key ring as project.asgi does."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
application = get_wsgi_application()

from project.vault.startup import refuse_a_wrong_ring  # after the line above, which sets Django up  # noqa: E402

refuse_a_wrong_ring()
