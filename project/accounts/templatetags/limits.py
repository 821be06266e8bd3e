"""A span of time as people say it."""

from datetime import timedelta

from django import template

register = template.Library()


@register.filter
def limit(span: timedelta) -> str:
    """ "15 minutes", "1 hour", "12 hours"."""
    minutes = int(span.total_seconds() // 60)
    number, word = (minutes // 60, "hour") if minutes % 60 == 0 else (minutes, "minute")
    return f"{number} {word}{'' if number == 1 else 's'}"
