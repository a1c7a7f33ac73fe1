"""What stands at the door: where people are signed in, enrolled devices, invitations, codes on paper, failed tries."""

from typing import Any, ClassVar

from django.conf import settings
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shopdesk.base.access import Kind
from shopdesk.base.rows import EVERYTHING, M, Rows, Sight


class OwnRows(Rows[M]):
    """The owner sees every row, everybody else their own."""

    scope: ClassVar[dict[Kind, Sight]] = {
        kind: lambda subject: Q(person=subject.person)
        for kind in (Kind.MANAGER, Kind.PACKER, Kind.COURIER_PERSON)
    }  # fmt: skip


class DeskRows(Rows[M]):
    """Owner and manager see every row."""

    scope: ClassVar[dict[Kind, Sight]] = {Kind.MANAGER: EVERYTHING}


class Device(models.Model):
    """A device of the shop that was enrolled: it carries a secret of which only the SHA-256 is kept here."""

    class Use(models.TextChoices):
        PACKING = "packing", _("packing device")
        PHONE = "phone", _("courier's phone")

    name = models.CharField(max_length=60)
    use = models.CharField(max_length=10, choices=Use)
    secret_hash = models.CharField(max_length=64, unique=True)
    enrolled_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    enrolled_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = DeskRows.as_manager()

    class Meta:
        db_table = "device"

    def __str__(self) -> str:
        return self.name


class Session(AbstractBaseSession):
    """Where somebody is signed in. The key is kept as a hash: who reads this table cannot walk in with it."""

    session_key = models.CharField(max_length=64, primary_key=True)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+")
    device = models.ForeignKey(Device, on_delete=models.PROTECT, null=True, related_name="+")
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    address = models.GenericIPAddressField(null=True)
    agent = models.CharField(max_length=200, blank=True)

    objects: ClassVar[Any] = OwnRows.as_manager()  # type: ignore[assignment]  # instead of the framework's own

    class Meta(AbstractBaseSession.Meta):
        db_table = "session"

    def __str__(self) -> str:
        return f"{self.person_id} {self.started_at:%Y-%m-%d %H:%M}"


class Invitation(models.Model):
    """A one-time link by which somebody chooses their first password. Only its SHA-256 is kept."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    secret_hash = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    objects = OwnRows.as_manager()

    class Meta:
        db_table = "invitation"

    def __str__(self) -> str:
        return f"{self.person_id} {self.made_at:%Y-%m-%d}"


class EmailChange(models.Model):
    """A wish to sign in with another e-mail: it waits for the link of a letter that went there.

    Only the link's SHA-256 is kept, and the address until it is used or asked for anew.
    """

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    email = models.EmailField(blank=True)
    secret_hash = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    objects = OwnRows.as_manager()

    class Meta:
        db_table = "email_change"

    def __str__(self) -> str:
        return f"{self.person_id} {self.made_at:%Y-%m-%d}"


class RecoveryCode(models.Model):
    """A code on paper. `label` (its first group) finds the row, the rest is kept as a slow hash; each opens once."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    label = models.CharField(max_length=4)
    secret_hash = models.CharField(max_length=128)
    made_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    objects = OwnRows.as_manager()

    class Meta:
        db_table = "recovery_code"
        constraints = [models.UniqueConstraint(fields=["person", "label"], name="one_code_of_a_label")]

    def __str__(self) -> str:
        return self.label


class FailedTry(models.Model):
    """How often one key failed at the door: an account at an address, an account, an address, a PIN.

    Rows and not a cache: they hold over every web process, and over a restart of the broker.
    """

    key = models.CharField(max_length=64, unique=True)  # an HMAC: neither mail nor address lies here in the clear
    failures = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField()

    objects = Rows.as_manager()

    class Meta:
        db_table = "failed_try"

    def __str__(self) -> str:
        return f"{self.key[:8]} {self.failures}"
