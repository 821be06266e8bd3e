"""What can be masked, and how finds that overlap become one."""

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    """A kind of personal data, named as the critical categories of a clip are; strongest first (see `merged`)."""

    PAYMENT_CARD = "payment_card"
    BANK_ACCOUNT = "bank_account"
    CREDENTIAL = "credential"
    PERSONAL_NUMBER = "personal_number"
    EMAIL = "email"
    LINK = "link"
    PHONE = "phone"
    REFERENCE = "reference"
    ADDRESS = "address"
    NUMBER = "number"

    @property
    def placeholder(self) -> str:
        """The words that stand where it was."""
        return PLACEHOLDERS[self]


PLACEHOLDERS = {
    Kind.PAYMENT_CARD: "[card number removed]",
    Kind.BANK_ACCOUNT: "[bank account removed]",
    Kind.CREDENTIAL: "[password removed]",
    Kind.PERSONAL_NUMBER: "[personal number removed]",
    Kind.EMAIL: "[e-mail address removed]",
    Kind.LINK: "[link removed]",
    Kind.PHONE: "[phone number removed]",
    Kind.REFERENCE: "[reference removed]",
    Kind.ADDRESS: "[address removed]",
    Kind.NUMBER: "[number removed]",
}

FILLER = "\uffff"

RANK = {kind: rank for rank, kind in enumerate(Kind)}


class Span(NamedTuple):
    """Half-open positions in the shadow."""

    start: int
    end: int
    kind: Kind


def merged(spans: Iterable[Span]) -> list[Span]:
    """Overlapping spans become one that covers them all and is named after the strongest kind among them."""
    result: list[Span] = []
    for span in sorted(spans):
        if result and span.start < result[-1].end:
            before = result.pop()
            span = Span(before.start, max(before.end, span.end), _name(before, span))
        result.append(span)
    return result


def _name(first: Span, second: Span) -> Kind:
    """The stronger kind; but digits somewhere within a reference are only part of it, whatever they look like."""
    wider, inner = (first, second) if second.end < first.end else (second, first)
    if wider.kind is Kind.REFERENCE and wider.start < inner.start and inner.end < wider.end:
        return Kind.REFERENCE
    return min(first.kind, second.kind, key=RANK.__getitem__)


def without(text: str, spans: Iterable[Span]) -> str:
    """The text with its spans filled by a letter that belongs to nothing; every position stays what it was."""
    for span in spans:
        text = f"{text[: span.start]}{FILLER * (span.end - span.start)}{text[span.end :]}"
    return text
