"""Reading one shelf's own ledger: its moves by version, and what lay there after any of them."""

from django.db.models import Q, QuerySet

from orders.models import PlaceLevel, StockMove


def moves_of(level: PlaceLevel) -> QuerySet[StockMove]:
    """Give the moves that touched this shelf."""
    return StockMove.objects.filter(Q(source=level.place_id) | Q(target=level.place_id), product=level.product_id)


def version_of(move: StockMove, place_id: int) -> int:
    """Give the version that a move made of a shelf; 0 where it only touched the outside."""
    version = move.source_version if move.source_id == place_id else move.target_version
    return version or 0


def balance_at(level: PlaceLevel, version: int) -> int:
    """Give what lay there after a version: one index read. Before the first move nothing did."""
    if not version:
        return 0
    out = StockMove.objects.filter(product=level.product_id, source=level.place_id, source_version=version)
    move = out.first() or StockMove.objects.get(product=level.product_id, target=level.place_id, target_version=version)
    balance = move.source_balance if move.source_id == level.place_id else move.target_balance
    return balance or 0
