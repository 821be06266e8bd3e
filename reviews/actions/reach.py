"""Back from quarantine: a clip whose order was taken back, and one that a redaction has left something of."""

from datetime import datetime

from escalations.access import active_hold_on
from reviews.actions.erasure_orders import Terms, order_erasures
from reviews.erasure_states import Reason
from reviews.models import Clip, Erasure, Review
from reviews.states import Activation, ClipState


def put_back(clip: Clip, *, now: datetime) -> None:
    """Where it belongs: with the listeners whose reviews are still wanted, else with what is reviewed.

    What a hold keeps stays in quarantine. The caller holds the clip's lock.
    """
    if active_hold_on(clip.pk):
        return
    if clip.reviews_done < clip.reviews_wanted:
        clip.become(ClipState.QUEUED)
        clip.queued_at = now
    else:
        clip.become(ClipState.REVIEWED)
    clip.save(update_fields=["state", "queued_at"])


def go_on(clip: Clip, erasure: Erasure, *, now: datetime) -> None:
    """A redacted clip goes on as a new version, to the feed too: what was heard in it stands, less what was silenced.

    Somebody who asked for all of it to go while it could not be stopped any more gets that now. The caller holds the
    clip's lock and the transaction.
    """
    put_back(clip, now=now)
    if erasure.followed_by:
        order_erasures([clip], Terms(Reason(erasure.followed_by)), actor=None, now=now)
    elif clip.state == ClipState.REVIEWED:
        offer(clip)


def offer(clip: Clip) -> None:
    """One review is offered: the one that stood before, or the one whose flag had the clip redacted."""
    reviews = Review.objects.filter(clip=clip)
    if reviews.filter(is_offered=True).update(is_listed=False):
        return
    last = reviews.exclude(activation=Activation.FALSE).order_by("-reviewed_at").values_list("pk", flat=True).first()
    if last is not None:
        reviews.filter(pk=last).update(is_offered=True, is_listed=False)
