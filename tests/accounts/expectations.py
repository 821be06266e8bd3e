"""Who may reach what: the one table that the walk test compares every address with.

A line names the route (`app:name` as in the URLs, API routes by their path), the method that it answers, and the
roles that may. `EVERYBODY` is every signed-in person, `ANYONE` needs no sign-in. Roles are written out here and not
taken from the code: the table is the second opinion.
"""

from __future__ import annotations

from typing import Final

PEOPLE: Final = frozenset({"reviewer", "supervisor", "legal", "moderator", "auditor", "administrator"})
SERVICE: Final = frozenset({"service"})
EVERYBODY: Final = PEOPLE | SERVICE | {"nobody"}
ANYONE: Final = EVERYBODY | {"anonymous"}


def only(*roles: str) -> frozenset[str]:
    return frozenset(roles)


LISTENERS: Final = only("reviewer", "supervisor", "legal", "moderator")

# Pages: route name -> (method, who). Wrong role: 404, anonymous: the sign-in page.
PAGES: Final[dict[str, tuple[str, frozenset[str]]]] = {
    "wellbeing:today": ("GET", LISTENERS),
    "wellbeing:break-start": ("POST", LISTENERS),
    "wellbeing:break-end": ("POST", LISTENERS),
    "wellbeing:break-put-off": ("POST", LISTENERS),
    "wellbeing:gravest-ask": ("POST", LISTENERS),
    "wellbeing:preferences": ("GET", LISTENERS),
    "wellbeing:preferences-save": ("POST", LISTENERS),
    "wellbeing:check-ins": ("GET", LISTENERS),
    "wellbeing:check-in-give": ("POST", LISTENERS),
    "wellbeing:own-export": ("GET", LISTENERS),
    "wellbeing:check-ins-delete": ("POST", LISTENERS),
    "wellbeing:check-in-delete": ("POST", LISTENERS),
    "wellbeing:offer-decline": ("POST", LISTENERS),
    "wellbeing:insights": ("GET", only("supervisor")),
    "wellbeing:insights-file": ("GET", only("supervisor")),
    "wellbeing:help": ("GET", PEOPLE),
    "home": ("GET", EVERYBODY),
    "accounts:proposals": ("GET", PEOPLE),
    "accounts:proposal-approve": ("POST", PEOPLE),
    "accounts:proposal-decline": ("POST", PEOPLE),
    "accounts:proposal-withdraw": ("POST", PEOPLE),
    "notices:notices": ("GET", PEOPLE),
    "notices:read-all": ("POST", PEOPLE),
    "escalations:exports": ("GET", only("legal", "auditor")),
    "escalations:export": ("GET", only("legal", "auditor")),
    "escalations:export-approve": ("POST", only("legal")),
    "escalations:export-without-timestamp": ("POST", only("legal")),
    "escalations:export-download": ("GET", only("legal")),
    "escalations:export-new": ("GET", only("legal")),
    "escalations:export-propose": ("POST", only("legal")),
    "ledger:entries": ("GET", only("auditor")),
    "ledger:entry-read": ("GET", only("auditor")),
    "ledger:checkpoint-download": ("GET", only("auditor")),
    "ledger:public-key": ("GET", only("supervisor", "auditor", "legal")),
    "reviews:erasures": ("GET", only("supervisor", "auditor")),
    "reviews:erasure-read": ("GET", only("supervisor", "auditor")),
    "reviews:certificates": ("GET", only("supervisor", "auditor", "legal")),
    "reviews:certificate-read": ("GET", only("supervisor", "auditor", "legal")),
    "reviews:certificate-download": ("GET", only("supervisor", "auditor", "legal")),
    "reviews:desk": ("GET", only("reviewer")),
    "reviews:shift": ("GET", only("reviewer")),
    "reviews:shift-start": ("POST", only("reviewer")),
    "reviews:shift-pause": ("POST", only("reviewer")),
    "reviews:shift-resume": ("POST", only("reviewer")),
    "reviews:shift-end": ("POST", only("reviewer")),
    "reviews:queue": ("GET", only("supervisor")),
    "reviews:queue-prioritise": ("POST", only("supervisor")),
    "reviews:lease-recall": ("POST", only("supervisor")),
    "escalations:board": ("GET", only("supervisor", "legal")),
    "escalations:acknowledge-many": ("POST", only("supervisor", "legal")),
    "escalations:case": ("GET", only("supervisor", "legal")),
    "escalations:verb": ("POST", only("supervisor", "legal")),
    "escalations:exhibit-open": ("POST", only("supervisor", "legal")),
    "escalations:declare-tie": ("POST", only("supervisor", "legal")),
    "escalations:hold-place": ("POST", only("legal")),
    "escalations:hold-lift": ("POST", only("legal")),
    "escalations:hold-review": ("POST", only("legal")),
    "escalations:disclose": ("POST", only("legal")),
    "escalations:reports": ("GET", only("reviewer", "supervisor", "legal", "moderator")),
    "escalations:report-more": ("POST", only("reviewer", "supervisor", "legal", "moderator")),
}

