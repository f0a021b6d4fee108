"""What a program sent under a key of its own, and what it was answered: asked again, it gets the same answer."""

import uuid

from django.conf import settings
from django.db import models


class IdempotencyKey(models.Model):
    """One write of one person under one key. `request` is the SHA-256 of what was asked; no status while it is under way."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, db_index=False, related_name="+")
    key = models.CharField(max_length=200)
    request = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    headers = models.JSONField(default=dict, blank=True)
    body = models.TextField(blank=True, default="")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="idempotencykey_once", fields=["user", "key"]),
            models.CheckConstraint(name="idempotencykey_key", condition=~models.Q(key="")),
        ]
        indexes = [models.Index(name="idempotencykey_made", fields=["created_at"])]

    def __str__(self) -> str:
        """Return the row's id: the key is the caller's secret."""
        return str(self.id)
