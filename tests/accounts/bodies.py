"""What is sent along where an empty request would be refused before anybody looks for the object."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pyrage

RECIPIENT: Final = str(pyrage.x25519.Identity.generate().to_public())
AHEAD: Final = (datetime.now(UTC) + timedelta(days=30)).isoformat()
BEFORE: Final = (datetime.now(UTC) - timedelta(hours=1)).isoformat()

BODIES: Final[dict[str, dict[str, Any]]] = {
    "POST leases/<uuid>/review/": {"activation": "right", "severity": 0, "flags": []},
    "PUT queue/people/<uuid>/skills/": {"skills": ["calm"]},
    "PATCH scim/v2/Users/<uuid>": {"Operations": [{"op": "replace", "path": "active", "value": False}]},
    "POST cases/<uuid>/<slug>/": {"text": "seen"},
    "POST cases/<uuid>/holds/": {"reason": "asked for", "review_at": AHEAD},
    "POST holds/<uuid>/lift/": {"reason": "over"},
    "POST holds/<uuid>/review/": {"review_at": AHEAD},
    "POST cases/<uuid>/disclosures/": {
        "authority": "police", "basis": "law", "reference": "r", "what": "audio", "sent_at": BEFORE
    },
    "POST disclosures/<uuid>/receipt/": {"receipt": "received"},
    "POST cases/<uuid>/openings/": {"purpose": "to triage"},
    "POST cases/<uuid>/reporters/<int>/unmask/": {"reason": "to be protected"},
    "POST openings/<uuid>/heard/": {"heard_ms": 100},
    "POST me/reports/<uuid>/more/": {"text": "and then"},
    "POST cases/<uuid>/exports/": {"profile": "internal", "recipients": [RECIPIENT], "reason": "asked for"},
}  # fmt: skip
