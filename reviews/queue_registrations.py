"""What the queue says to operators: is what ran out given back, and how much is on desks."""

from datetime import timedelta

from django.utils import timezone

PATIENCE = timedelta(minutes=5)  # fifteen missed sweeps


def register() -> None:
    """Called by ReviewsConfig.ready."""
    from project import health
    from reviews import tasks  # noqa: F401  (importing declares the tasks)

    health.register("leases-returned", leases_returned)
    health.register_gauge("leases_live", "Clips on desks.", live_leases)


def leases_returned() -> str | None:
    """None while leases that ran out go back to the queue; otherwise beat or worker stands still."""
    from reviews.models import Lease

    stuck = Lease.objects.filter(state="live", expires_at__lt=timezone.now() - PATIENCE).count()
    return f"{stuck} clips are on desks long after their lease ran out" if stuck else None


def live_leases() -> int:
    """From a partial index that holds nothing else."""
    from reviews.models import Lease

    return Lease.objects.filter(state="live").count()
