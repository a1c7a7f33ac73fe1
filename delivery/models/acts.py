"""Acts of transfer: what stands on them, and their signed copies."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shopdesk.base.access import SEEN_AFTER, Kind, Subject, seen
from shopdesk.base.rows import EVERYTHING, Rows


def of_courier(subject: Subject) -> Q:
    """Give the acts of this courier from their closing until some days after, or while a parcel is in its hands."""
    still = Q(lines__parcel__in_hands_of=subject.code, lines__state__in=["on", "accepted"])
    if subject.at is not None:
        still |= Q(closed_at__gt=subject.at - SEEN_AFTER)
    own = Handoff.objects.filter(still, courier=subject.code, state__in=seen("act", subject.kind))
    return Q(pk__in=own.values("pk"))


class HandoffRows(Rows["Handoff"]):
    scope = {
        Kind.MANAGER: EVERYTHING,
        Kind.PACKER: Q(state__in=seen("act", Kind.PACKER)),
        Kind.COURIER: of_courier,
        Kind.COURIER_PERSON: of_courier,
    }


class Handoff(models.Model):
    """An act of transfer: one courier, one location, one ship date. Closed, it never changes: `hash` says so."""

    class State(models.TextChoices):
        OPEN = "open", _("open")
        LOADING = "loading", _("loading")
        CLOSED = "closed", _("closed")
        ACCEPTED = "accepted", _("accepted")
        DIFFERENT = "accepted_with_difference", _("accepted with a difference")
        VOID = "void", _("void")

    number = models.BigAutoField(primary_key=True)
    courier = models.ForeignKey("orders.Courier", on_delete=models.PROTECT, related_name="handoffs")
    location = models.ForeignKey("orders.Location", on_delete=models.PROTECT, related_name="handoffs")
    ship_on = models.DateField()
    state = models.CharField(max_length=24, choices=State, default=State.OPEN)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    hash = models.CharField(max_length=64, blank=True)
    places = models.PositiveIntegerField(default=0)
    weight_g = models.PositiveIntegerField(default=0)
    cod_minor = models.BigIntegerField(default=0)
    declared_minor = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3)
    accepted_at = models.DateTimeField(null=True)
    accepted_how = models.CharField(max_length=12, blank=True)  # courier, paper, code, first_scan

    objects = HandoffRows.as_manager()

    class Meta:
        db_table = "handoff"
        indexes = [models.Index(fields=["courier", "state", "number"], name="handoff_by_courier")]

    def __str__(self) -> str:
        return str(self.number)


class HandoffLine(models.Model):
    """A parcel on an act. Its figures are frozen when the act closes; its state is a row beside the hash."""

    class State(models.TextChoices):
        ON = "on", _("on the act")
        ACCEPTED = "accepted", _("accepted")
        MISSING = "missing", _("missing")
        REJECTED = "rejected", _("rejected")
        BACK = "back", _("brought back")

    handoff = models.ForeignKey(Handoff, on_delete=models.PROTECT, related_name="lines")
    parcel = models.ForeignKey("orders.Parcel", on_delete=models.PROTECT, related_name="act_lines")
    state = models.CharField(max_length=8, choices=State, default=State.ON)
    weight_g = models.PositiveIntegerField()
    cod_minor = models.BigIntegerField(default=0)
    declared_minor = models.BigIntegerField(default=0)
    state_at = models.DateTimeField()

    objects = Rows.as_manager()

    class Meta:
        db_table = "handoff_line"
        constraints = [
            models.UniqueConstraint(fields=["handoff", "parcel"], name="handoff_line_once"),
            models.UniqueConstraint(
                fields=["parcel"], condition=Q(state__in=["on", "accepted"]), name="handoff_line_one_act"
            ),
        ]

    def __str__(self) -> str:
        return f"parcel {self.parcel_id} on act {self.handoff_id}"


class ActProofRows(Rows["ActProof"]):
    scope = {Kind.MANAGER: EVERYTHING}


class ActProof(models.Model):
    """What shows how an act was accepted: the courier's signature, a photo; or how a parcel came to be a difference."""

    class Kind(models.TextChoices):
        SIGNATURE = "signature", _("signature")
        PHOTO = "photo", _("photo")

    handoff = models.ForeignKey(Handoff, on_delete=models.PROTECT, related_name="proofs")
    line = models.ForeignKey(HandoffLine, on_delete=models.PROTECT, null=True, related_name="proofs")
    kind = models.CharField(max_length=9, choices=Kind)
    name = models.CharField(max_length=100, unique=True)
    size = models.PositiveIntegerField()  # bytes
    sha256 = models.CharField(max_length=64)
    event = models.ForeignKey("orders.JournalEvent", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = ActProofRows.as_manager()

    class Meta:
        db_table = "act_proof"
        constraints = [models.UniqueConstraint(fields=["handoff", "sha256"], name="act_proof_once")]

    def __str__(self) -> str:
        return f"{self.kind} of act {self.handoff_id}"


class SignedCopyRows(Rows["SignedCopy"]):
    scope = {Kind.MANAGER: EVERYTHING}


class SignedCopy(models.Model):
    """A scan of an act that both sides signed. The file lies in private storage and is named by chance."""

    handoff = models.ForeignKey(Handoff, on_delete=models.PROTECT, related_name="copies")
    name = models.CharField(max_length=100, unique=True)
    media_type = models.CharField(max_length=40)
    size = models.PositiveIntegerField()  # bytes
    sha256 = models.CharField(max_length=64)
    event = models.ForeignKey("orders.JournalEvent", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = SignedCopyRows.as_manager()

    class Meta:
        db_table = "signed_copy"
        constraints = [models.UniqueConstraint(fields=["handoff", "sha256"], name="signed_copy_once")]

    def __str__(self) -> str:
        return f"signed copy of act {self.handoff_id}"
