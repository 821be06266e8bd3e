"""Django settings. What a deployment may change comes from the environment through project.env; nothing else does.

`make run` writes DATA_DIR/instance.env with the addresses of the embedded stores; manage.py with the same
DATA_DIR picks it up here. Without it and without the variables, start-up stops and says what to set.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from project import answer_headers, env, logs

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = env.folder("DATA_DIR", BASE_DIR / "var")
env.load_instance(DATA_DIR / "instance.env")

DEMO = env.flag("DEMO", False)
DEBUG = False
TESTING = env.flag("EARSHOT_TESTING", False)
SECRET_KEY = env.secret("SECRET_KEY")
ALLOWED_HOSTS = list(env.words("ALLOWED_HOSTS", ()))
SECURE = env.flag("SECURE", not DEMO)
CSRF_TRUSTED_ORIGINS = list(env.words("CSRF_TRUSTED_ORIGINS", ()))
SITE_URL = env.text("SITE_URL", "http://127.0.0.1:8000")
OPERATOR_ADDRESSES = env.words("OPERATOR_ADDRESSES", ())

# --- stores ---------------------------------------------------------------------------------------------------
_POOL = {"min_size": 1, "max_size": env.integer("DATABASE_POOL", 16, least=2, most=200), "timeout": 5}
# Prepared statements (project.statements) are planned once, for any values: planning the claim anew each time would
# cost as much as running it. A test holds those plans to their indexes.
_TIMEOUTS = (
    "-c statement_timeout=15000 -c lock_timeout=5000 -c idle_in_transaction_session_timeout=30000"
    " -c plan_cache_mode=force_generic_plan"
)


def _store(name: str, statement_options: str = _TIMEOUTS) -> dict[str, Any]:
    store = env.database(name)
    # psycopg prepares nothing by itself (Django's default): it would drop those of project.prepared with its own.
    store["OPTIONS"] = {"pool": dict(_POOL), "options": statement_options}
    store["ENGINE"] = "project.pooled"  # which looks whether a connection lives; Django's check is a round trip
    store["CONN_MAX_AGE"] = 0
    return store


DATABASES: dict[str, Any] = {"default": _store("DATABASE_URL"), "keys": _store("KEYSTORE_URL")}
if all(DATABASES["default"][part] == DATABASES["keys"][part] for part in ("HOST", "PORT", "NAME")):
    raise ImproperlyConfigured("KEYSTORE_URL names the main database. Keys need a database of their own.")
DATABASE_ROUTERS = ["project.vault.router.KeystoreRouter"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.text("REDIS_URL")
BROKER_URL = env.text("BROKER_URL", REDIS_URL)
KEYRING = env.folder("KEYRING")
VAULT_URL = env.text("VAULT_URL")
KEYSTORE_BACKUPS = env.text("KEYSTORE_BACKUPS", str(DATA_DIR / "keystore-backups"))
TOMBSTONES_COPY = env.text("TOMBSTONES_COPY", "")
LEDGER_ORIGIN = env.text("LEDGER_ORIGIN", "earshot")
LEDGER_WITNESS = env.text("LEDGER_WITNESS", "")

# --- apps -----------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "project.accounts",
    "project.ledger",
    "project.vault",
    "project.notices",
    "project.health",
    "wellbeing",
    "escalations",
    "reviews",
    "project.accounts.site.AccountsAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "channels",
    "csp",
    "django_htmx",
    "django_prometheus",
    "drf_spectacular",
    "knox",
    "rest_framework",
    "template_partials",
]

MIDDLEWARE = [
    "project.health.probes.probes",
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "project.express.express",  # programs go on at `landing`
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "project.middleware.request_id",
    "project.health.access_log.access_log",
    "project.browsers.PagePolicy",
    "project.middleware.headers",
    "project.middleware.encrypted",
    "project.browsers.Sessions",
    "django.middleware.common.CommonMiddleware",
    "project.browsers.Forms",
    "project.browsers.SignIns",
    "project.browsers.Messages",
    "project.accounts.known.remember",
    "project.browsers.gate",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "project.browsers.Htmx",
    "project.express.landing",
    "project.middleware.refusals",
    "project.health.counting.Counting",
]

ROOT_URLCONF = "project.urls"
WSGI_APPLICATION = "project.wsgi.application"
ASGI_APPLICATION = "project.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "project.context.everywhere",
            ],
        },
    }
]

# --- who gets in ----------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
KNOX_TOKEN_MODEL = "accounts.ApiToken"  # noqa: S105  # the name of a model, no secret
REST_KNOX = {
    "TOKEN_TTL": timedelta(days=env.integer("TOKEN_DAYS", 90, least=1, most=366)),
    "AUTH_HEADER_PREFIX": "Token",
}
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "project.accounts.passwords.WordsOfThisHouse"},
]
PASSWORD_WORDS = env.words("PASSWORD_WORDS", ())
FRESH_SIGN_IN_SECONDS = 300
ACCOUNT_REAUTHENTICATION_TIMEOUT = FRESH_SIGN_IN_SECONDS
ACCOUNT_REAUTHENTICATION_METHODS = ("password", "mfa")  # no code by mail; the sign-on: project/accounts/adapter.py
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_ADAPTER = "project.accounts.adapter.ClosedDoor"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = "strict"
# A whole office may stand behind one address. Who is known is counted apart (project/accounts/known.py).
ACCOUNT_RATE_LIMITS = {
    "login": "120/m/ip",
    "login_failed": "20/m/ip,10/5m/key",
    "login_failed_known": "10/5m/key",
}
ALLAUTH_TRUSTED_PROXY_COUNT = env.integer("TRUSTED_PROXIES", 0, most=5)
ACCOUNT_SESSION_REMEMBER = False
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not SECURE
MFA_TOTP_ISSUER = "Earshot"
MFA_ADAPTER = "project.accounts.adapter.SealedFactors"
# Roles with power over others need a second factor (project/accounts/gate.py); demo accounts have none.
SECOND_FACTOR = env.flag("SECOND_FACTOR", not DEMO)

# The organisation's own sign-on (OpenID Connect), told in docs/access.md; without OIDC_ISSUER there is none.
OIDC_ISSUER = env.text("OIDC_ISSUER", "")
OIDC_NAME = env.text("OIDC_NAME", "your organisation")
OIDC_ROLE_CLAIM = env.text("OIDC_ROLE_CLAIM", "groups")
OIDC_ROLES = env.pairs("OIDC_ROLES", ())  # group=role: with any, roles follow the claims at every sign-in
OIDC_SECOND_FACTOR = env.words("OIDC_SECOND_FACTOR", ("mfa",))  # values of the `amr` claim (RFC 8176) that count as one
SOCIALACCOUNT_ADAPTER = "project.accounts.sign_on.OrganisationsSignOn"
SOCIALACCOUNT_EMAIL_AUTHENTICATION = SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True
SOCIALACCOUNT_EMAIL_VERIFICATION = "none"
SOCIALACCOUNT_REQUESTS_TIMEOUT = 5
_OIDC: dict[str, Any] = {"OAUTH_PKCE_ENABLED": True, "provider_class": "project.accounts.oidc.OrganisationsProvider"}
if OIDC_ISSUER:
    _CLIENT = {"client_id": env.text("OIDC_CLIENT_ID"), "secret": env.secret("OIDC_CLIENT_SECRET")}
    _AT = {"settings": {"server_url": OIDC_ISSUER}}
    _OIDC["APPS"] = [{"provider_id": "organisation", "name": OIDC_NAME, **_CLIENT, **_AT}]
SOCIALACCOUNT_PROVIDERS = {"openid_connect": _OIDC}
LOGIN_URL = "/accounts/login/"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGOUT_REDIRECT_URL = "/accounts/login/"

SESSION_ENGINE = "project.accounts.session_store"
# With the prefix, browsers take these cookies over TLS and from this very host only.
_HOST_ONLY = "__Host-" if SECURE else ""
SESSION_COOKIE_NAME = f"{_HOST_ONLY}earshot_session"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = f"{_HOST_ONLY}earshot_csrf"
KNOWN_BROWSER_COOKIE_NAME = f"{_HOST_ONLY}earshot_known"  # project/accounts/known.py
MESSAGES_COOKIE_NAME = f"{_HOST_ONLY}earshot_messages"
MESSAGE_STORAGE = "project.browsers.MessageCookies"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = False
CSRF_FAILURE_VIEW = "project.pages.csrf_failed"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SECURE_SSL_REDIRECT = SECURE
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^api/"]  # the API refuses: project.middleware.encrypted
SECURE_HSTS_SECONDS = 365 * 86400 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
if env.flag("BEHIND_PROXY", False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        # The nonce is sent only by pages that draw a waveform: wavesurfer brings a style element of its own.
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "media-src": [SELF, "blob:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        # Browsers hold a form's redirects to this too: the sign-on button ends at the provider's.
        "form-action": [
            SELF,
            *([f"{urlsplit(OIDC_ISSUER).scheme}://{urlsplit(OIDC_ISSUER).netloc}"] if OIDC_ISSUER else []),
        ],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
        "manifest-src": [SELF],
    }
}

# --- bounds ---------------------------------------------------------------------------------------------------
MAX_AUDIO_BYTES = 50 * 1024 * 1024
MAX_AUDIO_MS = 30 * 60 * 1000
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200
DATA_UPLOAD_MAX_NUMBER_FILES = 1
# Uploads stay in bounded memory: Django's default would put them into a temporary file in the clear.
FILE_UPLOAD_HANDLERS = ["reviews.uploads.BoundedMemoryUpload"]

# Requests a second, and at once after a pause, in each web process: a bound against a client gone wild.
REQUESTS_OF_A_TOKEN = (env.integer("TOKEN_REQUESTS_A_SECOND", 300, least=1), 600)
REQUESTS_OF_A_PERSON = (env.integer("PERSON_REQUESTS_A_SECOND", 30, least=1), 150)

# --- erasure ---------------------------------------------------------------------------------------------------
RETENTION_DAYS = env.integer("RETENTION_DAYS", 90, least=1, most=3650)
# How long a worker that took an erasure may be silent before another one may take it.
ERASURE_LEASE_SECONDS = env.integer("ERASURE_LEASE_SECONDS", 120, least=1, most=3600)

# --- exports ---------------------------------------------------------------------------------------------------
# Who signs exports, as it stands in their certificate and reports. TSA_URL: an RFC 3161 timestamp authority, if any.
ORGANIZATION = env.text("ORGANIZATION", "Earshot")
TSA_URL = env.text("TSA_URL", "")
EXPORT_DAYS = env.integer("EXPORT_DAYS", 7, least=1, most=90)

# The evidence of an ended case is kept for a year: what US law asks of providers who report (18 USC 2258A(h) as the
# REPORT Act of 2024 made it), and long enough for an authority elsewhere to ask. At least until legal's first review.
CASE_RETENTION_DAYS = env.integer("CASE_RETENTION_DAYS", 365, least=90, most=3650)

# Days on which nobody works, ISO dates: clocks counted in working days leave them out.
HOLIDAYS = env.words("HOLIDAYS", ())

# --- API ------------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "project.accounts.tokens.Tokens",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["project.api.BoundedJSON"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "project.problems.rest_handler",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Earshot",
    "DESCRIPTION": "Clips, shifts, leases, cases, erasures and what became of them.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "project.schema_problems.add_refusals",
    ],
    "ENUM_NAME_OVERRIDES": {"CategoryEnum": "reviews.states.CATEGORY_CHOICES"},
}

# --- work that goes on behind the pages -------------------------------------------------------------------------
CELERY_BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    "exports-sweep": {"task": "escalations.sweep_exports", "schedule": 60},
    "health-watch": {"task": "health.watch", "schedule": 30},
    "notices-sweep": {"task": "notices.sweep", "schedule": 30, "options": {"expires": 25}},
    "sessions-clear": {"task": "accounts.clear_expired_sessions", "schedule": 3600},
    "proposals-expire": {"task": "accounts.expire_proposals", "schedule": 300},
    "leases-return": {"task": "reviews.return_expired", "schedule": 20, "options": {"expires": 20}},
    "shifts-end": {"task": "reviews.end_overrun_shifts", "schedule": 60, "options": {"expires": 60}},
    "feed-list": {"task": "reviews.list_new", "schedule": 60, "options": {"expires": 60}},
    "ingests-sweep": {"task": "reviews.sweep_ingests", "schedule": 60, "options": {"expires": 55}},
    "erasures-sweep": {"task": "reviews.sweep_erasures", "schedule": 60, "options": {"expires": 55}},
    "erasure-orders": {"task": "reviews.sweep_erasure_orders", "schedule": 60, "options": {"expires": 55}},
    "retention": {"task": "reviews.apply_retention", "schedule": 3600},
    "activations": {"task": "reviews.count_activations", "schedule": 60, "options": {"expires": 55}},
    "activations-fold": {"task": "reviews.fold_activations", "schedule": 86400},
    "certify-beyond-recovery": {"task": "reviews.certify_beyond_recovery", "schedule": 300},
    "reconcile": {"task": "reviews.reconcile", "schedule": 86400},
    "ledger-seal": {"task": "ledger.seal", "schedule": 2, "options": {"expires": 10}},
    "ledger-witness": {"task": "ledger.hand_to_witness", "schedule": 10, "options": {"expires": 10}},
    "ledger-master-keys": {"task": "ledger.record_master_keys", "schedule": 600},
    "ledger-signing-keys": {"task": "ledger.finish_signing_keys", "schedule": 3600},
    "vault-rotate": {"task": "vault.rotate_master_key", "schedule": 3600},
    "vault-tombstones": {"task": "vault.copy_tombstones", "schedule": 60, "options": {"expires": 55}},
    "vault-orphan-keys": {"task": "vault.sweep_orphan_keys", "schedule": 86400},
    "wellbeing-offers": {"task": "wellbeing.tell_of_due_offers", "schedule": 300},
    "wellbeing-retention": {"task": "wellbeing.delete_expired_check_ins", "schedule": 3600},
    "wellbeing-insights": {"task": "wellbeing.freeze_last_week", "schedule": 3600},
    "tokens-expire": {"task": "accounts.delete_expired_tokens", "schedule": 86400},
    "escalations-climb": {"task": "escalations.climb", "schedule": 30},
    "escalations-recount": {"task": "escalations.recount", "schedule": 60, "options": {"expires": 55}},
    "escalations-emergency-access": {"task": "escalations.emergency_access", "schedule": 60},
    "escalations-counsel": {"task": "escalations.counsel", "schedule": 300},
    "escalations-retention": {"task": "escalations.retention", "schedule": 3600},
    "escalations-hold-reviews": {"task": "escalations.hold_reviews", "schedule": 3600},
    "rooms-page-second-moderators": {"task": "wellbeing.page_second_moderators", "schedule": 15},
    "rooms-destroy-kept-words": {"task": "wellbeing.destroy_kept_words", "schedule": 600},
    "rooms-forget-old-messages": {"task": "wellbeing.forget_old_messages", "schedule": 3600},
}
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [REDIS_URL], "prefix": env.text("CHANNEL_PREFIX", "earshot")},
    }
}
# Counts of sign-ins and used one-time codes, which every process must share and which must work without Valkey.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "accounts_cache"}}

# --- what people are told -----------------------------------------------------------------------------------------
EMAIL_BACKEND = env.text("EMAIL_BACKEND", "django.core.mail.backends.smtp.EmailBackend")
EMAIL_HOST = env.text("EMAIL_HOST", "")
EMAIL_PORT = env.integer("EMAIL_PORT", 25, least=1, most=65535)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = env.secret("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = env.flag("EMAIL_USE_TLS", False)
EMAIL_TIMEOUT = 10
# The organisation's own channels, name=address (apprise's addresses, which are secrets); docs/notifications.md.
APPRISE_URLS = env.named_secrets("APPRISE_URLS")
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "earshot@localhost")

# Crisis lines of the help card; empty: those that we ship. The organisation should check and replace them.
HELP_LINES = env.text("HELP_LINES", "")

# --- the rest -----------------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True
STATIC_URL = "/static/"
STATIC_ROOT = env.folder("STATIC_ROOT", DATA_DIR / "static")
STATICFILES_DIRS = [
    BASE_DIR / "project" / "static",
    ("lib/wavesurfer", BASE_DIR / "node_modules" / "wavesurfer.js" / "dist"),
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_ALLOW_ALL_ORIGINS = False
WHITENOISE_ADD_HEADERS_FUNCTION = answer_headers.of_static_files
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = TESTING
if TESTING:
    STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
# project.browsers.Forms is Django's protection of forms; accounts.E003 looks for it.
SILENCED_SYSTEM_CHECKS = ["security.W003"]

# --- logs: JSON lines to standard output, without content -------------------------------------------------------
logs.configure()
LOGGING = logs.SETTINGS
