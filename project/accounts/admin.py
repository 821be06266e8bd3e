"""Django's admin: accounts and teams only. No sealed field, no ledger, no case, no deletion."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import UserChangeForm, UserCreationForm
from django.http import HttpRequest

from project.accounts.access import Role
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

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """People are deactivated, never deleted: the ledger and the cases go on naming them."""
        return False

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "roles" and field is not None:
            field.help_text = f"Separated by commas: {', '.join(Role.values)}. A moderator holds no other power."
        return field


@admin.register(Team)
class TeamAdmin(admin.ModelAdmin):
    list_display = ("name", "slug", "time_zone")
    filter_horizontal = ("supervisors",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
