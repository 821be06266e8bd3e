"""`python -m tests.accounts.provider PORT CALLBACK`: makes its people and its client, then serves until it is ended."""

import os
import sys
from wsgiref.simple_server import make_server

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.accounts.provider.settings"

import django

django.setup()

from allauth.account.models import EmailAddress  # noqa: E402
from allauth.idp.oidc.models import Client  # noqa: E402
from django.contrib.auth import get_user_model  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402

from tests.accounts.provider import PASSWORD, PEOPLE, SECRET  # noqa: E402

call_command("migrate", verbosity=0)
for address, is_verified in PEOPLE.items():
    user = get_user_model().objects.create_user(username=address, email=address, password=PASSWORD)
    EmailAddress.objects.create(user=user, email=address, verified=is_verified, primary=True)
client = Client(
    id="earshot", name="Earshot", scopes="openid\nprofile\nemail", redirect_uris=sys.argv[2], skip_consent=True
)
client.set_secret(SECRET)
client.save()
make_server("127.0.0.1", int(sys.argv[1]), get_wsgi_application()).serve_forever()