# API: path under /api/v1/ (with <uuid> for ids) -> {method: who}. Wrong role or scope: 404, anonymous: 401.
API: Final[dict[str, dict[str, frozenset[str]]]] = {
    "me/exposure/": {"GET": LISTENERS},
    "me/check-ins/": {"GET": LISTENERS, "POST": LISTENERS, "DELETE": LISTENERS},
    "me/check-ins/<uuid>/": {"DELETE": LISTENERS},
    "me/preferences/": {"GET": LISTENERS, "PUT": LISTENERS},
    "insights/": {"GET": only("supervisor")},
    "cases/": {"GET": only("supervisor", "legal")},
    "cases/<uuid>/": {"GET": only("supervisor", "legal")},
    "cases/<uuid>/<slug>/": {"POST": only("supervisor", "legal")},
    "cases/<uuid>/holds/": {"POST": only("legal")},
    "cases/<uuid>/disclosures/": {"POST": only("legal")},
    "cases/<uuid>/openings/": {"POST": only("supervisor", "legal")},
    "holds/<uuid>/lift/": {"POST": only("legal")},
    "holds/<uuid>/review/": {"POST": only("legal")},
    "openings/<uuid>/audio/": {"GET": only("supervisor", "legal")},
    "openings/<uuid>/peaks/": {"GET": only("supervisor", "legal")},
    "openings/<uuid>/heard/": {"POST": only("supervisor", "legal")},
    "me/reports/": {"GET": only("reviewer", "supervisor", "legal", "moderator")},
    "me/reports/<uuid>/more/": {"POST": only("reviewer", "supervisor", "legal", "moderator")},
    "schema/": {"GET": ANYONE},
    "desk/": {"GET": only("reviewer")},
    "clips/": {"POST": SERVICE},
    "clips/<uuid>/": {"GET": SERVICE},
    "annotations/": {"GET": SERVICE},
    "shifts/": {"POST": only("reviewer")},
    "shifts/current/": {"GET": only("reviewer")},
    "shifts/current/pause/": {"POST": only("reviewer")},
    "shifts/current/resume/": {"POST": only("reviewer")},
    "shifts/current/end/": {"POST": only("reviewer")},
    "shifts/current/claim/": {"POST": only("reviewer")},
    "me/pace/": {"GET": only("reviewer")},
    "leases/<uuid>/audio/": {"GET": only("reviewer")},
    "leases/<uuid>/waveform/": {"GET": only("reviewer")},
    "leases/<uuid>/extend/": {"POST": only("reviewer")},
    "leases/<uuid>/release/": {"POST": only("reviewer")},
    "leases/<uuid>/skip/": {"POST": only("reviewer")},
    "leases/<uuid>/review/": {"POST": only("reviewer")},
    "me/pace/put-off/": {"POST": only("reviewer")},
    "ledger/checkpoint/": {"GET": only("auditor")},
    "ledger/public-key/": {"GET": only("supervisor", "auditor", "legal")},
    "ledger/entries/": {"GET": only("auditor")},
    "ledger/entries/<uuid>/proof/": {"GET": only("auditor")},
    "ledger/consistency/": {"GET": only("auditor")},
    "erasures/": {"GET": only("supervisor", "auditor")},
    "erasures/<uuid>/": {"GET": only("supervisor", "auditor")},
    "erasures/<uuid>/certificate/": {"GET": only("supervisor", "auditor", "legal")},
    "cases/<uuid>/exports/": {"POST": only("legal")},
    "exports/": {"GET": only("legal", "auditor")},
    "exports/<uuid>/": {"GET": only("legal", "auditor")},
    "exports/<uuid>/approve/": {"POST": only("legal")},
    "exports/<uuid>/without-timestamp/": {"POST": only("legal")},
    "exports/<uuid>/download/": {"GET": only("legal")},
    "subject-erasures/": {"POST": SERVICE},
    "subject-erasures/<uuid>/": {"GET": SERVICE},
}

# For operators: reachable by role or by allowed address, see project/health; walked by its own tests.
OPERATORS: Final = ("health:healthz", "health:readyz", "health:status", "health:metrics")
