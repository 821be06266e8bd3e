"""The models of reviews, one file per noun."""

from reviews.models.activations import ActivationCount
from reviews.models.clips import Clip
from reviews.models.erasures import Certificate, Erasure, ErasureRun, Reconciliation, SubjectErasure
from reviews.models.flags import Flag
from reviews.models.ingests import IngestBatch, IngestRefusal, IngestRun
from reviews.models.leases import Lease
from reviews.models.plans import PlannedShift
from reviews.models.policies import ErasurePolicy
from reviews.models.reviews import FeedEntry, Review
from reviews.models.shifts import Shift

__all__ = [
    "ActivationCount",
    "Certificate",
    "Clip",
    "Erasure",
    "ErasurePolicy",
    "ErasureRun",
    "FeedEntry",
    "Flag",
    "IngestBatch",
    "IngestRefusal",
    "IngestRun",
    "Lease",
    "PlannedShift",
    "Reconciliation",
    "Review",
    "Shift",
    "SubjectErasure",
]
