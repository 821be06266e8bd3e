"""Django's admin: accounts and teams only. No sealed field, no ledger, no case, no deletion."""

from __future__ import annotations

from functools import partial
from typing import Any, cast

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import UserChangeForm, UserCreationForm
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from project.accounts.access import Role
from project.accounts.actions.accounts import depart, record_change
from project.accounts.models import Team, User


class PersonCreationForm(UserCreationForm):
    class Meta:
        model = User
        fields = ("email", "name")


class PersonChangeForm(UserChangeForm):
    class Meta:
        model = User
        fields = "__all__"


@admin.register(User)
class PersonAdmin(UserAdmin):
    add_form, form = PersonCreationForm, PersonChangeForm
    ordering = ("email",)
    list_display = ("email", "name", "team", "roles", "is_active")
    list_filter = ("is_active", "team")
    search_fields = ("email", "name")
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("email", "name", "password")}),
        ("Work", {"fields": ("team", "roles", "locales", "skills", "time_zone", "is_active")}),
    )
    add_fieldsets = ((None, {"classes": ("wide",), "fields": ("email", "name", "password1", "password2")}),)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Saved and recorded together; an account that is closed here loses its sign-ins, tokens and leases too."""
        now = timezone.now()
        with transaction.atomic():
            before = User.objects.select_for_update(no_key=True).get(pk=obj.pk) if change else None
            super().save_model(request, obj, form, change)
            record_change(obj, before, acting_user=cast(User, request.user), now=now)
        if before is not None and before.is_active and not obj.is_active:
            transaction.on_commit(partial(depart, obj, now), robust=True)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """People are deactivated, never deleted: the ledger and the cases go on naming them."""
        return False

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "roles" and field is not None:
            alone = "A moderator holds no other power, counsel no other role."
            field.help_text = f"Separated by commas: {', '.join(Role.values)}. {alone}"
        return field


@admin.register(Team)
class TeamAdmin(admin.ModelAdmin):
    list_display = ("name", "slug", "time_zone")
    filter_horizontal = ("supervisors",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
