"""People of the shop, and the tokens of machines."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from shopdesk.base.access import Kind, Subject
from shopdesk.base.rows import Rows, Sight
from shopdesk.limits.models import limits_of
from shopdesk.people.absence import Absence
from shopdesk.people.entrance import Device, EmailChange, FailedTry, Invitation, RecoveryCode, Session

__all__ = [
    "Absence", "ApiToken", "Device", "EmailChange", "FailedTry", "Invitation", "RecoveryCode", "Role", "Session",
    "User", "UserManager",
]  # fmt: skip


NO_COURIER = "?"  # of a courier person without a service: an empty code would be that of parcels in nobody's hands


class Role(models.TextChoices):
    OWNER = "owner", _("owner")
    MANAGER = "manager", _("manager")
    PACKER = "packer", _("packer")
    COURIER = "courier", _("courier")


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Add a person. Without a password nobody can sign in as them until one is set."""
        user = self.model(email=self.normalize_email(email).casefold(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)

    def for_subject(self, subject: Subject) -> models.QuerySet["User"]:
        """The owner sees all people, everybody else only themselves."""
        if subject.kind is Kind.OWNER:
            return self.all()
        if subject.token or subject.kind is Kind.ANONYMOUS:
            return self.none()
        return self.filter(pk=subject.person)


class User(AbstractBaseUser):
    """Somebody who works here. The role says at which desks; `courier_code` names a courier person's service."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=150)
    role = models.CharField(max_length=10, choices=Role)
    courier_code = models.CharField(max_length=32, blank=True)
    language = models.CharField(max_length=5, blank=True)
    theme = models.CharField(max_length=5, blank=True)
    letter_keys = models.BooleanField(default=True)
    pin_hash = models.CharField(max_length=128, blank=True)  # of a packer, for an enrolled device alone
    is_active = models.BooleanField(default=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    joined_at = models.DateTimeField(db_default=Now())

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    objects = UserManager()

    class Meta:
        db_table = "person"

    def __str__(self) -> str:
        return self.name

    @property
    def subject(self) -> Subject:
        kind = Kind.COURIER_PERSON if self.role == Role.COURIER else Kind(self.role)
        limits = limits_of(self.role, self.pk)
        code = self.courier_code if self.courier_code or kind is not Kind.COURIER_PERSON else NO_COURIER
        return Subject(kind, self.pk, code, limits=limits, at=timezone.now())


def own_keys(subject: Subject) -> Q:
    """A person at the desk sees their own keys; a key sees none, not even itself."""
    return Q(user=subject.person) if subject.person and not subject.token else Q(pk__in=[])


class KeyRows(Rows["ApiToken"]):
    scope: ClassVar[Mapping[Kind, Sight]] = {Kind.MANAGER: own_keys, Kind.PACKER: own_keys}


class ApiToken(models.Model):
    """A key of a machine or a person. Only its SHA-256 is kept; the text is shown once, when it is made."""

    class Owner(models.TextChoices):
        CHANNEL = "channel", _("channel")
        COURIER = "courier", _("courier")
        USER = "user", _("person")

    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=10, choices=Owner)
    code = models.CharField(max_length=32, blank=True)  # of the channel or courier
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="tokens")
    prefix = models.CharField(max_length=16, db_index=True)  # enough to recognise it, far too little to use it
    secret_hash = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list, blank=True)
    addresses = models.JSONField(default=list, blank=True)  # networks it may come from; none: from everywhere
    replaces = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="replaced_by"
    )  # both are in force until the old one expires, so that nobody has to change two systems at the same minute
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = KeyRows.as_manager()

    class Meta:
        db_table = "api_token"

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @property
    def subject(self) -> Subject:
        """Who asks with this token. A person's token asks as the person, with the person's role of this minute."""
        if self.user is not None:
            person = self.user.subject
            return replace(person, token=self.pk)
        kind = Kind.STOREFRONT if self.kind == self.Owner.CHANNEL else Kind.COURIER
        return Subject(kind, code=self.code, token=self.pk, at=timezone.now())
