"""From names in the vault back to clips: a clip's own id, until a redaction seals it under another."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Q, QuerySet

from reviews.erasure_states import ErasureState
from reviews.models import Clip, Erasure
from reviews.states import ClipState

OVER = (ErasureState.CERTIFIED, ErasureState.WITHDRAWN)
ENDED = (ClipState.ERASING, ClipState.ERASED)


def clips_named(ids: Iterable[UUID]) -> QuerySet[Clip]:
    """The clips that these names mean now."""
    ids = list(ids)
    return Clip.objects.filter(Q(resealed_as__in=ids) | Q(resealed_as=None, pk__in=ids))


def claimed(ids: Iterable[UUID]) -> set[UUID]:
    """Those of these names that belong to a clip, now or formerly, or to an erasure or redaction under way."""
    ids = list(ids)
    names = set(Clip.objects.filter(pk__in=ids).values_list("pk", flat=True))
    names.update(filter(None, Clip.objects.filter(resealed_as__in=ids).values_list("resealed_as", flat=True)))
    under_way = Erasure.objects.exclude(state__in=OVER).filter(Q(vault_id__in=ids) | Q(resealed_as__in=ids))
    for old, new in under_way.values_list("vault_id", "resealed_as"):
        names.update(filter(None, {old, new} & set(ids)))
    return names


def owned(ids: Iterable[UUID]) -> set[UUID]:
    """Those of these names whose keys have a clip that needs them; the vault sweeps the others."""
    ids = list(ids)
    needed = {clip.vault_id for clip in clips_named(ids).only("pk", "resealed_as")}
    under_way = Erasure.objects.exclude(state__in=OVER).filter(Q(vault_id__in=ids) | Q(resealed_as__in=ids))
    for old, new in under_way.values_list("vault_id", "resealed_as"):
        needed.update(filter(None, {old, new} & set(ids)))
    return needed


def named_within(lowest: UUID, highest: UUID) -> tuple[set[UUID], set[UUID]]:
    """Names between two: (those of clips that live, those under which nothing may lie any more)."""
    own, anew = Q(pk__range=(lowest, highest)), Q(resealed_as__range=(lowest, highest))
    alive = Clip.objects.exclude(state__in=ENDED)
    living = set(alive.filter(own, resealed_as=None).values_list("pk", flat=True))
    living.update(filter(None, alive.filter(anew).values_list("resealed_as", flat=True)))
    erased = Q(state=ClipState.ERASED)
    dead = set(Clip.objects.filter(own & (erased | Q(resealed_as__isnull=False))).values_list("pk", flat=True))
    dead.update(filter(None, Clip.objects.filter(anew & erased).values_list("resealed_as", flat=True)))
    return living, dead
