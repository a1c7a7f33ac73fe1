"""Where goods are, what is promised of them, and every move they made."""

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from shopdesk.base.access import Kind
from shopdesk.base.rows import EVERYTHING, Rows


class Family(models.Func):
    """What a reason is before its colon: `scrap` of `scrap:damaged`. Without parameters, as an index has it."""

    arity = 1
    output_field = models.CharField()
    template = "substr(%(expressions)s, 1, instr(%(expressions)s || ':', ':') - 1)"

    def as_postgresql(self, compiler: Any, connection: Any) -> Any:
        return self.as_sql(compiler, connection, template="split_part(%(expressions)s, ':', 1)")


class Backwards(models.Func):
    """A number's negative, which rises where the number falls. Without parameters, as above."""

    arity = 1
    output_field = models.BigIntegerField()
    template = "- %(expressions)s"


STOCK_SCOPE = {Kind.MANAGER: EVERYTHING, Kind.PACKER: EVERYTHING}


class LocationRows(Rows["Location"]):
    scope = STOCK_SCOPE


class Location(models.Model):
    """A warehouse or shop from which whole orders are served. Lower positions come first."""

    code = models.CharField(max_length=32, primary_key=True)
    name = models.CharField(max_length=150)
    position = models.PositiveSmallIntegerField(default=0)
    near = models.TextField(blank=True)  # countries, regions and cities that it is nearest to, one a line, casefolded
    serves = models.BooleanField(default=True)  # whether orders are packed here

    objects = LocationRows.as_manager()

    class Meta:
        db_table = "location"

    def __str__(self) -> str:
        return self.code


class PlaceRows(Rows["Place"]):
    scope = STOCK_SCOPE


class Place(models.Model):
    """Somewhere goods can be. The outside kinds have no level: goods come from there and go there without end."""

    class Kind(models.TextChoices):
        BIN = "bin", _("bin")
        PACKING = "packing", _("packing table")
        COUNTER = "counter", _("counter")
        TRANSIT = "transit", _("on the way between locations")
        COURIER = "courier", _("with the courier")
        RETURNS = "returns", _("returns to inspect")
        QUARANTINE = "quarantine", _("quarantine")
        SUPPLIER = "supplier", _("supplier")
        CUSTOMER = "customer", _("customer")
        SCRAP = "scrap", _("scrap")
        LOST = "lost", _("lost")
        CORRECTION = "correction", _("count correction")

    OUTSIDE = frozenset({Kind.SUPPLIER, Kind.CUSTOMER, Kind.SCRAP, Kind.LOST, Kind.CORRECTION})

    kind = models.CharField(max_length=10, choices=Kind)
    code = models.CharField(max_length=32)
    location = models.ForeignKey(Location, on_delete=models.PROTECT, null=True, related_name="places")

    objects = PlaceRows.as_manager()

    class Meta:
        db_table = "place"
        constraints = [
            models.UniqueConstraint(fields=["kind", "location", "code"], name="place_inside"),
            models.UniqueConstraint(fields=["kind", "code"], condition=Q(location=None), name="place_anywhere"),
        ]

    def __str__(self) -> str:
        return self.code if self.kind == self.Kind.BIN else f"{self.kind}:{self.code}" if self.code else self.kind

    @property
    def is_outside(self) -> bool:
        return self.kind in self.OUTSIDE

    @property
    def is_sellable(self) -> bool:
        return self.kind == self.Kind.BIN


class PlaceLevelRows(Rows["PlaceLevel"]):
    scope = STOCK_SCOPE


class PlaceLevel(models.Model):
    """How many pieces lie in one place. `version` counts the moves that touched it: a gapless ledger of its own."""

    product = models.ForeignKey("orders.Product", on_delete=models.PROTECT, related_name="place_levels")
    place = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="levels")
    on_hand = models.BigIntegerField(default=0)
    version = models.BigIntegerField(default=0)

    objects = PlaceLevelRows.as_manager()

    class Meta:
        db_table = "place_level"
        constraints = [
            models.UniqueConstraint(fields=["product", "place"], name="place_level_one"),
            models.CheckConstraint(condition=Q(on_hand__gte=0), name="place_level_not_negative"),
        ]
        indexes = [models.Index(fields=["place"], condition=Q(on_hand__gt=0), name="place_level_filled")]

    def __str__(self) -> str:
        return f"{self.product_id} at {self.place_id}: {self.on_hand}"


class StockLevelRows(Rows["StockLevel"]):
    scope = STOCK_SCOPE | {Kind.STOREFRONT: EVERYTHING}


