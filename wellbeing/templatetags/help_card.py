"""What the help card needs, wherever it is included."""

from typing import Any

from django import template
from django.utils.translation.trans_real import parse_accept_lang_header

from wellbeing.help_lines import Country, lines_for

register = template.Library()


@register.simple_tag(takes_context=True)
def help_lines(context: dict[str, Any]) -> list[Country]:
    """Crisis lines, this person's countries first: their locales', or what the browser asks for, which is all that a
    page knows before the sign-in (`accepts`: a page that must not ask who looks). Nobody is told who opened the card.
    """
    request = context.get("request")
    locales = getattr(getattr(request, "user", None), "locales", ())
    accepts = request.headers.get("Accept-Language", "") if request else context.get("accepts", "")
    return lines_for(locales or [language for language, _ in parse_accept_lang_header(accepts)])
