"""The stock ledger: goods never appear or vanish, they move, and what is promised is promised once."""

from orders.stock.history import balance_at, moves_of, version_of
from orders.stock.moves import Move, NotEnough, lock_levels, lock_places, move, reverse
from orders.stock.places import (
    MAIN,
    UnknownBin,
    UnknownLocation,
    bin_at,
    bins_at,
    courier_place,
    inside,
    location_named,
    main_location,
    outside,
    walk_key,
)
from orders.stock.promises import Wanted, forget, grant, release, reserve, revive, take_back

__all__ = [
    "MAIN",
    "Move",
    "NotEnough",
    "UnknownBin",
    "UnknownLocation",
    "Wanted",
    "balance_at",
    "bin_at",
    "bins_at",
    "courier_place",
    "forget",
    "grant",
    "inside",
    "location_named",
    "lock_levels",
    "lock_places",
    "main_location",
    "move",
    "moves_of",
    "outside",
    "release",
    "reserve",
    "reverse",
    "revive",
    "take_back",
    "version_of",
    "walk_key",
]
