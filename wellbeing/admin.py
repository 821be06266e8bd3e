"""Django's admin: the policies. What people hear, answer or wish for is in no admin page."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone

from project.accounts.models import User
from wellbeing.actions.policies import keep_policy
from wellbeing.models import WellbeingPolicy


@admin.register(WellbeingPolicy)
class PolicyAdmin(admin.ModelAdmin):
    list_display = ("__str__", "break_after_minutes", "break_minutes", "heavy_day_minutes", "max_clips")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        keep_policy(obj, acting_user=cast(User, request.user), now=timezone.now())

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A policy is set back to the defaults, not deleted: the ledger goes on naming it."""
        return False
