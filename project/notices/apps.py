from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "project.notices"
    label = "notices"
