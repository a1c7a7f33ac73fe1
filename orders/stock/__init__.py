"""The stock ledger: goods never appear or vanish, they move, and what is promised is promised once."""

from orders.stock.moves import Move, NotEnough, move, reverse
from orders.stock.places import bin_at, courier_place, inside, main_location, outside
from orders.stock.promises import forget, release, reserve, revive, take_back

__all__ = [
    "Move",
    "NotEnough",
    "bin_at",
    "courier_place",
    "forget",
    "inside",
    "main_location",
    "move",
    "outside",
    "release",
    "reserve",
    "reverse",
    "revive",
    "take_back",
]
