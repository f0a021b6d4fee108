"""Patients, the teams that follow them, and who else may see them. Names and contacts stand in a table of their own."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q

UPLOAD_LEAST, UPLOAD_MOST = 1, 365
"""Days between two files that may be expected: days are what is counted in, and regular tests are yearly at the rarest."""
EXPECTED = Q(upload_every_days=None) | Q(
    upload_every_days__gte=UPLOAD_LEAST, upload_every_days__lte=UPLOAD_MOST, upload_expected_from__isnull=False
)
"""What is expected has a day from which it is."""


class Role(models.TextChoices):
    """What a member of a team is."""

    NURSE = "nurse"
    PHYSICIAN = "physician"
    COORDINATOR = "coordinator"


class CareTeam(models.Model):
    """A team with its hours and its words for patients."""

    name = models.CharField(max_length=120, unique=True)
    time_zone = models.CharField(max_length=64, default="UTC")
    digest_hour = models.PositiveSmallIntegerField(default=7)
    emergency_text = models.TextField(blank=True, default="")
    working_from = models.PositiveSmallIntegerField(default=8)
    working_until = models.PositiveSmallIntegerField(default=17)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="careteam_hours", condition=Q(digest_hour__lt=24, working_from__lt=24, working_until__lte=24)
            )
        ]

    def __str__(self) -> str:
        """Return the name."""
        return self.name


class Membership(models.Model):
    """A person's dated place in a team. `on_call_order` is the chain in which high alerts are told, 0 = not told."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    team = models.ForeignKey(CareTeam, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=16, choices=Role.choices)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    on_call_order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="membership_one_open", fields=["user", "team"], condition=Q(ends_at=None)),
            models.CheckConstraint(
                name="membership_ends_after_start", condition=Q(ends_at=None) | Q(ends_at__gt=F("starts_at"))
            ),
            models.CheckConstraint(name="membership_role", condition=Q(role__in=Role.values)),
        ]

    def __str__(self) -> str:
        """Return role and team."""
        return f"{self.role} of team {self.team_id}"


class Patient(models.Model):
    """A person who is followed: everything but name and contacts. Never deleted by DELETE (facts reference it without a key)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    revision = models.PositiveIntegerField(default=0)
    changed_at = models.DateTimeField()
    active = models.BooleanField(default=True)
    team = models.ForeignKey(CareTeam, on_delete=models.PROTECT, related_name="patients")
    clinician = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="own_patients"
    )
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="patient"
    )
    birth_date = models.DateField(null=True, blank=True)
    sex = models.CharField(max_length=8, blank=True, default="", choices=[("male", "male"), ("female", "female")])
    time_zone = models.CharField(max_length=64, default="UTC")
    language = models.CharField(max_length=8, default="en")
    diagnosis_date = models.DateField(null=True, blank=True)
    course = models.CharField(
        max_length=8, blank=True, default="", choices=[("acute", "acute"), ("chronic", "chronic")]
    )
    death_date = models.DateField(null=True, blank=True)
    height_cm = models.FloatField(null=True, blank=True)
    altitude_m = models.FloatField(null=True, blank=True)
    smoking = models.CharField(
        max_length=8,
        blank=True,
        default="",
        choices=[(word, word) for word in ("never", "former", "current", "unknown")],
    )
    cigarettes_per_day = models.FloatField(null=True, blank=True)
    gli_2012_group = models.CharField(max_length=24, blank=True, default="")
    comorbidities = models.JSONField(default=list, blank=True)
    oximeter_at_home = models.BooleanField(default=False)
    oxygen_floor_percent = models.FloatField(null=True, blank=True)
    menstruation = models.BooleanField(null=True, blank=True)
    usual_laboratory = models.CharField(max_length=120, blank=True, default="")
    consents = models.JSONField(default=dict, blank=True)
    source = models.TextField(blank=True, default="", db_default="")
    settings_version = models.PositiveBigIntegerField(default=0, db_default=0)
    upload_every_days = models.PositiveSmallIntegerField(null=True, blank=True)
    upload_expected_from = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="patient_upload_expected", condition=EXPECTED),
            models.CheckConstraint(name="patient_sex", condition=Q(sex__in=["", "male", "female"])),
            models.CheckConstraint(name="patient_course", condition=Q(course__in=["", "acute", "chronic"])),
            models.CheckConstraint(
                name="patient_smoking", condition=Q(smoking__in=["", "never", "former", "current", "unknown"])
            ),
            models.CheckConstraint(
                name="patient_death_after_birth",
                condition=Q(death_date=None) | Q(birth_date=None) | Q(death_date__gte=F("birth_date")),
            ),
            models.CheckConstraint(
                name="patient_oxygen_floor",
                condition=Q(oxygen_floor_percent=None) | Q(oxygen_floor_percent__gte=50, oxygen_floor_percent__lte=100),
            ),
        ]

    def __str__(self) -> str:
        """Return the id: the name stands elsewhere on purpose."""
        return str(self.id)


class PatientIdentity(models.Model):
    """Name and contacts: the only place they are kept, so that erasing a person empties one row."""

    patient = models.OneToOneField(Patient, on_delete=models.CASCADE, primary_key=True, related_name="identity")
    name = models.CharField(max_length=200)
    email = models.EmailField(blank=True, default="")
    telephone = models.CharField(max_length=40, blank=True, default="")
    address = models.TextField(blank=True, default="")

    def __str__(self) -> str:
        """Return the patient's id."""
        return str(self.patient_id)


