"""Just enough of DER (X.690) to put a timestamp's certificates in order.

DER wants the members of a SET OF sorted; OpenSSL's authority, and every one built on it, sends the signer's certificate
first. The certificates are not among what is signed, so their order can be mended before a strict reader sees them.
"""

from __future__ import annotations

CERTIFICATES = 0xA0
CONSTRUCTED_SEQUENCE = 0x30


def with_sorted_certificates(response: bytes) -> bytes:
    """The same TimeStampResp (RFC 3161 section 2.4.2) with SignedData's certificates sorted.

    Raises ValueError for what is no such thing.
    """
    status, token = _members(_content(response))
    kind, explicit = _members(_content(token))
    (signed,) = _members(_content(explicit))
    parts = [
        _wrap(CERTIFICATES, b"".join(sorted(_members(_content(part))))) if part[0] == CERTIFICATES else part
        for part in _members(_content(signed))
    ]
    signed = _wrap(CONSTRUCTED_SEQUENCE, b"".join(parts))
    token = _wrap(CONSTRUCTED_SEQUENCE, kind + _wrap(explicit[0], signed))
    return _wrap(CONSTRUCTED_SEQUENCE, status + token)


def _members(content: bytes) -> list[bytes]:
    """The elements that stand one after another, each with its tag and length."""
    found = []
    while content:
        start, length = _head(content)
        end = start + length
        if end > len(content):
            raise ValueError("an element is cut short")
        found.append(content[:end])
        content = content[end:]
    return found


def _content(element: bytes) -> bytes:
    """What stands behind tag and length."""
    start, length = _head(element)
    if start + length != len(element):
        raise ValueError("an element has another length than it says")
    return element[start:]


def _head(element: bytes) -> tuple[int, int]:
    """Where the content starts, and how long it is. Tags of one byte only: there are no others here."""
    if len(element) < 2 or element[0] & 0x1F == 0x1F:
        raise ValueError("not an element")
    first = element[1]
    if first < 0x80:
        return 2, first
    count = first & 0x7F
    if not 1 <= count <= 4 or len(element) < 2 + count:
        raise ValueError("not a definite length")
    return 2 + count, int.from_bytes(element[2 : 2 + count], "big")


def _wrap(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content
