"""The packing table: take an order, scan its goods, seal its parcels; or say what is missing and put things back."""

from orders.packing.picking import (
    AlreadyTaken,
    NewScan,
    NotBeingPicked,
    NotReserved,
    OnHold,
    TooMuch,
    WrongItem,
    put_down,
    scan,
    take,
)
from orders.packing.sealing import NewParcel, NotComplete, WrongContents, open_again, seal
from orders.packing.shelving import NothingToPutBack, Shortage, StillPacked, put_back, report_shortage

__all__ = [
    "AlreadyTaken",
    "NewParcel",
    "NewScan",
    "NotBeingPicked",
    "NotComplete",
    "NotReserved",
    "NothingToPutBack",
    "OnHold",
    "Shortage",
    "StillPacked",
    "TooMuch",
    "WrongContents",
    "WrongItem",
    "open_again",
    "put_back",
    "put_down",
    "report_shortage",
    "scan",
    "seal",
    "take",
]
