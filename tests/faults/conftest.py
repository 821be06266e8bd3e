"""Fixtures that several fault tests share."""

from tests.faults.faulty_s3 import faulty_s3
from tests.faults.test_worker_killed_mid_erasure import broker
from tests.faults.test_worker_killed_mid_redaction import redaction

__all__ = ["broker", "faulty_s3", "redaction"]
