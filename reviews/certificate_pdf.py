"""A certificate as PDF/A-2b (ISO 19005-2), for people and paper files. It says what the JSON says and no more."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from escalations.export.report import Report, typeset
from reviews.erasure_states import Reason, Stage

TEMPLATE: Final = Path(__file__).with_name("certificate.typ")
LINE: Final = 44
# Parts of the body in the order of the page: (name, title). What is nested deeper has a place of its own.
PARTS: Final = (
    ("subject", "What"),
    ("redaction", "What was kept"),
    ("order", "Order"),
    ("sanitisation", "How"),
    ("sanitiser", "By whom"),
    ("verification", "Verified"),
    ("follows", "Rests on"),
    ("recovery", "Backups"),
)


def pdf_of(file: Mapping[str, Any], body_sha256: str) -> bytes:
    """The PDF of a certificate file {body, signature, proof}. Stamped with the time of issue. Raises ReportFailed."""
    issued = datetime.fromisoformat(file["body"]["issued_at"])
    return typeset(content_of(file, body_sha256), issued, TEMPLATE)


def content_of(file: Mapping[str, Any], body_sha256: str) -> Report:
    """What the template prints, as plain JSON."""
    body = file["body"]
    return {
        "title": "Certificate of erasure",
        "says": f"{Stage(body['stage']).label}. Issued {body['issued_at']}.",
        "id": body["id"],
        "sections": [
            {"title": title, "rows": rows_of(body[name])} for name, title in PARTS if isinstance(body.get(name), dict)
        ],
        "stores": [
            [_words(one["store"]), _words(one["result"]), str(one["items"])]
            for one in body.get("verification", {}).get("stores", [])
        ],
        "command": "manage.py verify_certificate FILE --key public.pem --require-proof",
        "signature": _signature(file, body_sha256),
    }


def rows_of(part: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Every plain value of one part of the body, named in words."""
    return [(_words(name), _said(name, value)) for name, value in part.items() if not isinstance(value, dict | list)]


def _said(name: str, value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name == "reason" and value in Reason.values:
        return Reason(str(value)).label
    return str(value) if value != "" else "none: the key was gone before"


def _signature(file: Mapping[str, Any], body_sha256: str) -> list[tuple[str, str]]:
    signature, proof = file["signature"], file["proof"]
    rows = [
        ("SHA-256 of the body", _broken(body_sha256)),
        (f"Signature ({signature['algorithm']})", _broken(signature["value"])),
        ("Public key", signature["key"]),
    ]
    if proof is None:
        return [*rows, ("Ledger", "not sealed yet; fetch the file again in a few seconds")]
    place = f"entry {proof['leaf_index'] + 1} of {proof['tree_size']}"
    return [*rows, ("Ledger", place), ("Signed tree head", proof["checkpoint"].strip())]


def _broken(text: str) -> str:
    return "\n".join(text[start : start + LINE] for start in range(0, len(text), LINE))


def _words(name: str) -> str:
    return name.replace("_", " ").replace("-", " ").capitalize()
