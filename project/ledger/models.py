"""The ledger's rows. All but Handover only ever grow: triggers in PostgreSQL refuse the rest (migration 0002)."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from project.ledger.events import in_words

SALT_BYTES = 16


class Entry(models.Model):
    """Who did what to which object, and when. Actor and subject are copied, so they outlive what they name.

    `commitment` is the leaf hash of the entry as it was recorded, so that a change is noticed before sealing too; null
    in entries from before there was one.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    at = models.DateTimeField()
    event = models.CharField(max_length=60)
    actor_id = models.UUIDField(null=True)
    actor_name = models.CharField(max_length=254)
    subject_type = models.CharField(max_length=60)
    subject_id = models.CharField(max_length=40)
    facts = models.JSONField()
    salt = models.BinaryField(max_length=SALT_BYTES)
    commitment = models.BinaryField(max_length=32, null=True)

    class Meta:
        verbose_name_plural = "entries"
        indexes = [
            models.Index(fields=["-at", "-id"], name="ledger_entry_newest"),
            models.Index(fields=["event", "-at", "-id"], name="ledger_entry_event"),
            models.Index(fields=["subject_id", "-at", "-id"], name="ledger_entry_subject"),
            models.Index(
                fields=["actor_id", "-at", "-id"], name="ledger_entry_actor", condition=Q(actor_id__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.id}"

    @property
    def what(self) -> str:
        return in_words(self.event)


class Unsealed(models.Model):
    """Entries that the sealer has not put into the tree yet, in the order of writing.

    A trigger on Entry adds the row, so nothing that was committed can be missed, however late it commits; another
    trigger lets a row go only once its entry has a leaf. The cost of finding work doesn't grow with the ledger.
    """

    id = models.BigAutoField(primary_key=True)
    entry = models.ForeignKey(Entry, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+")

    class Meta:
        verbose_name_plural = "unsealed"

    def __str__(self) -> str:
        return f"unsealed {self.entry_id}"


class Leaf(models.Model):
    """An entry's place in the tree, and its leaf hash (RFC 6962 section 2.1)."""

    index = models.BigIntegerField(primary_key=True)
    entry = models.OneToOneField(Entry, models.PROTECT, related_name="leaf")
    leaf_hash = models.BinaryField(max_length=32)

    class Meta:
        verbose_name_plural = "leaves"

    def __str__(self) -> str:
        return f"leaf {self.index}"


class Node(models.Model):
    """Hash of a complete subtree: `index` counts subtrees of 2**level leaves from the left. Level 0 is Leaf."""

    pk = models.CompositePrimaryKey("level", "index")
    level = models.SmallIntegerField()
    index = models.BigIntegerField()
    hash = models.BinaryField(max_length=32)

    def __str__(self) -> str:
        return f"node {self.level}/{self.index}"


class Checkpoint(models.Model):
    """A signed tree head: the C2SP signed note over origin, size and root, exactly as it was signed.

    `previous` is the id of the one before (0 for the first), so that one taken out is missed; null in old ones.
    """

    id = models.BigAutoField(primary_key=True)
    tree_size = models.BigIntegerField()
    root = models.BinaryField(max_length=32)
    at = models.DateTimeField()
    note = models.TextField()
    previous = models.BigIntegerField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["-tree_size"], name="ledger_checkpoint_size"),
            models.Index(fields=["-at", "-id"], name="ledger_checkpoint_newest"),
        ]

    def __str__(self) -> str:
        return f"checkpoint {self.tree_size}"


class Origin(models.Model):
    """The name under which checkpoints are signed. A restore starts a new one that names the old head."""

    number = models.AutoField(primary_key=True)
    name = models.CharField(max_length=100, unique=True)
    started_at = models.DateTimeField()
    old_head = models.TextField(help_text="The last checkpoint known under the origin before, or empty")

    def __str__(self) -> str:
        return self.name


class KeyChange(models.Model):
    """A new signing key took over. `note` says so and is signed by the key before and by the new one (keychain.py)."""

    version = models.PositiveIntegerField(primary_key=True, help_text="The new key's version in the ring")
    at = models.DateTimeField()
    both_sign_until = models.DateTimeField()
    note = models.TextField()

    def __str__(self) -> str:
        return f"signing key {self.version}"


class Handover(models.Model):
    """One checkpoint on its way to the witness. It waits until the witness has taken or refused it."""

    class Outcome(models.TextChoices):
        WAITING = "waiting", "Waits"
        TAKEN = "taken", "Taken"
        REFUSED = "refused", "Refused"

    checkpoint = models.OneToOneField(Checkpoint, models.PROTECT, related_name="handover", primary_key=True)
    outcome = models.CharField(max_length=10, choices=Outcome.choices, default=Outcome.WAITING)
    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    last_error_code = models.CharField(max_length=60, blank=True, default="")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome="waiting", ended_at=None) | ~Q(outcome="waiting") & Q(ended_at__isnull=False),
                name="handover_ended_or_waiting",
            ),
        ]
        indexes = [
            models.Index(fields=["next_attempt_at"], name="handover_waiting", condition=Q(outcome="waiting")),
            models.Index(fields=["-ended_at"], name="handover_ended"),
        ]

    def __str__(self) -> str:
        return f"handover of checkpoint {self.checkpoint_id}"
