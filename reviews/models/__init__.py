"""The models of reviews, one file per noun."""

from reviews.models.clips import Clip
from reviews.models.erasures import Certificate, Erasure, Reconciliation, SubjectErasure
from reviews.models.flags import Flag
from reviews.models.leases import Lease
from reviews.models.reviews import FeedEntry, Review
from reviews.models.shifts import Shift

__all__ = [
    "Certificate",
    "Clip",
    "Erasure",
    "FeedEntry",
    "Flag",
    "Lease",
    "Reconciliation",
    "Review",
    "Shift",
    "SubjectErasure",
]