class StockLevel(models.Model):
    """What a location has of a product in its sellable bins, and how much of that is promised to orders."""

    product = models.ForeignKey("orders.Product", on_delete=models.PROTECT, related_name="stock_levels")
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="stock_levels")
    on_hand = models.BigIntegerField(default=0)
    reserved = models.BigIntegerField(default=0)
    safety = models.BigIntegerField(default=0)

    objects = StockLevelRows.as_manager()

    class Meta:
        db_table = "stock_level"
        constraints = [
            models.UniqueConstraint(fields=["product", "location"], name="stock_level_one"),
            models.CheckConstraint(
                condition=Q(reserved__gte=0, reserved__lte=F("on_hand")), name="stock_level_promises"
            ),
            models.CheckConstraint(condition=Q(safety__gte=0), name="stock_level_safety"),
        ]

    def __str__(self) -> str:
        return f"{self.product_id} in {self.location_id}: {self.on_hand} on hand, {self.reserved} reserved"

    @property
    def available(self) -> int:
        return max(self.on_hand - self.reserved - self.safety, 0)


class StockMoveRows(Rows["StockMove"]):
    scope = STOCK_SCOPE


class StockMove(models.Model):
    """A piece of the ledger: so many pieces went from one place to another. Never changed; reversed once at most."""

    # Its index is the one by product and id below.
    product = models.ForeignKey("orders.Product", on_delete=models.PROTECT, related_name="moves", db_index=False)
    quantity = models.PositiveIntegerField()
    source = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="moves_out")
    target = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="moves_in")
    source_version = models.BigIntegerField(null=True)  # NULL on an outside side
    source_balance = models.BigIntegerField(null=True)
    target_version = models.BigIntegerField(null=True)
    target_balance = models.BigIntegerField(null=True)
    reason = models.CharField(max_length=40)
    line = models.ForeignKey("orders.OrderLine", on_delete=models.PROTECT, null=True, related_name="moves")
    unit_cost_minor = models.BigIntegerField(null=True)  # what was paid, or the average when it left
    reverses = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="reversed_by")
    event = models.ForeignKey("orders.JournalEvent", on_delete=models.PROTECT, related_name="moves")
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())

    objects = StockMoveRows.as_manager()

    class Meta:
        db_table = "stock_move"
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="stock_move_quantity"),
            models.CheckConstraint(condition=~Q(source=F("target")), name="stock_move_moves"),
            models.UniqueConstraint(
                fields=["product", "source", "source_version"],
                condition=Q(source_version__isnull=False),
                name="stock_move_source_version",
            ),
            models.UniqueConstraint(
                fields=["product", "target", "target_version"],
                condition=Q(target_version__isnull=False),
                name="stock_move_target_version",
            ),
        ]
        indexes = [
            models.Index(fields=["product", "at"], name="stock_move_by_time"),
            models.Index(fields=["product", "id"], name="stock_move_by_product"),  # the card's ledger, newest first
            models.Index(Family("reason"), Backwards("id"), name="stock_move_by_family"),
            # What was sold of late, of all products: read from the index alone.
            models.Index(
                fields=["at", "product"], include=["quantity", "source", "target"], name="stock_move_sold_of_late"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.product_id}: {self.source_id} to {self.target_id}"


class UnmetRows(Rows["Unmet"]):
    scope = {Kind.MANAGER: EVERYTHING}


class Unmet(models.Model):
    """Pieces of a line that were wanted in vain: nothing was promised for them when they stopped being wanted.

    Append-only; wanted again, they are taken back by a row with the sign turned.
    """

    class Why(models.TextChoices):
        CANCELLED = "cancelled", _("its order was cancelled")
        LOWERED = "lowered", _("taken off its order")
        INSTEAD = "instead", _("sold as another product")

    line = models.ForeignKey("orders.OrderLine", on_delete=models.PROTECT, related_name="unmet")
    product = models.ForeignKey("orders.Product", on_delete=models.PROTECT, null=True, related_name="unmet")
    quantity = models.IntegerField()
    why = models.CharField(max_length=9, choices=Why)
    event = models.ForeignKey("orders.JournalEvent", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())

    objects = UnmetRows.as_manager()

    class Meta:
        db_table = "unmet"
        constraints = [models.CheckConstraint(condition=~Q(quantity=0), name="unmet_not_empty")]
        indexes = [models.Index(fields=["at"], name="unmet_at")]

    def __str__(self) -> str:
        return f"{self.quantity} of line {self.line_id}"
