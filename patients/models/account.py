"""Accounts: people who log in, and the tokens that programs use."""

import hashlib
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models


class UserManager(BaseUserManager["User"]):
    """Makes users whose name is their address."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Create a person with a log-in; without a password none can be used."""
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Create an administrator: manages accounts and teams, reads nothing clinical."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractUser):
    """A person who logs in by e-mail address. What they may see follows from memberships and links, not from here."""

    username = None  # type: ignore[assignment] # the address is the name
    email = models.EmailField(unique=True)
    time_zone = models.CharField(max_length=64, default="UTC")
    language = models.CharField(max_length=8, default="en")
    mail_refused_at = models.DateTimeField(null=True, blank=True)
    """Since when mail to the address comes back; None while it is taken."""
    mail_refused_code = models.PositiveSmallIntegerField(null=True, blank=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = UserManager()  # type: ignore[assignment,misc] # AbstractUser declares the manager with a user name

    def __str__(self) -> str:
        """Return the person's name, or the number of the account: never the address."""
        return self.get_full_name() or f"user {self.pk}"


class Scope(models.TextChoices):
    """What a token may be used for, of what its owner may do."""

    READ = "read"
    WRITE = "write"
    UPLOAD = "upload"


def every_scope() -> list[str]:
    """Return all scopes: a token may do what its owner may, unless it is narrowed."""
    return list(Scope.values)


class AccessToken(models.Model):
    """A program's log-in. Only the SHA-256 of the token is stored; the token is shown once.

    `patient` makes it a service token: for that patient alone, and only to add results and to send files.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="access_tokens")
    digest = models.CharField(max_length=64, unique=True)
    label = models.CharField(max_length=80)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    scopes = ArrayField(models.CharField(max_length=8), default=every_scope)
    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.CASCADE, null=True, blank=True, related_name="access_tokens"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="accesstoken_scopes",
                condition=models.Q(scopes__contained_by=list(Scope.values)) & models.Q(scopes__len__gt=0),
            ),
            models.CheckConstraint(
                name="accesstoken_ends_after_start",
                condition=models.Q(expires_at=None) | models.Q(expires_at__gt=models.F("created_at")),
            ),
        ]

    def __str__(self) -> str:
        """Return the label."""
        return self.label

    @staticmethod
    def digest_of(token: str) -> str:
        """Return what is stored of a token."""
        return hashlib.sha256(token.encode()).hexdigest()
