"""What the help card needs, wherever it is included."""

from typing import Any

from django import template

from wellbeing.help_lines import Country, lines_for

register = template.Library()


@register.simple_tag(takes_context=True)
def help_lines(context: dict[str, Any]) -> list[Country]:
    """Crisis lines, this person's countries first. Nobody is told that the card was opened."""
    request = context.get("request")
    return lines_for(getattr(getattr(request, "user", None), "locales", ()))
