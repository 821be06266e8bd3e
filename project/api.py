"""What every API view shares: strict input, cursor paging, the permission that asks the role table."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.pagination import CursorPagination


class StrictSerializer(serializers.Serializer):
    """A serializer that refuses fields it does not know: a misspelt field is an error, never silently dropped."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict) or hasattr(data, "keys"):
            unknown = sorted(set(data.keys()) - set(self.fields) - {"csrfmiddlewaretoken"})
            if unknown:
                raise serializers.ValidationError(
                    {str(name)[:100]: ["This field is not known here."] for name in unknown[:20]}
                )
        return super().to_internal_value(data)

    def create(self, validated_data: Any) -> Any:
        raise TypeError("Input is carried out by an action, not by a serializer.")

    def update(self, instance: Any, validated_data: Any) -> Any:
        raise TypeError("Input is carried out by an action, not by a serializer.")


class Pages(CursorPagination):
    """Cursor pages, newest first: cost does not grow with history."""

    page_size = 50
    page_size_query_param = "limit"
    max_page_size = 200
    ordering = "-pk"
