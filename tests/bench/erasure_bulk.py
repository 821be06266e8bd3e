"""Whole runs of erasures: `python -m tests.bench.erasure_bulk [--subject 10000] [--retention 100000]`.

A data subject's request and a retention run, ordered as the service orders them and driven to their ends by two
processes, with the progress that their pages show; amid each comes an urgent order of a flag. Files for blobs, small
ones: what is looked at is that a run of this length ends. Takes some ten minutes; prints, and ends with an error where
something is not certified.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from tests.bench.erasures import running, stores

SUBJECT: Final = "a data subject of the bench"
SMALL: Final = {"audio": 2_000}


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.erasure_bulk", description=__doc__)
    parser.add_argument("--subject", type=int, default=10_000)
    parser.add_argument("--retention", type=int, default=100_000)
    options = parser.parse_args(argv)
    folder = Path(tempfile.mkdtemp(prefix="earshot-bulk-"))
    try:
        with stores(folder):
            subject(options.subject)
            retention(options.retention)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def subject(count: int) -> None:
    from django.utils import timezone

    from project import vault
    from reviews.actions.subject_erasures import order_all, request_subject_erasure
    from reviews.models import Clip

    digest = vault.lookup_hmac("subject", SUBJECT)
    prepared(count, "subject", lambda clips: Clip.objects.filter(pk__in=clips).update(subject_ref_hmac=digest))
    began = time.perf_counter()
    request = request_subject_erasure(SUBJECT, acting_user=_program(), now=timezone.now())
    order_all(request.pk, now=timezone.now())
    request.refresh_from_db()
    driven(request, f"a subject's {count:,} clips", began)


def retention(count: int) -> None:
    from django.conf import settings
    from django.utils import timezone

    from reviews.actions.erasure_runs import apply_retention, newest_runs
    from reviews.models import Clip

    old = timezone.now() - timedelta(days=settings.RETENTION_DAYS + 1)
    prepared(count, "retention", lambda clips: Clip.objects.filter(pk__in=clips).update(ingested_at=old))
    began = time.perf_counter()
    apply_retention(now=timezone.now())
    driven(newest_runs(1)[0], f"a retention run of {count:,}", began)


def prepared(count: int, what: str, change: Any) -> None:
    from django.utils import timezone

    from tests.bench.erasure_stock import flagged

    began = time.perf_counter()
    for clips in flagged(count, timezone.now(), parts=SMALL):
        change([clip.pk for clip in clips])
    print(f"{count:,} clips for {what} prepared in {time.perf_counter() - began:.0f} s", flush=True)


def driven(run: Any, what: str, began: float) -> None:
    """To its end by two processes, as the sweeps of two workers would; an urgent order comes once a tenth is done."""
    from django.utils import timezone

    from reviews.actions.erasure_runs import progress_of
    from reviews.models import Erasure
    from tests.bench.erasure_stock import flagged, ordered

    print(f"{what}: ordered in {time.perf_counter() - began:.1f} s", flush=True)
    urgent, told = None, time.perf_counter()
    with running(2) as processes:
        while not (progress := progress_of(run, timezone.now())).is_over:
            if urgent is None and progress.percent >= 10:
                [[urgent]] = flagged(1, timezone.now(), parts=SMALL)
                since = time.perf_counter()
                ordered([urgent], "critical_data", timezone.now())
                while not Erasure.objects.filter(clip=urgent, state="certified").exists():
                    time.sleep(0.02)
                print(f"  urgent amid it at {progress.percent} %: certified in {time.perf_counter() - since:.2f} s")
            if all(process.poll() is not None for process in processes):
                raise SystemExit(f"not certified, and nobody at work: {progress}")
            if time.perf_counter() - told > 10:
                told = time.perf_counter()
                print(f"  {progress.certified:,} of {progress.ordered:,} certified, {progress.percent} %", flush=True)
            time.sleep(0.5)
    took = time.perf_counter() - began
    print(f"{what}: {progress.certified:,} certified, {progress.late} late, in {took:.0f} s with ordering", flush=True)


def _program() -> Any:
    from project.accounts.models import User

    return User.objects.create(email="program@bench.example", name="Program", roles=["service"])


if __name__ == "__main__":
    main()
