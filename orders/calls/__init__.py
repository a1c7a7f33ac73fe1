"""The call desk: take the next conversation, say how it ended, and what follows from it."""

from orders.calls.board import Board, Depth, see_board
from orders.calls.conversations import (
    Conversation,
    DailyCapReached,
    NothingDue,
    NotYourCall,
    NotYourHour,
    QueueBusy,
    TaskGone,
    heartbeat,
    see_conversation,
    skip,
    take,
    take_next,
)
from orders.calls.leases import PhoneBusy
from orders.calls.outcomes import NewAttempt, OrderOutcome, QuietThen, Result, confirm, settle
from orders.calls.outlook import Ahead, Prospect, foresee, look_ahead, see_attempts, see_recent
from orders.calls.reminders import remind, remind_due

__all__ = [
    "Ahead",
    "Board",
    "Conversation",
    "DailyCapReached",
    "Depth",
    "NewAttempt",
    "NotYourCall",
    "NotYourHour",
    "NothingDue",
    "OrderOutcome",
    "PhoneBusy",
    "Prospect",
    "QueueBusy",
    "QuietThen",
    "Result",
    "TaskGone",
    "confirm",
    "foresee",
    "heartbeat",
    "look_ahead",
    "remind",
    "remind_due",
    "see_attempts",
    "see_board",
    "see_conversation",
    "see_recent",
    "settle",
    "skip",
    "take",
    "take_next",
]
