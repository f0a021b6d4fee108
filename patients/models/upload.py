"""Files taken in: the queue of what is to be read, the originals under a key of their own, and how each row ended."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q


class UploadState(models.TextChoices):
    """Where a file is on its way."""

    RECEIVED = "received"
    READING = "reading"
    HELD = "held"
    DONE = "done"
    FAILED = "failed"


class DataKey(models.Model):
    """A key that seals originals, itself sealed by the service's key: destroying the row erases what it sealed."""

    patient = models.OneToOneField(
        "patients.Patient", on_delete=models.CASCADE, null=True, blank=True, related_name="data_key"
    )
    sealed = models.BinaryField()
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        """Return the number."""
        return f"key {self.pk}"


class Upload(models.Model):
    """A file received. The row is the work: claimed with a lease, attempted at most five times, then failed visibly."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.PROTECT, null=True, blank=True, related_name="uploads"
    )
    team = models.ForeignKey(
        "patients.CareTeam", on_delete=models.PROTECT, null=True, blank=True, related_name="uploads"
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="uploads"
    )
    received_at = models.DateTimeField()
    file_name = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    format = models.CharField(max_length=24, blank=True, default="")
    state = models.CharField(max_length=8, choices=UploadState.choices, default=UploadState.RECEIVED)
    reason = models.CharField(max_length=300, blank=True, default="")
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    rows = models.PositiveIntegerField(default=0)
    accepted = models.PositiveIntegerField(default=0)
    duplicates = models.PositiveIntegerField(default=0)
    held = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)
    file_issues = models.JSONField(default=list, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="upload_file_once", fields=["patient", "sha256"], condition=Q(patient__isnull=False)
            ),
            models.CheckConstraint(name="upload_state", condition=Q(state__in=UploadState.values)),
            models.CheckConstraint(name="upload_belongs", condition=Q(patient__isnull=False) | Q(team__isnull=False)),
            models.CheckConstraint(
                name="upload_counts_sum",
                condition=Q(
                    rows=models.F("accepted")
                    + models.F("duplicates")
                    + models.F("held")
                    + models.F("rejected")
                    + models.F("skipped")
                ),
            ),
        ]
        indexes = [
            models.Index(name="upload_due", fields=["received_at"], condition=Q(state__in=["received", "reading"])),
            models.Index(name="upload_latest", fields=["-received_at"]),
        ]

    def __str__(self) -> str:
        """Return the id, no file name."""
        return str(self.id)


class UploadOriginal(models.Model):
    """The bytes as received, sealed (AES-256-GCM): nonce and ciphertext."""

    upload = models.OneToOneField(Upload, on_delete=models.CASCADE, primary_key=True, related_name="original")
    key = models.ForeignKey(DataKey, on_delete=models.SET_NULL, null=True)
    nonce = models.BinaryField()
    ciphertext = models.BinaryField()

    def __str__(self) -> str:
        """Return the upload's id."""
        return str(self.upload_id)


class UploadRow(models.Model):
    """How one row ended, with its issues and its original; `fact` is what it became, repeats or contradicts."""

    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="row_results", db_index=False)
    position = models.PositiveIntegerField()
    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.DO_NOTHING, null=True, blank=True, db_constraint=False, db_index=False
    )
    row = models.CharField(max_length=200)
    column = models.CharField(max_length=200, blank=True, default="")
    state = models.CharField(max_length=9)
    reading = models.JSONField(default=dict)
    issues = models.JSONField(default=list, blank=True)
    original = models.TextField(blank=True, default="")
    fact_kind = models.CharField(max_length=12, blank=True, default="")
    fact_id = models.BigIntegerField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="uploadrow_once", fields=["upload", "position"]),
            models.CheckConstraint(
                name="uploadrow_state", condition=Q(state__in=["accepted", "duplicate", "held", "rejected", "skipped"])
            ),
        ]
        indexes = [models.Index(name="uploadrow_held", fields=["patient"], condition=Q(state="held"))]

    def __str__(self) -> str:
        """Return upload and position, no content."""
        return f"{self.upload_id} row {self.position}"
