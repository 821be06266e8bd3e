"""Fixtures that several fault tests share."""

from tests.faults.faulty_s3 import faulty_s3
from tests.faults.full_disk import disk
from tests.faults.test_worker_killed_mid_erasure import broker
from tests.faults.test_worker_killed_mid_redaction import redaction

__all__ = ["broker", "disk", "faulty_s3", "redaction"]
