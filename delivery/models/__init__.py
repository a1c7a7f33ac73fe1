"""What happened on the way: acts of transfer, shipments, the couriers' money, and what came back."""

from delivery.models.acts import ActProof, Handoff, HandoffLine, SignedCopy
from delivery.models.couriers import (
    CourierAccount,
    CourierCode,
    CourierMessage,
    EventReading,
    NextWaybill,
    Waybill,
)
from delivery.models.failures import FailureDecision
from delivery.models.fines import Fine, FineReason
from delivery.models.registers import Register, RegisterColumns, RegisterLine
from delivery.models.returns import Return, ReturnLine, ReturnPhoto
from delivery.models.shipments import CashEntry, Shipment, ShipmentEvent

__all__ = [
    "ActProof",
    "CashEntry",
    "CourierAccount",
    "CourierCode",
    "CourierMessage",
    "EventReading",
    "FailureDecision",
    "Fine",
    "FineReason",
    "Handoff",
    "HandoffLine",
    "NextWaybill",
    "Register",
    "RegisterColumns",
    "RegisterLine",
    "Return",
    "ReturnLine",
    "ReturnPhoto",
    "Shipment",
    "ShipmentEvent",
    "SignedCopy",
    "Waybill",
]
