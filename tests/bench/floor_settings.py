"""Settings of the floor's server: the smallest that a bare view needs, with the pool that ours has."""

from __future__ import annotations

from project import env

env.load_instance(env.folder("DATA_DIR") / "instance.env")
SECRET_KEY = "floor"
ALLOWED_HOSTS = ["127.0.0.1"]
INSTALLED_APPS = ["rest_framework"]
ROOT_URLCONF = "tests.bench.floor_settings"
MIDDLEWARE: list[str] = ["django.middleware.common.CommonMiddleware"]
DATABASES = {"default": {**env.database("DATABASE_URL"), "OPTIONS": {"pool": {"min_size": 1, "max_size": 16}}}}
REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "UNAUTHENTICATED_USER": None,
    "DEFAULT_AUTHENTICATION_CLASSES": [],
}
USE_TZ = True
urlpatterns: list[object] = []
