"""Django's admin, narrowed: accounts, teams and policies. What other apps bring along stays out.

allauth would show authenticators with their secrets, and groups give no power here: roles do.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from django.contrib import admin
from django.contrib.admin.apps import AdminConfig
from django.db.models import Model

SHOWN: Final = frozenset({"accounts.user", "accounts.team", "wellbeing.wellbeingpolicy"})


class AccountsSite(admin.AdminSite):
    site_header = site_title = "Earshot"
    index_title = "Accounts, teams, policies"

    def register(
        self, model_or_iterable: Any, admin_class: type[admin.ModelAdmin[Any]] | None = None, **options: Any
    ) -> None:
        """Only what stands in SHOWN; the rest is left out without a word, since its apps register by themselves."""
        given: Iterable[type[Model]] = [model_or_iterable] if isinstance(model_or_iterable, type) else model_or_iterable
        shown = [model for model in given if model._meta.label_lower in SHOWN]
        super().register(shown, admin_class, **options)


class AccountsAdminConfig(AdminConfig):
    default_site = "project.accounts.site.AccountsSite"
