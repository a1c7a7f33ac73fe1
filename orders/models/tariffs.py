"""What a delivery costs the customer, and what it costs the shop: by zone, weight, sum and date."""

from django.db import models
from django.db.models import F, Q

from shopdesk.base.access import Kind
from shopdesk.base.rows import EVERYTHING, Rows


class ZoneRows(Rows["Zone"]):
    scope = {Kind.MANAGER: EVERYTHING}


class Zone(models.Model):
    """Places that cost the same to deliver to: countries, regions, cities, beginnings of postcodes."""

    code = models.CharField(max_length=32, primary_key=True)
    name = models.CharField(max_length=150)
    places = models.JSONField(default=list)  # "country:RU", "region:RU-MOW", "city:москва", "postcode:101"

    objects = ZoneRows.as_manager()

    class Meta:
        db_table = "zone"

    def __str__(self) -> str:
        return self.name


class TariffRows(Rows["Tariff"]):
    scope = {Kind.MANAGER: EVERYTHING}


class Tariff(models.Model):
    """One line of a courier's prices. Of several that fit, the one that says most about the place counts."""

    courier = models.ForeignKey("orders.Courier", on_delete=models.PROTECT, related_name="tariffs")
    zone = models.ForeignKey(Zone, on_delete=models.PROTECT, null=True, related_name="tariffs")  # none: everywhere
    weight_from_g = models.PositiveIntegerField(default=0)
    weight_to_g = models.PositiveIntegerField(null=True)  # not included; none: without end
    sum_from_minor = models.BigIntegerField(default=0)  # of the goods
    sum_to_minor = models.BigIntegerField(null=True)  # not included
    from_on = models.DateField(null=True)
    until_on = models.DateField(null=True)  # the last day
    currency = models.CharField(max_length=3)
    charged_minor = models.BigIntegerField()  # what the customer pays
    cost_minor = models.BigIntegerField()  # what the courier takes from the shop
    free_from_minor = models.BigIntegerField(null=True)  # goods for so much: the customer pays nothing
    cod_fee_minor = models.BigIntegerField(default=0)  # what the courier keeps for taking money …
    cod_fee_permille = models.PositiveIntegerField(default=0)  # … and of the sum it takes
    declared_permille = models.PositiveIntegerField(default=0, db_default=0)  # of what is declared, beside the cost
    # The rates in hundredths of a percent (2000 is 20 %), and whether the sums above have the tax in them.
    charged_vat_bp = models.PositiveIntegerField(default=0, db_default=0)
    charged_has_vat = models.BooleanField(default=True, db_default=True)
    cost_vat_bp = models.PositiveIntegerField(default=0, db_default=0)
    cost_has_vat = models.BooleanField(default=True, db_default=True)

    objects = TariffRows.as_manager()

    class Meta:
        db_table = "tariff"
        constraints = [
            models.CheckConstraint(
                condition=Q(charged_minor__gte=0, cost_minor__gte=0, cod_fee_minor__gte=0, sum_from_minor__gte=0)
                & Q(cod_fee_permille__lte=1000),
                name="tariff_money",
            ),
            models.CheckConstraint(
                condition=Q(charged_vat_bp__lte=10_000, cost_vat_bp__lte=10_000, declared_permille__lte=1000),
                name="tariff_rates",
            ),
            models.CheckConstraint(
                condition=Q(weight_to_g__isnull=True) | Q(weight_to_g__gt=F("weight_from_g")), name="tariff_weights"
            ),
            models.CheckConstraint(
                condition=Q(sum_to_minor__isnull=True) | Q(sum_to_minor__gt=F("sum_from_minor")), name="tariff_sums"
            ),
        ]

    def __str__(self) -> str:
        return f"tariff {self.pk} of {self.courier_id}"

    @property
    def charged_rate(self) -> str:
        """The VAT of the charge as people read it: 20 %; empty without any."""
        return _percent(self.charged_vat_bp)

    @property
    def cost_rate(self) -> str:
        """The VAT of the cost, likewise."""
        return _percent(self.cost_vat_bp)


class BuyoutFeeRows(Rows["BuyoutFee"]):
    scope = {Kind.MANAGER: EVERYTHING}


class BuyoutFee(models.Model):
    """What a courier asks when a customer keeps a part of an order, by the sum of what is kept."""

    courier = models.ForeignKey("orders.Courier", on_delete=models.PROTECT, related_name="buyout_fees")
    currency = models.CharField(max_length=3)
    sum_from_minor = models.BigIntegerField(default=0)  # of the goods that are kept
    sum_to_minor = models.BigIntegerField(null=True)  # not included; none: without end
    fee_minor = models.BigIntegerField(default=0)
    fee_permille = models.PositiveIntegerField(default=0)  # … and of the sum that is kept

    objects = BuyoutFeeRows.as_manager()

    class Meta:
        db_table = "buyout_fee"
        constraints = [
            models.CheckConstraint(
                condition=Q(fee_minor__gte=0, sum_from_minor__gte=0, fee_permille__lte=1000), name="buyout_fee_money"
            ),
            models.CheckConstraint(
                condition=Q(sum_to_minor__isnull=True) | Q(sum_to_minor__gt=F("sum_from_minor")),
                name="buyout_fee_sums",
            ),
        ]

    def __str__(self) -> str:
        return f"fee {self.pk} of {self.courier_id} for a part"


def _percent(rate_bp: int) -> str:
    whole, rest = divmod(rate_bp, 100)
    return f"{whole}{f'.{rest:02}'.rstrip('0') if rest else ''}\N{NO-BREAK SPACE}%" if rate_bp else ""
