"""Handing over: acts of transfer to couriers, both sides' scans, and giving out at the counter."""

from delivery.handoff.accepting import Acceptance, accept, bring_back
from delivery.handoff.acts import NewAct, act_hash, add, close, open_act, remove
from delivery.handoff.counter import give_out
from delivery.handoff.refusals import (
    ActClosed,
    ActEmpty,
    CannotLeave,
    NotAtCounter,
    NotClosed,
    NotOnAct,
    NotOwnCourier,
    UnknownCourier,
    UnknownParcel,
    WrongParcel,
    WrongSum,
)

__all__ = [
    "Acceptance",
    "ActClosed",
    "ActEmpty",
    "CannotLeave",
    "NewAct",
    "NotAtCounter",
    "NotClosed",
    "NotOnAct",
    "NotOwnCourier",
    "UnknownCourier",
    "UnknownParcel",
    "WrongParcel",
    "WrongSum",
    "accept",
    "act_hash",
    "add",
    "bring_back",
    "close",
    "give_out",
    "open_act",
    "remove",
]
