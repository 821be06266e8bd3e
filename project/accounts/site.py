"""Django's admin, narrowed: accounts, teams and policies. What other apps bring along stays out.

allauth would show authenticators with their secrets, and groups give no power here: roles do.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from django.contrib import admin
from django.contrib.admin.apps import AdminConfig
from django.db.models import Model
from django.http import HttpRequest, HttpResponse

from project.accounts.access import fresh_sign_in_required

SHOWN: Final = frozenset({"accounts.user", "accounts.team", "wellbeing.wellbeingpolicy"})


FORMS: Final = ("_add", "_change", "_password_change")  # of a URL's name: where something is typed


class AccountsSite(admin.AdminSite):
    """Who may do what, and how people are protected, is changed from a fresh sign-in only. It is asked for before a
    form is shown, so that nothing typed is lost to it.
    """

    site_header = site_title = "Earshot"
    index_title = "Accounts, teams, policies"

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        asked = super().admin_view(view, cacheable)
        asked_freshly = fresh_sign_in_required(asked)

        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            name = request.resolver_match.url_name or "" if request.resolver_match else ""
            is_act = request.method != "GET" or name.endswith(FORMS)
            needed = asked_freshly if is_act and self.has_permission(request) else asked
            answer: HttpResponse = needed(request, *args, **kwargs)
            return answer

        return guarded

    def register(
        self, model_or_iterable: Any, admin_class: type[admin.ModelAdmin[Any]] | None = None, **options: Any
    ) -> None:
        """Only what stands in SHOWN; the rest is left out without a word, since its apps register by themselves."""
        given: Iterable[type[Model]] = [model_or_iterable] if isinstance(model_or_iterable, type) else model_or_iterable
        shown = [model for model in given if model._meta.label_lower in SHOWN]
        super().register(shown, admin_class, **options)


class AccountsAdminConfig(AdminConfig):
    default_site = "project.accounts.site.AccountsSite"
