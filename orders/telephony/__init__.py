"""The telephone: how the shop dials, what rang, who only asked something."""

from orders.telephony.dialing import DialFailed, NoSeat, Way, ring, way_of
from orders.telephony.enquiries import NewEnquiry, NothingAsked, ThereIs, note_enquiry, see_there_is
from orders.telephony.events import NewPhoneEvent, hear
from orders.telephony.lines import SeatTaken, line, seats, set_line, set_seat
from orders.telephony.popping import Caller, incoming, is_connected, who_rings

__all__ = [
    "Caller",
    "DialFailed",
    "NewEnquiry",
    "NewPhoneEvent",
    "NoSeat",
    "NothingAsked",
    "SeatTaken",
    "ThereIs",
    "Way",
    "hear",
    "incoming",
    "is_connected",
    "line",
    "note_enquiry",
    "ring",
    "seats",
    "see_there_is",
    "set_line",
    "set_seat",
    "way_of",
    "who_rings",
]