class PatientIdentifier(models.Model):
    """An identifier with its issuer: what files name a patient by."""

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="identifiers")
    issuer = models.CharField(max_length=120, blank=True, default="")
    value = models.CharField(max_length=120)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="identifier_once", fields=["issuer", "value"]),
            models.CheckConstraint(name="identifier_not_empty", condition=~Q(value="")),
        ]
        indexes = [models.Index(name="identifier_value", fields=["value"])]

    def __str__(self) -> str:
        """Return the patient's id."""
        return str(self.patient_id)


class PregnancyPeriod(models.Model):
    """A pregnancy: hemoglobin is graded by trimester within it."""

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="pregnancies")
    started_on = models.DateField()
    ended_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="pregnancy_order", condition=Q(ended_on=None) | Q(ended_on__gte=F("started_on"))
            )
        ]

    def __str__(self) -> str:
        """Return the patient's id."""
        return str(self.patient_id)


class TeamAccess(models.Model):
    """Another team's dated access to one patient."""

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="team_access")
    team = models.ForeignKey(CareTeam, on_delete=models.CASCADE, related_name="guest_access")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="teamaccess_ends_after_start", condition=Q(ends_at=None) | Q(ends_at__gt=F("starts_at"))
            )
        ]

    def __str__(self) -> str:
        """Return team and patient."""
        return f"team {self.team_id} sees {self.patient_id}"


class CaregiverLink(models.Model):
    """A caregiver's dated, revocable access to one patient."""

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="caregiver_links")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="caregiver_links")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="caregiver_one_open", fields=["patient", "user"], condition=Q(ends_at=None)),
            models.CheckConstraint(
                name="caregiver_ends_after_start", condition=Q(ends_at=None) | Q(ends_at__gt=F("starts_at"))
            ),
        ]

    def __str__(self) -> str:
        """Return link and patient."""
        return f"user {self.user_id} cares for {self.patient_id}"


class PatientRevision(models.Model):
    """One transaction that changed what is known of a patient: "as known on" is the last revision up to then.

    `upload` is the file that was read then, also one that brought nothing new. A revision with `upload_expected_from` says how
    often a file is expected from that day on, or (`upload_every_days` None) that none is any more, until the next that says so.
    """

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="revisions", db_index=False)
    n = models.PositiveIntegerField()
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, db_index=False)
    why = models.CharField(max_length=200, blank=True, default="")
    upload = models.ForeignKey(
        "patients.Upload", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    upload_every_days = models.PositiveSmallIntegerField(null=True, blank=True)
    upload_expected_from = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="revision_upload_expected", condition=EXPECTED),
            models.UniqueConstraint(name="revision_once", fields=["patient", "n"], include=["at"]),
            models.CheckConstraint(name="revision_counts_from_one", condition=Q(n__gte=1)),
        ]

    def __str__(self) -> str:
        """Return patient and number."""
        return f"{self.patient_id} revision {self.n}"
