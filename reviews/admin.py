"""Django's admin: the policy on erasures. No clip, no review, no erasure is in any admin page."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone

from project.accounts.models import User
from reviews.actions.policies import keep_erasure_policy
from reviews.models import ErasurePolicy


@admin.register(ErasurePolicy)
class ErasurePolicyAdmin(admin.ModelAdmin):
    list_display = ("__str__", "undo_minutes", "redact_categories", "erases_accidental", "accidental_hours")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        keep_erasure_policy(obj, acting_user=cast(User, request.user), now=timezone.now())

    def has_add_permission(self, request: HttpRequest) -> bool:
        """There is one policy."""
        return super().has_add_permission(request) and not ErasurePolicy.objects.exists()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A policy is set back to the defaults, not deleted: the ledger goes on naming it."""
        return False
