"""RFC 3161 timestamps: asking an authority for one, and checking one offline."""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Sequence
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from rfc3161_client import (
    HashAlgorithm,
    PKIStatus,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from escalations.export.der import with_sorted_certificates

QUERY, REPLY = "application/timestamp-query", "application/timestamp-reply"
MOST_BYTES = 64 * 1024
PATIENCE = 20.0


class AuthorityAway(Exception):
    """The timestamp authority could not be reached, or answered nothing that can be used. Worth another try."""


class BadTimestamp(Exception):
    """The timestamp does not hold. The message says why."""


def request_timestamp(url: str, content: bytes, *, patience: float = PATIENCE) -> bytes:
    """The authority's whole answer over SHA-256 of `content`, checked to be for this content and this request.

    Only the digest leaves the building (RFC 3161 section 2.4). `patience` in seconds for each wait on the network.
    Raises AuthorityAway.
    """
    asked = TimestampRequestBuilder().data(content).hash_algorithm(HashAlgorithm.SHA256).build()
    answer = _post(url, asked.as_bytes(), patience)
    try:
        response = _granted(answer, content)
    except BadTimestamp as error:
        raise AuthorityAway(str(error)) from error
    if response.tst_info.nonce != asked.nonce:
        raise AuthorityAway("the answer is for another request")
    return answer


def check_timestamp(
    token: bytes, content: bytes, roots: Sequence[x509.Certificate], extra: Sequence[x509.Certificate] = ()
) -> TimeStampResponse:
    """Whether a token is over `content` and leads to one of `roots`. Raises BadTimestamp."""
    response = _granted(token, content)
    builder = VerifierBuilder(roots=list(roots), intermediates=list(extra))
    try:
        builder.build().verify_message(response, content)
    except (VerificationError, ValueError) as error:
        raise BadTimestamp(f"the timestamp does not lead to a trusted authority: {error}") from error
    return response


def check_imprint(token: bytes, content: bytes) -> TimeStampResponse:
    """Whether a token is over `content`, without a word on who made it. Raises BadTimestamp."""
    return _granted(token, content)


def _granted(token: bytes, content: bytes) -> TimeStampResponse:
    digest = hashes.Hash(hashes.SHA256())
    digest.update(content)
    try:
        response = decode_timestamp_response(with_sorted_certificates(token))
        status = response.status
        if status not in (PKIStatus.GRANTED, PKIStatus.GRANTED_WITH_MODS):
            raise BadTimestamp(f"the authority refused with status {status}")
        imprint = response.tst_info.message_imprint.message
    except ValueError as error:
        raise BadTimestamp("this is no timestamp response") from error
    if imprint != digest.finalize():
        raise BadTimestamp("the timestamp is over other content")
    return response


def _post(url: str, body: bytes, patience: float) -> bytes:
    parts = urlsplit(url)
    target = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
    try:
        connection = _connection(parts.scheme, parts.hostname or "", parts.port, patience)
        try:
            connection.request("POST", target, body, {"Content-Type": QUERY, "Accept": REPLY})
            answer = connection.getresponse()
            content = answer.read(MOST_BYTES + 1)
        finally:
            connection.close()
    except (OSError, http.client.HTTPException) as error:
        raise AuthorityAway(f"no answer: {type(error).__name__}") from error
    if answer.status != 200 or len(content) > MOST_BYTES:
        raise AuthorityAway(f"answered {answer.status} with {len(content)} bytes")
    return content


def _connection(scheme: str, host: str, port: int | None, patience: float) -> http.client.HTTPConnection:
    """Plain HTTP is usual for authorities: the answer is signed and the question is a hash."""
    if scheme == "https":
        return http.client.HTTPSConnection(host, port, timeout=patience, context=ssl.create_default_context())
    if scheme == "http":
        return http.client.HTTPConnection(host, port, timeout=patience)
    raise AuthorityAway("the authority's address is neither http nor https")
