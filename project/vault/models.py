"""The key store: wrapped data keys, what was shredded, and which master keys there were. Database alias `keys`."""

from __future__ import annotations

import uuid

from django.db import models


class Kind(models.TextChoices):
    CLIP = "clip"
    CASE = "case"
    PERSON = "person"
    ROOM = "room"
    EXPORT = "export"


class MasterKey(models.Model):
    """One version of the master key. The key itself lies in the ring; here is how to tell whether it is the right one.

    `check_value` is an HMAC under the key. Retired: wraps nothing new. Destroyed: its file is gone, and with it
    everything that only it could unwrap.
    """

    version = models.PositiveIntegerField(primary_key=True)
    check_value = models.BinaryField(max_length=32)
    created_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)
    destroyed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"master key {self.version}"


class RingMark(models.Model):
    """How to tell whether one of the ring's other keys (the index key, each signing key) is the right one."""

    name = models.CharField(max_length=40, primary_key=True)
    check_value = models.BinaryField(max_length=32)

    def __str__(self) -> str:
        return self.name


class DataKey(models.Model):
    """One object's data key, wrapped by a master key."""

    object_id = models.UUIDField(primary_key=True)
    key_id = models.UUIDField(default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    wrapped = models.BinaryField(max_length=60)
    master_version = models.PositiveIntegerField()
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["created_at"], name="vault_datakey_age")]

    def __str__(self) -> str:
        return f"data key {self.key_id}"


class ShreddedKey(models.Model):
    """That a key was destroyed, written in the transaction that deletes it. An id listed here never gets another."""

    object_id = models.UUIDField(primary_key=True)
    key_id = models.UUIDField()
    kind = models.CharField(max_length=10, choices=Kind.choices)
    master_version = models.PositiveIntegerField()
    shredded_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["-shredded_at"], name="vault_shredded_newest")]

    def __str__(self) -> str:
        return f"shredded key {self.key_id}"
